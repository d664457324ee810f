"""Dossiers of the one-stop desk for tests: some finished, some not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from logbook.database.tables import dossiers

FINISHED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def dossier(conn: Connection, reference: str, finished_at: datetime | None = FINISHED) -> int:
    """Put one dossier into the database and return its id."""
    received = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
    received = received if finished_at is None else min(received, finished_at - timedelta(days=3))
    row = {
        "reference": reference,
        "procedure": "Chứng thực bản sao",
        "field": "Tư pháp",
        "official": "Trần Thị Bình",
        "received_at": received,
        "due_at": received + timedelta(days=20),
        "finished_at": finished_at,
        "online": False,
        "accepted_at": None,
        "supplements": 0,
        "outcome": "running" if finished_at is None else "done",
        "imported_at": received,
        "changed_at": received,
    }
    return int(conn.execute(insert(dossiers).values(**row).returning(dossiers.c.id)).scalar_one())


def dossiers_of(conn: Connection, count: int, finished_at: datetime | None = FINISHED) -> list[str]:
    """Put so many dossiers H0001, H0002 … into the database and return their references."""
    names = [f"H{number:04d}" for number in range(1, count + 1)]
    for name in names:
        dossier(conn, name, finished_at)
    return names
