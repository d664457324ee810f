"""Escalation policy: the ladder's people, how far it went, and who is kept out by a conflict of interest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, false, or_, select

from logbook.accounts.rights import Person, makes_conflict
from logbook.database.tables import deliveries, escalations, people, tickets
from logbook.ids import TicketId
from logbook.settings.notifications import EscalationStep, LaddersPart, NotificationsPart, OfficialPart

NAMES = tuple(LaddersPart.model_fields)


@dataclass(frozen=True, slots=True)
class ConflictOfInterest:
    """What an escalation says about possible recipients: the route, and the accounts it is about, if any."""

    conflict: bool = False
    logins: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def keeps_away(self, official: OfficialPart, ladder: str) -> bool:
        """Whether `official` must not be notified (rules B10).

        The chairman hears of nothing in conflict of interest; an official without an account is known by
        their role alone, and then everybody of that role is kept away.
        """
        if makes_conflict(official.role) and (self.conflict or ladder == "conflict"):
            return True
        if official.login is None:
            return official.role in self.roles
        return official.login in self.logins


def conflict_of_interest(conn: Connection, ticket_id: TicketId | None) -> ConflictOfInterest:
    """Return whom an escalation must be kept from; nobody for an escalation without a ticket."""
    query = select(tickets.c.conflict, tickets.c.subject_ids).where(tickets.c.id == ticket_id)
    row = None if ticket_id is None else conn.execute(query).first()
    return ConflictOfInterest() if row is None else about(conn, row.subject_ids, conflict=row.conflict)


def about(conn: Connection, subject_ids: Collection[int], *, conflict: bool) -> ConflictOfInterest:
    """Return whom a case about these accounts must be kept from."""
    if not subject_ids:
        return ConflictOfInterest(conflict)
    named = conn.execute(select(people.c.login, people.c.role).where(people.c.id.in_(subject_ids))).all()
    return ConflictOfInterest(
        conflict, frozenset(row.login for row in named), frozenset(row.role for row in named)
    )


def steps(notifications: NotificationsPart, name: str) -> tuple[EscalationStep, ...]:
    """Return the steps of a ladder; none for a name the settings no longer know."""
    return notifications.ladder(name) if name in NAMES else ()


def first_step(notifications: NotificationsPart, name: str, official: str) -> int | None:
    """Return the number of the first step that notifies `official`, None when no step does."""
    return next(
        (number for number, step in enumerate(steps(notifications, name)) if step.official == official), None
    )


def officials_of(notifications: NotificationsPart, person: Person) -> tuple[OfficialPart, ...]:
    """Return the officials a signed-in person acts for: by their login, else those of their role."""
    own = tuple(official for official in notifications.officials if official.login == person.login)
    return own or tuple(official for official in notifications.officials if official.role == person.role)


def come_to(
    notifications: NotificationsPart, official: OfficialPart, at_step: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a row's ladder names `official` and has reached them.

    It has when they were notified before, when it stands beyond their first step, or at it and `at_step`
    holds.
    """
    details = exists().where(
        deliveries.c.escalation_id == escalations.c.id, deliveries.c.recipient == official.id
    )
    stands = escalations.c.step
    ways: list[ColumnElement[bool]] = []
    for name in NAMES:
        first = first_step(notifications, name, official.id)
        if first is not None:
            reached = or_(stands > first, and_(stands == first, at_step), details)
            ways.append(and_(escalations.c.ladder == name, reached))
    return or_(false(), *ways)


def next_hand(
    notifications: NotificationsPart,
    ladder: str,
    to_role: str,
    away: ConflictOfInterest,
    passed: tuple[str, ...],
) -> tuple[str, int, OfficialPart] | None:
    """Return ladder, step and official to notify after those who `passed` it on; None: nobody left.

    What the chairman hands on goes to the first of `to_role`, wherever the ladder or the conflict ladder
    names one. Else it is the first of a role nobody of those who passed it on has, of `to_role` if there is
    one: on the ladder, and only when that has nobody on the conflict ladder.
    """
    hands = {official.role for one in passed if (official := notifications.official(one)) is not None}
    free = [
        (name, number, official)
        for name in dict.fromkeys((ladder, "conflict"))
        for number, step in enumerate(steps(notifications, name))
        if (official := notifications.official(step.official)) is not None
        and official.id not in passed
        and official.role not in hands
        and not away.keeps_away(official, name)
    ]
    nearest = "chairman" not in hands
    return min(
        free,
        key=lambda each: (nearest and each[0] != ladder, each[2].role != to_role),
        default=None,
    )
