"""Words without diacritics, and who finds what by them."""

import contextlib
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import ColumnClause, Connection, column, event, select, table, update

from logbook.database import schema, search_index
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.search.ticket_filters import Filters
from logbook.search.ticket_list import TicketQuery
from tests.logbook.book_of_cases import hire, write
from tests.logbook.conftest import Phone
from tests.one_kind import on_sqlite

OLDER = {
    "code": "000001",
    "kind": "feedback",
    "channel": "hotline",
    "caller_raw": "",
    "caller_number": "+84912345678",
    "state": "new",
    "opened_at": 0,
    "notice_due_at": 0,
    "answer_due_at": 0,
    "content": "Đèn đường hỏng",
    "version": 1,
    "events": 0,
    "head_hash": "",
}
"""A ticket as the first revision of the tables knew it."""


@pytest.fixture
def kept(database: Database, phone: Phone, complain: Callable[..., object]) -> Database:
    """One ticket of a caller with a name, a number and some content."""
    with database.writing() as conn:
        complain(conn, phone(conn))
        values = {"code": "004217", "content": "Đường liên thôn 100% ngập", "caller_name": "Nguyễn Ước"}
        conn.execute(update(tickets).values(**values))
        search_index.refresh(conn, conn.execute(select(tickets.c.id)).scalar_one())
    return database


def found(conn: Connection, question: str, *, callers_too: bool = True) -> bool:
    """Whether the ticket is found; the index and the reading of the few must agree about it."""
    exact = search_index.exactly(question, callers_too=callers_too)
    by_index, key = search_index.indexed(conn, question, callers_too=callers_too)
    by_reading = search_index.holds(question, callers_too=callers_too)
    if exact is not None:
        return conn.execute(select(tickets.c.id).where(exact)).first() is not None
    answers = [
        conn.execute(select(tickets.c.id).where(wanted).order_by(order)).first() is not None
        for wanted, order in ((by_index, key), (by_reading, tickets.c.id))
    ]
    assert answers[0] == answers[1], question
    return answers[0]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_spellings_of_unicode_fold_to_the_same_letters(form: str) -> None:
    text = unicodedata.normalize(form, "Đường  sá ƯỚT Ở Thôn\nQuảng Hội")  # type: ignore[arg-type]
    assert search_index.fold(text) == "duong sa uot o thon quang hoi"


def test_whatever_is_no_letter_and_no_digit_parts_words() -> None:
    text = 'Số 12/QĐ-UBND, "khẩn"_gấp* \x00 % 道路 ' + "a" * 99
    assert search_index.words_of(text) == ["so", "12", "qd", "ubnd", "khan", "gap", "道路", "a" * 64]


@pytest.mark.parametrize(
    "question",
    [
        "duong",
        "DUONG THON",
        "thôn đường",
        "duo tho",
        "lien-thon",
        "100%",
        "004217",
        "0042",
        "nguyen uoc",
        "nguy duong",
        "+84912345678",
        "0912.345.678",
        "09123",
        "84912",
        "5678",
        "678",
    ],
)
def test_a_ticket_is_found_by_code_matter_name_and_number(kept: Database, question: str) -> None:
    with kept.reading() as conn:
        assert found(conn, question)


@pytest.mark.parametrize(
    "question", ["duong xa", "100_ 7", "%", "\\", "duong nguoc", "912399", "uong", "78", "5679", "3456"]
)
def test_words_not_there_and_ends_of_words_find_nothing(kept: Database, question: str) -> None:
    with kept.reading() as conn:
        assert not found(conn, question)


HOSTILE = [
    '"',
    "'",
    "du*ong",
    "^duong",
    "duong NEAR(thon, 2)",
    "caller : nguyen",
    "- caller : nguyen",
    "{matter caller} : x",
    "(duong",
    "duong AND",
    "NOT duong",
    "duong) OR (thon",
    '" OR "duong',
    "duong' | 'x",
    "duong:*BC & !x",
    "\\' | 'duong",
    "\x00",
    "duong\x00thon",
    "%' ESCAPE 'x",
    ":x",
    "đ",
    "đ87654321",
    "'; DROP TABLE ticket_words; --",
    "道" * 3000,
    "a " * 5000,
    "1" * 5000,
    "\U0001f4a9 \u200b \u202e ﷽ ½ ² ①",
]


@pytest.mark.parametrize("callers_too", [True, False])
def test_nothing_typed_is_an_error_or_read_as_the_language_of_the_index(
    kept: Database, callers_too: bool
) -> None:
    only_known_words = {"duong\x00thon", "^duong", "(duong", "\\' | 'duong", "đ"}
    with kept.reading() as conn:
        for question in HOSTILE:
            hit = found(conn, question, callers_too=callers_too)
            assert hit == (question in only_known_words), repr(question)


def test_the_words_of_the_index_s_language_are_searched_as_words(kept: Database) -> None:
    with kept.writing() as conn:
        conn.execute(update(tickets).values(content="Near AND or NOT matter caller: đường"))
        search_index.refresh(conn, conn.execute(select(tickets.c.id)).scalar_one())
        for question in ("near", "AND", "duong OR", "NOT near", "matter : caller", "caller : duong"):
            assert found(conn, question, callers_too=False), question
        assert not found(conn, "ANDES", callers_too=False)


@pytest.mark.parametrize("question", ["nguyen", "0912345678", "5678", "+84912345678", "duong nguyen", "849"])
def test_who_may_not_see_callers_finds_none_by_name_or_number(kept: Database, question: str) -> None:
    with kept.reading() as conn:
        assert found(conn, question)
        assert not found(conn, question, callers_too=False)
        assert found(conn, "duong", callers_too=False)


def test_words_that_were_replaced_are_found_no_more(kept: Database) -> None:
    with kept.writing() as conn:
        conn.execute(update(tickets).values(content="Cầu treo", caller_name=None))
        search_index.refresh(conn, conn.execute(select(tickets.c.id)).scalar_one())
        assert found(conn, "cau treo")
        assert not found(conn, "duong")
        assert not found(conn, "nguyen")


def test_a_transaction_that_fails_leaves_the_index_as_it_was(kept: Database) -> None:
    def change_and_fail() -> None:
        with kept.writing() as conn:
            conn.execute(update(tickets).values(content="Cầu treo"))
            search_index.refresh(conn, conn.execute(select(tickets.c.id)).scalar_one())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    with kept.reading() as conn:
        assert found(conn, "duong")
        assert not found(conn, "cau")


def test_tickets_of_an_older_book_are_filled_in(kept: Database) -> None:
    with kept.writing() as conn:
        conn.execute(update(tickets).values(search_text=""))
        search_index.reindex(conn)
        assert not found(conn, "duong")
        assert search_index.refresh_missing(conn) == 1
        assert found(conn, "duong")
        assert search_index.refresh_missing(conn) == 0


def test_an_index_built_anew_finds_the_same(kept: Database) -> None:
    with kept.writing() as conn:
        for _ in range(2):
            search_index.reindex(conn)
            assert found(conn, "duong nguyen")
            assert not found(conn, "nguyen", callers_too=False)


def test_an_upgrade_gives_the_tickets_of_an_older_book_their_words(
    empty_database: Database, now: datetime
) -> None:
    with empty_database.writing() as conn:
        command.upgrade(schema.config(conn), "0001")
        older: list[ColumnClause[Any]] = [column(name) for name in OLDER]
        values = OLDER | {"opened_at": 1, "notice_due_at": 1, "answer_due_at": 1}
        if conn.dialect.name != "sqlite":
            values |= {"opened_at": now, "notice_due_at": now, "answer_due_at": now}
        conn.execute(table("tickets", *older).insert().values(values))
    empty_database.upgrade(now)
    with empty_database.reading() as conn:
        assert found(conn, "den duong")
        assert found(conn, "678")


@on_sqlite  # PostgreSQL plans by its statistics
@pytest.mark.parametrize("question", ["thon", "d", "thon moi"])
def test_a_word_in_every_ticket_is_read_newest_first_and_never_sorted(
    database: Database, now: datetime, question: str
) -> None:
    with database.writing() as conn:
        clerk = hire(conn, now)["clerk"]
        for number in range(60):
            write(conn, f"{number:06d}", now, content="Đèn đường thôn Mới")
        plans: list[str] = []
        asked = TicketQuery(conn, Filters("all", q=question), clerk, now, timedelta(days=2))
        with _explained(conn, plans):
            first = asked.page()
            asked.count()
        assert [row.code for row in first.rows] == [f"{number:06d}" for number in range(59, 9, -1)]
        rest = asked.page(first.older)
        assert [row.code for row in rest.rows] == [f"{number:06d}" for number in range(9, -1, -1)]
        assert asked.count(first) == 60
    assert any("VIRTUAL TABLE" in plan for plan in plans)
    assert not [plan for plan in plans if "TEMP B-TREE" in plan or plan.startswith("SCAN tickets")]


@contextlib.contextmanager
def _explained(conn: Connection, plans: list[str]) -> Iterator[None]:
    """Collects what SQLite means to do for every statement."""

    def explain(_conn: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        raw = conn.connection.cursor()
        raw.execute("EXPLAIN QUERY PLAN " + statement, parameters)
        plans.extend(row[3] for row in raw.fetchall())
        raw.close()

    event.listen(conn, "before_cursor_execute", explain)
    try:
        yield
    finally:
        event.remove(conn, "before_cursor_execute", explain)
