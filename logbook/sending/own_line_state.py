"""How the office's own line stands, as its process last said: for pages, health checks and alarms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from logbook.clock import local
from logbook.database import heartbeats
from logbook.sending.alarms.alarms import Alarm

MOST_TELEPHONES = 8
NAME, REACHED = "own-line", "own-line-reached"
SILENT_AFTER = timedelta(minutes=2)
"""An alarm is due within five minutes: two of silence, one until it is looked for, the rest to be told."""


@dataclass(frozen=True, slots=True)
class OwnLineState:
    """What the line's process last said, when, and when callers could last come in (None: never)."""

    at: datetime
    exchange_answers: bool
    registered: bool
    calls: int
    answer_ms: int | None
    """How long the hotline lately took to say what comes next, at the 95th of a hundred; None: no call."""
    telephones: tuple[str, ...]
    """Ids of people whose telephone on the desk is registered."""
    reached_at: datetime | None

    def is_silent(self, now: datetime) -> bool:
        """Whether the line's process has stopped saying anything; `now` by the shared clock."""
        return abs(now - self.at) > SILENT_AFTER

    def is_cut_off(self, now: datetime) -> bool:
        """Whether no caller has been able to come in for a while, or ever since the line runs."""
        return self.reached_at is None or abs(now - self.reached_at) > SILENT_AFTER

    def well(self, now: datetime) -> bool:
        """Whether callers reach us."""
        return not self.is_silent(now) and self.exchange_answers and self.registered


def write(
    conn: Connection,
    now: datetime,
    answers: bool,
    registered: bool,
    calls: int,
    answer_ms: int | None = None,
    telephones: Sequence[str] = (),
) -> None:
    """Record how the line stands; `now` by the shared clock."""
    note: dict[str, object] = {"answers": answers, "registered": registered, "calls": calls, "ms": answer_ms}
    note |= {"telephones": [*telephones[:MOST_TELEPHONES]]}
    heartbeats.beat(conn, NAME, now, json.dumps(note))
    if answers and registered:
        heartbeats.beat(conn, REACHED, now)


def read(conn: Connection) -> OwnLineState | None:
    """Return how the line stood when it last said so; None when it never did."""
    beats = heartbeats.all_of(conn)
    last, reached = beats.get(NAME), beats.get(REACHED)
    if last is None:
        return None
    note = json.loads(last.note)
    return OwnLineState(
        last.at,
        bool(note.get("answers")),
        bool(note.get("registered")),
        int(note.get("calls", 0)),
        note.get("ms"),
        tuple(note.get("telephones", ())),
        None if reached is None else reached.at,
    )


def alarms(conn: Connection, now: datetime) -> list[Alarm]:
    """Return what keeps callers from reaching an own line; `now` by the shared clock."""
    state = read(conn)
    if state is None:
        return []
    if state.is_silent(now):
        return [Alarm("line_silent", params={"since": f"{local(state.at):%H:%M %d/%m/%Y}"})]
    if state.is_cut_off(now):
        since = state.reached_at or state.at
        return [Alarm("line_unregistered", params={"since": f"{local(since):%H:%M %d/%m/%Y}"})]
    return []
