"""Builds the ratings of each official for leaders: a month as .docx and .xlsx, a year for the appraisal."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logbook.ratings.comments import RatingComment
from logbook.ratings.per_official import OfOfficial
from logbook.ratings.spans import DaySpan
from logbook.reports import shown
from logbook.reports.letter import LEFT_SIDE, MIDDLE, LetterColumn, LetterDocument
from logbook.reports.shown import Says
from logbook.settings.config_file import OfficePart

_HEADINGS = (
    "people_name",
    "index_official_people",
    "report_column_answers",
    "report_column_satisfied",
    "report_column_share",
    "officials_note",
)


@dataclass(frozen=True, slots=True)
class OfficialsExport:
    """What is exported: `parts` are the quarters of a year, by name; a month has none.

    `promises` are the names of the office's promises by key, as comments carry them for tags.
    """

    span: DaySpan
    officials: Sequence[OfOfficial]
    minimum: int
    comments: Sequence[RatingComment] = ()
    parts: Sequence[tuple[str, Sequence[OfOfficial]]] = ()
    promises: Mapping[str, str] = field(default_factory=dict)


def document(export: OfficialsExport, office: OfficePart, says: Says, mark: str = "") -> bytes:
    """Return the table of each official as .docx, with the comments that were let through."""
    title = _title(export, says)
    letter = LetterDocument(title, office.agency)
    if mark:
        letter.mark(mark)
    letter.line(office.agency.upper(), bold=True, align=LEFT_SIDE, indent=False)
    letter.line(title.upper(), bold=True, align=MIDDLE, indent=False)
    letter.line(says("index_officials_help", minimum=export.minimum), italic=True)
    if export.parts:
        wide = 100 / (len(export.parts) + 1)
        headings = [*(name for name, _ in export.parts), says("report_column_share")]
        columns = [
            LetterColumn(says("people_name"), 45, LEFT_SIDE),
            *(LetterColumn(one, wide) for one in headings),
        ]
        columns.append(LetterColumn(says("officials_note"), 20))
        rows = [_year(one, export, says) for one in export.officials]
    else:
        widths = (55, 22, 20, 22, 22, 24)
        columns = [
            LetterColumn(says(key), width, LEFT_SIDE if key == "people_name" else MIDDLE)
            for key, width in zip(_HEADINGS, widths, strict=True)
        ]
        rows = [[str(cell) for cell in _row(one, export.minimum, says)] for one in export.officials]
    letter.table(columns, rows)
    if export.comments:
        letter.heading(says("comments_title"))
        for comment in export.comments:
            promised = (export.promises.get(key, key) for key in comment.promises)
            told = (comment.official, comment.procedure, comment.tags, *promised)
            about = "; ".join(part for part in told if part)
            letter.lines(f"– {comment.text}" + (f" ({about})" if about else ""))
    return letter.saved()


def workbook(export: OfficialsExport, office: OfficePart, says: Says, mark: str = "") -> bytes:
    """Return the same table as .xlsx; counts are numbers, everything else stays text (T-07)."""
    from xlsxwriter import Workbook  # loaded when somebody wants a file

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        page = book.add_worksheet(says("officials_sheet"))
        page.set_column(0, 0, 34)
        page.set_column(1, 5, 16)
        page.write_string(0, 0, " – ".join(part for part in (office.agency, mark) if part))
        page.write_string(1, 0, _title(export, says), bold)
        for column, key in enumerate(_HEADINGS):
            page.write_string(3, column, says(key), bold)
        for at, one in enumerate(export.officials, 4):
            for column, cell in enumerate(_row(one, export.minimum, says)):
                write = page.write_number if isinstance(cell, int) else page.write_string
                write(at, column, cell)
        at = 6 + len(export.officials)
        for number, comment in enumerate(export.comments):
            page.write_string(at + number, 0, comment.official)
            page.write_string(at + number, 1, comment.text)
    return file.getvalue()


def _title(export: OfficialsExport, says: Says) -> str:
    return says(
        "officials_year_title" if export.parts else "officials_month_title",
        first=f"{export.span.first:%d/%m/%Y}",
        last=f"{export.span.last:%d/%m/%Y}",
    )


def _row(one: OfOfficial, minimum: int, says: Says) -> tuple[str | int, ...]:
    return (_named(one), one.people, one.answers, one.satisfied, _share(one, says), _few(one, minimum, says))


def _year(one: OfOfficial, export: OfficialsExport, says: Says) -> list[str]:
    cells = [_named(one)]
    for _, officials in export.parts:
        part = next((each for each in officials if each.id == one.id), None)
        cells.append("–" if part is None else f"{_share(part, says)} ({part.people})")
    return [*cells, f"{_share(one, says)} ({one.people})", _few(one, export.minimum, says)]


def _named(one: OfOfficial) -> str:
    return ", ".join(part for part in (one.name, one.title) if part)


def _share(one: OfOfficial, says: Says) -> str:
    return shown.share(one.satisfied * 1000 // one.answers, says) + "%" if one.answers else "–"


def _few(one: OfOfficial, minimum: int, says: Says) -> str:
    return says("index_few") if one.people < minimum else ""
