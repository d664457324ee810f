"""Decides who may be rung, and over what: the only place that makes an endpoint (T-25)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from logbook import phone_numbers
from logbook.settings.loading import Settings
from logbook.settings.own_line import AsteriskPart

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TRUNK = "trunk"


class NotToBeRungError(Exception):
    """This number is not rung by this line; the text says why, in words for a log."""


class TooManyCallsError(NotToBeRungError):
    """The line has placed as many calls of its own as it may for now."""


@dataclass(frozen=True)
class Endpoint:
    """Who is rung, as Asterisk names it, and whether that takes one of the carrier's lines."""

    name: str
    over_trunk: bool
    dialled: str = ""
    """The number as it is dialled in Vietnam, when the call goes over the carrier."""


def telephone_name(identity: str) -> str:
    """Return what the SIP telephone of somebody on duty registers as."""
    return f"tel-{identity}"


@dataclass(frozen=True)
class WhomToRing:
    """The people of the settings, and citizens who are owed a call: `owed` says so of an E.164 number."""

    settings: Settings
    exchange: AsteriskPart
    owed: Callable[[str], bool]

    def endpoint(self, number: str) -> Endpoint:
        """Return how `number` is rung; NotToBeRungError for every other number (T-13, T-25)."""
        e164 = phone_numbers.callable_in_vietnam(number)
        if e164 is None:
            raise NotToBeRungError("neither a landline nor a mobile of Vietnam")
        if e164 in {self.settings.line.number, self.settings.line.caller_id}:
            raise NotToBeRungError("the line's own number")
        if not self.settings.guests.number(e164):
            raise NotToBeRungError("a trial: not a guest")
        for person in self.settings.duty.people:
            if person.number == e164 and person.id in self.exchange.telephones:
                return Endpoint(f"PJSIP/{telephone_name(person.id)}", over_trunk=False)
        staff = {person.number for person in self.settings.duty.people}
        staff |= {official.number for official in self.settings.notifications.officials}
        if e164 not in staff and not self.owed(e164):
            raise NotToBeRungError("neither somebody of the settings nor owed a call")
        dialled = f"0{e164.removeprefix('+84')}"
        return Endpoint(f"PJSIP/{dialled}@{TRUNK}", over_trunk=True, dialled=dialled)


class CallCeiling:
    """Counts the calls this line places over the carrier, on disk: restarts do not forget them (T-25)."""

    def __init__(self, file: Path, an_hour: int, a_day: int) -> None:
        """Keep the moments in `file`."""
        self._file, self._an_hour, self._a_day = file, an_hour, a_day
        self._lock = Lock()

    def spend(self, now: datetime) -> None:
        """Count a call that is about to be placed; TooManyCallsError when it must not be."""
        with self._lock:
            since = [moment for moment in self._read() if now - DAY < moment <= now]
            if len(since) >= self._a_day or sum(now - HOUR < one for one in since) >= self._an_hour:
                raise TooManyCallsError("too many calls of our own for now")
            fresh = self._file.with_suffix(".new")
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="ascii") as out:
                json.dump([moment.isoformat() for moment in (*since, now)], out)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._file)

    def _read(self) -> list[datetime]:
        try:
            return [datetime.fromisoformat(one) for one in json.loads(self._file.read_text("ascii"))]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            raise TooManyCallsError("the count of calls cannot be read") from None


class TrunkLines:
    """The carrier's lines: a call of our own never takes the last ones, which are for callers."""

    def __init__(self, lines: int, kept: int) -> None:
        """Begin with all of them free."""
        self._lines, self._kept, self._taken = lines, kept, 0
        self._lock = Lock()

    @property
    def taken(self) -> int:
        """How many are in use, as far as this process knows."""
        return self._taken

    def come_in(self) -> None:
        """Somebody calls: the carrier gave them the line already."""
        with self._lock:
            self._taken += 1

    def take(self, *, for_caller: bool = False) -> bool:
        """Take one to ring somebody; False when none may be taken. A caller's clerk may have the last one."""
        with self._lock:
            if self._taken + 1 > self._lines - (0 if for_caller else self._kept):
                return False
            self._taken += 1
            return True

    def free(self) -> None:
        """A call over the carrier ended."""
        with self._lock:
            self._taken = max(0, self._taken - 1)
