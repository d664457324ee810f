"""Helpers of calls: a line whose caller is there already, and where recordings are kept."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.gateway.asterisk_line import AsteriskLine
from ivr.gateway.carried import CarriedLine
from ivr.phone import sound
from ivr.phone.line import LegEnd, RingOut
from ivr.provider.files import Drawer


class PickedUpLine(AsteriskLine):
    """A call we placed, taken up again: whoever picked up is on the line already."""

    def ring_out(self, wish: RingOut) -> LegEnd:
        """The first wish of a placed call is to ring; after that as for every call."""
        if not self._has_rung:
            self._has_rung = True
            return LegEnd("completed")
        return super().ring_out(wish)

    _has_rung = False


@dataclass(frozen=True)
class RecordingKeeper:
    """Keeps a call's recordings where the hotline fetches them from, before any callback speaks of them."""

    drawer: Drawer
    account_sid: str
    line: CarriedLine

    def __call__(self, call_sid: str, recording_sid: str, wave: bytes) -> None:
        keep_recording(self.drawer, self.account_sid, call_sid, recording_sid, wave)
        self.line.forget_recording()


def keep_recording(drawer: Drawer, account_sid: str, call_sid: str, sid: str, wave: bytes) -> None:
    """Keep one recording in the line's own store (OSError)."""
    drawer.put_sound(sid, wave)
    length = {"duration": str(round(sound.duration(wave)))}
    drawer.put("Recordings", sid, {"sid": sid, "account_sid": account_sid, "call_sid": call_sid, **length})
