"""What may be wrong: one entry per alarm, and the facts that all of them read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import Closure
from logbook.clock import local
from logbook.database.samples import any_samples
from logbook.sending import own_line_state
from logbook.sending.alarms import alarms, desk_alarms, evaluation_alarms, notice_alarms
from logbook.sending.alarms.alarms import Alarm
from logbook.settings.loading import Settings

LONGEST_CALL = timedelta(hours=4)
"""The longest a provider lets a call last."""
STILL_COMING = timedelta(hours=1)
"""What is so young may yet be reported by its own request."""


@dataclass(frozen=True, slots=True)
class MachineState:
    """The machine the office runs on: megabytes left on the disk, the newest valid copy, its own clock.

    A copy is as old as the machine says; `clock_ahead` says how far its clock is ahead of the one that all
    processes share. `lacks_copier` is a database that cannot be copied, since its own program is missing.
    """

    free_mb: int
    newest_copy: datetime | None
    now: datetime
    lacks_copier: bool
    clock_ahead: timedelta


@dataclass(frozen=True, slots=True)
class AlarmView:
    """What alarms look at, in one transaction; `shut` are the closures by hand."""

    conn: Connection
    settings: Settings
    times: WorkingTimes
    shut: Sequence[Closure]
    now: datetime
    machine: MachineState


@dataclass(frozen=True, slots=True)
class AlarmCheck:
    """One entry: the names it may raise, each with a sentence `alarm_<name>`, and how it looks.

    What is `of_cases` says what dossiers, slips and reports lack, and nothing while those are samples.
    """

    names: tuple[str, ...]
    look: Callable[[AlarmView], list[Alarm]]
    of_cases: bool = False


def found(view: AlarmView) -> list[Alarm]:
    """Return every alarm of this moment."""
    samples = any_samples(view.conn)
    return [alarm for check in CHECKS if not (check.of_cases and samples) for alarm in check.look(view)]


def _disk(view: AlarmView) -> list[Alarm]:
    return alarms.disk(view.machine.free_mb, view.settings.retention.least_disk_mb)


def _backup(view: AlarmView) -> list[Alarm]:
    """Without a copy it is late only when both the machine's clock and the office's say so."""
    newest, machine = view.machine.newest_copy, view.machine.now
    late_by = machine if newest else min(machine, view.now)
    return alarms.backup_late(newest, alarms.begun_at(view.conn), late_by)


def _calls_unended(view: AlarmView) -> list[Alarm]:
    """By then every call has its end, were it the longest possible and lost at its end."""
    longest = LONGEST_CALL + timedelta(minutes=view.settings.line.lost_after_minutes) + STILL_COMING
    return alarms.calls_unended(view.conn, view.now - longest)


def _roster(view: AlarmView) -> list[Alarm]:
    return alarms.roster_gap(view.conn, view.settings.duty, view.times, view.shut, view.now)


def _team(view: AlarmView) -> list[Alarm]:
    return alarms.team_gap(view.conn, view.settings.duty, view.times, view.now)


def _holidays(view: AlarmView) -> list[Alarm]:
    return alarms.holidays_missing(view.settings.official_days, local(view.now).date())


def _slips(view: AlarmView) -> list[Alarm]:
    return desk_alarms.slips_short(view.conn, view.settings.dossiers, view.times.office, view.now)


def _notice(view: AlarmView) -> list[Alarm]:
    part = view.settings.publications
    return notice_alarms.notice_missing(view.conn, part, view.times.office, view.now)


def _evaluation(view: AlarmView) -> list[Alarm]:
    day = view.settings.rating_form.evaluation_day
    return evaluation_alarms.evaluation_soon(view.conn, day, view.times.office, view.now)


def _own_line(view: AlarmView) -> list[Alarm]:
    """Only an office with a line of its own has one that can be cut off; it goes by the shared clock."""
    if view.settings.line.own is None:
        return []
    return own_line_state.alarms(view.conn, view.machine.now - view.machine.clock_ahead)


CHECKS: tuple[AlarmCheck, ...] = (
    AlarmCheck(("line_silent", "line_unregistered"), _own_line),
    AlarmCheck(("disk",), _disk),
    AlarmCheck(("backup_late", "backup_none"), _backup),
    AlarmCheck(("backup_program",), lambda view: alarms.backup_program(view.machine.lacks_copier)),
    AlarmCheck(("roster_nobody", "roster_stand_in"), _roster),
    AlarmCheck(("team_nobody", "guide_nobody"), _team, of_cases=True),
    AlarmCheck(("holidays",), _holidays),
    AlarmCheck(("recordings",), lambda view: alarms.recordings_lost(view.conn, view.now)),
    AlarmCheck(("calls_unended",), _calls_unended),
    AlarmCheck(("deliveries_failed",), lambda view: alarms.deliveries_failed(view.conn, view.now)),
    AlarmCheck(("deliveries_unsent",), lambda view: alarms.deliveries_unsent(view.conn, view.now)),
    AlarmCheck(("unheard",), lambda view: alarms.unheard_escalations(view.conn, view.settings)),
    AlarmCheck(("clock_ahead", "clock_behind"), lambda view: alarms.clock_apart(view.machine.clock_ahead)),
    AlarmCheck(("slips_short",), _slips, of_cases=True),
    AlarmCheck(
        ("desk_meeting",),
        lambda view: desk_alarms.meeting_missing(view.conn, view.settings.dossiers, view.now),
        of_cases=True,
    ),
    AlarmCheck(
        ("late_unexplained",),
        lambda view: desk_alarms.late_unexplained(view.conn, view.now),
        of_cases=True,
    ),
    AlarmCheck(notice_alarms.NAMES, _notice, of_cases=True),
    AlarmCheck(("evaluation_soon",), _evaluation, of_cases=True),
)
