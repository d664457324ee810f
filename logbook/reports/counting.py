"""Counts all figures of one report in one transaction, as of the period's end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import local
from logbook.database.tables import people
from logbook.plan import work_checks
from logbook.reports import late, obstacles, past, ticket_counts
from logbook.reports.figures import Figure, Figures, LateCase, Letterhead, ReportedCheck
from logbook.reports.periods import SUPERIOR, WEEKLY, Period
from logbook.reports.sections import registry
from logbook.reports.sections.section import Counting
from logbook.reports.ticket_counts import CountedPeriod
from logbook.settings.loading import Settings

HAMLETS = "{hamlets}"
"""Where the recipients of a document name the hamlets."""


def counted(
    conn: Connection,
    period: Period,
    settings: Settings,
    times: WorkingTimes,
    now: datetime,
    before: Figures | None = None,
) -> Figures:
    """Count the report of `period`; `before` is that of the period before, whose figures stand beside.

    `conn` sees one moment. Figures that need the past are rebuilt from the histories, so that a
    report made late says what it would have said in time.
    """
    span = CountedPeriod(period.begins, period.ends)
    found = past.as_of(conn, span.begins, span.ends)
    this = Counting(conn, found, span, settings, times, is_monthly=period.kind != WEEKLY)
    figures = [figure for section in registry.SECTIONS for figure in section.count(this)]
    order = registry.groups()
    return Figures(
        kind=period.kind,
        period=period.name,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        begins=period.begins,
        ends=period.ends,
        made_at=now,
        target=settings.ratings.target_percent,
        letterhead=letterhead(period.kind, settings),
        figures=tuple(sorted(beside(figures, before), key=lambda one: order.index(one.section))),
        late=_late(this, _names(conn)),
        obstacles=obstacles.reported(conn, span.begins, span.ends),
        minimum=settings.ratings.minimum_sample,
        checks=_checks(this) if this.is_monthly else (),
    )


def _late(this: Counting, names: Mapping[int, str]) -> tuple[LateCase, ...]:
    """The late tickets, explained as far as a report before explained them (002-22)."""
    found = ticket_counts.late_cases(this.found, this.span, this.times.office, names)
    return late.carried_over(this.conn, found)


def _checks(this: Counting) -> tuple[ReportedCheck, ...]:
    """The checks of officials' work in the days of the period (004-15)."""
    first = local(this.span.begins).date()
    last = local(this.span.ends - timedelta(seconds=1)).date()
    return tuple(
        ReportedCheck(f"{one.checked_on:%d/%m/%Y}", one.checker, one.unit, one.content, one.guidance)
        for one in work_checks.held_between(this.conn, first, last)
    )


def _names(conn: Connection) -> Mapping[int, str]:
    return {row.id: row.name for row in conn.execute(select(people.c.id, people.c.name))}


def beside(figures: list[Figure], before: Figures | None) -> list[Figure]:
    """Put the figures of the period before beside these; what did not occur then was none."""
    if before is None:
        return figures
    earlier: Mapping[str, Figure] = {one.name: one for one in before.figures}
    details = []
    for figure in figures:
        old = earlier.get(figure.name)
        if old is None:
            old = replace(figure, value=0 if figure.value is not None else None, of=figure.of and 0)
        details.append(replace(figure, before=old.value, of_before=old.of))
    gone = earlier.keys() - {figure.name for figure in figures}
    return details + [_none_now(earlier[name]) for name in sorted(gone) if _belongs(earlier[name])]


def _belongs(old: Figure) -> bool:
    """Whether a figure that occurs no longer is shown once more; questions put away, weeks missed are not."""
    section = registry.of_figure(old)
    return bool(old.value) and section is not None and section.keeps_gone


def _none_now(old: Figure) -> Figure:
    return replace(
        old, value=0, of=old.of and 0, before=old.value, of_before=old.of, cases=(), part=None, minutes=None
    )


def letterhead(kind: str, settings: Settings) -> Letterhead:
    """What the document of such a report says at its head and foot (000-15, 000-16, rules B3)."""
    part = settings.reports
    words = part.weekly if kind == WEEKLY else part.monthly
    if kind == SUPERIOR and part.superior is not None:
        words = part.superior
    signer = next((one.name for one in settings.notifications.officials if one.role == words.signer), "")
    return Letterhead(
        agency=words.issuer or settings.office.agency,
        place=part.place,
        sign=words.sign,
        signed_for=words.signed_for or "",
        signer_title=words.signer_title,
        signer=signer,
        recipients=_recipients(words.recipients, settings),
        basis=words.basis,
        superior=settings.office.agency if words.issuer else "",
        addressed=words.addressed or "",
        province=settings.office.province,
    )


def _recipients(lines: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Return "Nơi nhận" with the hamlets where it says {hamlets}; without any it is left out (004-13)."""
    hamlets = settings.office.hamlets
    said = "" if hamlets is None else hamlets.said
    return tuple(one.replace(HAMLETS, said) for one in lines if hamlets is not None or HAMLETS not in one)
