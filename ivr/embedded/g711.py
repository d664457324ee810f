"""G.711: telephone sound as one byte a sample, A-law (Vietnam, Europe) and mu-law (ITU-T G.711)."""

from __future__ import annotations

import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ivr.phone.sound import Samples

CodecName = Literal["alaw", "ulaw"]


def _alaw(code: int) -> int:
    code ^= 0x55
    magnitude, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    magnitude += 8 if segment == 0 else 0x108
    magnitude <<= max(0, segment - 1)
    return magnitude if code & 0x80 else -magnitude


def _ulaw(code: int) -> int:
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return -magnitude if code & 0x80 else magnitude


@dataclass(frozen=True)
class Codec:
    """One law: its name in SDP, its static payload type, and tables both ways."""

    name: str
    payload: int
    linear: tuple[int, ...]
    """The 16-bit sample of each byte."""
    nearest: bytes
    """The byte of each sample divided by 4; negative ones count from the end."""

    @property
    def quiet(self) -> int:
        """The byte of silence."""
        return self.nearest[0]

    def encode(self, samples: Iterable[int]) -> bytes:
        """Return one byte a sample."""
        nearest = self.nearest
        return bytes([nearest[sample >> 2] for sample in samples])

    def decode(self, coded: bytes) -> Samples:
        """Return 16-bit samples."""
        return array.array("h", map(self.linear.__getitem__, coded))

    def table_to(self, other: Codec) -> bytes:
        """Return what `bytes.translate` needs to turn sound of this law into that of another."""
        return bytes(other.nearest[sample >> 2] for sample in self.linear)


@cache
def codec(name: CodecName) -> Codec:
    """Return a law by its name in the settings."""
    if name == "alaw":
        return _built("PCMA", 8, tuple(map(_alaw, range(256))))
    return _built("PCMU", 0, tuple(map(_ulaw, range(256))))


def _built(name: str, payload: int, linear: tuple[int, ...]) -> Codec:
    order = sorted(range(256), key=lambda code: (linear[code], -code))
    values = [linear[code] for code in order]

    def closest(sample: int) -> int:
        at = min(max(bisect_left(values, sample), 1), 255)
        return order[at if values[at] - sample <= sample - values[at - 1] else at - 1]

    upper = [closest((step << 2) + 2) for step in range(8192)]
    lower = [closest((step << 2) + 2) for step in range(-8192, 0)]
    return Codec(name, payload, linear, bytes(upper + lower))
