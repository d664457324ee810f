"""Calls and ratings counted: who was reached, open callbacks, and shares that are never rounded up."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from logbook.calendar import closures
from logbook.calls import callbacks, ratings
from logbook.database.engine import Database
from logbook.ratings.verdicts import Verdict
from logbook.reports import targets
from logbook.reports.figures import Figure, Figures
from logbook.settings.loading import Settings
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Open

WORST, BEST = 1, 5


def value(figures: Figures, name: str) -> float | None:
    figure = figures.named(name)
    assert figure is not None
    return figure.value


def rated(figures: Figures, key: str) -> Figure:
    return next(one for one in figures.section("ratings") if one.key.endswith(f".{key}"))


def test_calls_of_the_period_only_are_counted_by_what_became_of_them(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.call("2026-11-13 15:59", leg="completed")
        first = writes.call("2026-11-13 16:00", leg="completed")
        writes.call("2026-11-18 09:00", leg="no-answer")
        writes.call("2026-11-18 12:00")
        writes.call("2026-11-20 16:00", leg="completed")
        figures = count(conn)
    assert value(figures, "calls.all") == 3
    assert value(figures, "calls.answered") == 1
    assert value(figures, "calls.missed") == 1
    assert value(figures, "calls.out_of_hours") == 1
    found = figures.named("calls.answered")
    assert found is not None
    assert found.cases == (str(first.id),)


def test_a_call_during_a_closure_by_hand_is_out_of_hours_until_the_line_was_opened_again(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        closures.close_line(conn, at("2026-11-18 09:00"), None, "mất điện", "an", at("2026-11-18 09:00"))
        closures.reopen_line(conn, at("2026-11-18 10:00"))
        book(conn).call("2026-11-18 09:30")
        book(conn).call("2026-11-18 10:30")
        assert value(count(conn), "calls.out_of_hours") == 1


def test_calls_back_are_promised_settled_and_owed_as_they_stood_at_the_end(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        old = writes.owe("2026-11-10 09:00")
        in_time = writes.owe("2026-11-17 09:00")
        later = writes.owe("2026-11-18 09:00", "asked")
        callbacks.settle(conn, old.id, at("2026-11-16 09:00"))
        callbacks.settle(conn, in_time.id, at("2026-11-17 10:00"))
        callbacks.settle(conn, later.id, at("2026-11-23 09:00"))
        figures = count(conn)
    assert value(figures, "calls.callbacks_promised") == 2
    assert value(figures, "calls.callbacks_settled") == 2
    assert value(figures, "calls.callbacks_owed") == 1


@pytest.mark.row("B-05")
def test_three_missed_calls_of_one_number_are_one_person_owed(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        for when in ("2026-11-17 09:00", "2026-11-17 10:00", "2026-11-18 09:00"):
            writes.owe(when, number="+84987654321")
        writes.owe("2026-11-18 10:00")
        figures = count(conn)
    assert value(figures, "calls.callbacks_promised") == 2
    assert value(figures, "calls.callbacks_owed") == 2


def give(conn: Connection, book: Open, *, satisfied: int, others: int, skipped: int = 0) -> None:
    """So many answers to the first criterion."""
    writes = book(conn)
    for number in range(satisfied):
        writes.rate("2026-11-18 09:00", 4 + number % 2)
    for number in range(others):
        writes.rate("2026-11-18 09:00", 1 + number % 3)
    for _ in range(skipped):
        writes.rate("2026-11-18 09:00", None)


@pytest.mark.row("000-04")
@pytest.mark.parametrize(
    ("satisfied", "others", "tenths", "verdict"),
    [
        (9, 1, 900, Verdict.REACHED),
        (8, 2, 800, Verdict.MISSED),
        (17, 2, 894, Verdict.MISSED),
        (0, 1, 0, Verdict.TOO_FEW),
        (2, 0, 1000, Verdict.TOO_FEW),
    ],
)
def test_the_share_is_of_marks_four_and_five_and_meets_ninety_exactly(
    database: Database, book: Open, count: Count, satisfied: int, others: int, tenths: int, verdict: Verdict
) -> None:
    with database.writing() as conn:
        give(conn, book, satisfied=satisfied, others=others, skipped=3)
        figures = count(conn)
    found = rated(figures, "tc1")
    seen = targets.of_figure(found, figures.minimum)
    assert (found.value, found.of, found.tenths, seen) == (satisfied, satisfied + others, tenths, verdict)


@pytest.mark.row("000-04")
def test_eighty_nine_point_nine_is_not_reached_and_never_shown_as_ninety() -> None:
    for value_, of in ((899, 1000), (8999, 10_000), (89_999, 100_000)):
        figure = Figure("ratings", "tc1", value_, of, target=90)
        assert (figure.tenths, targets.of_figure(figure, 10)) == (899, Verdict.MISSED)


@pytest.mark.row("000-04")
def test_a_criterion_nobody_answered_is_there_without_a_share_and_without_a_verdict(
    database: Database, book: Open, count: Count, settings: Settings
) -> None:
    with database.writing() as conn:
        empty = count(conn)
        for _ in range(settings.ratings.minimum_sample):
            book(conn).rate("2026-11-18 09:00", BEST, BEST, BEST, BEST)
        four = count(conn)
        for _ in range(settings.ratings.minimum_sample):
            book(conn).rate("2026-11-18 09:00", BEST, BEST, BEST, BEST, BEST)
        all_of_them = count(conn)
    assert [(one.value, one.of, one.tenths) for one in empty.section("ratings")] == [(0, 0, None)] * 5
    assert [one.label for one in empty.section("ratings")] == [one.name for one in settings.ratings.criteria]
    assert [targets.overall(one) for one in (empty, four, all_of_them)] == [
        Verdict.TOO_FEW,
        Verdict.TOO_FEW,
        Verdict.REACHED,
    ]


def test_answers_to_another_set_of_questions_stand_by_themselves_and_have_no_target(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.rate("2026-11-18 09:00", BEST, BEST, BEST, BEST, BEST)
        ratings.install_set(
            conn,
            key="quay",
            version=1,
            title="Phiếu tại quầy",
            scale_min=0,
            scale_max=2,
            asked=[ratings.StoredCriterion("tc1", "Tại quầy", "Thế nào?")],
            now=at("2026-11-01 09:00"),
        )
        for mark in (0, 1, 2):
            call = writes.call("2026-11-18 10:00")
            ratings.begin_response(conn, call.id, "quay", 1, at("2026-11-18 10:00"))
            ratings.rate(conn, call.id, "tc1", mark, at("2026-11-18 10:00"))
        figures = count(conn)
    counter = figures.named("ratings.quay.1.tc1")
    assert counter is not None
    assert (counter.value, counter.of, counter.target) == (1, 3, None)
    assert targets.of_figure(counter, figures.minimum) is None
    assert rated(figures, "tc1").of == 1
    assert targets.overall(replace(figures, minimum=1)) is Verdict.REACHED


def test_a_caller_with_any_low_mark_is_counted_once(database: Database, book: Open, count: Count) -> None:
    with database.writing() as conn:
        unhappy = book(conn).rate("2026-11-18 09:00", WORST, 2, 3)
        book(conn).rate("2026-11-18 09:00", 3, 4)
        book(conn).rate("2026-11-23 09:00", WORST)
        found = count(conn).named("verdicts.low")
    assert found is not None
    assert (found.value, found.cases) == (1, (str(unhappy.id),))
