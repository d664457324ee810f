"""Page of the satisfaction index: each instrument and channel by itself, with chart and table."""

from __future__ import annotations

import io
from datetime import date

from flask import Response, abort, request, send_file
from sqlalchemy import Connection

from logbook.accounts.rights import Act, may
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.views import index_pictures
from logbook.ratings import index, per_official, spans, stuffing_rows, trend
from logbook.ratings.by_token import APART
from logbook.ratings.index import InstrumentFigures
from logbook.ratings.instruments import RatingChannel
from logbook.ratings.spans import DaySpan
from logbook.reports.survey import index_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONTHS = 12
"""Months that can be chosen from the page."""
OF_OFFICIALS = frozenset({RatingChannel.QR.stored, APART})
"""Channels whose single answers are about one official: only leaders read their marks (004-09)."""


def add(desk: ConsoleFrame) -> None:
    """`/console/index` for this month, and `/console/index/<period>`."""

    @desk.page("/index", Act.SEE_REPORTS)
    def index_now() -> str:
        return _shown(desk, spans.month_of(local(desk.now).date()))

    @desk.page("/index/<period>", Act.SEE_REPORTS)
    def index_of(period: str) -> str:
        return _shown(desk, _asked(period))

    @desk.page("/index/<period>/workbook", Act.SEE_REPORTS)
    def index_workbook_of(period: str) -> Response:
        span = _asked(period)
        with desk.reading() as conn:
            found = _figures(desk, conn, span)
        file = io.BytesIO()
        index_workbook.write(file, span, found, desk.words, desk.mark)
        file.seek(0)
        return send_file(file, XLSX, as_attachment=True, download_name=f"chi-so-hai-long-{span.name}.xlsx")


def _asked(period: str) -> DaySpan:
    """The span an address names, up to its end from 1 January where the address asks for it."""
    span = spans.read(period)
    if span is None:
        abort(404)
    return span.year_to_date() if request.args.get("to_date") else span


def _figures(desk: ConsoleFrame, conn: Connection, span: DaySpan) -> list[InstrumentFigures]:
    """The figures as this person may read them: leaders see all, others no small cell of officials."""
    found = index.figures(conn, desk.settings, span)
    if may(desk.person, Act.SEE_LEADER):
        return found
    return index.for_everybody(conn, desk.settings, span, found)


def _shown(desk: ConsoleFrame, span: DaySpan) -> str:
    today, words = local(desk.now).date(), desk.words
    months = trend.months(min(span.last, max(today, span.first)))
    with desk.reading() as conn:
        found = _figures(desk, conn, span)
        leads = may(desk.person, Act.SEE_LEADER)
        officials = per_official.figures(conn, span) if leads else []
        trends = trend.of(conn, desk.settings, months, officials=leads)
        looks = may(desk.person, Act.SEE_STUFFING)
        signs = stuffing_rows.signs(conn, span) if looks else None
    return desk.show(
        "index.html",
        here="ratings",
        span=span,
        drawn=[index_pictures.drawn(one, words) for one in found],
        trends=[index_pictures.trend(one, months, words) for one in trends],
        officials=officials,
        looks_for_stuffing=looks,
        signs=signs,
        sees_marks=lambda one: leads or one.channel not in OF_OFFICIALS,
        months=_months(today),
        minimum=desk.settings.ratings.minimum_sample,
        evaluation_day=desk.settings.rating_form.evaluation_day,
        percent=lambda value: index_pictures.percent(value, words),
        asked=span.name.removesuffix("-ytd"),
        to_date=span.name.endswith("-ytd"),
    )


def _months(today: date) -> list[str]:
    month = today.year * 12 + today.month - 1
    return [f"{each // 12}-{each % 12 + 1:02d}" for each in range(month, month - MONTHS, -1)]
