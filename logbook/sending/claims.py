"""Claims a delivery of the outbox, records its result, and decides when it is sent again (retry).

Every change after a claim names the lease and the try it belongs to, so that a runner that lost its lease
cannot undo what the next one did; the waits between two tries (back-off) are here as well.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from logbook.database.tables import deliveries as table
from logbook.outbox import escalations, kinds, returned_calls
from logbook.outbox.deliveries import AWAITED, CALL, Delivery
from logbook.outbox.state_machine import DeliveryEvent, DeliveryState, apply, happen
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
    """Return what has been due longest, skipping channels in trouble; None: nothing.

    What somebody waits for at a telephone comes before all else.
    """
    query = select(table).where(_due(now, but_not)).order_by(table.c.due_at, table.c.id).limit(1)
    row = conn.execute(query.where(table.c.kind.in_(kinds.WAITED_FOR))).first() or conn.execute(query).first()
    return None if row is None else Delivery(*row)


def lock(conn: Connection, row: Delivery) -> Delivery | None:
    """Return a due row as it is now, locked; None when another sender has it or it is not due any more.

    Its ticket or its callback is locked first, as everywhere, so that nobody who moves that waits for us in a
    circle.
    """
    escalations.lock_ticket(conn, row.ticket_id)
    returned_calls.lock(conn, row)
    query = select(table).where(_waiting(row)).with_for_update(skip_locked=True)
    found = conn.execute(query).first()
    return None if found is None else Delivery(*found)


def any_due(conn: Connection, now: datetime, but_not: Collection[str]) -> bool:
    """Whether `next_due` would find something; needs no write lock."""
    return bool(conn.execute(select(exists().where(_due(now, but_not)))).scalar())


def choose(conn: Connection, row: Delivery, channel: str) -> None:
    """Store the channel by which a citizen is notified."""
    apply(conn, DeliveryEvent.CHANGED, row, channel=channel)


def postpone(conn: Connection, row: Delivery, until: datetime) -> None:
    """Postpone a due row to a better moment; no attempt is counted."""
    apply(conn, DeliveryEvent.CHANGED, row, due_at=until)


def set_aside(conn: Connection, row: Delivery, until: datetime, error: str) -> None:
    """Postpone a row that cannot even be read, with the reason, so that it delays no other."""
    apply(conn, DeliveryEvent.CHANGED, row, due_at=until, last_error=_short(error))


def call_off(conn: Connection, row: Delivery, why: str, now: datetime) -> None:
    """Record that a due row is no longer needed."""
    outcomes.end(conn, DeliveryEvent.NOT_NEEDED, row, why, now)


def refuse(conn: Connection, row: Delivery, why: str, now: datetime) -> None:
    """Record that a due row may not or cannot be sent."""
    outcomes.end(conn, DeliveryEvent.NOT_ALLOWED, row, why, now)


def claim(
    conn: Connection, row: Delivery, epoch: int, now: datetime, to: str | None = None
) -> Delivery | None:
    """Take a due row for one try under the lease `epoch`; None when it is not due any more.

    `to` is the number it goes to now (E.164), kept so that the provider is asked about this very number.
    """
    claimed = happen(
        DeliveryEvent.CLAIMED,
        row,
        attempts=row.attempts + 1,
        epoch=epoch,
        claimed_at=now,
        number=to or row.number,
        last_error=None,
    )
    found = conn.execute(claimed.returning(*table.c)).first()
    return None if found is None else Delivery(*found)


def handed_over(
    conn: Connection, row: Delivery, sid: str | None, now: datetime, *, receipt: bool = False
) -> bool:
    """Record that the attempt succeeded; a text or message is done with that, a call rings now.

    False when the row is no longer in our hands. A citizen's text goes into the ticket's history, as
    delivered only when no `receipt` is asked for: else its receipt says so.
    """
    return _arrived(conn, DeliveryEvent.HANDED_OVER, row, sid, sent_at=now, now=now, receipt=receipt)


def receipt_came(conn: Connection, row: Delivery, sid: str, now: datetime) -> bool:
    """Record that a text was handed over, since its receipt came; the answer may have been lost."""
    return _arrived(
        conn, DeliveryEvent.RECEIPT_CAME, row, sid, sent_at=row.claimed_at or now, now=now, receipt=True
    )


def later(conn: Connection, row: Delivery, now: datetime, error: str) -> bool:
    """Record that nothing was sent and when to retry."""
    until = now + wait_after(row.attempts)
    return apply(conn, DeliveryEvent.PUT_OFF, row, due_at=until, last_error=_short(error)) == 1


def unclear(conn: Connection, row: Delivery, now: datetime, error: str) -> bool:
    """Record that it is in doubt: the provider is asked before anything else."""
    until = now + ASK_AFTER
    return apply(conn, DeliveryEvent.BECAME_UNCLEAR, row, due_at=until, last_error=_short(error)) == 1


def gave_up(conn: Connection, row: Delivery, why: str, now: datetime, error: str) -> bool:
    """End what was tried long enough; False when it is not ours any more."""
    return outcomes.end(conn, DeliveryEvent.GIVEN_UP, row, why, now, last_error=_short(error))


def turned_down(conn: Connection, row: Delivery, why: str, now: datetime, error: str) -> bool:
    """End what the channel will never take; False when it is not ours any more."""
    return outcomes.end(conn, DeliveryEvent.TURNED_DOWN, row, why, now, last_error=_short(error))


def reclaim(conn: Connection, now: datetime, epoch: int | None = None) -> int:
    """Mark as in doubt what a dead runner, or one under an older lease, began; return how many."""
    why = "the sender stopped while sending"
    dead = _dead(now, epoch)
    return apply(conn, DeliveryEvent.SENDER_DIED, None, dead, due_at=now + ASK_AFTER, last_error=why)


def any_dead(conn: Connection, now: datetime, epoch: int | None = None) -> bool:
    """Whether `reclaim` would find something; needs no write lock."""
    return bool(conn.execute(select(exists().where(_dead(now, epoch)))).scalar())


def to_ask_about(conn: Connection, now: datetime, limit: int) -> list[Delivery]:
    """Return in-doubt sends that should be asked about now, the longest waiting first."""
    query = select(table).where(table.c.state == DeliveryState.IN_DOUBT, table.c.due_at <= now)
    return _rows(conn, query.order_by(table.c.due_at, table.c.id).limit(limit))


def found(conn: Connection, row: Delivery, sid: str, now: datetime, *, receipt: bool = False) -> bool:
    """Record that the provider knows of the in-doubt send: it was done."""
    sent_at = row.claimed_at or now
    return _arrived(conn, DeliveryEvent.FOUND, row, sid, sent_at=sent_at, now=now, receipt=receipt)


def _arrived(
    conn: Connection,
    event: DeliveryEvent,
    row: Delivery,
    sid: str | None,
    *,
    sent_at: datetime,
    now: datetime,
    receipt: bool,
) -> bool:
    outcomes.lock_case(conn, row)
    values: dict[str, Any] = {"sent_at": sent_at, "provider_sid": sid}
    if row.channel != CALL:
        values |= {"ended_at": now, "result": "accepted"}
    if receipt and kind_of(row.channel or "").has_receipts:
        values["receipt"] = AWAITED
    done = apply(conn, event, row, **values) == 1
    if done:
        outcomes.mark_first_sent(conn, row, sent_at)
    if done and kind_of(row.channel or "").has_receipts:
        outcomes.write_into_history(conn, row, "accepted" if receipt else "told", now)
    return done


def send_once_more(conn: Connection, row: Delivery, now: datetime) -> bool:
    """Make an in-doubt row due again; it is one extra send, should the first have arrived after all."""
    more = row.duplicates + 1
    return apply(conn, DeliveryEvent.SENT_ONCE_MORE, row, due_at=now, duplicates=more) == 1


def ask_later(conn: Connection, row: Delivery, now: datetime, *, soon: bool = False) -> None:
    """Leave an in-doubt row and ask again later, the longer the older it is unless `soon`."""
    age = ASK_AFTER if soon else max(now - (row.claimed_at or now), ASK_AFTER)
    until = now + min(age, timedelta(seconds=_LONGEST_WAIT))
    apply(conn, DeliveryEvent.ASKED_AGAIN, row, due_at=until)


def stay_unknown(conn: Connection, row: Delivery, now: datetime) -> bool:
    """End an in-doubt row of which nobody will ever know."""
    return outcomes.end(conn, DeliveryEvent.NEVER_CLEARED, row, "unclear", now)


def is_ambiguous(conn: Connection, row: Delivery) -> bool:
    """Whether another call or text to this number is on its way under an unknown id.

    It was begun after `row`, so it is found out about first; what is left then is not its own.
    """
    later = or_(
        table.c.claimed_at > row.claimed_at, and_(table.c.claimed_at == row.claimed_at, table.c.id > row.id)
    )
    if row.number is None:
        return False
    sending = table.c.state == DeliveryState.SENDING
    same = (table.c.channel == row.channel, table.c.number == row.number, table.c.id != row.id)
    other = exists().where(*same, or_(sending, and_(table.c.state == DeliveryState.IN_DOUBT, later)))
    return bool(conn.execute(select(other)).scalar())


def taken_sids(conn: Connection, row: Delivery, sids: Iterable[str]) -> set[str]:
    """Return which of these calls or messages are known to belong to something else.

    To be asked after `is_ambiguous`: whoever was named in between is among them.
    """
    wanted = list(sids)
    others = select(table.c.provider_sid).where(table.c.provider_sid.in_(wanted), table.c.id != row.id)
    return {str(sid) for sid in conn.execute(others).scalars()}


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
    return and_(table.c.state == DeliveryState.DUE, table.c.due_at <= now, allowed)


def _dead(now: datetime, epoch: int | None) -> ColumnElement[bool]:
    dead = table.c.claimed_at < now - DEAD_AFTER
    gone = dead if epoch is None else or_(dead, table.c.epoch < epoch)
    return and_(table.c.due_at.is_not(None), table.c.state == DeliveryState.SENDING, gone)


def _waiting(row: Delivery) -> ColumnElement[bool]:
    same = (table.c.id == row.id, table.c.attempts == row.attempts)
    return and_(*same, table.c.state == DeliveryState.DUE)


def _short(error: str) -> str:
    return plain_text(error, 500)


def _rows(conn: Connection, query: Any) -> list[Delivery]:
    return [Delivery(*row) for row in conn.execute(query)]
