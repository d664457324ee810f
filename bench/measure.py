"""Rounds of telephone calls to several applications in turn, and what each of them used for its calls."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench import processes
from bench.caller import Load, telephone_for
from bench.contestants import Contestant, Place, Running, running

WARM_SECONDS = 0.5
Used = Callable[[], float]


@dataclass(frozen=True)
class Plan:
    """How long a bench is: callers side by side, rounds, seconds of calls a round, starts of each program."""

    callers: tuple[int, ...] = (1, 16, 64)
    rounds: int = 3
    seconds: float = 4.5
    starts: int = 3


QUICK = Plan(callers=(1, 16), rounds=3, seconds=0.6, starts=1)


@dataclass(frozen=True)
class Slot:
    """One application in one round: its calls, and what the process used for them."""

    name: str
    callers: int
    load: Load
    cpu_seconds: float | None

    @property
    def calls_a_second(self) -> float:
        """Complete calls, a second."""
        return self.load.calls / self.load.seconds

    @property
    def cpu_ms(self) -> float | None:
        """The server's processor time for one webhook, in milliseconds."""
        return None if self.cpu_seconds is None else 1000 * self.cpu_seconds / len(self.load.waits)

    @property
    def caller_cpu_ms(self) -> float:
        """The load generator's own processor time for one webhook, in milliseconds."""
        return 1000 * self.load.own_cpu / len(self.load.waits)

    def wait_ms(self, percent: int) -> float:
        """The time that so many percent of the answers needed at most, in milliseconds."""
        return 1000 * percentile(self.load.waits, percent)


@dataclass(frozen=True)
class Outcome:
    """All rounds of a bench: slots in the order they ran, memory and start-up by application."""

    names: tuple[str, ...]
    slots: tuple[Slot, ...]
    memory_mb: dict[str, float]
    start_seconds: dict[str, float]

    @property
    def callers(self) -> list[int]:
        """How many called side by side, the fewest first."""
        return sorted({slot.callers for slot in self.slots})

    def of(self, name: str, callers: int) -> list[Slot]:
        """The rounds of one application with so many callers."""
        return [slot for slot in self.slots if (slot.name, slot.callers) == (name, callers)]

    @property
    def errors(self) -> dict[str, int]:
        """What went wrong, by application and kind, with how often."""
        found: dict[str, int] = {}
        for slot in self.slots:
            for problem, times in slot.load.errors.items():
                found[f"{slot.name}: {problem}"] = found.get(f"{slot.name}: {problem}", 0) + times
        return found


def percentile(values: Iterable[float], percent: int) -> float:
    """The smallest value that at least `percent` of all values do not exceed; ValueError for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def compare(
    entries: Sequence[tuple[Contestant, Place]], plan: Plan, shared_cpu: Used | None = None
) -> Outcome:
    """Start every application, let the callers telephone to one after another, round by round.

    `shared_cpu` gives the processor seconds of a database server they share; what it uses during a slot
    is counted to the application that is being called.
    """
    for contestant, place in entries:
        contestant.prepare(place)
    starts: dict[str, list[float]] = {contestant.name: [] for contestant, _ in entries}
    for _ in range(plan.starts - 1):
        for contestant, place in entries:
            with running(contestant, place) as started:
                starts[contestant.name].append(started.start_seconds)
    with ExitStack() as stack:
        open_now = [stack.enter_context(running(*entry)) for entry in entries]
        for started in open_now:
            starts[started.contestant.name].append(started.start_seconds)
        slots = _rounds(open_now, plan, shared_cpu)
        memory = {
            each.contestant.name: processes.memory_of_all(each.process.pid)
            for each in open_now
            if processes.countable()
        }
    fastest = {name: min(seconds) for name, seconds in starts.items()}
    return Outcome(tuple(starts), tuple(slots), memory, fastest)


def _rounds(open_now: Sequence[Running], plan: Plan, shared_cpu: Used | None) -> list[Slot]:
    for each in open_now:
        telephone_for(each.script, max(plan.callers), WARM_SECONDS)
    slots = []
    for turn in range(plan.rounds):
        for callers in plan.callers:
            order = open_now if turn % 2 == 0 else open_now[::-1]
            slots += [_slot(each, callers, plan.seconds, shared_cpu) for each in order]
    return slots


def _slot(each: Running, callers: int, seconds: float, shared_cpu: Used | None) -> Slot:
    def used() -> float:
        return processes.cpu_seconds(each.process.pid) + (shared_cpu() if shared_cpu else 0.0)

    if not processes.countable():
        return Slot(each.contestant.name, callers, telephone_for(each.script, callers, seconds), None)
    before = used()
    load = telephone_for(each.script, callers, seconds)
    return Slot(each.contestant.name, callers, load, used() - before)


def median_of(slots: Iterable[Slot], figure: Callable[[Slot], float | None]) -> float | None:
    """The median of a figure over rounds; None when it could not be measured."""
    values = [value for slot in slots if (value := figure(slot)) is not None]
    return statistics.median(values) if values else None
