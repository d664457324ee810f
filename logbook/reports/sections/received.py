"""Section on tickets that came in, by channel, person, kind and content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, or_, select

from logbook.database.tables import restricted_records
from logbook.reports.figures import Figure
from logbook.reports.past import PastTicket
from logbook.reports.sections.section import COUNTS, Section, by_word
from logbook.reports.shown import Says
from logbook.reports.ticket_counts import CountedPeriod, figure_of
from logbook.sentences import written
from logbook.settings.config_file import TicketsPart
from logbook.tickets.lifecycle import TicketTopic


def received(
    conn: Connection, found: Sequence[PastTicket], span: CountedPeriod, part: TicketsPart
) -> list[Figure]:
    """What came in, by channel, kind, topic and category; khiếu nại and tố cáo as one total (rules B1)."""
    new = [ticket for ticket in found if span.holds(ticket.row.opened_at) and not ticket.guided]
    figures = [figure_of("received", "all", new), Figure("received", "guided", _guided(conn, found, span))]
    for section in ("channel", "caller_type", "kind", "topic", "category"):
        figures += _grouped(section, new, part)
    return figures


def _guided(conn: Connection, found: Sequence[PastTicket], span: CountedPeriod) -> int:
    """How many were guided in the period; a ticket of a call that was guided already is the same case."""
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
    order = [*TicketTopic] if section == "topic" else sorted(groups, key=lambda key: (-len(groups[key]), key))
    order += [key for key in groups if key not in order]
    return [figure_of(section, key, groups[key], label=_label(section, key, part)) for key in order]


def _label(section: str, key: str, part: TicketsPart) -> str:
    known = part.category(key) if section == "category" else None
    return known.name if known else key if section == "category" else ""


def _named(figure: Figure, says: Says) -> str:
    if figure.label or figure.section in ("received", "category") or figure.name == "topic.unknown":
        return by_word(figure, says)
    return written(says(f"ticket_{figure.section}_{figure.key}"))


SECTION = Section(
    key="received",
    groups=("received", "channel", "caller_type", "kind", "topic", "category"),
    count=lambda this: received(this.conn, this.found, this.span, this.settings.tickets),
    columns=COUNTS,
    label=_named,
    summary={"all": "received.all", "guided": "received.guided"},
    waiting=("kind.unclassified",),
    headline=("received.all",),
    trend=("received.all",),
    charted=("channel", "topic"),
)
