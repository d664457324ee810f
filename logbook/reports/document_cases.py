"""Writes the document's parts on single cases: what to do, late tickets, obstacles, words."""

from __future__ import annotations

from datetime import datetime

from logbook.clock import local
from logbook.reports.attention import Need
from logbook.reports.figures import LateCase, ReportedCheck, ReportedObstacle
from logbook.reports.letter import LEFT_SIDE, SMALL, LetterColumn, LetterDocument
from logbook.reports.made import Report, TeamPart
from logbook.reports.periods import WEEKLY
from logbook.reports.shown import Says, check_row, late_row, obstacle_row


def needs(letter: LetterDocument, found: tuple[Need, ...], says: Says) -> None:
    """What needs a person, before everything else."""
    if not found:
        letter.line(says("report_need_none"))
        return
    letter.line(says("report_need_title"), bold=True, keep=True)
    for one in found:
        codes = says("report_need_codes", codes=", ".join(one.codes)) if one.codes else ""
        letter.line(f"- {one.text} {codes}".rstrip())


def late(letter: LetterDocument, details: tuple[LateCase, ...], says: Says, hidden: frozenset[str]) -> None:
    """Every late ticket with cause and remedy, or that nobody has explained it (002-22)."""
    if not details:
        letter.line(says("report_no_late"))
        return
    columns = (
        LetterColumn(says("report_column_number"), 10),
        LetterColumn(says("report_column_code"), 16),
        LetterColumn(says("report_column_dates"), 24),
        LetterColumn(says("report_column_days_late"), 15),
        LetterColumn(says("report_column_owner"), 26, LEFT_SIDE),
        LetterColumn(says("report_column_cause"), 38, LEFT_SIDE),
        LetterColumn(says("report_column_remedy"), 36, LEFT_SIDE),
    )
    rows = []
    for number, case in enumerate(details, start=1):
        sealed = case.sealed or case.code in hidden
        code, *dates, days, owner, cause, remedy = late_row(case, says, sealed=sealed)
        when = dates[0] if sealed else "\n".join(dates)
        rows.append((str(number), code, when, days, owner, cause, remedy))
    letter.table(columns, rows, SMALL)


def obstacles(letter: LetterDocument, details: tuple[ReportedObstacle, ...], says: Says) -> None:
    """Khó khăn, vướng mắc with owner and state: the open ones, and those removed in the period (001-18)."""
    if not details:
        letter.line(says("obstacle_none_reported"))
        return
    columns = (
        LetterColumn(says("report_column_number"), 10),
        LetterColumn(says("obstacle_text"), 62, LEFT_SIDE),
        LetterColumn(says("obstacle_owner"), 30, LEFT_SIDE),
        LetterColumn(says("obstacle_raised"), 22),
        LetterColumn(says("obstacle_standing"), 41, LEFT_SIDE),
    )
    rows = [(str(number), *obstacle_row(one, says)) for number, one in enumerate(details, start=1)]
    letter.table(columns, rows, SMALL)


def checks(letter: LetterDocument, details: tuple[ReportedCheck, ...], says: Says) -> None:
    """Checks of officials' work with the guidance given (004-15)."""
    if not details:
        letter.line(says("work_check_none_reported"))
        return
    columns = (
        LetterColumn(says("report_column_number"), 10),
        LetterColumn(says("work_check_day"), 23),
        LetterColumn(says("work_check_checker"), 30, LEFT_SIDE),
        LetterColumn(says("work_check_unit"), 30, LEFT_SIDE),
        LetterColumn(says("work_check_content"), 36, LEFT_SIDE),
        LetterColumn(says("work_check_guidance"), 36, LEFT_SIDE),
    )
    letter.table(columns, [(str(number), *check_row(one)) for number, one in enumerate(details, 1)], SMALL)


def words(letter: LetterDocument, report: Report, team: TeamPart | None, says: Says) -> None:
    """Results and proposals as people wrote them: the team (001-16), then the office (001-17)."""
    number = 0
    if report.kind == WEEKLY:
        number += 1
        letter.line(f"{number}. {says('report_team_part')}", bold=True, keep=True)
        letter.lines(report.team_part or says("report_team_missing"))
        if team is not None and team.late:
            letter.line(f"({says('report_team_late', at=_moment(team.handed_in_at))})", italic=True)
    letter.line(f"{number + 1}. {says('report_remarks')}", bold=True, keep=True)
    letter.lines(report.remarks or says("report_no_words"))


def _moment(instant: datetime) -> str:
    return f"{local(instant):%d/%m/%Y %H:%M}"
