"""Samples of the office's lists: looks at checklists, news and a video, counts of a month, checks of work."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, select

from ivr.samples.month import SampleMonth
from logbook.clock import local
from logbook.database.tables import officials
from logbook.dossiers.months import Month
from logbook.plan import checklists, counters, internal_checks, looks, news, work_checks
from logbook.plan.checklists import CellState
from logbook.plan.internal_checks import TypedCheck
from logbook.plan.looks import NewLook
from logbook.plan.news import TypedNews
from logbook.plan.work_checks import TypedWorkCheck


def add(month: SampleMonth) -> None:
    """Put them on the agenda: news through the month, looks and counts near its end."""
    for ahead, details in enumerate(month.words["news"]):
        day = month.days[ahead * len(month.days) // len(month.words["news"])]
        month.at(month.on(day, 0.5), partial(_news, month, details))
    for ahead, words in enumerate(month.words["work_checks"]):
        day = month.days[(ahead + 1) * len(month.days) // 4]
        month.at(month.on(day, 0.7), partial(_check, month, words))
    month.at(month.on(month.days[len(month.days) // 2], 0.3), partial(_looks, month))
    month.at(month.until - timedelta(minutes=6), partial(_counts, month))
    month.at(month.until - timedelta(minutes=5), partial(_internal, month))


def _news(month: SampleMonth, details: dict[str, str], conn: Connection) -> None:
    now = month.clock.now()
    typed = TypedNews(published_on=local(now).date(), **details)
    news.enter(conn, typed, month.people["clerk"], now)


def _check(month: SampleMonth, details: dict[str, str], conn: Connection) -> None:
    now = month.clock.now()
    typed = TypedWorkCheck(checked_on=local(now).date(), **details)
    work_checks.enter(conn, typed, month.people["head_of_office"], now)


def _looks(month: SampleMonth, conn: Connection) -> None:
    """Somebody goes through every list; a cell in nine is missing, the last item is not looked at."""
    settings, now = month.hotline.settings, month.clock.now()
    for part in settings.checklists:
        shown = checklists.standing(conn, part, settings, now)
        cells = shown.cells[: -len(part.places)]
        typed = [
            NewLook(
                one.item.key,
                one.place.key,
                0 if one.look is None else one.look.number,
                CellState.MISSING if place % 9 == 4 else CellState.PRESENT,
                month.words["look_note"] if place % 9 == 4 else "",
            )
            for place, one in enumerate(cells)
        ]
        if typed:
            looks.look(conn, shown, typed, month.people["clerk"], now)


def _counts(month: SampleMonth, conn: Connection) -> None:
    now, of = month.clock.now(), Month.of(month.clock.now())
    known = {one.service: one.number for one in counters.counted(conn, of, of)}
    services = month.hotline.settings.counters.services
    typed = {one.key: (str(month.dice.randint(5, 60)), known.get(one.key, 0)) for one in services}
    counters.count_month(conn, of, typed, month.people["clerk"], now)


def _internal(month: SampleMonth, conn: Connection) -> None:
    now, words = month.clock.now(), month.words["internal_check"]
    mine = (officials.c.login.is_(None), officials.c.until.is_(None))
    about = conn.execute(select(officials.c.id).where(*mine).order_by(officials.c.id).limit(1)).scalar()
    if about is not None:
        typed = TypedCheck(official_id=about, checked_on=local(now).date(), **words)
        internal_checks.enter(conn, typed, month.people["chairman"], now)
