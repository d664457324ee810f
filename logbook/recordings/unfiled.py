"""Finds recordings that nothing has been made of yet: their own request was late, or got lost."""

from __future__ import annotations

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from logbook.database.tables import callbacks, consents, recordings, tickets, turns
from logbook.ids import CallId
from logbook.recordings.recordings import Recording

_CALL: BindParameter[int] = bindparam("call_id")
_UNCLAIMED = (
    select(recordings)
    .where(
        recordings.c.call_id == _CALL,
        recordings.c.turn == bindparam("turn"),
        recordings.c.state != "absent",
        ~select(tickets.c.id).where(tickets.c.recording_id == recordings.c.id).exists(),
        ~select(callbacks.c.id).where(callbacks.c.recording_id == recordings.c.id).exists(),
    )
    .order_by(recordings.c.id)
    .limit(1)
)
_HEARD = select(turns.c.number).where(
    turns.c.call_id == recordings.c.call_id,
    turns.c.number == recordings.c.turn,
    turns.c.heard.contains('"Voice"', autoescape=True),
)
_UNHEARD = (
    select(recordings)
    .where(
        recordings.c.call_id == _CALL,
        recordings.c.purpose == "complaint",
        recordings.c.state != "absent",
        func.coalesce(recordings.c.seconds, 1) > 0,
        ~_HEARD.exists(),
        select(consents.c.turn).where(consents.c.call_id == _CALL, consents.c.given).exists(),
        ~select(tickets.c.id).where(tickets.c.call_id == _CALL).exists(),
    )
    .order_by(recordings.c.id.desc())
    .limit(1)
)


def unclaimed(conn: Connection, call_id: CallId, turn: int) -> Recording | None:
    """Return the recording made at `turn` that no ticket and no callback refers to yet, or None."""
    row = conn.execute(_UNCLAIMED, {"call_id": call_id, "turn": turn}).first()
    return None if row is None else Recording(*row)


def unheard(conn: Connection, call_id: CallId) -> Recording | None:
    """Return a complaint that was recorded with consent in a call without a ticket, and that no turn heard.

    Its own request was lost, and the call went on, or ended, without it (F-26).
    """
    row = conn.execute(_UNHEARD, {"call_id": call_id}).first()
    return None if row is None else Recording(*row)
