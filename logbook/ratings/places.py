"""Places with a printed code: the office, a counter, an official. Their code opens the form for that place.

A place's code is no secret and gives no trust: what is rated without a one-time code is kept apart.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from logbook.database.tables import officials, rating_places
from logbook.plain_text import whole_text
from logbook.ratings.tokens import SIGNS, spelt

LENGTH = 6
"""Signs of a code: half as many as those of a one-time code, so that the two are never mistaken."""
LONGEST_NAME = 200


class PlaceKind(StrEnum):
    """What a code stands for."""

    OFFICE = "office"
    COUNTER = "counter"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class RatingPlace:
    """One place: `official_id` is who is rated there, where it is one person; closed ones open no form."""

    id: int
    code: str
    kind: PlaceKind
    name: str
    official_id: int | None
    title: str
    closed_at: datetime | None


class PlaceRefusedError(Exception):
    """The place cannot be made; `args[0]` is a text key of the catalogue."""


_PLACES = select(
    rating_places.c.id,
    rating_places.c.code,
    rating_places.c.kind,
    rating_places.c.name,
    rating_places.c.official_id,
    officials.c.title,
    rating_places.c.closed_at,
).outerjoin(officials, officials.c.id == rating_places.c.official_id)


def make(
    conn: Connection, kind: PlaceKind, name: str, official_id: int | None, by: str, now: datetime
) -> RatingPlace:
    """Make a place with a code of its own; an official's place has the official's name."""
    said = " ".join(whole_text(name, LONGEST_NAME).split())
    if kind is PlaceKind.OFFICIAL:
        found = conn.execute(select(officials.c.name).where(officials.c.id == official_id)).scalar()
        if found is None:
            raise PlaceRefusedError("place_official_missing")
        said = str(found)
    else:
        official_id = None
    if not said:
        raise PlaceRefusedError("place_name_missing")
    values = {"kind": kind, "name": said, "official_id": official_id, "made_by": by, "made_at": now}
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    conn.execute(insert(rating_places).values(**values, code=code))
    made = find(conn, code)
    assert made is not None  # noqa: S101 - it was written in this transaction
    return made


def find(conn: Connection, code: str) -> RatingPlace | None:
    """Return the open place of a code, however it was typed, or None."""
    query = _PLACES.where(rating_places.c.code == spelt(code), rating_places.c.closed_at.is_(None))
    row = conn.execute(query).first()
    return None if row is None else _place(row)


def of_id(conn: Connection, place_id: int) -> RatingPlace | None:
    """Return the place of that id, open or closed, or None."""
    row = conn.execute(_PLACES.where(rating_places.c.id == place_id)).first()
    return None if row is None else _place(row)


def listed(conn: Connection) -> list[RatingPlace]:
    """Return all places, those that are open first, as they were made."""
    query = _PLACES.order_by(rating_places.c.closed_at.is_not(None), rating_places.c.id)
    return [_place(row) for row in conn.execute(query)]


def close(conn: Connection, place_id: int, now: datetime) -> None:
    """Let the code of a place open nothing any more; what was rated there stays."""
    still_open = (rating_places.c.id == place_id) & rating_places.c.closed_at.is_(None)
    conn.execute(update(rating_places).where(still_open).values(closed_at=now))


def _place(row: Any) -> RatingPlace:
    details = row._asdict()
    return RatingPlace(**{**details, "kind": PlaceKind(details["kind"]), "title": details["title"] or ""})
