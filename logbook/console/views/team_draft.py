"""Drafts the team's part of a week's report: slips, forms, helpers, obstacles (001-16)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import ZONE
from logbook.console.words import Words
from logbook.database.tables import slips as slips_table
from logbook.duty import written_forms
from logbook.duty.on_duty import on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.reports.obstacles import open_ones
from logbook.settings.config_file import DutyPart


def draft(
    conn: Connection,
    words: Words,
    part: DutyPart,
    times: WorkingTimes,
    first: date,
    last: date,
    now: datetime,
) -> str:
    """Return the draft of the week from `first` to `last`, as far as it is over at `now`."""
    begins, ends = (datetime.combine(day, time(), ZONE) for day in (first, last + timedelta(days=1)))
    entered = (slips_table.c.entered_at >= begins, slips_table.c.entered_at < ends)
    valid = (*entered, slips_table.c.valid)
    slips = conn.execute(select(func.count()).select_from(slips_table).where(*valid)).scalar_one()
    forms = written_forms.counted(conn, first, last)
    there = [
        (one.session.date, person)
        for one in on_duty_between(conn, part, times, first, last, (DutyKind.SLIP_TEAM,))
        if one.session.begins <= now
        for person in one.people
    ]
    lines = [
        words("team_draft_slips", count=slips),
        words("team_draft_forms", count=forms.cases, same_day=forms.same_day),
        words("team_draft_helpers", people=len({who for _, who in there}), days=len(set(there))),
    ]
    standing = open_ones(conn)
    lines.append(words("team_draft_obstacles", count=len(standing)))
    lines += [f"- {one.text}" for one in standing]
    return "\n".join(lines)
