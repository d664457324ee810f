"""Works for all offices of an installation in one process, working or standing by for each of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

from logbook.clock import Clock
from logbook.offices.register import OfficeEntry, OfficeRegister
from logbook.process import memory, time_limit
from scheduler.offices.office import SchedulerOffice
from scheduler.offices.wheel import Wheel

LOOK_EVERY = 1.0
MOST_ABANDONED = 64
"""Acts and jobs left behind at a time over all offices; with more of them a new process begins with none."""
LAST_STEPS_SECONDS = 60.0
GIVE_BACK_EVERY = 30.0
"""Between two looks for memory of books that were closed."""
AGAIN_SECONDS = 30.0
"""Until an office that did not get on is opened anew."""
STAGGER = 0.01
MOST_AWAKE = 16
"""Books that keep files and pages in memory while nothing of theirs runs; to open one takes milliseconds."""
log = structlog.get_logger("scheduler")


class OfficesStuckError(Exception):
    """Too much hangs in this process: it must end at once, so that another one can work (S4)."""


class SchedulerOfOffices:
    """Turns the wheel and keeps its offices those of the register."""

    def __init__(
        self, register: OfficeRegister, environ: Mapping[str, str], owner: str, clock: Clock
    ) -> None:
        """No office is open yet; `owner` names this process, `clock` is the machine's."""
        self._register, self._environ, self._owner, self._clock = register, environ, owner, clock
        self.wheel = Wheel(clock, most_open=min(MOST_AWAKE, register.now().shared.most_open))
        self._known: dict[str, SchedulerOffice] = {}
        self._looked = self._gave_back = float("-inf")

    def run(self, stop: threading.Event, sign: Callable[[], object] = lambda: None) -> None:
        """Work until `stop` is set; `sign` about once a second. OfficesStuckError when too much hangs."""
        while not stop.is_set():
            self.step()
            sign()
            if time_limit.abandoned() + self.wheel.left_behind() > MOST_ABANDONED:
                raise OfficesStuckError
        self.end()

    def step(self) -> None:
        """Look at the register when it is time, and turn the wheel once."""
        now = self._clock.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self.look()
        if now - self._gave_back >= GIVE_BACK_EVERY:
            self._gave_back = now
            memory.give_back()
        self.wheel.turn(0.5)

    def look(self) -> None:
        """Take up offices that came, let go of those that went, paused, or do not get on."""
        entries = {one.code: one for one in self._register.now() if not one.paused}
        for code, office in list(self._known.items()):
            if entries.get(code) != office.entry:
                self._let_go(office)
            elif why := office.stuck():
                log.error("office stuck, opened anew", office=code, stuck=why)
                self._let_go(office)
                self._take_up(office.entry, AGAIN_SECONDS)
        for index, entry in enumerate(one for one in entries.values() if one.code not in self._known):
            self._take_up(entry, index * STAGGER)

    def end(self) -> None:
        """Let every running step end, and give every lease back; OfficesStuckError when a step does not."""
        for office in self._known.values():
            office.retire()
        ended = self.wheel.end(LAST_STEPS_SECONDS)
        for office in self._known.values():
            office.close()
        log.info("scheduler ended", offices=len(self._known), every_step=ended)
        if not ended:
            raise OfficesStuckError

    def _take_up(self, entry: OfficeEntry, after: float) -> None:
        office = SchedulerOffice(entry, self._environ, self._owner)
        self._known[entry.code] = office
        self.wheel.put(office, after)

    def _let_go(self, office: SchedulerOffice) -> None:
        self.wheel.drop(office.code)
        del self._known[office.code]
        office.retire()
        threading.Thread(target=office.close, name="let go", daemon=True).start()
