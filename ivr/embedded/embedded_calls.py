"""Carries the calls of the embedded line: those that come in, those we place, those the hotline lets go."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog

from ivr.embedded.answering_alone import AnsweringAlone
from ivr.embedded.embedded_line import EmbeddedEquipment, EmbeddedLine
from ivr.embedded.sdp import Address
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_message import SipMessage, address_of
from ivr.gateway.calls import LineCalls
from ivr.gateway.folders import LineFolders
from ivr.phone.line import CallerHungUpError
from ivr.phone.parameters import new_sid
from logbook.calendar.of_settings import working_times
from logbook.clock import local

MOST_CALLS = 30
"""One process in one language carries so many calls without being late with their sound."""
log = structlog.get_logger("ivr.embedded")


@dataclass(kw_only=True)
class EmbeddedCalls(LineCalls):
    """Every call is a thread; the sound of each is another one."""

    equipment: EmbeddedEquipment
    folders: LineFolders

    def placed_line(self, sid: str) -> EmbeddedLine:
        """A call without a telephone: somebody is rung first."""
        return EmbeddedLine(self.equipment, sid)

    def invited(self, request: SipMessage, source: Address) -> None:
        """Somebody calls: begin a thread for it, or say that all lines are busy."""
        way, trunk = self.equipment.way, self.equipment.trunk
        try:
            media = way.media()
        except OSError:
            way.endpoint.answer(request, source, "486 Busy Here", tag="busy")
            return
        call = SipCall.invited(way.endpoint, media, way.codecs, request, source)
        if trunk.taken >= min(way.own.trunk.lines, MOST_CALLS):
            call.refuse("486 Busy Here")
            return
        call.kept = way.kept
        trunk.come_in()
        threading.Thread(target=self._take, args=(call, request), name="call", daemon=True).start()

    def _take(self, call: SipCall, request: SipMessage) -> None:
        sid = new_sid("CA")
        line = EmbeddedLine(self.equipment, sid, call)
        try:
            setup = self.setup_in(caller_of(request), sid)
            with self.carried(sid):
                self.begin(setup)
                self.carry(setup, line)
                if line.left_to_exchange:
                    self._go_on_alone(setup.caller, sid, call, line)
        except CallerHungUpError:
            pass
        except Exception:
            log.exception("a call failed", call=sid)
        finally:
            line.left_to_exchange = False
            line.leave()
            self.equipment.trunk.free()

    def _go_on_alone(self, caller: str, sid: str, call: SipCall, line: EmbeddedLine) -> None:
        """The hotline does not answer: try again while the caller is held, then answer without it."""
        hotline = working_times(self.settings).hotline
        clock = self.equipment.clock
        alone = AnsweringAlone(
            self.settings,
            self.folders,
            line,
            call,
            sid,
            caller,
            lambda: hotline.at(local(clock.now())).is_open,
            clock.now,
        )
        line.when_back = alone.is_back
        while alone.hold():
            line.left_to_exchange = False
            known = call.state == "up"
            self.carry(self.setup_in(caller, sid), line, resumed=known)
            if not line.left_to_exchange:
                return
        alone.answer()


def caller_of(request: SipMessage) -> str:
    """Return the caller's number as the carrier vouches for it, or wrote it (RFC 3325), in ASCII."""
    if "id" in request.get("privacy"):
        return "anonymous"
    for name in ("p-asserted-identity", "from"):
        user = address_of(request.get(name)).user
        if user:
            return user.partition(";")[0].encode("ascii", "ignore").decode("ascii")
    return ""
