"""Pages of reports: the list, one report with the cases behind each figure, its texts and files."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.calendar.of_settings import WorkingTimes
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.console.views import pictures, report_files, team_draft
from logbook.console.words import Words
from logbook.reports import ReportRefusedError, attention, late, made, satisfaction, shown, targets
from logbook.reports.cases import behind, hidden_late
from logbook.reports.entry_cases import ENTRIES, names_of
from logbook.reports.figures import CALL, DOSSIER, FORM, OPENING, PRESENCE, SLIP, Figure, Figures
from logbook.reports.made import Report
from logbook.reports.obstacles import open_ones
from logbook.reports.periods import WEEKLY, Period, team_due, week_named, week_of, weekly_now
from logbook.reports.sections import registry

PAGE = 30
CASES = 200
"""Cases of one figure on one page."""
RULE = "/reports/<int(max=2147483647):report_id>"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add(desk: ConsoleFrame) -> None:
    """The list, one report, its cases and files, and the forms of those who add to it."""

    @desk.page("/reports", Act.SEE_REPORTS)
    def reports() -> str:
        return _listed(desk)

    @desk.page(RULE, Act.SEE_REPORTS)
    def report(report_id: int) -> str:
        return _shown(desk, report_id)

    @desk.page(f"{RULE}/cases/<figure>", Act.SEE_REPORTS)
    def report_cases(report_id: int, figure: str) -> str:
        return _cases(desk, report_id, figure)

    @desk.page(f"{RULE}/document", Act.SEE_REPORTS)
    def report_document(report_id: int) -> Response:
        return _file(desk, report_id, "docx")

    @desk.page(f"{RULE}/workbook", Act.SEE_REPORTS)
    def report_workbook(report_id: int) -> Response:
        return _file(desk, report_id, "xlsx")

    _add_forms(desk)


def _add_forms(desk: ConsoleFrame) -> None:
    @desk.page("/reports/team", Act.WRITE_TEAM_PART, methods=("POST",))
    def report_team_part() -> Response | tuple[str, int]:
        try:
            with desk.writing() as conn:
                _hand_in(desk, conn, request.form.get("period", ""), request.form.get("text", ""))
        except ReportRefusedError as refused:
            return _listed(desk, wrong=f"report_refused_{refused.why}"), 400
        return desk.back("reports", "report_said_team")

    @desk.page(f"{RULE}/remarks", Act.REMARK_REPORT, methods=("POST",))
    def report_remark(report_id: int) -> Response | tuple[str, int]:
        return _add_text(desk, report_id, made.remark, "report_said_remarks")

    @desk.page(f"{RULE}/explain/<code>", Act.EXPLAIN_LATE, methods=("POST",))
    def report_explain(report_id: int, code: str) -> Response | tuple[str, int]:
        return _explain(desk, report_id, code)

    @desk.page(f"{RULE}/confirm", Act.CONFIRM_REPORT, methods=("POST",))
    def report_confirm(report_id: int) -> Response | tuple[str, int]:
        return _add_text(desk, report_id, made.confirm, "report_said_confirmed")


def _report(conn: Connection, report_id: int) -> Report:
    return made.of_id(conn, report_id) or abort(404)


def _draft(desk: ConsoleFrame, conn: Connection, times: WorkingTimes, week: Period) -> str:
    """The team's part as the data fill it, for the leader to complete and hand in (001-16)."""
    return team_draft.draft(conn, desk.words, desk.settings.duty, times, week, desk.now)


def _listed(desk: ConsoleFrame, *, wrong: str = "") -> str:
    with desk.reading() as conn:
        found = made.recent(conn, PAGE + 1, row_id(request.args.get("before", "")))
        times, _ = desk.installation.calendars.now(conn)
        week = weekly_now(desk.settings, times, desk.now)
        team = made.team_part(conn, week.name)
        obstacles = len(open_ones(conn))
        missing = made.team_missing(conn, desk.settings, times, desk.now)
        drafted = "" if team is not None else _draft(desk, conn, times, week)
        late_draft = "" if missing is None else _draft(desk, conn, times, missing)
    typed = request.form.get("text", "") if wrong else ""
    coming = request.form.get("period") == week.name
    return desk.show(
        "reports.html",
        here="reports",
        reports=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        week=week,
        drafted=drafted,
        late_draft=late_draft,
        missing=missing,
        team=team,
        team_by=team_due(week, desk.settings, times),
        typed=typed if coming else "",
        refused="" if coming else typed,
        obstacles=obstacles,
        wrong=wrong,
        shown=shown,
    )


def _shown(
    desk: ConsoleFrame,
    report_id: int,
    *,
    wrong: str = "",
    typed: str = "",
    explaining: Mapping[str, object] | None = None,
) -> str:
    with desk.reading() as conn:
        found = made.explained(conn, _report(conn, report_id))
        figures = found.counted
        team = made.team_part(conn, found.period) if found.kind == WEEKLY else None
        hidden = hidden_late(conn, figures.late, desk.person)
        unexplained = 0 if found.final else late.unexplained(conn, found.id, figures.late)
        unsaid = [case.code for case in figures.late if not case.explained]
        written = {**late.written_before(conn, unsaid), **(explaining or {})}
    return desk.show(
        "report.html",
        here="reports",
        report=found,
        figures=figures,
        team=team,
        hidden=hidden,
        criteria_drawn=pictures.criteria(_judged(figures), figures.minimum, figures.target, desk.words),
        judge=targets.of_figure,
        year_of=satisfaction.year_of,
        sections=registry,
        needs=attention.needs(found, figures, desk.words, hidden),
        shown=shown,
        unexplained=unexplained,
        written=written,
        linked=_linked(desk),
        wrong=wrong,
        typed=typed,
    )


def _judged(figures: Figures) -> list[Figure]:
    """The criteria with a target: of the year to date, or of the period in reports without a year."""
    rows = figures.section(targets.YEAR_TO_DATE) or figures.section(targets.RATINGS)
    return [one for one in rows if one.target is not None]


def _linked(desk: ConsoleFrame) -> Callable[[object], bool]:
    """Whether a figure opens its cases: there are some, and the person may see any of that sort."""
    needed = {
        CALL: Act.SEE_CALLS,
        OPENING: Act.SEE_OPENINGS,
        DOSSIER: Act.SEE_DOSSIERS,
        SLIP: Act.SEE_SLIPS,
        FORM: Act.SEE_FORMS,
        PRESENCE: Act.SEE_DUTY,
        **{what: act for what, (act, _) in ENTRIES.items()},
    }

    def opens(figure: object) -> bool:
        what = getattr(figure, "what", "")
        return bool(getattr(figure, "cases", ())) and may(desk.person, needed.get(what, Act.SEE_TICKETS))

    return opens


def _cases(desk: ConsoleFrame, report_id: int, name: str) -> str:
    """Exactly the cases a figure counted, those the person may see; the rest as a number.

    Of a share all it is a share of, each marked, or with `part` those its value counts (ASK-30).
    """
    part = "part" in request.args
    first = row_id(request.args.get("from", "")) or 0
    with desk.reading() as conn:
        found = _report(conn, report_id)
        figure = found.counted.named(name) or abort(404)
        if part:
            figure = abort(404) if figure.part is None else replace(figure, cases=figure.part)
        cases = behind(conn, figure, desk.person)
    return desk.show(
        "report_cases.html",
        here="reports",
        report=found,
        figure=figure,
        part=part,
        cases=cases[first : first + CASES],
        seen=len(cases),
        sections=registry,
        entries=figure.what in ENTRIES,
        names=names_of(desk.settings),
        hidden=len(figure.cases) - len(cases),
        more=first + CASES if len(cases) > first + CASES else None,
        shown=shown,
    )


def _hand_in(desk: ConsoleFrame, conn: Connection, period: str, text: str) -> None:
    """The part for the coming report, the one before, made or not, or any not yet confirmed (001-16)."""
    times, _ = desk.installation.calendars.now(conn)
    week = week_named(period, desk.settings, times)
    coming = weekly_now(desk.settings, times, desk.now)
    before = week_of(coming.starts_on - timedelta(weeks=1), desk.settings, times)
    if week is None or (week not in (coming, before) and made.of_period(conn, WEEKLY, week.name) is None):
        raise ReportRefusedError("missing")
    by = team_due(week, desk.settings, times)
    made.hand_in(conn, week, text, by, desk.person, desk.now)


def _explain(desk: ConsoleFrame, report_id: int, code: str) -> Response | tuple[str, int]:
    """Keep why a ticket was late, who answers for it and what is done about it (002-22)."""
    words = {name: request.form.get(name, "") for name in ("owner", "cause", "remedy")}
    try:
        with desk.writing() as conn:
            made.explain(conn, _report(conn, report_id), code, words, desk.person, desk.now)
    except ReportRefusedError as refused:
        status = 400 if refused.why in ("empty", "no_sentence") else 409
        typed = {code: dict(words)}
        page = _shown(desk, report_id, wrong=f"report_refused_{refused.why}", explaining=typed)
        return page, status
    return desk.back("report", "report_said_explained", report_id=report_id, _anchor="late")


Adds = Callable[..., None]


def _add_text(desk: ConsoleFrame, report_id: int, add_to: Adds, said: str) -> Response | tuple[str, int]:
    """Add a text to a report in one transaction; what was typed comes back when it is refused."""
    version, text = row_id(request.form.get("version", "")), request.form.get("text", "")
    try:
        with desk.writing() as conn:
            found = _report(conn, report_id)
            if version is None:
                abort(400, "form")
            add_to(conn, found, version, text, desk.person, desk.now)
    except ReportRefusedError as refused:
        page = _shown(desk, report_id, wrong=f"report_refused_{refused.why}", typed=text)
        return page, 400 if refused.why == "empty" else 409
    return desk.back("report", said, report_id=report_id)


def _file(desk: ConsoleFrame, report_id: int, ending: str) -> Response:
    """A report as a file, in Vietnamese whoever asks; each download stands in the audit log."""
    says = Words(desk.installation.texts["vi"])
    with desk.reading() as conn:
        found = made.explained(conn, _report(conn, report_id))
        figures = found.counted
        hidden = hidden_late(conn, figures.late, desk.person)
        content = report_files.written(conn, found, says, hidden, ending, desk.mark)
    with desk.writing() as conn:
        audit_log.write(conn, desk.person, "download_report", f"report:{report_id}", desk.now, format=ending)
    answer = send_file(
        io.BytesIO(content),
        DOCX if ending == "docx" else XLSX,
        as_attachment=True,
        download_name=f"bao-cao-{found.period.lower()}.{ending}",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
