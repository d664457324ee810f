"""Writes TwiML, the only module that does, within the portable subset.

Say, Play, Gather (keys only), Record, Dial with Number and its url, Redirect, Hangup: see docs/telephone.md.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import assert_never
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from twilio.twiml.voice_response import Gather, Hangup, VoiceResponse

from callflows.vocabulary import Ask, Goodbye, Play, Press, Ring, Said, Speak, Turn
from ivr.line.wording import kept_whole, sentence
from logbook.guests import EVERYBODY, Guests
from logbook.texts.catalogue import Catalogue

NOTHING = str(VoiceResponse().append(Hangup()))
LONGEST_SAY = 4000
MOST_BYTES = 56 * 1024
"""Of one text as markup; the provider takes no document above 64 KB."""
_MOST_PER_SIGN = len("&amp;")
ANY_KEY = "0123456789*#"
MOST_REMEMBERED = 256
_NUMBER = chr(0)
"""Stands for the number of the next turn; no text can hold it (`xml_safe`)."""
_Asked = tuple[tuple[Said, ...], Press | Speak | Goodbye]
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


def xml_safe(text: str) -> str:
    """`text` without the characters XML 1.0 cannot hold (T-05)."""
    return _UNSPEAKABLE.sub("", text)


@dataclass(frozen=True)
class ProviderVoice:
    """How and in which language the provider reads aloud."""

    language: str
    name: str | None


@dataclass(frozen=True)
class WebhookAddresses:
    """Where the provider brings what it heard; absolute addresses below `public_url`."""

    public_url: str

    def turn(self, number: int | str) -> str:
        """Answers to turn `number`."""
        return f"{self.public_url}/ivr/turn/{number}"

    def accept(self, number: int, call: str, step: str = "") -> str:
        """Where whoever turn `number` of `call` rings is asked for a key; their leg has a name of its own."""
        path = f"/ivr/accept/{number}/{step}" if step else f"/ivr/accept/{number}"
        return f"{self.public_url}{path}?{urlencode({'call': call})}"

    def recording(self, number: int | str) -> str:
        """The address for the callback of the recording made in turn `number`."""
        return f"{self.public_url}/ivr/recording/{number}"

    def audio(self, number: int | str, recording: str) -> str:
        """The sound of a recording, played within turn `number`."""
        return f"{self.public_url}/ivr/audio/{number}/{recording}"

    def prompt(self, name: str) -> str:
        """The sound of recorded clips of the office, joined; the same for ever."""
        return f"{self.public_url}/ivr/prompt/{name}.wav"


def nobody_recorded(_text: str) -> str | None:
    """Every sentence is read by the provider's voice."""
    return None


class Speaker:
    """Writes turns as TwiML for one line."""

    def __init__(
        self,
        addresses: WebhookAddresses,
        voice: ProviderVoice,
        caller_id: str | None,
        guests: Guests = EVERYBODY,
        recorded: Callable[[str], str | None] = nobody_recorded,
        content: Callable[[], object] = lambda: None,
    ) -> None:
        """Remember where answers go, how to speak, which number a rung clerk sees, and who may be rung.

        `recorded` names the recorded clips that say a sentence, where there are any. `content` is what
        sentences and clips come from: documents are remembered while it is the same object, and not at all
        while it is None.
        """
        self._recorded = recorded
        self._guests = guests
        self._addresses = addresses
        self._voice = voice
        self._caller_id = caller_id
        self._content = content
        self._documents: tuple[object, dict[_Asked, tuple[Catalogue, str]]] = (None, {})

    def render(self, turn: Turn, catalogue: Catalogue, number: int, call: str = "") -> str:
        """The document for `turn` of `call`, whose answer will be turn `number`; below 64 KB.

        What says nothing of anybody is written once and remembered, with a place for the number.
        """
        match turn.awaits:
            case Ring():
                response = VoiceResponse()
                self._say(response, turn.says, catalogue, str(number))
                accept = self._addresses.accept(number, call) if turn.awaits.key else ""
                self._dial(response, turn.awaits, self._addresses.turn(number), accept)
                return str(response)
            case Ask():
                raise ValueError("a question to the logbook cannot be spoken")
            case Press() | Speak() | Goodbye():
                document = self._remembered(turn.says, turn.awaits, catalogue)
                return document.replace(_NUMBER, str(number))
            case _:
                assert_never(turn.awaits)

    def _remembered(
        self, says: tuple[Said, ...], awaits: Press | Speak | Goodbye, catalogue: Catalogue
    ) -> str:
        content = self._content()
        if content is None or not all(map(kept_whole, says)):
            return self._written(says, awaits, catalogue)
        if self._documents[0] is not content or len(self._documents[1]) >= MOST_REMEMBERED:
            self._documents = (content, {})
        documents, key = self._documents[1], (says, awaits)
        made_of, document = documents.get(key, (None, ""))
        if made_of is not catalogue:
            document = self._written(says, awaits, catalogue)
            documents[key] = (catalogue, document)
        return document

    def _written(self, says: tuple[Said, ...], awaits: Press | Speak | Goodbye, catalogue: Catalogue) -> str:
        """The document, with `_NUMBER` where the number of the next turn belongs."""
        response = VoiceResponse()
        match awaits:
            case Press():
                self._gather(response, says, awaits, catalogue)
            case Speak():
                self._say(response, says, catalogue, _NUMBER)
                self._record(response, awaits)
            case Goodbye():
                self._say(response, says, catalogue, _NUMBER)
                response.hangup()
            case _:
                assert_never(awaits)
        return str(response)

    def one_key(self, text: str, seconds: int, address: str) -> str:
        """Say `text` and take one key within `seconds`; the key, or none, goes to `address`."""
        response = VoiceResponse()
        gather = response.gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=seconds, action=address, method="POST"
        )
        self._speak(gather, text)
        response.redirect(address, method="POST")
        return str(response)

    def only(self, text: str) -> str:
        """Say `text`, and leave what comes next to whoever sent for it."""
        response = VoiceResponse()
        self._speak(response, text)
        return str(response)

    def last_word(self, text: str) -> str:
        """Say `text` and hang up."""
        response = VoiceResponse()
        self._speak(response, text)
        response.hangup()
        return str(response)

    def go_on(self, text: str, address: str) -> str:
        """Say `text` and ask at `address` what comes next."""
        response = VoiceResponse()
        self._speak(response, text)
        response.redirect(address, method="POST")
        return str(response)

    def ring(self, text: str, ring: Ring, address: str) -> str:
        """Say `text` and ring somebody; how that ended goes to `address`."""
        response = VoiceResponse()
        self._speak(response, text)
        self._dial(response, ring, address)
        return str(response)

    def go_to_turn(self, number: int) -> str:
        """Send a caller who stands elsewhere back to the turn the database knows."""
        response = VoiceResponse()
        response.redirect(f"{self._addresses.turn(number)}?resumed=1", method="POST")
        return str(response)

    def standing(self, text: str, number: str | None = None, seconds: int = 0) -> str:
        """A document that needs nothing of ours afterwards: say `text`, ring `number` if any, hang up."""
        response = VoiceResponse()
        self._speak(response, text)
        if number is not None and self._guests.number(number):
            extra = {"caller_id": self._caller_id} if self._caller_id else {}
            response.dial(timeout=seconds, **extra).number(number)
        response.hangup()
        return str(response)

    def _gather(
        self, response: VoiceResponse, says: tuple[Said, ...], press: Press, catalogue: Catalogue
    ) -> None:
        heard_out = [said for said in says if not getattr(said, "barge_in", True)]
        last = says.index(heard_out[-1]) + 1 if heard_out else 0
        self._say(response, says[:last], catalogue, _NUMBER)
        action = self._addresses.turn(_NUMBER)
        gather = response.gather(
            input="dtmf",
            num_digits=press.most,
            finish_on_key="" if press.most == 1 else "#",
            timeout=press.seconds,
            action=action,
            method="POST",
        )
        self._say(gather, says[last:], catalogue, _NUMBER)
        response.redirect(action, method="POST")

    def _record(self, response: VoiceResponse, speak: Speak) -> None:
        response.record(
            action=self._addresses.turn(_NUMBER),
            method="POST",
            max_length=speak.most,
            timeout=speak.silence,
            finish_on_key=ANY_KEY,
            play_beep=True,
            recording_status_callback=self._addresses.recording(_NUMBER),
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )
        response.redirect(self._addresses.turn(_NUMBER), method="POST")

    def _dial(self, response: VoiceResponse, ring: Ring, action: str, accept: str = "") -> None:
        """Ring one person, the caller hearing the ringing; in a trial nobody but a guest is rung.

        `accept` is where whoever picks up is sent before the two are joined.
        """
        if not self._guests.number(ring.number):
            response.redirect(action, method="POST")
            return
        extra = {"caller_id": self._caller_id} if self._caller_id else {}
        dialled = response.dial(
            action=action,
            method="POST",
            timeout=ring.seconds,
            time_limit=ring.talk,
            **extra,
        )
        dialled.number(ring.number, **({"url": accept, "method": "POST"} if accept else {}))

    def _say(
        self, verb: VoiceResponse | Gather, said: Iterable[Said], catalogue: Catalogue, number: str
    ) -> None:
        for each in said:
            if isinstance(each, Play):
                verb.play(self._addresses.audio(number, each.recording))
            else:
                self._speak(verb, sentence(each, catalogue))

    def _speak(self, verb: VoiceResponse | Gather, text: str) -> None:
        """One text, recorded where the office has recorded it, else in as many pieces as the limit needs."""
        if name := self._recorded(text):
            verb.play(self._addresses.prompt(name))
            return
        voice = {"voice": self._voice.name} if self._voice.name else {}
        for piece in pieces(_within_limit(xml_safe(text))):
            verb.say(piece, language=self._voice.language, **voice)


def _within_limit(text: str) -> str:
    """The beginning of `text` that fits into a document; 20,000 signs of an answer do unless they are odd."""
    if len(text) * _MOST_PER_SIGN <= MOST_BYTES:
        return text
    sizes = accumulate(len(escape(sign).encode()) for sign in text)
    return text[: bisect_right(list(sizes), MOST_BYTES)]


def pieces(text: str, longest: int = LONGEST_SAY) -> Sequence[str]:
    """`text` cut at the ends of sentences into parts of at most `longest` characters."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if parts and len(parts[-1]) + 1 + len(piece) <= longest:
            parts[-1] += f" {piece}"
        else:
            parts.extend(piece[start : start + longest] for start in range(0, len(piece), longest))
    return parts
