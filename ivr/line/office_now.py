"""Builds the office as a dialogue sees it at one instant: calendar, roster and settings, frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from callflows.office import Clerk, Criterion, Emergency, Office, Procedure
from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.weekly_hours import stretches
from logbook.calendar.working_time import LineState, Moment
from logbook.clock import local
from logbook.duty.on_duty import to_ring
from logbook.opening_hours import Window
from logbook.prompts.current import LineContent, OfficePrompts
from logbook.settings import own_numbers
from logbook.settings.loading import Settings

_Same = tuple[Moment, date, tuple[Clerk, ...], bool, LineContent]


class OfficeNow:
    """Answers "what is the office like now?"."""

    def __init__(self, settings: Settings, calendars: Calendars, prompts: OfficePrompts) -> None:
        """Prepare what never changes while the program runs."""
        self._settings = settings
        self._calendars = calendars
        self._prompts = prompts
        self._offices: dict[tuple[bool, bool], tuple[_Same, Office]] = {}
        self.numbers = own_numbers.of_office(settings)
        """The office's own numbers, which are no citizen's."""
        self._of_line = own_numbers.of_line(settings)
        self.usual_windows = _usual_windows(settings)
        runs = stretches(settings.calendars.hotline.week)
        self._week = tuple((first, last, _minutes(windows)) for first, last, windows in runs)
        if len(runs) == 1 and runs[0][:2] == (0, 4):  # "on working days" says it all
            self._week = ()
        self._criteria = tuple(Criterion(each.key, each.text) for each in settings.ratings.criteria)
        self._emergencies = tuple(Emergency(each.number, each.purpose) for each in settings.emergency_numbers)

    def at(self, conn: Connection, now: datetime, caller: str | None) -> Office:
        """The office at `now` (aware) for one caller (E.164, None when withheld).

        The same value as long as nothing changes.
        """
        times, shut = self._calendars.now(conn)
        here = local(now)
        moment = times.hotline.at(now, shut)
        clerks = self._clerks(conn, times, now) if moment.state is LineState.OPEN else ()
        content = self._prompts.now(conn)
        studio = content.phoning_until is not None and now < content.phoning_until
        same = (moment, here.date(), clerks, studio, content)
        kind = (caller is not None, own_numbers.callable_citizen(caller, self.numbers) is not None)
        known = self._offices.get(kind)
        if known is not None and known[0][-1] is content and known[0][:-1] == same[:-1]:
            return known[1]
        office = replace(self._office(moment, here.date(), clerks, content, *kind), studio=studio)
        self._offices[kind] = (same, office)
        return office

    def _office(
        self,
        moment: Moment,
        today: date,
        clerks: tuple[Clerk, ...],
        content: LineContent,
        caller_known: bool,
        caller_callable: bool,
    ) -> Office:
        """The office in that state of calendar and duty; nothing else changes while the program runs."""
        settings = self._settings
        return Office(
            name=settings.office.name_spoken,
            today=today,
            state=moment.state.value,
            reason=moment.reason,
            next_opening=moment.next_opening,
            windows=_minutes(self.usual_windows),
            caller_known=caller_known,
            caller_callable=caller_callable,
            clerks=clerks,
            procedures=_procedures(content),
            criteria=self._criteria,
            emergencies=self._emergencies,
            consent_wording=settings.complaint.consent_wording_version,
            lowest=settings.ratings.lowest,
            highest=settings.ratings.highest,
            low_at_most=settings.ratings.low_at_most,
            speak_seconds=settings.complaint.max_seconds,
            silence_seconds=settings.complaint.silence_seconds,
            ring_seconds=settings.duty.ring_seconds,
            talk_seconds=settings.duty.talk_limit_seconds,
            key_to_accept=settings.duty.key_to_accept,
            notice_days=settings.complaint.notice_days,
            trial=settings.is_trial,
            menu=content.menu,
            week=self._week,
            midday=moment.at_noon or moment.state is not LineState.LUNCH,
            reception_place=settings.office.reception_place,
        )

    def _clerks(self, conn: Connection, times: WorkingTimes, now: datetime) -> tuple[Clerk, ...]:
        """Whom the line may ring while it is open, as the week sheet stands, once each (000-03, 000-10)."""
        duty = self._settings.duty
        order = to_ring(conn, duty, times, now)
        clerks = (Clerk(person, duty.person(person).number) for person in order)
        ours, guests = self._of_line, self._settings.guests
        return tuple(clerk for clerk in clerks if clerk.number not in ours and guests.number(clerk.number))


def _procedures(content: LineContent) -> tuple[Procedure, ...]:
    return tuple(
        Procedure(each.name, each.papers, each.fee, each.time_limit, each.where)
        for each in content.procedures
    )


def _minutes(windows: Iterable[Window]) -> tuple[tuple[int, int], ...]:
    return tuple((window.start, window.end) for window in windows)


def _usual_windows(settings: Settings) -> tuple[Window, ...]:
    """The windows most weekdays have, for the closed messages."""
    weeks = [windows for windows in settings.calendars.hotline.week.values() if windows]
    return max(weeks, key=weeks.count)
