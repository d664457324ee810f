"""Lists slips, forms written and days on duty behind a figure, as far as the reader may see them (ASK-30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from logbook.accounts.rights import Act, Person, may
from logbook.database.tables import dossiers, officials, slips, written_forms


@dataclass(frozen=True, slots=True)
class SlipCase:
    """One slip in the list behind a figure; `reference` is its dossier's."""

    id: int
    number: str
    reference: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class FormCase:
    """One form written for a citizen in the list behind a figure."""

    id: int
    written_on: date
    procedure: str
    field: str
    helper: str
    same_day: bool


@dataclass(frozen=True, slots=True)
class PresenceCase:
    """One person on duty on one day in the list behind a figure; `id` is the day and the person's key."""

    id: str
    day: date
    person: str


def slips_of(conn: Connection, ids: Sequence[int], person: Person) -> list[SlipCase]:
    """Return these slips, where `person` may see slips, in the order of their numbers."""
    if not may(person, Act.SEE_SLIPS):
        return []
    columns = (slips.c.id, slips.c.number, dossiers.c.reference, slips.c.entered_at)
    query = select(*columns).join_from(slips, dossiers, dossiers.c.id == slips.c.dossier_id)
    rows = conn.execute(query.where(slips.c.id.in_(ids)))
    return sorted((SlipCase(*row) for row in rows), key=lambda one: (one.number, one.id))


def forms_of(conn: Connection, ids: Sequence[int], person: Person) -> list[FormCase]:
    """Return these forms, where `person` may see the log of forms, the oldest first."""
    if not may(person, Act.SEE_FORMS):
        return []
    columns = [written_forms.c[name] for name in FormCase.__slots__]
    found = [FormCase(*row) for row in conn.execute(select(*columns).where(written_forms.c.id.in_(ids)))]
    names = _names(conn, {one.helper for one in found})
    shown = (
        FormCase(
            one.id,
            one.written_on,
            one.procedure,
            one.field,
            names.get(one.helper, one.helper),
            one.same_day,
        )
        for one in found
    )
    return sorted(shown, key=lambda one: (one.written_on, one.id))


def presences_of(conn: Connection, ids: Sequence[str], person: Person) -> list[PresenceCase]:
    """Return these days on duty, where `person` may see the week sheet, the earliest first."""
    if not may(person, Act.SEE_DUTY):
        return []
    split = [(one, *one.partition(":")[::2]) for one in ids]
    names = _names(conn, {key for _, _, key in split})
    found = (PresenceCase(one, date.fromisoformat(day), names.get(key, key)) for one, day, key in split)
    return sorted(found, key=lambda one: (one.day, one.person))


def _names(conn: Connection, keys: set[str]) -> dict[str, str]:
    query = select(officials.c.key, officials.c.name).where(officials.c.key.in_(sorted(keys)))
    return {row.key: row.name for row in conn.execute(query)}
