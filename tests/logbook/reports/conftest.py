"""An office whose reports are drawn: its settings, its calendars, and how a report is counted and made."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes, working_times
from logbook.reports import Figures, Period, made
from logbook.reports.counting import counted
from logbook.reports.made import Report
from logbook.reports.periods import week_of
from logbook.settings.loading import Settings, load_settings
from logbook.texts.catalogue import load_texts
from tests import frozen
from tests.logbook.reports.busy_book import Book, at

VIETNAMESE = load_texts()["vi"]
Open = Callable[[Connection], Book]
Count = Callable[..., Figures]
Make = Callable[..., Report]


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings(frozen.OFFICE)


@pytest.fixture(scope="session")
def times(settings: Settings) -> WorkingTimes:
    return working_times(settings)


@pytest.fixture
def week(settings: Settings, times: WorkingTimes) -> Period:
    """Week 47 of 2026: drawn from Friday the 13th to Friday the 20th of November, 16:00."""
    return week_of(at("2026-11-18 00:00").date(), settings, times)


@pytest.fixture
def book(settings: Settings, times: WorkingTimes) -> Open:
    numbers = itertools.count(1)
    return lambda conn: Book(conn, settings, times, numbers)


@pytest.fixture
def count(settings: Settings, times: WorkingTimes, week: Period) -> Count:
    """Counts the report of the week, or of another period."""

    def counts(
        conn: Connection,
        period: Period | None = None,
        before: Figures | None = None,
        now: datetime | None = None,
    ) -> Figures:
        period = period or week
        return counted(conn, period, settings, times, now or period.due_at, before)

    return counts


@pytest.fixture
def make(count: Count) -> Make:
    """Makes the report of the week, or of another period."""

    def makes(conn: Connection, period: Period | None = None, before: Figures | None = None) -> Report:
        figures = count(conn, period, before)
        report_id = made.made(conn, figures, figures.made_at)
        assert report_id is not None
        report = made.of_id(conn, report_id)
        assert report is not None
        return report

    return makes


def says(key: str, **words: object) -> str:
    """The sentences of the documents."""
    return VIETNAMESE.sentence(key, {name: str(word) for name, word in words.items()})
