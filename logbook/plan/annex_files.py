"""Opens a file with a plan's annex, text, CSV, XLSX or DOCX, and finds title, legal basis and recipients."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from logbook.dossiers import source
from logbook.dossiers.unreadable import UnreadableFileError
from logbook.plain_text import folded, plain_text
from logbook.plan import annex
from logbook.plan.annex import COLUMNS, AnnexProblem, AnnexRefusedError, AnnexTask

MOST_BYTES = 2 * 1024 * 1024
_MOST_UNPACKED = 40 * 1024 * 1024
_BREAKS = re.compile(r"</?(?:p|li|ul|ol|br|div|tr|td)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:b|i|u|em|strong|span|sup|sub|font)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_YEAR = re.compile(r"nam (20\d\d)", re.ASCII)
_LONGEST_BASIS, _MOST_RECIPIENTS = 2000, 100

Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class ReadAnnex:
    """What a file says of a plan; `title` is "" and `year` None where it says nothing."""

    title: str
    year: int | None
    legal_basis: str
    recipients: tuple[str, ...]
    tasks: tuple[AnnexTask, ...]


def read(file: bytes, name_of_all: str) -> ReadAnnex:
    """Read a file; UnreadableFileError for no such file, AnnexRefusedError for rows that are wrong."""
    if not file.strip():
        raise UnreadableFileError("empty")
    if len(file) > MOST_BYTES:
        raise UnreadableFileError("too_large", most=str(MOST_BYTES // 1024 // 1024))
    for lines in _tables(file):
        found = next(
            ((at, where) for at, (_, cells) in enumerate(lines) if (where := annex.places(cells))), None
        )
        if found is not None:
            at, where = found
            above = [" ".join(cell for cell in cells if cell) for _, cells in lines[:at]]
            tasks = annex.read(_columns(lines[at:], where), name_of_all)
            title = _title(above)
            year = _YEAR.search(folded(title))
            return ReadAnnex(
                title, int(year[1]) if year else None, _basis(above), _recipients(above), tuple(tasks)
            )
    raise AnnexRefusedError([AnnexProblem(0, "plan_row_headings", {"columns": ", ".join(COLUMNS)})])


def sentence_of(problem: UnreadableFileError) -> str:
    """Return the text key that says why a file cannot be read, in the words of plans where they differ."""
    name = problem.key.removeprefix("dossier_file_")
    return f"plan_file_{name}" if name in ("unknown", "too_large", "bomb") else problem.key


def _columns(lines: Sequence[Line], where: tuple[int, ...]) -> Iterator[Line]:
    """The five columns of each row below the headings; headings repeated on each page are passed over."""
    problems, rows = [], []
    width = len(lines[0][1])
    for number, cells in lines[1:]:
        filled = [cell for cell in cells if cell]
        if not filled or annex.places(cells) or _is_page_number(cells) or _is_rule(filled):
            continue
        words = {"count": str(len(cells)), "expected": str(len(COLUMNS))}
        if any(cells[width:]):
            problems.append(AnnexProblem(number, "plan_row_columns_many", words))
            continue
        is_whole = len(cells) >= width or not cells[0] or annex.number_of(cells[0].strip(" .)")) is not None
        if not is_whole or (len(cells) == 1 and cells[0]):
            problems.append(AnnexProblem(number, "plan_row_columns_few", words))
            continue
        padded = [*cells, *[""] * (width - len(cells))]
        rows.append((number, [padded[place] for place in where]))
    if problems:
        try:
            annex.read(rows, "")
        except AnnexRefusedError as others:
            problems += [one for one in others.problems if one.is_of_its_own]
        raise AnnexRefusedError(problems)
    yield from rows


def _is_page_number(cells: Sequence[str]) -> bool:
    return len(cells) == 1 and cells[0].strip("- ").isdecimal()


def _is_rule(filled: Sequence[str]) -> bool:
    """A line drawn of dashes."""
    return len(filled) > 1 and not "".join(filled).strip("-=: ")


# --- files ------------------------------------------------------------------------------------------------


def _tables(file: bytes) -> Iterator[list[Line]]:
    if file.startswith(b"PK") and _is_word(file):
        yield from _word(file)
        return
    if not file.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        yield _with_tabs(_decoded(file))
    elif file.startswith(b"%PDF"):
        raise UnreadableFileError("unknown")
    for table in source.tables(file):
        try:
            yield [(number, [_cell(cell) for cell in row]) for number, row in table.rows]
        except UnreadableFileError:
            if file.startswith(b"PK"):
                raise


def _decoded(file: bytes) -> str:
    try:
        if file.startswith((b"\xff\xfe", b"\xfe\xff")):
            return file.decode("utf-16")
        return file.decode("utf-8-sig")
    except UnicodeError:
        raise UnreadableFileError("encoding") from None


def _with_tabs(text: str) -> list[Line]:
    """Lines with tabs between the columns, as a document's table is copied as plain text."""
    return [
        (number, [_cell(cell) for cell in line.split("\t")])
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1)
        if line.strip()
    ]


def _is_word(file: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise UnreadableFileError("bomb")
            return "word/document.xml" in packed.namelist()
    except zipfile.BadZipFile:
        raise UnreadableFileError("unknown") from None


def _word(file: bytes) -> Iterator[list[Line]]:
    """Each table of a document that has the columns, with the document's paragraphs above it.

    Tables of the same columns follow one another where a document was cut at its pages.
    """
    from docx import Document  # loaded when somebody brings such a file

    try:
        document = Document(io.BytesIO(file))
    except (KeyError, ValueError, zipfile.BadZipFile, SyntaxError):
        raise UnreadableFileError("unknown") from None
    above: list[Line] = [(0, [_cell(one.text)]) for one in document.paragraphs]
    rows: list[Line] = []
    for table in document.tables:
        cells = [[_cell(cell.text) for cell in row.cells] for row in table.rows]
        if rows or any(annex.places(row) for row in cells):
            rows += [(0, row) for row in cells if rows or len(row) >= len(COLUMNS)]
        else:
            above += [(0, row) for row in cells]
    yield [*above, *((number, row) for number, (_, row) in enumerate(rows, 1))]


def _cell(cell: source.Cell) -> str:
    """A cell as text: what a page's markup says is a line, everything else of it goes."""
    match cell:
        case None:
            return ""
        case datetime() | date():
            return cell.strftime("%d/%m/%Y")
        case float() if cell.is_integer():
            return str(int(cell))
    text = plain_text(str(cell), 200_000)
    bare = _TAGS.sub("", _BREAKS.sub("\n", text))
    text = html.unescape(bare) if bare != text else text
    lines = (" ".join(line.split()) for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


# --- what stands above the table --------------------------------------------------------------------------


def _bare(line: str) -> str:
    return line.strip(" #*_>").replace("**", "").strip()


def _title(above: Sequence[str]) -> str:
    """What follows the line KẾ HOẠCH."""
    lines = [bare for line in above for one in line.split("\n") if (bare := _bare(one))]
    for at, line in enumerate(lines[:-1]):
        if folded(line) == "ke hoach":
            return lines[at + 1][: annex.LONGEST_TITLE]
    return ""


def _basis(above: Sequence[str]) -> str:
    """The sentences that begin with Căn cứ, one a line."""
    found = [_bare(one).split(". ")[0].rstrip(";.") for line in above for one in line.split("\n")]
    return "\n".join(one for one in found if folded(one).startswith("can cu "))[:_LONGEST_BASIS]


def _recipients(above: Sequence[str]) -> tuple[str, ...]:
    """The list below Nơi nhận, as the document has it (004-13)."""
    found: list[str] = []
    begun = False
    for line in (_bare(one) for block in above for one in block.split("\n")):
        if folded(line).startswith("noi nhan"):
            begun = True
        elif begun and line.startswith("-"):
            found.append(line.strip("-;. ")[:200])
        elif begun and found and line:
            break
    return tuple(found[:_MOST_RECIPIENTS])
