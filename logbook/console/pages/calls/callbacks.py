"""Page of callbacks: the longest waiting first, one press to call, and the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts, audit_log
from logbook.accounts.rights import Act, may
from logbook.calls import callbacks
from logbook.calls.callbacks import Callback, Called
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID, row_id
from logbook.database.errors import StaleVersionError
from logbook.duty.on_duty import to_ring
from logbook.ids import CallbackId
from logbook.outbox import returned_calls
from logbook.search import calls as call_search
from logbook.settings import own_numbers

PAGE = 30
RULE = f"/callbacks/<int(max={LARGEST_ID}):callback_id>"


@dataclass(frozen=True, slots=True)
class ClerkTelephone:
    """The telephone that rings first when a call is returned, and whose it is."""

    number: str
    whose: str


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """One row of the queue; `sealed` when the signed-in person may not deal with this caller.

    `standing` ends the text key of how it stands: `calling` while the line returns it. `called` is how often
    they called; `about` is the code of the ticket we had called them about, "" when it was they who called.
    """

    row: Callback
    owner: str
    waited: timedelta
    sealed: bool
    reachable: bool
    standing: str
    may_open: bool
    may_listen: bool
    about: str
    called: Called


@dataclass(frozen=True, slots=True)
class TypedCallback:
    """What a refused form held, to be shown again with the row it was for."""

    callback_id: CallbackId
    note: str = ""
    version: int = -1
    trouble: str = ""


def add(desk: ConsoleFrame) -> None:
    """The queue and what is done with its rows."""

    @desk.page("/callbacks", Act.RETURN_CALLS)
    def callbacks() -> str:
        return _page(desk)

    @desk.page(f"{RULE}/take", Act.RETURN_CALLS, methods=("POST",))
    def take_callback(callback_id: CallbackId) -> Response | tuple[str, int]:
        return _change(desk, callback_id, _take, "queue_taken")

    @desk.page(f"{RULE}/return", Act.RETURN_CALLS, methods=("POST",))
    def return_call(callback_id: CallbackId) -> Response | tuple[str, int]:
        return _change(desk, callback_id, _return, "queue_wanted")

    @desk.page(f"{RULE}/tried", Act.RETURN_CALLS, methods=("POST",))
    def tried_callback(callback_id: CallbackId) -> Response | tuple[str, int]:
        said = "queue_settled_now" if request.form.get("result") == "talked" else "queue_kept"
        return _change(desk, callback_id, _tried, said)

    @desk.page(f"{RULE}/number", Act.RETURN_CALLS, methods=("POST",))
    def callback_number(callback_id: CallbackId) -> str:
        desk.demand(Act.SEE_CALLER)
        with desk.writing() as conn:
            row = _own_case(desk, conn, callback_id)
            audit_log.write(
                conn,
                desk.person,
                "show_caller",
                f"callback:{callback_id}",
                desk.now,
                call=f"call:{row.call_id}",
            )
        return _page(desk, in_full=callback_id)


Verb = Callable[[ConsoleFrame, Connection, Callback, int, str], None]


class CallbackRefusedError(Exception):
    """It cannot be done; `args[0]` is the text key that says what to do instead."""


def _change(desk: ConsoleFrame, callback_id: CallbackId, verb: Verb, said: str) -> Response | tuple[str, int]:
    """Do one thing with a row in one transaction; what was typed comes back when it is refused."""
    version = row_id(request.form.get("version", ""))
    note = request.form.get("note", "")
    if version is None:
        abort(400, "form")
    try:
        with desk.writing() as conn:
            verb(desk, conn, _own_case(desk, conn, callback_id), version, note)
            return desk.back("callbacks", said)
    except StaleVersionError:
        return _page(desk, TypedCallback(callback_id, note, version, "queue_outdated")), 409
    except CallbackRefusedError as refused:
        return _page(desk, TypedCallback(callback_id, note, version, str(refused))), 400


def _take(desk: ConsoleFrame, conn: Connection, row: Callback, version: int, _note: str) -> None:
    callbacks.take(conn, row.id, desk.person.id, version)
    audit_log.write(conn, desk.person, "take_callback", f"callback:{row.id}", desk.now)


def _return(desk: ConsoleFrame, conn: Connection, row: Callback, version: int, _note: str) -> None:
    if row.state == "wanted":
        raise StaleVersionError("somebody is being rung for it already")
    telephone = clerk_telephone(desk, conn)
    if telephone is None:
        raise CallbackRefusedError("queue_no_telephone")
    if own_numbers.callable_citizen(row.number, own_numbers.of_office(desk.settings)) is None:
        raise CallbackRefusedError("queue_not_callable")
    returned_calls.press(
        conn, row.id, version, telephone=telephone.number, person_id=desk.person.id, now=desk.now
    )
    audit_log.write(
        conn, desk.person, "return_call", f"callback:{row.id}", desk.now, call=f"call:{row.call_id}"
    )


def _tried(desk: ConsoleFrame, conn: Connection, row: Callback, version: int, note: str) -> None:
    result = request.form.get("result", "")
    if result not in ("talked", "absent"):
        abort(400, "form")
    callbacks.tried_by_hand(
        conn,
        row.id,
        version,
        talked=result == "talked",
        note=note,
        person_id=desk.person.id,
        now=desk.now,
    )
    audit_log.write(conn, desk.person, "tried_callback", f"callback:{row.id}", desk.now, note, result=result)


def _own_case(desk: ConsoleFrame, conn: Connection, callback_id: CallbackId) -> Callback:
    """The row, where the person may deal with its caller; 404 otherwise."""
    row = callbacks.find(conn, callback_id)
    if row is None:
        abort(404)
    theirs = callbacks.calls_of(conn, [row])[row.id]
    if not call_search.seals_together(conn, theirs).lets_call_back(desk.person):
        abort(404)
    return row


def clerk_telephone(desk: ConsoleFrame, conn: Connection) -> ClerkTelephone | None:
    """The telephone to ring first: the clerk's own, else that of whoever is on duty today (000-03)."""
    own = accounts.telephone_of(conn, desk.person.id)
    if own is not None and own not in own_numbers.of_line(desk.settings):
        return ClerkTelephone(own, desk.person.name)
    duty = desk.settings.duty
    here = duty.of_login(desk.person.login)
    times, _ = desk.installation.calendars.now(conn)
    if here is None and (order := to_ring(conn, duty, times, desk.now)):
        here = duty.person(order[0])
    return None if here is None else ClerkTelephone(here.number, here.name)


def _page(desk: ConsoleFrame, typed: TypedCallback | None = None, in_full: CallbackId | None = None) -> str:
    done = request.args.get("which") == "settled"
    with desk.reading() as conn:
        seen = callbacks.find(conn, CallbackId(row_id(request.args.get("after", "")) or 0))
        found = (
            callbacks.settled(conn, PAGE + 1, before=seen)
            if done
            else callbacks.owed(conn, PAGE + 1, after=seen)
        )
        rows = found[:PAGE]
        about = typed.callback_id if typed is not None else in_full
        if about is not None and all(row.id != about for row in rows):
            rows = [row for row in [callbacks.find(conn, about)] if row is not None] + rows
        return desk.show(
            "callbacks.html",
            here="callbacks",
            lines=_lines(desk, conn, rows),
            more=rows[-1].id if len(found) > PAGE else None,
            done=done,
            typed=typed,
            in_full=in_full,
            telephone=clerk_telephone(desk, conn),
        )


def _lines(desk: ConsoleFrame, conn: Connection, rows: list[Callback]) -> list[CallbackRow]:
    names = callbacks.owners(conn, rows)
    about = call_search.tickets_spoken_of(conn, [row.call_id for row in rows])
    office = own_numbers.of_office(desk.settings)
    calls, called = callbacks.calls_of(conn, rows), callbacks.called(conn, rows)
    ringing = returned_calls.under_way(conn, rows)
    seal = {row.id: call_search.seals_together(conn, calls[row.id]) for row in rows}
    return [
        CallbackRow(
            row,
            names.get(row.owner_id or 0, ""),
            _waited(row, desk.now),
            not seal[row.id].lets_call_back(desk.person),
            own_numbers.callable_citizen(row.number, office) is not None,
            "calling" if row.id in ringing else row.state,
            seal[row.id].opens_for(desk.person, Act.SEE_TICKETS),
            may(desk.person, Act.LISTEN) and seal[row.id].opens_for(desk.person, Act.LISTEN),
            about.get(row.call_id, ""),
            called.get(row.id, Called(1, row.owed_since)),
        )
        for row in rows
    ]


def _waited(row: Callback, now: datetime) -> timedelta:
    return max(timedelta(), (row.settled_at or now) - row.owed_since)
