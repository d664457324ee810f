"""Handles wave sound as a telephone carries it: measures it, makes it, separates speech from silence."""

import array
import io
import math
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Samples: TypeAlias = "array.array[int]"

RATE = 8000
"""Samples a second on a telephone line."""
SILENCE_DBFS = -50.0
"""A peak below this level is nobody speaking (line noise stays well under it)."""
_FULL_SCALE = 32768
_BLOCK = RATE // 50


class NotAWaveError(ValueError):
    """The bytes are not 16-bit PCM in a wave file."""


@dataclass(frozen=True)
class DecodedSound:
    """Decoded sound: interleaved signed 16-bit samples."""

    samples: Samples
    rate: int = RATE
    channels: int = 1

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.channels / self.rate


def read(wav: bytes) -> DecodedSound:
    """Decode a wave file; raise NotAWaveError when it is broken, cut short or not 16-bit PCM."""
    try:
        with wave.open(io.BytesIO(wav)) as source:
            width, rate, channels = source.getsampwidth(), source.getframerate(), source.getnchannels()
            announced = source.getnframes()
            frames = source.readframes(announced)
    except (wave.Error, EOFError, ValueError, RuntimeError) as trouble:
        raise NotAWaveError(f"not a wave file: {trouble}") from trouble
    if width != 2 or rate < 1:
        raise NotAWaveError(f"16-bit PCM is needed, not {8 * width}-bit at {rate} Hz")
    if len(frames) != announced * width * channels:
        raise NotAWaveError(f"cut short: {len(frames)} bytes of {announced * width * channels}")
    samples = array.array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    return DecodedSound(samples, rate, channels)


def write(sound: DecodedSound) -> bytes:
    """Encode as a 16-bit wave file."""
    samples = array.array("h", sound.samples)
    if sys.byteorder == "big":
        samples.byteswap()
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(sound.channels)
        out.setsampwidth(2)
        out.setframerate(sound.rate)
        out.writeframes(samples.tobytes())
    return target.getvalue()


def duration(wav: bytes) -> float:
    """Return the length of a wave file in seconds; raise NotAWaveError."""
    return read(wav).seconds


def tone(seconds: float, hertz: int = 400, level: float = 0.3) -> bytes:
    """Make a wave file with a steady tone, which counts as somebody speaking; `level` is 0 to 1."""
    period = max(2, RATE // hertz)
    cycle = [round(_FULL_SCALE * level * math.sin(2 * math.pi * n / period)) for n in range(period)]
    count = round(seconds * RATE)
    samples = array.array("h", cycle) * (count // period + 1)
    return write(DecodedSound(samples[:count]))


def silence(seconds: float) -> bytes:
    """Make a wave file in which nothing is heard."""
    return write(DecodedSound(array.array("h", [0]) * round(seconds * RATE)))


def is_silent(wav: bytes, below: float = SILENCE_DBFS) -> bool:
    """Return whether nothing in the file reaches `below` dBFS (an empty file does not); NotAWaveError."""
    return _peak(read(wav).samples) < _threshold(below)


def shortened(wav: bytes, longest: float) -> bytes:
    """Cut the file off after `longest` seconds; raise NotAWaveError."""
    sound = read(wav)
    kept = int(longest * sound.rate) * sound.channels
    return write(DecodedSound(sound.samples[:kept], sound.rate, sound.channels))


def trimmed(wav: bytes, below: float = SILENCE_DBFS) -> bytes:
    """Cut silence off both ends in steps of 20 ms, as trim="trim-silence" asks; raise NotAWaveError."""
    sound = read(wav)
    limit = _threshold(below)
    loud = [start for start, block in _blocks(sound.samples) if _peak(block) >= limit]
    kept = sound.samples[loud[0] : loud[-1] + _BLOCK] if loud else array.array("h")
    return write(DecodedSound(kept, sound.rate, sound.channels))


def _blocks(samples: Samples) -> Iterator[tuple[int, Samples]]:
    for start in range(0, len(samples), _BLOCK):
        yield start, samples[start : start + _BLOCK]


def _peak(samples: Samples) -> int:
    return max(max(samples), -min(samples)) if samples else 0


def _threshold(dbfs: float) -> float:
    return _FULL_SCALE * float(10 ** (dbfs / 20))
