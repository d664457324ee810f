"""Dossiers and slips put into the database as tests need them."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select

from logbook.database.engine import Database
from logbook.database.tables import criteria_sets, dossiers, responses, slips

RECEIVED = "2026-01-05 08:00"


def local_time(text: str) -> datetime:
    """An aware moment from Vietnamese local time, such as 2026-11-25 09:10."""
    return datetime.fromisoformat(f"{text}+07:00")


class Shelf:
    """A database in which dossiers stand; references count up."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._numbers = count(1)

    @staticmethod
    def at(text: str) -> datetime:
        """An aware moment from Vietnamese local time."""
        return local_time(text)

    def put(
        self,
        many: int = 1,
        *,
        received: str = RECEIVED,
        due: str | None = None,
        finished: str | None = None,
        slips: int = 0,
        valid: bool = True,
        **columns: Any,
    ) -> list[int]:
        """Put so many dossiers, the first `slips` of them with a slip; returns their ids."""
        at = local_time(received)
        row = {
            "procedure": "Đăng ký khai sinh",
            "field": "Hộ tịch",
            "official": "Nguyễn Thị Bình",
            "received_at": at,
            "due_at": local_time(due) if due else None,
            "finished_at": local_time(finished) if finished else None,
            "online": False,
            "accepted_at": None,
            "supplements": 0,
            "outcome": "done" if finished else "running",
            "imported_at": at,
            "changed_at": at,
        } | columns
        with self.database.writing() as conn:
            made = [
                conn.execute(
                    insert(dossiers).values(reference=f"H32-{next(self._numbers):05d}", **row)
                ).inserted_primary_key
                for _ in range(many)
            ]
            ids = [key[0] for key in made if key is not None]
            for dossier_id in ids[:slips]:
                self._slip(conn, dossier_id, at, valid=valid)
        return ids

    def _slip(self, conn: Connection, dossier_id: int, at: datetime, *, valid: bool) -> None:
        of_set = conn.execute(select(criteria_sets.c.id).limit(1)).scalar()
        if of_set is None:
            seen = {
                "key": "k",
                "version": 1,
                "title": "t",
                "scale_min": 1,
                "scale_max": 5,
                "installed_at": at,
            }
            of_set = conn.execute(
                criteria_sets.insert().values(**seen).returning(criteria_sets.c.id)
            ).scalar()
        answered = {"set_id": of_set, "channel": "paper", "state": "complete", "started_at": at}
        response = conn.execute(responses.insert().values(**answered).returning(responses.c.id)).scalar_one()
        conn.execute(
            slips.insert().values(
                number=f"S-{dossier_id}",
                dossier_id=dossier_id,
                response_id=response,
                respondent="individual",
                comment="",
                source="keyboard",
                entered_at=at,
                valid=valid,
                version=1,
            )
        )
