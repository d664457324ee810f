"""Holds one office's settings, clock, database, texts and calendars; two can run side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.prompts.current import OfficePrompts
from logbook.prompts.voice import PromptVoice
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
    prompts: OfficePrompts = field(kw_only=True)
    voice: PromptVoice = field(kw_only=True)
    menu: tuple[tuple[str, str], ...] = field(kw_only=True, default=())
    """The entries of the line's menu as the program has them: purpose and key."""


def open_installation(
    settings: Settings,
    clock: Clock | None = None,
    database: Database | None = None,
    greeting_at: GreetingAt | None = None,
) -> Installation:
    """Join the parts for `settings`; the clock starts where the settings say."""
    clock = clock or Clock(settings.starts_at)
    database = database or Database(settings.database_url)
    prompts = OfficePrompts(settings, clock, load_texts(settings.office.names))
    return Installation(
        settings,
        clock,
        database,
        prompts.texts,
        Calendars(settings, clock),
        greeting_at,
        prompts=prompts,
        voice=PromptVoice(settings, database, prompts),
    )
