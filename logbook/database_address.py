"""Reads database addresses, and builds the address of a file whatever its path is called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_SQLITE, _POSTGRESQL = "sqlite", ("postgres", "postgresql", "postgresql+psycopg")
_HALF_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_SERVER = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{0,5}))?", re.ASCII)
_REFUSED = "the database is a SQLite file (sqlite:///...) or PostgreSQL (postgresql://...)"


def of_file(file: Path) -> str:
    """Return the address of a SQLite file; every letter of its path means itself, `?`, `#` and `%` too."""
    return f"{_SQLITE}:///{quote(file.as_posix(), safe=' +/')}"


def file_of(address: str) -> Path | None:
    """Return the file behind an address of SQLite, None for PostgreSQL; ValueError for anything else.

    It loads nothing: the process that watches the others asks it as well.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or not rest or scheme not in (_SQLITE, *_POSTGRESQL):
        raise ValueError(_REFUSED)
    if scheme != _SQLITE:
        return None
    path, _, query = rest.partition("?")
    name = unquote(path[1:])
    if path[:1] != "/" or query or name in ("", "/", ":memory:"):
        raise ValueError(_REFUSED)
    return Path(name)


def understood(address: str) -> URL:
    """Read the address of a SQLite file or of PostgreSQL; ValueError for anything else.

    A PostgreSQL password may hold any sign, written as it is or percent-encoded: what stands between the
    first colon and the last @ is the password. Several servers are named as libpq does it,
    `postgresql://user:password@db1:5432,db2:5432/name`; whichever can be written to is used, unless
    `target_session_attrs` says otherwise.
    """
    from sqlalchemy.engine import URL

    file = file_of(address)
    if file is None:
        return _postgresql(address.partition("://")[2])
    return URL.create(_SQLITE, database=str(file))


def written_out(address: str) -> str:
    """Return the address as it is kept, that of PostgreSQL for psycopg 3; ValueError as above."""
    file = file_of(address)
    return understood(address).render_as_string(hide_password=False) if file is None else of_file(file)


def _postgresql(rest: str) -> URL:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    who, at, where = rest.rpartition("@")
    user, colon, password = who.partition(":")
    hosts, slash, what = where.partition("/")
    several = "," in hosts
    try:
        parsed = make_url(f"postgresql+psycopg://{'' if several else hosts}{slash}{what}")
        parsed = _of_several(parsed, hosts.split(",") if several else _in_query(parsed))
    except (ArgumentError, ValueError) as error:
        raise ValueError(_REFUSED) from error
    if at:
        parsed = parsed.set(username=_decoded(user) or None)
        parsed = parsed.set(password=_decoded(password)) if colon else parsed
    return parsed


def servers(address: URL) -> list[URL]:
    """The address of each server of a PostgreSQL address that names several; of one, that address alone."""
    hosts = str(address.query.get("host", "")).split(",")
    if len(hosts) < 2:
        return [address]
    ports = str(address.query["port"]).split(",") if "port" in address.query else [""] * len(hosts)
    of_one = address.difference_update_query(["host", "port", "target_session_attrs"])
    return [
        of_one.update_query_dict({"host": host} | ({"port": port} if port else {}))
        for host, port in zip(hosts, ports, strict=True)
    ]


def _in_query(parsed: URL) -> list[str]:
    """The servers that `?host=` names, each with its port; none where the host stands in its usual place."""
    named, ports = parsed.query.get("host", ()), parsed.query.get("port", ())
    hosts = named.split(",") if isinstance(named, str) else list(named)
    each = ports.split(",") if isinstance(ports, str) else list(ports)
    if len(hosts) < 2 or not each:
        return hosts if len(hosts) > 1 else []
    return [f"[{host}]:{port}" for host, port in zip(hosts, each * (len(hosts) // len(each)), strict=True)]


def _of_several(parsed: URL, tokens: list[str]) -> URL:
    """The address with these servers, "db1:5432" each; ValueError where one is none."""
    if not tokens:
        return parsed
    found = [_SERVER.fullmatch(token) for token in tokens]
    pairs = [(one[1] or one[2], one[3] or "") for one in found if one is not None]
    if len(pairs) != len(tokens):
        raise ValueError(_REFUSED)
    named = {"host": ",".join(host for host, _ in pairs), "port": ",".join(port for _, port in pairs)}
    if not any(port for _, port in pairs):
        del named["port"]
    return parsed.update_query_dict({"target_session_attrs": "read-write", **parsed.query, **named})


def _decoded(text: str) -> str:
    """Percent-encoding undone; a text with a bare percent sign was not encoded."""
    return text if _HALF_ENCODED.search(text) else unquote(text)
