"""A recording that is on the disk from its first second, and whole when its process is killed."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from ivr.phone.sound import RATE, Samples

_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
LONGEST_GAP = 60 * RATE
_UNKNOWN = 0x7FFFFF00
"""The size in the head while it is not known: whoever reads the file of a killed process mends it."""


class WaveFile:
    """A wave file written sample by sample at its place; nothing waits in this process."""

    def __init__(self, path: Path) -> None:
        """Begin the file (OSError)."""
        self.path, self._length = path, 0
        self._file = path.open("wb", buffering=0)
        self._write_head(_UNKNOWN)

    @property
    def samples(self) -> int:
        """How many there are."""
        return self._length

    def put(self, samples: Samples, at: int) -> None:
        """Write samples at their place; what lies between is silence, what comes late fills its gap."""
        if at < 0 or at > self._length + LONGEST_GAP:
            at = self._length
        if sys.byteorder == "big":
            samples = samples[:]
            samples.byteswap()
        self._file.seek(_HEAD.size + 2 * at)
        self._file.write(samples.tobytes())
        self._length = max(self._length, at + len(samples))

    def cut(self, samples: int) -> None:
        """Take that many samples off the end."""
        self._length = max(0, self._length - samples)
        self._file.truncate(_HEAD.size + 2 * self._length)

    def close(self) -> None:
        """Write how long it is (OSError); the file is closed in any case."""
        if not self._file.closed:
            with self._file:
                self._write_head(2 * self._length)

    def _write_head(self, size: int) -> None:
        self._file.seek(0)
        self._file.write(
            _HEAD.pack(
                *(b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16, b"data", size)
            )
        )
