"""Holds everything one office's line needs; two lines can run side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

import callflows
from callflows import main_menu
from callflows.vocabulary import Say
from ivr.line.office_now import OfficeNow
from ivr.line.wording import sentence
from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.installation import Installation
from logbook.prompts.current import OfficePrompts
from logbook.prompts.voice import PromptVoice
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue, load_texts


@dataclass(frozen=True)
class Hotline(Installation):
    """One office's installation, and the office as its dialogues see it."""

    office_now: OfficeNow = field(kw_only=True)


def open_hotline(
    settings: Settings,
    clock: Clock | None = None,
    database: Database | None = None,
    texts: Mapping[str, Catalogue] | None = None,
) -> Hotline:
    """Join the parts for `settings`; the clock starts where the settings say."""
    clock = clock or Clock(settings.starts_at)
    calendars = Calendars(settings, clock)
    database = database or Database(settings.database_url)
    prompts = OfficePrompts(settings, clock, texts or load_texts(settings.office.names))
    office_now = OfficeNow(settings, calendars, prompts)

    def greeting_at(conn: Connection, moment: datetime) -> list[str]:
        turn = callflows.begin(office_now.at(conn, moment, None))
        language = prompts.texts[settings.line.language]
        return [sentence(said, language) for said in turn.says if isinstance(said, Say)]

    return Hotline(
        settings,
        clock,
        database,
        prompts.texts,
        calendars,
        greeting_at,
        prompts=prompts,
        voice=PromptVoice(settings, database, prompts),
        menu=tuple((one.purpose.name, one.key) for one in main_menu.MENU),
        office_now=office_now,
    )
