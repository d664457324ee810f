"""The process of the embedded line: SIP, the API that calls are asked of, and the sweep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from ivr.embedded.embedded_calls import EmbeddedCalls
from ivr.embedded.embedded_line import EmbeddedEquipment
from ivr.embedded.open_dialogs import OpenDialogs
from ivr.embedded.sip_trunk import SipTrunk
from ivr.gateway import fallback, messages, status
from ivr.gateway.calls import OVER
from ivr.gateway.folders import LineFolders
from ivr.gateway.service import SWEEP_SECONDS, owed_in, serve_api
from ivr.gateway.sounds import NoSpeechError, SoundStore, Speech, speech_of
from ivr.gateway.whom import CallCeiling, TrunkLines, WhomToRing
from ivr.provider.files import Drawer
from logbook.clock import Clock
from logbook.installation import Installation
from logbook.settings.own_line import AsteriskPart

log = structlog.get_logger("ivr.embedded")


@dataclass
class EmbeddedService:
    """Everything of one installation's embedded line; nothing is sent before `run`."""

    office: Installation
    own: AsteriskPart
    folders: LineFolders
    calls: EmbeddedCalls
    way: SipTrunk
    dialogs: OpenDialogs

    def sweep(self) -> None:
        """Bring to an end the calls of a killed process, take messages in, say how the line stands."""
        for row in self.calls.drawer.all("Calls"):
            if row["status"] not in OVER and row["sid"] not in self.calls.live:
                self.calls.settle(row)
        self.calls.forget_old()
        messages.take_in(self.office, self.folders.messages)
        state = status.ExchangeState(
            answers=True, registered=self.way.registered, calls=self.calls.equipment.trunk.taken
        )
        status.write(self.office, state, state.calls, self.calls.answer_ms())

    def prepare_sounds(self) -> None:
        """Make the fallback's sounds, as far as anything here can say them."""
        catalogue = self.office.texts[self.office.settings.line.language]
        try:
            fallback.write_sounds(self.calls.equipment.sounds, self.office.settings, catalogue)
        except (NoSpeechError, OSError) as trouble:
            log.error("the sounds of the fallback could not be made", error=str(trouble))


def open_embedded(
    office: Installation, own: AsteriskPart, local_url: str, speak: Speech | None = None
) -> EmbeddedService:
    """Put the line together and bind its address (OSError); `speak` replaces the office's voice."""
    settings, folders = office.settings, LineFolders(office.settings.data_folder)
    folders.make()
    way = SipTrunk(own, settings.trunk_password.get_secret_value(), settings.line.number.removeprefix("+"))
    equipment = EmbeddedEquipment(
        SoundStore(folders.sounds, *(speech_of(office.voice) if speak is None else (speak,))),
        folders.spoken,
        WhomToRing(settings, own, owed_in(office)),
        CallCeiling(folders.root / "placed.json", own.calls_an_hour, own.calls_a_day),
        TrunkLines(own.trunk.lines, own.trunk.kept_for_callers),
        Clock(),
        way,
    )
    drawer, dialogs = Drawer(folders.store), OpenDialogs(folders.dialogs)
    calls = EmbeddedCalls(
        settings,
        drawer=drawer,
        local_url=local_url,
        note_quality=status.quality_noted_in(office),
        equipment=equipment,
        folders=folders,
    )
    way.endpoint.invited, way.kept = calls.invited, dialogs.note
    return EmbeddedService(office, own, folders, calls, way, dialogs)


def run(
    service: EmbeddedService, ended: threading.Event, each_look: Callable[[], None] = lambda: None
) -> None:
    """Carry calls until `ended`, then end them; `each_look` runs about once a second.

    OSError where the port of the API is taken.
    """
    end_api = serve_api(service.calls, service.own.api_port)
    service.way.start()
    service.dialogs.end_all(service.way.endpoint)
    # a slow voice takes longer than whoever watches us waits for a sign of life
    threading.Thread(target=service.prepare_sounds, name="sounds", daemon=True).start()
    threading.Thread(target=_keep_sweeping, args=(service, ended), name="sweep", daemon=True).start()
    try:
        while not ended.wait(1.0):
            each_look()
    finally:
        ended.set()
        service.dialogs.end_all(service.way.endpoint)
        service.way.close()
        end_api()


def _keep_sweeping(service: EmbeddedService, ended: threading.Event) -> None:
    """Sweep at once and every few seconds, whatever goes wrong once."""
    while not ended.is_set():
        try:
            service.sweep()
        except Exception:
            log.exception("the sweep failed")
        ended.wait(SWEEP_SECONDS)
