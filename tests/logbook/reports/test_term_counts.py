"""Deadlines counted once each, where they were decided; and leaders notified and heard."""

import dataclasses

import pytest
from sqlalchemy import Connection, select, update

from logbook.calendar.of_settings import WorkingTimes
from logbook.database.engine import Database
from logbook.database.tables import escalations as rows
from logbook.database.tables import tickets as table
from logbook.ids import EscalationId
from logbook.outbox import escalations
from logbook.reports import Figure, Period
from logbook.reports.periods import week_of
from logbook.sending import handing_over
from logbook.settings.loading import Settings
from logbook.tickets.tickets import Ticket
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Open


def told(conn: Connection, ticket: Ticket, when: str) -> None:
    conn.execute(update(rows).where(rows.c.key == f"ticket:{ticket.id}:new").values(first_sent_at=at(when)))


def term(figures: tuple[Figure, ...], key: str) -> tuple[float | None, int | None]:
    found = next(one for one in figures if one.key == key)
    return found.value, found.of


@pytest.mark.row("000-13")
def test_leaders_told_within_the_minutes_of_working_time_count_as_met(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        quick, slow, over_night, moot = (
            writes.ticket(f"2026-11-{when}", kind="feedback")
            for when in ("17 09:00", "17 09:01", "17 20:00", "17 09:02")
        )
        told(conn, quick, "2026-11-17 09:15")
        told(conn, slow, "2026-11-17 09:17")
        told(conn, over_night, "2026-11-18 07:45")
        escalations.settle_all(conn, moot.id, now=at("2026-11-17 09:05"), who="an")
        terms = count(conn).section("terms")
    assert term(terms, "notify") == (2, 3)


@pytest.mark.parametrize(
    ("answered", "expected"), [("2026-11-17 17:00", (1, 1)), ("2026-11-17 17:01", (0, 1))]
)
def test_an_answer_at_the_end_of_its_term_is_in_time_and_a_minute_later_is_not(
    answered: str, expected: tuple[int, int], database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-03 09:00", kind="feedback")
        assert ticket.answer_due_at == at("2026-11-17 17:00")
        writes.do(ticket, "answer", answered, answer="xong")
        assert term(count(conn).section("terms"), "answer") == expected


def test_every_term_is_counted_in_exactly_one_week(
    database: Database, book: Open, count: Count, settings: Settings, times: WorkingTimes
) -> None:
    weeks = [week_of(at(f"2026-{day} 00:00").date(), settings, times) for day in ("11-04", "11-11", "11-18")]
    with database.writing() as conn:
        writes = book(conn)
        in_time = writes.ticket("2026-11-03 09:00", kind="feedback")
        writes.do(in_time, "answer", "2026-11-05 09:00", answer="xong")
        late = writes.ticket("2026-10-28 09:00", kind="feedback")
        writes.do(late, "answer", "2026-11-17 09:00", answer="xong")
        found = [term(count(conn, one).section("terms"), "answer") for one in weeks]
    assert found == [(1, 1), (0, 1), (0, 0)]


def test_classifying_and_passing_on_have_their_own_terms(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.ticket("2026-11-16 09:00")
        passed_on = writes.ticket("2026-11-16 09:10", kind="feedback")
        writes.do(passed_on, "transfer", "2026-11-18 09:00", to="Công an xã", reason="thẩm quyền")
        slow = writes.ticket("2026-11-04 09:10", kind="feedback")
        writes.do(slow, "transfer", "2026-11-18 09:00", to="Công an xã", reason="thẩm quyền")
        terms = count(conn).section("terms")
    assert term(terms, "classify") == (1, 2)
    assert term(terms, "transfer") == (1, 2)


def test_the_notice_counts_for_those_who_can_be_told_only(
    database: Database, book: Open, count: Count, week: Period
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        heard, unheard, hidden = (
            writes.ticket(f"2026-11-03 09:0{number}", kind="feedback") for number in range(3)
        )
        conn.execute(update(table).where(table.c.id == hidden.id).values(caller_number=None))
        writes.do(heard, "tell", "2026-11-16 09:00", what="accepted", result="told")
        terms = count(conn).section("terms")
    assert unheard.noticed_at is None
    assert term(terms, "notice") == (1, 2)


def test_what_was_escalated_and_how_fast_somebody_heard_of_it(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        made = [writes.ticket("2026-11-17 09:00", kind="feedback") for _ in range(4)]
        ids = [
            conn.execute(select(rows.c.id).where(rows.c.key == f"ticket:{one.id}:new")).scalar_one()
            for one in made
        ]
        for row, how, when in zip(
            ids,
            ("key", "click", "moot", "key"),
            ("17 09:04", "17 09:10", "17 09:01", "23 09:00"),
            strict=True,
        ):
            escalations.acknowledge(conn, row, how=how, who="chairman", now=at(f"2026-11-{when}"))  # type: ignore[arg-type]
        found = count(conn).section("escalated")
    assert [(one.key, one.value, one.of, one.minutes) for one in found] == [("new", 2, 4, 7)]
    assert found[0].cases == tuple(str(one) for one in ids)
    assert found[0].part == tuple(str(one) for one in ids[:2])


@pytest.mark.row("000-13")
def test_an_urgent_matter_is_told_at_any_hour(
    database: Database, book: Open, count: Count, settings: Settings
) -> None:
    assert settings.notifications.urgent_at_any_hour
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-17 20:00", kind="feedback", urgent=True)
        told(conn, ticket, "2026-11-17 20:16")
        terms = count(conn).section("terms")
    assert term(terms, "notify") == (0, 1)
    assert dataclasses.asdict(terms[0])["cases"] == (ticket.code,)


def hand_on(conn: Connection, ticket: Ticket, settings: Settings, when: str) -> int:
    """The chairman hands on an escalation; the number of the row by which it goes on."""
    row = escalations.unsettled(conn, ticket.id)[0]
    to = handing_over.hand_on(conn, row, by="chu-tich", settings=settings, now=at(when), who="chu-tich")
    assert to is not None
    return escalations.unsettled(conn, ticket.id)[0].id


def test_a_matter_that_was_handed_on_is_one_matter(
    database: Database, book: Open, count: Count, settings: Settings
) -> None:
    with database.writing() as conn:
        ticket = book(conn).ticket("2026-11-17 09:00", kind="feedback")
        goes_on = hand_on(conn, ticket, settings, "2026-11-17 09:10")
        before = count(conn).section("escalated")
        escalations.acknowledge(
            conn, EscalationId(goes_on), how="key", who="pho-chu-tich", now=at("2026-11-17 09:30")
        )
        after = count(conn).section("escalated")
    assert [(one.value, one.of, one.minutes) for one in before] == [(0, 1, None)]
    assert [(one.value, one.of, one.minutes) for one in after] == [(1, 1, 30)]


@pytest.mark.row("000-13")
def test_a_leader_told_in_time_is_told_in_time_whoever_hears_of_it_later(
    database: Database, book: Open, count: Count, settings: Settings
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        called, clicked = (writes.ticket(f"2026-11-17 09:0{number}", kind="feedback") for number in (0, 1))
        told(conn, called, "2026-11-17 09:02")
        goes_on = hand_on(conn, called, settings, "2026-11-17 09:10")
        late = at("2026-11-17 11:00")
        conn.execute(update(rows).where(rows.c.id == goes_on).values(first_sent_at=late))
        hand_on(conn, clicked, settings, "2026-11-17 09:05")
        assert term(count(conn).section("terms"), "notify") == (2, 2)


def test_a_matter_told_anew_because_it_turned_out_to_be_a_conflict_was_told_when_it_was_told_first(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-17 09:00", kind="feedback")
        told(conn, ticket, "2026-11-17 09:02")
        (row,) = escalations.unsettled(conn, ticket.id)
        escalations.acknowledge(conn, row.id, how="key", who="chu-tich", now=at("2026-11-17 09:03"))
        writes.do(ticket, "concern", "2026-11-17 14:00", reason="nêu tên", conflict=True)
        (anew,) = escalations.unsettled(conn, ticket.id)
        late = at("2026-11-17 14:01")
        conn.execute(update(rows).where(rows.c.id == anew.id).values(first_sent_at=late))
        assert term(count(conn).section("terms"), "notify") == (1, 1)


def test_an_answer_ends_the_term_of_the_notice(database: Database, book: Open, count: Count) -> None:
    with database.writing() as conn:
        ticket = book(conn).ticket("2026-11-03 09:00", kind="feedback")
        book(conn).do(ticket, "answer", "2026-11-16 09:00", answer="xong")
        assert term(count(conn).section("terms"), "notice") == (1, 1)
