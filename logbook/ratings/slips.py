"""Paper slips: one valid slip per finished dossier (003-03), changed under a version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from logbook.calls import criteria as criteria_book
from logbook.calls import rating_counts
from logbook.calls.criteria import CriteriaSet
from logbook.database.tables import criteria, dossiers, ratings, responses, slips
from logbook.plain_text import whole_text
from logbook.ratings.instruments import Instrument, RatingChannel, install
from logbook.ratings.slip_lookup import of_ids
from logbook.ratings.slip_values import (
    LONGEST_COMMENT,
    LONGEST_NUMBER,
    LONGEST_REFERENCE,
    Answers,
    PaperSlip,
    SlipRefusedError,
    Source,
    StaleSlipError,
    TypedSlip,
    number_of,
    reference_of,
)


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
    number, comment, dossier_id, finished_at = _enterable(conn, entry, asked)
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
    return _of_id(conn, slip_id)


def check(conn: Connection, entry: TypedSlip, instrument: Instrument) -> None:
    """SlipRefusedError where `enter` would refuse the slip; nothing is written."""
    asked = criteria_book.find_set(conn, *instrument.identity)
    if asked is not None:  # else nobody has entered a slip of this instrument yet
        _enterable(conn, entry, asked)


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
    return _of_id(conn, slip_id), changed


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
    return _of_id(conn, slip_id)


def _of_id(conn: Connection, slip_id: int) -> PaperSlip:
    return of_ids(conn, [slip_id])[0]


def _locked(conn: Connection, slip_id: int, version: int) -> PaperSlip:
    conn.execute(select(slips.c.id).where(slips.c.id == slip_id).with_for_update()).one()
    current = _of_id(conn, slip_id)
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


def _enterable(conn: Connection, entry: TypedSlip, asked: CriteriaSet) -> tuple[str, str, int, datetime]:
    """Return number and comment as they are kept, the dossier and its end; SlipRefusedError."""
    number, comment = _checked(entry, asked)
    if conn.execute(select(slips.c.id).where(slips.c.number == number)).first() is not None:
        raise SlipRefusedError("number_taken", number=number)
    return number, comment, *_finished(conn, entry.reference, None)


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
