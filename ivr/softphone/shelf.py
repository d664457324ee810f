"""The sounds a telephone in the browser fetches: by name, made when first asked for, the oldest forgotten."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from logbook.prompts import joining
from logbook.prompts.voice import PromptSound, PromptVoice, VoiceOrigin

MOST = 400
_PROMPT = re.compile(rf".*/ivr/prompt/({joining.NAME})\.wav")


@dataclass(frozen=True, slots=True)
class ShelfSound:
    """A wave file; `origin` is whose voice it is, None where it is no sentence of ours."""

    wav: bytes
    origin: VoiceOrigin | None = None


class Shelf:
    """At most MOST sounds of one office, each by a name that nobody guesses who did not hear it."""

    def __init__(self, voice: PromptVoice) -> None:
        """Let `voice` speak."""
        self._voice = voice
        self._kept: OrderedDict[str, ShelfSound | Callable[[], ShelfSound | None]] = OrderedDict()
        self._sentences: dict[str, tuple[str, str]] = {}
        self._lock = Lock()

    def spoken(self, text: str, language: str) -> str | None:
        """The name under which a sentence is heard, nothing is made yet; None: only the browser may speak."""
        if not (self._voice.speaks() or self._voice.recorded(text, language[:2])):
            return None

        def make() -> ShelfSound | None:
            found = self._voice.sound(text, language)
            return None if found is None else ShelfSound(found.wav, found.origin)

        name = self._put(f"{language}\n{text}".encode(), make)
        with self._lock:
            self._sentences[name] = (text, language)
        return name

    def keep(self, wave: bytes) -> str:
        """Put a sound there and return its name."""
        return self._put(wave, ShelfSound(wave))

    def played(self, url: str) -> str | None:
        """The name of a recorded sentence that the hotline lets play; None where `url` is none."""
        found = self._prompt(url)
        return None if found is None else self.keep(found.wav)

    def text_of(self, url: str) -> str | None:
        """What a recorded sentence says that the hotline lets play; None where `url` is no such sentence."""
        found = self._prompt(url)
        return None if found is None else found.text

    def _prompt(self, url: str) -> PromptSound | None:
        name = _PROMPT.fullmatch(url)
        return self._voice.played(name[1]) if name else None

    def get(self, name: str) -> ShelfSound | None:
        """A sound, made now if need be; None when nobody knows the name (any more) or no voice can speak."""
        with self._lock:
            found = self._kept.get(name)
        return found() if callable(found) else found

    def ready(self, name: str) -> ShelfSound | None:
        """A sound that is in memory; nothing is made or read for it."""
        with self._lock:
            said, there = self._sentences.get(name), self._kept.get(name)
        if isinstance(there, ShelfSound):
            return there
        found = self._voice.in_memory(*said) if said else None
        return None if found is None else ShelfSound(found.wav, found.origin)

    def _put(self, what: bytes, sound: ShelfSound | Callable[[], ShelfSound | None]) -> str:
        name = sha256(what).hexdigest()[:40]
        with self._lock:
            self._kept[name] = sound
            self._kept.move_to_end(name)
            while len(self._kept) > MOST:
                oldest, _ = self._kept.popitem(last=False)
                self._sentences.pop(oldest, None)
        return name
