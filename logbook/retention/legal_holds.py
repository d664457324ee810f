"""Legal holds: a ticket needed for an inspection or a court is kept beyond its time (B4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.tables import legal_holds, people, tickets
from logbook.ids import TicketId
from logbook.plain_text import whole_text
from logbook.tickets.tickets import locked
from logbook.tickets.visibility import visible_to

REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class LegalHold:
    """One hold with its ticket's code and the names of who set and who lifted it."""

    id: int
    ticket_id: TicketId
    code: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None


def place(conn: Connection, ticket_id: TicketId, person: Person, reason: str, now: datetime) -> int | None:
    """Forbid that anything of a ticket is deleted, and return the hold's id; None when one holds already.

    Written into the audit log with its reason. ValueError without a reason.
    """
    words = " ".join(whole_text(reason, REASON_LIMIT).split())
    if not words:
        raise ValueError("a hold needs a reason")
    locked(conn, ticket_id)
    if conn.execute(select(legal_holds.c.id).where(_holds(ticket_id))).first():
        return None
    values = {"ticket_id": ticket_id, "reason": words, "made_by": person.id, "made_at": now}
    hold_id: int = conn.execute(legal_holds.insert().returning(legal_holds.c.id), values).scalar_one()
    audit_log.write(conn, person, "set_hold", f"ticket:{ticket_id}", now, words)
    return hold_id


def lift(conn: Connection, ticket_id: TicketId, person: Person, reason: str, now: datetime) -> bool:
    """Release a hold; retention counts again. False when there is none; ValueError without a reason."""
    words = " ".join(whole_text(reason, REASON_LIMIT).split())
    if not words:
        raise ValueError("lifting a hold needs a reason")
    done = conn.execute(
        update(legal_holds).where(_holds(ticket_id)).values(lifted_at=now, lifted_by=person.id)
    )
    if done.rowcount:
        audit_log.write(conn, person, "lift_hold", f"ticket:{ticket_id}", now, words)
    return bool(done.rowcount)


def listed(
    conn: Connection,
    person: Person,
    limit: int,
    before: int | None = None,
    *,
    ticket_id: TicketId | None = None,
) -> list[LegalHold]:
    """Return the newest holds on tickets `person` may see; `before` is the id of the last one shown.

    Whoever a ticket concerns does not learn of it here either (rules B10).
    """
    setter, lifter = people.alias("setter"), people.alias("lifter")
    query = (
        select(
            legal_holds.c.id,
            legal_holds.c.ticket_id,
            tickets.c.code,
            legal_holds.c.reason,
            setter.c.name,
            legal_holds.c.made_at,
            legal_holds.c.lifted_at,
            lifter.c.name,
        )
        .join(tickets, tickets.c.id == legal_holds.c.ticket_id)
        .join(setter, setter.c.id == legal_holds.c.made_by)
        .outerjoin(lifter, lifter.c.id == legal_holds.c.lifted_by)
        .where(visible_to(person))
        .order_by(legal_holds.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(legal_holds.c.id < before)
    if ticket_id is not None:
        query = query.where(legal_holds.c.ticket_id == ticket_id)
    return [LegalHold(*row) for row in conn.execute(query)]


def held() -> ColumnElement[bool]:
    """The condition, in a query of tickets, that a hold forbids deleting anything of the ticket."""
    return exists().where(legal_holds.c.ticket_id == tickets.c.id, legal_holds.c.lifted_at.is_(None))


def _holds(ticket_id: TicketId) -> ColumnElement[bool]:
    return (legal_holds.c.ticket_id == ticket_id) & legal_holds.c.lifted_at.is_(None)
