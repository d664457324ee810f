"""Slips typed a second time, and where the two entries differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from logbook.database.tables import people, slip_checks
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ratings import slip_lookup, slip_values
from logbook.ratings.slip_values import Answers, PaperSlip, Respondent, SlipRefusedError, TypedSlip

NEWEST = 500
"""Second entries that are compared; a month of a commune has fewer."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A slip and what the second entry says otherwise: by name, `answers.3` for the third mark."""

    slip: PaperSlip
    reference: str
    respondent: Respondent
    answers: Answers
    entered_by: str
    names: tuple[str, ...]


def _upsert(insert: InsertInto) -> object:
    new = insert(slip_checks)
    details = ("reference", "respondent", "answers", "entered_by", "entered_at")
    return new.on_conflict_do_update(
        index_elements=[slip_checks.c.slip_id], set_={name: new.excluded[name] for name in details}
    )


_PUT = PerDatabase(_upsert)


def enter(conn: Connection, entry: TypedSlip, by: int, now: datetime) -> Difference | None:
    """Keep a second entry of a slip, the last one counts; return how it differs from the first, or None."""
    first = slip_lookup.of_number(conn, entry.number)
    if first is None or not first.valid:
        number = slip_values.number_of(entry.number)[: slip_values.LONGEST_NUMBER]
        raise SlipRefusedError("number_unknown", number=number)
    reference = slip_values.reference_of(entry.reference)[: slip_values.LONGEST_REFERENCE]
    values = {
        "slip_id": first.id,
        "reference": reference,
        "respondent": entry.respondent,
        "answers": json.dumps(entry.answers),
        "entered_by": by,
        "entered_at": now,
    }
    conn.execute(_PUT.on(conn), values)  # type: ignore[call-overload]
    names = _names(first, reference, entry.respondent, entry.answers)
    return Difference(first, reference, entry.respondent, entry.answers, "", names) if names else None


def differences(conn: Connection) -> tuple[list[Difference], int]:
    """Return the slips whose newest second entry differs, and how many second entries were compared."""
    query = (
        select(slip_checks, people.c.name)
        .join(people, people.c.id == slip_checks.c.entered_by)
        .order_by(slip_checks.c.entered_at.desc(), slip_checks.c.slip_id)
        .limit(NEWEST)
    )
    rows = conn.execute(query).all()
    firsts = {slip.id: slip for slip in slip_lookup.of_ids(conn, [row.slip_id for row in rows])}
    found: list[Difference] = []
    for row in rows:
        first, answers = firsts[row.slip_id], tuple(json.loads(row.answers))
        names = _names(first, row.reference, row.respondent, answers) if first.valid else ()
        if names:
            respondent = Respondent(row.respondent)
            found.append(Difference(first, row.reference, respondent, answers, row.name, names))
    return found, conn.execute(select(func.count()).select_from(slip_checks)).scalar_one()


def _names(first: PaperSlip, reference: str, respondent: str, answers: Answers) -> tuple[str, ...]:
    pairs = {"reference": (first.reference, reference), "respondent": (first.respondent, respondent)}
    for place, (one, other) in enumerate(zip(first.answers, answers, strict=False), 1):
        pairs[f"answers.{place}"] = (one, other)  # type: ignore[assignment]
    return tuple(name for name, (one, other) in pairs.items() if one != other)
