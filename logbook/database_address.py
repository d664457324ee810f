"""Reads database addresses, and builds the address of a file whatever its path is called."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_HALF_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_REFUSED = "the database is a SQLite file (sqlite:///...) or PostgreSQL (postgresql://...)"
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


def of_file(file: Path) -> str:
    """Return the address of a SQLite file; every letter of its path means itself, `?`, `#` and `%` too."""
    return URL.create("sqlite", database=file.as_posix()).render_as_string(hide_password=False)


def understood(address: str) -> URL:
    """Read the address of a SQLite file or of PostgreSQL; ValueError for anything else.

    A PostgreSQL password may hold any sign, written as it is or percent-encoded: what stands between the
    first colon and the last @ is the password.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or not rest:
        raise ValueError(_REFUSED)
    if scheme == "sqlite":
        return _sqlite(address)
    if scheme in _POSTGRESQL:
        return _postgresql(rest)
    raise ValueError(_REFUSED)


def _sqlite(address: str) -> URL:
    try:
        parsed = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise ValueError(_REFUSED) from error
    in_memory = parsed.database in (None, "", "/", ":memory:") or parsed.host is not None
    if in_memory or parsed.query:
        raise ValueError(_REFUSED)
    return parsed.set(drivername="sqlite")


def _postgresql(rest: str) -> URL:
    who, at, where = rest.rpartition("@")
    user, colon, password = who.partition(":")
    try:
        parsed = make_url(f"postgresql+psycopg://{where}")
    except (ArgumentError, ValueError) as error:
        raise ValueError(_REFUSED) from error
    if at:
        parsed = parsed.set(username=_decoded(user) or None)
        parsed = parsed.set(password=_decoded(password)) if colon else parsed
    return parsed


def _decoded(text: str) -> str:
    """Percent-encoding undone; a text with a bare percent sign was not encoded."""
    return text if _HALF_ENCODED.search(text) else unquote(text)
