"""Page of the week sheet: who is on duty in each session, and who is away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID
from logbook.duty import absences, feed, on_duty, team, week
from logbook.duty.absences import Absence, AbsenceRefusedError, DayPart
from logbook.duty.on_duty import OnDuty
from logbook.duty.sessions import DutyKind, DutySession
from logbook.duty.week import WEEK, Change, ChangedMeanwhileError

FIRST_DAY, LAST_DAY = date(2000, 1, 3), date(2100, 12, 20)
FEWEST_PLACES = 2
DESK_MINUTES = (15, 30, 60)
"""For how long the line may skip somebody who serves citizens at the desk."""
_CELL = re.compile(r"seen:(\d{4}-\d{2}-\d{2}):(\d{1,4})-(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TypedSheet:
    """What a refused sheet held: people wanted by session, and the sessions somebody else changed."""

    people: Mapping[DutySession, tuple[str, ...]]
    late: frozenset[DutySession] = frozenset()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One session as it is shown: who stands in each select, who may, who is there, and who is away."""

    answer: OnDuty
    chosen: tuple[str, ...]
    people: tuple[str, ...]
    away: frozenset[str]
    changed: bool
    late: bool

    @property
    def name(self) -> str:
        """The part of the form's names that is this session's."""
        window = self.answer.session.window
        return f"{self.answer.session.date}:{window.start}-{window.end}"

    @property
    def places(self) -> tuple[str, ...]:
        """Who stands in each select, "" for nobody."""
        _, limit = week.numbers(self.answer.session.kind)
        most = max(min(FEWEST_PLACES, limit), len(self.chosen))
        return (*self.chosen, *("" for _ in range(most - len(self.chosen))))


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One date of the sheet with its sessions; none on a day off."""

    date: date
    name: str
    cells: tuple[Cell, ...]


def add(desk: ConsoleFrame) -> None:
    """The sheet, the form that changes it, and the forms beside it."""

    @desk.page("/duty", Act.SEE_DUTY)
    def duty() -> str:
        return _page(desk, _kind(request.args.get("kind", "")), TypedSheet({}))

    @desk.page("/duty/week", Act.PLAN_DUTY, methods=("POST",))
    def keep_duty() -> Response | tuple[str, int]:
        return _change(desk, DutyKind.HOTLINE)

    @desk.page("/duty/team", Act.ASSIGN_TEAM, methods=("POST",))
    def assign_team() -> Response | tuple[str, int]:
        kind = _kind(request.form.get("kind", ""))
        return _change(desk, DutyKind.SLIP_TEAM if kind is DutyKind.HOTLINE else kind)

    _add_away(desk)
    _add_desk(desk)


def _change(desk: ConsoleFrame, kind: DutyKind) -> Response | tuple[str, int]:
    """Keep what was changed on a sheet, or show it again with what is in the way."""
    begins = _week(request.form.get("week", ""), desk.now)
    with desk.reading() as conn:
        times, _ = desk.installation.calendars.now(conn)
        known = {day: _people(desk, conn, kind, day) for day in _dates(begins)}
    changes, trouble = _wanted(kind, times, known)
    typed = {change.session: change.people for change in changes}
    if trouble:
        return _page(desk, kind, TypedSheet(typed, trouble=trouble)), 400
    try:
        with desk.writing() as conn:
            _keep(desk, conn, times, changes)
    except ChangedMeanwhileError as other:
        return _page(desk, kind, TypedSheet(typed, frozenset(other.args[0]), "duty_changed_meanwhile")), 409
    return desk.back("duty", "duty_kept", week=begins.isoformat(), kind=kind.value)


def _add_away(desk: ConsoleFrame) -> None:
    @desk.page("/duty/away", Act.OWN_DUTY, methods=("POST",))
    def enter_away() -> Response:
        person, stand_in = request.form.get("person", ""), request.form.get("stand_in", "")
        first = read_day(request.form.get("first", ""))
        last = read_day(request.form.get("last", "") or request.form.get("first", ""))
        with desk.reading() as conn:
            mine, known = _may_say_away(desk, conn), _names(desk, conn)
        if person not in mine or (stand_in and stand_in not in known):
            return desk.back("duty", "duty_away_person_bad", done=False)
        if first is None or last is None or request.form.get("part") not in tuple(DayPart):
            return desk.back("duty", "duty_away_days_bad", done=False)
        part = DayPart(request.form["part"])
        try:
            with desk.writing() as conn:
                number = absences.enter(
                    conn,
                    person=person,
                    first_day=first,
                    last_day=last,
                    part=part,
                    stand_in=stand_in or None,
                    who=desk.person.login,
                    now=desk.now,
                )
                audit_log.write(
                    conn,
                    desk.person,
                    "duty_away",
                    f"absence:{number}",
                    desk.now,
                    person=person,
                    first=first,
                    last=last,
                    part=part.value,
                    stand_in=stand_in,
                )
        except AbsenceRefusedError as refused:
            return desk.back("duty", str(refused), done=False)
        return desk.back("duty", "duty_away_kept", week=week.monday(first).isoformat())

    @desk.page(f"/duty/away/<int(max={LARGEST_ID}):absence_id>/withdraw", Act.OWN_DUTY, methods=("POST",))
    def withdraw_away(absence_id: int) -> Response:
        with desk.writing() as conn:
            found = absences.find(conn, absence_id)
            if found is None or found.person not in _may_say_away(desk, conn):
                abort(404)
            if not absences.withdraw(conn, absence_id, desk.now):
                return desk.back("duty", "duty_away_gone", done=False)
            audit_log.write(
                conn, desk.person, "withdraw_away", f"absence:{absence_id}", desk.now, person=found.person
            )
        return desk.back("duty", "duty_away_withdrawn", week=week.monday(found.first_day).isoformat())


def _add_desk(desk: ConsoleFrame) -> None:
    @desk.page("/duty/desk", Act.OWN_DUTY, methods=("POST",))
    def serve_desk() -> Response:
        own = desk.settings.duty.of_login(desk.person.login)
        minutes = request.form.get("minutes", "")
        if own is None or minutes not in ("0", *map(str, DESK_MINUTES)):
            return desk.back("today", "duty_not_on_list", done=False)
        with desk.writing() as conn:
            if minutes == "0":
                on_duty.free_at_desk(conn, own.id)
            else:
                on_duty.serve_at_desk(conn, own.id, desk.now + timedelta(minutes=int(minutes)))
            audit_log.write(conn, desk.person, "desk_busy", f"duty:{own.id}", desk.now, minutes=int(minutes))
        return desk.back("today", "duty_desk_free" if minutes == "0" else "duty_desk_busy")


# --- keeping ----------------------------------------------------------------------------------------------


def _keep(desk: ConsoleFrame, conn: Connection, times: WorkingTimes, changes: Sequence[Change]) -> None:
    done = week.keep(conn, desk.settings.duty, times, changes, desk.person.login, desk.now)
    for stood, change in done:
        audit_log.write(
            conn,
            desk.person,
            "plan_duty",
            f"duty:{change.session.date}",
            desk.now,
            kind=change.session.kind.value,
            session=str(change.session.window),
            before=list(stood.planned),
            people=list(change.people),
        )


def _wanted(
    kind: DutyKind, times: WorkingTimes, known: Mapping[date, Mapping[str, str]]
) -> tuple[list[Change], str]:
    """The sessions of the form in which another choice was made than was shown, and a text key of trouble."""
    fewest, most = week.numbers(kind)
    changes, trouble = [], ""
    for name, version in request.form.items():
        found = _CELL.fullmatch(name)
        session = None if found is None else _session(kind, times, *found.groups())
        if found is None:
            continue
        if session is None or not (version.isascii() and version.isdecimal() and len(version) < 10):
            trouble = "duty_sheet_bad"
            continue
        cell = name.removeprefix("seen:")
        chosen = tuple(dict.fromkeys(one for one in request.form.getlist(f"person:{cell}") if one))
        shown = tuple(one for one in request.form.get(f"shown:{cell}", "").split(",") if one)
        if chosen == shown:
            continue
        if not set(chosen) <= set(known.get(session.date, {})) | set(shown):
            trouble = "duty_sheet_bad"
        elif not fewest <= len(chosen) <= most:
            trouble = f"duty_count_{kind.value}"
        changes.append(Change(session, chosen, int(version)))
    return changes, trouble


def _session(kind: DutyKind, times: WorkingTimes, day: str, start: str, end: str) -> DutySession | None:
    """The session a form names, where the calendar still has it."""
    found = read_day(day)
    windows = () if found is None else kind.calendar(times).day_windows(found)
    window = next((one for one in windows if (one.start, one.end) == (int(start), int(end))), None)
    return None if found is None or window is None else DutySession(found, window, kind)


def _dates(begins: date) -> list[date]:
    return [begins + timedelta(days=ahead) for ahead in range(7)]


def _people(desk: ConsoleFrame, conn: Connection, kind: DutyKind, day: date) -> dict[str, str]:
    """Key and name of those who may be on duty of a kind on a day."""
    if kind is DutyKind.HOTLINE:
        return {one.id: one.name for one in desk.settings.duty.people}
    return {one.person: one.name for one in team.members(conn, day, day)}


def _names(desk: ConsoleFrame, conn: Connection) -> dict[str, str]:
    """Key and name of everybody who is, or was, on duty for anything."""
    everybody = {one.person: one.name for one in team.members(conn, FIRST_DAY, LAST_DAY)}
    return {**everybody, **{one.id: one.name for one in desk.settings.duty.people}}


# --- showing ----------------------------------------------------------------------------------------------


def _page(desk: ConsoleFrame, kind: DutyKind, typed: TypedSheet) -> str:
    begins = _week(request.values.get("week", ""), desk.now)
    ends = begins + WEEK - timedelta(days=1)
    plans = may(desk.person, Act.PLAN_DUTY if kind is DutyKind.HOTLINE else Act.ASSIGN_TEAM)
    with desk.reading() as conn:
        times, _ = desk.installation.calendars.now(conn)
        part, today = desk.settings.duty, local(desk.now).date()
        copied: Mapping[DutySession, tuple[str, ...]] = {}
        if plans and request.args.get("copy") == "1":
            copied = week.last_weeks(conn, part, times, kind, begins)
        answers = week.sheet(conn, part, times, kind, begins)
        away = absences.between(conn, begins, ends)
        coming = absences.between(conn, today, LAST_DAY)
        choices = {day: tuple(_people(desk, conn, kind, day)) for day in _dates(begins)}
        names, mine = _names(desk, conn), _may_say_away(desk, conn)
        own = _own(desk, conn)
    wanted = {**copied, **typed.people}
    return desk.show(
        "duty.html",
        here="duty",
        kind=kind,
        kinds=tuple(DutyKind),
        days=list(_days(desk, begins, answers, choices, away, wanted, typed.late)),
        begins=begins,
        ends=ends,
        previous=begins - WEEK if begins > FIRST_DAY else None,
        following=begins + WEEK if begins + WEEK < LAST_DAY else None,
        today=today,
        names=names,
        plans=plans,
        copied=bool(copied),
        trouble=typed.trouble,
        absences=coming,
        own=own,
        feed=None if own is None else feed.address_key(desk.secret, own[0]),
        mine=mine,
        parts=tuple(DayPart),
    )


def _days(
    desk: ConsoleFrame,
    begins: date,
    answers: Sequence[OnDuty],
    choices: Mapping[date, tuple[str, ...]],
    away: Sequence[Absence],
    wanted: Mapping[DutySession, tuple[str, ...]],
    late: frozenset[DutySession],
) -> Iterator[DayOfWeek]:
    for day in _dates(begins):
        cells = tuple(
            Cell(
                one,
                wanted.get(one.session, one.planned),
                choices[day],
                frozenset(each.person for each in away if each.covers(one.session)),
                wanted.get(one.session, one.planned) != one.planned,
                one.session in late,
            )
            for one in answers
            if one.session.date == day
        )
        yield DayOfWeek(day, desk.words(f"weekday_{day.weekday()}"), cells)


def _own(desk: ConsoleFrame, conn: Connection) -> tuple[str, str] | None:
    """Key and name of the signed-in person, where they are on duty for anything."""
    found = desk.settings.duty.of_login(desk.person.login)
    if found is not None:
        return found.id, found.name
    today = local(desk.now).date()
    of_team = (one for one in team.members(conn, today, LAST_DAY) if one.login == desk.person.login)
    return next(((one.person, one.name) for one in of_team), None)


def _may_say_away(desk: ConsoleFrame, conn: Connection) -> dict[str, str]:
    """Those whom the person signed in may say to be away: themselves, or everybody whose duty they plan."""
    found: dict[str, str] = {}
    own = _own(desk, conn)
    if own is not None:
        found[own[0]] = own[1]
    if may(desk.person, Act.PLAN_DUTY):
        found.update((one.id, one.name) for one in desk.settings.duty.people)
    if may(desk.person, Act.ASSIGN_TEAM):
        today = local(desk.now).date()
        found.update((one.person, one.name) for one in team.members(conn, today, LAST_DAY))
    return found


def _kind(text: str) -> DutyKind:
    return DutyKind(text) if text in tuple(DutyKind) else DutyKind.HOTLINE


def _week(text: str, now: datetime) -> date:
    """The Monday of the week asked for; of this week where the address says nothing that can be read."""
    return week.monday(read_day(text) or local(now).date())


def read_day(text: str) -> date | None:
    """Read a day of a form, 2026-11-26; None for anything else."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None
