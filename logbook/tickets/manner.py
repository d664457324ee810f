"""Counts complaints about manner for each person of the register (001-19, 002-08)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.accounts.rights import Person
from logbook.database.person_ids import holds
from logbook.database.tables import officials, people, ticket_officials, tickets
from logbook.tickets.lifecycle import TicketTopic
from logbook.tickets.tickets import guided_rows
from logbook.tickets.visibility import visible_to

TOPIC = TicketTopic.ATTITUDE
"""The topic under which complaints about manner are classified (002-26)."""


def complaints_about(
    conn: Connection, keys: Collection[str], reader: Person, begins: datetime, ends: datetime
) -> Mapping[str, tuple[str, ...]]:
    """Return for each key of the register the codes of complaints about their manner, the oldest first.

    Of tickets opened from `begins` until before `ends` that `reader` may see; khiếu nại and tố cáo stand in
    no count (rules B1). Named is whoever the ticket is about, in the register or by their account.
    """
    counted = (
        tickets.c.topic == TOPIC,
        ~guided_rows(),
        tickets.c.opened_at >= begins,
        tickets.c.opened_at < ends,
        visible_to(reader),
    )
    named = (
        select(officials.c.key, tickets.c.code, tickets.c.opened_at)
        .join_from(tickets, ticket_officials, ticket_officials.c.ticket_id == tickets.c.id)
        .join(officials, officials.c.id == ticket_officials.c.official_id)
        .where(officials.c.key.in_(keys), *counted)
    )
    found = {(row.key, row.opened_at, row.code) for row in conn.execute(named)}
    accounts = (
        select(officials.c.key, people.c.id)
        .join(people, people.c.login == officials.c.login)
        .where(officials.c.key.in_(keys))
    )
    for person in conn.execute(accounts).all():
        theirs = select(tickets.c.code, tickets.c.opened_at).where(
            holds(tickets.c.subject_ids, person.id), *counted
        )
        found |= {(person.key, row.opened_at, row.code) for row in conn.execute(theirs)}
    ordered = sorted(found)
    return {key: tuple(code for whose, _, code in ordered if whose == key) for key in keys}
