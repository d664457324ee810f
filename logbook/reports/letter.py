"""Lays out a sheet by NĐ 30/2020, Annex I: A4, Times New Roman, page numbers on top (B3)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.document import Document as DocumentOf
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from logbook.plain_text import clean

FONT = "Times New Roman"
TOP, BOTTOM, LEFT, RIGHT = 20, 20, 30, 15
"""Margins in millimetres."""
WIDTH = 210 - LEFT - RIGHT
"""Millimetres between the margins."""
BODY, CELL, SMALL = 14, 12, 11
"""Sizes in points: running text, tables, and tables of many columns."""
LEFT_SIDE = WD_ALIGN_PARAGRAPH.LEFT
MIDDLE = WD_ALIGN_PARAGRAPH.CENTER
JUSTIFIED = WD_ALIGN_PARAGRAPH.JUSTIFY
_BREAKS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class LetterColumn:
    """A column of a table: its heading, its width in millimetres, and how its cells stand."""

    title: str
    width: float
    align: WD_ALIGN_PARAGRAPH = MIDDLE


class LetterDocument:
    """One document being written, from the top."""

    def __init__(self, title: str, author: str) -> None:
        """An empty sheet; `title` and `author` are what the file says of itself."""
        self.document: DocumentOf = Document()
        self._set_page()
        self._set_font()
        self._number_pages()
        properties = self.document.core_properties
        properties.title, properties.author = clean(title)[:255], clean(author)[:255]
        properties.comments, properties.language = "", "vi-VN"

    # --- writing

    def line(
        self,
        text: str,
        *,
        size: float = BODY,
        bold: bool = False,
        italic: bool = False,
        align: WD_ALIGN_PARAGRAPH = JUSTIFIED,
        indent: bool = True,
        keep: bool = False,
    ) -> Paragraph:
        """Write one paragraph: justified, first line 1.27 cm, 6 points after it."""
        paragraph = self.document.add_paragraph()
        paragraph.alignment = align
        form = paragraph.paragraph_format
        form.space_before, form.space_after = Pt(0), Pt(6)
        form.first_line_indent = Mm(12.7) if indent else None
        form.keep_with_next = keep
        write(paragraph, text, size, bold=bold, italic=italic)
        return paragraph

    def lines(self, text: str) -> None:
        """Write a text somebody typed, each of its lines a paragraph."""
        for part in _BREAKS.split(text.strip()):
            if part:
                self.line(part)

    def heading(self, text: str) -> None:
        """Write the heading of a part; it never stands alone at the foot of a page."""
        paragraph = self.line(text, bold=True, keep=True)
        paragraph.paragraph_format.space_before = Pt(6)

    def rule(self, width: float, within: float, place: _Cell | None = None) -> None:
        """Draw a line `width` millimetres long in the middle of `within`."""
        paragraph = (place or self.document).add_paragraph()
        form = paragraph.paragraph_format
        form.left_indent = form.right_indent = Mm(max(0, (within - width) / 2))
        form.space_before, form.space_after = Pt(4), Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
        border = OxmlElement("w:pBdr")
        border.append(_element("w:top", val="single", sz="6", space="0", color="000000"))
        # Word insists on this order within the paragraph's properties.
        paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001
            border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )

    def columns(self, widths: Sequence[float]) -> tuple[_Cell, ...]:
        """Put cells without borders side by side and return them, each with one empty paragraph."""
        table = self.document.add_table(rows=1, cols=len(widths))
        _fix(table, widths, margin=0)
        _keep_together(table.rows[0])
        return tuple(table.rows[0].cells)

    def table(
        self, columns: Sequence[LetterColumn], rows: Sequence[Sequence[str]], size: float = CELL
    ) -> None:
        """Write a table whose heading is repeated on every page; a row of one cell is a heading within."""
        table = self.document.add_table(rows=1, cols=len(columns))
        table.style = "Table Grid"
        _fix(table, [column.width for column in columns], margin=1)
        heading = table.rows[0]
        for cell, column in zip(heading.cells, columns, strict=True):
            _fill(cell, column.title, size, MIDDLE, bold=True)
        properties = heading._tr.get_or_add_trPr()  # noqa: SLF001
        properties.append(_element("w:cantSplit"))
        properties.append(_element("w:tblHeader"))
        widths: list[Length] = [Mm(column.width) for column in columns]
        for row in rows:
            _add_row(table, columns, widths, row, size)
        self.gap()

    def gap(self) -> None:
        """Leave half a line free."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        paragraph.paragraph_format.line_spacing = Pt(8)

    def mark(self, text: str) -> None:
        """Write `text` at the top of every page, in capitals of its own."""
        section = self.document.sections[0]
        for header in (section.first_page_header, section.header):
            paragraph = header.add_paragraph()
            paragraph.alignment = MIDDLE
            write(paragraph, text, BODY, bold=True)

    def saved(self) -> bytes:
        """Return the file."""
        file = io.BytesIO()
        self.document.save(file)
        return file.getvalue()

    # --- the sheet

    def _set_page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
        section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
        section.header_distance = section.footer_distance = Mm(10)

    def _set_font(self) -> None:
        styles = self.document.styles
        for fonts in styles.element.iter(qn("w:rFonts")):
            for name in list(fonts.attrib):
                del fonts.attrib[name]
            for name in ("ascii", "hAnsi", "eastAsia", "cs"):
                fonts.set(qn(f"w:{name}"), FONT)
        for language in styles.element.iter(qn("w:lang")):
            language.set(qn("w:val"), "vi-VN")
        normal = styles["Normal"]
        normal.font.name, normal.font.size = FONT, Pt(BODY)
        _of_all_scripts(normal.element.get_or_add_rPr())
        normal.paragraph_format.space_after = Pt(0)
        normal.paragraph_format.line_spacing = 1.0

    def _number_pages(self) -> None:
        section = self.document.sections[0]
        section.different_first_page_header_footer = True
        paragraph = section.header.paragraphs[0]
        paragraph.alignment = MIDDLE
        for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("shown", "2"), ("end", "")):
            run = _sized(paragraph.add_run(), 13)
            if kind == "shown":
                run.text = text
            elif kind:
                run._r.append(_element("w:fldChar", fldCharType=kind))  # noqa: SLF001
            else:
                code = _element("w:instrText")
                code.text = text
                run._r.append(code)  # noqa: SLF001


def write(paragraph: Paragraph, text: str, size: float, *, bold: bool = False, italic: bool = False) -> None:
    """Add words to a paragraph."""
    run = _sized(paragraph.add_run(clean(text)), size)
    run.bold, run.italic = bold, italic


def into(
    cell: _Cell,
    text: str,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    align: WD_ALIGN_PARAGRAPH = MIDDLE,
) -> None:
    """Write a paragraph into a cell; the first one takes the place of the empty one it begins with."""
    first = cell.paragraphs[0]
    paragraph = first if not first.runs and len(cell.paragraphs) == 1 else cell.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(0)
    write(paragraph, text, size, bold=bold, italic=italic)


def _add_row(
    table: Table, columns: Sequence[LetterColumn], widths: Sequence[Length], row: Sequence[str], size: float
) -> None:
    added: _Row = table.add_row()  # type: ignore[no-untyped-call]
    _keep_together(added)
    cells = added.cells
    if len(row) == 1:
        merged = cells[0].merge(cells[-1])
        _fill(merged, row[0], size, LEFT_SIDE, bold=True)
        merged.paragraphs[0].paragraph_format.keep_with_next = True
        return
    for cell, column, width, text in zip(cells, columns, widths, row, strict=True):
        cell.width = width
        _fill(cell, text, size, column.align)


def _fill(cell: _Cell, text: str, size: float, align: WD_ALIGN_PARAGRAPH, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    write(paragraph, text, size, bold=bold)


def _fix(table: Table, widths: Sequence[float], margin: float) -> None:
    """Give a table exactly these widths in millimetres, and its cells this margin to both sides."""
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    inside = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        inside.append(_element(f"w:{side}", w=str(round(margin * 56.7)), type="dxa"))
    table._tbl.tblPr.append(inside)  # noqa: SLF001
    for column, cell, width in zip(table.columns, table.rows[0].cells, widths, strict=True):
        column.width = cell.width = Mm(width)


def _keep_together(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(_element("w:cantSplit"))  # noqa: SLF001


def _sized(run: Run, size: float) -> Run:
    run.font.size, run.font.name = Pt(size), FONT
    _of_all_scripts(run._r.get_or_add_rPr())  # noqa: SLF001
    return run


def _of_all_scripts(properties: object) -> None:
    """Times New Roman for every script: python-docx sets two of the four, and Word minds w:eastAsia."""
    fonts = properties.find(qn("w:rFonts"))  # type: ignore[attr-defined]
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), FONT)


def _element(tag: str, **attributes: str) -> Any:
    made: Any = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made
