"""One caller's plan, carried out on every kind of line there is."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Literal, cast

from ivr.commands.call import TEXTS
from ivr.embedded.embedded_line import EmbeddedEquipment, EmbeddedLine
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_trunk import SipTrunk
from ivr.gateway.sounds import SoundStore
from ivr.gateway.whom import CallCeiling, TrunkLines, WhomToRing
from ivr.phone import sound
from ivr.phone.line import PhoneLine
from ivr.phone.scripted import (
    Action,
    ClerkAnswers,
    ClerkBusy,
    ClerkSilent,
    GoAway,
    PressAt,
    ScriptedLine,
    Talk,
)
from ivr.phone.terminal import TerminalLine
from ivr.softphone.browser_line import BrowserLine
from ivr.softphone.shelf import Shelf
from ivr.softphone.softphone import Event, Softphone
from ivr.softphone.spoken import SpokenFolder
from logbook.clock import Clock
from logbook.prompts.voice import PromptVoice
from logbook.settings.loading import Settings
from logbook.settings.own_line import AsteriskPart
from tests.exchange.softphone import Call, SoftPhone
from tests.exchange.voice import speak
from tests.ivr.gateway.equipment import SID, line_of, own_settings
from tests.ivr.gateway.scripted_asterisk import ScriptedAsterisk
from tests.suite.ports import free_port

Clerk = Literal["answers", "is busy", "is away"]
ENDS = {"#": "#", "silence": "", "hang-up": "x"}


@dataclass(frozen=True)
class Situation:
    """What the caller and the clerk do."""

    at_prompt: str = ""
    """Keys pressed while something is heard that a key may stop."""
    at_notice: str = ""
    """Keys pressed while something is heard that no key stops."""
    later: str = ""
    """Keys pressed when it is quiet and the line waits for one."""
    leaves: bool = False
    """The caller hangs up at the first word."""
    spoken: bytes = b""
    then: Literal["#", "silence", "hang-up"] = "#"
    clerk: Clerk | None = None

    @property
    def plan(self) -> tuple[Action, ...]:
        """The situation in the words of a scripted line."""
        clerks: dict[Clerk, Action] = {
            "answers": ClerkAnswers(12),
            "is busy": ClerkBusy(),
            "is away": ClerkSilent(),
        }
        plan: list[Action] = [GoAway(at_once=True)] if self.leaves else []
        plan += [PressAt(keys, at_once=True) for keys in (self.at_prompt, self.at_notice) if keys]
        plan += [PressAt(self.later)] if self.later else []
        plan += [Talk(self.spoken, self.then)] if self.spoken else []
        return tuple(plan) or ((clerks[self.clerk],) if self.clerk else ())


@dataclass
class LineMaker:
    """Makes lines of one kind, and puts away what they need."""

    folder: Path
    ends: list[Callable[[], None]]
    phone: SoftPhone | None = None
    call: Call | None = None
    """The caller's telephone and call, where the line is a real one."""
    way: SipTrunk | None = None

    def scripted(self, situation: Situation) -> PhoneLine:
        return ScriptedLine(*situation.plan)

    def terminal(self, situation: Situation) -> PhoneLine:
        return TerminalLine(lambda _text: None, TEXTS, keys=situation.plan)

    def asterisk(self, situation: Situation) -> PhoneLine:
        dialled = {"answers": ("ANSWER", 12), "is busy": ("BUSY", 0), "is away": ("NOANSWER", 0)}
        keys = ["x"] if situation.leaves else [*situation.at_prompt]
        if situation.later:
            keys = ["", *situation.later]
        exchange = ScriptedAsterisk(
            *keys,
            spoken=situation.spoken,
            ends=ENDS[situation.then],
            dialled=dialled[situation.clerk or "is away"],
            keys_at_notice=situation.at_notice,
        )
        self.ends.append(exchange.close)
        return line_of(self.folder, exchange)

    def browser(self, situation: Situation) -> PhoneLine:
        mine, desk = Softphone("+84912345678", "Người dân"), Softphone("+842583842111", "Cán bộ")
        self.ends += [mine.close, desk.close]
        mine.claim()
        if situation.clerk == "is busy":
            desk.claim()
        _at_tab(mine, _Caller(mine, situation).sees)
        _at_tab(desk, _ClerkAtTab(desk, situation.clerk).sees)
        spoken = SpokenFolder(self.folder / "spoken")
        return BrowserLine(mine, Shelf(cast(PromptVoice, _NoVoice())), lambda _number: desk, str, spoken)

    def embedded(self, situation: Situation) -> EmbeddedLine:
        phone = self.phone = self.phone or SoftPhone()
        settings, own = own_settings(
            self.folder,
            local_address="127.0.0.1",
            sip_port=free_port(),
            rtp_port=31000,
            trunk={**_TRUNK, "host": f"127.0.0.1:{phone.port}"},
        )
        way = self.way = SipTrunk(own, "", "842583842102")
        self.ends += [phone.close, way.close]
        comes: Queue[SipCall] = Queue()
        way.endpoint.invited = lambda request, source: comes.put(
            SipCall.invited(way.endpoint, way.media(), way.codecs, request, source)
        )
        way.start()
        phone.behave = lambda _number: _AT_DESK[situation.clerk or "is away"]
        phone.on_answer = _talks_shortly
        call = self.call = phone.call(own.sip_port)
        threading.Thread(target=_at_telephone, args=(call, situation), daemon=True).start()
        line = embedded_line(self.folder, settings, own, way, comes.get(timeout=10))
        self.ends.insert(0, line.leave)  # else its sound goes on for as long as this process
        return line


def embedded_line(
    folder: Path, settings: Settings, own: AsteriskPart, way: SipTrunk, call: SipCall
) -> EmbeddedLine:
    """The embedded line of one call, with the voice of the tests."""
    equipment = EmbeddedEquipment(
        SoundStore(folder / "sounds", speak),
        folder / "spoken",
        WhomToRing(settings, own, lambda _number: False),
        CallCeiling(folder / "placed.json", 10, 100),
        TrunkLines(4, 1),
        Clock(),
        way,
    )
    return EmbeddedLine(equipment, SID, call)


_TRUNK = {"kind": "address", "user": "", "codecs": ["alaw", "ulaw"], "lines": 4, "kept_for_callers": 1}
_AT_DESK: dict[Clerk, Literal["answer", "busy", "silent"]] = {
    "answers": "answer",
    "is busy": "busy",
    "is away": "silent",
}


def _talks_shortly(call: Call) -> None:
    time.sleep(0.3)
    call.hang_up()


def _at_telephone(call: Call, situation: Situation) -> None:
    """The person at a real telephone: waits until something is heard, then does what the plan says."""
    call.answered.wait(10)
    if situation.at_prompt or situation.at_notice or situation.leaves:
        call.wait_heard(400, 10)
        call.press(situation.at_prompt or situation.at_notice)
        if situation.leaves:
            call.hang_up()
    elif situation.later:
        call.wait_quiet(seconds=10)
        call.press(situation.later)
    elif situation.spoken:
        call.wait_quiet(seconds=10)
        call.say(list(sound.read(situation.spoken).samples))
        if situation.then == "hang-up":
            call.hang_up()
        elif situation.then == "#":
            call.press("#")


class _NoVoice:
    def speaks(self) -> bool:
        return False

    def recorded(self, _text: str, _language: str) -> None:
        return None


def _at_tab(phone: Softphone, sees: Callable[[Event], None]) -> None:
    def watch() -> None:
        last = 0
        while not phone.gone:
            for event in phone.events_after(last, 1.0):
                last = int(str(event["n"]))
                sees(event)

    threading.Thread(target=watch, daemon=True).start()


@dataclass
class _Caller:
    """The person at a telephone in the browser."""

    phone: Softphone
    situation: Situation

    def __post_init__(self) -> None:
        self.later = deque(self.situation.later)

    def sees(self, event: Event) -> None:
        match event["kind"]:
            case "say" | "play" | "beep" if not event["stops"]:
                for key in self.situation.at_notice:
                    self.phone.press(key)
                self.phone.done(int(str(event["id"])))
            case "say" | "play":
                if self.situation.leaves:
                    self.phone.hang_up()
                for key in self.situation.at_prompt:
                    self.phone.press(key)
                if not self.situation.at_prompt:
                    self.phone.done(int(str(event["id"])))
            case "waits":
                self._press_next()
            case "record" if self.situation.spoken:
                self.phone.speak_in(sound.read(self.situation.spoken).samples.tobytes())
                if self.situation.then == "hang-up":
                    self.phone.hang_up()
                else:
                    self.phone.press("#")

    def _press_next(self) -> None:
        while self.later:
            self.phone.press(self.later.popleft())


@dataclass
class _ClerkAtTab:
    phone: Softphone
    does: Clerk | None

    def sees(self, event: Event) -> None:
        with suppress(KeyError):
            match event["kind"], self.does:
                case "rings", "answers":
                    self.phone.pick_up()
                case "talks", _:
                    self.phone.hang_up()
