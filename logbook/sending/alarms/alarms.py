"""Alarms: checks what is wrong now, and opens and ends the office's escalations for it (F-10, F-24)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import Closure
from logbook.calls import open_calls
from logbook.clock import local
from logbook.database import heartbeats
from logbook.database.shared_clock import MOST_APART
from logbook.database.tables import calls, deliveries, recordings, tickets
from logbook.database.tables import escalations as escalations_table
from logbook.duty import gaps
from logbook.duty.gaps import Gap, gaps_ahead
from logbook.duty.sessions import DutyKind
from logbook.guests import NOT_SENT
from logbook.outbox import deliveries as outbox
from logbook.outbox import escalations
from logbook.outbox.kinds import WAITED_FOR
from logbook.sending import calls as ringing
from logbook.sending import escalation_steps
from logbook.settings.config_file import DutyPart
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue

KINDS = ("alarm", "roster_gap", "holidays_missing", "desk")
"""Kinds of escalations that are opened here; each carries the word `alarm`, the name of the trouble."""
BACKUP_AT_LATEST = timedelta(hours=26)
TRIED_IN_VAIN = 6
"""So many tries are spread over ten minutes and more (`sending.tried_for`)."""
LOST_WITHIN = timedelta(days=7)
"""How long a recording that could not be fetched raises a new alarm each day."""
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: its name, the kind of escalation, and the parameters of the sentence `alarm_<name>`.

    `once` names the period in which the alarm is raised once; without it that is a day. `ladder` says who
    hears of it.
    """

    name: str
    kind: str = "alarm"
    params: Mapping[str, str] = field(default_factory=dict)
    once: str = ""
    ladder: str = "office"


def sentence(catalogue: Catalogue, row: escalations.Escalation) -> str:
    """Return an alarm's sentence, for the screen and for messages; "" for any other escalation."""
    details = {str(name): str(word) for name, word in json.loads(row.params).items()}
    key = f"alarm_{details.get('alarm', '')}"
    if row.kind not in KINDS or key not in catalogue.sentences:
        return ""
    return catalogue.sentence(key, {name: details.get(name, "–") for name in catalogue.words_of(key)})


# --- the checks -------------------------------------------------------------------------------------------


def disk(free_mb: int, least_mb: int) -> list[Alarm]:
    """Too little is left on the disk of the data folder, in megabytes (F-10)."""
    return [] if free_mb >= least_mb else [Alarm("disk", params={"mb": str(free_mb), "least": str(least_mb)})]


def roster_gap(
    conn: Connection, duty: DutyPart, times: WorkingTimes, shut: Sequence[Closure], now: datetime
) -> list[Alarm]:
    """Nobody is on duty in a session of the next day the line is open, or of what is left of today (000-03).

    Where only some sessions of a day are empty, they are named: each is a trouble of its own.
    """
    return [
        Alarm("roster_stand_in" if gap.stand_in else "roster_nobody", "roster_gap", {"day": _named(gap)})
        for gap in gaps_ahead(conn, duty, times, shut, now)
    ]


TEAM_GAPS = {DutyKind.SLIP_TEAM: "team_nobody", DutyKind.QR_GUIDE: "guide_nobody"}


def team_gap(conn: Connection, duty: DutyPart, times: WorkingTimes, now: datetime) -> list[Alarm]:
    """Nobody of the team, or no guide, is assigned in a session of its next day or today (001-02, 004-02).

    Only where the office plans them at all.
    """
    return [
        Alarm(name, "roster_gap", {"day": _named(gap)})
        for kind, name in TEAM_GAPS.items()
        if gaps.is_planned(conn, duty, times, now, kind)
        for gap in gaps.gaps_ahead(conn, duty, times, (), now, kind)
    ]


def _named(gap: Gap) -> str:
    return f"{gap.day:%d/%m/%Y}" if gap.whole else f"{gap.day:%d/%m/%Y} ({gap.hours})"


def holidays_missing(years: Collection[int], today: date) -> list[Alarm]:
    """This year's official days are not entered, or from 1 December on next year's (rules B6, F-14)."""
    needed = [today.year, *([today.year + 1] if today.month == DECEMBER else [])]
    missing = [year for year in needed if year not in years]
    return [Alarm("holidays", "holidays_missing", {"year": str(missing[0])})] if missing else []


def backup_late(newest: datetime | None, begun: datetime | None, now: datetime) -> list[Alarm]:
    """No valid copy for 26 hours; `begun` is when the database began, None for an empty one (F-16)."""
    since = newest or begun
    if since is None or now - since <= BACKUP_AT_LATEST:
        return []
    return [
        Alarm("backup_late" if newest else "backup_none", params={"since": f"{local(since):%H:%M %d/%m/%Y}"})
    ]


def backup_program(missing: bool) -> list[Alarm]:
    """PostgreSQL cannot be copied, since its own program is not installed."""
    return [Alarm("backup_program")] if missing else []


def _number(name: str, count: int) -> list[Alarm]:
    return [Alarm(name, params={"count": str(count)})] if count else []


def recordings_lost(conn: Connection, now: datetime) -> list[Alarm]:
    """Recordings of the last week that could not be fetched or played; the provider still has them (F-15)."""
    query = _count(recordings).where(
        recordings.c.state.in_(("given_up", "unplayable")), recordings.c.heard_at > now - LOST_WITHIN
    )
    return _number("recordings", conn.execute(query).scalar_one())


def deliveries_failed(conn: Connection, now: datetime) -> list[Alarm]:
    """Deliveries that failed since yesterday; not those of alarms, or each day would bring a new one.

    A citizen who never picked up is no trouble of the line's. How a call ended that a clerk waited for, the
    clerk reads beside the callback.
    """
    query = _count(deliveries).where(
        deliveries.c.state.in_(("failed", "refused")),
        deliveries.c.ended_at > now - timedelta(days=1),
        or_(deliveries.c.result.is_(None), deliveries.c.result.not_in((*ringing.NOT_HEARD, NOT_SENT))),
        deliveries.c.kind.not_in(WAITED_FOR),
        _not_ours(),
    )
    return _number("deliveries_failed", conn.execute(query).scalar_one())


def deliveries_unsent(conn: Connection, now: datetime) -> list[Alarm]:
    """What has been due, under way without an answer, or tried in vain for ten minutes (F-07, F-24)."""
    before = now - heartbeats.UNSENT_FOR
    query = _count(deliveries).where(
        or_(
            and_(deliveries.c.state == "due", deliveries.c.due_at <= before),
            and_(deliveries.c.state.in_(outbox.OPEN), deliveries.c.claimed_at <= before),
            and_(deliveries.c.state.in_(outbox.OPEN), deliveries.c.attempts >= TRIED_IN_VAIN),
        ),
        _not_ours(),
    )
    return _number("deliveries_unsent", conn.execute(query).scalar_one())


def calls_unended(conn: Connection, before: datetime) -> list[Alarm]:
    """Calls that began before then and have no end: the line cannot be given what was found out (F-26)."""
    return _number("calls_unended", open_calls.overdue(conn, before))


def unheard_escalations(conn: Connection, settings: Settings) -> list[Alarm]:
    """An escalation waits that nobody on its ladder may hear; the alarm does not say which (rules B10).

    An alarm is none: it could not announce itself.
    """
    return [Alarm("unheard")] if escalation_steps.unheard(conn, settings, KINDS) else []


def clock_apart(ahead: timedelta) -> list[Alarm]:
    """The machine's clock and the database's differ by more than five seconds (S6)."""
    if abs(ahead) <= MOST_APART:
        return []
    name = "clock_ahead" if ahead > timedelta(0) else "clock_behind"
    return [Alarm(name, params={"seconds": str(round(abs(ahead).total_seconds()))})]


def begun_at(conn: Connection) -> datetime | None:
    """When the first call began or the first ticket was opened; None in an empty database."""
    asked = (func.min(calls.c.started_at), func.min(tickets.c.opened_at))
    found = [conn.execute(select(earliest)).scalar() for earliest in asked]
    return min((moment for moment in found if moment is not None), default=None)


def _count(table: Any) -> Any:
    return select(func.count()).select_from(table)


def _not_ours() -> ColumnElement[bool]:
    ours = select(escalations_table.c.id).where(escalations_table.c.kind.in_(KINDS))
    return or_(deliveries.c.escalation_id.is_(None), deliveries.c.escalation_id.not_in(ours))


# --- opening ----------------------------------------------------------------------------------------------


def tell(conn: Connection, alarms: Iterable[Alarm], now: datetime) -> int:
    """Open an escalation for each alarm, once a local day (or as it says) while it lasts; settle old ones.

    A trouble that still waits to be acknowledged is not opened beside itself: its ladder goes on. A gap of
    another day is another trouble. Returns how many were opened.
    """
    here = {(alarm.name, alarm.params.get("day", "")): alarm for alarm in alarms}
    waiting = set()
    for row in escalations.unsettled(conn):
        if row.kind not in KINDS:
            continue
        which = (row.param("alarm"), row.param("day"))
        if which in here:
            waiting.add(which)
        else:
            escalations.acknowledge(conn, row.id, how="moot", who="line", now=now)
    opened = 0
    for which, alarm in here.items():
        if which in waiting:
            continue
        opened += bool(
            escalations.open_once(
                conn,
                key=f"alarm:{alarm.name}:"
                + (alarm.once or f"{local(now):%Y-%m-%d}" + (f":{which[1]}" if which[1] else "")),
                kind=alarm.kind,
                ladder=alarm.ladder,
                params={"alarm": alarm.name, **alarm.params},
                now=now,
            )
        )
    return opened
