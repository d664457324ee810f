"""Which numbers were printed, on which form, and for which dossier: by them a photograph is understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select
from sqlalchemy.exc import IntegrityError

from logbook.database.tables import dossiers, printed_slips, slips
from logbook.ratings.instruments import Identity, Instrument
from logbook.ratings.slip_values import LONGEST_REFERENCE, SlipRefusedError, reference_of


@dataclass(frozen=True, slots=True)
class BlankSlip:
    """A slip before it is filled in; `reference` is printed on it where its dossier is known."""

    number: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """A number that was printed: the form on it, and its dossier's reference, or nothing."""

    number: str
    form: Identity
    reference: str


def record(
    conn: Connection, blanks: Sequence[BlankSlip], instrument: Instrument, by: int | None, now: datetime
) -> None:
    """Keep what is printed; the same again changes nothing.

    SlipRefusedError where a dossier is unknown, or a number was printed with another dossier or form.
    """
    ids = _dossiers(conn, [one.reference for one in blanks if one.reference])
    known = of_numbers(conn, [one.number for one in blanks])
    for one in blanks:
        before = known.get(one.number)
        if before is not None and (before.reference, before.form) != (one.reference, instrument.identity):
            raise SlipRefusedError("printed_otherwise", number=one.number)
    key, version = instrument.identity
    rows = [
        {
            "number": one.number,
            "dossier_id": ids.get(one.reference),
            "form_key": key,
            "form_version": version,
            "printed_by": by,
            "printed_at": now,
        }
        for one in blanks
        if one.number not in known
    ]
    if not rows:
        return
    try:
        with conn.begin_nested():
            conn.execute(insert(printed_slips), rows)
    except IntegrityError:  # somebody printed one of them meanwhile
        raise SlipRefusedError("printed_otherwise", number=blanks[0].number) from None


def of_numbers(conn: Connection, numbers: Sequence[str]) -> Mapping[str, PrintedSlip]:
    """Return what was printed, by number."""
    table = printed_slips
    query = (
        select(table.c.number, table.c.form_key, table.c.form_version, dossiers.c.reference)
        .outerjoin(dossiers, dossiers.c.id == table.c.dossier_id)
        .where(table.c.number.in_(numbers))
    )
    return {
        row.number: PrintedSlip(row.number, (row.form_key, row.form_version), row.reference or "")
        for row in conn.execute(query)
    }


def without_slip(conn: Connection, since: datetime, limit: int) -> list[str]:
    """Return references of dossiers finished since then that have neither a slip nor a printed one."""
    query = (
        select(dossiers.c.reference)
        .where(
            dossiers.c.finished_at >= since,
            ~exists().where(slips.c.dossier_id == dossiers.c.id, slips.c.valid),
            ~exists().where(printed_slips.c.dossier_id == dossiers.c.id),
        )
        .order_by(dossiers.c.finished_at, dossiers.c.id)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def _dossiers(conn: Connection, references: Sequence[str]) -> Mapping[str, int]:
    query = select(dossiers.c.reference, dossiers.c.id).where(dossiers.c.reference.in_(references))
    found: dict[str, int] = {row.reference: row.id for row in conn.execute(query)}
    for reference in references:
        if reference not in found:
            raise SlipRefusedError("dossier_unknown", reference=reference[:LONGEST_REFERENCE])
    return found


def references_in(text: str) -> list[str]:
    """The references somebody typed, one a line, each once."""
    typed = (reference_of(line[:200]) for line in text.splitlines())
    return list(dict.fromkeys(one for one in typed if one))
