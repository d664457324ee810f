"""Takes down what a caller says: to the disk at once, silence counted, a busy tone is nothing said."""

from __future__ import annotations

import time
from pathlib import Path

from ivr.embedded import tones
from ivr.embedded.rtp import RtpPacket
from ivr.embedded.wave_file import WaveFile
from ivr.phone.sound import RATE, Samples

FARTHEST = 8000
"""A stamp so far from where it should be, in samples, begins a new count."""


class CallerRecording:
    """One recording; its media thread puts frames in, the thread of the call looks how it goes."""

    def __init__(self, path: Path) -> None:
        """Begin the file (OSError)."""
        self._file = WaveFile(path)
        self.last_loud = self._begun = time.monotonic()
        self._source = -1
        self._base = 0
        self._heard = 0.0
        self.trouble: OSError | None = None
        """Why no more is written."""

    def hear(self, packet: RtpPacket, samples: Samples, *, tone: bool) -> None:
        """Write one packet where its stamp says; `trouble` says when that is not possible any more."""
        now = time.monotonic()
        at = (packet.stamp - self._base) & 0xFFFFFFFF
        at = at - (1 << 32) if at & 0x80000000 else at
        waited = int((now - self._heard) * 8000) if self._heard else 0
        if packet.source != self._source or abs(at - self._file.samples) > FARTHEST + waited:
            self._source, at = packet.source, self._file.samples
            self._base = (packet.stamp - at) & 0xFFFFFFFF
        self._heard = now
        if at > (now - self._begun) * RATE + FARTHEST:
            return  # nobody speaks faster than time passes: a flood
        try:
            self._file.put(samples, at)
        except OSError as trouble:
            self.trouble = trouble
        if not tone and tones.level(samples) > tones.LOUD:
            self.last_loud = now

    def cut(self, samples: int) -> None:
        """Take off the end what was the exchange and not the caller (OSError)."""
        self._file.cut(samples)

    def close(self) -> None:
        """The recording is over (OSError)."""
        self._file.close()
