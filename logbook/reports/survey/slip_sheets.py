"""Slips to be printed: A5, one a page, each with its number in words and in a QR code at every corner."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from docx import Document
from docx.document import Document as Written
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.parfmt import ParagraphFormat

from logbook.ratings.instruments import Instrument
from logbook.reports.shown import Says

MOST = 200
"""Slips of one file."""
PAGE = (148, 210)
MARGIN, CODE = 9, 17
"""Millimetres: around the page, and the side of a QR code."""
TEXT, BOX = 85, 9
"""Millimetres of an item's words and of one box."""
COMMENT_LINES = 5
CORNERS = ("1", "2", "3", "4")
"""Left and right above, left and right below: by them a reader of photographs knows how the paper lies."""


def code_of(number: str, corner: str) -> str:
    """What the QR code of one corner says."""
    return f"{number}#{corner}"


def written(agency: str, instrument: Instrument, numbers: Sequence[str], says: Says) -> bytes:
    """Return the slips of these numbers as .docx, in this order, one a page of A5."""
    document = Document()
    _page(document)
    for place, number in enumerate(numbers):
        _slip(document, agency, instrument, number, says, first=place == 0)
    _thin(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _page(document: Written) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(MARGIN))
    section.header_distance = section.footer_distance = Mm(4)
    font = document.styles["Normal"].font
    font.name, font.size = "Times New Roman", Pt(10.5)
    document.styles["Normal"].element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    document.styles["Normal"].paragraph_format.space_after = Pt(0)


def _slip(
    document: Written, agency: str, instrument: Instrument, number: str, says: Says, *, first: bool
) -> None:
    if not first:
        _thin(document).page_break_before = True
    above = _corners(document, number, CORNERS[:2])
    middle = above.rows[0].cells[1]
    _line(middle.paragraphs[0], agency.upper(), bold=True, middle=True)
    _line(middle.add_paragraph(), instrument.title.upper(), bold=True, middle=True, size=9.5)
    _line(
        middle.add_paragraph(), says("slip_print_basis", basis=instrument.legal_basis), middle=True, size=8.5
    )
    _line(document.add_paragraph(), says("slip_print_number", number=number), bold=True)
    _line(document.add_paragraph(), says("slip_print_dossier") + " " + "." * 60)
    box, kinds = "☐", (says("slip_respondent_individual"), says("slip_respondent_organisation"))
    respondent = f"{says('slip_respondent')}:   {box} {kinds[0]}      {box} {kinds[1]}"
    _line(document.add_paragraph(), respondent)
    _line(document.add_paragraph(), says("slip_print_help"), size=9)
    _items(document, instrument)
    _line(document.add_paragraph(), says("slip_comment") + ": " + "." * 86)
    for _ in range(COMMENT_LINES):
        _line(document.add_paragraph(), "." * 98)
    below = _corners(document, number, CORNERS[2:])
    _line(below.rows[0].cells[1].paragraphs[0], says("slip_print_thanks"), middle=True, size=9)


def _thin(document: Written) -> ParagraphFormat:
    """A paragraph that takes no room: between two slips."""
    shape: ParagraphFormat = document.add_paragraph().paragraph_format
    shape.line_spacing = Pt(1)
    return shape


def _corners(document: Written, number: str, corners: Sequence[str]) -> Table:
    """A row with a QR code on the left and on the right, and room between."""
    table: Table = document.add_table(rows=1, cols=3)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    left, _, right = table.rows[0].cells
    _widths(table, (CODE + 3, PAGE[0] - 2 * MARGIN - 2 * (CODE + 3), CODE + 3))
    for cell, corner in ((left, corners[0]), (right, corners[1])):
        image = io.BytesIO()
        segno.make(code_of(number, corner), error="m", micro=False).save(image, kind="png", scale=8, border=4)
        image.seek(0)
        cell.paragraphs[0].add_run().add_picture(image, width=Mm(CODE))
    right.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return table


def _items(document: Written, instrument: Instrument) -> None:
    marks = range(instrument.lowest, instrument.highest + 1)
    table = document.add_table(rows=0, cols=1 + len(marks))
    table.style = "Table Grid"
    for place, item in enumerate(instrument.criteria, 1):
        words, *boxes = table.add_row().cells
        _line(words.paragraphs[0], f"{place}. {item.name}", size=9.5)
        for cell, mark in zip(boxes, marks, strict=True):
            _line(cell.paragraphs[0], str(mark), middle=True, size=8)
            _line(cell.add_paragraph(), "☐", middle=True, size=15)
    _widths(table, (TEXT, *[BOX] * len(marks)))


def _widths(table: Table, millimetres: Sequence[int]) -> None:
    """Set the width of each column; word processors read it from the grid, others from the cells."""
    table.autofit = False
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _line(
    paragraph: Paragraph, text: str, *, bold: bool = False, middle: bool = False, size: float | None = None
) -> None:
    run = paragraph.add_run(text)
    run.bold = bold
    if size is not None:
        run.font.size = Pt(size)
    if middle:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
