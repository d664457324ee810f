"""Webhooks of outgoing calls: who picked up, and how the call ended.

Each address carries which call of its delivery it belongs to, so that a late or repeated request of an
earlier call finds that it is over, hears a last word and changes nothing (T-02). All later turns go over the
ordinary address of a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from flask import Blueprint, Response, request

import callflows
from callflows.office import Office
from callflows.vocabulary import Goodbye, Place, Turn, say
from ivr.line import outgoing_call, provider_form
from ivr.line.conversation import place_from_text
from ivr.line.exchange import Exchange
from ivr.line.outgoing_call import CallAttempt
from ivr.line.provider_form import StatusNews
from logbook.calls import calls
from logbook.duty import reminders
from logbook.guards import Guarding
from logbook.ids import DeliveryId
from logbook.outbox.deliveries import CITIZEN, CallResult, Delivery
from logbook.outbox.kinds import RETURNED_CALL
from logbook.sending import outcomes
from logbook.tickets import results

RULE = "/told/<int(max=9223372036854775807):delivery_id>"
OLD_RULE = "/return/<path:step>"
"""Where a returned call still stands that the version before this one placed."""
LAST_WORD = Turn(Place("over"), (say("outgoing_over"),), Goodbye())
_NOT_REACHED: dict[str, CallResult] = {"no-answer": "no_answer", "busy": "busy"}
_DIALOGUES: Mapping[str, Callable[[Office, str], Turn]] = {
    results.DELIVERY: callflows.begin_with_results,
    reminders.DELIVERY: callflows.begin_with_duty,
    RETURNED_CALL: callflows.begin_returned_call,
}
"""The dialogue of each kind that has one of its own."""

Exchanges = Callable[[], AbstractContextManager[Exchange]]


def add(webhooks: Blueprint, signed: Guarding, exchange: Exchanges) -> None:
    """Add both addresses of a call we place, behind the provider's signature."""

    @webhooks.post(RULE)
    @signed
    def outgoing(delivery_id: DeliveryId) -> Response:
        """Somebody, or a machine, picked up the outgoing call."""
        heard = provider_form.read(request.form)
        with exchange() as step:
            answer = picked_up(step, heard, CallAttempt(delivery_id, _attempt()))
        return Response(answer, mimetype="text/xml")

    @webhooks.post(f"{RULE}/status")
    @signed
    def outgoing_status(delivery_id: DeliveryId) -> Response:
        """The status callback of the call."""
        news = provider_form.read_status(request.form)
        with exchange() as step:
            over(step, news, CallAttempt(delivery_id, _attempt()))
        return Response(status=204)

    @webhooks.post(OLD_RULE)
    @signed
    def outgoing_of_old(step: str) -> Response:
        """A returned call that was under way when the program was replaced: it is over, and rings nobody."""
        if step.endswith("/status"):
            return Response(status=204)
        with exchange() as line:
            return Response(_last_word(line), mimetype="text/xml")


def picked_up(step: Exchange, heard: provider_form.Request, call_attempt: CallAttempt) -> str:
    """Begin the conversation the call was placed for; a repeated request gets the same answer again."""
    row = _this_call(step, heard.sid, call_attempt)
    if row is None:
        return _last_word(step)
    outcomes.known_as(step.conn, row, heard.sid)
    direction = heard.direction if heard.direction.startswith("outbound") else "outbound-api"
    person = replace(heard, caller=heard.called, called=heard.caller, direction=direction)
    return step.first(person, opening(row, call_attempt))


def _last_word(step: Exchange) -> str:
    return step.speaker.render(LAST_WORD, step.hotline.texts[step.hotline.settings.line.language], 0)


def opening(row: Delivery, call_attempt: CallAttempt) -> Callable[[Office], Turn]:
    """How it begins: by its kind, else with news for a citizen or what waits for an official."""
    others = callflows.begin_for_citizen if row.recipient == CITIZEN else callflows.begin_for_official
    begins = _DIALOGUES.get(row.kind, others)
    return lambda office: begins(office, str(call_attempt))


def over(step: Exchange, news: StatusNews, call_attempt: CallAttempt) -> None:
    """Handle the status callback; an ended call gets its result now, unless it has one (F-25).

    Where somebody was rung out of it, how that ended may still be on its way, and decides.
    """
    step.gone(news)
    row = _this_call(step, news.sid, call_attempt)
    if row is None:
        return
    outcomes.known_as(step.conn, row, news.sid)
    call = calls.take(step.conn, news.sid)
    waits = call is not None and call.place and callflows.waits_for_leg(place_from_text(call.place).at)
    if news.status in provider_form.OVER and not waits:
        result = "answered" if call is not None else _NOT_REACHED.get(news.status, "failed")
        outgoing_call.end(step.conn, call_attempt, result, step.hotline.clock.now())


def _this_call(step: Exchange, sid: str, call_attempt: CallAttempt) -> Delivery | None:
    row = outcomes.current_call(step.conn, call_attempt.delivery, call_attempt.attempt)
    return row if row is not None and row.provider_sid in (None, sid) else None


def _attempt() -> int:
    """Which call of the delivery the request belongs to; 0, which never was, when it does not say."""
    text = request.args.get("call", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
