"""Counts what the team did in a span: slips collected, forms written, who was on duty (001-16, 001-17).

The team's draft and the section of the report are counted here, so that both say the same of one week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import local
from logbook.database.tables import slips, written_forms
from logbook.duty.on_duty import on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.settings.config_file import DutyPart


@dataclass(frozen=True, slots=True)
class TeamWork:
    """Row numbers of slips and forms, and who was present on which day; two sessions of a day are one."""

    slips: tuple[int, ...]
    forms: tuple[int, ...]
    same_day: tuple[int, ...]
    presences: tuple[tuple[date, str], ...]

    @property
    def helpers(self) -> int:
        """How many people that were."""
        return len({person for _, person in self.presences})


def of_span(
    conn: Connection, part: DutyPart, times: WorkingTimes, begins: datetime, ends: datetime, now: datetime
) -> TeamWork:
    """Count what was entered from `begins` until before `ends`, and the sessions begun in it by `now`.

    By the moment of entry, as a week's report runs from one drawing to the next: what is noted afterwards
    stands in the next report, nothing in two of them.
    """
    valid = (slips.c.entered_at >= begins, slips.c.entered_at < ends, slips.c.valid)
    collected = conn.execute(select(slips.c.id).where(*valid).order_by(slips.c.id)).scalars()
    entered = (written_forms.c.entered_at >= begins, written_forms.c.entered_at < ends)
    query = select(written_forms.c.id, written_forms.c.same_day).where(*entered).order_by(written_forms.c.id)
    forms = conn.execute(query).all()
    first, last = local(begins).date(), local(ends).date()
    there = {
        (one.session.date, person)
        for one in on_duty_between(conn, part, times, first, last, (DutyKind.SLIP_TEAM,))
        if begins <= one.session.begins < ends and one.session.begins <= now
        for person in one.people
    }
    return TeamWork(
        tuple(collected),
        tuple(row.id for row in forms),
        tuple(row.id for row in forms if row.same_day),
        tuple(sorted(there)),
    )
