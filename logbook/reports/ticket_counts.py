"""Counts of the book: what came in, what became of it, which terms were met, who is late and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Connection, or_, select

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database.tables import restricted_records
from logbook.reports.figures import TICKET, Figure, LateCase
from logbook.reports.past import PastTicket
from logbook.settings.config_file import TicketsPart
from logbook.tickets.lifecycle import OUTCOMES, TOPICS

LONGEST_CELL = 500
"""Characters of a cause or a remedy in the report; the whole of it stands in the ticket."""


@dataclass(frozen=True, slots=True)
class CountedPeriod:
    """The period that is counted; instants are aware, the end not included."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Whether something happened in it."""
        return moment is not None and self.begins <= moment < self.ends


def received(
    conn: Connection, found: Sequence[PastTicket], span: CountedPeriod, part: TicketsPart
) -> list[Figure]:
    """What came in, by channel, kind, topic and category; khiếu nại and tố cáo as one total (rules B1)."""
    new = [ticket for ticket in found if span.holds(ticket.row.opened_at) and not ticket.guided]
    figures = [_figure("received", "all", new), Figure("received", "guided", _guided(conn, found, span))]
    for section in ("channel", "caller_type", "kind", "topic", "category"):
        figures += _grouped(section, new, part)
    return figures


def _guided(conn: Connection, found: Sequence[PastTicket], span: CountedPeriod) -> int:
    """How many were guided in the period; a ticket of a call that was guided already is the same matter."""
    calls = [ticket.row.call_id for ticket in found if span.holds(ticket.guided_at)]
    records = conn.execute(
        select(restricted_records.c.call_id, restricted_records.c.at).where(
            restricted_records.c.at < span.ends,
            or_(restricted_records.c.at >= span.begins, restricted_records.c.call_id.in_(calls)),
        )
    ).all()
    recorded = {row.call_id for row in records}
    return sum(span.holds(row.at) for row in records) + sum(call not in recorded for call in calls)


def _grouped(section: str, found: Iterable[PastTicket], part: TicketsPart) -> list[Figure]:
    groups: dict[str, list[PastTicket]] = defaultdict(list)
    for ticket in found:
        value = getattr(ticket.row if section in ("channel", "caller_type") else ticket, section)
        if value is not None or section in ("topic", "caller_type"):
            groups[value or "unknown"].append(ticket)
    order = [*TOPICS] if section == "topic" else sorted(groups, key=lambda key: (-len(groups[key]), key))
    order += [key for key in groups if key not in order]
    return [_figure(section, key, groups[key], label=_label(section, key, part)) for key in order]


def _label(section: str, key: str, part: TicketsPart) -> str:
    known = part.category(key) if section == "category" else None
    return known.name if known else key if section == "category" else ""


def handled(found: Sequence[PastTicket], span: CountedPeriod, office: WorkingTime) -> list[Figure]:
    """What was answered, closed and extended in the period, and what was open and late at its end."""
    found = [ticket for ticket in found if not ticket.guided]
    answered = [ticket for ticket in found if any(span.holds(at) for at in ticket.answers)]
    closed = [ticket for ticket in found if any(span.holds(at) for at, _ in ticket.closed)]
    extended = [ticket for ticket in found if any(span.holds(at) for at in ticket.extended_at)]
    first = [ticket for ticket in answered if span.holds(ticket.answered_at)]
    days = [working_days(office, ticket.row.opened_at, ticket.answered_at) for ticket in first]
    figures = [
        _figure("handled", "answered", answered),
        _figure("handled", "closed", closed),
        _figure("handled", "open", [ticket for ticket in found if ticket.open]),
        _figure("handled", "late", [ticket for ticket in found if ticket.late_at(span.ends)]),
        _figure("handled", "extended", extended),
        Figure(
            "handled",
            "days",
            float(median(days)) if days else None,
            what=TICKET,
            cases=_codes(first),
        ),
    ]
    last = {ticket.row.id: outcome for ticket in closed for at, outcome in ticket.closed if span.holds(at)}
    figures += [
        replace(
            _figure("outcome", one, [ticket for ticket in closed if last[ticket.row.id] == one]),
            of=len(closed),
        )
        for one in OUTCOMES
    ]
    for key, verb in (("satisfied", "accept_answer"), ("dissatisfied", "reject_answer")):
        said = [t for t in found if any(v == verb and span.holds(at) for at, v in t.verdicts)]
        figures.append(_figure("verdicts", key, said))
    return figures


def working_days(office: WorkingTime, begins: datetime, ends: datetime | None) -> int:
    """Return the working days after the day of `begins` up to that of `ends`, as terms are counted."""
    if ends is None:
        return 0
    day, last, count = local(begins).date(), local(ends).date(), 0
    while day < last:
        day += timedelta(days=1)
        count += bool(office.days.is_working_day(day) and office.day_windows(day))
    return count


def late_cases(
    found: Sequence[PastTicket], span: CountedPeriod, office: WorkingTime, names: Mapping[int, str]
) -> tuple[LateCase, ...]:
    """Tickets answered late in the period or late at its end, the longest first, each explained (002-22).

    `names` are those of the accounts, for who works on it.

    The explanation is what stands in the ticket when the report is made: the cause written at closing, or
    the reason given for more time; empty where there is none.
    """
    told = []
    for ticket in found:
        missed = span.holds(ticket.answered_at) and ticket.has_clock and _after(ticket)
        if not missed and not ticket.late_at(span.ends):
            continue
        answered = None if ticket.late_at(span.ends) else ticket.answered_at
        due = ticket.running_due_at if answered is None else ticket.due_at
        told.append(
            LateCase(
                ticket.row.code,
                ticket.row.opened_at,
                due,
                answered,
                working_days(office, due, answered or span.ends),
                _short(ticket.row.cause or ticket.excuse),
                _short(ticket.row.remedy or ""),
                ticket.row.conflict or ticket.guided,
                names.get(ticket.row.assigned_id, ""),
            )
        )
    return tuple(sorted(told, key=lambda case: (-case.days, case.code)))


def _short(text: str) -> str:
    """As much of an explanation as a cell of the report holds, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"


def _after(ticket: PastTicket) -> bool:
    return ticket.answered_at is not None and ticket.answered_at > ticket.due_at


def _figure(section: str, key: str, found: Sequence[PastTicket], label: str = "") -> Figure:
    return Figure(section, key, len(found), what=TICKET, cases=_codes(found), label=label)


def _codes(found: Iterable[PastTicket]) -> tuple[str, ...]:
    """The codes behind a figure; a khiếu nại or tố cáo is in no list of them."""
    return tuple(ticket.row.code for ticket in found if not ticket.guided)
