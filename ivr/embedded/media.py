"""The sound of one call: sends a packet every 20 ms, hears, takes keys, records, joins two calls."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from ivr.embedded import rtp, tones
from ivr.embedded.g711 import Codec, codec
from ivr.embedded.outgoing import PACKET, Outgoing
from ivr.embedded.recording import CallerRecording
from ivr.embedded.rtp import ArrivalCount, RtpPacket
from ivr.embedded.sdp import Address, SoundAgreed
from ivr.phone.line import CallerHungUpError, Passed
from ivr.phone.sound import Samples

LATEST = 0.2
"""Seconds a machine may be late before packets are left out instead of sent in a heap."""
MOST_KEYS = 64
SILENT_LINE = 120.0
"""Seconds without a single packet after which nobody is there any more."""
log = structlog.get_logger("ivr.embedded")


class Media:
    """One stream each way. Its own thread sends and hears; the call's thread waits on `changed`."""

    def __init__(self, here: socket.socket) -> None:
        """Use a bound UDP socket; nothing is sent before `agree`."""
        self.changed = threading.Condition()
        self.keys: deque[str] = deque(maxlen=MOST_KEYS)
        self.gone = False
        self.arrived = ArrivalCount()
        self.listen: Callable[[Samples], None] | None = None
        """Told every piece of sound that comes."""
        self._socket, self._closed = here, False
        self._codec: Codec = codec("alaw")
        self._events: int | None = None
        self._peer: Address | None = None
        self._told: Address | None = None
        self._outgoing, self._begun = Outgoing(), False
        self._joined: Media | None = None
        self._recording: CallerRecording | None = None
        self._busy, self._key_tone = tones.BusyTone(), tones.KeyTone()
        self._event = -1
        self._last_packet = 0.0

    @property
    def here(self) -> Address:
        """Where sound is listened for."""
        host, port = self._socket.getsockname()
        return str(host), int(port)

    @property
    def codec(self) -> Codec:
        """The law both sides agreed on."""
        return self._codec

    def agree(self, found: SoundAgreed) -> None:
        """Send and hear as was agreed; once more when the other side moves."""
        with self.changed:
            self._codec, self._events = found.codec, found.events
            if found.peer != self._told:
                self._told = found.peer
                self._peer = found.peer
            if found.on_hold:
                self._peer = None
            elif self._peer is None:
                self._peer = found.peer
            begun, self._begun = self._begun, True
            self._last_packet = time.monotonic()
        if not begun:
            threading.Thread(target=self._run, name="media", daemon=True).start()

    def close(self) -> None:
        """Send and hear nothing more; whoever waits finds the caller gone."""
        with self.changed:
            self.gone = self._closed = True
            self.changed.notify_all()
        if not self._begun:
            self._socket.close()

    # -- for the thread of the call --------------------------------------------------------------------

    def utter(self, coded: bytes, *, stops: bool) -> Passed:
        """Send sound to its end, or until a key when it `stops`; other keys pressed meanwhile are forgotten.

        CallerHungUpError when the caller goes.
        """
        begun = time.monotonic()
        key: str | None = None
        with self.changed:
            self._outgoing.say(coded)
            self.changed.wait_for(
                lambda: self.gone or self._outgoing.said or (stops and bool(self.keys)),
                len(coded) / 8000 + 5,
            )
            self._outgoing.say(b"")
            if stops and self.keys:
                key = self.keys.popleft()
            elif not stops:
                self.keys.clear()
        self._demand_caller(begun)
        return Passed(time.monotonic() - begun, key)

    def await_key(self, seconds: float) -> Passed:
        """Wait for one key (CallerHungUpError)."""
        begun = time.monotonic()
        with self.changed:
            self.changed.wait_for(lambda: self.gone or bool(self.keys), seconds)
            key = self.keys.popleft() if self.keys and not self.gone else None
        self._demand_caller(begun)
        return Passed(time.monotonic() - begun, key)

    def record(self, path: Path, *, silence: float, longest: float, keys: str) -> Passed:
        """Take down what the caller says until a key, silence or the longest time.

        CallerHungUpError; OSError as soon as the disk takes no more, what it took before is there.
        """
        begun = time.monotonic()
        recording = CallerRecording(path)
        key: str | None = None
        with self.changed:
            self.keys.clear()
            self._recording = recording
            while not self.gone and key is None and recording.trouble is None:
                now = time.monotonic()
                if now - begun >= longest or now - recording.last_loud >= silence:
                    break
                ends = min(begun + longest, recording.last_loud + silence)
                self.changed.wait(max(0.01, ends - now))
                while self.keys and key is None:
                    pressed = self.keys.popleft()
                    key = pressed if pressed in keys else None
            self._recording = None
            recording.close()
        self._demand_caller(begun)
        if recording.trouble is not None:
            raise recording.trouble
        return Passed(time.monotonic() - begun, key)

    def forget_keys(self) -> None:
        """Drop the keys that wait."""
        with self.changed:
            self.keys.clear()

    def repeat(self, coded: bytes) -> None:
        """Send sound again and again until something else is sent; nothing ends it."""
        with self.changed:
            self._outgoing.say(coded, again=True)

    def join(self, other: Media | None) -> None:
        """What is heard here is sent there, from now on; None parts them."""
        with self.changed:
            self._joined = other
            self._outgoing.say(b"")

    def press(self, keys: str) -> None:
        """Send keys as events, or as their sound where the other side knows none."""
        with self.changed:
            self._outgoing.press(keys)

    def take_key(self, key: str) -> None:
        """Take a key that came another way than with the sound."""
        with self.changed:
            self.keys.append(key)
            self.changed.notify_all()

    def _demand_caller(self, begun: float) -> None:
        if self.gone:
            raise CallerHungUpError(time.monotonic() - begun)

    # -- the thread of the sound -----------------------------------------------------------------------

    def _run(self) -> None:
        due = time.monotonic()
        while not self._closed:
            now = time.monotonic()
            if now >= due:
                self._send_next()
                due = max(due + tones.FRAME_SECONDS, now - LATEST)
                continue
            if self._peer is not None and now - self._last_packet > SILENT_LINE:
                log.warning("nothing more is heard of the other side")
                self._other_side_left()
            self._socket.settimeout(due - now)
            try:
                packet, source = self._socket.recvfrom(2048)
            except OSError:  # nothing came in time, or nobody listens there now
                continue
            try:
                self._hear(packet, source)
            except Exception:
                log.exception("a packet of sound was not understood")
        self._socket.close()

    def _send_next(self) -> None:
        with self.changed:
            peer, joined = self._peer, self._joined
            if joined is not None and joined.is_heard and not self._outgoing.presses:
                return  # the other call's own packets go out as they come
            waits = not self._outgoing.said
            packet = self._outgoing.next_packet(self._codec, self._events)
            if waits and self._outgoing.said:
                self.changed.notify_all()
            if peer is None:  # on hold
                return
        with suppress(OSError):
            self._socket.sendto(packet, peer)

    @property
    def is_heard(self) -> bool:
        """Whether this side sends anything."""
        return self.arrived.received > 0

    def _hear(self, packet: bytes, source: Address) -> None:
        found = rtp.parsed(packet)
        if found is None or self._told is None or source[0] != self._told[0]:
            return  # a stranger's
        with self.changed:
            if self._peer is not None:
                self._peer = source  # where it really comes from: a router may have changed the port
            self._last_packet = time.monotonic()
            self.arrived.take(found, self._last_packet, is_sound=found.payload == self._codec.payload)
            if found.payload == self._events:
                self._hear_event(found)
            elif found.payload == self._codec.payload:
                self._hear_sound(found)

    def _hear_event(self, packet: RtpPacket) -> None:
        key, _ = rtp.key_of(packet.content)
        if key and packet.stamp != self._event:
            self._event = packet.stamp
            self.keys.append(key)
            self.changed.notify_all()

    def _hear_sound(self, packet: RtpPacket) -> None:
        if self._joined is not None:
            self._joined.pass_on(packet.content, self._codec)
        samples = self._codec.decode(packet.content)
        if self.listen is not None:
            self.listen(samples)
        tone = tones.level(samples) > tones.LOUD and tones.is_network_tone(samples)
        if self._recording is not None:
            self._recording.hear(packet, samples, tone=tone)
            if self._recording.trouble is not None:
                self.changed.notify_all()
        if self._events is None:
            self._hear_key_tone(samples)
        if self._busy.hear(tone):
            self._network_hung_up()

    def _hear_key_tone(self, samples: Samples) -> None:
        key = self._key_tone.hear(samples)
        if key:
            self.keys.append(key)
            self.changed.notify_all()

    def _network_hung_up(self) -> None:
        """A busy tone: whoever was there is gone, and the tone is no part of what they said."""
        log.info("busy tone")
        if self._recording is not None:
            self._recording.cut(self._busy.frames * PACKET)
        self._other_side_left()

    def _other_side_left(self) -> None:
        with self.changed:
            self.gone = True
            self._last_packet = time.monotonic()
            self.changed.notify_all()

    def pass_on(self, content: bytes, law: Codec) -> None:
        """Send on what the other of two joined calls said."""
        peer = self._peer
        if peer is None or self._outgoing.presses:
            return
        coded = content if law is self._codec else content.translate(law.table_to(self._codec))
        packet = self._outgoing.passed_on(coded, self._codec)
        with suppress(OSError):
            self._socket.sendto(packet, peer)
