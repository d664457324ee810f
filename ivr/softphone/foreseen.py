"""What a caller may hear next: the sounds each key leads to, fetched by the tab before it is pressed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import callflows
from callflows.vocabulary import Goodbye, Heard, Keys, Silence, Turn, Voice
from ivr.line.conversation import place_from_text
from ivr.line.hotline import Hotline
from ivr.line.twiml import ANY_KEY, ProviderVoice, Speaker, WebhookAddresses
from ivr.phone.document import DocumentError, parse
from ivr.phone.verbs import Gather, PlayVerb, SayVerb, Verb
from ivr.softphone.shelf import Shelf
from logbook.calls import history
from logbook.texts.spoken import SPELLERS

MOST_HEARD: tuple[Heard, ...] = (*(Keys(key) for key in ANY_KEY), Voice("0", 12), Silence())
"""What may be heard at a place, the likeliest first; what a place does not await leads to an apology."""


class Foreseen:
    """Tries on paper what each key would lead to; nothing of it is written, and no logbook is asked."""

    def __init__(self, hotline: Hotline, shelf: Shelf) -> None:
        """Speak as the line of `hotline` does."""
        self._hotline, self._shelf = hotline, shelf
        settings, voice = hotline.settings, hotline.voice
        language = settings.line.language
        self._speaker = Speaker(
            WebhookAddresses(settings.public_url),
            ProviderVoice(SPELLERS[language].locale, settings.line.voice),
            settings.line.caller_id,
            settings.guests,
            lambda text: voice.recorded(text, language),
            lambda: hotline.prompts.content,
        )

    def after(self, call_sid: str, known: str) -> tuple[str, list[str]] | None:
        """Where a call stands, and the sounds that may be next; None where it still stands at `known`."""
        with self._hotline.database.reading() as conn:
            call = history.of_sid(conn, call_sid)
            if call is None or call.ended_at is not None or call.place in ("", known):
                return None
            now = self._hotline.clock.now() + timedelta(seconds=call.time_shift)
            office = self._hotline.office_now.at(conn, now, call.caller_number)
        place, names = place_from_text(call.place), list[str]()
        for heard in MOST_HEARD:
            turn = callflows.advance(office, place, heard)
            names += self._sounds(turn, call.language)
        return call.place, list(dict.fromkeys(names))

    def _sounds(self, turn: Turn, language: str) -> Iterator[str]:
        """What a turn says, also where the logbook is asked before it goes on."""
        if turn.says:
            only_said = replace(turn, awaits=Goodbye())
            document = self._speaker.render(only_said, self._hotline.texts[language], 0)
            yield from sounds_of(document.encode(), "text/xml", self._shelf)


def sounds_of(document: bytes, kind: str, shelf: Shelf) -> Iterator[str]:
    """The sounds of the sentences in a document, by their names; none in what is no document."""
    try:
        verbs = parse(document, kind)
    except DocumentError:
        return
    for verb in _spoken(verbs):
        name = shelf.spoken(verb.text, verb.language) if isinstance(verb, SayVerb) else shelf.played(verb.url)
        if name:
            yield name


def _spoken(verbs: tuple[Verb, ...]) -> Iterator[SayVerb | PlayVerb]:
    for verb in verbs:
        if isinstance(verb, SayVerb | PlayVerb):
            yield verb
        elif isinstance(verb, Gather):
            yield from verb.prompts
