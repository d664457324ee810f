"""Drafts the team's part of a week's report: slips, forms, helpers, obstacles (001-16)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.console.words import Words
from logbook.reports import team_work
from logbook.reports.obstacles import open_ones
from logbook.reports.periods import Period
from logbook.settings.config_file import DutyPart


def draft(
    conn: Connection, words: Words, part: DutyPart, times: WorkingTimes, week: Period, now: datetime
) -> str:
    """Return the draft of a week as far as it is over at `now`, of the same hours as the week's report."""
    work = team_work.of_span(conn, part, times, week.begins, week.ends, now)
    lines = [
        words("team_draft_slips", count=len(work.slips)),
        words("team_draft_forms", count=len(work.forms), same_day=len(work.same_day)),
        words("team_draft_helpers", people=work.helpers, days=len(work.presences)),
    ]
    standing = open_ones(conn)
    lines.append(words("team_draft_obstacles", count=len(standing)))
    lines += [f"- {one.text}" for one in standing]
    return "\n".join(lines)
