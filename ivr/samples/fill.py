"""Fills a demonstration's database with the sample month; each room adds its samples with one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from random import Random

import yaml
from sqlalchemy import Connection, func, select

from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from ivr.samples import calls, desk, listed, office, people, plan, published, rated, settled, tickets
from ivr.samples.month import MovedClock, SampleMonth
from logbook.accounts import accounts, audit_log
from logbook.accounts.demo_accounts import LOGINS, demo_accounts
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.samples import SampleDatabase, any_samples
from logbook.database.tables import samples
from logbook.dossiers.months import Month
from logbook.settings.loading import Settings

PARTS: tuple[Callable[[SampleMonth], None], ...] = (
    people.add,
    desk.add,
    rated.add,
    calls.add,
    tickets.add,
    office.add,
    published.add,
    listed.add,
    plan.add,
)
"""What the month consists of: each puts its steps on the agenda. A new room adds its function here."""
DAYS = 31
ACT = "demo_fill"


class DemoOnlyError(Exception):
    """Samples are for demonstrations: a trial or production has real cases only."""


class SamplesThereError(Exception):
    """The database has samples already; they are removed before others come."""


def demand_demo(settings: Settings) -> None:
    """Raise DemoOnlyError outside demonstrations."""
    if not settings.is_demo:
        raise DemoOnlyError


def fill(
    settings: Settings,
    now: datetime,
    month: Month | None = None,
    seed: int = 1,
    progress: Callable[[str], object] = lambda _: None,
) -> dict[str, int]:
    """Write the month up to `now` at most and return how many samples of each table were made.

    Without a `month` it is the 31 days that end today, so that this month's pages are full as well. The same
    seed and days give the same figures. Raises DemoOnlyError, SamplesThereError, ValueError for a month that
    has not begun.
    """
    demand_demo(settings)
    first, last = _days(now, month)
    _prepared(settings, now)
    database = SampleDatabase(settings.database_url)
    clock = MovedClock(now)
    try:
        with database.reading() as conn:
            if any_samples(conn):
                raise SamplesThereError
        hotline = open_hotline(settings, clock, database)
        with database.reading() as conn:
            times, _ = hotline.calendars.now(conn)
        made = SampleMonth(
            hotline,
            clock,
            Random(seed),  # noqa: S311
            first,
            last,
            min(now, Month.of(now).ends if month is None else month.ends),
            times,
            _staff(database),
            _words(),
        )
        database.finish = lambda conn, new: settled.finish(made, conn, new)
        for part in PARTS:
            part(made)
            progress(part.__module__.rpartition(".")[2])
        made.run()
        with database.writing() as conn:
            counts = _counted(conn)
            audit_log.write(conn, "cli", ACT, "samples", now, first=first, last=last, seed=seed, rows=counts)
        return counts
    finally:
        database.close()


def _prepared(settings: Settings, now: datetime) -> None:
    """Make sure of what every start makes sure of: instruments, the register, sample accounts; no samples."""
    hotline = open_hotline(settings, MovedClock(now))
    try:
        prepare(hotline)
        with hotline.database.writing() as conn:
            demo_accounts(conn, settings, now)
    finally:
        hotline.database.close()


def _days(now: datetime, month: Month | None) -> tuple[date, date]:
    today = local(now).date()
    if month is None:
        return today - timedelta(days=DAYS - 1), today
    if month.first > today:
        raise ValueError(str(month))
    return month.first, min(today, month.plus(1).first - timedelta(days=1))


def _staff(database: SampleDatabase) -> Mapping[str, Person]:
    """The sample accounts by role: the people of the month, who stay when it is removed."""
    with database.reading() as conn:
        by_login = {one.login: one for one in accounts.listed(conn)}
    return {role: by_login[login] for role, login in LOGINS.items() if login in by_login}


def _words() -> Mapping[str, object]:
    text = resources.files("ivr.samples").joinpath("month.yaml").read_text(encoding="utf-8")
    words: Mapping[str, object] = yaml.safe_load(text)
    return words


def _counted(conn: Connection) -> dict[str, int]:
    query = select(samples.c.kind, func.count()).group_by(samples.c.kind).order_by(samples.c.kind)
    return {row[0]: row[1] for row in conn.execute(query)}
