"""Keeps offices open while they are asked for, each on its own; closes those nobody has asked for longest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from ivr.line.hotline import Hotline
from ivr.running.prepare import Preparation
from logbook.clock import Clock
from logbook.offices.register import OfficeEntry, OfficeRegister

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

AT_ONCE = 4
"""Requests of one office that are let through to its book at a time; more are asked to come again."""
OPENING_SECONDS = 3.0
"""How long a request waits while another one opens its office; then it is asked to come again."""
AGAIN_AFTER = 5.0
"""Seconds until an office that could not be opened is tried again."""
REFUSED_AGAIN_AFTER = 30.0
"""Seconds until a book that must not be used as it is is looked at again."""
REST_AFTER = 300.0
"""Seconds after which an office that nobody asks for gives its connections back; they come again alone."""
log = structlog.get_logger("ivr.offices")


class OfficeShutError(Exception):
    """The office cannot be opened for now; the sentence says why, for the log."""


class OfficeOpeningError(OfficeShutError):
    """It is being opened at this moment: whoever comes again finds it open."""


@dataclass
class OpenOffice:
    """One open office: what answers for it, and how many requests it is answering."""

    entry: OfficeEntry
    hotline: Hotline
    application: WSGIApplication
    preparation: Preparation
    opened_at: float = 0.0
    users: int = 0
    listeners: int = 0
    """Those of the requests that wait for events, and not for the book: telephones in browsers."""
    asked_at: float = 0.0
    rests: bool = False
    """Whether it has given its connections back."""
    named: bool = False
    """Whether the log says already that its book must not be used."""

    @property
    def is_crowded(self) -> bool:
        """Whether more requests are at its book than may be at a time."""
        return self.users - self.listeners > AT_ONCE

    def close(self) -> None:
        """Give back its connections; only when it answers nobody."""
        self.preparation.give_up()
        self.hotline.database.close()


@dataclass
class _Failure:
    entry: OfficeEntry
    until: float
    why: str


@dataclass
class _State:
    open: OrderedDict[str, OpenOffice] = field(default_factory=OrderedDict)
    leaving: list[OpenOffice] = field(default_factory=list)
    opening: dict[str, threading.Lock] = field(default_factory=dict)
    failed: dict[str, _Failure] = field(default_factory=dict)


class Cells:
    """The open offices of one process; for any thread. One that answers somebody is never closed."""

    def __init__(
        self,
        register: OfficeRegister,
        open_office: Callable[[OfficeEntry], OpenOffice],
        most: int,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        """Open none yet; `most` stay open, apart from those that answer somebody."""
        self._register, self._open_office, self._most = register, open_office, most
        self._monotonic = monotonic or Clock().monotonic
        self._lock = threading.Lock()
        self._state = _State()
        self.unprepared: dict[str, str] = {}
        """By code: why a book could not be brought up to date before anybody asked for it."""

    def take(self, entry: OfficeEntry, *, listens: bool = False) -> OpenOffice:
        """The open office of `entry`, until `give_back`; OfficeShutError when it cannot be had now.

        While one office is being opened, the others are taken as ever. `listens`: the request waits for
        events most of its time.
        """
        cell = self._known(entry) or self._opened_by_one(entry)
        with self._lock:
            cell.listeners += listens
        return cell

    def _opened_by_one(self, entry: OfficeEntry) -> OpenOffice:
        with self._lock:
            opening = self._state.opening.setdefault(entry.code, threading.Lock())
        if not opening.acquire(timeout=OPENING_SECONDS):
            raise OfficeOpeningError("it is being opened")
        try:
            return self._known(entry) or self._opened(entry)
        finally:
            opening.release()

    def give_back(self, cell: OpenOffice, *, listens: bool = False) -> None:
        """Note that a request of `cell` has been answered."""
        with self._lock:
            cell.users -= 1
            cell.listeners -= listens
            full = len(self._state.open) > self._most or bool(self._state.leaving)
        if full:
            self.look()

    def look(self) -> None:
        """Close whoever is not needed: too many, paused, changed, removed."""
        entries = self._register.now().entries
        with self._lock:
            failed = self._state.failed.items()
            self._state.failed = {code: one for code, one in failed if entries.get(code) == one.entry}
            for code, cell in list(self._state.open.items()):
                if cell.preparation.refused and not cell.named:
                    cell.named = True
                    log.error("book of an office must not be used", office=code, why=cell.preparation.refused)
                if entries.get(code) != cell.entry:
                    self._state.leaving.append(self._state.open.pop(code))
            idle = [cell for cell in self._state.open.values() if not cell.users]
            for cell in idle[: max(0, len(self._state.open) - self._most)]:
                self._state.leaving.append(self._state.open.pop(cell.entry.code))
            tired = self._tired()
            gone = [cell for cell in self._state.leaving if not cell.users]
            self._state.leaving = [cell for cell in self._state.leaving if cell.users]
        for cell in tired:
            cell.hotline.database.rest()
        for cell in gone:
            cell.close()

    def _tired(self) -> list[OpenOffice]:
        """Those that nobody has asked for lately, each once."""
        by = self._monotonic() - REST_AFTER
        waking = (cell for cell in self._state.open.values() if not cell.users and not cell.rests)
        tired = [cell for cell in waking if cell.asked_at < by and cell.preparation.done]
        for cell in tired:
            cell.rests = True
        return tired

    def close(self) -> None:
        """Close all, at the end of the process."""
        with self._lock:
            cells = [*self._state.open.values(), *self._state.leaving]
            self._state = _State()
        for cell in cells:
            cell.close()

    def open_codes(self) -> list[str]:
        """The codes of the open offices, whoever was asked for longest ago first."""
        with self._lock:
            return list(self._state.open)

    def troubles(self) -> dict[str, str]:
        """By code: why an office could not be opened, or its book must not be used."""
        with self._lock:
            known = self._register.now().entries
            found = {code: why for code, why in list(self.unprepared.items()) if code in known}
            found |= {code: one.why for code, one in self._state.failed.items()}
            refused = {
                code: cell.preparation.refused
                for code, cell in self._state.open.items()
                if cell.preparation.refused
            }
        return found | refused

    def _known(self, entry: OfficeEntry) -> OpenOffice | None:
        with self._lock:
            cell = self._state.open.get(entry.code)
            if cell is None or cell.entry != entry or self._spent(cell):
                failure = self._state.failed.get(entry.code)
                if failure and failure.entry == entry and self._monotonic() < failure.until:
                    raise OfficeShutError(failure.why)
                return None
            cell.users += 1
            cell.asked_at, cell.rests = self._monotonic(), False
            self._state.open.move_to_end(entry.code)
            return cell

    def _spent(self, cell: OpenOffice) -> bool:
        waited = self._monotonic() - cell.opened_at > REFUSED_AGAIN_AFTER
        return bool(cell.preparation.refused) and waited

    def _opened(self, entry: OfficeEntry) -> OpenOffice:
        try:
            cell = self._open_office(entry)
        except Exception as problem:
            why = str(problem) or type(problem).__name__
            with self._lock:
                self._state.failed[entry.code] = _Failure(entry, self._monotonic() + AGAIN_AFTER, why)
            log.error("office cannot be opened", office=entry.code, problem=why)
            raise OfficeShutError(why) from problem
        with self._lock:
            self._state.failed.pop(entry.code, None)
            before = self._state.open.pop(entry.code, None)
            if before is not None:
                self._state.leaving.append(before)
            cell.users, cell.opened_at = 1, self._monotonic()
            cell.asked_at = cell.opened_at
            self._state.open[entry.code] = cell
        self.look()
        return cell
