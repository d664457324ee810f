"""Measures and mends speech as a telephone carries it: 8 kHz, mono, 16 bit, standard library only."""

from __future__ import annotations

import array
import io
import math
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass

from logbook.recordings import wave_file

RATE = 8000
FULL_SCALE = 32767
_BLOCK = RATE // 100
_MOST_PERCENT_CLIPPED = 0.1
PEAK_DBFS = -3.0
"""Where the loudest moment of a clip is brought to."""
SILENCE_DBFS = -45.0
KEPT_MS = 30
"""Milliseconds of quiet that stay before the first and after the last sound."""
_FADE = RATE // 200
"""Samples over which the ends of a clip come up from, and go down to, nothing: no click."""

Samples = Sequence[int]


class UnusableSoundError(ValueError):
    """The bytes cannot be used as a prompt; `args[0]` is the catalogue's sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class SoundLevels:
    """What was measured in a sound: seconds, dBFS, the percentage of samples at the limit, ends in ms."""

    seconds: float
    peak_dbfs: float
    speech_dbfs: float
    clipped_percent: float
    quiet_before_ms: int
    quiet_after_ms: int

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is poor about it, as keys of the catalogue; silence alone is all that is said of it."""
        if self.peak_dbfs < SILENCE_DBFS:
            return ("prompts_sound_silent",)
        found = []
        if self.clipped_percent > _MOST_PERCENT_CLIPPED:
            found.append("prompts_sound_clipped")
        if self.speech_dbfs < -38:
            found.append("prompts_sound_quiet")
        return tuple(found)


def read_wave(wav: bytes) -> array.array[int]:
    """The samples of a wave file of a telephone: 8 kHz, mono, 16 bit (UnusableSoundError)."""
    try:
        with wave.open(io.BytesIO(wav)) as source:
            shape = (source.getframerate(), source.getnchannels(), source.getsampwidth())
            frames = source.readframes(source.getnframes())
    except (wave.Error, EOFError, ValueError, RuntimeError) as trouble:
        raise UnusableSoundError("prompts_sound_unreadable") from trouble
    if shape != (RATE, 1, 2):
        raise UnusableSoundError("prompts_sound_needs_extra")
    samples = array.array("h", frames[: len(frames) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def write_wave(samples: Samples) -> bytes:
    """A wave file of 8 kHz, mono, 16 bit."""
    return wave_file.encoded(samples, RATE)


def measured(samples: Samples) -> SoundLevels:
    """Measure a sound; the level of speech is that of its louder half, in blocks of 10 ms."""
    if not samples:
        return SoundLevels(0.0, -100.0, -100.0, 0.0, 0, 0)
    blocks = [samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK)]
    loud = _loud(blocks)
    powers = sorted((sum(one * one for one in block) / len(block) for block in blocks), reverse=True)
    upper = powers[: max(1, len(powers) // 2)]
    at_limit = sum(one >= FULL_SCALE - 8 or one <= -FULL_SCALE + 8 for one in samples)
    return SoundLevels(
        len(samples) / RATE,
        _dbfs(max(max(samples), -min(samples))),
        _dbfs(math.sqrt(sum(upper) / len(upper))),
        100 * at_limit / len(samples),
        loud[0] * 10 if loud else len(samples) * 1000 // RATE,
        (len(blocks) - 1 - loud[-1]) * 10 if loud else len(samples) * 1000 // RATE,
    )


def mended(samples: Samples) -> array.array[int]:
    """The sound without quiet at both ends, brought to -3 dBFS, coming from and going to nothing."""
    blocks = [samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK)]
    loud = _loud(blocks)
    if not loud:
        raise UnusableSoundError("prompts_sound_silent")
    keep = KEPT_MS // 10
    first, last = max(0, loud[0] - keep), min(len(blocks), loud[-1] + 1 + keep)
    kept = samples[first * _BLOCK : last * _BLOCK]
    gain = FULL_SCALE * 10 ** (PEAK_DBFS / 20) / max(max(kept), -min(kept), 1)
    return faded(array.array("h", (round(one * gain) for one in kept)))


def faded(samples: array.array[int]) -> array.array[int]:
    """The same samples, changed in place, whose first and last 5 ms come from and go to nothing."""
    length = min(_FADE, len(samples) // 2)
    for at in range(length):
        samples[at] = samples[at] * at // length
        samples[-1 - at] = samples[-1 - at] * at // length
    return samples


def _loud(blocks: Sequence[Samples]) -> list[int]:
    limit = FULL_SCALE * 10 ** (SILENCE_DBFS / 20)
    return [number for number, block in enumerate(blocks) if max(max(block), -min(block)) > limit]


def _dbfs(level: float) -> float:
    return -100.0 if level < 1 else 20 * math.log10(level / (FULL_SCALE + 1))
