"""The life of a delivery as a table: states, events, guards; one function applies it (docs/decisions/0009).

Nothing else changes the state of a row. Each event says from which states it may happen, what must still be
true of the row, and which faults it answers. docs/sending.md is drawn from this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Update, and_

from logbook.database.tables import deliveries as table
from logbook.outbox.kinds import ONCE
from logbook.settings.channels import CALL


class Tried(Protocol):
    """What a guard looks at in a row: which it is, which try, under which lease."""

    @property
    def id(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def epoch(self) -> int | None: ...


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    DUE = "due"
    SENDING = "sending"
    IN_DOUBT = "unsure"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether something may still happen, so that `due_at` stays: the index of open rows is by it."""
        return self in (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.IN_DOUBT)

    @property
    def is_over(self) -> bool:
        """Whether the row ended without anything having been handed over."""
        return self in (DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.CANCELLED)


class Guard(Enum):
    """What must still be true of a row besides its state."""

    SAME_TRY = "the same try"
    SAME_LEASE = "the same try under the same lease"
    CALL_GOES_ON = "a call of the same try that has not ended"
    HAS_NO_NAME = "a call of the same try that has not ended and has no name yet"
    NONE = "nothing more"


@dataclass(frozen=True, slots=True)
class DeliveryTransition:
    """One event: from which states, to which, under which guard, and the faults it answers."""

    before: tuple[DeliveryState, ...]
    after: DeliveryState
    guard: Guard
    says: str
    faults: tuple[str, ...] = ()
    repeats: bool = False
    """Whether it is sent a second time by this, which not every kind may be."""

    @property
    def must_be(self) -> str:
        """What must be true of a row besides its state, in words."""
        return f"{self.guard.value}, of a kind that is tried again" if self.repeats else self.guard.value


class DeliveryEvent(Enum):
    """Everything that may happen to a delivery."""

    CHANGED = "changed"
    CLAIMED = "claimed"
    HANDED_OVER = "handed over"
    PUT_OFF = "put off"
    BECAME_UNCLEAR = "became unclear"
    SENDER_DIED = "sender died"
    FOUND = "found"
    RECEIPT_CAME = "receipt came"
    ASKED_AGAIN = "asked again"
    SENT_ONCE_MORE = "sent once more"
    NEVER_CLEARED = "never cleared up"
    GIVEN_UP = "given up"
    TURNED_DOWN = "turned down"
    NOT_ALLOWED = "not allowed"
    NOT_NEEDED = "not needed"
    CALL_NAMED = "call named"
    CALL_ENDED = "call ended"
    NOT_DELIVERED = "not delivered"
    HEARD_OTHERWISE = "heard otherwise"


_DUE, _SENDING, _IN_DOUBT, _SENT = (
    DeliveryState.DUE,
    DeliveryState.SENDING,
    DeliveryState.IN_DOUBT,
    DeliveryState.SENT,
)
_FAILED, _REFUSED, _CANCELLED = DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.CANCELLED
_UNDER_WAY = (_SENDING, _IN_DOUBT, _SENT)

TABLE: dict[DeliveryEvent, DeliveryTransition] = {
    DeliveryEvent.CHANGED: DeliveryTransition(
        (_DUE,), _DUE, Guard.SAME_TRY, "its channel is chosen, or it waits for a better moment", ("F-07",)
    ),
    DeliveryEvent.CLAIMED: DeliveryTransition(
        (_DUE,), _SENDING, Guard.SAME_TRY, "one sender takes it for one try", ("F-05", "F-20")
    ),
    DeliveryEvent.HANDED_OVER: DeliveryTransition(
        (_SENDING,), _SENT, Guard.SAME_LEASE, "the channel took it", ("F-20",)
    ),
    DeliveryEvent.PUT_OFF: DeliveryTransition(
        (_SENDING,), _DUE, Guard.SAME_LEASE, "nothing was sent; it is tried again", ("F-07",), True
    ),
    DeliveryEvent.BECAME_UNCLEAR: DeliveryTransition(
        (_SENDING,), _IN_DOUBT, Guard.SAME_LEASE, "nobody knows whether it was sent", ("F-06", "F-27")
    ),
    DeliveryEvent.SENDER_DIED: DeliveryTransition(
        (_SENDING,), _IN_DOUBT, Guard.NONE, "its sender is gone, or has lost the lease", ("F-05", "F-06")
    ),
    DeliveryEvent.FOUND: DeliveryTransition(
        (_IN_DOUBT,), _SENT, Guard.SAME_TRY, "the provider has it", ("F-06",)
    ),
    DeliveryEvent.RECEIPT_CAME: DeliveryTransition(
        (_SENDING, _IN_DOUBT), _SENT, Guard.SAME_TRY, "its receipt came before the answer", ("F-04", "F-06")
    ),
    DeliveryEvent.ASKED_AGAIN: DeliveryTransition(
        (_IN_DOUBT,), _IN_DOUBT, Guard.SAME_TRY, "nobody could say; the provider is asked later", ("F-07",)
    ),
    DeliveryEvent.SENT_ONCE_MORE: DeliveryTransition(
        (_IN_DOUBT,), _DUE, Guard.SAME_TRY, "the provider does not have it", ("F-06",), True
    ),
    DeliveryEvent.NEVER_CLEARED: DeliveryTransition(
        (_IN_DOUBT,), _FAILED, Guard.SAME_TRY, "nobody will ever know", ("F-06", "F-07")
    ),
    DeliveryEvent.GIVEN_UP: DeliveryTransition(
        (_SENDING,), _FAILED, Guard.SAME_LEASE, "it was tried long enough", ("F-07",)
    ),
    DeliveryEvent.TURNED_DOWN: DeliveryTransition(
        (_SENDING,), _REFUSED, Guard.SAME_LEASE, "the channel will never take it", ("F-07",)
    ),
    DeliveryEvent.NOT_ALLOWED: DeliveryTransition(
        (_DUE,), _REFUSED, Guard.SAME_TRY, "it may not, or cannot, be sent"
    ),
    DeliveryEvent.NOT_NEEDED: DeliveryTransition(
        (_DUE,), _CANCELLED, Guard.SAME_TRY, "nobody needs it any more"
    ),
    DeliveryEvent.CALL_NAMED: DeliveryTransition(
        _UNDER_WAY, _SENT, Guard.HAS_NO_NAME, "the line heard of its call first", ("F-04", "F-06")
    ),
    DeliveryEvent.CALL_ENDED: DeliveryTransition(
        _UNDER_WAY, _SENT, Guard.CALL_GOES_ON, "its call is over", ("F-04", "F-26")
    ),
    DeliveryEvent.NOT_DELIVERED: DeliveryTransition(
        (_SENT,), _FAILED, Guard.NONE, "its receipt says no, or nobody heard its calls", ("F-25",)
    ),
    DeliveryEvent.HEARD_OTHERWISE: DeliveryTransition(
        (_DUE,), _SENT, Guard.NONE, "the citizen heard it by calling in"
    ),
}
"""What each event does. The guards keep a late, repeated or outlived request from changing anything."""


def happen(
    event: DeliveryEvent,
    row: Tried | None = None,
    *which: ColumnElement[bool],
    ended_at: datetime | None = None,
    **values: Any,
) -> Update:
    """Return the statement of `event` for `row`, or for all rows that are meant by `which`.

    It changes nothing in a row that is in another state or fails the guard. `due_at` is emptied where nothing
    may happen any more; `ended_at` is the moment (UTC) at which it is over.
    """
    transition = TABLE[event]
    after = transition.after
    if not after.is_open:
        values["due_at"] = None
    if ended_at is not None:
        values["ended_at"] = ended_at
    conditions = [*_guards(transition, row), _in(transition.before), *which]
    if transition.repeats:
        conditions.append(table.c.kind.not_in(ONCE))
    if not row and not which:
        raise ValueError(f"{event}: a row or a condition must say which deliveries are meant")
    return table.update().where(and_(*conditions)).values(state=after.value, **values)


def apply(
    conn: Connection,
    event: DeliveryEvent,
    row: Tried | None = None,
    *which: ColumnElement[bool],
    ended_at: datetime | None = None,
    **values: Any,
) -> int:
    """Let `event` happen, and return how many rows it changed; see `happen`."""
    return conn.execute(happen(event, row, *which, ended_at=ended_at, **values)).rowcount


def call_goes_on() -> ColumnElement[bool]:
    """Return the condition of a call that has begun and has not ended."""
    return and_(table.c.channel == CALL, _in(_UNDER_WAY), table.c.ended_at.is_(None))


def _in(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    names = [state.value for state in states]
    return table.c.state == names[0] if len(names) == 1 else table.c.state.in_(names)


def _guards(transition: DeliveryTransition, row: Tried | None) -> list[ColumnElement[bool]]:
    if row is None:
        return []
    conditions: list[ColumnElement[bool]] = [table.c.id == row.id]
    if transition.guard is not Guard.NONE:
        conditions.append(table.c.attempts == row.attempts)
    match transition.guard:
        case Guard.SAME_LEASE:
            conditions.append(table.c.epoch == row.epoch)
        case Guard.CALL_GOES_ON | Guard.HAS_NO_NAME:
            conditions += [table.c.channel == CALL, table.c.ended_at.is_(None)]
            if transition.guard is Guard.HAS_NO_NAME:
                conditions.append(table.c.provider_sid.is_(None))
        case Guard.SAME_TRY | Guard.NONE:
            pass
    return conditions
