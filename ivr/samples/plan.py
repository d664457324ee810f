"""Samples of the action plan: its tasks, who answers for them, proof over the month, reminders at its end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.clock import local
from logbook.database.tables import plan_reminders
from logbook.dossiers.months import Month
from logbook.outbox import deliveries
from logbook.plan import evidence, importing, overview, pace, plans, reminders
from logbook.plan.annex import AnnexTask
from logbook.plan.annex_files import ReadAnnex
from logbook.plan.figures import FigureContext

USUAL = "Thường xuyên"
LARGEST = 1000
"""Bytes of a file; no sample has one."""


def add(month: SampleMonth) -> None:
    """Put the plan at the beginning of the month, its proof over it, and reminders at its end."""
    month.at(month.on(month.days[0], 0.05), partial(_bring_in, month))
    for details in month.words["plan"]["proof"]:
        day = month.days[int(len(month.days) * details["at"])]
        month.at(month.on(day, 0.55), partial(_prove, month, details))
    month.at(month.until - timedelta(minutes=1), partial(_remind, month))


def _bring_in(month: SampleMonth, conn: Connection) -> None:
    told, who, now = month.words["plan"], month.people["plan_owner"], month.clock.now()
    tasks = [
        _task(month, told["responsible"], group, title["title"], number, details)
        for group, title in enumerate(told["groups"], start=1)
        for number, details in enumerate(title["tasks"], start=1)
    ]
    read = ReadAnnex(
        told["title"], month.last.year, told["legal_basis"], tuple(told["recipients"]), tuple(tasks)
    )
    month.made["plan"] = importing.store(conn, read, told["title"], who, now).plan_id
    people = [one.key for one in month.made["officials"]][:3]
    for place, one in enumerate(plans.tasks_of(conn, (month.made["plan"],))):
        key = people[place % len(people)]
        plans.set_task(conn, one.id, one.version, key, one.figures, who, now)


def _task(
    month: SampleMonth, responsible: str, group: int, title: str, number: int, details: dict[str, Any]
) -> AnnexTask:
    said = details.get("pace", USUAL)
    if said == "due":
        said = f"trước ngày {month.last + timedelta(days=10):%d/%m/%Y}"
    found = pace.read(said)
    if found is None:
        raise ValueError(said)
    cadence, due = found
    content, result = details["content"], details["result"]
    return AnnexTask(group, title, number, content, responsible, cadence, said, due, result)


def _prove(month: SampleMonth, details: dict[str, Any], conn: Connection) -> None:
    now = month.clock.now()
    for one in plans.tasks_of(conn, (month.made["plan"],)):
        if one.place == details["place"]:
            note, link = details.get("note", ""), details.get("link", "")
            who = month.people["plan_owner"]
            evidence.give(conn, one, Month.of(now), note, link, None, LARGEST, who, now)


def _remind(month: SampleMonth, conn: Connection) -> None:
    """Log a reminder of each task without proof, as sent; no sample rings a telephone."""
    now, settings = month.clock.now(), month.hotline.settings
    context, here = FigureContext(settings, month.times.office, now), Month.of(now)
    tasks = plans.tasks_of(conn, (month.made["plan"],))
    for one in overview.of_month(conn, context, tasks, here):
        task = one.task
        if one.has_proof or task.due is not None:
            continue
        delivery = deliveries.put(
            conn,
            key=f"sample:plan:{task.id}",
            kind=reminders.DELIVERY,
            recipient=task.person or "",
            params={"count": "1", "tasks": task.place, "until": f"{local(now):%d/%m/%Y}"},
            now=now,
        )
        values = {"task_id": task.id, "occasion": f"month:{here}", "person": task.person, "made_at": now}
        conn.execute(plan_reminders.insert().values(**values, delivery_id=delivery))
