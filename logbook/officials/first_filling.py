"""Fills the register from config.yaml at the first start; what the console changed stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from logbook.clock import local
from logbook.database.tables import officials
from logbook.database.upsert import PerDatabase
from logbook.officials.register import Organisation
from logbook.settings.loading import Settings

_NEW = PerDatabase(lambda insert: insert(officials).on_conflict_do_nothing().returning(officials.c.id))


def fill(conn: Connection, settings: Settings, now: datetime) -> int:
    """Enter whoever of `duty.people` and `notifications.officials` has no row of that key; return how many.

    Again and again is harmless. Somebody who stands in both lists, with one name and one number, is one
    person: the key of the roster first, that of the ladders beside it.
    """
    taken: set[str] = set()
    logins: set[str] = set()
    for row in conn.execute(select(officials.c.key, officials.c.second_key, officials.c.login)):
        taken |= {row.key, row.second_key}
        logins.add(row.login)
    made = 0
    for values in _people(settings):
        if {values["key"], values["second_key"]} - {None} & taken:
            continue
        if values["login"] in logins:
            values["login"] = None
        common = {
            "unit": settings.office.agency[:128],
            "organisation": Organisation.CIVIL_SERVANT,
            "since": local(now).date(),
            "version": 1,
            "made_at": now,
        }
        made += conn.execute(_NEW.on(conn), {**values, **common}).first() is not None
    return made


def _people(settings: Settings) -> Iterator[dict[str, Any]]:
    """Everybody the settings name, once."""
    ladder = list(settings.notifications.officials)
    for person in settings.duty.people:
        same = next((one for one in ladder if (one.name, one.number) == (person.name, person.number)), None)
        if same is not None:
            ladder.remove(same)
        yield {
            "key": person.id,
            "second_key": same.id if same is not None and same.id != person.id else None,
            "name": person.name[:128],
            "title": person.title[:128],
            "login": same.login if same is not None else None,
            "telephone": person.number,
        }
    rostered = {person.id for person in settings.duty.people}
    for official in ladder:
        if official.id not in rostered:
            yield {
                "key": official.id,
                "second_key": None,
                "name": official.name[:128],
                "title": official.title[:128],
                "login": official.login,
                "telephone": official.number,
            }
