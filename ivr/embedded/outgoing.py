"""What one side of a call sends next: sound, silence, or a key, in packets of 20 ms."""

from __future__ import annotations

from collections import deque

from ivr.embedded import rtp, tones
from ivr.embedded.g711 import Codec
from ivr.embedded.rtp import RtpSender

PACKET = tones.FRAME


class Outgoing:
    """A stream of packets; whoever uses it holds a lock of its own."""

    def __init__(self) -> None:
        """Silence until something is to be said."""
        self._sender = RtpSender()
        self._out, self._at, self._again = b"", 0, False
        self._pressing: deque[tuple[str, int]] = deque()

    @property
    def said(self) -> bool:
        """Whether all of it was sent."""
        return self._at >= len(self._out)

    @property
    def presses(self) -> bool:
        """Whether a key is being sent."""
        return bool(self._pressing)

    def say(self, coded: bytes, *, again: bool = False) -> None:
        """Send this sound next, instead of whatever was being sent; `again` and again without an end."""
        self._out, self._at, self._again = coded, 0, again and bool(coded)

    def press(self, keys: str) -> None:
        """Send keys, one after the other."""
        self._pressing.extend((key, 0) for key in keys if key in rtp.KEYS)

    def advance(self, law: Codec) -> bytes:
        """Return the next 20 ms of what is being said, or of silence."""
        if not self._out or self.said:
            return bytes([law.quiet]) * PACKET
        piece = self._out[self._at : self._at + PACKET]
        self._at += PACKET
        if self._again and self._at >= len(self._out):
            self._at = 0
        return piece.ljust(PACKET, bytes([law.quiet]))

    def next_packet(self, law: Codec, events: int | None) -> bytes:
        """Return the next packet; `events` is the payload type of keys, None sends them as their sound."""
        if self._pressing:
            packet = self._key_packet(law, events)
        else:
            packet = self._sender.packet(law.payload, self.advance(law))
        self._sender.stamp += PACKET
        return packet

    def passed_on(self, coded: bytes, law: Codec) -> bytes:
        """Return a packet of what somebody else said."""
        packet = self._sender.packet(law.payload, coded)
        self._sender.stamp += len(coded)
        return packet

    def _key_packet(self, law: Codec, events: int | None) -> bytes:
        """One step of a key: down for 100 ms, let go and said so three times, then a pause."""
        key, step = self._pressing.popleft()
        if step < 14:
            self._pressing.appendleft((key, step + 1))
        quiet = bytes([law.quiet]) * PACKET
        if events is None:
            tone = law.encode(tones.key_tone(key, 0.12))
            content = tone[step * PACKET : (step + 1) * PACKET] if step < 6 else quiet
            return self._sender.packet(law.payload, content)
        if step >= 8:
            return self._sender.packet(law.payload, quiet)
        content = rtp.event(key, PACKET * min(step + 1, 6), over=step >= 5)
        return self._sender.packet(events, content, mark=step == 0, stamp=self._sender.stamp - step * PACKET)
