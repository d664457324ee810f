"""A whole case with a citizen's words wherever the database may hold some, to see what is left of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.calls import callbacks, calls, ratings
from logbook.database import rate_limits
from logbook.database.engine import Database
from logbook.database.tables import callbacks as callback_rows
from logbook.database.tables import calls as call_rows
from logbook.database.tables import criteria_sets, legs, turns
from logbook.database.tables.metadata import metadata
from logbook.ids import CallId, RecordingId, TicketId
from logbook.outbox import deliveries, escalations
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.tickets import open_by_hand, open_by_phone, restricted
from logbook.tickets.open_by_hand import ManualEntry
from tests.letter_box import an_opening
from tests.town_hall import move

CANARY = "conchimhoangyen"
NUMBER = "+84987654321"
WAV = b"RIFF" + (36 + len(CANARY)).to_bytes(4, "little") + b"WAVEfmt " + b"\0" * 28 + CANARY.encode()
TRACES = (CANARY, NUMBER[3:], NUMBER[:2:-1])
"""What must not be left: words, the number as it is written everywhere, and backwards as it is searched."""


@dataclass(frozen=True)
class Case:
    """Row numbers of one case."""

    ticket_id: TicketId
    call_id: CallId
    recording_id: RecordingId


def ring(conn: Connection, sid: str, now: datetime) -> calls.Call:
    """A call with everything a caller may leave in it."""
    call = calls.begin(
        conn,
        sid=sid,
        direction="inbound",
        caller_raw=NUMBER,
        caller_number=NUMBER,
        called="+842583842102",
        language="vi",
        place=json.dumps({"at": "menu", "kept": CANARY}),
        time_shift=0,
        now=now,
    )
    conn.execute(
        turns.insert().values(
            call_id=call.id,
            number=0,
            at=now,
            heard=json.dumps({"heard": "Keys", "pressed": CANARY}),
            said=json.dumps([CANARY]),
            place="menu",
            answer=f"<Response><Say>{CANARY}</Say></Response>",
        )
    )
    conn.execute(legs.insert().values(call_id=call.id, turn=1, person_id="an", number=NUMBER, dialled_at=now))
    owed = callbacks.owe(conn, call, "asked", NUMBER, now)
    conn.execute(
        callback_rows.update()
        .where(callback_rows.c.id == owed.id)
        .values(note=CANARY, state="settled", settled_at=now)
    )
    restricted.guided(conn, call, now, CANARY)
    return call


def sound(
    conn: Connection, call: calls.Call, digit: str, folder: RecordingFolder, now: datetime
) -> RecordingId:
    """A recording of a call, stored here and still at the provider."""
    made = recordings.hear_of(
        conn, call_id=call.id, turn=3, sid="RE" + digit * 32, seconds=7, purpose="complaint", now=now
    )
    file = folder.keep(WAV, "audio/wav", now)
    recordings.stored(
        conn,
        made.id,
        file_name=file.name,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        now=now,
        delete_at_provider=False,
    )
    return made.id


def closed_case(
    database: Database, folder: RecordingFolder, now: datetime, *, digit: str = "a", close: bool = True
) -> Case:
    """A complaint by telephone that was recorded, worked on, answered and closed at `now`."""
    with database.writing() as conn:
        call = ring(conn, f"CA{digit}", now)
        recording_id = sound(conn, call, digit, folder, now)
        opened = open_by_phone.open_by_phone(
            conn,
            call=call,
            recording_id=recording_id,
            caller_type="individual",
            notice_due_at=now,
            answer_due_at=now,
            now=now,
            secret="a secret of the office",
        )
        ticket_id = opened.ticket.id
        work(conn, ticket_id, now, close=close)
        rate_limits.spend(conn, f"call:{NUMBER}", timedelta(days=1), 9, now)
    return Case(ticket_id, call.id, recording_id)


def work(conn: Connection, ticket_id: TicketId, now: datetime, *, close: bool) -> None:
    """Every verb that keeps words."""

    def step(verb: str, reason: str = "", **details: Any) -> None:
        move(conn, ticket_id, verb, actor="an", reason=reason, now=now, **details)

    step("write", content=f"{CANARY} mot", summary=CANARY, caller_name=CANARY, caller_address=CANARY)
    step("classify", kind="feedback", topic="process")
    step("assign", to=f"ông {CANARY}")
    step("ask_more", question=CANARY)
    step("supply", content=f"{CANARY} hai")
    step("note", CANARY)
    step("answer", answer=CANARY)
    deliveries.put(
        conn,
        key=f"case:{ticket_id}",
        kind="answered",
        recipient=deliveries.CITIZEN,
        number=NUMBER,
        ticket_id=ticket_id,
        params={"what": CANARY},
        now=now,
    )
    escalations.open_once(
        conn,
        key=f"case:{ticket_id}",
        kind="new",
        ladder="complaint",
        ticket_id=ticket_id,
        params={"what": CANARY},
        now=now,
    )
    if close:
        step(
            "close",
            outcome="withdrawn",
            cause=f"vì {CANARY}",
            remedy=f"xong {CANARY}",
            reason=f"gọi lại {CANARY}",
        )


def written_case(database: Database, now: datetime) -> int:
    """A letter that was entered by hand and closed."""
    given = ManualEntry("letter_box", "individual", CANARY, CANARY, CANARY, CANARY, NUMBER)
    with database.writing() as conn:
        opened = open_by_hand.enter(
            conn,
            replace(given, opening_id=an_opening(conn, now)),
            actor="an",
            notice_due_at=now,
            answer_due_at=now,
            now=now,
            secret="a secret of the office",
        )
        work(conn, opened.ticket.id, now, close=True)
    return opened.ticket.id


def rated_call(database: Database, now: datetime, sid: str = "CArated") -> tuple[int, int]:
    """A call without a ticket that gave a rating; the call's and the response's row numbers."""
    with database.writing() as conn:
        installed = conn.execute(select(criteria_sets.c.id)).first()
        if installed is None:
            conn.execute(
                criteria_sets.insert().values(
                    key="s", version=1, title="s", scale_min=1, scale_max=5, installed_at=now
                )
            )
        call = ring(conn, sid, now)
        return call.id, ratings.begin_response(conn, call.id, "s", 1, now)


def person(conn: Connection, role: str, now: datetime) -> Person:
    """Somebody with an account of that role."""
    made = accounts.add(conn, login=role, name=role, role=role, password="correct horse battery", now=now)
    found = accounts.find(conn, made)
    assert found is not None
    return found


def traces(database: Database) -> list[str]:
    """Every table and column in which a trace is left, read through the database."""
    found = []
    with database.reading() as conn:
        for table in metadata.sorted_tables:
            for row in conn.execute(select(table)).mappings():
                found += [
                    f"{table.name}.{name}"
                    for name, value in row.items()
                    if any(trace in str(value) for trace in TRACES)
                ]
    return found


def files_with_traces(folder: Path) -> list[str]:
    """Every file below `folder` that holds a trace, byte by byte."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(trace.encode() in path.read_bytes() for trace in TRACES)
    ]


def settle_nothing(conn: Connection, call_id: CallId) -> None:
    """Reopen a call's callback."""
    table = callback_rows
    conn.execute(update(table).where(table.c.call_id == call_id).values(state="owed", settled_at=None))


def number_of(conn: Connection, call_id: CallId) -> str | None:
    """The caller's number as it stands in a call."""
    number: str | None = conn.execute(
        select(call_rows.c.caller_number).where(call_rows.c.id == call_id)
    ).scalar_one()
    return number
