"""Closes the account of a team member with the last day they belong to the team or the office (001-22)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select, update

from logbook.database.tables import people

TEAM_MEMBER = "team_member"
"""The role of members from outside; whoever has another role works here whatever becomes of the team."""


def close_after(conn: Connection, login: str | None, day: date | None) -> bool:
    """Let the account end with `day`, where it would stay open longer; True when that was changed.

    Sessions end with the day by themselves: each request asks whether the account is open.
    """
    if login is None or day is None:
        return False
    theirs = (people.c.login == login, people.c.role == TEAM_MEMBER)
    row = conn.execute(select(people.c.id, people.c.last_day).where(*theirs)).first()
    if row is None or (row.last_day is not None and row.last_day <= day):
        return False
    conn.execute(update(people).where(people.c.id == row.id).values(last_day=day))
    return True
