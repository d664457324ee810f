"""Imports a plan's annex: all of it or nothing, and the same file a second time changes nothing (002-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.tables import plan_tasks
from logbook.plan import plans
from logbook.plan.annex import AnnexTask
from logbook.plan.annex_files import ReadAnnex
from logbook.plan.plans import Plan, PlanTask, ToldPlan

_SAID = ("group_title", "content", "responsible", "cadence", "pace", "due", "result")
"""What the table says of a task; who answers for it and its figures are the office's own."""


@dataclass(frozen=True, slots=True)
class PlanImport:
    """What importing does: tasks that are new, changed, as they stood, and those the file does not name.

    The last ones stay. `plan_id` is 0 where there is no plan of that title yet.
    """

    plan_id: int
    new: tuple[AnnexTask, ...]
    changed: tuple[AnnexTask, ...]
    unchanged: int
    kept: tuple[str, ...]


def compare(conn: Connection, read: ReadAnnex, title: str) -> PlanImport:
    """Return what importing under that title would do; nothing is written."""
    plan = plans.titled(conn, title)
    standing = {} if plan is None else _standing(conn, plan)
    return _compared(0 if plan is None else plan.id, read.tasks, standing)


def store(conn: Connection, read: ReadAnnex, title: str, who: Person | str, now: datetime) -> PlanImport:
    """Import the annex under a title, in the caller's transaction; PlanRefusedError for a title of no words.

    A plan of that title gets what is new and what has changed, everything else stays as it is.
    """
    plan = plans.titled(conn, title)
    if plan is None:
        year = read.year or local(now).year
        recipients = "\n".join(read.recipients)
        told = ToldPlan(title, read.legal_basis, f"{year}-01", f"{year}-12", "", recipients)
        plan = plans.find(conn, plans.create(conn, told, who, now))
    if plan is None:
        raise LookupError(title)
    standing = _standing(conn, plan)
    found = _compared(plan.id, read.tasks, standing)
    for one in found.new:
        values = _values(one) | plans.guessed(conn, one.content, one.responsible, one.result, now)
        place = {"plan_id": plan.id, "group_number": one.group_number, "number": one.number}
        conn.execute(insert(plan_tasks).values(**place, **values, made_at=now, version=1))
    for one in found.changed:
        before = standing[one.group_number, one.number]
        new = update(plan_tasks).where(plan_tasks.c.id == before.id)
        conn.execute(new.values(**_values(one), version=before.version + 1))
    if found.new or found.changed:
        counts = (len(found.new), len(found.changed))
        audit_log.write(conn, who, "import_plan", f"plan:{plan.id}", now, new=counts[0], changed=counts[1])
    return found


def _standing(conn: Connection, plan: Plan) -> dict[tuple[int, int], PlanTask]:
    return {(one.group_number, one.number): one for one in plans.tasks_of(conn, (plan.id,))}


def _compared(
    plan_id: int, read: Sequence[AnnexTask], standing: dict[tuple[int, int], PlanTask]
) -> PlanImport:
    new = [one for one in read if (one.group_number, one.number) not in standing]
    rest = [one for one in read if (one.group_number, one.number) in standing]
    changed = [one for one in rest if _said(one) != _said(standing[one.group_number, one.number])]
    named = {(one.group_number, one.number) for one in read}
    kept = tuple(one.place for place, one in standing.items() if place not in named)
    return PlanImport(plan_id, tuple(new), tuple(changed), len(rest) - len(changed), kept)


def _said(one: AnnexTask | PlanTask) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in _SAID)


def _values(one: AnnexTask) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _SAID} | {"cadence": one.cadence.value}
