"""Section on calls to the hotline: how many, who was reached, callbacks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from logbook.calendar.working_time import Closure, WorkingTime
from logbook.calls import talks
from logbook.database.tables import (
    callbacks,
    calls,
    closures,
    legs,
)
from logbook.reports.figures import CALL, Figure
from logbook.reports.sections.section import COUNTS, Section
from logbook.search import calls as call_search

INBOUND = "inbound"


def of_calls(conn: Connection, hotline: WorkingTime, begins: datetime, ends: datetime) -> list[Figure]:
    """Count the calls that began in a period and the calls back promised in it (000-01, 000-10)."""
    inside = and_(calls.c.direction == INBOUND, calls.c.started_at >= begins, calls.c.started_at < ends)
    called = select(legs.c.turn).where(legs.c.call_id == calls.c.id)
    reached, briefly = called.where(talks.talked()).exists(), called.where(talks.brief()).exists()
    rows = conn.execute(select(calls.c.id, calls.c.started_at).where(inside).order_by(calls.c.id)).all()
    shut = _closures(conn, begins, ends)
    outside = [row.id for row in rows if not hotline.at(row.started_at, shut).is_open]
    found = {
        "all": [row.id for row in rows],
        "answered": _ids(conn, inside, reached),
        "missed": _ids(conn, inside, call_search.is_missed()),
        "brief": _ids(conn, inside, briefly, ~reached),
        "out_of_hours": outside,
        **_calls_back(conn, begins, ends),
    }
    return [
        Figure("calls", key, len(ids), what=CALL, cases=tuple(str(one) for one in ids))
        for key, ids in found.items()
    ]


def _ids(conn: Connection, *wanted: ColumnElement[bool]) -> list[int]:
    query = select(calls.c.id).where(*wanted).order_by(calls.c.id)
    return list(conn.execute(query).scalars())


def _closures(conn: Connection, begins: datetime, ends: datetime) -> list[Closure]:
    """The closures by hand as they really were: those ended early end there."""
    query = select(closures).where(
        closures.c.starts_at < ends, or_(closures.c.ends_at.is_(None), closures.c.ends_at > begins)
    )
    return [
        Closure(row.starts_at, row.ended_early_at or row.ends_at, row.reason)
        for row in conn.execute(query)
        if row.ended_early_at is None or row.ended_early_at > row.starts_at
    ]


def _calls_back(conn: Connection, begins: datetime, ends: datetime) -> dict[str, list[int]]:
    """People with a callback promised, made, still open at a period's end; by the first of their calls."""
    query = select(callbacks.c.call_id, callbacks.c.owed_since, callbacks.c.settled_at).where(
        callbacks.c.owed_since < ends,
        callbacks.c.merged_into.is_(None),
        or_(callbacks.c.settled_at.is_(None), callbacks.c.settled_at >= begins),
    )
    rows = conn.execute(query.order_by(callbacks.c.call_id)).all()
    return {
        "callbacks_promised": [row.call_id for row in rows if row.owed_since >= begins],
        "callbacks_settled": [row.call_id for row in rows if row.settled_at and row.settled_at < ends],
        "callbacks_owed": [row.call_id for row in rows if not row.settled_at or row.settled_at >= ends],
    }


SECTION = Section(
    key="calls",
    groups=("calls",),
    count=lambda this: of_calls(this.conn, this.times.hotline, this.span.begins, this.span.ends),
    columns=COUNTS,
    summary={
        "all": "calls.all",
        "answered": "calls.answered",
        "missed": "calls.missed",
        "owed": "calls.callbacks_owed",
    },
    waiting=("calls.callbacks_owed",),
    headline=("calls.all", "calls.missed"),
    trend=("calls.all", "calls.missed"),
)
