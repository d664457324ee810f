"""Counts how often the hotline was made known, channel by channel, and how many people heard it (000-14)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from logbook.clock import local
from logbook.publications import publicity
from logbook.publications.publicity import PublicityEntry
from logbook.reports.figures import PUBLICITY, Figure, Figures
from logbook.reports.periods import WEEKLY
from logbook.reports.sections.section import COUNTS, Section
from logbook.reports.shown import Says
from logbook.reports.ticket_counts import CountedPeriod
from logbook.sentences import written
from logbook.settings.publications import PublicationsPart

GROUP = "publicity"
PEOPLE = "people"


def of_publicity(conn: Connection, span: CountedPeriod, part: PublicationsPart) -> list[Figure]:
    """Count the occasions of the days that ended in the period (004-12)."""
    first, last = local(span.begins).date(), local(span.ends).date() - timedelta(days=1)
    found = publicity.held_between(conn, first, last)
    names = {one.key: one.name for one in part.channels}
    names |= {one.channel: one.channel for one in found if one.channel not in names}
    times = [_figure(key, [one for one in found if one.channel == key], name) for key, name in names.items()]
    heard = sum(one.people or 0 for one in found)
    cases = tuple(str(one.id) for one in found if one.people)
    return [*times, Figure(GROUP, PEOPLE, heard, what=PUBLICITY, cases=cases)]


def _figure(key: str, found: list[PublicityEntry], name: str) -> Figure:
    cases = tuple(str(one.id) for one in found)
    return Figure(GROUP, key, len(found), label=name, what=PUBLICITY, cases=cases)


def _named(figure: Figure, says: Says) -> str:
    key = "publicity_people" if figure.key == PEOPLE else f"publicity_channel_{figure.key}"
    return written(figure.label or says(key))  # a report of before has no names in it


def _is_shown(figures: Figures) -> bool:
    """A week without an occasion, or a report of old, has no section of them."""
    counted = figures.section(GROUP)
    return any(one.value for one in counted) or bool(counted and figures.kind != WEEKLY)


SECTION = Section(
    key=GROUP,
    groups=(GROUP,),
    count=lambda this: of_publicity(this.conn, this.span, this.settings.publications),
    columns=COUNTS,
    label=_named,
    is_shown=_is_shown,
    keeps_gone=False,
)
