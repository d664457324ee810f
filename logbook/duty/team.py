"""Members of the team that collects slips, guides at the QR code and writes forms (001-01)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, or_, select, update

from logbook.database.tables import officials, team_members
from logbook.officials.register import Organisation
from logbook.plain_text import plain_text


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the register in the team; `since` and `until` bound both, `until` is the last day."""

    id: int
    person: str
    name: str
    organisation: Organisation
    since: date
    until: date | None
    login: str | None

    def serves_on(self, day: date) -> bool:
        """Whether they belong to the team on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


class MemberRefusedError(Exception):
    """The team cannot take that; `args[0]` is a text key of the catalogue."""


def members(conn: Connection, first: date, last: date) -> list[Member]:
    """Return who belongs to the team on some day from `first` to `last`, by organisation and name."""
    columns = (officials.c.name, officials.c.organisation, officials.c.login)
    bounds = (officials.c.since.label("entered"), officials.c.until.label("left"))
    query = (
        select(team_members, *columns, *bounds)
        .join(officials, officials.c.key == team_members.c.person)
        .where(team_members.c.since <= last)
        .where(or_(team_members.c.until.is_(None), team_members.c.until >= first))
        .order_by(officials.c.organisation, officials.c.name, team_members.c.id)
    )
    found = [
        Member(
            row.id,
            row.person,
            row.name,
            Organisation(row.organisation),
            max(row.since, row.entered),
            min((day for day in (row.until, row.left) if day is not None), default=None),
            row.login,
        )
        for row in conn.execute(query)
    ]
    return [one for one in found if one.since <= last and (one.until is None or one.until >= first)]


def on_day(found: Iterable[Member], day: date) -> frozenset[str]:
    """Return the keys of those who belong to the team on a day."""
    return frozenset(one.person for one in found if one.serves_on(day))


def join(conn: Connection, person: str, since: date, until: date | None, who: str, now: datetime) -> int:
    """Let somebody of the register join, and return the row's number; MemberRefusedError."""
    if until is not None and until < since:
        raise MemberRefusedError("team_days_bad")
    if conn.execute(select(officials.c.id).where(officials.c.key == person)).first() is None:
        raise MemberRefusedError("team_person_unknown")
    if any(one.person == person for one in members(conn, since, until or date.max)):
        raise MemberRefusedError("team_member_already")
    values = {
        "person": person,
        "since": since,
        "until": until,
        "made_by": plain_text(who, 128),
        "made_at": now,
    }
    return int(conn.execute(insert(team_members).values(**values).returning(team_members.c.id)).scalar_one())


def leave(conn: Connection, member_id: int, last_day: date) -> str | None:
    """Let a member's time end with `last_day`; return whose it was, None when there is no such row."""
    row = conn.execute(select(team_members).where(team_members.c.id == member_id)).first()
    if row is None:
        return None
    if last_day < row.since:
        raise MemberRefusedError("team_days_bad")
    conn.execute(update(team_members).where(team_members.c.id == member_id).values(until=last_day))
    return str(row.person)
