"""Lists dossiers by what has to be done about them, with keyset paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from logbook.calendar.working_time import WorkingTime
from logbook.database.tables import dossier_apologies, dossier_explanations, dossier_mismatches, dossiers
from logbook.dossiers.draft import Outcome, reference_of
from logbook.settings.dossiers import DossiersPart

PAGE = 50
MOST_COUNTED = 1000
"""Counts stop here, so that a large database is as quick as a small one."""
WAITING = (Outcome.SUSPENDED.value, Outcome.SUPPLEMENTING.value)
"""Outcomes during which the desk waits for somebody else: such a dossier is neither late nor due."""


MOST_LATE = 200
"""Late dossiers of a month that are listed."""


class WorkList(StrEnum):
    """The lists of the page of dossiers."""

    LATE = "late"
    SOON = "soon"
    ONLINE = "online"
    RUNNING = "running"
    WAITING = "waiting"
    UNDATED = "undated"
    SUPPLEMENTS = "supplements"
    MISMATCHES = "mismatches"


@dataclass(frozen=True, slots=True)
class Dossier:
    """One row of `dossiers`; instants are aware UTC."""

    id: int
    reference: str
    procedure: str
    field: str
    official: str
    received_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    online: bool
    accepted_at: datetime | None
    supplements: int
    outcome: str

    @property
    def is_waiting(self) -> bool:
        """Whether the desk waits for papers or stands still by decision."""
        return self.finished_at is None and self.outcome in WAITING

    def is_late(self, now: datetime) -> bool:
        """Whether it was finished after its deadline, or should have been finished before `now`."""
        if self.due_at is None or self.is_waiting:
            return False
        return (self.finished_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class Line:
    """A dossier in a list, with what people have added to it."""

    dossier: Dossier
    explained: bool
    apology: str
    """"none", "written" or "sent"."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What lists compare with: now, until when a deadline is near, before when an online one is late."""

    now: datetime
    soon: datetime
    accept_before: datetime


COLUMNS = tuple(dossiers.c[field.name] for field in fields(Dossier))


def moments(now: datetime, office: WorkingTime, part: DossiersPart) -> Moments:
    """Work out the moments of the lists from the office's calendar (002-19: eight working hours)."""
    return Moments(
        now, office.add_days(now, part.due_soon_days), _back(office, now, timedelta(hours=part.accept_hours))
    )


def accept_by(dossier: Dossier, office: WorkingTime, part: DossiersPart) -> datetime | None:
    """Return until when an online dossier must be accepted, refused or guided; None for any other."""
    if not dossier.online:
        return None
    return office.add(dossier.received_at, timedelta(hours=part.accept_hours))


def _back(office: WorkingTime, now: datetime, working: timedelta) -> datetime:
    """Return the latest moment whose deadline of `working` time has passed at `now`."""
    low, high = now - timedelta(days=60), now
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if office.between(middle, now) > working:
            low = middle
        else:
            high = middle
    return low


def of_id(conn: Connection, dossier_id: int) -> Dossier | None:
    """Return the dossier of that number, or None."""
    row = conn.execute(select(*COLUMNS).where(dossiers.c.id == dossier_id)).first()
    return None if row is None else Dossier(*row)


def by_reference(conn: Connection, typed: str) -> list[Dossier]:
    """Return the dossiers whose reference is, or begins with, what was typed; twenty at most."""
    wanted = reference_of(typed)[:64]
    if not wanted:
        return []
    after = wanted[:-1] + chr(ord(wanted[-1]) + 1)
    query = select(*COLUMNS).where(dossiers.c.reference >= wanted, dossiers.c.reference < after)
    return [Dossier(*row) for row in conn.execute(query.order_by(dossiers.c.reference).limit(20))]


def listed(
    conn: Connection,
    view: WorkList,
    at: Moments,
    part: DossiersPart,
    after: tuple[datetime, int] | None = None,
) -> list[Line]:
    """Return one page of a list and one row more; `after` is when and which the last row shown was."""
    key = _key(view)
    query = _lines().where(*_where(view, at, part))
    if after is not None:
        moment, last = after
        query = query.where(or_(key > moment, and_(key == moment, dossiers.c.id > last)))
    return [_line(row) for row in conn.execute(query.order_by(key, dossiers.c.id).limit(PAGE + 1))]


def counted(conn: Connection, view: WorkList, at: Moments, part: DossiersPart) -> int:
    """Return how many dossiers a list has, or MOST_COUNTED when it has more."""
    some = select(dossiers.c.id).where(*_where(view, at, part)).limit(MOST_COUNTED).subquery()
    return int(conn.execute(select(func.count()).select_from(some)).scalar_one())


def key_of(view: WorkList, dossier: Dossier) -> datetime | None:
    """Return the moment by which a list is in order."""
    moment: datetime | None = getattr(dossier, _key(view).name)
    return moment


def _key(view: WorkList) -> Any:
    by_term = view in (WorkList.LATE, WorkList.SOON, WorkList.RUNNING)
    return dossiers.c.due_at if by_term else dossiers.c.received_at


def _where(view: WorkList, at: Moments, part: DossiersPart) -> Sequence[ColumnElement[bool]]:
    running = dossiers.c.finished_at.is_(None)
    moving = dossiers.c.outcome.not_in(WAITING)
    match view:
        case WorkList.LATE:
            return running, dossiers.c.due_at < at.now, moving
        case WorkList.SOON:
            return running, dossiers.c.due_at >= at.now, dossiers.c.due_at <= at.soon, moving
        case WorkList.ONLINE:
            return running, dossiers.c.online, dossiers.c.accepted_at.is_(None), moving
        case WorkList.RUNNING:
            return running, dossiers.c.due_at.is_not(None)
        case WorkList.WAITING:
            return running, dossiers.c.outcome.in_(WAITING)
        case WorkList.UNDATED:
            return running, dossiers.c.due_at.is_(None)
        case WorkList.SUPPLEMENTS:
            return running, dossiers.c.supplements > part.most_supplements
        case WorkList.MISMATCHES:
            marked = select(dossier_mismatches.c.dossier_id)
            return (dossiers.c.id.in_(marked.where(dossier_mismatches.c.settled_at.is_(None))),)


def _lines() -> Any:
    return (
        select(
            *COLUMNS,
            dossier_explanations.c.dossier_id,
            dossier_apologies.c.new_date,
            dossier_apologies.c.sent_on,
        )
        .outerjoin(dossier_explanations, dossier_explanations.c.dossier_id == dossiers.c.id)
        .outerjoin(dossier_apologies, dossier_apologies.c.dossier_id == dossiers.c.id)
    )


def _line(row: Any) -> Line:
    *columns, explained, new_date, sent_on = row
    apology = "sent" if sent_on is not None else "none" if new_date is None else "written"
    return Line(Dossier(*columns), explained is not None, apology)


def late_of(conn: Connection, begins: datetime, ends: datetime, now: datetime) -> list[Line]:
    """Return the late dossiers of a period, the unexplained first: finished late in it, or open.

    MOST_LATE at most; `late_counted` knows how many there are.
    """
    explained = dossier_explanations.c.dossier_id.is_not(None)
    found = [
        _line(row)
        for where in late_where(begins, ends, now)
        for row in conn.execute(
            _lines().where(*where).order_by(explained, dossiers.c.due_at, dossiers.c.id).limit(MOST_LATE)
        )
    ]
    ordered = sorted(found, key=lambda line: (line.explained, line.dossier.due_at or now, line.dossier.id))
    return ordered[:MOST_LATE]


def late_counted(conn: Connection, begins: datetime, ends: datetime, now: datetime) -> tuple[int, int]:
    """Return how many dossiers of a period are late, and how many of them nobody has explained."""
    late = unexplained = 0
    details = dossier_explanations
    for where in late_where(begins, ends, now):
        query = (
            select(func.count(), func.count(details.c.dossier_id))
            .select_from(dossiers.outerjoin(details, details.c.dossier_id == dossiers.c.id))
            .where(*where)
        )
        all_of_them, explained = conn.execute(query).one()
        late, unexplained = late + all_of_them, unexplained + all_of_them - explained
    return late, unexplained


def late_where(begins: datetime, ends: datetime, now: datetime) -> Sequence[Sequence[ColumnElement[bool]]]:
    """The three kinds: finished late in the period, open still, and open at its end but finished since."""
    end, done, due = min(ends, now), dossiers.c.finished_at, dossiers.c.due_at
    return (
        (done >= begins, done < ends, done > due),
        (done.is_(None), due < end, dossiers.c.outcome.not_in(WAITING)),
        (done >= ends, due < end),
    )
