"""Reminds whoever answers for a task before the month's end, before its day, and once after it (002-29).

The log of reminders is the table itself: one row a task and occasion, so nobody is reminded of it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.accounts import accounts
from logbook.accounts.rights import Act, may
from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database import samples
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import plan_reminders as table
from logbook.database.tables import plan_tasks
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.dossiers.months import Month
from logbook.duty import reminders as duty_reminders
from logbook.officials import register
from logbook.officials.register import Official, RemindedBy
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.plan import overview, plans
from logbook.plan.annex import roman
from logbook.plan.figures import FigureContext
from logbook.plan.plans import Plan, PlanTask
from logbook.plan.states import Cadence
from logbook.settings.loading import Settings

DELIVERY = deliveries.PLAN_TASK
_LISTED = 6
"""Tasks that a message names."""


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A task to be reminded of: on which occasion, and until when it should be proved."""

    task: PlanTask
    occasion: str
    until: date


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """One line of the log; no `channel`, `outcome` and `state` where nobody could be reached.

    `outcome` is what the other side did where that is known, else how far the sending came.
    """

    task_id: int
    place: str
    occasion: str
    person: str | None
    channel: str | None
    outcome: str | None
    state: str | None
    made_at: datetime


def due(conn: Connection, context: FigureContext) -> list[DueReminder]:
    """Return the tasks of running plans without proof that somebody is to be reminded of today.

    Nobody is reminded of a sample.
    """
    today, days = local(context.now).date(), context.settings.plan.remind_days
    running = [one.id for one in plans.listed(conn)]
    wanted = [
        (one, found)
        for one in plans.tasks_of(conn, running)
        if (found := _occasion(one, today, days, context.office)) is not None
    ]
    known = _known(conn, [one.id for one, _ in wanted])
    unreal = samples.noted(conn).get("plan_tasks", set()) if context.settings.is_demo else set()
    fresh = [
        (one, found) for one, found in wanted if (one.id, found[0]) not in known and str(one.id) not in unreal
    ]
    month = Month.of(context.now)
    bare = {
        one.task.id
        for one in overview.of_month(conn, context, [one for one, _ in fresh], month)
        if not one.has_proof
    }
    return [DueReminder(one, *found) for one, found in fresh if one.id in bare]


def put(conn: Connection, context: FigureContext) -> int:
    """Log and send today's reminders, one message a person; return of how many tasks somebody was reminded.

    Where the person has no way to be reached, the plan's owner is told; where nobody has, the log says so.
    """
    by_plan = {one.id: one for one in plans.listed(conn)}
    people = _People(conn, context.settings, context.now)
    batches: dict[str | None, list[tuple[int, DueReminder]]] = {}
    for one in due(conn, context):
        who = people.reached(one.task, by_plan[one.task.plan_id])
        values = {"task_id": one.task.id, "occasion": one.occasion, "person": who, "made_at": context.now}
        row: int | None = conn.execute(_LOG.on(conn), values).scalar()
        if row is not None:
            batches.setdefault(who, []).append((row, one))
    for who, batch in batches.items():
        if who is not None:
            _send(conn, people, who, batch, context.now)
    return sum(len(batch) for who, batch in batches.items() if who is not None)


def is_overtaken(conn: Connection, context: FigureContext, row: Delivery) -> bool:
    """Whether every task a message reminds of was proved meanwhile, or its plan has ended."""
    query = select(table.c.task_id).where(table.c.delivery_id == row.id)
    running = {one.id for one in plans.listed(conn)}
    found = [plans.task(conn, number) for number in conn.execute(query).scalars().all()]
    tasks = [one for one in found if one is not None and one.plan_id in running]
    states = overview.of_month(conn, context, tasks, Month.of(context.now))
    return all(one.has_proof for one in states)


def log(conn: Connection, task_ids: Collection[int], most: int) -> list[ReminderLine]:
    """Return the newest reminders of these tasks first, with what became of each message."""
    names = {one.key: one.name for one in register.listed(conn)}
    query = (
        select(table, plan_tasks.c.group_number, plan_tasks.c.number)
        .add_columns(outbox.c.channel, outbox.c.result, outbox.c.state)
        .join(plan_tasks, plan_tasks.c.id == table.c.task_id)
        .outerjoin(outbox, outbox.c.id == table.c.delivery_id)
        .where(table.c.task_id.in_(task_ids))
        .order_by(table.c.id.desc())
    )
    return [
        ReminderLine(
            row.task_id,
            f"{roman(row.group_number)}.{row.number}",
            row.occasion,
            names.get(row.person, row.person),
            row.channel,
            row.result or row.state,
            row.state,
            row.made_at,
        )
        for row in conn.execute(query.limit(most))
    ]


def _occasion(task: PlanTask, today: date, days: int, office: WorkingTime) -> tuple[str, date] | None:
    """The name of the occasion and the day until which proof is wanted; None: not now."""
    if task.cadence is Cadence.DATED:
        if task.due is None:
            return None
        if today > task.due:
            return f"late:{task.due}", task.due
        return (f"due:{task.due}", task.due) if today >= _begins(task.due, days, office) else None
    month = Month(today.year, today.month)
    last = month.plus(1).first - timedelta(days=1)
    return (f"month:{month}", last) if today >= _begins(last, days, office) else None


def _begins(last: date, days: int, office: WorkingTime) -> date:
    """The first of the last so many working days up to and with `last`; two months back at most."""
    day, found = last, 0
    for _ in range(60):
        found += bool(office.day_windows(day))
        if found == days:
            break
        day -= timedelta(days=1)
    return day


def _known(conn: Connection, task_ids: Sequence[int]) -> set[tuple[int, str]]:
    query = select(table.c.task_id, table.c.occasion).where(table.c.task_id.in_(task_ids))
    return {(row.task_id, row.occasion) for row in conn.execute(query)}


def _enter(insert: InsertInto) -> Any:
    return insert(table).on_conflict_do_nothing(index_elements=["task_id", "occasion"]).returning(table.c.id)


_LOG = PerDatabase(_enter)


class _People:
    """Who can be reached, and how; looked up once a run."""

    def __init__(self, conn: Connection, settings: Settings, now: datetime) -> None:
        """Read the register, and who runs the plan."""
        self._settings = settings
        serving = register.listed(conn, local(now).date())
        self._by_key = {one.key: one for one in serving}
        logins = {one.login for one in accounts.listed(conn, now) if may(one, Act.RUN_PLAN)}
        self._owners = [one.key for one in serving if one.login in logins]

    def reached(self, task: PlanTask, plan: Plan) -> str | None:
        """Return the first who can be reached: the task's person, the plan's owner, whoever runs plans."""
        asked = (task.person, plan.owner, *self._owners)
        return next((key for key in asked if key is not None and self.way(key) is not None), None)

    def way(self, key: str) -> tuple[str, str] | None:
        """Return the recipient and the channel of somebody's messages, or None."""
        official = self._by_key.get(key)
        if official is None or official.reminded_by is RemindedBy.NOBODY:
            return None
        return next(self._ways(official), None)

    def _ways(self, official: Official) -> Iterator[tuple[str, str]]:
        for name in (official.key, official.second_key):
            if name is not None:
                channel = duty_reminders.way(self._settings, name, official.telephone)
                if channel is not None:
                    yield name, channel


def _send(
    conn: Connection, people: _People, who: str, batch: Sequence[tuple[int, DueReminder]], now: datetime
) -> None:
    way = people.way(who)
    if way is None:
        return
    recipient, channel = way
    rows = [row for row, _ in batch]
    places = [one.task.place for _, one in batch]
    shown = ", ".join(places[:_LISTED]) + (", …" if len(places) > _LISTED else "")
    delivery = deliveries.put(
        conn,
        key=f"{DELIVERY}:{rows[0]}",
        kind=DELIVERY,
        recipient=recipient,
        channel=channel,
        params={
            "count": str(len(places)),
            "tasks": shown,
            "until": f"{min(one.until for _, one in batch):%d/%m/%Y}",
        },
        now=now,
    )
    conn.execute(update(table).where(table.c.id.in_(rows)).values(delivery_id=delivery))
