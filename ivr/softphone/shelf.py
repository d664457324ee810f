"""The sounds a telephone in the browser fetches: by name, made when first asked for, the oldest forgotten."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from threading import Lock
from typing import TypeAlias

MOST = 400
MAKING_SECONDS = 20.0


class MadeBy(StrEnum):
    """Where a spoken sentence comes from, the best first."""

    RECORDING = "recording"
    SUPPLIED = "supplied"
    LAST_RESORT = "last_resort"
    """Understandable at best: a browser's own Vietnamese voice is better."""


@dataclass(frozen=True)
class ReadySound:
    """A sentence as a wave file that can be had by its name."""

    name: str
    made_by: MadeBy


class Shelf:
    """At most MOST sounds, each by a name that nobody guesses who did not hear it."""

    def __init__(self, find_voice: Callable[[], Speech | None]) -> None:
        """Ask `find_voice` for a voice when the first sentence is spoken."""
        self._find_voice = find_voice
        self._speech: Speech | None = None
        self._looked = False
        self._kept: OrderedDict[str, Callable[[], bytes]] = OrderedDict()
        self._lock = Lock()

    def spoken(self, text: str, language: str) -> ReadySound | None:
        """Return how a sentence can be heard; None when only the browser has a voice. Nothing is made yet."""
        with self._lock:
            if not self._looked:
                self._speech, self._looked = self._find_voice(), True
        speech = self._speech
        made_by = speech(text, language)[0] if speech else None
        if speech is None or made_by is None:
            return None
        name = sha256(f"{made_by}\n{language}\n{text}".encode()).hexdigest()[:40]
        self._put(name, lambda: speech(text, language)[1]())
        return ReadySound(name, made_by)

    def keep(self, wave: bytes) -> str:
        """Put a sound there and return its name."""
        name = sha256(wave).hexdigest()[:40]
        self._put(name, lambda: wave)
        return name

    def get(self, name: str) -> bytes | None:
        """Return a sound, made now if need be; None when nobody knows the name (any more)."""
        with self._lock:
            make = self._kept.get(name)
        if make is None:
            return None
        wave = make()
        with self._lock:
            self._kept[name] = lambda: wave
        return wave

    def _put(self, name: str, make: Callable[[], bytes]) -> None:
        with self._lock:
            self._kept.setdefault(name, make)
            self._kept.move_to_end(name)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


Speech: TypeAlias = Callable[[str, str], tuple[MadeBy | None, Callable[[], bytes]]]
"""For a sentence and its language: where its sound comes from (None: nowhere), and what makes it (wave)."""


def espeak() -> Speech | None:
    """The machine's own espeak-ng, if there is one: the last resort."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None

    def speech(text: str, language: str) -> tuple[MadeBy | None, Callable[[], bytes]]:
        def make() -> bytes:
            done = subprocess.run(  # noqa: S603 - the text goes in by its input, not as an argument
                [program, "-v", language.partition("-")[0].lower(), "-s", "165", "--stdin", "--stdout"],
                input=text.encode(),
                capture_output=True,
                check=True,
                timeout=MAKING_SECONDS,
            )
            return _of_known_length(done.stdout)

        return MadeBy.LAST_RESORT, make

    return speech


def _of_known_length(wave: bytes) -> bytes:
    """What was written as a stream does not know its length; say it at both places."""
    whole = bytearray(wave)
    struct.pack_into("<I", whole, 4, len(whole) - 8)
    struct.pack_into("<I", whole, 40, len(whole) - 44)
    return bytes(whole)
