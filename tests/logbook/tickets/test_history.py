"""The history: nobody edits or deletes an event, and who does it behind the program's back is found."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from logbook.accounts import audit_log
from logbook.database.engine import Database
from logbook.database.tables import deliveries as rows_told
from logbook.database.tables import escalations as matters
from logbook.database.tables import ticket_events
from logbook.outbox import deliveries, escalations
from logbook.tickets import history, tickets
from logbook.tickets.open_by_phone import OpenedTicket
from logbook.tickets.tickets import Ticket
from tests.one_kind import on_postgresql
from tests.town_hall import move

Complain = Callable[..., OpenedTicket]
EDITED = [column.name for column in ticket_events.c if column.name != "ticket_id"]
"""Moving an event to another ticket is a deletion here and an addition there; both have their own test."""


@pytest.fixture
def worked(database: Database, phone: Any, complain: Complain, now: datetime) -> list[Ticket]:
    """Two tickets with three events each."""
    with database.writing() as conn:
        made = [complain(conn, phone(conn, f"CA{number}")).ticket for number in range(2)]
        for ticket in made:
            move(conn, ticket.id, "classify", actor="a", reason="đọc", now=now, kind="feedback")
            move(conn, ticket.id, "assign", actor="a", now=now, to="ba")
        assert history.verify(conn) is None
    return made


def without_guard(conn: Connection) -> None:
    if conn.dialect.name == "sqlite":
        conn.execute(text("DROP TRIGGER ticket_events_no_update"))
        conn.execute(text("DROP TRIGGER ticket_events_no_delete"))
    else:
        conn.execute(text("ALTER TABLE ticket_events DISABLE TRIGGER ALL"))


def without_links(conn: Connection) -> None:
    """As in the shell of SQLite, where foreign keys are off unless asked for."""
    if conn.dialect.name == "sqlite":
        conn.execute(text("PRAGMA defer_foreign_keys=ON"))
    else:
        conn.execute(text("SET session_replication_role = replica"))


@pytest.mark.row("T-23")
@pytest.mark.parametrize("attack", ["UPDATE ticket_events SET reason = ''", "DELETE FROM ticket_events"])
def test_the_database_refuses_to_change_or_delete_events(
    database: Database, worked: list[Ticket], attack: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as conn:
        conn.execute(text(attack))


@pytest.mark.row("T-23")
@on_postgresql  # SQLite has no TRUNCATE
def test_postgresql_refuses_to_empty_the_histories(database: Database, worked: list[Ticket]) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as conn:
        conn.execute(text("TRUNCATE ticket_events"))


@pytest.mark.row("T-23")
@pytest.mark.parametrize("column", EDITED)
def test_an_event_edited_with_the_guard_away_is_named(
    database: Database, worked: list[Ticket], column: str
) -> None:
    new = {"number": 9, "at": datetime.fromisoformat("2026-01-01T00:00:00+00:00")}.get(column, "khác")
    with database.writing() as conn:
        without_guard(conn)
        second = (ticket_events.c.ticket_id == worked[1].id) & (ticket_events.c.number == 2)
        assert conn.execute(ticket_events.update().where(second).values({column: new})).rowcount == 1
        broken = history.verify(conn)
    assert broken is not None
    assert (broken.ticket_id, broken.number) == (worked[1].id, 2)


@pytest.mark.row("T-23")
@pytest.mark.parametrize(("kept", "named"), [(2, 3), (1, 2), (0, 1)])
def test_a_history_cut_off_at_the_end_is_named(
    database: Database, worked: list[Ticket], kept: int, named: int
) -> None:
    with database.writing() as conn:
        without_guard(conn)
        tail = (ticket_events.c.ticket_id == worked[1].id) & (ticket_events.c.number > kept)
        conn.execute(ticket_events.delete().where(tail))
        broken = history.verify(conn)
    assert broken is not None
    assert (broken.ticket_id, broken.number) == (worked[1].id, named)


@pytest.mark.row("T-23")
@pytest.mark.parametrize("witness", ["journal", "escalations", "deliveries"])
def test_a_ticket_deleted_with_its_whole_history_is_named_by_what_was_written_of_it(
    database: Database, worked: list[Ticket], now: datetime, witness: str
) -> None:
    gone = worked[1].id
    with database.writing() as conn:
        if witness == "journal":
            audit_log.write(conn, "an", "listen", f"ticket:{gone}", now)
        else:
            seen: dict[str, Any] = {
                "key": "x",
                "kind": "answered",
                "ticket_id": gone,
                "params": {},
                "now": now,
            }
            if witness == "deliveries":
                deliveries.put(conn, recipient=deliveries.CITIZEN, number="+84987654321", **seen)
            else:
                escalations.open_once(conn, ladder="complaint", **seen)
        without_guard(conn)
        without_links(conn)
        for table in (rows_told, matters, ticket_events):
            if table.name != witness:
                conn.execute(table.delete().where(table.c.ticket_id == gone))
        conn.execute(text("DELETE FROM tickets WHERE id = :id"), {"id": gone})
        assert history.verify(conn) == history.BrokenLink(gone, None, "the ticket itself is gone")
        conn.rollback()


@pytest.mark.row("T-23")
def test_an_event_added_by_hand_is_found(database: Database, worked: list[Ticket], now: datetime) -> None:
    with database.writing() as conn:
        history.add(
            conn,
            ticket_id=worked[0].id,
            number=4,
            at=now,
            verb="close",
            actor="nobody",
            reason="",
            details={},
            from_state="assigned",
            to_state="closed",
            previous_hash=tickets.of_id(conn, worked[0].id).head_hash,
        )
        broken = history.verify(conn)
    assert broken is not None
    assert broken.ticket_id == worked[0].id


@pytest.mark.row("T-23")
def test_a_state_changed_past_the_history_is_found(database: Database, worked: list[Ticket]) -> None:
    with database.writing() as conn:
        conn.execute(text("UPDATE tickets SET state = 'closed' WHERE id = :id"), {"id": worked[0].id})
        broken = history.verify(conn)
    assert broken == history.BrokenLink(worked[0].id, None, "the ticket's state is not what its history says")


def test_words_that_databases_dislike_keep_the_chain_whole(
    database: Database, worked: list[Ticket], now: datetime
) -> None:
    with database.writing() as conn:
        move(
            conn,
            worked[0].id,
            "instruct",
            actor="a\x00\ud800",
            reason="tiê\u0301ng\x00 \ud800Việt",
            now=now,
            instruction="\x00\ud800",
        )
    with database.reading() as conn:
        assert history.verify(conn) is None
        assert history.of(conn, worked[0].id)[-1].reason == "tiếng Việt"
