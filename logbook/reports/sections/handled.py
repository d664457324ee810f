"""Section on what became of tickets: answered, closed, open, late, and whether citizens were satisfied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from logbook.calendar.working_time import WorkingTime
from logbook.reports.figures import TICKET, Figure
from logbook.reports.past import PastTicket
from logbook.reports.sections.section import COUNTS, Section, by_word, share_column
from logbook.reports.shown import Says
from logbook.reports.ticket_counts import CountedPeriod, codes_of, figure_of, working_days
from logbook.sentences import written
from logbook.tickets.lifecycle import TicketOutcome
from logbook.tickets.verbs.verdicts import AcceptAnswer, RejectAnswer


def handled(found: Sequence[PastTicket], span: CountedPeriod, office: WorkingTime) -> list[Figure]:
    """What was answered, closed and extended in the period, and what was open and late at its end."""
    found = [ticket for ticket in found if not ticket.guided]
    answered = [ticket for ticket in found if any(span.holds(at) for at in ticket.answers)]
    closed = [ticket for ticket in found if any(span.holds(at) for at, _ in ticket.closed)]
    extended = [ticket for ticket in found if any(span.holds(at) for at in ticket.extended_at)]
    first = [ticket for ticket in answered if span.holds(ticket.answered_at)]
    days = [working_days(office, ticket.row.opened_at, ticket.answered_at) for ticket in first]
    figures = [
        figure_of("handled", "answered", answered),
        figure_of("handled", "closed", closed),
        figure_of("handled", "open", [ticket for ticket in found if ticket.open]),
        figure_of("handled", "late", [ticket for ticket in found if ticket.late_at(span.ends)]),
        figure_of("handled", "extended", extended),
        Figure(
            "handled",
            "days",
            float(median(days)) if days else None,
            what=TICKET,
            cases=codes_of(first),
        ),
    ]
    last = {ticket.row.id: outcome for ticket in closed for at, outcome in ticket.closed if span.holds(at)}
    figures += [
        replace(
            figure_of("outcome", one, [ticket for ticket in closed if last[ticket.row.id] == one]),
            of=len(closed),
        )
        for one in TicketOutcome
    ]
    for key, verb in (("satisfied", AcceptAnswer.name), ("dissatisfied", RejectAnswer.name)):
        said = [t for t in found if any(v == verb and span.holds(at) for at, v in t.verdicts)]
        figures.append(figure_of("verdicts", key, said))
    return figures


def _named(figure: Figure, says: Says) -> str:
    if figure.section == "outcome":
        return written(says(f"ticket_outcome_{figure.key}"))
    return by_word(figure, says)


SECTION = Section(
    key="handled",
    groups=("handled", "outcome", "verdicts"),
    count=lambda this: handled(this.found, this.span, this.times.office),
    columns=COUNTS,
    label=_named,
    summary={one: f"handled.{one}" for one in ("answered", "closed", "open", "late")},
    waiting=("verdicts.dissatisfied",),
    headline=("handled.answered", "handled.open", "handled.late"),
    trend=("handled.answered", "handled.late"),
    sheet_of={"outcome": (*COUNTS, share_column(22))},
)
