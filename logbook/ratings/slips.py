"""Paper slips: one valid slip per finished dossier (003-03), changed under a version."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, insert, select, union, update
from sqlalchemy.exc import IntegrityError

from logbook.calls import criteria as criteria_book
from logbook.calls import rating_counts
from logbook.calls.criteria import CriteriaSet
from logbook.database.tables import criteria, dossiers, people, ratings, responses, slips
from logbook.plain_text import plain_text, whole_text
from logbook.ratings.instruments import Instrument, RatingChannel, install

LONGEST_NUMBER, LONGEST_REFERENCE, LONGEST_COMMENT = 32, 64, 4000
Answers = tuple[int | None, ...]
"""One mark for each criterion in its order; None where the citizen marked none."""


class Respondent(StrEnum):
    """Who filled in a slip (003-04)."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class Source(StrEnum):
    """How a slip came into the database."""

    KEYBOARD = "keyboard"
    FILE = "file"


class SlipRefusedError(Exception):
    """The slip cannot be taken: the key of a sentence and its words."""

    def __init__(self, key: str, **words: str) -> None:
        """Say why by the sentence `slip_<key>`."""
        super().__init__(key)
        self.key, self.words = f"slip_{key}", words


class StaleSlipError(Exception):
    """Somebody changed the slip since it was read; `args[0]` is the Slip as it stands."""


@dataclass(frozen=True, slots=True)
class TypedSlip:
    """What somebody typed off a slip."""

    number: str
    reference: str
    respondent: Respondent
    answers: Answers
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PaperSlip:
    """A slip as it stands; it counts in the month in which its dossier was finished (003-05)."""

    id: int
    number: str
    dossier_id: int
    reference: str
    finished_at: datetime | None
    response_id: int
    set_id: int
    respondent: Respondent
    answers: Answers
    comment: str
    source: Source
    entered_by: str
    entered_at: datetime
    valid: bool
    void_reason: str
    version: int

    @property
    def entry(self) -> TypedSlip:
        """What was typed, for a form or a comparison."""
        return TypedSlip(self.number, self.reference, self.respondent, self.answers, self.comment)


def number_of(text: str) -> str:
    """Return the number of a slip as it is kept: capitals, NFC, no blank within."""
    return "".join(plain_text(text, 1000).split()).upper()


def reference_of(text: str) -> str:
    """Return a dossier's reference as it is kept: capitals, NFC, no blank within."""
    return "".join(plain_text(text, 1000).split()).upper()


def enter(
    conn: Connection,
    entry: TypedSlip,
    instrument: Instrument,
    now: datetime,
    *,
    by: int | None = None,
    source: Source = Source.KEYBOARD,
) -> PaperSlip:
    """Store a slip; SlipRefusedError gives the reason. Two at once meet the unique indexes."""
    asked = _set_of(conn, instrument, now)
    number, comment = _checked(entry, asked)
    if conn.execute(select(slips.c.id).where(slips.c.number == number)).first() is not None:
        raise SlipRefusedError("number_taken", number=number)
    dossier_id, finished_at = _finished(conn, entry.reference, None)
    values = {
        "number": number,
        "dossier_id": dossier_id,
        "respondent": entry.respondent,
        "comment": comment,
        "source": source,
        "entered_by": by,
        "entered_at": now,
        "valid": True,
        "version": 1,
    }
    try:
        with conn.begin_nested():
            slip_id, response_id = _insert(conn, asked, values, now)
    except IntegrityError:  # somebody entered the same number, or a slip of the same dossier, meanwhile
        raise SlipRefusedError("number_taken", number=number) from None
    _write_answers(conn, response_id, asked, entry.answers, finished_at)
    rating_counts.change(conn, Counter(), [response_id])
    return _standing(conn, slip_id)


def change(conn: Connection, slip_id: int, version: int, entry: TypedSlip) -> tuple[PaperSlip, list[str]]:
    """Correct a slip; return it as it stands and the names of what differs now. The number stays."""
    current = _locked(conn, slip_id, version)
    asked = criteria_book.of_id(conn, current.set_id)
    _, comment = _checked(entry, asked)
    dossier_id, finished_at = _finished(conn, entry.reference, slip_id if current.valid else -1)
    details = {"dossier_id": dossier_id, "respondent": entry.respondent, "comment": comment}
    differing = {name: value for name, value in details.items() if getattr(current, name) != value}
    changed = sorted(differing) + (["answers"] if entry.answers != current.answers else [])
    if not changed:
        return current, []
    before = rating_counts.of(conn, [current.response_id])
    if "answers" in changed or "dossier_id" in changed:
        _write_answers(conn, current.response_id, asked, entry.answers, finished_at)
    new = {**differing, "version": current.version + 1}
    conn.execute(update(slips).where(slips.c.id == slip_id).values(**new))
    rating_counts.change(conn, before, [current.response_id])
    return _standing(conn, slip_id), changed


def void(conn: Connection, slip_id: int, version: int, reason: str) -> PaperSlip:
    """Take a slip out of every count, with a reason; the row stays and its dossier may have another one."""
    current = _locked(conn, slip_id, version)
    words = whole_text(reason, 1000)
    if not words:
        raise SlipRefusedError("reason_missing")
    if not current.valid:
        return current
    before = rating_counts.of(conn, [current.response_id])
    new = {"valid": False, "void_reason": words, "version": current.version + 1}
    conn.execute(update(slips).where(slips.c.id == slip_id).values(**new))
    rating_counts.change(conn, before, [current.response_id])
    return _standing(conn, slip_id)


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


def next_number(number: str) -> str:
    """Return the number after `number`, as slips of one batch are counted: "P-0099" -> "P-0100"."""
    digits = len(number) - len(number.rstrip("0123456789"))
    if not 0 < digits < 19:
        return ""
    head, last = number[:-digits], number[-digits:]
    return f"{head}{int(last) + 1:0{digits}d}"


# --- reading ----------------------------------------------------------------------------------------------

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


def _standing(conn: Connection, slip_id: int) -> PaperSlip:
    return _read(conn, _SLIPS.where(slips.c.id == slip_id))[0]


def _locked(conn: Connection, slip_id: int, version: int) -> PaperSlip:
    conn.execute(select(slips.c.id).where(slips.c.id == slip_id).with_for_update()).one()
    current = _standing(conn, slip_id)
    if current.version != version:
        raise StaleSlipError(current)
    return current


# --- checking and writing ---------------------------------------------------------------------------------


def _set_of(conn: Connection, instrument: Instrument, now: datetime) -> CriteriaSet:
    found = criteria_book.find_set(conn, *instrument.identity)
    return found or criteria_book.of_id(conn, install(conn, [instrument], now)[0])


def _checked(entry: TypedSlip, asked: CriteriaSet) -> tuple[str, str]:
    """Return number and comment as they are kept; SlipRefusedError for what no slip can say."""
    number = number_of(entry.number)
    if not number or len(number) > LONGEST_NUMBER or not number.isprintable():
        raise SlipRefusedError("number_bad", most=str(LONGEST_NUMBER))
    if len(entry.answers) != len(asked.criteria):
        raise SlipRefusedError("answers_count", count=str(len(asked.criteria)))
    if all(mark is None for mark in entry.answers):
        raise SlipRefusedError("answers_none")
    for place, mark in enumerate(entry.answers, 1):
        if mark is not None and not asked.scale_min <= mark <= asked.scale_max:
            raise SlipRefusedError(
                "answer_bad", place=str(place), lowest=str(asked.scale_min), highest=str(asked.scale_max)
            )
    return number, whole_text(entry.comment, LONGEST_COMMENT)


def _finished(conn: Connection, reference: str, slip_id: int | None) -> tuple[int, datetime]:
    """Return id and end of the dossier a slip belongs to; `slip_id` is the slip that may have it already.

    Only a dossier that is finished has a slip, and only one that counts (003-03).
    """
    wanted = reference_of(reference)
    if not wanted:
        raise SlipRefusedError("dossier_missing")
    row = conn.execute(
        select(dossiers.c.id, dossiers.c.finished_at).where(dossiers.c.reference == wanted)
    ).first()
    if row is None:
        raise SlipRefusedError("dossier_unknown", reference=wanted[:LONGEST_REFERENCE])
    if row.finished_at is None:
        raise SlipRefusedError("dossier_unfinished", reference=wanted)
    if slip_id != -1:
        has_one = select(slips.c.number).where(slips.c.dossier_id == row.id, slips.c.valid)
        if slip_id is not None:
            has_one = has_one.where(slips.c.id != slip_id)
        if (number := conn.execute(has_one).scalar()) is not None:
            raise SlipRefusedError("dossier_has_slip", reference=wanted, number=number)
    return row.id, row.finished_at


def _insert(
    conn: Connection, asked: CriteriaSet, values: Mapping[str, object], now: datetime
) -> tuple[int, int]:
    """Write the rows of a new slip but its answers; return its id and that of its response."""
    made = insert(responses).values(
        set_id=asked.id, channel=RatingChannel.PAPER.stored, state="complete", started_at=now, finished_at=now
    )
    response_id: int = conn.execute(made.returning(responses.c.id)).scalar_one()
    slip = insert(slips).values(**values, response_id=response_id)
    return conn.execute(slip.returning(slips.c.id)).scalar_one(), response_id


def _write_answers(
    conn: Connection, response_id: int, asked: CriteriaSet, answers: Answers, at: datetime
) -> None:
    conn.execute(ratings.delete().where(ratings.c.response_id == response_id))
    query = select(criteria.c.id).where(criteria.c.set_id == asked.id).order_by(criteria.c.position)
    ids = conn.execute(query).scalars().all()
    conn.execute(
        insert(ratings),
        [
            {"response_id": response_id, "criterion_id": each, "value": mark, "at": at}
            for each, mark in zip(ids, answers, strict=True)
        ],
    )


def as_json(answers: Answers) -> str:
    """Return answers as they are kept beside a second entry and in the audit log."""
    return json.dumps(answers)
