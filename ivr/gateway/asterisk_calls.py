"""Calls that Asterisk brings: new ones, and those whose process was killed meanwhile."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ivr.gateway.asterisk_line import AsteriskLine, LineEquipment
from ivr.gateway.calls import LineCalls
from ivr.gateway.conversation import ChannelGoneError, Conversation
from ivr.gateway.keeping_calls import PickedUpLine
from ivr.phone.parameters import new_sid


@dataclass
class AsteriskCalls(LineCalls):
    """Carries the calls of one Asterisk."""

    equipment: LineEquipment

    def placed_line(self, sid: str) -> AsteriskLine:
        """A call without a channel: Asterisk is asked for one when somebody is to be rung."""
        return AsteriskLine(self.equipment, sid)

    def come_in(self, conversation: Conversation, sid: str) -> None:
        """Carry a call that comes in; with a `sid` it was carried before and goes on where it stood."""
        setup = self.setup_in(conversation.facts.get("callerid", ""), sid or new_sid("CA"))
        self.equipment.trunk.come_in()
        try:
            if not sid or self.drawer.get("Calls", sid) is None:
                with suppress(ChannelGoneError):
                    conversation.ask(f'SET VARIABLE TONGDAI_SID "{setup.call_sid}"')
                self.begin(setup)
            line = AsteriskLine(self.equipment, setup.call_sid, conversation)
            with self.carried(setup.call_sid):
                self.carry(setup, line, resumed=bool(sid))
        finally:
            self.equipment.trunk.free()

    def resume_placed(self, conversation: Conversation, sid: str) -> None:
        """Go on with a call we placed whose process was killed."""
        row = self.drawer.get("Calls", sid)
        if row is None or "Url" not in row:
            conversation.close()
            return
        setup = self.setup_out({**row, "CallSid": sid, "AccountSid": row["account_sid"]})
        # Whoever we called is on the line already: what follows is fetched as for a call that came in.
        self.equipment.trunk.come_in()
        try:
            with self.carried(sid):
                self.carry(setup, PickedUpLine(self.equipment, sid, conversation), resumed=True)
        finally:
            self.equipment.trunk.free()
