"""The caller's card: other cases from the same number, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from logbook.accounts.rights import Act, Person, may
from logbook.database.tables import tickets
from logbook.tickets.tickets import TicketHead, case_of, heads

_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class CallerCard:
    """Earlier and later tickets of one number, newest first; `more` when there are others besides."""

    tickets: tuple[TicketHead, ...]
    more: bool


def of_ticket(conn: Connection, ticket: TicketHead, person: Person, limit: int = 8) -> CallerCard:
    """Return the other tickets of a ticket's number that `person` may know the caller of.

    Nothing for a withheld number, and nothing for whoever may not see callers: that two tickets have
    the same caller says who complained (B4).
    """
    if ticket.caller_number is None or not may(person, Act.SEE_CALLER, case_of(ticket)):
        return CallerCard((), more=False)
    query = (
        select(*TicketHead.columns())
        .where(tickets.c.caller_number == ticket.caller_number, tickets.c.id != ticket.id)
        .order_by(tickets.c.id.desc())
        .limit(_LOOKED_AT)
    )
    found = heads(conn, query)
    seen = [one for one in found if may(person, Act.SEE_CALLER, case_of(one))]
    return CallerCard(tuple(seen[:limit]), more=len(seen) > limit)
