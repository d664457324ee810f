"""Page of a month at the desk: quota, shares, late dossiers, meeting, remedies, closing the review."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.views import charts
from logbook.dossiers import indicators, lists, month_end, quota, shares
from logbook.dossiers.months import Month
from logbook.dossiers.remarks import NotTakenError

Page = tuple[str, int] | Response
ONE = "/dossiers/months/<month>"
BY = ("procedure", "official", "field")


def add(desk: ConsoleFrame) -> None:
    """`/console/dossiers/months/2026-11`, its forms, and the figures before and after."""

    @desk.page("/dossiers/months", Act.SEE_DOSSIERS)
    def desk_months() -> Response:
        return redirect(url_for("console.desk_month", month=str(Month.of(desk.now))), code=303)

    @desk.page(ONE, Act.SEE_DOSSIERS)
    def desk_month(month: str) -> str:
        with desk.reading() as conn:
            return _shown(desk, conn, _month(month))

    @desk.page("/dossiers/figures", Act.SEE_DOSSIERS)
    def desk_figures() -> str:
        return _figures(desk)

    _add_meeting(desk)
    _add_review(desk)


def _add_meeting(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/meeting", Act.CLOSE_DESK_MONTH, methods=("POST",))
    def record_meeting(month: str) -> Page:
        of = _month(month)
        present, summary = (request.form.get(name, "") for name in ("present", "summary"))
        with desk.writing() as conn:
            try:
                held_on = _day(request.form.get("held_on", ""))
                if held_on is None:
                    raise NotTakenError("dossier_meeting_day_wrong")
                month_end.record_meeting(conn, of, held_on, present, summary, desk.person, desk.now)
            except NotTakenError as problem:
                return _shown(desk, conn, of, wrong=str(problem.args[0])), 400
            return desk.back("desk_month", "dossier_said_kept", month=month)

    @desk.page(f"{ONE}/remedies", Act.CLOSE_DESK_MONTH, methods=("POST",))
    def add_remedy(month: str) -> Page:
        of = _month(month)
        text, owner = (request.form.get(name, "") for name in ("text", "owner"))
        with desk.writing() as conn:
            try:
                due_on = _day(request.form.get("due_on", ""))
                month_end.add_remedy(conn, of, text, owner, due_on, desk.person, desk.now)
            except NotTakenError as problem:
                return _shown(desk, conn, of, wrong=str(problem.args[0])), 400
            return desk.back("desk_month", "dossier_said_kept", month=month)

    @desk.page(f"{ONE}/remedies/<int(max=2147483647):remedy_id>", Act.WORK_DOSSIERS, methods=("POST",))
    def remedy_done(month: str, remedy_id: int) -> Page:
        of = _month(month)
        with desk.writing() as conn:
            try:
                result = request.form.get("result", "")
                done = month_end.remedy_done(conn, remedy_id, result, desk.person, desk.now)
            except NotTakenError as problem:
                return _shown(desk, conn, of, wrong=str(problem.args[0])), 400
            said = "dossier_said_kept" if done else "dossier_said_before"
            return desk.back("desk_month", said, done=done, month=month)


def _add_review(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/close", Act.CLOSE_DESK_MONTH, methods=("POST",))
    def close_desk_month(month: str) -> Page:
        of = _month(month)
        conclusion, responsibility = (request.form.get(name, "") for name in ("conclusion", "responsibility"))
        with desk.writing() as conn:
            try:
                details = _figures_shown(desk, conn, of)
                closed = month_end.close(conn, of, details, conclusion, responsibility, desk.person, desk.now)
            except NotTakenError as problem:
                return _shown(desk, conn, of, wrong=str(problem.args[0])), 400
            said = "dossier_review_said" if closed else "dossier_said_before"
            return desk.back("desk_month", said, done=closed, month=month)


def _figures_shown(desk: ConsoleFrame, conn: Connection, of: Month) -> dict[str, Any]:
    """The figures a review is closed on."""
    counted = quota.of_month(conn, of, desk.settings.dossiers.quota_percent)
    shared = shares.of(conn, of.begins, of.ends, desk.now)
    return {
        **{name: getattr(counted, name) for name in ("finished", "slips", "required", "missing")},
        **{name: getattr(shared, name) for name in ("early", "on_time", "late", "not_due", "waiting")},
    }


def _shown(desk: ConsoleFrame, conn: Connection, of: Month, *, wrong: str = "") -> str:
    part, now = desk.settings.dossiers, desk.now
    times, _ = desk.installation.calendars.now(conn)
    since, all_together = quota.cumulative(conn, of, part)
    late_count, unexplained = lists.late_counted(conn, of.begins, of.ends, now)
    return desk.show(
        "desk_month.html",
        here="dossiers",
        month=of,
        runs=Month.of(now) == of,
        to_come=Month.of(now) < of,
        quota=quota.of_month(conn, of, part.quota_percent),
        fields=quota.by_field(conn, of, part.quota_percent),
        since=since,
        cumulative=all_together,
        projection=quota.projection(conn, of, part.quota_percent, now, times.office),
        shares=shares.of(conn, of.begins, of.ends, now),
        late=lists.late_of(conn, of.begins, of.ends, now),
        late_count=late_count,
        unexplained=unexplained,
        meeting=month_end.meeting(conn, of),
        remedies=month_end.remedies(conn, of),
        review=month_end.review(conn, of),
        part=part,
        in_campaign=part.campaign is None or part.campaign.first <= str(of) <= part.campaign.last,
        wrong=wrong,
        given=request.form if wrong else {},
    )


def _figures(desk: ConsoleFrame) -> str:
    """Twelve months as a picture with its table, and procedures before and after a month."""
    words, this = desk.words, Month.of(desk.now)
    try:
        since = Month.read(request.args.get("since", ""))
    except ValueError:
        since = this
    by = request.args.get("by", "") if request.args.get("by") in BY else BY[0]
    with desk.reading() as conn:
        trend = indicators.trend(conn, this)
        named = indicators.compared(conn, by, since, max(this, since))
    series = [
        charts.Series(words("desk_figures_finished"), [one.handling.finished for one in trend]),
        charts.Series(words("desk_figures_late"), [one.handling.late for one in trend]),
    ]
    details = words("desk_figures_text", finished=sum(series[0].values), late=sum(series[1].values))
    picture = charts.lines(
        words("desk_figures_trend"), details, [f"{one.month.number}" for one in trend], series
    )
    return desk.show(
        "desk_figures.html",
        here="dossiers",
        trend=trend,
        picture=picture,
        series=[one.name for one in series],
        named=named,
        since=since,
        by=by,
        kinds=BY,
        this=this,
    )


def _month(text: str) -> Month:
    try:
        return Month.read(text)
    except ValueError:
        abort(404)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise NotTakenError("dossier_day_wrong") from None
    if not 2000 <= day.year <= 2100:
        raise NotTakenError("dossier_day_wrong")
    return day
