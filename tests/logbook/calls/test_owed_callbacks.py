"""One open call back for each number: joined, moved, settled, at once from many calls, and in older books."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, insert, select

from logbook.calls import callbacks
from logbook.database import schema
from logbook.database.engine import Database
from logbook.database.tables import callback_calls, calls
from logbook.database.tables import callbacks as rows
from tests.suite.waiting import PATIENCE

FARMER, NEIGHBOUR = "+84912345678", "+84987654321"
MINUTE = timedelta(minutes=1)


@pytest.mark.row("B-05")
def test_a_number_that_calls_again_joins_what_is_owed_to_it(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        first = callbacks.owe(conn, phone(conn, "CA1"), "missed", FARMER, now)
        again = callbacks.owe(conn, phone(conn, "CA2"), "asked", FARMER, now + MINUTE)
        callbacks.owe(conn, phone(conn, "CA2"), "asked", FARMER, now + 2 * MINUTE)
        called = callbacks.called(conn, [again])[again.id]
        assert (again.id, again.owed_since, again.reason) == (first.id, now, "asked")
        assert again.version > first.version  # whoever writes a result meanwhile sees that they called again
        assert (called.times, called.last) == (2, now + MINUTE)
        assert callbacks.owed(conn) == [callbacks.find(conn, first.id)]
        assert callbacks.of_call(conn, phone(conn, "CA2").id) == callbacks.find(conn, first.id)


@pytest.mark.row("B-05")
def test_withheld_callers_wait_each_for_themselves(database: Database, phone: Any, now: datetime) -> None:
    with database.writing() as conn:
        for sid in ("CA1", "CA2"):
            callbacks.owe(conn, phone(conn, sid, None), "message", None, now)
        assert len(callbacks.owed(conn)) == 2


@pytest.mark.row("B-05")
def test_reaching_a_clerk_settles_what_is_owed_to_that_number_whichever_call_it_was(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        callbacks.owe(conn, phone(conn, "CA1"), "missed", FARMER, now)
        kept = callbacks.owe(conn, phone(conn, "CA2", NEIGHBOUR), "missed", NEIGHBOUR, now)
        assert callbacks.settle(conn, phone(conn, "CA3").id, now)
        assert callbacks.owed(conn) == [kept]
        anew = callbacks.owe(conn, phone(conn, "CA1"), "missed", FARMER, now + MINUTE)
        assert (anew.state, anew.owed_since, anew.settled_at) == ("owed", now + MINUTE, None)


@pytest.mark.row("B-05")
def test_a_row_whose_number_is_changed_to_one_that_waits_joins_it_and_stays_in_the_book(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        waits = callbacks.owe(conn, phone(conn, "CA1", NEIGHBOUR), "missed", NEIGHBOUR, now + MINUTE)
        moved = callbacks.owe(conn, phone(conn, "CA2"), "missed", FARMER, now)
        joined = callbacks.owe(conn, phone(conn, "CA2"), "asked", NEIGHBOUR, now + 2 * MINUTE)
        assert (joined.id, callbacks.find(conn, waits.id).owed_since) == (waits.id, now)  # type: ignore[union-attr]
        left = callbacks.find(conn, moved.id)
        assert left is not None
        assert (left.merged_into, left.number, left.state) == (waits.id, FARMER, "settled")
        assert callbacks.settled(conn, 9) == []
        assert callbacks.calls_of(conn, [joined])[joined.id] == [waits.call_id, moved.call_id]
        callbacks.settle(conn, phone(conn, "CA2").id, now + 3 * MINUTE)
        again = callbacks.owe(conn, phone(conn, "CA2"), "missed", FARMER, now + 4 * MINUTE)
        assert (again.id, again.merged_into, again.state) == (moved.id, None, "owed")


@pytest.mark.row("B-05")
def test_calls_of_one_number_at_the_same_instant_make_one_row(
    database: Database, phone: Any, now: datetime
) -> None:
    count = 4
    with database.writing() as conn:
        called = [phone(conn, f"CA{each}") for each in range(count)]
    together, troubles = threading.Barrier(count), []

    def owe(call: Any) -> None:
        try:
            together.wait(PATIENCE)
            with database.writing() as conn:
                callbacks.owe(conn, call, "missed", FARMER, now)
        except Exception as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=owe, args=(call,)) for call in called]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert troubles == []
    with database.reading() as conn:
        (row,) = callbacks.owed(conn)
        assert callbacks.called(conn, [row])[row.id].times == count


@pytest.mark.row("B-05")
def test_an_older_book_keeps_its_open_rows_as_one_for_each_number(
    empty_database: Database, now: datetime
) -> None:
    """Revision 0008 held one row a call; three of one number, one of another, two withheld, one settled."""
    book = [
        (1, FARMER, "owed", None, 1, "máy bận"),
        (2, FARMER, "calling", None, 0, None),
        (3, FARMER, "owed", None, 2, "gọi sau"),
        (4, NEIGHBOUR, "owed", None, 0, None),
        (5, None, "owed", None, 0, None),
        (6, None, "owed", None, 0, None),
        (7, FARMER, "settled", now, 0, None),
    ]
    with empty_database.writing() as conn:
        command.upgrade(schema.config(conn), "0008")
        for number, caller, state, settled_at, tries, note in book:
            _old_call(conn, number, now)
            row = {"id": number, "call_id": number, "number": caller, "state": state, "tries": tries}
            more = {"caller_raw": "", "reason": "missed", "note": note, "settled_at": settled_at}
            at = now + number * MINUTE
            conn.execute(insert(rows).values(**row, **more, owed_since=at, version=0))
    empty_database.upgrade(now)
    with empty_database.reading() as conn:
        owed = callbacks.owed(conn)
        assert [(row.id, row.number) for row in owed] == [(2, FARMER), (4, NEIGHBOUR), (5, None), (6, None)]
        kept = owed[0]
        assert (kept.state, kept.owed_since, kept.tries) == ("owed", now + MINUTE, 3)
        assert kept.note == "máy bận\ngọi sau"
        assert callbacks.calls_of(conn, owed)[kept.id] == [2, 1, 3]
        assert callbacks.called(conn, owed)[2].times == 3
        assert [row.id for row in callbacks.settled(conn, 9)] == [7]
        merged = select(rows.c.id, rows.c.merged_into, rows.c.note).where(rows.c.merged_into.is_not(None))
        assert {tuple(row) for row in conn.execute(merged)} == {(1, 2, "máy bận"), (3, 2, "gọi sau")}
        assert conn.execute(select(func.count()).select_from(callback_calls)).scalar_one() == len(book)


def _old_call(conn: Any, number: int, now: datetime) -> None:
    blank = dict.fromkeys(("direction", "caller_raw", "called", "language", "status", "place"), "")
    count = {"turn": 0, "time_shift": 0, "status_sequence": 0}
    conn.execute(insert(calls).values(id=number, sid=f"CA{number}", started_at=now, **blank, **count))
