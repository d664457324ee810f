"""Everything one office's telephone line needs, held together; two of them can stand side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.office_now import OfficeNow
from logbook.clock import Clock
from logbook.database import Database
from logbook.settings import Settings
from logbook.texts import Catalogue, load_texts


@dataclass(frozen=True)
class Hotline:
    """One office's settings, clock, book, sentences and calendar."""

    settings: Settings
    clock: Clock
    database: Database
    texts: Mapping[str, Catalogue]
    office_now: OfficeNow


def open_hotline(settings: Settings, clock: Clock | None = None, database: Database | None = None) -> Hotline:
    """Join the parts for `settings`; the clock starts where the settings say."""
    clock = clock or Clock(settings.starts_at)
    database = database or Database(settings.database_url)
    return Hotline(settings, clock, database, load_texts(), OfficeNow(settings, clock))
