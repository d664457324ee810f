"""Slips read off photographs that wait until a person has confirmed them; then the picture is deleted.

The picture is the slip alone, in grey, in the database: kept and deleted in the same transaction as what was
read, on every machine that serves the office. A whole photograph is never kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from logbook.database.tables import people, slip_photos
from logbook.plain_text import plain_text
from logbook.ratings.paper.layout import SlipLayout
from logbook.ratings.paper.photo import PhotoRefusedError
from logbook.ratings.paper.reader import ReadRow, ReadSlip, UnreadSlip, read

KEPT = timedelta(days=14)
"""How long a picture waits for somebody; the paper is still there."""
MOST = 400
"""Slips that may wait; who has more confirms some first."""
Found = Sequence[ReadSlip | UnreadSlip] | PhotoRefusedError


@dataclass(frozen=True, slots=True)
class ReadingProblem:
    """Why something could not be read: the key of a sentence and its words."""

    key: str
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off one slip, or why nothing was."""

    id: int
    file_name: str
    uploaded_by: str
    uploaded_at: datetime
    office: str
    number: str
    form: SlipLayout
    answers: tuple[ReadRow, ...]
    respondent: ReadRow
    has_comment: bool
    problem: ReadingProblem | None

    @property
    def is_sure(self) -> bool:
        """Whether every row of boxes was read for sure."""
        return self.problem is None and all(row.sure for row in (*self.answers, self.respondent))


def digest(content: bytes) -> str:
    """The name of a photograph: the same one sent again is the same."""
    return hashlib.sha256(content).hexdigest()


def is_known(conn: Connection, sha256: str) -> bool:
    """Whether slips of that photograph wait already."""
    return conn.execute(select(slip_photos.c.id).where(slip_photos.c.sha256 == sha256)).first() is not None


def try_reading(content: bytes) -> Found:
    """Read a photograph, outside of any transaction."""
    try:
        return read(content)
    except PhotoRefusedError as refused:
        return refused


def keep(
    conn: Connection, sha256: str, file_name: str, found: Found, by: int | None, now: datetime
) -> list[Reading]:
    """Keep what was found until it is confirmed; return what is new. What waits already is kept once.

    A slip photographed again replaces what was read unsurely before; two that differ both wait.
    """
    if is_known(conn, sha256):
        return []
    name = plain_text(file_name, 200)
    each: list[dict[str, Any]] = (
        [_refused(found)] if isinstance(found, PhotoRefusedError) else [_row(one) for one in found]
    )
    kept: list[Reading] = []
    for place, row in enumerate(each):
        row |= {"sha256": sha256, "place": place, "file_name": name, "uploaded_by": by, "uploaded_at": now}
        if row["number"] and _waits_already(conn, row):
            continue
        made = conn.execute(insert(slip_photos).values(**row).returning(slip_photos.c.id)).scalar_one()
        new = find(conn, made)
        if new is not None:
            kept.append(new)
    return kept


def waiting(conn: Connection) -> list[Reading]:
    """Return what waits, the oldest first, without the pictures."""
    return [_reading(row) for row in conn.execute(_READINGS.order_by(slip_photos.c.id).limit(MOST))]


def count(conn: Connection) -> int:
    """How many slips wait."""
    return conn.execute(select(func.count()).select_from(slip_photos)).scalar_one()


def of_photograph(conn: Connection, sha256: str) -> list[Reading]:
    """Return what waits of one photograph, from left to right."""
    query = _READINGS.where(slip_photos.c.sha256 == sha256).order_by(slip_photos.c.place)
    return [_reading(row) for row in conn.execute(query)]


def find(conn: Connection, reading_id: int) -> Reading | None:
    """Return one that waits, or None."""
    row = conn.execute(_READINGS.where(slip_photos.c.id == reading_id)).first()
    return None if row is None else _reading(row)


def picture(conn: Connection, reading_id: int) -> bytes | None:
    """Return the slip's picture as JPEG, or None."""
    return conn.execute(select(slip_photos.c.picture).where(slip_photos.c.id == reading_id)).scalar()


def drop(conn: Connection, reading_id: int) -> bool:
    """Delete what was read and its picture; whether it was there: the first of two at once has it."""
    return conn.execute(delete(slip_photos).where(slip_photos.c.id == reading_id)).rowcount > 0


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete what nobody confirmed in time and return how many."""
    return conn.execute(delete(slip_photos).where(slip_photos.c.uploaded_at < now - KEPT)).rowcount


_READINGS = select(
    *(slip_photos.c[name] for name in ("id", "file_name", "uploaded_at", "office", "number", "rows")),
    *(slip_photos.c[name] for name in ("has_comment", "problem")),
    people.c.name.label("uploaded_by"),
).outerjoin(people, people.c.id == slip_photos.c.uploaded_by)


def _waits_already(conn: Connection, row: dict[str, Any]) -> bool:
    """Whether the same slip waits with the same marks; one that was read worse makes room."""
    table = slip_photos
    same = select(table.c.id, table.c.rows, table.c.problem).where(
        table.c.office == row["office"], table.c.number == row["number"]
    )
    for before in conn.execute(same).all():
        if (before.rows, before.problem) == (row["rows"], row["problem"]):
            return True
        if _surer(row, before.rows, before.problem):
            drop(conn, before.id)
        elif row["problem"] and not before.problem:
            return True
    return False


def _surer(row: dict[str, Any], rows: str, problem: str) -> bool:
    if row["problem"]:
        return False
    return bool(problem) or ("false" in rows and "false" not in row["rows"])


def _refused(found: PhotoRefusedError) -> dict[str, Any]:
    problem = json.dumps({"key": found.key, "words": found.words})
    return {
        "office": "",
        "number": "",
        "rows": "[]",
        "has_comment": False,
        "problem": problem,
        "picture": None,
    }


def _row(found: ReadSlip | UnreadSlip) -> dict[str, Any]:
    row: dict[str, Any] = {"office": found.office[:8], "number": plain_text(found.number, 32)}
    if isinstance(found, UnreadSlip):
        problem = json.dumps({"key": found.key, "words": {}})
        return row | {"rows": "[]", "has_comment": False, "problem": problem, "picture": None}
    details = {
        "marks": found.form.marks,
        "rows": [[one.mark, one.sure] for one in (*found.answers, found.respondent)],
    }
    return row | {
        "rows": json.dumps(details),
        "has_comment": found.has_comment,
        "problem": "",
        "picture": found.picture,
    }


def _reading(row: Row[*tuple[Any, ...]]) -> Reading:
    problem = ReadingProblem(**json.loads(row.problem)) if row.problem else None
    details = json.loads(row.rows) or {"marks": 0, "rows": [[None, True]]}
    *answers, respondent = (ReadRow(mark, sure) for mark, sure in details["rows"])
    return Reading(
        id=row.id,
        file_name=row.file_name,
        uploaded_by=row.uploaded_by or "",
        uploaded_at=row.uploaded_at,
        office=row.office,
        number=row.number,
        form=SlipLayout(len(answers), details["marks"]),
        answers=tuple(answers),
        respondent=respondent,
        has_comment=row.has_comment,
        problem=problem,
    )
