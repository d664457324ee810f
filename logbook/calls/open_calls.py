"""Finds calls whose end was never reported, and decides when to ask the provider about each (F-26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from logbook.calls.calls import OVER
from logbook.calls.history import Call
from logbook.database.samples import is_real
from logbook.database.tables import calls, legs, turns
from logbook.ids import CallId
from logbook.recordings import recordings


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call without an end: when anything was last heard of it, and what of it was still under way.

    `leg_turn` is the turn in which a clerk was rung and of which no end is known; `speech_turn` the one to
    which a recording belongs that was never reported.
    """

    call: Call
    heard_at: datetime
    leg_turn: int | None
    speech_turn: int

    @property
    def over(self) -> bool:
        """Whether its end was reported, and only something left in it is still missing."""
        return self.call.status in OVER


def to_ask(conn: Connection, now: datetime, limit: int) -> list[OpenCall]:
    """Return calls to ask the provider about, the longest due first."""
    due = (calls.c.ask_at <= now, is_real("calls", calls.c.id))
    query = select(calls).where(*due).order_by(calls.c.ask_at, calls.c.id).limit(limit)
    return [_open(conn, Call(*row)) for row in conn.execute(query).all()]


def claim(conn: Connection, call: Call, until: datetime) -> bool:
    """Postpone the next question until then; False when another runner was quicker or the call is over."""
    done = conn.execute(
        update(calls).where(calls.c.id == call.id, calls.c.ask_at == call.ask_at).values(ask_at=until)
    )
    return done.rowcount == 1


def ask(conn: Connection, call_id: CallId, at: datetime | None) -> None:
    """Ask about a call at another time; None is never again."""
    conn.execute(update(calls).where(calls.c.id == call_id).values(ask_at=at))


def is_open(conn: Connection, sid: str) -> bool:
    """Whether a call of this name was picked up and has no end yet, or news of it is still asked for."""
    unended = or_(calls.c.status.not_in(OVER), calls.c.ask_at.is_not(None))
    found = select(calls.c.id).where(calls.c.sid == sid, unended)
    return conn.execute(found).first() is not None


def overdue(conn: Connection, before: datetime) -> int:
    """Return how many calls that began before then still have no end."""
    unended = (calls.c.ask_at.is_not(None), calls.c.status.not_in(OVER), is_real("calls", calls.c.id))
    query = select(func.count()).where(*unended, calls.c.started_at < before)
    return conn.execute(query).scalar_one()


def _open(conn: Connection, call: Call) -> OpenCall:
    last = conn.execute(select(func.max(turns.c.at)).where(turns.c.call_id == call.id)).scalar()
    leg = select(func.max(legs.c.turn)).where(legs.c.call_id == call.id, legs.c.ended_at.is_(None))
    heard_at = (last or call.started_at) - timedelta(seconds=call.time_shift)
    nameless = recordings.nameless_turn(conn, call.id)
    speech_turn = call.turn if nameless is None else nameless
    return OpenCall(call, heard_at, conn.execute(leg).scalar(), speech_turn)
