"""Writes the confirmed figures of all offices as the province's document (NĐ 30/2020, rules B3)."""

from __future__ import annotations

from datetime import datetime

from logbook.console.province import shown
from logbook.console.province.table import OfficeMonth, ProvinceMonth
from logbook.console.words import Words
from logbook.reports.document import (
    AGENCY_SIDE,
    CAPITALS,
    MOTTO,
    MOTTO_LINE,
    STATE_SIDE,
    agency_lines,
    date_line,
)
from logbook.reports.letter import (
    BODY,
    LEFT_SIDE,
    MIDDLE,
    SMALL,
    WIDTH,
    LetterColumn,
    LetterDocument,
    into,
)

_WIDTHS = (10.0, 41.0, 38.0, 27.0, 24.0, 25.0)
_COLUMNS = ("number", "office", "report", "index", "answer", "quota")


def written(found: ProvinceMonth, province: str, says: Words, now: datetime, mark: str = "") -> bytes:
    """Return the month as .docx, a draft for the province's registry to number."""
    agency = says("province_agency", province=province)
    subject = says("province_doc_subject", month=int(found.month[5:]), year=found.month[:4])
    letter = LetterDocument(subject, agency)
    if mark:
        letter.mark(mark)
    _head(letter, agency, province, subject, says, now)
    letter.line(says("province_doc_opening", province=province, month=shown.month(found.month)))
    for sentence in summary(found, says):
        letter.line(sentence)
    letter.heading(says("province_doc_table"))
    columns = [
        LetterColumn(
            says(f"province_column_{name}"), width, LEFT_SIDE if name in ("office", "report") else MIDDLE
        )
        for name, width in zip(_COLUMNS, _WIDTHS, strict=True)
    ]
    letter.table(columns, [_row(at, one, says) for at, one in enumerate(found.confirmed, 1)], SMALL)
    letter.heading(says("province_doc_missing"))
    names = "; ".join(one.name for one in found.missing)
    letter.line(
        says("province_missing", count=len(found.missing), names=names)
        if names
        else says("province_all_there")
    )
    letter.line(says("province_method"), italic=True)
    below, signs = letter.columns((WIDTH / 2, WIDTH / 2))
    into(below, says("report_doc_recipients"), 12, bold=True, italic=True, align=LEFT_SIDE)
    for line in (says("province_doc_to", agency=agency), f"- {says('report_doc_archive')}"):
        into(below, line, 11, align=LEFT_SIDE)
    into(signs, says("province_doc_signed_for"), BODY, bold=True)
    for _ in range(4):
        signs.add_paragraph()
    return letter.saved()


def summary(found: ProvinceMonth, says: Words) -> list[str]:
    """The month in sentences: how many confirmed, and the three sums, each with how many offices it is of."""
    sums = {"index": found.index, "answer": found.answers, "quota": found.slips}
    told = [says("province_confirmed", count=len(found.confirmed), all=len(found.rows))]
    for name, one in sums.items():
        if one.sum.of:
            words = {"part": one.sum.part, "of": one.sum.of, "offices": one.offices}
            told.append(says(f"province_sum_{name}", share=shown.share(one.sum, says), **words))
    return told


def _head(
    letter: LetterDocument, agency: str, province: str, subject: str, says: Words, now: datetime
) -> None:
    left, right = letter.columns((AGENCY_SIDE, STATE_SIDE))
    for text in agency_lines(agency):
        into(left, text.upper(), CAPITALS, bold=True)
    letter.rule(AGENCY_SIDE * 0.4, AGENCY_SIDE, left)
    into(left, says("report_doc_number", number=" " * 7, sign="BC-UBND"), 13)
    into(right, says("report_doc_state"), CAPITALS, bold=True)
    into(right, says("report_doc_motto"), MOTTO, bold=True)
    letter.rule(MOTTO_LINE, STATE_SIDE, right)
    place = province.removeprefix("tỉnh ").removeprefix("thành phố ").strip()
    into(right, date_line(place, now, says), MOTTO, italic=True)
    letter.gap()
    letter.line(says("report_doc_draft"), bold=True, align=LEFT_SIDE, indent=False)
    letter.line(says("report_doc_kind"), bold=True, align=MIDDLE, indent=False)
    letter.line(subject, bold=True, align=MIDDLE, indent=False)
    letter.rule(55, WIDTH)
    letter.gap()


def _row(number: int, row: OfficeMonth, says: Words) -> tuple[str, ...]:
    one, received = row.figures, row.received
    if one is None or received is None:
        return (str(number), row.name, *("–",) * 4)
    answer = one.deadlines.answer
    index = shown.of(one.index, one, says)
    return (
        str(number),
        row.name,
        shown.report(received, says),
        index if one.index.tenths is None else f"{shown.share(one.index, says)} ({index})",
        shown.of(answer, one, says),
        shown.quota(one, says),
    )
