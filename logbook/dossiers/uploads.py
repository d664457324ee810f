"""Keeps an uploaded file between preview and import: its rows, without anything about citizens."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from logbook.accounts.rights import Person
from logbook.database.tables import dossier_uploads
from logbook.dossiers.draft import Draft
from logbook.dossiers.importing import ImportResult, RefusedRow

KEPT = timedelta(hours=2)
"""How long rows wait for the person who uploaded them."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What waits: the columns of the file, its rows, and what importing them would do."""

    columns: tuple[str, ...]
    rows: tuple[Draft | RefusedRow, ...]
    counts: dict[str, int]


def keep(
    conn: Connection,
    columns: Iterable[str],
    rows: Iterable[Draft | RefusedRow],
    result: ImportResult,
    who: Person,
    now: datetime,
) -> str:
    """Keep the rows for whoever uploaded them and return the key; what has waited too long is dropped."""
    key = secrets.token_hex(16)
    table = dossier_uploads
    conn.execute(delete(table).where((table.c.at < now - KEPT) | (table.c.person_id == who.id)))
    details = {
        "columns": list(columns),
        "counts": {name: getattr(result, name) for name in ("new", "changed", "unchanged", "refused")},
        "rows": [_as_row(row) for row in rows],
    }
    text = json.dumps(details, ensure_ascii=False, separators=(",", ":"))
    conn.execute(table.insert().values(key=key, person_id=who.id, at=now, rows=text))
    return key


def find(conn: Connection, key: str, who: Person, now: datetime) -> Upload | None:
    """Return what waits under a key for this person, or None."""
    table = dossier_uploads
    query = select(table.c.rows).where(
        table.c.key == key, table.c.person_id == who.id, table.c.at >= now - KEPT
    )
    text = conn.execute(query).scalar()
    if text is None:
        return None
    details = json.loads(text)
    rows = tuple(_row(each) for each in details["rows"])
    return Upload(tuple(details["columns"]), rows, details["counts"])


def drop(conn: Connection, key: str) -> None:
    """Forget what waited under a key."""
    conn.execute(delete(dossier_uploads).where(dossier_uploads.c.key == key))


def _as_row(row: Draft | RefusedRow) -> dict[str, Any]:
    if isinstance(row, RefusedRow):
        return {"row": row.row, "key": row.key, "words": dict(row.words)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(row).items()
    }


def _row(details: dict[str, Any]) -> Draft | RefusedRow:
    if "row" in details:
        return RefusedRow(**details)
    moments = {
        name: datetime.fromisoformat(value)
        for name, value in details.items()
        if name.endswith("_at") and value is not None
    }
    return Draft(**{**details, **moments})
