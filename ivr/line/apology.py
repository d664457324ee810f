"""Answers a caller with a polite sentence when anything fails, and keeps a way on (F-08, F-09).

Nothing here touches the database: the third failure in a row of a caller rings a person where the settings
name one and the calendar says that the line is open. Whomever we called is rung through to nobody.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from callflows.vocabulary import Ring
from ivr.line.hotline import Hotline
from ivr.line.twiml import Speaker, WebhookAddresses
from logbook.texts.catalogue import Catalogue

PATIENCE = 2
_OURS = re.compile(r"/ivr/(voice|turn/[0-9]{1,3})")


class Apology:
    """Makes apologies for one hotline."""

    def __init__(self, hotline: Hotline, speaker: Speaker) -> None:
        """Keep what is needed to speak."""
        self._hotline = hotline
        self._speaker = speaker
        self._addresses = WebhookAddresses(hotline.settings.public_url)

    def try_again(self, path: str, failures: int, said: dict[str, str], *, outgoing: bool = False) -> str:
        """Apologise and repeat the request that failed; after two failures hand on to a person.

        `path` is its path; `said` are the provider's fields of what the caller has just done (a key, a
        recording, a talk with a clerk), which must not be lost by trying again. An `outgoing` call ends
        instead: its purpose stays open and a later call repeats it.
        """
        if failures >= PATIENCE:
            return self.end() if outgoing else self.hand_on()
        query = urlencode({"again": failures + 1, **said})
        address = f"{self._hotline.settings.public_url}{path}?{query}"
        return self._speaker.go_on(self._texts.sentence("system_error"), address)

    def start_over(self, error_url: str = "") -> str:
        """Repeat the request whose answer the provider could not use; a second time hand on.

        `error_url` is the address the provider names (ErrorUrl). Its stored answer is given again where
        there is one; without an address of ours the greeting is.
        """
        path, _, query = error_url.removeprefix(self._hotline.settings.public_url).partition("?")
        if "again=" in query:
            return self.hand_on()
        return self.try_again(path if _OURS.fullmatch(path) else "/ivr/voice", PATIENCE - 1, {})

    def hand_on(self) -> str:
        """Ring the person named for emergencies while the line is open, else say when to call again."""
        operator = self._hotline.settings.duty.emergency_operator
        number = None if operator is None else self._hotline.settings.duty.person(operator).number
        if operator is not None and self._hotline.settings.guests.number(number) and self._is_open():
            duty = self._hotline.settings.duty
            said = self._texts.sentence("system_error_clerk")
            ring = Ring(operator, duty.person(operator).number, duty.ring_seconds, duty.talk_limit_seconds)
            return self._speaker.ring(said, ring, f"{self._hotline.settings.public_url}/ivr/goodbye")
        return self.goodbye()

    def goodbye(self) -> str:
        """The last sentence to a caller when nothing else is left."""
        return self._last_word("system_error_goodbye")

    def end(self) -> str:
        """The last sentence to whomever we called."""
        return self._last_word("outgoing_error")

    def _last_word(self, key: str) -> str:
        return self._speaker.last_word(self._texts.sentence(key))

    @property
    def _texts(self) -> Catalogue:
        return self._hotline.texts[self._hotline.settings.line.language]

    def _is_open(self) -> bool:
        return self._hotline.calendars.is_open_as_last_known(self._hotline.clock.now())
