"""News, videos and the services of each month: entered by hand, counted against what the year asks for."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from flask import request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.dossiers.months import Month
from logbook.plan import counters, news
from logbook.plan.counters import CountedMeanwhileError, CounterRefusedError, MonthlyCount
from logbook.plan.news import NewsKind, NewsRefusedError, TypedNews

Page = str | tuple[str, int] | Response
_NOTHING: MultiDict[str, str] = MultiDict()


def add(desk: ConsoleFrame) -> None:
    """`/console/counters` and its forms."""

    @desk.page("/counters", Act.SEE_LISTS)
    def counters_page() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/counters/news", Act.WRITE_LISTS, methods=("POST",))
    def enter_news() -> Page:
        form = request.form
        words = [form.get(name, "") for name in ("title", "link", "author")]
        typed = TypedNews(form.get("kind", ""), day_of(form.get("published_on", "")), *words)
        with desk.writing() as conn:
            try:
                entered = news.enter(conn, typed, desk.person, desk.now)
            except NewsRefusedError as refused:
                return _shown(desk, conn, wrong=str(refused.args[0])), 400
            said = "news_said_entered" if entered else "news_said_before"
            return desk.back("counters_page", said, done=entered)

    @desk.page("/counters/news/<int(max=2147483647):item_id>/strike", Act.WRITE_LISTS, methods=("POST",))
    def strike_news(item_id: int) -> Page:
        with desk.writing() as conn:
            done = news.strike(conn, item_id, desk.person, desk.now)
            return desk.back("counters_page", "news_said_struck" if done else "news_said_gone", done=done)

    @desk.page("/counters/month", Act.WRITE_LISTS, methods=("POST",))
    def count_month() -> Page:
        return _count_month(desk)


def day_of(text: str) -> date | None:
    """A day as a form sends it, or None."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _count_month(desk: ConsoleFrame) -> Page:
    form, wrong = request.form, ""
    typed = {
        one.key: (form.get(f"count.{one.key}", ""), row_id(form.get(f"seen.{one.key}", "")) or 0)
        for one in desk.settings.counters.services
    }
    try:
        of = Month.read(form.get("month", ""))
        with desk.writing() as conn:
            changed = counters.count_month(conn, of, typed, desk.person, desk.now)
            said = "counts_said_kept" if changed else "counts_said_same"
            return desk.back("counters_page", said, done=bool(changed), month=of, year=of.year)
    except CounterRefusedError as refused:
        wrong = str(refused.args[0])
    except CountedMeanwhileError:
        wrong = "counts_meanwhile"
    except ValueError:
        wrong = "counts_month_wrong"
    with desk.reading() as conn:
        return _shown(desk, conn, wrong=wrong), 409 if wrong == "counts_meanwhile" else 400


def _shown(desk: ConsoleFrame, conn: Connection, *, wrong: str = "") -> str:
    part, today, this = desk.settings.counters, local(desk.now).date(), Month.of(desk.now)
    year = row_id(request.values.get("year", "")) or today.year
    year = year if 2000 <= year <= today.year else today.year
    of = _month(request.values.get("month", ""), this)
    found = news.published(conn, date(year, 1, 1), date(year, 12, 31))
    kinds = {kind: [one for one in found if one.kind is kind] for kind in NewsKind}
    months = counters.counted(conn, Month(year, 1), Month(year, 12))
    standing = {one.service: one for one in counters.counted(conn, of, of)}
    return desk.show(
        "counters.html",
        here="checklists_page",
        year=year,
        this_year=today.year,
        news=news.pace(len(kinds[NewsKind.NEWS]), part.news_target, today, year),
        videos=news.pace(len(kinds[NewsKind.VIDEO]), part.videos_least, today, year),
        kinds=kinds,
        services=part.services,
        months={month: {one.service: one for one in ones} for month, ones in groupby(months, _of_month)},
        month=of,
        standing=standing,
        past=counters.history(conn, of),
        online=counters.online_dossiers(conn, of),
        wrong=wrong,
        typed=request.form if wrong else _NOTHING,
    )


def _of_month(one: MonthlyCount) -> str:
    return one.month


def _month(text: str, this: Month) -> Month:
    try:
        of = Month.read(text)
    except ValueError:
        return this
    return min(of, this)
