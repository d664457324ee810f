"""Turns sentences into files Asterisk plays: 8 kHz, mono, 16 bit, made once and kept by what they say."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.phone import sound
from ivr.phone.sound import DecodedSound
from logbook.prompts.voice import PromptVoice

SHORTEST_SECONDS = 0.3
BEEP_SECONDS, BEEP_HERTZ = 0.25, 1000

Speech = Callable[[str, str], bytes]
"""Makes a wave of a text in a language (`vi`); raises NoSpeechError."""
Version = Callable[[str, str], str]
"""Names what says a text now: recorded clips by their name, a machine's voice by nothing."""


class NoSpeechError(Exception):
    """Nothing on this machine can say a sentence."""


class SoundStore:
    """A folder of sounds below which Asterisk may read, named by what they say."""

    def __init__(self, folder: Path, speech: Speech, version: Version = lambda _text, _language: "") -> None:
        """Make what is missing with `speech`; a sentence of another `version` gets a file of its own."""
        self.folder, self._speech, self._version = folder, speech, version

    def say(self, text: str, language: str) -> str:
        """Return the path, without its ending, of a file that says `text` (NoSpeechError, OSError)."""
        name = hashlib.sha256(f"{self._version(text, language)}\0{language}\0{text}".encode()).hexdigest()[
            :40
        ]
        path = self.folder / f"{name}.wav"
        if not path.exists():
            self._write(path, telephone_wave(self._speech(text, language[:2].lower())))
        return str(path.with_suffix(""))

    def named(self, name: str, text: str, language: str) -> Path:
        """Keep a sentence under a name of its own, anew when it reads otherwise; return the file."""
        path, said = self.folder / f"{name}.wav", Path(f"{self.say(text, language)}.wav").read_bytes()
        if not path.exists() or path.read_bytes() != said:
            self._write(path, said)
        return path

    def beep(self) -> str:
        """Return the path, without its ending, of the tone after which recording begins."""
        path = self.folder / "beep.wav"
        if not path.exists():
            self._write(path, sound.tone(BEEP_SECONDS, BEEP_HERTZ, 0.2))
        return str(path.with_suffix(""))

    def prepare(self, texts: Iterable[tuple[str, str]]) -> int:
        """Make the sounds of (text, language) pairs beforehand; return how many there are now."""
        count = 0
        for text, language in texts:
            self.say(text, language)
            count += 1
        return count

    @contextmanager
    def lent(self, wave: bytes) -> Iterator[str]:
        """Put somebody's recording where Asterisk can read it, only while it is played."""
        path = self.folder / f"lent-{secrets.token_hex(16)}.wav"
        self._write(path, telephone_wave(wave), mode=0o640)
        try:
            yield str(path.with_suffix(""))
        finally:
            path.unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes, mode: int = 0o644) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        fresh.write_bytes(content)
        os.chmod(fresh, mode)  # noqa: PTH101 - the umask must not keep Asterisk from reading it
        fresh.replace(path)


def speech_of(voice: PromptVoice) -> tuple[Speech, Version]:
    """Return how an office's voice says sentences, and what tells one saying from another."""

    def speech(text: str, language: str) -> bytes:
        found = voice.sound(text, language)
        if found is None:
            raise NoSpeechError("no voice is here; install the extra [voice]")
        return found.wav

    return speech, lambda text, language: voice.recorded(text, language) or ""


def telephone_wave(wave: bytes) -> bytes:
    """Return a wave as a telephone plays it: 8 kHz, one channel, long enough to be heard (NotAWaveError)."""
    heard = sound.read(wave)
    samples = heard.samples[:: heard.channels]
    if heard.rate != sound.RATE:
        step = heard.rate / sound.RATE
        count = int(len(samples) / step)
        samples = type(samples)(
            "h", (_mean(samples, int(n * step), int((n + 1) * step)) for n in range(count))
        )
    missing = int(SHORTEST_SECONDS * sound.RATE) - len(samples)
    if missing > 0:
        samples = samples + type(samples)("h", bytes(2 * missing))
    return sound.write(DecodedSound(samples))


def _mean(samples: sound.Samples, start: int, end: int) -> int:
    piece = samples[start : max(end, start + 1)]
    return sum(piece) // max(1, len(piece))
