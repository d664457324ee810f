"""Tones of the telephone network: the busy tone that ends a call, keys inside the sound, the ringing tone.

Vietnam's exchanges send one frequency near 425 Hz; busy is half a second on and off, congestion a quarter.
"""

from __future__ import annotations

import array
import math
from collections import deque
from collections.abc import Iterable

from ivr.phone.sound import RATE, Samples

FRAME = RATE // 50
FRAME_SECONDS = 0.02
LOUD = 100
"""Mean level (of 32,768) above which somebody speaks, or a tone sounds; line noise stays well under it."""
NETWORK_TONES = (410.0, 425.0, 440.0, 450.0)
CYCLES = 3
"""So many times must a tone come and go before the caller counts as gone."""
_ROWS, _COLUMNS = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0)
_PAD = ("123", "456", "789", "*0#")


def level(samples: Samples) -> float:
    """Return the mean level of a piece of sound, 0 to 32,768."""
    return sum(map(abs, samples)) / len(samples) if samples else 0.0


def strength(samples: Samples, hertz: float) -> float:
    """Return which part of a sound's energy is this one frequency, 0 to 1 (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * hertz / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = last * last + before * before - turn * last * before
    energy = float(sum(sample * sample for sample in samples))
    return 2 * power / (len(samples) * energy) if energy else 0.0


def is_network_tone(samples: Samples) -> bool:
    """Whether a frame is nothing but the tone of an exchange."""
    return any(strength(samples, hertz) > 0.85 for hertz in (425.0, 450.0))


class BusyTone:
    """Hears frames of 20 ms and knows when a busy tone has come and gone often enough."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._stretches: deque[tuple[bool, int]] = deque(maxlen=2 * CYCLES + 1)
        self._now: tuple[bool, int] = (False, 0)
        self.frames = 0
        """Frames from the beginning of the tone to now, once it was recognised."""

    def hear(self, tone: bool) -> bool:
        """Take one frame, tone or not; say whether this is a busy tone."""
        on, length = self._now
        if tone == on:
            self._now = on, length + 1
            return False
        self._stretches.append((on, length))
        self._now = tone, 1
        if not tone and self._is_busy():
            last = list(self._stretches)[-(2 * CYCLES - 1) :]
            self.frames = sum(frames for _, frames in last) + 1
            return True
        return False

    def _is_busy(self) -> bool:
        """Tone, pause, tone, pause, tone, all alike and as long as an exchange makes them."""
        last = list(self._stretches)[-(2 * CYCLES - 1) :]
        if len(last) < 2 * CYCLES - 1:
            return False
        lengths = [frames * FRAME_SECONDS for _, frames in last]
        return all(0.4 <= one <= 0.6 for one in lengths) or all(0.18 <= one <= 0.32 for one in lengths)


class KeyTone:
    """Hears keys inside the sound, for carriers that do not send them apart (ITU-T Q.24)."""

    def __init__(self) -> None:
        """No key is down."""
        self._last, self._down = "", ""

    def hear(self, samples: Samples) -> str:
        """Take one frame; return a key when it goes down, else nothing."""
        key = _key(samples) if level(samples) > LOUD else ""
        pressed = key if key and key == self._last and key != self._down else ""
        if pressed:
            self._down = pressed
        elif not key and not self._last:
            self._down = ""
        self._last = key
        return pressed


def _key(samples: Samples) -> str:
    rows = [strength(samples, hertz) for hertz in _ROWS]
    columns = [strength(samples, hertz) for hertz in _COLUMNS]
    row, column = max(rows), max(columns)
    if row < 0.2 or column < 0.2 or row + column < 0.7 or max(row, column) > 8 * min(row, column):
        return ""
    return _PAD[rows.index(row)][columns.index(column)]


def made(hertz: Iterable[float], seconds: float, amplitude: int = 6000) -> Samples:
    """Make frequencies that sound together."""
    chosen = list(hertz)
    return array.array(
        "h",
        (
            int(sum(amplitude * math.sin(2 * math.pi * one * n / RATE) for one in chosen))
            for n in range(int(seconds * RATE))
        ),
    )


def key_tone(key: str, seconds: float = 0.12) -> Samples:
    """Make the sound of a key."""
    row = next(number for number, keys in enumerate(_PAD) if key in keys)
    return made((_ROWS[row], _COLUMNS[_PAD[row].index(key)]), seconds)


def ringing() -> Samples:
    """What a caller hears while somebody is rung: one second of 425 Hz, four of nothing."""
    return made((425.0,), 1.0, 4000) + array.array("h", bytes(2 * 4 * RATE))


def busy() -> Samples:
    """One cycle of the busy tone."""
    return made((425.0,), 0.5, 4000) + array.array("h", bytes(RATE))
