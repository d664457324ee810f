"""Page of the calendar: the year sheet, decided days, closures, and what callers hear when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.calendar import closures, weekly_hours
from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_days import Day, DayKind, DayOverride, dates_of_month
from logbook.calendar.working_time import Closure, Moment
from logbook.clock import local, parse_moment
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID
from logbook.sending import escalation_steps
from logbook.settings.config_file import CalendarPart

FIRST_YEAR, LAST_YEAR = 2000, 2100
REMIND_FROM_MONTH = 10
"""From October on the next year's official days are asked for; the notice comes in autumn (rules B6)."""


@dataclass(frozen=True, slots=True)
class MonthShown:
    """One month: weeks of seven, None outside the month, and its days that are not as usual."""

    number: int
    weeks: tuple[tuple[Day | None, ...], ...]
    special: tuple[Day, ...]
    worked: int


@dataclass(frozen=True, slots=True)
class CallerHears:
    """What a caller would hear at a moment: the sentences, where the telephone side provides them."""

    at: datetime
    moment: Moment
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayForm:
    """A day to be decided, as it was typed; `known` is the decision the person has seen already."""

    day: str = ""
    worked: str = ""
    reason: str = ""
    document: str = ""
    known: str = ""
    trouble: str = ""
    stands: DayOverride | None = None


def add(desk: ConsoleFrame) -> None:
    """The sheet and the forms beside it."""

    @desk.page("/calendar", Act.SEE_CALENDAR)
    def calendar() -> str:
        return _page(desk, DayForm())

    _add_days(desk)
    _add_closures(desk)


def _add_days(desk: ConsoleFrame) -> None:
    @desk.page("/calendar/days", Act.CHANGE_CALENDAR, methods=("POST",))
    def decide_day() -> Response | tuple[str, int]:
        form = _typed()
        day = _day(form.day)
        trouble = _trouble(form, day)
        if day is None or trouble:
            return _page(desk, _with(form, trouble)), 400
        with desk.writing() as conn:
            stands = closures.override_of(conn, day)
            clash = stands is not None and _fingerprint(stands) != form.known
            if not clash:
                _decide(desk, conn, day, form)
        if clash:
            return _page(desk, _with(form, "calendar_decided_already", stands)), 409
        desk.installation.calendars.forget()
        return desk.back("calendar", "calendar_day_kept", year=day.year)

    @desk.page("/calendar/days/remove", Act.CHANGE_CALENDAR, methods=("POST",))
    def undo_day() -> Response:
        day = _day(request.form.get("day", "").strip())
        if day is None:
            abort(400, "form")
        with desk.writing() as conn:
            stands = closures.override_of(conn, day)
            if stands is None or not closures.remove_override(conn, day):
                abort(404)
            escalation_steps.look_again(conn, desk.now)
            audit_log.write(
                conn,
                desk.person,
                "undo_day",
                f"day:{day}",
                desk.now,
                worked=stands.worked,
                reason=stands.reason,
            )
        desk.installation.calendars.forget()
        return desk.back("calendar", "calendar_day_removed", year=day.year)


def _add_closures(desk: ConsoleFrame) -> None:
    @desk.page(
        f"/calendar/closures/<int(max={LARGEST_ID}):closure_id>/cancel",
        Act.CHANGE_CALENDAR,
        methods=("POST",),
    )
    def cancel_closure(closure_id: int) -> Response:
        with desk.writing() as conn:
            if not closures.cancel_coming(conn, closure_id, desk.now):
                return desk.back("calendar", "calendar_closure_begun", done=False)
            audit_log.write(conn, desk.person, "cancel_closure", f"closure:{closure_id}", desk.now)
        desk.installation.calendars.forget()
        return desk.back("calendar", "calendar_closure_cancelled")


def _page(desk: ConsoleFrame, form: DayForm) -> str:
    here = local(desk.now)
    year = _year(request.args.get("year", form.day[:4]), here.year)
    with desk.reading() as conn:
        times, shut = desk.installation.calendars.now(conn)
        decided = closures.overrides(conn)
        asked = request.args.get("at", "").strip()
        return desk.show(
            "calendar.html",
            here="calendar",
            year=year,
            previous=year - 1 if year > FIRST_YEAR else None,
            following=year + 1 if year < LAST_YEAR else None,
            today=here.date(),
            months=[sheet(times, year, number) for number in range(1, 13)],
            windows=_windows(desk),
            team=_hours(desk, desk.settings.calendars.team),
            decided=[one for one in decided if one.date.year == year],
            missing=missing_years(desk, decided, year),
            closures=closures.listed(conn, 20),
            form=form,
            known=_fingerprint(form.stands) if form.stands is not None else "",
            asked=asked,
            answer=_heard(desk, conn, asked, times, shut),
        )


def sheet(times: WorkingTimes, year: int, number: int) -> MonthShown:
    """One month of the hotline's year (000-12)."""
    days = [times.days.day(day) for day in dates_of_month(year, number)]
    blank: list[Day | None] = [None] * days[0].date.weekday()
    cells = [*blank, *days]
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
    special = tuple(day for day in days if day.kind in (DayKind.HOLIDAY, DayKind.MAKEUP) or day.document)
    return MonthShown(number, weeks, special, sum(day.is_working for day in days))


def missing_years(desk: ConsoleFrame, decided: list[DayOverride], year: int) -> list[int]:
    """The years whose official days nobody has entered: the one shown, and from October on the next."""
    here = local(desk.now)
    entered = {*desk.settings.official_days, *(one.date.year for one in decided if one.document)}
    asked = {year} if year >= here.year else set()
    if here.month >= REMIND_FROM_MONTH:
        asked.add(here.year + 1)
    return sorted(asked - entered)


def _windows(desk: ConsoleFrame) -> str:
    return _hours(desk, desk.settings.calendars.hotline)


def _hours(desk: ConsoleFrame, calendar: CalendarPart) -> str:
    """The hours of a week; the windows alone where they are those of the five working days."""
    runs = weekly_hours.stretches(calendar.week)
    if len(runs) == 1 and runs[0][:2] == (0, 4):
        return ", ".join(str(window) for window in runs[0][2])
    words = desk.words
    return "; ".join(
        weekly_hours.lines(calendar.week, [words(f"weekday_{day}") for day in range(7)], words("weekday_to"))
    )


def _heard(
    desk: ConsoleFrame, conn: Connection, asked: str, times: WorkingTimes, shut: tuple[Closure, ...]
) -> CallerHears | None:
    """What a caller would hear at the moment asked for; None when none was, or it cannot be read."""
    try:
        at = parse_moment(asked)
    except ValueError:
        return None
    if not FIRST_YEAR <= local(at).year <= LAST_YEAR:
        return None
    says = desk.installation.greeting_at
    sentences = tuple(says(conn, at)) if says is not None else ()
    return CallerHears(at, times.hotline.at(at, shut), sentences)


def _decide(desk: ConsoleFrame, conn: Connection, day: date, form: DayForm) -> None:
    worked = form.worked == "yes"
    closures.override_day(conn, day, worked=worked, reason=form.reason, document=form.document)
    escalation_steps.look_again(conn, desk.now)
    audit_log.write(
        conn,
        desk.person,
        "decide_day",
        f"day:{day}",
        desk.now,
        form.reason,
        worked=worked,
        document=form.document,
        before=form.known,
    )


def _typed() -> DayForm:
    """The form as it was sent."""
    day, worked, reason, document, known = (
        request.form.get(name, "").strip() for name in ("day", "worked", "reason", "document", "known")
    )
    return DayForm(day, worked, reason, document, known)


def _trouble(form: DayForm, day: date | None) -> str:
    """The text key of what is missing in a form, or nothing."""
    if day is None:
        return "calendar_day_bad"
    if form.worked not in ("yes", "no"):
        return "calendar_worked_missing"
    if not form.reason or len(form.reason) > 500 or any(sign.isdigit() for sign in form.reason):
        return "calendar_reason_bad"
    return "" if form.document and len(form.document) <= 200 else "calendar_document_missing"


def _with(form: DayForm, trouble: str, stands: DayOverride | None = None) -> DayForm:
    return DayForm(form.day, form.worked, form.reason, form.document, form.known, trouble, stands)


def _fingerprint(decided: DayOverride) -> str:
    """A decision in one line, to compare with what the person has seen."""
    return "|".join(("yes" if decided.worked else "no", decided.reason, decided.document))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR and len(text) == 10 else None


def _year(text: str, otherwise: int) -> int:
    good = len(text) == 4 and text.isascii() and text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR
    return int(text) if good else otherwise
