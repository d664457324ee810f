"""Finds a voice for a sentence: the office's clips, a voice the operator supplies, espeak-ng, or nobody's.

A line asks `recorded` for what can be played (its address holds the name), and `sound` for all that it has to
make audible itself. None means that no voice is here: the provider's, or the browser's, reads the text.
Machine voices are always marked as such by their `origin`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

import structlog

from logbook.database.engine import Database
from logbook.prompts import clips
from logbook.prompts.current import OfficePrompts
from logbook.prompts.joining import joined, name_of, pieces_of
from logbook.prompts.sound import RATE, UnusableSoundError, read_wave, write_wave
from logbook.prompts.spelled import spelled
from logbook.prompts.synthesis import EspeakVoice, SuppliedVoice, SynthesisError
from logbook.settings.loading import Settings

MOST_KEPT = 24 * 1024 * 1024
"""Bytes of sound one process remembers: about 25 minutes."""
LONGEST_TEXT = 2000
"""Characters that one call of a machine voice gets; a longer text is spoken piece by piece."""
log = structlog.get_logger("logbook.prompts")


class VoiceOrigin(StrEnum):
    """Whose voice it is."""

    RECORDED = "recorded"
    JOINED = "joined"
    SUPPLIED = "supplied"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class PromptSound:
    """A text made audible: a wave file of 8 kHz, mono, 16 bit, and whose voice it is."""

    text: str
    wav: bytes
    origin: VoiceOrigin

    @property
    def is_synthetic(self) -> bool:
        """Whether a machine speaks."""
        return self.origin in (VoiceOrigin.SUPPLIED, VoiceOrigin.SYNTHETIC)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return max(0, len(self.wav) - 44) / (2 * RATE)


class PromptVoice:
    """One office's voice in one process; what was made audible once is kept in memory by the text's hash."""

    def __init__(self, settings: Settings, database: Database, prompts: OfficePrompts) -> None:
        """Nothing is started or read before somebody asks."""
        self._database = database
        self._prompts = prompts
        self._texts = {language: catalogue.spell for language, catalogue in prompts.shipped.items()}
        self._espeak = EspeakVoice(settings.line.accent)
        self._supplied = SuppliedVoice(settings.data_folder / "voice")
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str], PromptSound] = OrderedDict()
        self._size = 0

    def recorded(self, text: str, language: str) -> str | None:
        """The name of the recorded clips that say `text`, for `played`; None where words are missing.

        Nothing is read from the database. A text whose words changed has another name, or none.
        """
        index = self._prompts.content.clips.get(language)
        pieces = None if index is None else index.cover(text)
        return None if pieces is None else name_of(pieces)

    def played(self, name: str) -> PromptSound | None:
        """The sound of clips by a name that `recorded` gave; None where a clip is not there."""
        return self._remembered(("clips", name)) or self._joined(name)

    def sound(self, text: str, language: str) -> PromptSound | None:
        """`text` (any length; `language` like vi or vi-VN) made audible; None where no voice is here."""
        language = language[:2]
        name = self.recorded(text, language)
        found = None if name is None else self.played(name)
        return found or self._remembered((language, text)) or self._spoken(text, language)

    def in_memory(self, text: str, language: str) -> PromptSound | None:
        """What `sound` would return, where it was made before; None else."""
        language = language[:2]
        name = self.recorded(text, language)
        found = None if name is None else self._remembered(("clips", name))
        return found if name else self._remembered((language, text))

    def speaks(self) -> bool:
        """Whether a machine voice is here: without one `sound` knows recorded sentences only."""
        return self._supplied.is_here() or self._espeak.is_here()

    def warm(self, texts: Iterable[str], language: str) -> int:
        """Make texts audible beforehand, so that nobody waits for them; how many there are now."""
        return sum(self.sound(text, language) is not None for text in texts)

    def close(self) -> None:
        """End what was started."""
        self._espeak.close()

    def _joined(self, name: str) -> PromptSound | None:
        pieces = pieces_of(name)
        with self._database.reading() as conn:
            found = clips.sounds(conn, (one.clip for one in pieces))
        if any(one.clip not in found for one in pieces):
            return None
        text = " ".join(found[one.clip][1] for one in pieces)
        if len(pieces) == 1:
            return self._keep(
                ("clips", name), PromptSound(text, found[pieces[0].clip][0], VoiceOrigin.RECORDED)
            )
        sounds = joined((read_wave(found[one.clip][0]), one.pause) for one in pieces)
        return self._keep(("clips", name), PromptSound(text, write_wave(sounds), VoiceOrigin.JOINED))

    def _spoken(self, text: str, language: str) -> PromptSound | None:
        speller = self._texts.get(language)
        said = spelled(text, speller) if speller else text
        for voice, origin in ((self._supplied, VoiceOrigin.SUPPLIED), (self._espeak, VoiceOrigin.SYNTHETIC)):
            if not voice.is_here():
                continue
            try:
                wavs = [voice.spoken(said[at : at + LONGEST_TEXT], language) for at in _starts(said)]
                whole = (
                    wavs[0] if len(wavs) == 1 else write_wave([one for wav in wavs for one in read_wave(wav)])
                )
                read_wave(whole)
            except (SynthesisError, UnusableSoundError) as trouble:
                log.warning("no voice", origin=origin, error=str(trouble))
                continue
            return self._keep((language, text), PromptSound(text, whole, origin))
        return None

    def _remembered(self, key: tuple[str, str]) -> PromptSound | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: tuple[str, str], sound: PromptSound) -> PromptSound:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = sound
                self._size += len(sound.wav)
            while self._size > MOST_KEPT and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest.wav)
        return sound


def _starts(text: str) -> range:
    return range(0, max(1, len(text)), LONGEST_TEXT)
