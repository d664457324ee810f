"""Figures of news, monthly counts and checks of work that prove tasks of the plan by themselves."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from logbook.database.tables import work_checks
from logbook.dossiers.months import Month
from logbook.plan import counters, news
from logbook.plan.figures import FigureContext, FigureReading, FigureVerdict, PlanFigure
from logbook.plan.news import NewsKind


def _reading(verdict: FigureVerdict, **words: object) -> FigureReading:
    return FigureReading(verdict, {name: str(word) for name, word in words.items()})


def _news(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """News of the month; the year's target stands beside it (002-06)."""
    last = month.plus(1).first - timedelta(days=1)
    items = [one for one in news.published(conn, date(month.year, 1, 1), last) if one.kind == NewsKind.NEWS]
    here = sum(one.published_on >= month.first for one in items)
    verdict = FigureVerdict.REACHED if here else FigureVerdict.OPEN
    return _reading(verdict, number=here, year=len(items), target=context.settings.counters.news_target)


def _videos(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """Videos of the year so far, of which there must be so many (002-07)."""
    last = month.plus(1).first - timedelta(days=1)
    items = news.published(conn, date(month.year, 1, 1), last)
    number, least = sum(one.kind == NewsKind.VIDEO for one in items), context.settings.counters.videos_least
    verdict = FigureVerdict.REACHED if number >= max(least, 1) else FigureVerdict.OPEN
    return _reading(verdict, number=number, least=least)


def _services(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """The counts of the month's services: entered for every service of the settings (002-11)."""
    wanted = {one.key for one in context.settings.counters.services}
    entered = {one.service for one in counters.counted(conn, month, month)} & wanted
    verdict = FigureVerdict.OPEN
    if wanted:
        late = FigureVerdict.MISSED if context.is_over(month) else FigureVerdict.OPEN
        verdict = FigureVerdict.REACHED if entered == wanted else late
    return _reading(verdict, number=len(entered), of=len(wanted))


def _work_checked(conn: Connection, _: FigureContext, month: Month) -> FigureReading:
    """Checks of how officials carry the work out (004-15); what an internal check found is for leaders."""
    table = work_checks.c
    within = (table.checked_on >= month.first, table.checked_on < month.plus(1).first)
    query = select(func.count()).select_from(work_checks).where(*within, table.struck_at.is_(None))
    number = conn.execute(query).scalar_one()
    return _reading(FigureVerdict.REACHED if number else FigureVerdict.OPEN, number=number)


LIST_FIGURES = (
    PlanFigure("news", _news, "counters_page", ("tin, bai",)),
    PlanFigure("videos", _videos, "counters_page", ("video huong dan",)),
    PlanFigure("services", _services, "counters_page", ("dich vu cong truc tuyen, dich vu buu chinh",)),
    PlanFigure("work_checked", _work_checked, "work_checks_page", ("kiem tra noi bo cai cach hanh chinh",)),
)
"""What the office enters on the pages of lists and checks."""
