"""The database counted as it stood at the period's end, whatever happened since."""

import dataclasses

import pytest

from logbook.calendar.of_settings import WorkingTimes
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.reports import Period, shown
from logbook.reports.figures import Figures
from logbook.reports.periods import due, week_of
from logbook.reports.sections import registry
from logbook.retention import erasure
from logbook.settings.loading import Settings
from logbook.tickets import restricted
from tests.logbook.book_of_cases import hire
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Open, says


def value(figures: Figures, name: str) -> float | None:
    figure = figures.named(name)
    assert figure is not None, name
    return figure.value


def cases(figures: Figures, name: str) -> tuple[str, ...]:
    figure = figures.named(name)
    return () if figure is None else figure.cases


@pytest.mark.row("002-26")
def test_what_came_in_is_counted_by_channel_kind_topic_and_category(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.ticket("2026-11-12 09:00", kind="feedback", topic="process")
        first = writes.ticket("2026-11-17 09:00", kind="feedback", topic="process", category="tre-hen")
        writes.ticket("2026-11-17 10:00", kind="proposal", topic="attitude")
        writes.ticket("2026-11-17 11:00")
        figures = count(conn)
    assert value(figures, "received.all") == 3
    assert value(figures, "channel.hotline") == 3
    assert (value(figures, "kind.feedback"), value(figures, "kind.unclassified")) == (1, 1)
    assert [one.value for one in figures.section("topic")] == [0, 1, 1, 0, 1]
    late = figures.named("category.tre-hen")
    assert late is not None
    assert (late.value, late.cases, late.label) == (1, (first.code,), "Trễ hẹn trả kết quả")


@pytest.mark.row("R7")
def test_what_came_in_is_counted_by_who_brought_it_and_those_not_asked_are_named(
    database: Database, book: Open, count: Count
) -> None:
    """A low rating leaves a ticket without a caller type until a clerk asks (000-01)."""
    with database.writing() as conn:
        writes = book(conn)
        found = [writes.ticket(f"2026-11-17 {hour:02}:00", kind="feedback") for hour in range(8, 14)]
        for ticket, caller_type in zip(found, ("organisation", None, "organisation", None), strict=False):
            this = tickets.c.id == ticket.id
            conn.execute(tickets.update().where(this).values(caller_type=caller_type))
        writes.do(found[1], "write", "2026-11-17 15:00", content="Chờ lâu.", caller_type="organisation")
        figures = count(conn)
    seen = {registry.label(one, says): one.value for one in figures.section("caller_type")}
    assert seen == {"Tổ chức": 3, "Cá nhân": 2, "Chưa rõ": 1}
    assert cases(figures, "caller_type.unknown") == (found[3].code,)


@pytest.mark.row("T-10")
def test_complaints_and_denunciations_are_one_total_without_a_case_anywhere(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-17 09:00")
        writes.do(
            ticket, "extend", "2026-11-17 09:30", answer_due_at=at("2026-12-31 17:00"), reason="xác minh"
        )
        writes.do(ticket, "guide", "2026-11-17 10:00", kind="denunciation", reason="tố cáo")
        restricted.guided(conn, writes.call("2026-11-17 11:00"), at("2026-11-17 11:00"))
        figures = count(conn)
    assert value(figures, "received.guided") == 2
    assert value(figures, "received.all") == 0
    assert value(figures, "handled.extended") == 0
    assert figures.section("escalated") == ()
    assert ticket.code not in {code for one in figures.figures for code in one.cases}


@pytest.mark.row("T-10")
def test_what_was_answered_before_it_turned_out_to_be_a_denunciation_is_in_no_count_but_the_total(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-10 09:00", kind="feedback")
        writes.close(writes.do(ticket, "answer", "2026-11-16 09:00", answer="xong"), "2026-11-16 10:00")
        writes.do(ticket, "reject_answer", "2026-11-16 11:00", answer_due_at=at("2026-11-30 17:00"))
        writes.do(ticket, "guide", "2026-11-17 10:00", kind="denunciation", reason="tố cáo")
        figures = count(conn)
    counted = {
        one.name: one.value for one in figures.figures if one.section in ("handled", "outcome", "verdicts")
    }
    assert not any(counted.values())
    assert value(figures, "received.guided") == 1


@pytest.mark.row("T-10")
def test_a_ticket_is_in_the_total_of_the_week_in_which_it_was_guided_and_in_no_other(
    database: Database, book: Open, count: Count, settings: Settings, times: WorkingTimes
) -> None:
    weeks = [week_of(at(f"2026-11-{day} 00:00").date(), settings, times) for day in (11, 18, 25)]
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-13 15:00")
        writes.do(ticket, "guide", "2026-11-16 08:00", kind="formal_complaint", reason="khiếu nại")
        call = writes.call("2026-11-13 15:30")
        restricted.guided(conn, call, at("2026-11-13 15:30"))
        told_before = writes.ticket("2026-11-13 15:30", call)
        writes.do(told_before, "guide", "2026-11-16 08:00", kind="formal_complaint", reason="khiếu nại")
        found = [value(count(conn, week), "received.guided") for week in weeks]
    assert found == [1, 1, 0]


def test_a_ticket_guided_from_a_call_that_was_guided_is_one_matter(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        call = writes.call("2026-11-17 09:00")
        ticket = writes.ticket("2026-11-17 09:00", call)
        writes.do(ticket, "guide", "2026-11-17 10:00", kind="formal_complaint", reason="khiếu nại")
        restricted.guided(conn, call, at("2026-11-17 09:00"))
        assert value(count(conn), "received.guided") == 1


@pytest.mark.row("T-22")
def test_tickets_whose_words_were_erased_stop_no_report(
    database: Database, book: Open, count: Count, settings: Settings, times: WorkingTimes
) -> None:
    due = {"answer_due_at": at("2026-12-31 17:00"), "reason": "xác minh"}
    with database.writing() as conn:
        writes = book(conn)
        guided, again = (writes.ticket("2026-11-17 09:00", kind="feedback") for _ in range(2))
        for ticket in (guided, again):
            writes.do(ticket, "extend", "2026-11-17 09:30", **due)
        writes.do(guided, "guide", "2026-11-17 10:00", kind="denunciation", reason="tố cáo")
        writes.do(again, "answer", "2026-11-17 11:00", answer="xong")
        writes.close(again, "2026-11-17 12:00")
        for ticket in (guided, again):
            erasure.erase_ticket(conn, ticket.id, "retention.ticket_years = 10", at("2036-11-18 01:00"))
        writes.do(again, "reopen", "2036-11-18 09:00", reason="mở lại")
        later = week_of(at("2036-11-19 00:00").date(), settings, times)
        assert value(count(conn, later), "handled.open") == 1
        assert value(count(conn), "received.all") == 1


def test_a_report_made_late_says_what_it_would_have_said_in_time(
    database: Database, book: Open, count: Count, week: Period
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-17 09:00", kind="feedback", topic="process")
        in_time = count(conn)
        writes.do(ticket, "classify", "2026-11-23 09:00", kind="proposal", topic="attitude")
        writes.do(ticket, "answer", "2026-11-24 09:00", answer="xong")
        writes.close(ticket, "2026-11-25 09:00")
        writes.do(ticket, "reject_answer", "2026-11-26 09:00")
        late = count(conn, now=at("2026-11-30 09:00"))
    assert late.figures == in_time.figures
    assert value(late, "handled.open") == 1
    assert value(late, "kind.feedback") == 1


def test_closed_is_counted_by_outcome_and_again_when_it_was_opened_again(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        mended = writes.ticket("2026-11-16 09:00", kind="feedback", topic="process")
        writes.do(mended, "answer", "2026-11-17 09:00", answer="đã sửa")
        writes.close(mended, "2026-11-17 10:00", "resolved")
        again = writes.ticket("2026-11-16 09:30", kind="feedback", topic="process")
        writes.close(again, "2026-11-17 09:00", "unfounded")
        writes.do(again, "reject_answer", "2026-11-18 09:00")
        writes.close(again, "2026-11-19 09:00", "partly")
        writes.do(mended, "accept_answer", "2026-11-18 09:00")
        figures = count(conn)
    assert value(figures, "handled.closed") == 2
    assert [one.value for one in figures.section("outcome")] == [1, 1, 0, 0, 0]
    assert (value(figures, "verdicts.satisfied"), value(figures, "verdicts.dissatisfied")) == (1, 1)
    assert value(figures, "handled.open") == 0


def test_days_to_the_answer_are_working_days_and_their_median(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        for opened, answered in (
            ("2026-11-13 17:00", "2026-11-16 09:00"),
            ("2026-11-16 09:00", "2026-11-20 09:00"),
        ):
            writes.do(writes.ticket(opened, kind="feedback"), "answer", answered, answer="xong")
        assert value(count(conn), "handled.days") == 2.5


def test_late_tickets_are_told_with_cause_and_remedy_or_that_there_is_none(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        silent = writes.ticket("2026-10-12 09:00", kind="feedback")
        explained = writes.ticket("2026-10-20 09:00", kind="feedback")
        writes.close(explained, "2026-11-17 09:00", cause="thiếu\nngười " * 300, remedy="thêm người")
        before = writes.ticket("2026-10-01 09:00", kind="feedback")
        writes.close(before, "2026-11-10 09:00")
        writes.ticket("2026-11-12 09:00", kind="feedback")
        figures = count(conn)
    assert [case.code for case in figures.late] == [silent.code, explained.code]
    late, seen = figures.late
    assert (late.answered_at, late.cause, late.days) == (None, "", 19)
    assert seen.answered_at == at("2026-11-17 09:00")
    assert seen.cause.startswith("thiếu người thiếu")
    assert len(seen.cause) == 500
    assert (seen.remedy, seen.days) == ("thêm người", 10)
    assert cases(figures, "handled.late") == (silent.code,)


@pytest.mark.row("T-24")
def test_more_time_given_in_time_moves_the_term_and_more_time_given_too_late_does_not_undo_it(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        for opened, given in (
            ("2026-10-30 09:00", "2026-11-12 09:00"),
            ("2026-10-30 10:00", "2026-11-16 09:00"),
        ):
            ticket = writes.ticket(opened, kind="feedback")
            writes.do(ticket, "extend", given, answer_due_at=at("2026-11-27 17:00"), reason="chờ xác minh")
        figures = count(conn)
    answer = figures.named("terms.answer")
    assert answer is not None
    assert (answer.value, answer.of, answer.cases) == (0, 1, (ticket.code,))
    assert value(figures, "handled.extended") == 1
    assert value(figures, "handled.late") == 0


@pytest.mark.row("T-10")
def test_a_late_ticket_in_conflict_is_marked_as_one_for_no_document(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-10-12 09:00", kind="feedback")
        writes.do(ticket, "concern", "2026-10-12 10:00", conflict=True, reason="về lãnh đạo")
        assert [case.sealed for case in count(conn).late] == [True]


def test_a_month_knows_nothing_of_the_days_between_its_end_and_its_report(
    database: Database, book: Open, count: Count, settings: Settings, times: WorkingTimes
) -> None:
    month = next(one for one in due(settings, times, at("2026-12-03 08:00")) if one.name == "2026-11")
    with database.writing() as conn:
        writes = book(conn)
        ticket = writes.ticket("2026-11-30 09:00", kind="feedback")
        writes.ticket("2026-12-01 00:00", kind="feedback")
        writes.close(ticket, "2026-12-02 09:00")
        figures = count(conn, month)
    assert value(figures, "received.all") == 1
    assert (value(figures, "handled.closed"), value(figures, "handled.open")) == (0, 1)
    assert dataclasses.replace(figures).ends == at("2026-12-01 00:00")


def test_a_late_ticket_names_who_works_on_it(database: Database, book: Open, count: Count) -> None:
    with database.writing() as conn:
        officer = hire(conn, at("2026-10-01 09:00"))["desk_officer"]
        writes = book(conn)
        given = writes.ticket("2026-10-12 09:00", kind="feedback")
        writes.do(given, "assign", "2026-10-12 10:00", to=officer.login)
        writes.ticket("2026-10-13 09:00", kind="feedback")
        assert [case.owner for case in count(conn).late] == [officer.name, ""]


def test_each_outcome_has_its_share_of_what_was_closed(database: Database, book: Open, count: Count) -> None:
    with database.writing() as conn:
        writes = book(conn)
        for outcome in ("resolved", "resolved", "unfounded"):
            writes.close(writes.ticket("2026-11-16 09:00", kind="feedback"), "2026-11-17 09:00", outcome)
        seen = {one.key: shown.part(one, says) for one in count(conn).section("outcome")}
        assert seen["resolved"] == "2 (66,6%)"
        assert seen["unfounded"] == "1 (33,3%)"
        assert seen["partly"] == "0 (0%)"
