"""The process of the own line: the doors Asterisk comes in by, the API calls are asked of, and the sweep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ivr.gateway import fallback, messages, status
from ivr.gateway.ami import Manager, ManagerError
from ivr.gateway.asterisk_calls import AsteriskCalls
from ivr.gateway.asterisk_line import LineEquipment
from ivr.gateway.calls import OVER, LineCalls
from ivr.gateway.doors import Doors, derived, door_key
from ivr.gateway.folders import LineFolders
from ivr.gateway.loopback_server import serve_on_loopback
from ivr.gateway.sounds import NoSpeechError, SoundStore, Speech, speech_of
from ivr.gateway.waiting import Awaited
from ivr.gateway.whom import CallCeiling, NotToBeRungError, TrunkLines, WhomToRing
from ivr.provider.app import create_provider, desk_of
from ivr.provider.files import Drawer
from logbook.clock import Clock
from logbook.database.engine import DatabaseBusyError
from logbook.installation import Installation
from logbook.sending import owed_numbers
from logbook.settings.own_line import AsteriskPart

SWEEP_SECONDS = 10.0
CANNOT_TEXT, BAD_NUMBER = 21606, 21216
log = structlog.get_logger("ivr.gateway")


@dataclass
class OwnLineService:
    """Everything of one installation's line, put together; nothing listens before `open_line`."""

    office: Installation
    exchange: AsteriskPart
    folders: LineFolders
    manager: Manager
    equipment: LineEquipment
    calls: AsteriskCalls
    doors: Doors

    def sweep(self) -> None:
        """Bring to an end what is over in the exchange and what nobody of ours saw end; take messages in."""
        rows = [row for row in self.calls.drawer.all("Calls") if row["status"] not in OVER]
        open_rows = [row for row in rows if row["sid"] not in self.calls.live]
        if open_rows:
            try:
                there = {self._sid_of(one) for one in self.manager.listed("Status", Variables="TONGDAI_SID")}
            except (ManagerError, ValueError) as trouble:
                log.warning("the exchange could not be asked", error=str(trouble))
                return
            for row in open_rows:
                if row["sid"] not in there and row["sid"] not in self.calls.live:
                    self.calls.settle(row)
        self.calls.forget_old()
        messages.take_in(self.office, self.folders.messages)
        status.note(self.office, self.manager, self.equipment.trunk.taken, self.calls.answer_ms())

    @staticmethod
    def _sid_of(message: Mapping[str, str]) -> str:
        return message.get("Variable", "").partition("TONGDAI_SID=")[2]

    def keep_sweeping(self, ended: threading.Event) -> None:
        """Sweep every few seconds, whatever goes wrong once."""
        while not ended.wait(SWEEP_SECONDS):
            try:
                self.sweep()
            except Exception:
                log.exception("the sweep failed")

    def prepare_sounds(self) -> None:
        """Make the fallback's sounds (NoSpeechError, OSError)."""
        catalogue = self.office.texts[self.office.settings.line.language]
        fallback.write_sounds(self.equipment.sounds, self.office.settings, catalogue)


def open_line(
    office: Installation, exchange: AsteriskPart, local_url: str, speak: Speech | None = None
) -> OwnLineService:
    """Put the line together and listen for Asterisk (OSError); `speak` replaces the office's voice."""
    settings, folders = office.settings, LineFolders(office.settings.data_folder)
    folders.make()
    secret = settings.secret_key.get_secret_value()
    manager = Manager(exchange.manager_port, derived(secret, "manager", 32))

    equipment = LineEquipment(
        SoundStore(folders.sounds, *(speech_of(office.voice) if speak is None else (speak,))),
        folders.spoken,
        WhomToRing(settings, exchange, owed_in(office)),
        CallCeiling(folders.root / "placed.json", exchange.calls_an_hour, exchange.calls_a_day),
        TrunkLines(exchange.trunk.lines, exchange.trunk.kept_for_callers),
        Clock(),
        manager,
        Awaited(),
    )
    drawer, noted = Drawer(folders.store), status.quality_noted_in(office)
    calls = AsteriskCalls(settings, equipment, drawer, local_url, noted)
    doors = Doors(exchange.agi_port, door_key(secret), equipment.awaited, calls.come_in, calls.resume_placed)
    return OwnLineService(office, exchange, folders, manager, equipment, calls, doors)


def owed_in(office: Installation) -> Callable[[str], bool]:
    """Return what says whether a number is owed a call now; nobody is when the database cannot be asked."""

    def owed(number: str) -> bool:
        try:
            with office.database.reading() as conn:
                return owed_numbers.is_owed(conn, number)
        except (DatabaseBusyError, SQLAlchemyError):
            return False

    return owed


def refusals(whom: WhomToRing) -> Callable[[str, Mapping[str, str]], tuple[int, str] | None]:
    """What the line refuses to whoever asks for it: messages, and numbers it never rings."""

    def refuses(kind: str, form: Mapping[str, str]) -> tuple[int, str] | None:
        if kind == "Messages":
            return CANNOT_TEXT, "this line carries calls only"
        try:
            whom.endpoint(form.get("To", ""))
        except NotToBeRungError as refused:
            return BAD_NUMBER, str(refused)
        return None

    return refuses


def serve_api(calls: LineCalls, port: int) -> Callable[[], None]:
    """Answer the provider's REST API on loopback in threads of its own; return what ends it (OSError)."""
    settings = calls.settings
    app = create_provider(
        calls.drawer.folder,
        settings.account_sid,
        settings.auth_token.get_secret_value(),
        refuses=refusals(calls.equipment.whom),
    )
    desk_of(app).place_call = calls.place
    return serve_on_loopback(app, port, threads=4, name="api")


def run(service: OwnLineService, each_look: Callable[[], None] = lambda: None) -> None:
    """Carry calls until the doors are closed."""
    end_api = serve_api(service.calls, service.exchange.api_port)
    ended = threading.Event()
    threading.Thread(target=service.keep_sweeping, args=(ended,), name="sweep", daemon=True).start()
    try:
        service.prepare_sounds()
    except (NoSpeechError, OSError) as trouble:
        log.error("the sounds of the fallback could not be made", error=str(trouble))
    try:
        service.doors.serve(each_look)
    finally:
        ended.set()
        end_api()
