"""The audit log: append-only, chained, read newest first."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, func, select, update

from logbook.accounts import audit_log
from logbook.database.engine import Database
from logbook.database.tables import journal as table
from logbook.database.tables import journal_head
from tests.suite.waiting import PATIENCE


def filled(conn: Connection, now: datetime, lines: int = 5) -> None:
    for number in range(1, lines + 1):
        at = now + timedelta(microseconds=number)
        audit_log.write(conn, f"who{number % 2}", "listen", f"ticket:{number}", at, "lý do", seconds=number)


def test_an_untouched_journal_holds(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        assert audit_log.verify(conn) is None
        filled(conn, now)
    with database.reading() as conn:
        assert audit_log.verify(conn) is None


@pytest.mark.row("T-23")
@pytest.mark.parametrize(
    "column", ["at", "who", "act", "subject", "reason", "details", "previous_hash", "hash"]
)
def test_any_edited_column_of_any_line_is_named_by_its_number(
    column: str, database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        filled(conn, now)
        for number in range(1, 6):
            kept = conn.execute(select(table.c[column]).where(table.c.number == number)).scalar_one()
            other = kept + timedelta(seconds=1) if isinstance(kept, datetime) else f"x{kept[1:]}"
            line = update(table).where(table.c.number == number)
            conn.execute(line.values({column: other}))
            assert audit_log.verify(conn) == number
            conn.execute(line.values({column: kept}))
        assert audit_log.verify(conn) is None


@pytest.mark.row("T-23")
@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_deleted_line_is_named_by_its_number(number: int, database: Database, now: datetime) -> None:
    with database.writing() as conn:
        filled(conn, now)
        conn.execute(delete(table).where(table.c.number == number))
        assert audit_log.verify(conn) == number


@pytest.mark.row("T-23")
def test_a_head_that_was_deleted_is_found(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        filled(conn, now)
        conn.execute(delete(journal_head))
        assert audit_log.verify(conn) == 6


@pytest.mark.row("T-23")
def test_a_head_that_was_turned_back_is_found(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        filled(conn, now, 2)
        conn.execute(update(journal_head).values(number=1))
        assert audit_log.verify(conn) == 3


def test_lines_written_at_once_stand_in_one_chain(database: Database, now: datetime) -> None:
    def write(who: int) -> None:
        for _ in range(10):
            with database.writing() as conn:
                audit_log.write(conn, str(who), "listen", "ticket:1", now)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    with database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 40
        assert audit_log.verify(conn) is None


def test_signs_no_database_takes_do_not_break_a_line(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        audit_log.write(conn, "a\x00b", "listen", "x\ud800", now, "e\u0301\x00", text="\x00\ud800")
        assert audit_log.verify(conn) is None


def test_the_newest_lines_come_first_and_pages_join_without_a_gap(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        filled(conn, now)
        first = [entry.number for entry in audit_log.recent(conn, 2)]
        second = [entry.number for entry in audit_log.recent(conn, 2, before=first[-1])]
    assert first + second == [5, 4, 3, 2]


def test_lines_are_found_by_who_what_and_to_what(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        filled(conn, now)
        audit_log.write(conn, "who1", "export", "ticket:1", now)
        assert [entry.number for entry in audit_log.recent(conn, 9, who="who1")] == [6, 5, 3, 1]
        assert [entry.number for entry in audit_log.recent(conn, 9, act="export")] == [6]
        assert [entry.number for entry in audit_log.recent(conn, 9, subject="ticket:1", act="listen")] == [1]
