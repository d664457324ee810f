"""Cuts a recording into pieces of at most half a minute, where nobody speaks, and leaves out what is silent.

An engine for short sentences forgets most of a long recording that it is given whole. Runs in the child
process only: a file that breaks a reader breaks nothing else.
"""

from __future__ import annotations

import array
import sys
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_PIECE = 30.0
"""Seconds."""
LONGEST_SOUND = 3600
"""Seconds of one recording that are looked at."""
RATES = (8000, 16_000)
"""What engines take; anything else is brought to the first with the extra `[transcripts]`."""
QUIETEST_SPEECH = 330
"""A block whose loudest sample is below this (-40 dBFS) holds no speech."""
_BLOCKS_A_SECOND = 10
_SEARCHED = 10
"""Seconds before the latest cut in which the quietest moment is looked for."""


class UnreadableSoundError(Exception):
    """The file holds no sound that can be read here."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Samples of one channel, 16 bit."""

    samples: array.array[int]
    rate: int


def read_speech(file: Path) -> Speech:
    """The sound of a recording as one channel (UnreadableSoundError)."""
    try:
        with wave.open(str(file)) as source:
            rate, channels, width = source.getframerate(), source.getnchannels(), source.getsampwidth()
            if rate in RATES and channels in (1, 2) and width == 2:
                samples = array.array("h")
                whole = source.readframes(min(source.getnframes(), LONGEST_SOUND * rate))
                samples.frombytes(whole[: len(whole) // (2 * channels) * 2 * channels])
                if sys.byteorder == "big":
                    samples.byteswap()
                return Speech(samples if channels == 1 else _mixed(samples), rate)
    except (wave.Error, EOFError, ValueError, RuntimeError):
        pass
    return _decoded(file)


def _mixed(samples: array.array[int]) -> array.array[int]:
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return array.array("h", ((left + right) // 2 for left, right in pairs))


def _decoded(file: Path) -> Speech:
    """What the standard library does not read: MP3, other widths and rates."""
    try:
        import numpy as np
        import soundfile
        import soxr
    except (ImportError, OSError) as missing:
        raise UnreadableSoundError("needs the extra [transcripts]") from missing
    try:
        with soundfile.SoundFile(str(file)) as source:
            rate = int(source.samplerate)
            if not 4000 <= rate <= 192_000:
                raise UnreadableSoundError(f"{rate} samples a second")
            heard = source.read(frames=LONGEST_SOUND * rate, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as trouble:
        raise UnreadableSoundError(type(trouble).__name__) from trouble
    mono = soxr.resample(np.nan_to_num(heard.mean(axis=1)), rate, RATES[0])
    return Speech(array.array("h", (np.clip(mono, -1, 1) * 32767).astype(np.int16).tobytes()), RATES[0])


def pieces(speech: Speech) -> Iterator[Sequence[int]]:
    """The speech in pieces of at most `LONGEST_PIECE` seconds, cut where it is quietest, without silence."""
    size = speech.rate // _BLOCKS_A_SECOND
    samples = speech.samples
    blocks = [samples[at : at + size] for at in range(0, len(samples), size)]
    loud = [max(max(block), -min(block)) for block in blocks]
    most, searched = int(LONGEST_PIECE) * _BLOCKS_A_SECOND, _SEARCHED * _BLOCKS_A_SECOND
    begin = 0
    while begin < len(blocks):
        end = min(begin + most, len(blocks))
        if end < len(blocks):
            end = min(range(end - searched, end), key=lambda at: (loud[at], -at)) + 1
        if max(loud[begin:end]) >= QUIETEST_SPEECH:
            yield samples[begin * size : end * size]
        begin = end
