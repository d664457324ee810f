"""Packets of sound and keys (RFC 3550, RFC 4733), and how well they arrive."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass, field

_HEAD = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
KEYS = "0123456789*#"
LATE = 60 * 8
"""Samples: what telephones wait for sound that comes unevenly."""
DRIFT = 0.03
"""Samples that two clocks may part in 20 ms, more than any two do."""
FARTHEST = 8000
"""Samples by which a stamp may move; more begins a new count."""
_LOUDNESS = 10
"""How loud a key is said to be, in -dBm0."""


@dataclass(frozen=True)
class RtpPacket:
    """One packet that came."""

    payload: int
    number: int
    stamp: int
    source: int
    content: bytes


def parsed(packet: bytes) -> RtpPacket | None:
    """Read a packet; None for what is none."""
    if len(packet) < _HEAD.size or packet[0] >> 6 != 2:
        return None
    first, second, number, stamp, source = _HEAD.unpack_from(packet)
    start = _HEAD.size + 4 * (first & 0x0F)
    if first & 0x10:  # a head of its own follows, of so many words
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    return RtpPacket(second & 0x7F, number, stamp, source, packet[start:end])


@dataclass
class RtpSender:
    """Numbers the packets of one stream."""

    source: int = field(default_factory=lambda: secrets.randbits(32))
    number: int = field(default_factory=lambda: secrets.randbits(15))
    stamp: int = field(default_factory=lambda: secrets.randbits(31))

    def packet(self, payload: int, content: bytes, *, mark: bool = False, stamp: int | None = None) -> bytes:
        """Return the next packet; the moment it belongs to is `stamp` or now."""
        self.number = (self.number + 1) & 0xFFFF
        moment = (self.stamp if stamp is None else stamp) & 0xFFFFFFFF
        second = payload | (0x80 if mark else 0)
        return _HEAD.pack(0x80, second, self.number, moment, self.source) + content


def key_of(content: bytes) -> tuple[str, bool]:
    """Return which key an event is, or nothing, and whether it was let go."""
    if len(content) < _EVENT.size or content[0] >= len(KEYS):
        return "", False
    return KEYS[content[0]], bool(content[1] & 0x80)


def event(key: str, samples: int, *, over: bool) -> bytes:
    """Return the content of a packet that says a key is down since so many samples."""
    return _EVENT.pack(KEYS.index(key), (0x80 if over else 0) | _LOUDNESS, samples)


@dataclass
class ArrivalCount:
    """What arrived of one side's sound, what never came, came late, and how unevenly (RFC 3550, 6.4.1)."""

    received: int = 0
    late: int = 0
    """Sound that came so long after its time that it was not heard in its place."""
    jitter_ms: float = 0.0
    _source: int = -1
    _expected: int = 0
    """Of the streams that are over."""
    _first: int = -1
    _highest: int = 0
    _rounds: int = 0
    _transit: float | None = None
    _soonest: float = 0.0

    @property
    def lost(self) -> int:
        """How many packets never came."""
        return max(0, self._expected + self._of_this_stream - self.received)

    @property
    def _of_this_stream(self) -> int:
        return 0 if self._first < 0 else self._rounds * 65536 + self._highest - self._first + 1

    def take(self, packet: RtpPacket, now: float, *, is_sound: bool = True) -> None:
        """Count one packet; `now` in seconds of any clock that does not jump.

        The stamps of keys stand still while a key is down: only sound says how evenly it comes.
        """
        if packet.source != self._source:
            self._expected += self._of_this_stream
            self._source, self._rounds, self._transit = packet.source, 0, None
            self._first = self._highest = packet.number
        ahead = (packet.number - self._highest) & 0xFFFF
        if 0 < ahead < 0x8000:
            self._rounds += packet.number < self._highest
            self._highest = packet.number
        self.received += 1
        if is_sound:
            self._measure(now * 8000 - packet.stamp)

    def _measure(self, transit: float) -> None:
        """Compare one packet's way with that of the one before it and of the soonest."""
        before, self._transit = self._transit, transit
        if before is None or abs(moved := transit - before) > FARTHEST:
            self._soonest = transit
            return
        self.jitter_ms += (abs(moved) / 8 - self.jitter_ms) / 16
        self._soonest = min(self._soonest + DRIFT, transit)
        self.late += transit - self._soonest > LATE
