"""Page of callers' ratings: a year against its target, by month, and each rating (000-04)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from flask import abort, request
from sqlalchemy import Connection, func, select

from logbook.accounts.rights import Act
from logbook.calls import ratings
from logbook.clock import ZONE, local
from logbook.console.frame import ConsoleFrame
from logbook.console.views import pictures
from logbook.database.tables import responses
from logbook.ratings.verdicts import judge, together
from logbook.reports import satisfaction, shown
from logbook.reports.figures import Figure
from logbook.reports.satisfaction import Share
from logbook.reports.targets import YEAR_TO_DATE
from logbook.search import ticket_filters

NEWEST = 20
"""Ratings on one page."""
SPAN = 100
"""Years an address may name before and after the present one."""


def add(desk: ConsoleFrame) -> None:
    """`/console/ratings`."""

    @desk.page("/ratings", Act.SEE_REPORTS)
    def ratings() -> str:
        this_year = local(desk.now).year
        year = ticket_filters.whole(request.args.get("year")) or this_year
        if not this_year - SPAN < year <= this_year:
            abort(404)
        with desk.reading() as conn:
            return _shown(desk, conn, year)


def _shown(desk: ConsoleFrame, conn: Connection, year: int) -> str:
    part, now = desk.settings.ratings, desk.now
    begins, ends = satisfaction.year_begins(year), satisfaction.year_begins(year + 1)
    so_far = ends > now
    whole = satisfaction.shares(conn, part, begins, min(ends, now))
    rows = [
        Figure(
            YEAR_TO_DATE,
            one.key,
            whole[one.key].satisfied,
            whole[one.key].answers,
            label=one.name,
            target=part.target_percent,
        )
        for one in part.criteria
    ]
    judged = [
        judge(share.satisfied, share.answers, part.target_percent, part.minimum_sample)
        for share in whole.values()
    ]
    newest = recent(conn, ticket_filters.whole(request.args.get("before")))
    return desk.show(
        "ratings.html",
        here="ratings",
        year=year,
        years=_years(conn, local(now).year),
        so_far=so_far,
        rows=list(zip(rows, judged, strict=True)),
        overall=together(judged),
        part=part,
        picture=pictures.criteria(rows, part.minimum_sample, part.target_percent, desk.words),
        beside=_beside(desk, conn) if so_far else {},
        months=_months(desk, conn, year),
        percent=lambda share: (
            shown.share(share.satisfied * 1000 // share.answers, desk.words) if share.answers else "–"
        ),
        shown=shown,
        newest=newest[:NEWEST],
        older=newest[NEWEST - 1].id if len(newest) > NEWEST else None,
    )


def recent(conn: Connection, before: int | None) -> list[ratings.Response]:
    """Return one rating more than a page holds, the newest first."""
    return ratings.recent(conn, NEWEST + 1, before)


def _years(conn: Connection, this_year: int) -> Sequence[int]:
    """The years in which somebody rated, the newest first, and the present one."""
    first = conn.execute(select(func.min(responses.c.started_at))).scalar()
    return range(this_year, (this_year if first is None else local(first).year) - 1, -1)


def _beside(desk: ConsoleFrame, conn: Connection) -> Mapping[str, Mapping[str, Share]]:
    """This week's and this month's shares, which stand beside the year's."""
    today = local(desk.now).date()
    starts = {"week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}
    return {
        name: satisfaction.shares(
            conn, desk.settings.ratings, datetime.combine(day, time.min, tzinfo=ZONE), desk.now
        )
        for name, day in starts.items()
    }


def _months(desk: ConsoleFrame, conn: Connection, year: int) -> list[tuple[int, Mapping[str, Share]]]:
    """The shares of each month of the year that has begun."""
    edges = [datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZONE) for month in range(13)]
    return [
        (month, satisfaction.shares(conn, desk.settings.ratings, start, end))
        for month, (start, end) in enumerate(itertools.pairwise(edges), start=1)
        if start <= desk.now
    ]
