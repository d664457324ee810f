"""Finds paper slips: by id, by number, by dossier, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, Select, select, union

from logbook.database.tables import criteria, dossiers, people, ratings, responses, slips
from logbook.ratings.slip_values import Answers, PaperSlip, Respondent, Source, number_of, reference_of


def find(conn: Connection, slip_id: int) -> PaperSlip | None:
    """Return the slip of that id, or None."""
    found = _read(conn, _SLIPS.where(slips.c.id == slip_id))
    return found[0] if found else None


def of_number(conn: Connection, number: str) -> PaperSlip | None:
    """Return the slip of that number, however it was typed, or None."""
    found = _read(conn, _SLIPS.where(slips.c.number == number_of(number)))
    return found[0] if found else None


def recent(conn: Connection, limit: int, before: int | None = None, asked: str = "") -> list[PaperSlip]:
    """Return the newest slips first; `asked` is a slip's number or a dossier's reference."""
    query = _SLIPS.order_by(slips.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(slips.c.id < before)
    if asked:
        found = reference_of(asked)
        of_dossier = select(slips.c.id).join(dossiers, dossiers.c.id == slips.c.dossier_id)
        ids = union(
            select(slips.c.id).where(slips.c.number == found),
            of_dossier.where(dossiers.c.reference == found),
        )
        query = query.where(slips.c.id.in_(ids))
    return _read(conn, query)


def of_ids(conn: Connection, slip_ids: Sequence[int]) -> list[PaperSlip]:
    """Return the slips of those ids, in no order."""
    return _read(conn, _SLIPS.where(slips.c.id.in_(slip_ids)))


def of_numbers(conn: Connection, numbers: Sequence[str]) -> list[PaperSlip]:
    """Return the slips of those numbers, written as they are kept, in no order."""
    return _read(conn, _SLIPS.where(slips.c.number.in_(numbers)))


_SLIPS: Select[tuple[object, ...]] = (
    select(
        *(slips.c[name] for name in ("id", "number", "dossier_id", "response_id", "respondent", "comment")),
        *(slips.c[name] for name in ("source", "entered_at", "valid", "void_reason", "version")),
        dossiers.c.reference,
        dossiers.c.finished_at,
        responses.c.set_id,
        people.c.name.label("entered_by"),
    )
    .join(dossiers, dossiers.c.id == slips.c.dossier_id)
    .join(responses, responses.c.id == slips.c.response_id)
    .outerjoin(people, people.c.id == slips.c.entered_by)
)


def _read(conn: Connection, query: Select[tuple[object, ...]]) -> list[PaperSlip]:
    rows = conn.execute(query).all()
    answers = _answers(conn, [row.response_id for row in rows])
    return [_slip(row, answers[row.response_id]) for row in rows]


def _answers(conn: Connection, response_ids: Sequence[int]) -> Mapping[int, Answers]:
    found: dict[int, list[int | None]] = {each: [] for each in response_ids}
    query = (
        select(ratings.c.response_id, ratings.c.value)
        .join(criteria, criteria.c.id == ratings.c.criterion_id)
        .where(ratings.c.response_id.in_(response_ids))
        .order_by(ratings.c.response_id, criteria.c.position)
    )
    for row in conn.execute(query):
        found[row.response_id].append(row.value)
    return {each: tuple(marks) for each, marks in found.items()}


def _slip(row: Row[tuple[object, ...]], answers: Answers) -> PaperSlip:
    details = row._asdict()
    details |= {
        "answers": answers,
        "respondent": Respondent(details["respondent"]),
        "source": Source(details["source"]),
        "entered_by": details["entered_by"] or "",
        "void_reason": details["void_reason"] or "",
    }
    return PaperSlip(**details)
