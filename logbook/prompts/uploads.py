"""Reads a sound file that somebody chose: a telephone's wav at once, others with the extra `[voice]`."""

from __future__ import annotations

import array
import io
from dataclasses import dataclass

from logbook.prompts import m4a
from logbook.prompts.sound import RATE, UnusableSoundError, measured, read_wave

LARGEST = 24 * 1024 * 1024
"""Bytes of one file: two minutes of stereo as a recorder writes it."""
LONGEST = 120
"""Seconds of one file, quiet at its ends included."""
_AT_LIMIT = 0.9995


@dataclass(frozen=True, slots=True)
class ReadSound:
    """The samples at 8 kHz, mono, and what was poor about the file before it was brought there."""

    samples: array.array[int]
    troubles: tuple[str, ...]


def read(content: bytes) -> ReadSound:
    """The sound in a file; UnusableSoundError says in a sentence what to do instead."""
    if len(content) > LARGEST:
        raise UnusableSoundError("prompts_sound_large")
    if content[4:8] == b"ftyp":
        content = m4a.decoded(content)
    try:
        samples = read_wave(content)
    except UnusableSoundError:
        return _decoded(content)
    if len(samples) > LONGEST * RATE:
        raise UnusableSoundError("prompts_sound_long")
    return ReadSound(samples, measured(samples).troubles)


def _decoded(content: bytes) -> ReadSound:
    """Any file that libsndfile reads, brought to 8 kHz, mono."""
    try:
        import numpy as np
        import soundfile
        import soxr
    except (ImportError, OSError) as missing:
        raise UnusableSoundError("prompts_sound_needs_extra") from missing
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate = int(file.samplerate)
            if not 4000 <= rate <= 192_000:
                raise UnusableSoundError("prompts_sound_unreadable")
            heard = file.read(frames=(LONGEST + 1) * rate, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as trouble:
        if isinstance(trouble, UnusableSoundError):
            raise
        raise UnusableSoundError("prompts_sound_unreadable") from trouble
    if len(heard) > LONGEST * rate:
        raise UnusableSoundError("prompts_sound_long")
    if not len(heard):
        raise UnusableSoundError("prompts_sound_silent")
    clipped = 100 * float((np.abs(heard) >= _AT_LIMIT).any(axis=1).mean())
    mono = soxr.resample(np.nan_to_num(heard.mean(axis=1)), rate, RATE)
    samples = array.array("h", (np.clip(mono, -1, 1) * 32767).astype(np.int16).tobytes())
    found = [one for one in measured(samples).troubles if one != "prompts_sound_clipped"]
    if clipped > 0.1 and "prompts_sound_silent" not in found:
        found.append("prompts_sound_clipped")
    return ReadSound(samples, tuple(found))
