"""Listens to somebody who is being recorded in a browser: how long, how loud, and when they have finished."""

from __future__ import annotations

import array
import sys
from collections.abc import Callable

from ivr.phone import sound

QUIET = 330
"""A mean level below this (-40 dBFS) is nobody speaking; rooms with a computer hum below it."""
HICCUP = 1.0
"""Seconds without sound that only the network takes."""
BYTES_A_SECOND = 2 * sound.RATE
_BLOCK = BYTES_A_SECOND // 20


class Taking:
    """The sound of one recording as it comes in, never longer than `longest` seconds."""

    def __init__(
        self,
        longest: float,
        monotonic: Callable[[], float],
        on_disk: Callable[[bytes, int], None] | None = None,
    ) -> None:
        """Nothing was heard yet; `monotonic` counts seconds, `on_disk` gets what comes and its place."""
        self._on_disk = on_disk
        self._monotonic = monotonic
        self._came = monotonic()
        self._most = int(longest * sound.RATE) * 2
        self._samples = bytearray()
        self._judged = 0
        self._silent = 0.0

    def take(self, samples: bytes, at: int | None = None) -> None:
        """Add signed 16-bit samples, 8 kHz, little-endian; an odd byte and what is too long are dropped.

        `at` is their place, in samples, since a browser may send a piece twice or in another order: what is
        missing between is silence. Without it they come last.
        """
        self._came = self._monotonic()
        start = len(self._samples) if at is None else 2 * at
        whole = samples[: min(len(samples) // 2 * 2, max(0, self._most - start))]
        if not whole:
            return
        if start > len(self._samples):
            self._samples += bytes(start - len(self._samples))
        self._samples[start : start + len(whole)] = whole
        if self._on_disk is not None:
            self._on_disk(whole, start // 2)
        while len(self._samples) - self._judged >= _BLOCK:
            block = _samples(bytes(self._samples[self._judged : self._judged + _BLOCK]))
            self._judged += _BLOCK
            level = sum(abs(each) for each in block) / len(block)
            self._silent = self._silent + _BLOCK / BYTES_A_SECOND if level < QUIET else 0.0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self._samples) / BYTES_A_SECOND

    @property
    def silent_for(self) -> float:
        """Seconds of silence at its end; a microphone that was switched off is silent."""
        switched_off = self._monotonic() - self._came
        return self._silent + (switched_off if switched_off > HICCUP else 0.0)

    @property
    def full(self) -> bool:
        """Whether it is as long as it may become."""
        return len(self._samples) >= self._most

    def wave(self) -> bytes:
        """Return it as a wave file."""
        return sound.write(sound.DecodedSound(_samples(bytes(self._samples))))


def _samples(data: bytes) -> sound.Samples:
    samples = array.array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
