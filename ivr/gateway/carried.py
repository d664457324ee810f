"""What the lines of real calls share: their equipment, and what outlives a call."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path

from ivr.gateway.sounds import SoundStore
from ivr.gateway.whom import CallCeiling, Endpoint, NotToBeRungError, TrunkLines, WhomToRing
from ivr.phone.line import LegEnd, PhoneLine, RingOut
from logbook.calls.quality import CallQuality
from logbook.clock import Clock


@dataclass(frozen=True)
class CallEquipment:
    """What all calls of a line share."""

    sounds: SoundStore
    spool: Path
    """Where recordings are written while they are made; each file is named after its call."""
    whom: WhomToRing
    ceiling: CallCeiling
    trunk: TrunkLines
    clock: Clock

    def endpoint(self, wish: RingOut) -> Endpoint:
        """Return who is rung, and count a call over the carrier; NotToBeRungError (T-25)."""
        if len(wish.parties) != 1 or wish.parties[0].kind != "number":
            raise NotToBeRungError("one number at a time")
        endpoint = self.whom.endpoint(wish.parties[0].address)
        if endpoint.over_trunk:
            self.ceiling.spend(self.clock.now())
        return endpoint


class CarriedLine(PhoneLine):
    """A real call: what was spoken lies on the disk, and the line may answer for itself."""

    spoken: Path | None = None
    """The file of the last recording, until somebody has kept it."""
    left_to_exchange = False
    """The hotline did not answer: whatever stands behind the line goes on with the caller."""

    @abstractmethod
    def leave(self) -> None:
        """The call is no longer carried by this process."""

    def quality(self) -> CallQuality | None:
        """How well the caller's sound arrived so far; None where nothing is known of it."""
        return None

    def leg_behind(self) -> LegEnd | None:
        """How the leg ended that a process of ours rang which was killed meanwhile; None: there was none.

        Said once: ask when there is somebody to be told.
        """
        return None

    def is_back(self) -> None:
        """The hotline answers this call: the line has all its patience, should it go away again."""

    def forget_recording(self) -> None:
        """The last recording is kept elsewhere, or nothing was said in it."""
        if self.spoken is not None:
            self.spoken.unlink(missing_ok=True)
            self.spoken = None
