"""Removes the sample month: exactly what was noted as a sample, with what people added to those rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, delete, false, or_, select

from ivr.samples.fill import demand_demo
from logbook.accounts import audit_log
from logbook.calls import rating_counts
from logbook.database import samples as notes
from logbook.database import search_index
from logbook.database.engine import Database
from logbook.database.tables import (
    duty_absences,
    duty_places,
    metadata,
    officials,
    recordings,
    samples,
    team_members,
    written_forms,
)
from logbook.recordings.files import RecordingFolder
from logbook.settings.loading import Settings
from logbook.tickets import history

OWNERS: Mapping[str, tuple[str, ...]] = {
    "escalations": ("ticket_id",),
    "deliveries": ("ticket_id", "escalation_id"),
    "case_results": ("ticket_id",),
    "late_explanations": ("report_id",),
    "legal_holds": ("ticket_id",),
    "publications": ("ticket_id",),
    "postings": ("notice_id",),
    "dossier_supplements": ("dossier_id",),
    "dossier_mismatches": ("dossier_id",),
    "replaced_ratings": ("response_id",),
    "budget_spends": ("line_id",),
    "plan_tasks": ("plan_id",),
    "plan_evidence": ("task_id",),
    "plan_reminders": ("task_id",),
}
"""Rows that are part of another one though they have a number of their own, and by which column."""
_BY_KEY = (duty_places.c.person, duty_absences.c.person, team_members.c.person, written_forms.c.helper)
"""Where an official is named by their key."""
Doomed = dict[str, set[object]]


@dataclass(frozen=True, slots=True)
class Removed:
    """How many samples are gone, and how many stay because something real stands on them."""

    gone: int
    kept: int


def remove(settings: Settings, now: datetime) -> Removed:
    """Remove every sample in one transaction, then the sound files; DemoOnlyError outside demonstrations.

    What people did to a sample goes with it. A sample that a real case stands on stays, and is still marked.
    The audit log keeps its lines and says which tickets were samples, so that `tongdai verify` holds.
    """
    demand_demo(settings)
    database = Database(settings.database_url)
    try:
        with database.writing() as conn:
            doomed = _noted(conn)
            total = sum(map(len, doomed.values()))
            _spare(conn, doomed)
            files = _files(conn, doomed)
            if total:
                numbers = sorted(str(key) for key in doomed.get("tickets", ()))
                _delete(conn, doomed)
                audit_log.write(conn, "cli", history.SAMPLES_REMOVED, "samples", now, tickets=numbers)
    finally:
        database.close()
    folder = RecordingFolder(settings.data_folder / "recordings")
    for name in files:
        folder.remove(name)
        _tidy(folder.file(name).parent, folder.path)
    gone = sum(map(len, doomed.values()))
    return Removed(gone, total - gone)


def _noted(conn: Connection) -> Doomed:
    found: Doomed = {}
    for kind, keys in notes.noted(conn).items():
        key = notes.own_key(metadata.tables[kind])
        number = key is not None and key.type.python_type is int
        found[kind] = {int(one) if number else one for one in keys}
    return found


def _owners(table: Table) -> tuple[str, ...]:
    if table.name in OWNERS:
        return OWNERS[table.name]
    return tuple(column.name for column in table.primary_key.columns if column.foreign_keys)


def _going(table: Table, doomed: Doomed) -> ColumnElement[bool]:
    """The condition that a row goes: it is a sample, or part of one."""
    conditions: list[ColumnElement[bool]] = []
    key = notes.own_key(table)
    if key is not None and doomed.get(table.name):
        conditions.append(key.in_(doomed[table.name]))
    for name in _owners(table):
        column = table.c[name]
        parent = next(iter(column.foreign_keys)).column.table
        if doomed.get(parent.name) or parent.name in OWNERS:
            inner = select(parent.c.id).where(_going(parent, doomed))
            conditions.append(column.in_(inner))
    return or_(*conditions) if conditions else false()


def _spare(conn: Connection, doomed: Doomed) -> None:
    """Take out of `doomed` what a row that stays refers to, and what that one refers to, and so on."""
    while True:
        spared = [_spare_once(conn, table, doomed) for table in metadata.sorted_tables]
        if not (any(spared) or _spare_named(conn, doomed)):
            return


def _spare_once(conn: Connection, table: Table, doomed: Doomed) -> bool:
    spared = False
    for column in table.c:
        for link in column.foreign_keys:
            parents = doomed.get(link.column.table.name)
            if not parents or column.name in _owners(table):
                continue
            stays = select(column).where(column.in_(parents), ~_going(table, doomed)).distinct()
            if found := set(conn.execute(stays).scalars()):
                parents -= found
                spared = True
    return spared


def _spare_named(conn: Connection, doomed: Doomed) -> bool:
    """An official of the samples whom a real week, absence, team or form names stays."""
    people = doomed.get("officials")
    if not people:
        return False
    query = select(officials.c.key, officials.c.id).where(officials.c.id.in_(people))
    keys = {row.key: row.id for row in conn.execute(query)}
    found = set()
    for column in _BY_KEY:
        query = select(column).where(column.in_(keys), ~_going(column.table, doomed))
        found |= {keys[key] for key in conn.execute(query).scalars()}
    people -= found
    return bool(found)


def _files(conn: Connection, doomed: Doomed) -> list[str]:
    named = (recordings.c.file_name.is_not(None), _going(recordings, doomed))
    return list(conn.execute(select(recordings.c.file_name).where(*named)).scalars())


def _delete(conn: Connection, doomed: Doomed) -> None:
    """Delete children before parents; rows of one table that name each other let go first."""
    search_index.forget(conn, [key for key in doomed.get("tickets", ()) if isinstance(key, int)])
    for table in reversed(metadata.sorted_tables):
        if table.name in ("journal", "samples"):
            continue
        going = _going(table, doomed)
        for column in table.c:
            if any(link.column.table is table for link in column.foreign_keys) and column.nullable:
                conn.execute(table.update().where(going).values({column.name: None}))
        conn.execute(delete(table).where(going))
    rating_counts.rebuild(conn)
    for kind, keys in doomed.items():
        gone = (samples.c.kind == kind, samples.c.key.in_([str(key) for key in keys]))
        conn.execute(delete(samples).where(*gone))


def _tidy(folder: Path, root: Path) -> None:
    """Remove the folders of a month that the samples' recordings alone had made."""
    while folder not in (root.parent, folder.parent) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
