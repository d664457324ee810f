"""Counts of services in each month, entered by hand; corrections stand beside earlier values (002-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.tables import dossiers, monthly_counts, people
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.dossiers.months import Month

MOST = 1_000_000
"""The largest count of a month."""


class CounterRefusedError(Exception):
    """A count that cannot be kept; `args[0]` is a text key of the console."""


class CountedMeanwhileError(Exception):
    """Somebody else entered this month's counts since the page was opened."""


@dataclass(frozen=True, slots=True)
class MonthlyCount:
    """The count of one service in one month: its newest value, the how-many-eth, by whom and when."""

    id: int
    month: str
    service: str
    number: int
    value: int
    by: str
    at: datetime


def _count(insert: InsertInto) -> Any:
    key = ["month", "service", "number"]
    return insert(monthly_counts).on_conflict_do_nothing(index_elements=key).returning(monthly_counts.c.id)


_COUNT = PerDatabase(_count)


def counted(conn: Connection, first: Month, last: Month) -> list[MonthlyCount]:
    """Return the newest count of each service in each month from `first` to `last`."""
    table = monthly_counts
    inside = table.c.month.between(str(first), str(last))
    newest = (
        select(table.c.month, table.c.service, func.max(table.c.number).label("number"))
        .where(inside)
        .group_by(table.c.month, table.c.service)
        .subquery()
    )
    same = (
        (table.c.month == newest.c.month)
        & (table.c.service == newest.c.service)
        & (table.c.number == newest.c.number)
    )
    return _counts(conn, _counts_query().join(newest, same).order_by(table.c.month, table.c.service))


def history(conn: Connection, month: Month) -> list[MonthlyCount]:
    """Return every value that was ever entered for a month, the newest first."""
    query = _counts_query().where(monthly_counts.c.month == str(month))
    return _counts(conn, query.order_by(monthly_counts.c.id.desc()).limit(200))


def counts_of(conn: Connection, ids: Iterable[int]) -> list[MonthlyCount]:
    """Return these counts by their months."""
    query = _counts_query().where(monthly_counts.c.id.in_(list(ids)))
    return _counts(conn, query.order_by(monthly_counts.c.month, monthly_counts.c.id))


def _counts_query() -> Any:
    columns = [monthly_counts.c[name] for name in ("id", "month", "service", "number", "value", "entered_at")]
    by = people.c.name.label("by")
    return select(*columns, by).join(people, people.c.id == monthly_counts.c.entered_by)


def _counts(conn: Connection, query: Any) -> list[MonthlyCount]:
    return [
        MonthlyCount(row.id, row.month, row.service, row.number, row.value, row.by, row.entered_at)
        for row in conn.execute(query)
    ]


def count_month(
    conn: Connection,
    month: Month,
    typed: Mapping[str, tuple[str, int]],
    person: Person,
    now: datetime,
) -> int:
    """Keep the counts of a month that changed and return how many.

    `typed` holds for each service the number as typed (empty: left alone) and the how-many-eth value the
    person had before them. CountedMeanwhileError when that is not the newest; CounterRefusedError.
    """
    if month > Month.of(now):
        raise CounterRefusedError("counts_month_wrong")
    known = {one.service: one for one in counted(conn, month, month)}
    changed = 0
    for service, (text, seen) in typed.items():
        if not text.strip():
            continue
        value, standing = _number(text), known.get(service)
        newest = standing.number if standing else 0
        if seen != newest:
            raise CountedMeanwhileError
        if standing is not None and standing.value == value:
            continue
        values = {
            "month": str(month),
            "service": service,
            "number": newest + 1,
            "value": value,
            "entered_by": person.id,
            "entered_at": now,
        }
        if conn.execute(_COUNT.on(conn), values).scalar() is None:
            raise CountedMeanwhileError
        changed += 1
    if changed:
        audit_log.write(conn, person, "count_month", f"month:{month}", now, services=changed)
    return changed


def _number(text: str) -> int:
    typed = text.strip().replace(".", "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 8 and int(typed) <= MOST):
        raise CounterRefusedError("counts_number_wrong")
    return int(typed)


def online_dossiers(conn: Connection, month: Month) -> int:
    """Return how many dossiers of the month came in online by the desk's software, to check the count by."""
    begins, ends = month.begins, month.plus(1).begins
    inside = (dossiers.c.online, dossiers.c.received_at >= begins, dossiers.c.received_at < ends)
    return int(conn.execute(select(func.count()).where(*inside)).scalar_one())
