"""Claims a delivery of the outbox, records its result, and decides when it is sent again (retry).

Every change after a claim names the lease and the try it belongs to, so that a runner that lost its lease
cannot undo what the next one did; the waits between two tries are here as well.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from logbook.database.tables import callbacks
from logbook.database.tables import deliveries as table
from logbook.outbox import escalations
from logbook.outbox.deliveries import AWAITED, CALL, Delivery
from logbook.plain_text import plain_text
from logbook.sending import outcomes
from logbook.settings.channels import kind_of

DEAD_AFTER = timedelta(minutes=2)
"""A send that has said nothing for so long was begun by a runner that is no more."""
ASK_AFTER = timedelta(seconds=30)
"""How long after an unclear send the provider is asked, so that its own lists have caught up."""
MOST_DUPLICATES = 1
"""Sends after one of which nobody knows (F-06)."""
_WAITS = (30, 60, 120, 240, 480, 900, 1800)
_LONGEST_WAIT = 3600
_CHANCE = random.SystemRandom()


def next_due(conn: Connection, now: datetime, but_not: Collection[str]) -> Delivery | None:
    """Return what has been due longest, skipping channels in trouble; None: nothing."""
    query = select(table).where(_due(now, but_not)).order_by(table.c.due_at, table.c.id).limit(1)
    row = conn.execute(query).first()
    return None if row is None else Delivery(*row)


def lock(conn: Connection, row: Delivery) -> Delivery | None:
    """Return a due row as it is now, locked; None when another sender has it or it is not due any more.

    Its ticket is locked first, as everywhere, so that nobody who moves the ticket waits for us in a circle.
    """
    escalations.lock_ticket(conn, row.ticket_id)
    query = select(table).where(_waiting(row)).with_for_update(skip_locked=True)
    found = conn.execute(query).first()
    return None if found is None else Delivery(*found)


def any_due(conn: Connection, now: datetime, but_not: Collection[str]) -> bool:
    """Whether `next_due` would find something; needs no write lock."""
    return bool(conn.execute(select(exists().where(_due(now, but_not)))).scalar())


def choose(conn: Connection, row: Delivery, channel: str) -> None:
    """Store the channel by which a citizen is notified."""
    conn.execute(table.update().where(_waiting(row)).values(channel=channel))


def postpone(conn: Connection, row: Delivery, until: datetime) -> None:
    """Postpone a due row to a better moment; no attempt is counted."""
    conn.execute(table.update().where(_waiting(row)).values(due_at=until))


def set_aside(conn: Connection, row: Delivery, until: datetime, error: str) -> None:
    """Postpone a row that cannot even be read, with the reason, so that it delays no other."""
    conn.execute(table.update().where(_waiting(row)).values(due_at=until, last_error=_short(error)))


def call_off(conn: Connection, row: Delivery, why: str, now: datetime) -> None:
    """Record that a due row is no longer needed."""
    _end(conn, _waiting(row), "cancelled", why, now)


def refuse(conn: Connection, row: Delivery, why: str, now: datetime) -> None:
    """Record that a due row may not or cannot be sent."""
    _end(conn, _waiting(row), "refused", why, now)


def claim(
    conn: Connection, row: Delivery, epoch: int, now: datetime, to: str | None = None
) -> Delivery | None:
    """Take a due row for one try under the lease `epoch`; None when it is not due any more.

    `to` is the number it goes to now (E.164), kept so that the provider is asked about this very number.
    """
    found = conn.execute(
        table.update()
        .where(_waiting(row))
        .values(
            state="sending",
            attempts=row.attempts + 1,
            epoch=epoch,
            claimed_at=now,
            number=to or row.number,
            last_error=None,
        )
        .returning(*table.c)
    ).first()
    return None if found is None else Delivery(*found)


def handed_over(
    conn: Connection, row: Delivery, sid: str | None, now: datetime, *, receipt: bool = False
) -> bool:
    """Record that the attempt succeeded; a text or message is done with that, a call rings now.

    False when the row is no longer in our hands. A citizen's text goes into the ticket's history, as
    delivered only when no `receipt` is asked for: else its receipt says so.
    """
    return _arrived(conn, row, _ours(row), sid, sent_at=now, now=now, receipt=receipt)


def receipt_came(conn: Connection, row: Delivery, sid: str, now: datetime) -> bool:
    """Record that a text was handed over, since its receipt came; the answer may have been lost."""
    under_way = and_(
        table.c.id == row.id, table.c.attempts == row.attempts, table.c.state.in_(("sending", "unsure"))
    )
    return _arrived(conn, row, under_way, sid, sent_at=row.claimed_at or now, now=now, receipt=True)


def later(conn: Connection, row: Delivery, now: datetime, error: str) -> bool:
    """Record that nothing was sent and when to retry."""
    values = {"state": "due", "due_at": now + wait_after(row.attempts), "last_error": _short(error)}
    return conn.execute(table.update().where(_ours(row)).values(**values)).rowcount == 1


def unclear(conn: Connection, row: Delivery, now: datetime, error: str) -> bool:
    """Record that it is in doubt: the provider is asked before anything else."""
    values = {"state": "unsure", "due_at": now + ASK_AFTER, "last_error": _short(error)}
    return conn.execute(table.update().where(_ours(row)).values(**values)).rowcount == 1


def gave_up(conn: Connection, row: Delivery, state: str, why: str, now: datetime, error: str) -> bool:
    """End an attempt that failed: `state` is refused or failed; False when it is not ours any more."""
    return _end(conn, _ours(row), state, why, now, error)


def reclaim(conn: Connection, now: datetime, epoch: int | None = None) -> int:
    """Mark as in doubt what a dead runner, or one under an older lease, began; return how many."""
    return conn.execute(
        table.update()
        .where(_dead(now, epoch))
        .values(state="unsure", due_at=now + ASK_AFTER, last_error="the sender stopped while sending")
    ).rowcount


def any_dead(conn: Connection, now: datetime, epoch: int | None = None) -> bool:
    """Whether `reclaim` would find something; needs no write lock."""
    return bool(conn.execute(select(exists().where(_dead(now, epoch)))).scalar())


def to_ask_about(conn: Connection, now: datetime, limit: int) -> list[Delivery]:
    """Return in-doubt sends that should be asked about now, the longest waiting first."""
    query = select(table).where(table.c.state == "unsure", table.c.due_at <= now)
    return _rows(conn, query.order_by(table.c.due_at, table.c.id).limit(limit))


def found(conn: Connection, row: Delivery, sid: str, now: datetime, *, receipt: bool = False) -> bool:
    """Record that the provider knows of the in-doubt send: it was done."""
    return _arrived(conn, row, _unsure(row), sid, sent_at=row.claimed_at or now, now=now, receipt=receipt)


def _arrived(
    conn: Connection,
    row: Delivery,
    condition: ColumnElement[bool],
    sid: str | None,
    *,
    sent_at: datetime,
    now: datetime,
    receipt: bool,
) -> bool:
    outcomes.lock_case(conn, row)
    values: dict[str, Any] = {"state": "sent", "due_at": None, "sent_at": sent_at, "provider_sid": sid}
    if row.channel != CALL:
        values |= {"ended_at": now, "result": "accepted"}
    if receipt and kind_of(row.channel or "").has_receipts:
        values["receipt"] = AWAITED
    done = conn.execute(table.update().where(condition).values(**values)).rowcount == 1
    if done:
        outcomes.mark_first_sent(conn, row, sent_at)
    if done and kind_of(row.channel or "").has_receipts:
        outcomes.write_into_history(conn, row, "accepted" if receipt else "told", now)
    return done


def send_once_more(conn: Connection, row: Delivery, now: datetime) -> bool:
    """Make an in-doubt row due again; it is one extra send, should the first have arrived after all."""
    values = {"state": "due", "due_at": now, "duplicates": row.duplicates + 1}
    return conn.execute(table.update().where(_unsure(row)).values(**values)).rowcount == 1


def ask_later(conn: Connection, row: Delivery, now: datetime, *, soon: bool = False) -> None:
    """Leave an in-doubt row and ask again later, the longer the older it is unless `soon`."""
    age = ASK_AFTER if soon else max(now - (row.claimed_at or now), ASK_AFTER)
    until = now + min(age, timedelta(seconds=_LONGEST_WAIT))
    conn.execute(table.update().where(_unsure(row)).values(due_at=until))


def stay_unknown(conn: Connection, row: Delivery, now: datetime) -> bool:
    """End an in-doubt row of which nobody will ever know."""
    return _end(conn, _unsure(row), "failed", "unclear", now)


def is_ambiguous(conn: Connection, row: Delivery) -> bool:
    """Whether another call or text to this number is on its way under an unknown id.

    It was begun after `row`, so it is found out about first; what is left then is not its own.
    """
    later = or_(
        table.c.claimed_at > row.claimed_at, and_(table.c.claimed_at == row.claimed_at, table.c.id > row.id)
    )
    if row.number is None:
        return False
    same = (table.c.channel == row.channel, table.c.number == row.number, table.c.id != row.id)
    other = exists().where(*same, or_(table.c.state == "sending", and_(table.c.state == "unsure", later)))
    ringing = exists().where(
        callbacks.c.state == "calling",
        callbacks.c.return_sid.is_(None),
        callbacks.c.wanted_from == row.number,
    )
    asked = or_(other, ringing) if row.channel == CALL else other
    return bool(conn.execute(select(asked)).scalar())


def taken_sids(conn: Connection, row: Delivery, sids: Iterable[str]) -> set[str]:
    """Return which of these calls or messages are known to belong to something else.

    To be asked after `is_ambiguous`: whoever was named in between is among them.
    """
    wanted = list(sids)
    mine = select(table.c.provider_sid).where(table.c.provider_sid.in_(wanted), table.c.id != row.id)
    returned = select(callbacks.c.return_sid).where(callbacks.c.return_sid.in_(wanted))
    return {str(sid) for sid in conn.execute(mine.union(returned)).scalars()}


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries: half a minute, doubling up to an hour, and some chance."""
    return timedelta(seconds=_wait(tries) * _CHANCE.uniform(1.0, 1.25))


def tried_for(tries: int) -> timedelta:
    """Return the time that so many tries are spread over at least."""
    return timedelta(seconds=sum(_wait(each) for each in range(1, tries + 1)))


def _wait(tries: int) -> int:
    return _WAITS[tries - 1] if 1 <= tries <= len(_WAITS) else _LONGEST_WAIT


def _due(now: datetime, but_not: Collection[str]) -> ColumnElement[bool]:
    allowed = or_(table.c.channel.is_(None), table.c.channel.not_in(list(but_not)))
    return and_(table.c.state == "due", table.c.due_at <= now, allowed)


def _dead(now: datetime, epoch: int | None) -> ColumnElement[bool]:
    dead = table.c.claimed_at < now - DEAD_AFTER
    gone = dead if epoch is None else or_(dead, table.c.epoch < epoch)
    return and_(table.c.due_at.is_not(None), table.c.state == "sending", gone)


def _waiting(row: Delivery) -> ColumnElement[bool]:
    return and_(table.c.id == row.id, table.c.state == "due", table.c.attempts == row.attempts)


def _ours(row: Delivery) -> ColumnElement[bool]:
    return and_(
        table.c.id == row.id,
        table.c.state == "sending",
        table.c.epoch == row.epoch,
        table.c.attempts == row.attempts,
    )


def _unsure(row: Delivery) -> ColumnElement[bool]:
    return and_(table.c.id == row.id, table.c.state == "unsure", table.c.attempts == row.attempts)


def _end(
    conn: Connection,
    which: ColumnElement[bool],
    state: str,
    why: str,
    now: datetime,
    error: str | None = None,
) -> bool:
    values: dict[str, Any] = {"state": state, "due_at": None, "ended_at": now, "result": why}
    if error is not None:
        values["last_error"] = _short(error)
    return conn.execute(table.update().where(which).values(**values)).rowcount == 1


def _short(error: str) -> str:
    return plain_text(error, 500)


def _rows(conn: Connection, query: Any) -> list[Delivery]:
    return [Delivery(*row) for row in conn.execute(query)]
