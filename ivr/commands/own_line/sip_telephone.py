"""A telephone in a terminal that really calls by SIP: sends keys, speaks a file, keeps what it hears."""

from __future__ import annotations

import array
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.phone.parameters import WITHHELD, CallSetup
from ivr.phone.scripted import Action, PressAt, Talk
from ivr.phone.terminal import ReadLine, Write, action_for

if TYPE_CHECKING:
    from ivr.embedded.sip_call import SipCall
    from ivr.phone.sound import Samples

DEMONSTRATION = "127.0.0.1:15060"
"""Where `make line` listens."""
QUIET, LONGEST, RINGS = 0.8, 1800.0, 40.0
_BEEP_FRAMES = 6


@dataclass
class SipEar:
    """What is heard: when it was last loud, whether the tone before a recording came, all of it in a file."""

    keep: Path | None
    last_loud: float = 0.0
    beeped: bool = False
    spoke: bool = False
    _heard: Samples = field(default_factory=lambda: array.array("h"))
    _tone: int = 0

    def hear(self, samples: Samples) -> None:
        """Take 20 ms."""
        from ivr.embedded import tones

        if self.keep is not None:
            self._heard.extend(samples)
        if tones.level(samples) > tones.LOUD:
            self.last_loud, self.spoke = time.monotonic(), True
            self._tone = self._tone + 1 if tones.strength(samples, 1000.0) > 0.8 else 0
            self.beeped = self.beeped or self._tone >= _BEEP_FRAMES

    @property
    def is_quiet(self) -> bool:
        """Whether something was said, and now it is the caller's turn."""
        return self.spoke and time.monotonic() - self.last_loud > QUIET

    def write(self) -> None:
        """Keep what was heard (OSError)."""
        from ivr.phone import sound

        if self.keep is not None:
            self.keep.write_bytes(sound.write(sound.DecodedSound(self._heard)))


@dataclass
class SipTelephone:
    """One call. `actions` are used one at each prompt; without them a person types keys."""

    write: Write
    labels: Mapping[str, str]
    actions: Sequence[Action] | None
    voice: Talk | None
    read_line: ReadLine
    keep: Path | None = None
    leave_after: int | None = None
    """The caller hangs up after so many prompts."""

    def call(self, target: tuple[str, int], caller: str, called: str) -> float | None:
        """Call and stay until the call is over; return its seconds, None when nobody answered (OSError)."""
        from ivr.embedded.g711 import codec
        from ivr.embedded.media import Media
        from ivr.embedded.sip_call import SipCall
        from ivr.embedded.sip_endpoint import SipEndpoint

        here, sound_here = _bound(target), _bound(target)
        endpoint = SipEndpoint(here, lambda host: host == target[0])
        endpoint.start()
        media, ear = Media(sound_here), SipEar(self.keep)
        media.listen = ear.hear
        us = f"sip:{caller}@{here.getsockname()[0]}"
        there = f"sip:{called}@{target[0]}:{target[1]}"
        laws = [codec("alaw"), codec("ulaw")]
        call = SipCall.begin(endpoint, media, laws, there, us, target, reads=True)
        call.heard_text = lambda text: self.write(self.labels["said"].format(text=text))
        try:
            with media.changed:
                media.changed.wait_for(lambda: call.state != "ringing", RINGS)
            if call.state != "up":
                return None
            self.write(self.labels["answered"])
            begun = time.monotonic()
            self._talk(call, ear)
            return time.monotonic() - begun
        finally:
            call.hang_up()
            time.sleep(0.1)  # so that the goodbye is out before its socket is closed
            endpoint.close()
            media.close()
            ear.write()

    def _talk(self, call: SipCall, ear: SipEar) -> None:
        waiting = None if self.actions is None else deque(self.actions)
        typed: deque[Action | None] = deque()
        if waiting is None:
            threading.Thread(target=self._read, args=(typed,), daemon=True).start()
        by, prompts = time.monotonic() + LONGEST, 0
        while not call.media.gone and time.monotonic() < by:
            time.sleep(0.05)
            if ear.beeped and ear.is_quiet:
                self._speak(call, ear)
            elif typed:
                action = typed.popleft()
                if not isinstance(action, PressAt):
                    self.write(self.labels["left"])
                    return
                self._press(call, ear, action)
            elif ear.is_quiet and prompts == self.leave_after:
                self.write(self.labels["left"])
                return
            elif waiting and ear.is_quiet:
                action, prompts = waiting.popleft(), prompts + 1
                ear.spoke = False
                if isinstance(action, PressAt):
                    self._press(call, ear, action)
                else:
                    self.write(self.labels["silent"])
        self.write(self.labels["ended"])

    def _press(self, call: SipCall, ear: SipEar, action: PressAt) -> None:
        ear.spoke = False
        self.write(self.labels["pressed"].format(keys=action.keys))
        call.media.press(action.keys)

    def _speak(self, call: SipCall, ear: SipEar) -> None:
        """Speak after the tone, then say with a key that this was all."""
        from ivr.phone import sound

        ear.beeped = ear.spoke = False
        wave = self.voice.what if self.voice is not None and isinstance(self.voice.what, bytes) else b""
        if not wave:
            return
        samples = sound.read(wave).samples
        call.media.utter(call.media.codec.encode(samples), stops=False)
        self.write(self.labels["spoke"].format(seconds=f"{sound.duration(wave):.0f}"))
        call.media.press("#")
        ear.beeped = ear.spoke = False

    def _read(self, typed: deque[Action | None]) -> None:
        """Keys as a person types them; the end of the keyboard hangs up."""
        while (line := self.read_line()) is not None:
            if not line.strip():
                continue
            action = action_for(line)
            if action is None:
                self.write(self.labels["unreadable"])
            else:
                typed.append(action)
        typed.append(None)


def _bound(target: tuple[str, int]) -> socket.socket:
    """A socket at the address from which `target` is reached (OSError)."""
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(target)
        here.bind((way.getsockname()[0], 0))
    return here


def target_of(text: str) -> tuple[str, int]:
    """Read `host:port` and return its address (ValueError, OSError)."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        host, port = text, "5060"
    found = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)
    return str(found[0][4][0]), int(port)


def call_by_sip(address: str, setup: CallSetup, telephone: SipTelephone) -> None:
    """Call over a real line; who cannot be reached is said in a sentence (ClickException)."""
    labels = telephone.labels
    caller = "anonymous" if setup.caller == WITHHELD else f"0{setup.caller.removeprefix('+84')}"
    try:
        target = target_of(address)
        telephone.write(
            labels["dialling"].format(caller=caller, called=address, time=f"{setup.started:%H:%M %d/%m/%Y}")
        )
        seconds = telephone.call(target, caller, f"0{setup.called.removeprefix('+84')}")
    except (OSError, ValueError) as trouble:
        raise click.ClickException(labels["no sip"].format(address=address, reason=trouble)) from trouble
    if seconds is None:
        raise click.ClickException(labels["nobody"].format(address=address))
    telephone.write(labels["lasted"].format(seconds=f"{seconds:.0f}"))
