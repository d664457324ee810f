"""Makes the register's keys: lower case without diacritics, as rosters and escalations name them."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import Connection, or_, select

from logbook.database.tables import officials

_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_LONGEST = 36
"""Letters of a key made of a name; room for a number behind it."""


def key_of(name: str) -> str:
    """Return a key made of a name, "Trần Thị Bình (ví dụ)" -> "tran-thi-binh"; "" when no letter is left."""
    bare = unicodedata.normalize("NFKD", name.partition("(")[0].casefold().replace("đ", "d"))
    words = re.findall(r"[a-z0-9]+", "".join(sign for sign in bare if not unicodedata.combining(sign)))
    return "-".join(words).lstrip("0123456789-")[:_LONGEST].rstrip("-")


def free_key(conn: Connection, wanted: str, *, chosen: bool) -> str | None:
    """Return a key nobody has, or None: a `chosen` one as it was typed, else one made of a name."""
    if chosen:
        key = wanted.strip().casefold()
        return key if _KEY.fullmatch(key) and not is_taken(conn, key) else None
    begin = key_of(wanted) or "can-bo"
    keys = [begin, *(f"{begin}-{number}" for number in range(2, 1000))]
    return next((key for key in keys if not is_taken(conn, key)), None)


def is_taken(conn: Connection, key: str) -> bool:
    """Whether somebody of the register has that key."""
    query = select(officials.c.id).where(or_(officials.c.key == key, officials.c.second_key == key))
    return conn.execute(query).first() is not None
