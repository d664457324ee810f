"""Which tickets a list shows to whom, in pages and counts."""

from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select

from logbook.accounts.rights import Act, may
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.search import counts, ticket_filters, ticket_list
from logbook.search.ticket_filters import Filters
from logbook.search.ticket_list import TicketQuery
from logbook.tickets import tickets as book
from logbook.tickets import visibility
from tests.logbook.book_of_cases import Cast, codes, every_case, hire, write

SOON = timedelta(days=2)
DAY = timedelta(days=1)


@pytest.fixture
def cast(database: Database, now: datetime) -> Cast:
    with database.writing() as conn:
        return hire(conn, now)


@pytest.mark.row("T-10")
def test_the_list_shows_exactly_the_cases_that_rights_allow(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as conn:
        every_case(conn, cast, now)
        all_tickets = [book.Ticket.of_row(row) for row in conn.execute(select(*book.Ticket.columns()))]
        for person in cast.persons.values():
            allowed = {one.code for one in all_tickets if may(person, Act.SEE_TICKETS, book.case_of(one))}
            seen = conn.execute(select(tickets.c.code).where(visibility.visible_to(person))).scalars()
            assert set(seen) == allowed, person.login
    assert len(all_tickets) == 64


@pytest.mark.row("T-10")
def test_a_kind_that_is_guided_hides_a_ticket_before_it_is_moved(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as conn:
        write(conn, "000001", now, kind="denunciation", state="new")
        assert TicketQuery(conn, Filters("all"), cast["clerk"], now, SOON).count() == 0
        assert TicketQuery(conn, Filters("all"), cast["clerk_restricted"], now, SOON).count() == 1


def test_the_standing_lists_are_the_numbers_of_the_first_page(
    database: Database, cast: Cast, now: datetime
) -> None:
    states = ("new", "classified", "assigned", "transferred", "waiting_for_caller", "answered", "guided")
    dues = (now - DAY, now, now + DAY, now + SOON, now + 9 * DAY)
    with database.writing() as conn:
        for number, (state, due) in enumerate((state, due) for state in states for due in dues):
            write(conn, f"{number:06d}", now, state=state, answer_due_at=due)
        write(conn, "999999", now, state="closed", closed_at=now)
        reader = cast["clerk_restricted"]
        counted = counts.counts(conn, now, SOON, visibility.visible_to(reader))
        lists = {name: TicketQuery(conn, Filters(name), reader, now, SOON) for name in ticket_filters.LISTS}
        for name in ("new", "due_soon", "overdue", "open"):
            assert lists[name].count() == getattr(counted, name) > 0, name
        assert lists["closed"].count() == 1
        assert lists["all"].count() == len(codes(conn))
        for row in lists["all"].page().rows:
            term = ticket_list.deadline(row, now, SOON)
            by_lists = [
                name
                for name, how in (("overdue", "late"), ("due_soon", "soon"))
                if term is not None and term.how == how
            ]
            for name in ("overdue", "due_soon"):
                there = row.code in {one.code for one in lists[name].page().rows}
                assert there == (name in by_lists), (row, name)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters("all", state="assigned"), ["000002"]),
        (Filters("all", kind="inquiry"), ["000003"]),
        (Filters("all", topic="attitude"), ["000004"]),
        (Filters("all", category="thai-do"), ["000005"]),
        (Filters("all", channel="email"), ["000006"]),
        (Filters("all", since=date(2026, 11, 23), until=date(2026, 11, 23)), ["000007"]),
        (Filters("all", q="ngap nuoc"), ["000008"]),
        (Filters("all", q="000008"), ["000008"]),
        (Filters("all", q="0258 3842 102"), ["000009"]),
        (Filters("closed", q="000008"), []),
        (Filters("mine"), ["000002"]),
    ],
)
def test_each_filter_leaves_what_it_names(
    database: Database, cast: Cast, now: datetime, filters: Filters, expected: list[str]
) -> None:
    clerk = cast["clerk"]
    midnight = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
    with database.writing() as conn:
        write(conn, "000001", now)
        write(conn, "000002", now, state="assigned", assigned_id=clerk.id)
        write(conn, "000003", now, kind="inquiry")
        write(conn, "000004", now, topic="attitude")
        write(conn, "000005", now, category="thai-do")
        write(conn, "000006", now, channel="email")
        write(conn, "000007", now, opened_at=midnight)
        write(conn, "000008", now, content="Ngập nước ở thôn Một")
        write(conn, "000009", now, caller_number="+842583842102")
        write(conn, "000010", now, opened_at=midnight - timedelta(seconds=1))
        write(conn, "000011", now, opened_at=midnight + DAY)
        asked = TicketQuery(conn, filters, clerk, now, SOON)
        assert [row.code for row in asked.page().rows] == expected
        assert asked.count() == len(expected)


def test_filters_by_person_find_the_person_or_nobody(database: Database, cast: Cast, now: datetime) -> None:
    officer = cast["desk_officer"].id
    with database.writing() as conn:
        write(conn, "000001", now, assigned_id=officer)
        write(conn, "000002", now, subject_ids=frozenset([officer]))
        for filters, expected in (
            (Filters("all", assigned=officer), ["000001"]),
            (Filters("all", assigned=ticket_filters.NOBODY), ["000002"]),
            (Filters("all", concerned=officer), ["000002"]),
        ):
            rows = TicketQuery(conn, filters, cast["clerk"], now, SOON).page().rows
            assert [row.code for row in rows] == expected
        assert rows[0].concerned == "Người desk_officer"


def test_pages_follow_one_another_without_gap_or_repeat_while_tickets_come_in(
    database: Database, cast: Cast, now: datetime
) -> None:
    amount = 2 * ticket_list.PAGE + 3
    with database.writing() as conn:
        for number in range(amount):
            write(conn, f"{number:06d}", now)
        asked = TicketQuery(conn, Filters(), cast["clerk"], now, SOON)
        page = asked.page()
        seen = [row.code for row in page.rows]
        while page.older is not None:
            write(conn, f"9{len(seen):05d}", now)
            page = asked.page(page.older)
            seen += [row.code for row in page.rows]
        assert seen == [f"{number:06d}" for number in reversed(range(amount))]
        assert len([row for row in asked.everything() if row.code[0] == "0"]) == amount


def test_counting_stops_above_the_cap(
    database: Database, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_list, "CAP", 5)
    monkeypatch.setattr(ticket_list, "CHUNK", 4)
    with database.writing() as conn:
        for number in range(9):
            write(conn, f"{number:06d}", now)
        asked = TicketQuery(conn, Filters(), cast["clerk"], now, SOON)
        assert asked.count() == 6
        assert len(list(asked.everything())) == 9


@pytest.mark.parametrize(
    "given",
    [
        {"which": "x", "state": "x", "kind": "a b", "assigned": "²", "since": "2026-02-30", "q": "  "},
        {"which": "", "assigned": "99999999999", "concerned": "-1", "until": "0001-01-01", "q": "\x00"},
    ],
)
def test_what_is_not_understood_in_an_address_is_left_out(given: dict[str, str]) -> None:
    assert ticket_filters.read(given) == Filters()


def test_filters_go_into_an_address_and_come_back_the_same() -> None:
    given = {
        "which": "all",
        "q": "đường & cầu",
        "since": "2026-11-01",
        "assigned": "0",
        "category": "thai-do",
    }
    filters = ticket_filters.read(given)
    assert ticket_filters.read(dict(parse_qsl(filters.as_query()))) == filters
    assert filters.q == "đường & cầu"
    assert "before=7" in filters.as_query(before=7)
