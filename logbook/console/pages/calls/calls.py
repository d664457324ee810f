"""Pages of calls and of one call's timeline (000-01, 000-03, 000-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.calls import callbacks, history, quality
from logbook.calls.history import CallSummary, Timeline
from logbook.calls.quality import Sounding
from logbook.clock import ZONE, Clock
from logbook.console.frame import ConsoleFrame
from logbook.console.views import call_timeline
from logbook.database.shared_clock import shared_now
from logbook.ids import CallId
from logbook.search import calls as call_search
from logbook.search.calls import OUTCOMES, PURPOSES, CallFilters, CallVisibility
from logbook.sending import own_line_state
from logbook.sending.own_line_state import OwnLineState
from logbook.tickets import enquiries, tickets
from logbook.tickets.enquiries import Enquiry

PAGE = 50
LARGEST_ID = 2**63 - 1
RULE = f"/calls/<int(max={LARGEST_ID}):call_id>"


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call in the list; `sealed` when the signed-in person may not open it."""

    call: CallSummary
    missed: bool
    sealed: bool
    sounding: Sounding | None = None
    """How it was heard, on the office's own line."""


@dataclass(frozen=True, slots=True)
class OwnLineShown:
    """The office's own line as it stands, for whoever looks at calls."""

    state: OwnLineState | None
    well: bool
    silent: bool
    absent: tuple[str, ...]
    """Names of people whose telephone on the desk is not registered."""
    lately: tuple[int, int, float]
    """How many of the newest calls have figures, how many were heard poorly, percent of sound missing."""


def _own_line(desk: ConsoleFrame, conn: Connection) -> OwnLineShown | None:
    """How the own line stands; None where a provider carries the calls."""
    own = desk.settings.line.own
    if own is None:
        return None
    state, now = own_line_state.read(conn), shared_now(conn, Clock())
    here = () if state is None else state.telephones
    absent = tuple(desk.settings.duty.person(one).name for one in own.telephones if one not in here)
    silent = state is None or state.is_silent(now)
    well = state is not None and state.well(now)
    return OwnLineShown(state, well, silent, () if silent else absent, _lately(conn))


def _lately(conn: Connection) -> tuple[int, int, float]:
    heard = quality.lately(conn)
    poor = sum(one.sounding is Sounding.POOR for one in heard)
    return len(heard), poor, sum(one.missing_percent for one in heard) / max(1, len(heard))


def add(desk: ConsoleFrame) -> None:
    """The list, one call, and its number in full."""

    @desk.page("/calls", Act.SEE_CALLS)
    def calls() -> str:
        values = {name: request.args.get(name, "").strip()[:64] for name in _FIELDS}
        if not may(desk.person, Act.SEE_CALLER):
            values["number"] = ""
        with desk.reading() as conn:
            lines, older = _lines(desk, conn, _wanted(values))
            own = _own_line(desk, conn)
        shown = {name: value for name, value in values.items() if value}
        return desk.show(
            "calls.html",
            here="calls",
            own=own,
            lines=lines,
            older=older,
            values=values,
            shown=shown,
            purposes=PURPOSES,
            outcomes=OUTCOMES,
        )

    @desk.page(RULE, Act.SEE_CALLS)
    def call(call_id: CallId) -> str:
        return _shown(desk, call_id, in_full=False)

    @desk.page(f"{RULE}/number", Act.SEE_CALLER, methods=("POST",))
    def call_number(call_id: CallId) -> str | Response:
        with desk.writing() as conn:
            _opened(desk, conn, call_id, Act.SEE_CALLER)
            audit_log.write(conn, desk.person, "show_caller", f"call:{call_id}", desk.now)
        return _shown(desk, call_id, in_full=True)

    @desk.page(f"{RULE}/enquiry", Act.RETURN_CALLS, methods=("POST",))
    def note_enquiry(call_id: CallId) -> Response:
        kind = request.form.get("enquiry", "")
        if kind and kind not in set(Enquiry):
            abort(400)
        with desk.writing() as conn:
            _opened(desk, conn, call_id, Act.SEE_TICKETS)
            enquiries.note(conn, call_id, Enquiry(kind) if kind else None, desk.person, desk.now)
            return desk.back("call", "call_enquiry_noted", call_id=call_id)


_FIELDS = ("purpose", "outcome", "missed", "from", "to", "number")


def _wanted(values: Mapping[str, str]) -> CallFilters:
    """The filter of an address; what cannot be read is left out."""
    begins, ends = _midnight(values["from"]), _midnight(values["to"])
    return CallFilters(
        purpose=values["purpose"] if values["purpose"] in PURPOSES else "",
        outcome=values["outcome"] if values["outcome"] in OUTCOMES else "",
        missed=bool(values["missed"]),
        begins=begins,
        ends=ends + timedelta(days=1) if ends is not None else None,
        number=values["number"],
    )


def _midnight(text: str) -> datetime | None:
    """The beginning of a Vietnamese day written as 2026-11-25, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), ZONE) if 2000 <= day.year <= 2100 else None


def _lines(desk: ConsoleFrame, conn: Connection, wanted: CallFilters) -> tuple[list[CallRow], int | None]:
    """One page of the list, and the id to go on from when there are older ones."""
    found = call_search.find(conn, wanted, PAGE + 1, before=row_id(request.args.get("before", "")))
    page = found[:PAGE]
    ids = [one.id for one in page]
    seals, missed = call_search.seals(conn, ids), call_search.missed_among(conn, ids)
    heard = quality.of_calls(conn, ids) if desk.settings.line.own else {}
    lines = [
        CallRow(
            one,
            one.id in missed,
            not seals[one.id].opens_for(desk.person, Act.SEE_TICKETS),
            heard[one.id].sounding if one.id in heard else None,
        )
        for one in page
    ]
    return lines, page[-1].id if len(found) > PAGE else None


def row_id(text: str) -> int | None:
    """A row's number from an address, or None when it is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        return None
    return min(int(text), LARGEST_ID)


def _opened(
    desk: ConsoleFrame, conn: Connection, call_id: CallId, act: Act
) -> tuple[Timeline, CallVisibility]:
    """The call, where the person may do `act` to it; 404 otherwise: what is not theirs is not there."""
    found = history.timeline(conn, call_id)
    if found is None:
        abort(404)
    seal = call_search.seals(conn, [call_id])[call_id]
    if not seal.opens_for(desk.person, act):
        abort(404)
    return found, seal


def _shown(desk: ConsoleFrame, call_id: CallId, *, in_full: bool) -> str:
    texts = desk.installation.texts
    duty = desk.settings.duty
    with desk.reading() as conn:
        found, seal = _opened(desk, conn, call_id, Act.SEE_TICKETS)
        sounds = history.sounds_of(conn, call_id)
        catalogue = texts.get(found.call.language, texts[desk.settings.line.language])
        steps = call_timeline.steps_shown(found, history.consents_of(conn, call_id), sounds, catalogue, duty)
        return desk.show(
            "call.html",
            here="calls",
            call=found.call,
            steps=steps,
            legs=call_timeline.legs(found, duty),
            sounds=sounds,
            tickets=tickets.of_call(conn, call_id),
            rating=history.rating_of(conn, call_id),
            callback=callbacks.of_call(conn, call_id),
            enquiry=enquiries.of_call(conn, call_id),
            enquiries=list(Enquiry),
            heard=quality.of_call(conn, call_id) if desk.settings.line.own else None,
            may_see_number=seal.opens_for(desk.person, Act.SEE_CALLER) and may(desk.person, Act.SEE_CALLER),
            may_listen=seal.opens_for(desk.person, Act.LISTEN) and may(desk.person, Act.LISTEN),
            in_full=in_full,
        )
