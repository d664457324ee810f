"""Calls that ring at the stand-in: exactly one telephone takes each, or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock

from logbook.clock import Clock

PRESENT_SECONDS = 5.0
"""For how long a telephone that asked whether it rings counts as waiting."""


@dataclass(frozen=True)
class _Ringing:
    told: Mapping[str, str]
    answered: Event = field(default_factory=Event)


class Switchboard:
    """The ringing of one stand-in, in its memory: what rang when it ended is over."""

    def __init__(self) -> None:
        """Begin with silence."""
        self._lock = Lock()
        self._ringing: dict[str, _Ringing] = {}
        self._asked: dict[str, float] = {}
        self._monotonic = Clock().monotonic

    def ring(self, placed: Mapping[str, str], seconds: float) -> bool:
        """Let the call `told` (with CallSid, To) ring; return whether one took it within `seconds`."""
        call = _Ringing(placed)
        with self._lock:
            self._ringing[placed["CallSid"]] = call
        call.answered.wait(seconds)
        with self._lock:
            return self._ringing.pop(placed["CallSid"], None) is None

    def ringing_at(self, number: str) -> list[Mapping[str, str]]:
        """Return the calls that ring at `number` (E.164), the oldest first; whoever asks is waiting there."""
        with self._lock:
            self._asked[number] = self._monotonic()
            return [call.told for call in self._ringing.values() if call.told.get("To") == number]

    def waits_at(self, number: str) -> bool:
        """Return whether a telephone of that number polled within the last seconds."""
        with self._lock:
            asked = self._asked.get(number)
        return asked is not None and self._monotonic() - asked < PRESENT_SECONDS

    def take(self, call_sid: str) -> Mapping[str, str] | None:
        """Take a ringing call; None when it rings no longer or another telephone was quicker."""
        with self._lock:
            call = self._ringing.pop(call_sid, None)
        if call is None:
            return None
        call.answered.set()
        return call.told
