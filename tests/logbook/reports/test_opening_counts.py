"""Openings in the report: how many, how many of them empty, and which weeks or months had none."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.database.engine import Database
from logbook.database.tables import openings
from logbook.reports import attention, document, made
from logbook.reports.counting import counted
from logbook.reports.figures import Figures
from logbook.reports.periods import Period, _month_of, week_of
from logbook.reports.sections import registry
from logbook.settings.loading import Settings
from logbook.settings.notifications import OpeningsPart
from tests.letter_box import an_opening
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import says

pytestmark = pytest.mark.row("R10")
WEEKLY = OpeningsPart(letter_box="weekly", suggestion_book="monthly")
NEVER = OpeningsPart(letter_box="none", suggestion_book="none")


@pytest.fixture
def november(settings: Settings, times: WorkingTimes) -> Period:
    return _month_of(date(2026, 11, 1), settings, times)


def report(
    conn: Connection,
    period: Period,
    settings: Settings,
    times: WorkingTimes,
    part: OpeningsPart = WEEKLY,
) -> Figures:
    reports = settings.reports.model_copy(update={"openings": part})
    own = dataclasses.replace(settings, reports=reports)
    return counted(conn, period, own, times, period.due_at, None)


def values(figures: Figures) -> dict[str, float | None]:
    return {one.key: one.value for one in figures.section("openings")}


def missed(figures: Figures) -> list[str]:
    return [registry.label(one, says) for one in figures.section("openings") if "missing" in one.key]


@pytest.mark.row("002-24")
def test_a_month_counts_every_opening_empty_ones_too_and_names_the_weeks_without_one(
    database: Database, settings: Settings, times: WorkingTimes, november: Period
) -> None:
    """Weeks of November 2026 that end in it: 26/10-1/11, 2-8, 9-15, 16-22 and 23-29."""
    with database.writing() as conn:
        now = at("2026-12-01 08:00")
        an_opening(conn, now, day=date(2026, 10, 30), found=9)
        an_opening(conn, now, day=date(2026, 11, 3), found=0)
        an_opening(conn, now, day=date(2026, 11, 10), found=2)
        taken_back = an_opening(conn, now, day=date(2026, 11, 18), found=7)
        conn.execute(openings.update().where(openings.c.id == taken_back).values(withdrawn_at=now))
        an_opening(conn, now, day=date(2026, 11, 29), found=1)
        an_opening(conn, now, day=date(2026, 11, 30), channel="suggestion_book", found=4)
        figures = report(conn, november, settings, times)
    assert missed(figures) == ["Không mở hòm thư góp ý từ 16/11/2026 đến 22/11/2026"]
    counted_now = {key: value for key, value in values(figures).items() if "missing" not in key}
    assert counted_now == {
        "letter_box": 3,
        "letter_box_empty": 1,
        "letter_box_found": 3,
        "suggestion_book": 1,
        "suggestion_book_empty": 0,
        "suggestion_book_found": 4,
    }


def test_a_month_without_an_opening_is_named_and_stands_at_the_head_of_the_report_and_in_the_document(
    database: Database, settings: Settings, times: WorkingTimes, november: Period
) -> None:
    part = OpeningsPart(letter_box="none", suggestion_book="monthly")
    with database.writing() as conn:
        figures = report(conn, november, settings, times, part)
        number = made.made(conn, figures, figures.made_at)
        assert number is not None
        kept = made.of_id(conn, number)
    assert kept is not None
    sentence = "Không mở sổ góp ý từ 01/11/2026 đến 30/11/2026"
    assert missed(kept.counted) == [sentence]
    needs = attention.needs(kept, kept.counted, says, frozenset())
    assert f"{sentence}." in [one.text for one in needs]
    assert document.written(kept, says, None, frozenset()).startswith(b"PK")


def test_without_a_rhythm_nothing_is_missed_and_a_week_all_off_is_none_either(
    database: Database, settings: Settings, times: WorkingTimes, november: Period
) -> None:
    with database.reading() as conn:
        assert missed(report(conn, november, settings, times, NEVER)) == []
        february = _month_of(date(2026, 2, 1), settings, times)
        weeks = missed(report(conn, february, settings, times))
    assert "Không mở hòm thư góp ý từ 16/02/2026 đến 22/02/2026" not in weeks, "Tết"
    assert "Không mở hòm thư góp ý từ 09/02/2026 đến 15/02/2026" in weeks


def test_each_opening_and_each_week_stands_in_exactly_one_weekly_report(
    database: Database, settings: Settings, times: WorkingTimes
) -> None:
    """Opened on a Friday after the report was drawn, it stands in the next."""
    with database.writing() as conn:
        an_opening(conn, at("2026-11-20 17:00"), day=date(2026, 11, 20), found=5)
        weeks = [week_of(date(2026, 11, day), settings, times) for day in (11, 18, 25)]
        found = [report(conn, week, settings, times) for week in weeks]
        following = report(conn, week_of(date(2026, 12, 2), settings, times), settings, times)
    assert [values(one)["letter_box_found"] for one in found] == [0, 0, 5]
    assert missed(found[1]) == ["Không mở hòm thư góp ý từ 09/11/2026 đến 15/11/2026"]
    assert missed(found[2]) == []
    letter_box = [one for one in missed(following) if "hòm thư" in one]
    assert letter_box == ["Không mở hòm thư góp ý từ 23/11/2026 đến 29/11/2026"]
