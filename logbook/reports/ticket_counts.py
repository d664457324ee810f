"""Counts tickets: what came in, what became of it, deadlines met, who is late and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.reports.figures import TICKET, Figure, LateCase
from logbook.reports.past import PastTicket

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


def working_days(office: WorkingTime, begins: datetime, ends: datetime | None) -> int:
    """Return the working days after the day of `begins` up to that of `ends`, as deadlines are counted."""
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
    details = []
    for ticket in found:
        missed = span.holds(ticket.answered_at) and ticket.has_clock and _after(ticket)
        if not missed and not ticket.late_at(span.ends):
            continue
        answered = None if ticket.late_at(span.ends) else ticket.answered_at
        due = ticket.running_due_at if answered is None else ticket.due_at
        details.append(
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
    return tuple(sorted(details, key=lambda case: (-case.days, case.code)))


def _short(text: str) -> str:
    """As much of an explanation as a cell of the report holds, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"


def _after(ticket: PastTicket) -> bool:
    return ticket.answered_at is not None and ticket.answered_at > ticket.due_at


def figure_of(section: str, key: str, found: Sequence[PastTicket], label: str = "") -> Figure:
    return Figure(section, key, len(found), what=TICKET, cases=codes_of(found), label=label)


def codes_of(found: Iterable[PastTicket]) -> tuple[str, ...]:
    """The codes behind a figure; a khiếu nại or tố cáo is in no list of them."""
    return tuple(ticket.row.code for ticket in found if not ticket.guided)
