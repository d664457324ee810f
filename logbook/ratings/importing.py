"""Imports slips from a file: the same file again changes nothing, a bad row is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.engine import Database
from logbook.dossiers import headings, source
from logbook.dossiers.draft import BadRowError
from logbook.dossiers.headings import Known
from logbook.dossiers.importing import RefusedRow
from logbook.dossiers.source import Cell
from logbook.plain_text import TooLongError, folded
from logbook.ratings import campaign, slip_lookup, slip_values, slips
from logbook.ratings.instruments import Instrument
from logbook.ratings.slip_values import PaperSlip, Respondent, SlipRefusedError, Source, TypedSlip
from logbook.settings.loading import Settings

BATCH = 200
"""Slips of one transaction: no other writer waits longer than these take."""
NUMBER, REFERENCE, RESPONDENT, COMMENT = "Số phiếu", "Mã hồ sơ", "Đối tượng", "Ý kiến"
RESPONDENTS = {
    **dict.fromkeys(("", "ca nhan", "cong dan", "nguoi dan", "cn", "individual"), Respondent.INDIVIDUAL),
    **dict.fromkeys(("to chuc", "doanh nghiep", "tc", "dn", "organisation"), Respondent.ORGANISATION),
}
MARKS = {"rat khong hai long": 1, "khong hai long": 2, "binh thuong": 3, "hai long": 4, "rat hai long": 5}
"""Words for the marks of a scale from 1 to 5."""


@dataclass(slots=True)
class Result:
    """How many slips of a file were new, changed, as they stood, refused, or outside the campaign."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    outside: int = 0
    errors: list[RefusedRow] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many rows did not go in."""
        return len(self.errors)


class _DryRunError(Exception):
    """Takes back what a trial run wrote."""


def known(file: Path | bytes, instrument: Instrument) -> Known:
    """Find the columns of a file of slips; UnreadableFile says why the file as a whole cannot be read."""
    items = [str(place) for place in range(1, len(instrument.criteria) + 1)]
    columns = {name: name for name in (NUMBER, REFERENCE, RESPONDENT, *items, COMMENT)}
    names = {folded(name): column for name, column in columns.items()}
    return headings.find_columns(source.tables(file), names, (NUMBER, REFERENCE, *items), columns)


def entries(found: Known, instrument: Instrument) -> Iterator[tuple[int, TypedSlip] | RefusedRow]:
    """Read the rows; a number or a dossier that stands a second time in the file is refused."""
    numbers: dict[str, int] = {}
    references: dict[str, int] = {}
    for row, cells in found.rows():
        try:
            if isinstance(cells, BadRowError):
                raise cells
            entry = _entry(cells, instrument)
            first = numbers.setdefault(slip_values.number_of(entry.number), row)
            if first == row:
                first = references.setdefault(slip_values.reference_of(entry.reference), row)
            if first != row:
                raise SlipRefusedError("row_twice", first=str(first))
        except (BadRowError, SlipRefusedError) as bad:
            yield RefusedRow(row, bad.key, bad.words)
        else:
            yield row, entry


def store(
    database: Database,
    settings: Settings,
    instrument: Instrument,
    rows: Iterable[tuple[int, TypedSlip] | RefusedRow],
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> Result:
    """Import the rows, one transaction a batch; with `dry_run` nothing stays."""
    result = Result()
    for batch in _batches(rows):
        try:
            with database.writing() as conn:
                for row in batch:
                    _store(conn, settings, instrument, row, now, result)
                if dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        progress(len(batch))
    return result


def write_down(database: Database, result: Result, who: Person | str, now: datetime) -> None:
    """Record that a file changed the database, by whom and how much."""
    if result.new or result.changed:
        counts = {name: getattr(result, name) for name in ("new", "changed", "unchanged", "refused")}
        with database.writing() as conn:
            audit_log.write(conn, who, "import_slips", "slips", now, "", **counts)


def _store(
    conn: Connection,
    settings: Settings,
    instrument: Instrument,
    row: tuple[int, TypedSlip] | RefusedRow,
    now: datetime,
    result: Result,
) -> None:
    if isinstance(row, RefusedRow):
        result.errors.append(row)
        return
    number, entry = row
    try:
        before = slip_lookup.of_number(conn, entry.number)
        if before is None:
            slip = slips.enter(conn, entry, instrument, now, source=Source.FILE)
            result.new += 1
        else:
            slip, changed = _again(conn, before, entry)
            result.changed += bool(changed)
            result.unchanged += not changed
        result.outside += campaign.is_outside(settings, slip.finished_at)
    except SlipRefusedError as refused:
        result.errors.append(RefusedRow(number, refused.key, refused.words))
    except TooLongError as long:
        words = {"given": str(long.given), "limit": str(long.limit)}
        result.errors.append(RefusedRow(number, "words_too_long", words))


def _again(conn: Connection, before: PaperSlip, entry: TypedSlip) -> tuple[PaperSlip, list[str]]:
    """A slip of a file is changed by a file; one that somebody typed, or took out, is left to people."""
    same = (before.reference, before.respondent, before.answers) == (
        slip_values.reference_of(entry.reference),
        entry.respondent,
        entry.answers,
    )
    if same and (before.comment == entry.comment.strip() or before.source is not Source.FILE):
        return before, []
    if not before.valid:
        raise SlipRefusedError("number_void", number=before.number)
    if before.source is not Source.FILE:
        raise SlipRefusedError("number_typed", number=before.number)
    return slips.change(conn, before.id, before.version, entry)


def _entry(cells: Mapping[str, Cell], instrument: Instrument) -> TypedSlip:
    respondent = RESPONDENTS.get(folded(_text(cells.get(RESPONDENT))))
    if respondent is None:
        raise SlipRefusedError("respondent_bad")
    items = range(1, len(instrument.criteria) + 1)
    marks = tuple(_mark(cells.get(str(place)), place) for place in items)
    return TypedSlip(
        _text(cells.get(NUMBER)), _text(cells.get(REFERENCE)), respondent, marks, _text(cells.get(COMMENT))
    )


def _mark(cell: Cell, place: int) -> int | None:
    text = _text(cell)
    if text in ("", "0", "-", "–"):
        return None
    if (word := MARKS.get(folded(text))) is not None:
        return word
    if not (text.isascii() and text.isdecimal() and len(text) < 3):
        raise SlipRefusedError("answer_no_number", place=str(place))
    return int(text)


def _text(cell: Cell) -> str:
    """A cell as people read it: 5.0 is 5."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _batches(
    rows: Iterable[tuple[int, TypedSlip] | RefusedRow],
) -> Iterator[Sequence[tuple[int, TypedSlip] | RefusedRow]]:
    batch: list[tuple[int, TypedSlip] | RefusedRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
