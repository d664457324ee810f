"""All telephones in browsers of one process: opened, found by number, called from, rung, closed."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from threading import Lock, Thread

import structlog

from ivr.line.hotline import Hotline
from ivr.phone.carrier import Carrier
from ivr.phone.executor import CallEnd, Executor
from ivr.phone.line import drive
from ivr.phone.parameters import WITHHELD, CallSetup
from ivr.phone.transport import HttpTransport
from ivr.provider import inbound
from ivr.provider.files import Row
from ivr.provider.handset import Handset, Seen, StandInUnreachableError
from ivr.provider.outbound import setup_of
from ivr.provider.sdk import UploadFailedError
from ivr.softphone.browser_line import BrowserLine, CalledLine
from ivr.softphone.foreseen import Foreseen
from ivr.softphone.kept import kept
from ivr.softphone.left_behind import LeftBehind
from ivr.softphone.locked_book import locked
from ivr.softphone.people import shown
from ivr.softphone.shelf import Shelf
from ivr.softphone.softphone import POLL_SECONDS, Event, Softphone
from ivr.softphone.spoken import SpokenFolder, spoken_folder
from ivr.softphone.watching import WatchedTransport
from logbook.clock import local
from logbook.database.engine import DatabaseBusyError

MOST = 12
"""Telephones at a time; each may hold two threads."""
LOOK_SECONDS = 1.0
log = structlog.get_logger("ivr.softphone")


class Telephones:
    """The telephones of one office in this process."""

    def __init__(self, installation: Hotline, shelf: Shelf) -> None:
        """None is open yet."""
        self._installation, self._settings = installation, installation.settings
        self.shelf, self._foreseen = shelf, Foreseen(installation, shelf)
        self._spoken = SpokenFolder(spoken_folder(self._settings))
        self._left_behind = LeftBehind(installation, self._spoken)
        self._open: dict[str, Softphone] = {}
        self._lock, self._taking_in = Lock(), Lock()
        Thread(target=self._warm, daemon=True, name="softphone voice").start()

    def open(self, number: str, name: str) -> Softphone | None:
        """A new telephone; None when there are too many already."""
        with self._lock:
            self._open = {key: phone for key, phone in self._open.items() if not phone.gone}
            if len(self._open) >= MOST:
                return None
            phone = Softphone(number, name)
            self._open[phone.key] = phone
        if self._settings.is_demo and number != WITHHELD:
            Thread(target=self._attend, args=(phone,), daemon=True, name="softphone waits").start()
        return phone

    def take_in_left_behind(self) -> None:
        """What was said to a process that was killed, or in a call that failed, goes to the logbook."""
        if self._spoken.left_behind() and not self._taking_in.locked():
            Thread(target=self._take_in, daemon=True, name="softphone left behind").start()

    def _take_in(self) -> None:
        with self._taking_in:
            self._left_behind.take_in()

    def _warm(self) -> None:
        """A voice takes a second to get ready; what every caller hears first is spoken beforehand."""
        greeting = self._installation.greeting_at
        with suppress(DatabaseBusyError):
            if greeting is not None:
                with self._installation.database.reading() as conn:
                    said = greeting(conn, self._installation.clock.now())
                language = self._settings.line.language
                self._installation.voice.warm(said, language)

    def find(self, key: str) -> Softphone | None:
        """The telephone of a tab; None when it was closed."""
        phone = self._open.get(key)
        return None if phone is None or phone.gone else phone

    def at(self, number: str) -> Softphone | None:
        """A telephone that can be rung at a number."""
        with self._lock:
            found = [one for one in self._open.values() if one.number == number and not one.gone]
        return min(found, key=lambda one: one.busy, default=None)

    def events(self, phone: Softphone, after: int) -> list[Event]:
        """The next events; whenever nothing else is to be told, how the logbook stands now."""
        events = phone.events_after(after, 0)
        if events:
            return events
        self._tell_what_is_kept(phone)
        return phone.events_after(after, POLL_SECONDS)

    def _tell_what_is_kept(self, phone: Softphone) -> None:
        sid = phone.call_sid
        if not sid:
            return
        with suppress(DatabaseBusyError):
            found = kept(self._installation, sid)
            if found is not None and found != phone.told:
                phone.told = found
                phone.emit_all("kept", found)
            ahead = self._foreseen.after(sid, phone.foreseen)
            if ahead is not None:
                phone.foreseen, sounds = ahead
                phone.emit("foreseen", sounds=sounds)

    def _shown(self, number: str) -> str:
        return shown(number, self._installation.texts[self._settings.line.language])

    # -- calls

    def call(self, phone: Softphone, at: datetime | None, *, book_locked: bool = False) -> bool:
        """Dial the hotline in a thread of its own; False when the telephone is in use."""
        if not phone.claim():
            return False
        work = (phone, at, book_locked)
        Thread(target=self._dial, args=work, daemon=True, name="softphone calls").start()
        return True

    def _dial(self, phone: Softphone, at: datetime | None, book_locked: bool) -> None:
        settings = self._settings
        with ExitStack() as meanwhile:
            meanwhile.callback(phone.free)
            if book_locked:
                meanwhile.enter_context(locked(self._installation.database))
            setup = inbound.setup_call(settings, settings.public_url, phone.number, at)
            if at is None:
                setup = replace(setup, started=local(self._installation.clock.now()))
            phone.emit("dials", number=settings.line.number_shown, at=f"{setup.started:%H:%M %d/%m/%Y}")
            line = BrowserLine(phone, self.shelf, self.at, self._shown, self._spoken)
            self._carry_out(phone, setup, line)

    def _carry_out(self, phone: Softphone, setup: CallSetup, line: BrowserLine) -> CallEnd:
        settings = self._settings
        phone.call_sid, phone.told, phone.foreseen = setup.call_sid, None, ""
        carried_by = HttpTransport(settings.public_url, settings.local_url)
        watched = WatchedTransport(carried_by, phone, self.shelf)
        carrier = Carrier(watched, settings.auth_token.get_secret_value())

        unkept = list[UploadFailedError]()

        def not_kept(problem: UploadFailedError) -> None:
            unkept.append(problem)
            phone.emit("trouble", what="not_kept", reason=str(problem))

        keep = inbound.keeper(setup, settings, carried_by, not_kept)

        def named(call_sid: str, recording_sid: str, wav: bytes) -> None:
            self._spoken.name(call_sid, recording_sid)
            keep(call_sid, recording_sid, wav)

        try:
            with self._spoken.carried(setup.call_sid):
                end = drive(Executor(setup, carrier, named).run(), line)
                if not unkept and end.failure is None:
                    self._spoken.forget(setup.call_sid)
        except Exception:
            log.exception("a call in the browser broke off")
            phone.emit("ended", by="failure", seconds=0, reason="")
            raise
        finally:
            line.let_go_of_them()
            self.take_in_left_behind()
        reason = str(end.failure) if end.failure else ""
        phone.emit("ended", by=end.ended_by, seconds=round(end.seconds), reason=reason)
        return end

    # -- being called, in demonstrations

    def _attend(self, phone: Softphone) -> None:
        settings = self._settings
        token = settings.auth_token.get_secret_value()
        handset = Handset(settings.provider_url, settings.account_sid, token, phone.number)
        refused: set[str] = set()
        while phone.pause(LOOK_SECONDS):
            try:
                seen = handset.look()
                self._show_messages(seen, phone)
                for placed in seen.ringing:
                    if placed["CallSid"] not in refused:
                        refused.add(placed["CallSid"])
                        self._rings(phone, handset, placed)
            except StandInUnreachableError:
                phone.pause(LOOK_SECONDS)

    def _rings(self, phone: Softphone, handset: Handset, placed: Row) -> None:
        if not phone.claim():
            handset.take(placed["CallSid"])
            handset.ended(placed["CallSid"], "busy", 0)
            return
        sid = placed["CallSid"]
        try:
            phone.emit(
                "rings", caller=self._shown(placed["From"]), seconds=float(placed.get("Timeout", "60"))
            )
            answer = phone.ring(3600, lambda: self._rings_in(handset.look(), sid, phone))
            taken = handset.take(sid) if answer != "unanswered" else None
            if taken is None:
                phone.emit("ended", by="other", how="missed")
            elif answer == "refused":
                handset.ended(sid, "busy", 0)
                phone.emit("ended", by="caller", seconds=0)
            else:
                self._talk(phone, handset, taken)
        finally:
            phone.free()

    def _talk(self, phone: Softphone, handset: Handset, placed: Row) -> None:
        made = datetime.fromisoformat(placed["made"])
        setup = setup_of(placed, made, self._settings.provider_url)
        status, seconds = "failed", 0.0
        try:
            end = self._carry_out(
                phone, setup, CalledLine(phone, self.shelf, self.at, self._shown, self._spoken)
            )
            status, seconds = end.status, end.seconds
        finally:
            handset.ended(placed["CallSid"], status, seconds)

    def close(self, phone: Softphone) -> None:
        """The tab is closed: a call in it is hung up."""
        phone.close()
        with self._lock:
            self._open.pop(phone.key, None)

    def _show_messages(self, seen: Seen, phone: Softphone) -> None:
        for message in seen.messages:
            phone.emit("message", sender=self._shown(message["From"]), text=message["Body"])

    def _rings_in(self, seen: Seen, call_sid: str, phone: Softphone) -> bool:
        """Whether a call still rings; messages that came meanwhile are shown as well."""
        self._show_messages(seen, phone)
        return any(placed["CallSid"] == call_sid for placed in seen.ringing)
