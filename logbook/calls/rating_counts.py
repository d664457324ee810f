"""Kept counts of every mark ever given, by day: figures are read from them, never from a scan of answers.

Whoever writes an answer changes them in the same transaction: `of` before, `change` after. An answer counts
on the day it was given; a slip on the day its dossier was finished, and only while it is valid. Officials
are counted by themselves and, as official 0, everybody together; criterion 0 counts people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, Select, delete, insert, select

from logbook.clock import local
from logbook.database.tables import dossiers, rating_counts, ratings, responses, slips, token_ratings
from logbook.database.upsert import InsertInto, PerDatabase

EVERYBODY, PEOPLE = 0, 0
"""The official that stands for all together, and the criterion that counts people instead of answers."""
PAPER = "paper"
AT_ONCE = 500
"""Responses read by one statement: fewer than a statement of SQLite takes as values."""


class CountCell(NamedTuple):
    """One kept count; in the order of its key, so that two writers lock rows in one order."""

    official_id: int
    day: date
    set_id: int
    channel: str
    criterion_id: int
    value: int


Counts = Counter[CountCell]


def of(conn: Connection, response_ids: Sequence[int]) -> Counts:
    """Return what these responses add to the counts as they stand."""
    found: Counts = Counter()
    for start in range(0, len(response_ids), AT_ONCE):
        wanted = response_ids[start : start + AT_ONCE]
        found += _counted(conn.execute(_ANSWERS.where(ratings.c.response_id.in_(wanted))))
    return found


def change(conn: Connection, before: Counts, response_ids: Sequence[int]) -> None:
    """Bring the counts up to date after these responses were written; `before` is what `of` said then."""
    _move(conn, before, of(conn, response_ids))


def add(
    conn: Connection, day: date, set_id: int, channel: str, criterion_id: int, value: int, *, first: bool
) -> None:
    """Count an answer of a caller that changes no earlier one; the `first` of a response counts them too."""
    cell = CountCell(EVERYBODY, day, set_id, channel, criterion_id, value)
    person = cell._replace(criterion_id=PEOPLE, value=0)
    _move(conn, Counter(), Counter([cell, person] if first else [cell]))


def _move(conn: Connection, before: Counts, now: Counts) -> None:
    moved = {cell: now[cell] - before[cell] for cell in now.keys() | before.keys()}
    rows = [{**cell._asdict(), "many": many} for cell, many in sorted(moved.items()) if many]
    if rows:
        conn.execute(_ADD.on(conn), rows)  # type: ignore[call-overload]


def of_references(conn: Connection, references: Sequence[str]) -> list[int]:
    """Return the responses of slips that count on the day one of these dossiers was finished."""
    query = select(slips.c.response_id).join(dossiers, dossiers.c.id == slips.c.dossier_id)
    found: list[int] = []
    for start in range(0, len(references), AT_ONCE):
        wanted = references[start : start + AT_ONCE]
        found += conn.execute(query.where(dossiers.c.reference.in_(wanted))).scalars()
    return found


def wrong(conn: Connection) -> list[CountCell]:
    """Return the cells that are not what the answers say, counted anew from all of them."""
    true = _counted(conn.execute(_ANSWERS, execution_options={"yield_per": 5000}))
    kept = Counter(
        {
            CountCell(*row[:-1]): row.many for row in conn.execute(select(rating_counts)) if row.many
        }  # as the table
    )
    return sorted(cell for cell in true.keys() | kept.keys() if true[cell] != kept[cell])


def rebuild(conn: Connection) -> int:
    """Count everything anew and return how many cells there are."""
    true = _counted(conn.execute(_ANSWERS, execution_options={"yield_per": 5000}))
    conn.execute(delete(rating_counts))
    rows = [{**cell._asdict(), "many": many} for cell, many in sorted(true.items())]
    for start in range(0, len(rows), AT_ONCE):
        conn.execute(insert(rating_counts), rows[start : start + AT_ONCE])
    return len(rows)


def _add(insert_into: InsertInto) -> object:
    new = insert_into(rating_counts)
    return new.on_conflict_do_update(
        index_elements=list(rating_counts.primary_key.columns),
        set_={"many": rating_counts.c.many + new.excluded.many},
    )


_ADD = PerDatabase(_add)
_ANSWERS: Select[tuple[object, ...]] = (
    select(
        ratings.c.response_id,
        ratings.c.criterion_id,
        ratings.c.value,
        ratings.c.at,
        responses.c.set_id,
        responses.c.channel,
        token_ratings.c.official_id,
        slips.c.valid,
        dossiers.c.finished_at,
    )
    .select_from(ratings)
    .join(responses, responses.c.id == ratings.c.response_id)
    .outerjoin(token_ratings, token_ratings.c.response_id == ratings.c.response_id)
    .outerjoin(slips, slips.c.response_id == ratings.c.response_id)
    .outerjoin(dossiers, dossiers.c.id == slips.c.dossier_id)
    .where(ratings.c.value.is_not(None))
)


def _counted(rows: Iterable[Row[tuple[object, ...]]]) -> Counts:
    found: Counts = Counter()
    first: dict[tuple[int, int], tuple[datetime, int, str]] = {}
    for row in rows:
        at = row.finished_at if row.channel == PAPER else row.at
        if at is None or (row.channel == PAPER and not row.valid):
            continue
        day = local(at).date()
        for official in _officials(row.official_id):
            found[CountCell(official, day, row.set_id, row.channel, row.criterion_id, row.value)] += 1
            whom = (row.response_id, official)
            if whom not in first or at < first[whom][0]:
                first[whom] = (at, row.set_id, row.channel)
    for (_, official), (at, set_id, channel) in first.items():
        found[CountCell(official, local(at).date(), set_id, channel, PEOPLE, 0)] += 1
    return found


def _officials(official_id: int | None) -> Iterator[int]:
    yield EVERYBODY
    if official_id is not None:
        yield official_id
