"""Holds one office's settings, clock, database, texts and calendars; two can run side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue, load_texts

GreetingAt = Callable[[Connection, datetime], list[str]]
"""The sentences a caller would hear first at a moment, as the telephone side says them."""


@dataclass(frozen=True)
class Installation:
    """Everything that the parts of one office share."""

    settings: Settings
    clock: Clock
    database: Database
    texts: Mapping[str, Catalogue]
    calendars: Calendars
    greeting_at: GreetingAt | None = None


def open_installation(
    settings: Settings,
    clock: Clock | None = None,
    database: Database | None = None,
    greeting_at: GreetingAt | None = None,
) -> Installation:
    """Join the parts for `settings`; the clock starts where the settings say."""
    clock = clock or Clock(settings.starts_at)
    database = database or Database(settings.database_url)
    return Installation(
        settings,
        clock,
        database,
        load_texts(settings.office.names),
        Calendars(settings, clock),
        greeting_at,
    )
