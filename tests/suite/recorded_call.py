"""Records the call of the README: a citizen complains, all that is heard becomes one file. `make recording`.

The program answers itself, webhook by webhook; espeak-ng speaks its sentences, since no office has recorded
them here. What was said stands beside the sound, and a test compares it with what the program says today.
"""

from __future__ import annotations

import array
import math
import re
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.phone import sound
from ivr.phone.carrier import Carrier
from ivr.phone.executor import Executor
from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    Passed,
    PlaySound,
    ReadAloud,
    Recorded,
    TakeRecording,
    drive,
)
from ivr.phone.scripted import ScriptedLine
from ivr.phone.transport import WsgiTransport
from ivr.provider.app import create_provider
from ivr.provider.inbound import keeper, setup_call
from ivr.running.prepare import prepare
from logbook.clock import Clock, parse_moment
from logbook.settings.loading import load_settings
from tests import frozen
from tests.frozen import HOUSE

FOLDER = HOUSE / "docs" / "recording"
SOUND, TEXT = FOLDER / "call.mp3", FOLDER / "call.txt"
AT, CALLER = "2026-11-25T09:10", "+84912345678"
PUBLIC = "https://tongdai.example"
SPEECH = resources.files("ivr.phone").joinpath("sounds", "complaint.wav")
_KEYS = {"1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "9": (852, 1477)}
_CODE = re.compile(r"(?<=Mã tra cứu là: )[^.]+|(?<=Xin nhắc lại: )[^.]+")


@dataclass(frozen=True, slots=True)
class KeyMoment:
    """A key, and after how many sentences of its prompt and seconds of the next one it is pressed."""

    key: str
    after: int
    seconds: float = 99.0


PLAN = (KeyMoment("2", 2, 8.5), KeyMoment("1", 0, 2.6), KeyMoment("1", 1, 2.4), KeyMoment("1", 0, 2.4))


class OverheardLine(ScriptedLine):
    """Follows a plan of keys and keeps all that is heard, as samples of 8 kHz."""

    def __init__(self, hotline: Hotline | None, plan: Sequence[KeyMoment]) -> None:
        """Without a `hotline` nothing is made audible, only written down."""
        super().__init__()
        self._speaker = None if hotline is None else hotline.voice
        self._plan = deque(plan)
        self._sentences = 0
        self.samples = array.array("h")
        self.lines: list[str] = []

    def speak(self, wish: ReadAloud) -> Passed:
        """Hear a sentence; the caller may know it well enough to press a key in the middle."""
        planned = self._plan[0] if self._plan else None
        now = planned is not None and wish.interruptible and self._sentences == planned.after
        self._sentences += 1
        self.lines.append(f"◀ {_CODE.sub('…', wish.text)}")
        cut = planned.seconds if now and planned is not None else math.inf
        whole = self._hear(wish.text, wish.language, cut)
        self._pause(0.35)
        if not now or whole:
            return Passed()
        return Passed(0.0, self._press())

    def play(self, wish: PlaySound) -> Passed:
        """Hear a recording."""
        self.lines.append("◀ (âm thanh)")
        self.samples.extend(sound.read(wish.sound).samples)
        return Passed(wish.seconds)

    def await_key(self, wish: AwaitKey) -> Passed:
        """Press the planned key; without one the caller has heard enough."""
        if not self._plan:
            self.lines.append("▶ (gác máy)")
            raise CallerHungUpError
        self._pause(0.6)
        return Passed(0.6, self._press())

    def record(self, wish: TakeRecording) -> Recorded:
        """Speak after the tone, and press the key that ends it."""
        self._sentences = 0
        spoken = SPEECH.read_bytes()
        self._tone(0.4, 1000)
        self._pause(0.5)
        self.samples.extend(sound.read(spoken).samples)
        self.lines.append("▶ (tiếng bíp, người dân nói)")
        self._pause(0.4)
        return Recorded(spoken, sound.duration(spoken), "#")

    def _press(self) -> str:
        key, self._sentences = self._plan.popleft().key, 0
        self.lines.append(f"▶ bấm {key}")
        self._tone(0.16, *_KEYS[key])
        self._pause(0.5)
        return key

    def _hear(self, text: str, language: str, longest: float) -> bool:
        """Whether it was heard to its end; it is cut in the next pause after `longest` seconds."""
        made = None if self._speaker is None else self._speaker.sound(text, language)
        if made is None:
            return longest > 60
        heard = sound.read(made.wav).samples
        at = int(min(longest, 3600) * sound.RATE)
        while at < len(heard) and max(map(abs, heard[at : at + 800])) > 400:
            at += 80
        self.samples.extend(heard[:at])
        return at >= len(heard)

    def _pause(self, seconds: float) -> None:
        self.samples.extend(array.array("h", bytes(2 * int(seconds * sound.RATE))))

    def _tone(self, seconds: float, *hertz: int) -> None:
        self.samples.extend(
            int(sum(5000 * math.sin(2 * math.pi * one * at / sound.RATE) for one in hertz))
            for at in range(int(seconds * sound.RATE))
        )


def placed(hotline: Hotline, *, audible: bool) -> OverheardLine:
    """Place the call to `hotline`, in this process."""
    settings, token = hotline.settings, hotline.settings.auth_token.get_secret_value()
    stand_in = create_provider(settings.data_folder / "provider", settings.account_sid, token)
    app = DispatcherMiddleware(create_app(hotline), {"/provider": stand_in})
    transport = WsgiTransport(app, settings.public_url)
    setup = setup_call(settings, settings.public_url, CALLER, parse_moment(AT))
    line = OverheardLine(hotline if audible else None, PLAN)
    carrier = Carrier(transport, token)
    drive(Executor(setup, carrier, keeper(setup, settings, transport, _failed)).run(), line)
    return line


def _failed(trouble: Exception) -> None:
    raise trouble


def written(line: OverheardLine) -> str:
    """What was said in the call, as it stands beside the sound."""
    return "\n".join([*line.lines, ""])


def main() -> None:
    """Write the sound (MP3 of a telephone's band) and its text."""
    import numpy as np
    import soundfile

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tongdai-recording-") as folder:
        kept = load_settings({**frozen.OFFICE, "TONGDAI_DATA": folder})
        settings = replace(kept, public_url=PUBLIC, data_folder=Path(folder))
        hotline = open_hotline(settings, Clock(parse_moment(AT)))
        prepare(hotline)
        line = placed(hotline, audible=True)
        hotline.voice.close()
        hotline.database.close()
    with soundfile.SoundFile(
        SOUND, "w", sound.RATE, 1, "MPEG_LAYER_III", format="MP3",
        compression_level=0.85, bitrate_mode="AVERAGE",
    ) as file:  # fmt: skip
        file.title = "Tổng đài: a citizen complains"
        file.comment = "Made by `make recording`; every voice is espeak-ng, no person speaks."
        file.write(np.array(line.samples, dtype=np.int16))
    TEXT.write_text(written(line), "utf-8")
    seconds = len(line.samples) / sound.RATE
    sys.stdout.write(f"{SOUND.name}: {seconds:.0f} s, {SOUND.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
