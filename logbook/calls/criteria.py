"""Versioned sets of survey criteria: every rating keeps the question that was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from logbook.database.tables import criteria, criteria_sets
from logbook.database.upsert import PerDatabase

TOP_TWO_FROM = 5
"""Marks a scale needs for its two highest to count as satisfied; below, only the highest does (rules B2)."""


def least_satisfied(lowest: int, highest: int) -> int:
    """Return the lowest mark of a scale that counts as satisfied."""
    return highest - 1 if highest - lowest + 1 >= TOP_TWO_FROM else highest


class CriteriaSetChangedError(Exception):
    """The texts differ from those installed under the same key and version: give them a new version."""


@dataclass(frozen=True, slots=True)
class StoredCriterion:
    """One criterion: its stable key (tc1), its full name, and the question a caller hears."""

    key: str
    name: str
    question: str


@dataclass(frozen=True, slots=True)
class CriteriaSet:
    """One version of one set, on a scale from `scale_min` to `scale_max`."""

    id: int
    key: str
    version: int
    title: str
    scale_min: int
    scale_max: int
    criteria: tuple[StoredCriterion, ...]


_NEW_SET = PerDatabase(
    lambda insert: (
        insert(criteria_sets)
        .on_conflict_do_nothing(index_elements=[criteria_sets.c.key, criteria_sets.c.version])
        .returning(criteria_sets.c.id)
    )
)


def install_set(
    conn: Connection,
    *,
    key: str,
    version: int,
    title: str,
    scale_min: int,
    scale_max: int,
    asked: Sequence[StoredCriterion],
    now: datetime,
) -> int:
    """Make sure this set is stored and return its id; again and again is harmless (000-05 to 000-09).

    CriteriaSetChangedError when the same key and version is stored with other words.
    """
    values = {
        "key": key,
        "version": version,
        "title": title,
        "scale_min": scale_min,
        "scale_max": scale_max,
        "installed_at": now,
    }
    set_id: int | None = conn.execute(_NEW_SET.on(conn), values).scalar()
    if set_id is not None:
        conn.execute(
            criteria.insert(),
            [
                {
                    "set_id": set_id,
                    "position": place,
                    "key": one.key,
                    "name": one.name,
                    "question": one.question,
                }
                for place, one in enumerate(asked, start=1)
            ],
        )
        return set_id
    stored = find_set(conn, key, version)
    wanted = (title, scale_min, scale_max, tuple(asked))
    if stored is None or (stored.title, stored.scale_min, stored.scale_max, stored.criteria) != wanted:
        raise CriteriaSetChangedError(
            f"Bộ tiêu chí {key} phiên bản {version} đã dùng với lời khác; hãy tăng số phiên bản. "
            f"Criteria set {key} version {version} is in use with other words; raise its version."
        )
    return stored.id


def find_set(conn: Connection, key: str, version: int) -> CriteriaSet | None:
    """Return one version of a set with its criteria in order, or None."""
    return _read(conn, (criteria_sets.c.key == key) & (criteria_sets.c.version == version))


def of_id(conn: Connection, set_id: int) -> CriteriaSet:
    """Return the set of that id; LookupError when there is none."""
    found = _read(conn, criteria_sets.c.id == set_id)
    if found is None:
        raise LookupError(f"no criteria set {set_id}")
    return found


def _read(conn: Connection, which: ColumnElement[bool]) -> CriteriaSet | None:
    found = conn.execute(select(criteria_sets).where(which)).first()
    if found is None:
        return None
    rows = conn.execute(
        select(criteria.c.key, criteria.c.name, criteria.c.question)
        .where(criteria.c.set_id == found.id)
        .order_by(criteria.c.position)
    )
    asked = tuple(StoredCriterion(*row) for row in rows)
    return CriteriaSet(
        found.id, found.key, found.version, found.title, found.scale_min, found.scale_max, asked
    )
