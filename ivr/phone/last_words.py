"""Speaks the office's own last words when nothing of the hotline answers."""

from __future__ import annotations

from functools import cache, partial

from ivr.phone.line import ReadAloud
from logbook.calendar.of_settings import working_times
from logbook.clock import Clock, local
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue, load_texts
from logbook.texts.spoken import SPELLERS


def last_words(language: str = "vi") -> ReadAloud:
    """An apology that knows nothing of the office but its language."""
    return _spoken(_texts()[language].sentence("line_down"), language)


def last_words_of(settings: Settings, clock: Clock | None = None) -> partial[ReadAloud]:
    """Return what makes the office's own last words at the moment they are needed: sorry, and when to call.

    Built from the settings alone, since the database may be what is gone; a closure by hand is not known
    here.
    """
    return partial(_with_hours, settings, clock or Clock(settings.starts_at))


def _with_hours(settings: Settings, clock: Clock) -> ReadAloud:
    language = settings.line.language
    texts = _texts()[language].of_office(settings.office.names)
    sentences = [texts.sentence("line_down")]
    now = clock.now()
    found = working_times(settings).hotline.at(now)
    if found.next_opening is not None and not found.is_open:
        opening = texts.spell.moment(local(found.next_opening), local(now).date())
        sentences.append(texts.sentence("next_opening", {"opening": opening}))
    return _spoken(" ".join([*sentences, texts.sentence("line_down_goodbye")]), language, settings.line.voice)


def _spoken(text: str, language: str, voice: str = "") -> ReadAloud:
    return ReadAloud(
        text, SPELLERS[language].locale if language in SPELLERS else language, voice, interruptible=False
    )


@cache
def _texts() -> dict[str, Catalogue]:
    return load_texts()
