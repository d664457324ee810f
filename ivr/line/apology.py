"""Answers a caller with a polite sentence when anything fails, and keeps a way on (F-08, F-09).

Nothing here touches the database: the third failure in a row of a caller rings a person where the settings
name one and the calendar says that the line is open. Whomever we called is rung through to nobody.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from twilio.twiml.voice_response import VoiceResponse

from callflows.vocabulary import Ring
from ivr.line.hotline import Hotline
from ivr.line.twiml import Speaker, WebhookAddresses

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
        response = VoiceResponse()
        self._say(response, "system_error")
        query = urlencode({"again": failures + 1, **said})
        response.redirect(f"{self._hotline.settings.public_url}{path}?{query}", method="POST")
        return str(response)

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
        response = VoiceResponse()
        number = None if operator is None else self._hotline.settings.duty.person(operator).number
        if operator is not None and self._hotline.settings.guests.number(number) and self._is_open():
            duty = self._hotline.settings.duty
            self._say(response, "system_error_clerk")
            ring = Ring(operator, duty.person(operator).number, duty.ring_seconds, duty.talk_limit_seconds)
            self._speaker.dial(response, ring, f"{self._hotline.settings.public_url}/ivr/goodbye")
            return str(response)
        return self.goodbye()

    def goodbye(self) -> str:
        """The last sentence to a caller when nothing else is left."""
        return self._last_word("system_error_goodbye")

    def end(self) -> str:
        """The last sentence to whomever we called."""
        return self._last_word("outgoing_error")

    def _last_word(self, key: str) -> str:
        return self._speaker.last_word(self._sentence(key))

    def _say(self, response: VoiceResponse, key: str) -> None:
        self._speaker.speak(response, self._sentence(key))

    def _sentence(self, key: str) -> str:
        return self._hotline.texts[self._hotline.settings.line.language].sentence(key)

    def _is_open(self) -> bool:
        return self._hotline.calendars.is_open_as_last_known(self._hotline.clock.now())
