"""A database with one ticket for every way a case can stand to its readers, for tests of the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import Connection, select

from logbook.accounts import accounts
from logbook.accounts.rights import ROLES, Person
from logbook.database import search_index
from logbook.database.tables import people as people_table
from logbook.database.tables import tickets
from logbook.tickets import history


@dataclass(frozen=True)
class Cast:
    """Everybody who reads, by login: one of every role, and the same with the right to see guided ones."""

    persons: dict[str, Person]

    def __getitem__(self, login: str) -> Person:
        return self.persons[login]


def hire(conn: Connection, now: datetime) -> Cast:
    rows = [
        {
            "login": role + ("_restricted" if sees else ""),
            "name": f"Người {role}",
            "title": "",
            "role": role,
            "language": "vi",
            "sees_restricted": sees,
            "password_hash": "",
            "must_change_password": False,
            "demo": False,
            "made_at": now,
        }
        for role, sees in product(sorted(ROLES), (False, True))
    ]
    conn.execute(people_table.insert(), rows)
    return Cast({person.login: person for person in accounts.listed(conn)})


def write(conn: Connection, code: str, now: datetime, **columns: Any) -> int:
    """A ticket as it stands in the database, with its searched words; returns its id."""
    values: dict[str, Any] = {
        "code": code,
        "kind": "feedback",
        "channel": "hotline",
        "caller_raw": "",
        "caller_number": "+84912345678",
        "state": "classified",
        "opened_at": now,
        "notice_due_at": now + timedelta(days=9),
        "answer_due_at": now + timedelta(days=14),
        "version": 1,
        "events": 0,
        "head_hash": history.FIRST,
    }
    ticket_id = conn.execute(tickets.insert().values(**values | columns).returning(tickets.c.id)).scalar_one()
    search_index.refresh(conn, ticket_id)
    return int(ticket_id)


def every_case(conn: Connection, cast: Cast, now: datetime) -> None:
    """Every mix of whom it concerns, conflict, guided or not, and who works on it."""
    officials = (None, cast["clerk"].id, cast["chairman"].id, cast["desk_officer"].id)
    mixes = product(officials, (False, True), ("classified", "guided"), officials)
    for number, (concerned, conflict, state, assigned) in enumerate(mixes):
        kind = "denunciation" if state == "guided" else "feedback"
        write(
            conn,
            f"{number:06d}",
            now,
            subject_ids=frozenset(filter(None, [concerned])),
            conflict=conflict,
            state=state,
            kind=kind,
            assigned_id=assigned,
        )


def codes(conn: Connection) -> list[str]:
    return list(conn.execute(select(tickets.c.code).order_by(tickets.c.code)).scalars())
