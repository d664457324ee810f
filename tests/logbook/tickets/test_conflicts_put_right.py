"""Cases an older version kept from the chairman because they are about a deputy are given back, once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from logbook.accounts import accounts
from logbook.database.engine import Database
from logbook.database.tables import escalations, ticket_events, tickets
from logbook.ids import TicketId
from logbook.tickets import history
from logbook.tickets.conflicts_put_right import put_right
from tests.logbook.book_of_cases import write
from tests.town_hall import move

pytestmark = pytest.mark.row("R14")


def flagged(conn: Connection, code: str, now: datetime, *said: dict[str, Any], about: int | None) -> int:
    """A case as the older version left it: what each of its events said, and a conflict."""
    subjects = frozenset({about} - {None})
    ticket_id = write(conn, code, now, subject_ids=subjects, conflict=True, state="classified")
    head = history.FIRST
    for number, details in enumerate(said, start=1):
        head = history.add(
            conn,
            ticket_id=TicketId(ticket_id),
            number=number,
            at=now,
            verb="concern",
            actor="clerk",
            reason="theo đơn",
            details=details,
            from_state="classified",
            to_state="classified",
            previous_hash=head,
        )
    this = tickets.c.id == ticket_id
    conn.execute(update(tickets).where(this).values(events=len(said), head_hash=head))
    return ticket_id


def test_only_what_is_about_a_deputy_alone_goes_back_to_the_chairman(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        chairman, deputy = (
            accounts.add(conn, login=role, name=role, role=role, password="0123456789", now=now)
            for role in ("chairman", "vice_chairman")
        )
        by_deputy = {"concerned_id": deputy, "conflict": True}
        back = flagged(conn, "000001", now, by_deputy, about=deputy)
        twice = flagged(conn, "000002", now, {"concerned_id": None}, by_deputy, about=deputy)
        stay = {
            flagged(conn, "000003", now, {"concerned_id": chairman, "conflict": True}, about=chairman),
            flagged(conn, "000004", now, {"concerned_id": None, "conflict": True}, about=None),
            flagged(conn, "000005", now, {"concerned_id": None, "conflict": True}, by_deputy, about=deputy),
            flagged(
                conn, "000006", now, {"concerned_id": chairman, "conflict": True}, by_deputy, about=deputy
            ),
            flagged(conn, "000007", now, {"concerned_id": deputy}, about=deputy),
        }
        chosen = write(conn, "000008", now, state="classified")
        move(
            conn,
            TicketId(chosen),
            "concern",
            actor="clerk",
            reason="người nhà Chủ tịch",
            now=now,
            subject_ids=[deputy],
            conflict=True,
        )
        assert put_right(conn, "theo quy định", now) == 2
        assert put_right(conn, "theo quy định", now) == 0
    with database.reading() as conn:
        kept = set(conn.execute(select(tickets.c.id).where(tickets.c.conflict.is_(True))).scalars())
        assert kept == stay | {chosen}
        assert history.verify(conn) is None
        events = select(ticket_events.c.reason, ticket_events.c.details)
        last = conn.execute(events.where(ticket_events.c.ticket_id == back).order_by(ticket_events.c.number))
        reason, details = last.all()[-1]
        assert (reason, json.loads(details)["subject_ids"]) == ("theo quy định", [deputy])
        heard = conn.execute(select(escalations.c.ticket_id).where(escalations.c.ladder != "conflict"))
        assert set(heard.scalars()) == {back, twice}, "the chairman hears of it"
