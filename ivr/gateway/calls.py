"""Carries calls out: those that come in, those we place, and those whose process was killed meanwhile."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from ivr.gateway.carried import CallEquipment, CarriedLine
from ivr.gateway.channel import sound_of
from ivr.gateway.hotline_transport import HurriedTransport, NotingTransport
from ivr.gateway.keeping_calls import RecordingKeeper, keep_recording
from ivr.gateway.standing_call import ONCE, PATIENCE, WHERE_IT_STOOD, leg_over, question_before, turn_of
from ivr.gateway.whom import NotToBeRungError
from ivr.phone import sound
from ivr.phone.carrier import Carrier, StatusCallback
from ivr.phone.executor import CallEnd, Executor
from ivr.phone.last_words import last_words_of
from ivr.phone.line import drive
from ivr.phone.parameters import (
    WITHHELD,
    CallSetup,
    CallStatus,
    FinishedRecording,
    call_status,
    new_sid,
    recording_status,
    standard,
)
from ivr.phone.transport import Transport
from ivr.provider.files import Drawer, Row
from ivr.provider.outbound import setup_of
from logbook.calls.quality import CallQuality
from logbook.clock import local
from logbook.settings.loading import Settings

FORGOTTEN_AFTER = timedelta(days=7)
"""Rows of the line's own store carry numbers of callers: kept until the book has the end of the call."""
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
UNKNOWN_CALLERS = frozenset({"", "unknown", "anonymous"})
log = structlog.get_logger("ivr.gateway")


@dataclass
class LineCalls(ABC):
    """Everything that carrying calls needs, and which calls this process carries now."""

    settings: Settings
    equipment: CallEquipment
    drawer: Drawer
    local_url: str
    """Where the hotline answers on this machine, for what is signed for its public address."""
    note_quality: Callable[[str, CallQuality], None] = lambda _sid, _quality: None
    """Told, with its CallSid, how well a call was heard."""
    live: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=200))

    # -- calls that come in ----------------------------------------------------------------------

    @contextmanager
    def carried(self, sid: str) -> Iterator[None]:
        """This process carries the call meanwhile: nobody else brings it to its end."""
        with self._lock:
            self.live.add(sid)
        try:
            yield
        finally:
            with self._lock:
                self.live.discard(sid)

    def begin(self, setup: CallSetup) -> None:
        """Keep note of a call that comes in."""
        row = {"sid": setup.call_sid, "account_sid": setup.account_sid, "direction": "inbound"}
        caller = {"From": setup.caller, "To": setup.called, "made": setup.started.isoformat()}
        self.drawer.put("Calls", setup.call_sid, {**row, **caller, "status": "in-progress"})

    def setup_in(self, caller: str, sid: str) -> CallSetup:
        """A call that comes in from `caller`, a number as the carrier wrote it."""
        public = self.settings.public_url
        return CallSetup(
            account_sid=self.settings.account_sid,
            caller=WITHHELD if caller.casefold() in UNKNOWN_CALLERS else caller[:64],
            called=self.settings.line.number,
            voice_url=f"{public}/ivr/voice{PATIENCE}",
            fallback_url=f"{public}/ivr/fallback{ONCE}",
            status_url=f"{public}/ivr/status",
            recordings_api=self.settings.provider_url,
            started=local(self.equipment.clock.now()),
            virtual=False,
            last_words=last_words_of(self.settings, self.equipment.clock),
            call_sid=sid,
        )

    # -- calls we place --------------------------------------------------------------------------

    def setup_out(self, placed: Mapping[str, str]) -> CallSetup:
        """A call that the hotline asked for; `placed` is its request, with the ids it was given."""
        now = self.equipment.clock.now()
        words = last_words_of(self.settings, self.equipment.clock)
        return replace(setup_of(placed, now, self.settings.provider_url), virtual=False, last_words=words)

    def place(self, placed: Mapping[str, str]) -> None:
        """Carry out a call that the hotline asked for, when a line is free for it within its Timeout."""
        setup = self.setup_out(placed)
        try:
            endpoint = self.equipment.whom.endpoint(placed["To"])
        except NotToBeRungError as refused:
            log.warning("not rung", call=setup.call_sid, why=str(refused))
            self._close(setup, "no-answer")
            return
        if endpoint.over_trunk and not self._line_within(setup.ring_seconds):
            self._close(setup, "busy")
            return
        try:
            with self.carried(setup.call_sid):
                self.carry(setup, self.placed_line(setup.call_sid))
        finally:
            if endpoint.over_trunk:
                self.equipment.trunk.free()

    def _line_within(self, seconds: float) -> bool:
        by = self.equipment.clock.monotonic() + seconds
        while not self.equipment.trunk.take():
            if self.equipment.clock.monotonic() >= by:
                return False
            threading.Event().wait(0.5)
        return True

    @abstractmethod
    def placed_line(self, sid: str) -> CarriedLine:
        """The line of a call that we place; nobody is rung yet."""

    # -- both ------------------------------------------------------------------------------------

    def carry(self, setup: CallSetup, line: CarriedLine, *, resumed: bool = False) -> None:
        """Run a call on a line to its end, or until the line answers for itself."""
        try:
            carrier = self._carrier_over(NotingTransport(self._transport(), line.is_back))
            if resumed:
                setup = self._where_it_stood(setup, carrier, line)
            executor = Executor(setup, carrier, RecordingKeeper(self.drawer, self.settings.account_sid, line))
            end = drive(executor.run(), line)
            line.forget_recording()
            if not line.left_to_exchange:
                self._ended(setup.call_sid, end)
                heard = line.quality()
                if heard is not None:
                    self.note_quality(setup.call_sid, heard)
        finally:
            line.leave()

    def carrier(self) -> Carrier:
        """The provider's side of HTTP for one call, delivered on this machine."""
        return self._carrier_over(self._transport())

    def _carrier_over(self, transport: Transport) -> Carrier:
        return Carrier(transport, self.settings.auth_token.get_secret_value())

    def _transport(self) -> Transport:
        return HurriedTransport(self.settings.public_url, self.local_url, self._took)

    def answer_ms(self) -> int | None:
        """How long the hotline lately took to answer, at the 95th of a hundred, in milliseconds."""
        took = sorted(self._took)
        return round(1000 * took[len(took) * 95 // 100]) if took else None

    def _ended(self, sid: str, end: CallEnd) -> None:
        row = self.drawer.get("Calls", sid)
        if row is not None:
            ended = {"duration": str(round(end.seconds)), "ended": self.equipment.clock.now().isoformat()}
            self.drawer.put("Calls", sid, {**row, **ended, "status": end.status})

    def _close(self, setup: CallSetup, status: CallStatus) -> None:
        row = self.drawer.get("Calls", setup.call_sid)
        now = self.equipment.clock.now()
        if row is not None:
            self.drawer.put("Calls", setup.call_sid, {**row, "status": status, "ended": now.isoformat()})
        if setup.status_url:
            seconds = max(0.0, (now - setup.started).total_seconds()) if status == "completed" else 0.0
            fields = standard(setup, status, now) | call_status(status, seconds, now, None)
            self.carrier().notify(StatusCallback("status", setup.status_url, "POST", fields))

    def forget_old(self) -> int:
        """Delete the rows of calls that were over days ago; the book has them, by its own terms."""
        before = self.equipment.clock.now() - FORGOTTEN_AFTER
        over = [row["sid"] for row in self.drawer.all("Calls") if row["status"] in OVER]
        return sum(self.drawer.forget_call(sid, before) for sid in over)

    # -- what a killed process left behind -------------------------------------------------------

    def _where_it_stood(self, setup: CallSetup, carrier: Carrier, line: CarriedLine) -> CallSetup:
        """Bring the hotline what was spoken meanwhile and how a talk ended; begin at the turn it stands at.

        Where the hotline does not answer, the call begins there all the same: it fails, and is let go again.
        """
        there = f"{self.settings.public_url}/ivr/turn/{WHERE_IT_STOOD}"
        number = turn_of(setup, carrier, self.settings.public_url)
        if number is not None:
            self._bring_recordings(setup, carrier, number)
            if leg := line.leg_behind():
                return replace(
                    setup, voice_url=leg_over(setup, carrier, self.settings.public_url, number, leg)
                )
            if asked := question_before(setup, carrier, self.settings.public_url, number):
                return replace(setup, voice_url=asked)
        return replace(setup, voice_url=f"{there}{PATIENCE}")

    def _bring_recordings(self, setup: CallSetup, carrier: Carrier, number: int) -> None:
        """Keep what Asterisk recorded of this call, and say so of all that the hotline has not fetched."""
        self.take_in_spoken(setup.call_sid)
        for row in self.drawer.all("Recordings"):
            if row["call_sid"] != setup.call_sid:
                continue
            path = f"/2010-04-01/Accounts/{setup.account_sid}/Recordings/{row['sid']}"
            url, seconds = setup.recordings_api.rstrip("/") + path, int(row["duration"])
            made = FinishedRecording(row["sid"], url, seconds, setup.started, "RecordVerb")
            fields = recording_status(setup, made, setup.started, "completed")
            there = f"{self.settings.public_url}/ivr/recording/{number}"
            carrier.notify(StatusCallback("recording", f"{there}{PATIENCE}", "POST", fields))

    def take_in_spoken(self, sid: str) -> None:
        """Keep the recordings of a call that nobody took in: silence is none, a second copy is none."""
        known = {self.drawer.get_sound(row["sid"]) for row in self.drawer.all("Recordings")}
        for path in sorted(self.equipment.spool.glob(f"{sid}.*.wav")):
            try:
                wave = sound.trimmed(sound_of(path.read_bytes()))
            except sound.NotAWaveError:
                wave = b""
            if wave and not sound.is_silent(wave) and sound.duration(wave) >= 0.2 and wave not in known:
                keep_recording(self.drawer, self.settings.account_sid, sid, new_sid("RE"), wave)
            path.unlink(missing_ok=True)

    def settle(self, row: Row) -> None:
        """Bring a call to its end that is over in the exchange and that no process of ours saw end."""
        sid = row["sid"]
        if "Url" in row:
            setup = self.setup_out({**row, "CallSid": sid, "AccountSid": row["account_sid"]})
        else:
            public = self.settings.public_url
            setup = CallSetup(
                account_sid=row["account_sid"],
                caller=row["From"],
                called=row["To"],
                voice_url=f"{public}/ivr/voice",
                status_url=f"{public}/ivr/status",
                recordings_api=self.settings.provider_url,
                started=local(self.equipment.clock.now()),
                call_sid=sid,
                virtual=False,
            )
        carrier = self.carrier()
        number = turn_of(setup, carrier, self.settings.public_url)
        if number is None:
            self.take_in_spoken(sid)
        else:
            self._bring_recordings(setup, carrier, number)
        self._close(setup, "completed" if row["status"] == "in-progress" else "no-answer")
        log.warning("a call ended while nobody watched", call=sid)
