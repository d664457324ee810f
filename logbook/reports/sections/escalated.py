"""Section on escalations to leaders, and how fast they acknowledged (000-13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from logbook.database.tables import escalations
from logbook.reports.figures import ESCALATION, Figure
from logbook.reports.sections.section import Counting, Section, SectionColumn, part_column, whole_column
from logbook.reports.shown import amount
from logbook.reports.ticket_counts import CountedPeriod

BY_PEOPLE = ("key", "click")
"""How an escalation is settled by somebody who has heard of it (000-13)."""
_GOES_ON = "escalation:{}:handed_on"
_WENT_ON = _GOES_ON.format("%")


def of_escalations(conn: Connection, span: CountedPeriod, hidden: Callable[[int], bool]) -> list[Figure]:
    """Count what was escalated in the period, by kind, and how much of it a person acknowledged.

    An escalation that was handed on is one escalation, acknowledged by whoever had it last. The cases are the
    escalations, since a ticket may have more than one. `minutes` is the median from opening to
    acknowledgement, by the clock on the wall. `hidden` are the tickets (by row number) that are counted
    nowhere else either: khiếu nại and tố cáo (rules B1).
    """
    query = (
        select(escalations)
        .where(
            escalations.c.opened_at >= span.begins,
            escalations.c.opened_at < span.ends,
            escalations.c.key.not_like(_WENT_ON),
        )
        .order_by(escalations.c.id)
    )
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(query):
        if row.ticket_id is None or not hidden(row.ticket_id):
            by_kind[row.kind].append(row)
    later = select(escalations).where(
        escalations.c.opened_at >= span.begins,
        escalations.c.opened_at < span.ends,
        escalations.c.key.like(_WENT_ON),
    )
    went_on = {row.key: row for row in conn.execute(later)}
    return [_escalated(kind, rows, went_on, span) for kind, rows in sorted(by_kind.items())]


def _last(row: Any, went_on: Mapping[str, Any]) -> Any:
    """The row by which an escalation goes on after it was handed on, however often."""
    while (following := went_on.get(_GOES_ON.format(row.id))) is not None:
        row = following
    return row


def _escalated(kind: str, rows: Sequence[Any], went_on: Mapping[str, Any], span: CountedPeriod) -> Figure:
    ends = [(row, _last(row, went_on)) for row in rows]
    heard = [
        (row, (last.settled_at - row.opened_at).total_seconds() / 60)
        for row, last in ends
        if last.settled_how in BY_PEOPLE and last.settled_at is not None and last.settled_at < span.ends
    ]
    return Figure(
        "escalated",
        kind,
        len(heard),
        len(rows),
        what=ESCALATION,
        cases=_of_tickets(rows),
        minutes=round(median(minutes for _, minutes in heard)) if heard else None,
        part=_of_tickets(row for row, _ in heard),
    )


def _of_tickets(rows: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(row.id) for row in rows if row.ticket_id is not None)


def _counted(this: Counting) -> list[Figure]:
    apart = {ticket.row.id for ticket in this.found if ticket.guided}
    return of_escalations(this.conn, this.span, lambda ticket_id: ticket_id in apart)


SECTION = Section(
    internal=True,
    key="escalated",
    groups=("escalated",),
    count=_counted,
    columns=(
        whole_column("times", 24),
        part_column("acknowledged", 26),
        SectionColumn(
            "minutes", 38, lambda one, _, says: amount(one.minutes, says), lambda one, _, __: one.minutes
        ),
    ),
    named=("escalation", 65),
    sheet=("acknowledged", "times", "minutes"),
)
