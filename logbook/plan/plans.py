"""Plans and their tasks: who answers for each, which figures prove it, milestones added by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, Person, may
from logbook.clock import local
from logbook.database.errors import StaleVersionError
from logbook.database.tables import officials, plan_tasks, plans
from logbook.dossiers.months import Month
from logbook.officials import register
from logbook.plain_text import folded, is_sentence, whole_text
from logbook.plan import annex, pace
from logbook.plan.figure_registry import FIGURES
from logbook.plan.states import Cadence

LONGEST_BASIS, LONGEST_RECIPIENTS = 5000, 5000


class PlanRefusedError(Exception):
    """A plan or a task cannot be kept like that; `args[0]` is a text key of the console."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan; `owner` is a key of the register, `recipients` one a line (004-13)."""

    id: int
    key: str
    title: str
    legal_basis: str
    first_month: str
    last_month: str
    owner: str | None
    recipients: str
    made_at: datetime
    ended_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class PlanTask:
    """One task; `person` is the key of who is reminded, `figures` those that prove it by themselves."""

    id: int
    plan_id: int
    group_number: int
    group_title: str
    number: int
    content: str
    responsible: str
    cadence: Cadence
    pace: str
    due: date | None
    result: str
    person: str | None
    figures: tuple[str, ...]
    made_at: datetime
    version: int

    @property
    def group(self) -> str:
        """The group as the document numbers it: I, II, …"""
        return annex.roman(self.group_number)

    @property
    def place(self) -> str:
        """How people call the task: IV.3."""
        return f"{self.group}.{self.number}"


@dataclass(frozen=True, slots=True)
class ToldPlan:
    """A plan as it was typed; months are like 2026-11."""

    title: str
    legal_basis: str
    first_month: str
    last_month: str
    owner: str
    recipients: str


@dataclass(frozen=True, slots=True)
class ToldTask:
    """A task as it was typed: a milestone of a running plan (001-05, 004-10)."""

    group_title: str
    content: str
    responsible: str
    pace: str
    result: str


_PLAN = tuple(plans.c[name] for name in Plan.__slots__)
_TASK = tuple(plan_tasks.c[name] for name in PlanTask.__slots__)


def key_of(title: str) -> str:
    """Return what makes two titles the same plan: letters without case and marks."""
    return hashlib.sha256(folded(title).encode()).hexdigest()


def listed(conn: Connection, *, running: bool = True) -> list[Plan]:
    """Return the plans, the newest first; all of them, or those nobody has ended."""
    query = select(*_PLAN).order_by(plans.c.id.desc())
    if running:
        query = query.where(plans.c.ended_at.is_(None))
    return [Plan(*row) for row in conn.execute(query)]


def find(conn: Connection, plan_id: int) -> Plan | None:
    """Return the plan of that number, or None."""
    row = conn.execute(select(*_PLAN).where(plans.c.id == plan_id)).first()
    return None if row is None else Plan(*row)


def titled(conn: Connection, title: str) -> Plan | None:
    """Return the plan of that title, or None."""
    row = conn.execute(select(*_PLAN).where(plans.c.key == key_of(title))).first()
    return None if row is None else Plan(*row)


def tasks_of(conn: Connection, plan_ids: Collection[int]) -> list[PlanTask]:
    """Return the tasks of these plans in the order of the documents."""
    order = (plan_tasks.c.plan_id.desc(), plan_tasks.c.group_number, plan_tasks.c.number)
    query = select(*_TASK).where(plan_tasks.c.plan_id.in_(plan_ids)).order_by(*order)
    return [_task(row) for row in conn.execute(query)]


def task(conn: Connection, task_id: int, *, lock: bool = False) -> PlanTask | None:
    """Return the task of that number, or None; with `lock` nobody else changes it meanwhile."""
    query = select(*_TASK).where(plan_tasks.c.id == task_id)
    if lock:
        query = query.with_for_update()
    row = conn.execute(query).first()
    return None if row is None else _task(row)


def keys_of_login(conn: Connection, login: str) -> frozenset[str]:
    """Return the keys under which the register knows whoever has that account."""
    query = select(officials.c.key, officials.c.second_key).where(officials.c.login == login)
    return frozenset(key for row in conn.execute(query) for key in row if key)


def is_theirs(conn: Connection, person: Person, one: PlanTask) -> bool:
    """Whether somebody answers for a task: the person it was given to, and whoever runs the plan."""
    return may(person, Act.RUN_PLAN) or one.person in keys_of_login(conn, person.login)


def create(conn: Connection, told: ToldPlan, who: Person | str, now: datetime) -> int:
    """Enter a plan and return its number; PlanRefusedError: no title, no period, or a title that is taken."""
    title = " ".join(whole_text(told.title, annex.LONGEST_TITLE).split())
    if not is_sentence(title):
        raise PlanRefusedError("plan_title_missing")
    try:
        first, last = Month.read(told.first_month), Month.read(told.last_month)
    except ValueError:
        raise PlanRefusedError("plan_months_wrong") from None
    if last < first:
        raise PlanRefusedError("plan_months_wrong")
    if titled(conn, title) is not None:
        raise PlanRefusedError("plan_title_taken")
    values = {
        "key": key_of(title),
        "title": title,
        "legal_basis": whole_text(told.legal_basis, LONGEST_BASIS),
        "first_month": str(first),
        "last_month": str(last),
        "owner": _known(conn, told.owner),
        "recipients": whole_text(told.recipients, LONGEST_RECIPIENTS),
        "made_by": who.login if isinstance(who, Person) else who,
        "made_at": now,
        "version": 1,
    }
    number = int(conn.execute(insert(plans).values(**values).returning(plans.c.id)).scalar_one())
    audit_log.write(conn, who, "make_plan", f"plan:{number}", now, title=title)
    return number


def end(conn: Connection, plan_id: int, who: Person, now: datetime) -> bool:
    """End a plan: it stays to be read, nobody is reminded of it; False when it was ended before."""
    open_one = (plans.c.id == plan_id, plans.c.ended_at.is_(None))
    done = conn.execute(update(plans).where(*open_one).values(ended_at=now)).rowcount > 0
    if done:
        audit_log.write(conn, who, "end_plan", f"plan:{plan_id}", now)
    return done


def add_task(conn: Connection, plan: Plan, told: ToldTask, who: Person, now: datetime) -> int:
    """Add a task or a milestone to a plan and return its number; PlanRefusedError says what is missing.

    A group of that title goes on, another title begins a new group. A day before the plan's own is accepted
    (004-11).
    """
    title, content, responsible, result = (
        whole_text(text, most)
        for text, most in (
            (" ".join(told.group_title.split()), annex.LONGEST_TITLE),
            (told.content, annex.LONGEST_CELL),
            (told.responsible, annex.LONGEST_CELL),
            (told.result, annex.LONGEST_CELL),
        )
    )
    said = " ".join(whole_text(told.pace, annex.LONGEST_PACE).split())
    if not (title and is_sentence(content) and responsible):
        raise PlanRefusedError("plan_task_lacks")
    found = pace.read(said)
    if found is None:
        raise PlanRefusedError("plan_task_pace")
    standing = tasks_of(conn, (plan.id,))
    groups = {folded(one.group_title): one.group_number for one in standing}
    group = groups.get(folded(title), max(groups.values(), default=0) + 1)
    number = max((one.number for one in standing if one.group_number == group), default=0) + 1
    values = {
        "plan_id": plan.id,
        "group_number": group,
        "group_title": title,
        "number": number,
        "content": content,
        "responsible": responsible,
        "cadence": found[0].value,
        "pace": said,
        "due": found[1],
        "result": result,
        **guessed(conn, content, responsible, result, now),
        "made_at": now,
        "version": 1,
    }
    made = int(conn.execute(insert(plan_tasks).values(**values).returning(plan_tasks.c.id)).scalar_one())
    audit_log.write(conn, who, "add_plan_task", f"plan_task:{made}", now, due=found[1])
    return made


def guessed(conn: Connection, content: str, responsible: str, result: str, now: datetime) -> dict[str, Any]:
    """Return who answers for a new task and which figures prove it, as far as its words say so.

    The person is the only one of the register whose title stands in the column; otherwise nobody.
    """
    said = folded(f"{content}\n{responsible}\n{result}")
    keys = [one.key for one in FIGURES.values() if any(sign in said for sign in one.signs)]
    named = [
        one.key
        for one in register.listed(conn, local(now).date())
        if one.title and folded(one.title) in folded(responsible)
    ]
    return {"person": named[0] if len(named) == 1 else None, "figures": " ".join(keys)}


def set_task(
    conn: Connection,
    task_id: int,
    version: int,
    person: str,
    figures: Sequence[str],
    who: Person,
    now: datetime,
) -> None:
    """Say who answers for a task and which figures prove it; StaleVersionError, PlanRefusedError."""
    before = task(conn, task_id, lock=True)
    if before is None or before.version != version:
        raise StaleVersionError
    keys = [key for key in FIGURES if key in figures]
    values = {"person": _known(conn, person), "figures": " ".join(keys), "version": version + 1}
    conn.execute(update(plan_tasks).where(plan_tasks.c.id == task_id).values(**values))
    subject = f"plan_task:{task_id}"
    audit_log.write(conn, who, "set_plan_task", subject, now, person=values["person"], figures=keys)


def _known(conn: Connection, key: str) -> str | None:
    """Return the key of somebody of the register, None for nobody; PlanRefusedError for a key of no one."""
    wanted = key.strip()[:64]
    if not wanted:
        return None
    found = register.of_key(conn, wanted)
    if found is None:
        raise PlanRefusedError("plan_person_unknown")
    return found.key


def _task(row: Any) -> PlanTask:
    kept = row._asdict()
    kept |= {"cadence": Cadence(kept["cadence"]), "figures": tuple(kept["figures"].split())}
    return PlanTask(**kept)
