"""The wheel of next due moments over many offices: each gets its turn, and none keeps the others waiting.

A few jobs run at a time. One that takes longer than a slice of time goes on in its thread and no longer
counts: whoever waits for a dead provider waits alone. Of one office a few jobs run at a time, of one job one;
its lease and what notifies people wait for none of the others.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import structlog

from logbook.clock import Clock
from logbook.database.heartbeats import VITAL
from scheduler.jobs import LEASE, Job

SLOTS = 4
"""Jobs that count as running at a time; with more of them each is only slower."""
SLICE_SECONDS = 1.0
"""How long a job may run before the next one begins beside it."""
PER_OFFICE = 3
FIRST = frozenset({LEASE, *VITAL})
"""Jobs that begin although so many of their office run: one that loses its lease notifies nobody."""
MOST_THREADS = 128
QUIET_SECONDS = 10.0
"""A job that runs more often than that is passed over while nothing was written into its book, so long."""
OFTEN_ENOUGH = 5.0
"""How often such a job runs where nobody can tell whether something was written."""


class OfficeJobs(Protocol):
    """What the wheel turns: the jobs of one office, and what tells whether its book was written."""

    code: str

    def jobs(self) -> Sequence[Job]:
        """The jobs now; another list once the office is open."""

    def sign(self) -> object:
        """Equal to the one before when nothing was written meanwhile; None where nobody can tell."""

    def rest(self) -> None:
        """Nothing of the office runs: give back files and connections until the next job."""


@dataclass(slots=True, eq=False)
class _Tick:
    job: Job
    due: float
    running: bool = False
    ran_at: float = float("-inf")
    sign: object = None
    """How the book stood when it ran last."""


@dataclass(slots=True, eq=False)
class _Spoke:
    """One office on the wheel."""

    office: OfficeJobs
    jobs: Sequence[Job]
    ticks: list[_Tick]
    running: int = 0
    held: bool = False
    gone: bool = False
    place: int = -1
    """Its newest entry in the heap; older ones count no more."""

    def next_due(self) -> float:
        return min((tick.due for tick in self.ticks if self._may_begin(tick)), default=float("inf"))

    def _may_begin(self, tick: _Tick) -> bool:
        return not tick.running and (self.running < PER_OFFICE or tick.job.name in FIRST)

    def rest(self) -> None:
        """Let the office give its files back, which writes into them and is no news to any job."""
        before = self.office.sign()
        self.office.rest()
        after = self.office.sign()
        for tick in self.ticks:
            if tick.sign == before:
                tick.sign = after

    def take(self, now: float) -> _Tick | None:
        """The job that has waited longest, if one may begin; the lease and what notifies people go first."""
        sign = self.office.sign()
        due = (tick for tick in self.ticks if tick.due <= now and self._may_begin(tick))
        waiting = sorted(due, key=_by_rank)
        for tick in waiting:
            every = tick.job.every
            if every < QUIET_SECONDS and _quiet(tick, sign, now):
                tick.due = now + every
                continue
            tick.running, tick.sign, tick.ran_at = True, sign, now
            self.running += 1
            return tick
        return None


def _by_rank(tick: _Tick) -> tuple[bool, float]:
    return tick.job.name not in FIRST, tick.due


def _quiet(tick: _Tick, sign: object, now: float) -> bool:
    if sign is None:
        return now - tick.ran_at < OFTEN_ENOUGH
    return sign == tick.sign and now - tick.ran_at < QUIET_SECONDS


class Wheel:
    """Begins what is due; `turn` is called again and again by one thread."""

    def __init__(
        self,
        clock: Clock,
        *,
        slots: int = SLOTS,
        slice_seconds: float = SLICE_SECONDS,
        most_open: int = 130,
    ) -> None:
        """No office yet; `most_open` keep their connections while nothing of theirs runs."""
        self._clock, self._slots, self._slice, self._most_open = clock, slots, slice_seconds, most_open
        self._turned = threading.Condition()
        self._spokes: dict[str, _Spoke] = {}
        self._heap: list[tuple[float, int, _Spoke]] = []
        self._order = count()
        self._begun: dict[_Tick, float] = {}
        self._awake: dict[str, OfficeJobs] = {}
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="office")

    def put(self, office: OfficeJobs, after: float = 0.0) -> None:
        """Begin to turn an office, in `after` seconds; whoever had its code before is gone."""
        with self._turned:
            self._drop(office.code)
            spoke = _Spoke(office, (), [])
            self._renew(spoke, self._clock.monotonic() + after)
            self._spokes[office.code] = spoke
            self._push(spoke)

    def drop(self, code: str) -> None:
        """Begin nothing more of an office."""
        with self._turned:
            self._drop(code)

    def offices(self) -> list[OfficeJobs]:
        """Those on the wheel."""
        with self._turned:
            return [spoke.office for spoke in self._spokes.values()]

    def left_behind(self) -> int:
        """Jobs that still run of offices that are no longer on the wheel."""
        with self._turned:
            return len(self._begun) - sum(spoke.running for spoke in self._spokes.values())

    def turn(self, longest: float = 1.0) -> None:
        """Begin what is due and wait for the next moment, at most `longest` seconds."""
        with self._turned:
            now = self._clock.monotonic()
            while self._heap and self._heap[0][0] <= now and self._has_room(now):
                _, place, spoke = heapq.heappop(self._heap)
                if spoke.place == place and not spoke.gone:
                    self._begin(spoke, now)
            while len(self._awake) > self._most_open:
                code = next((one for one in self._awake if not self._is_running(one)), None)
                if code is None:
                    break
                del self._awake[code]
                self._spokes[code].rest()  # nothing of it begins while we hold the lock
            due = self._heap[0][0] - now if self._heap else longest
            self._turned.wait(max(0.005, min(longest, due if due > 0 else 0.02)))

    def end(self, seconds: float) -> bool:
        """Begin nothing more and wait for what runs; whether all of it ended in time."""
        with self._turned:
            for code in list(self._spokes):
                self._drop(code)
            ended = self._turned.wait_for(lambda: not self._begun, seconds)
        self._threads.shutdown(wait=False, cancel_futures=True)
        return ended

    def _drop(self, code: str) -> None:
        spoke = self._spokes.pop(code, None)
        self._awake.pop(code, None)
        if spoke is not None:
            spoke.gone = True

    def _has_room(self, now: float) -> bool:
        if len(self._begun) >= MOST_THREADS - 1:
            return False
        return sum(now - begun < self._slice for begun in self._begun.values()) < self._slots

    def _is_running(self, code: str) -> bool:
        return self._spokes[code].running > 0

    def _begin(self, spoke: _Spoke, now: float) -> None:
        tick = spoke.take(now)
        if tick is not None:
            self._begun[tick] = now
            self._awake.pop(spoke.office.code, None)
            self._awake[spoke.office.code] = spoke.office
            self._threads.submit(self._run, spoke, tick)
        self._push(spoke)

    def _run(self, spoke: _Spoke, tick: _Tick) -> None:
        found: object = None
        try:
            with structlog.contextvars.bound_contextvars(office=spoke.office.code):
                found = tick.job.run()
        finally:
            with self._turned:
                now = self._clock.monotonic()
                del self._begun[tick]
                spoke.running -= 1
                tick.running, tick.due = False, now + tick.job.every
                if spoke.office.jobs() is not spoke.jobs:
                    self._renew(spoke, now)
                elif tick.job.name == LEASE:
                    self._on_lease(spoke, held=found is True, now=now)
                if not spoke.gone:
                    self._push(spoke)
                last_of_all = spoke.gone and not spoke.running
                self._turned.notify_all()
            if last_of_all:  # it may have opened the book once more after that was closed
                spoke.office.rest()

    @staticmethod
    def _on_lease(spoke: _Spoke, *, held: bool, now: float) -> None:
        """Whoever takes over runs every job at once (F-20)."""
        if held and not spoke.held:
            for tick in spoke.ticks:
                tick.due = min(tick.due, now) if tick.job.name != LEASE else tick.due
                tick.sign, tick.ran_at = None, float("-inf")
        spoke.held = held

    @staticmethod
    def _renew(spoke: _Spoke, at: float) -> None:
        spoke.jobs = spoke.office.jobs()
        spoke.held = False
        spoke.ticks = [_Tick(job, at) for job in spoke.jobs]

    def _push(self, spoke: _Spoke) -> None:
        spoke.place = next(self._order)
        heapq.heappush(self._heap, (spoke.next_due(), spoke.place, spoke))
