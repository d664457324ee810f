"""`/gio-lam-viec.ics`: when the line is answered in the next weeks, as a calendar feed (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from flask import Response, request

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import Closure
from logbook.clock import local
from logbook.duty import feed
from logbook.public.frame import PublicFrame

AHEAD_DAYS = 60
FRESH_SECONDS = 3600
Stretch = tuple[datetime, datetime]


def add(pages: PublicFrame) -> None:
    """The feed of the hours, holidays and closures by hand taken out."""

    @pages.page("/gio-lam-viec.ics")
    def hours_feed() -> Response:
        with pages.reading() as conn:
            times, shut = pages.installation.calendars.now(conn)
        today = local(pages.now).date()
        windows = tuple(open_windows(times, shut, today))
        return pages.answer(
            request.path,
            (windows, today),
            lambda: _calendar(pages, windows, today),
            fresh_seconds=FRESH_SECONDS,
            mimetype="text/calendar",
        )


def open_windows(times: WorkingTimes, shut: tuple[Closure, ...], today: date) -> Iterator[Stretch]:
    """Yield when the line is answered, from today on; what is closed by hand is cut out."""
    for ahead in range(AHEAD_DAYS):
        for begins, ends in times.hotline.windows_on(today + timedelta(days=ahead)):
            yield from _without(shut, begins, ends)


def _without(shut: tuple[Closure, ...], begins: datetime, ends: datetime) -> Iterator[Stretch]:
    for closure in sorted(shut, key=lambda one: one.starts_at):
        closed_until = closure.ends_at or ends
        if closure.starts_at >= ends or closed_until <= begins:
            continue
        if begins < closure.starts_at:
            yield begins, local(closure.starts_at)
        begins = max(begins, local(closed_until))
    if begins < ends:
        yield begins, ends


def _calendar(pages: PublicFrame, windows: tuple[Stretch, ...], today: date) -> bytes:
    summary = f"{pages.settings.office.hotline_name} {pages.settings.line.number_shown}"
    made_at = datetime.combine(today, datetime.min.time(), UTC)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tongdai//hours//VI"]
    lines.append(f"X-WR-CALNAME:{feed.escaped(summary)}")
    for begins, ends in windows:
        lines += [
            "BEGIN:VEVENT",
            f"UID:hours-{feed.instant(begins)}@tongdai",
            f"DTSTAMP:{feed.instant(made_at)}",
            f"DTSTART:{feed.instant(begins)}",
            f"DTEND:{feed.instant(ends)}",
            f"SUMMARY:{feed.escaped(summary)}",
            f"LOCATION:{feed.escaped(pages.settings.office.address)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return feed.folded([*lines, "END:VCALENDAR"])
