"""What the exchange says and when it rings somebody, while nothing of ours answers (F-09)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from ivr.gateway.dialplan import FallbackCalendar
from ivr.gateway.sounds import SoundStore
from logbook.calendar.of_settings import WorkingTimes
from logbook.opening_hours import Window
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue

DAYS_AHEAD = 60
SAID: Mapping[str, str] = {
    "greeting": "exchange_greeting",
    "one-moment": "exchange_wait",
    "hours": "exchange_hours",
    "consent": "exchange_consent",
    "thanks": "exchange_thanks",
    "bye": "exchange_bye",
}
"""The sounds of the dialplan by their file, and the sentence each one says."""


def calendar(times: WorkingTimes, today: date) -> FallbackCalendar:
    """The week of the hotline, and each of the next 60 days that is unlike its weekday (rules B6)."""
    week = {weekday: tuple(windows) for weekday, windows in times.hotline.week.items()}
    days = {}
    for ahead in range(DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        windows = times.hotline.day_windows(day)
        if windows != week.get(day.weekday(), ()):
            days[day] = windows
    return FallbackCalendar(week, days)


def sentences(settings: Settings, catalogue: Catalogue) -> dict[str, str]:
    """Return what each sound says."""
    words = {"office": settings.office.name_spoken, "hours": catalogue.spell.hours(usual_hours(settings))}
    return {
        name: catalogue.sentence(key, {word: words[word] for word in catalogue.words_of(key)})
        for name, key in SAID.items()
    }


def usual_hours(settings: Settings) -> list[tuple[int, int]]:
    """The windows most days have."""
    weeks = [windows for windows in settings.calendars.hotline.week.values() if windows]
    usual: tuple[Window, ...] = max(weeks, key=weeks.count)
    return [(window.start, window.end) for window in usual]


def write_sounds(store: SoundStore, settings: Settings, catalogue: Catalogue) -> list[Path]:
    """Make the sounds of the dialplan; what reads as before is left alone (NoSpeechError, OSError)."""
    language = settings.line.language
    said = sentences(settings, catalogue)
    store.beep()
    return [store.named(name, text, language) for name, text in said.items()]
