"""TwiML of a returned callback: rings the clerk, waits for key 1, then dials the citizen.

Each address carries which call of its callback it belongs to, so that a late or repeated request of an
earlier call finds that it is over and rings nobody (T-02, T-13).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from sqlalchemy import Connection
from twilio.twiml.voice_response import VoiceResponse

from callflows.vocabulary import Ring
from ivr.line import key_to_accept, provider_form
from ivr.line.hotline import Hotline
from ivr.line.twiml import ProviderVoice, Speaker, WebhookAddresses
from logbook import phone_numbers
from logbook.calls import returned_calls
from logbook.calls.callbacks import Callback
from logbook.calls.talks import Talk
from logbook.guards import Guarding
from logbook.guests import NOT_SENT

RULE = "/return/<int(max=9223372036854775807):callback_id>"


def add(webhooks: Blueprint, signed: Guarding, hotline: Hotline, voice: ProviderVoice) -> None:
    """Add the four addresses of a returned call, each behind the provider's signature."""
    returning = Returning(hotline, voice)

    @webhooks.post(RULE)
    @signed
    def return_begins(callback_id: int) -> Response:
        """The clerk picked up."""
        return _twiml(returning.begins(callback_id))

    @webhooks.post(f"{RULE}/pressed")
    @signed
    def return_pressed(callback_id: int) -> Response:
        """The clerk pressed a key, or none."""
        return _twiml(returning.pressed(callback_id, provider_form.read(request.form).keys))

    @webhooks.post(f"{RULE}/ended")
    @signed
    def return_ended(callback_id: int) -> Response:
        """The call to the citizen is over."""
        shortest = hotline.settings.duty.shortest_talk_seconds
        return _twiml(
            returning.ended(callback_id, provider_form.talk(provider_form.read(request.form), shortest))
        )

    @webhooks.post(f"{RULE}/status")
    @signed
    def return_status(callback_id: int) -> Response:
        """The call to the clerk is over."""
        returning.gone(callback_id, provider_form.read_status(request.form).status)
        return Response(status=204)


class Returning:
    """What a clerk hears, and what is recorded, while one call is returned."""

    def __init__(self, hotline: Hotline, voice: ProviderVoice) -> None:
        """Speak with `voice`; citizen and clerk see the hotline's own number."""
        line = hotline.settings.line
        self._hotline = hotline
        self._catalogue = hotline.texts[line.language]
        addresses = WebhookAddresses(hotline.settings.public_url)
        guests = hotline.settings.guests
        self._speaker = Speaker(addresses, voice, line.caller_id or line.number, guests)
        self._guests = guests
        self._office = hotline.office_now.numbers

    def begins(self, callback_id: int) -> str:
        """Say who is to be called back and ask for the one."""
        with self._current(callback_id) as (_, row):
            if row is None or row.number is None:
                return self._last_word("return_over")
            head = self._catalogue.spell.digits(phone_numbers.head(row.number), 4)
        words = {"office": self._hotline.settings.office.name_spoken, "head": head}
        hello, address = (
            self._catalogue.sentence("return_hello", words),
            self._address(callback_id, "pressed"),
        )
        return self._speaker.one_key(hello, key_to_accept.SECONDS_TO_PRESS, address)

    def pressed(self, callback_id: int, keys: str) -> str:
        """Ring the citizen when the clerk pressed one; a voice mail box never does."""
        with self._current(callback_id) as (conn, row):
            if row is None:
                return self._last_word("return_over")
            number = returned_calls.destination(row.number, self._office)
            if number is not None and not self._guests.number(number):
                returned_calls.ended(conn, row, NOT_SENT, self._hotline.clock.now())
                return self._last_word("return_not_now")
            if number is None or keys != key_to_accept.YES:
                result = "clerk_absent" if number else "refused"
                returned_calls.ended(conn, row, result, self._hotline.clock.now())
                return self._last_word("return_not_now")
            returned_calls.dialled(conn, row)
        duty = self._hotline.settings.duty
        response = VoiceResponse()
        self._speaker.speak(response, self._catalogue.sentence("return_connecting"))
        ring = Ring("citizen", number, duty.ring_seconds, duty.talk_limit_seconds)
        self._speaker.dial(response, ring, self._address(callback_id, "ended"))
        return str(response)

    def ended(self, callback_id: int, talk: Talk | None) -> str:
        """Record whether they talked, and say so to the clerk."""
        result = returned_calls.leg_result(talk)
        with self._current(callback_id) as (conn, row):
            if row is None:
                return self._last_word("return_over")
            returned_calls.ended(conn, row, result, self._hotline.clock.now())
        return self._last_word("return_talked" if result == "talked" else "return_not_reached")

    def gone(self, callback_id: int, status: str) -> None:
        """The clerk's own call is over; while the citizen was being rung, the other callback is awaited."""
        with self._current(callback_id) as (conn, row):
            if row is None or status not in provider_form.OVER or row.last_result == returned_calls.DIALLED:
                return
            returned_calls.ended(conn, row, "clerk_absent", self._hotline.clock.now())

    @contextmanager
    def _current(self, callback_id: int) -> Iterator[tuple[Connection, Callback | None]]:
        """The row while this very call is under way, known from now on by the provider's name for it."""
        with self._hotline.database.writing() as conn:
            row = returned_calls.current(conn, callback_id, _which())
            if row is not None:
                returned_calls.known_as(conn, row, provider_form.call_sid(request.form))
            yield conn, row

    def _address(self, callback_id: int, step: str) -> str:
        query = urlencode({"call": _which()})
        return f"{self._hotline.settings.public_url}/ivr/return/{callback_id}/{step}?{query}"

    def _last_word(self, key: str) -> str:
        return self._speaker.last_word(self._catalogue.sentence(key))


def _which() -> int:
    """Which call of the callback the request belongs to; 0, which never was, when it does not say."""
    text = request.args.get("call", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
