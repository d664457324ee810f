"""One office's settings, clock, book, sentences and calendars, held together; two can stand side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logbook.calendars import Calendars
from logbook.clock import Clock
from logbook.database import Database
from logbook.settings import Settings
from logbook.texts import Catalogue, load_texts


@dataclass(frozen=True)
class Installation:
    """Everything that the parts of one office share."""

    settings: Settings
    clock: Clock
    database: Database
    texts: Mapping[str, Catalogue]
    calendars: Calendars


def open_installation(
    settings: Settings, clock: Clock | None = None, database: Database | None = None
) -> Installation:
    """Join the parts for `settings`; the clock starts where the settings say."""
    clock = clock or Clock(settings.starts_at)
    database = database or Database(settings.database_url)
    return Installation(settings, clock, database, load_texts(), Calendars(settings, clock))
