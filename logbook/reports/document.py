"""Writes a report as the document that an office signs and files (NĐ 30/2020, rules B3)."""

from __future__ import annotations

import itertools
from datetime import datetime

from logbook.clock import local
from logbook.reports import attention
from logbook.reports.document_cases import checks, late, needs, obstacles, words
from logbook.reports.document_sections import section_of
from logbook.reports.figures import Figures, Letterhead
from logbook.reports.letter import (
    BODY,
    JUSTIFIED,
    LEFT_SIDE,
    MIDDLE,
    WIDTH,
    LetterDocument,
    into,
)
from logbook.reports.made import Report, TeamPart
from logbook.reports.periods import SUPERIOR, WEEKLY
from logbook.reports.sections import registry
from logbook.reports.shown import Says, days, drawn, name, span

AGENCY_SIDE, STATE_SIDE = 63.5, 104.5
"""Millimetres of the two columns at the head. Where Times New Roman is missing a wider serif is taken;
the state's name fits on one line in it too: that decides widths and sizes (NĐ 30/2020: 12 to 13 points)."""
CAPITALS, MOTTO = 12, 13
"""Points of the names in capitals, and of the motto and the date."""
MOTTO_LINE = 56.1
"""Millimetres of "Độc lập - Tự do - Hạnh phúc", bold, 13 points: its line is as long as the text."""
_CAPITAL = 2.7
"""Millimetres of a bold capital of 12 points, on the average."""
_AGENCY = "Ủy ban nhân dân"
_LEFT_FREE = " " * 7
"""The document's number is entered by the registry clerk (B3)."""


def written(
    report: Report, says: Says, team: TeamPart | None, hidden: frozenset[str], *, mark: str = ""
) -> bytes:
    """Return the report as .docx, marked as a draft until the chairman has confirmed it (004-18).

    `hidden` are the codes of late tickets the reader may not see; those in conflict and khiếu nại, tố cáo
    stand in no document, since it goes to everybody in its list of recipients (rules B10).
    """
    figures = report.counted
    letter = LetterDocument(name(report.kind, report.period, says), figures.letterhead.agency)
    if mark:
        letter.mark(mark)
    _head(letter, figures, says, draft=not report.final)
    _opening(letter, figures, says)
    outside = report.kind == SUPERIOR
    if not outside:
        needs(letter, attention.needs(report, figures, says, hidden), says)
    parts = map(roman, itertools.count(1))
    letter.heading(f"{next(parts)}. {says('report_section_late').upper()}")
    late(letter, figures.late, says, hidden)
    for section in registry.shown_in(figures):
        letter.heading(f"{next(parts)}. {says(f'report_section_{section.key}').upper()}")
        section_of(letter, section, figures, says)
    letter.heading(f"{next(parts)}. {says('report_section_obstacles').upper()}")
    obstacles(letter, figures.obstacles, says)
    if report.kind != WEEKLY:
        letter.heading(f"{next(parts)}. {says('report_section_checks').upper()}")
        checks(letter, figures.checks, says)
    letter.heading(f"{next(parts)}. {says('report_section_words').upper()}")
    words(letter, report, team, says)
    if report.final and not outside:
        letter.heading(f"{next(parts)}. {says('report_section_conclusion').upper()}")
        letter.lines(report.conclusion or "")
    period = span(report.kind, report.period, says)
    closing = says(f"report_doc_closing{_ending(figures)}", period=period, agency=figures.letterhead.agency)
    letter.line(closing, keep=True)
    _foot(letter, figures.letterhead, says)
    return letter.saved()


def _ending(figures: Figures) -> str:
    """The report to the body above is on the whole reform, not on the hotline alone (002-28)."""
    return "_superior" if figures.kind == SUPERIOR else ""


def roman(number: int) -> str:
    """Return the number of a part as documents write it, for parts 1 to 39."""
    return "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]


def date_line(place: str, instant: datetime, says: Says) -> str:
    """Return place and date: zeros before days under ten and before the months 1 and 2 only (B3)."""
    here = local(instant)
    month = f"{here.month:02d}" if here.month in (1, 2) else str(here.month)
    return says("report_doc_date", place=place, day=f"{here.day:02d}", month=month, year=here.year)


def _head(letter: LetterDocument, figures: Figures, says: Says, *, draft: bool) -> None:
    head = figures.letterhead
    left, right = letter.columns((AGENCY_SIDE, STATE_SIDE))
    for text in agency_lines(head.superior) if head.superior else ():
        into(left, text.upper(), CAPITALS)
    agency = agency_lines(head.agency)
    for text in agency:
        into(left, text.upper(), CAPITALS, bold=True)
    longest = min(AGENCY_SIDE, max(map(len, agency)) * _CAPITAL)
    letter.rule(longest * 0.4, AGENCY_SIDE, left)
    into(left, says("report_doc_number", number=_LEFT_FREE, sign=head.sign), 13)
    into(right, says("report_doc_state"), CAPITALS, bold=True)
    into(right, says("report_doc_motto"), MOTTO, bold=True)
    letter.rule(MOTTO_LINE, STATE_SIDE, right)
    into(right, date_line(head.place, figures.made_at, says), MOTTO, italic=True)
    letter.gap()
    if draft:
        letter.line(says("report_doc_draft"), bold=True, align=LEFT_SIDE, indent=False)
    letter.line(says("report_doc_kind"), bold=True, align=MIDDLE, indent=False)
    subject = says(f"report_doc_subject{_ending(figures)}", period=span(figures.kind, figures.period, says))
    letter.line(subject, bold=True, align=MIDDLE, indent=False)
    letter.rule(55, WIDTH)
    letter.gap()
    if head.addressed:
        letter.line(says("report_doc_addressed", who=head.addressed), align=MIDDLE, indent=False)


def agency_lines(agency: str) -> tuple[str, ...]:
    """The agency's name on two lines, as offices write it."""
    rest = agency.removeprefix(_AGENCY).strip()
    return (_AGENCY, rest) if agency.startswith(_AGENCY) and rest else (agency,)


def _opening(letter: LetterDocument, figures: Figures, says: Says) -> None:
    """Căn cứ in italics, each ending in ";", the last in "." (000-16), and what is reported."""
    head = figures.letterhead
    for number, basis in enumerate(head.basis, start=1):
        end = "." if number == len(head.basis) else ";"
        letter.line(says("report_doc_basis", basis=basis.rstrip(" .;")) + end, italic=True)
    period = span(figures.kind, figures.period, says)
    within = days(figures, says)
    agency = f"{head.agency} ({head.province})" if head.province else head.agency
    letter.line(says(f"report_doc_opening{_ending(figures)}", agency=agency, period=period, days=within))
    letter.line(drawn(figures, says))


def _foot(letter: LetterDocument, head: Letterhead, says: Says) -> None:
    """Nơi nhận on the left, who signs on the right; the two are never parted."""
    left, right = letter.columns((WIDTH / 2, WIDTH / 2))
    into(left, says("report_doc_recipients"), 12, bold=True, italic=True, align=LEFT_SIDE)
    for recipient in head.recipients:
        into(left, f"- {recipient.rstrip(' .;')};", 11, align=JUSTIFIED)
    into(left, f"- {says('report_doc_archive')}", 11, align=LEFT_SIDE)
    if head.signed_for:
        into(right, head.signed_for, BODY, bold=True)
    into(right, head.signer_title, BODY, bold=True)
    for _ in range(4):
        right.add_paragraph()
    into(right, head.signer, BODY, bold=True)
