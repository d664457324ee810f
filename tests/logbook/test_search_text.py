"""Words without diacritics, and who finds what by them."""

import unicodedata
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, update

from logbook import search_text
from logbook.database import Database
from logbook.tables import tickets
from tests.logbook.conftest import Phone

Opened = Callable[..., object]


@pytest.fixture
def kept(database: Database, phone: Phone, complain: Callable[..., object]) -> Database:
    """One ticket of a caller with a name, a number and a matter."""
    with database.writing() as conn:
        complain(conn, phone(conn))
        values = {"code": "004217", "content": "Đường liên thôn 100% ngập", "caller_name": "Nguyễn Ước"}
        conn.execute(update(tickets).values(**values))
        search_text.refresh(conn, conn.execute(select(tickets.c.id)).scalar_one())
    return database


def found(conn: Connection, question: str, *, callers_too: bool = True) -> bool:
    exact = search_text.exactly(question, callers_too=callers_too)
    wanted = search_text.holds(question, callers_too=callers_too) if exact is None else exact
    return conn.execute(select(tickets.c.id).where(wanted)).first() is not None


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_spellings_of_unicode_fold_to_the_same_letters(form: str) -> None:
    text = unicodedata.normalize(form, "Đường  sá ƯỚT Ở Thôn\nQuảng Hội")  # type: ignore[arg-type]
    assert search_text.fold(text) == "duong sa uot o thon quang hoi"


@pytest.mark.parametrize(
    "question", ["duong", "DUONG THON", "thôn đường", "004217", "nguyen uoc", "+84912345678", "0912.345.678"]
)
def test_a_ticket_is_found_by_code_matter_name_and_number(kept: Database, question: str) -> None:
    with kept.reading() as conn:
        assert found(conn, question)


@pytest.mark.parametrize("question", ["duong xa", "100_", "%", "\\", "duong nguoc", "912399"])
def test_signs_of_a_pattern_and_words_not_there_find_nothing(kept: Database, question: str) -> None:
    with kept.reading() as conn:
        assert found(conn, question) == (question == "%")


@pytest.mark.parametrize("question", ["nguyen", "0912345678", "5678", "+84912345678"])
def test_who_may_not_see_callers_finds_none_by_name_or_number(kept: Database, question: str) -> None:
    with kept.reading() as conn:
        assert found(conn, question)
        assert not found(conn, question, callers_too=False)
        assert found(conn, "duong", callers_too=False)


def test_tickets_of_an_older_book_are_filled_in(kept: Database) -> None:
    with kept.writing() as conn:
        conn.execute(update(tickets).values(search_text=""))
        assert not found(conn, "duong")
        assert search_text.refresh_missing(conn) == 1
        assert found(conn, "duong")
        assert search_text.refresh_missing(conn) == 0
