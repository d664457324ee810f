"""The goals as a table: what an application may need at most, and which of them a bench found missed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bench.measure import Outcome, Slot

NOISY = 0.25
"""Beyond this spread of the floor's processor time between rounds, nothing of those rounds is judged."""
Part = Literal["voice", "serve"]
Figure = Callable[[Slot], float | None]
Found = Callable[[Outcome, str, int], float | None]


@dataclass(frozen=True)
class Goal:
    """The most that a part may need; `found` works out what it did need, with so many callers.

    `callers` is with whom it is judged: one caller, as many as there were, or neither.
    """

    part: Part
    what: str
    most: float
    found: Found
    callers: Literal["one", "many"] | None = None


def to_floor(figure: Figure) -> Found:
    """The median over the rounds of an application's figure to the floor's in the same round."""

    def found(outcome: Outcome, name: str, callers: int) -> float | None:
        pairs = zip(outcome.of(name, callers), outcome.of(outcome.names[0], callers), strict=True)
        values = [
            mine / floors
            for slot, floor in pairs
            if (mine := figure(slot)) is not None and (floors := figure(floor))
        ]
        return statistics.median(values) if values else None

    return found


def slowest(outcome: Outcome, name: str, callers: int) -> float | None:
    """The slowest answer of all rounds to the median of theirs."""
    slots = outcome.of(name, callers)
    middle = statistics.median(slot.wait_ms(50) for slot in slots) if slots else 0.0
    return max(slot.wait_ms(100) for slot in slots) / middle if middle else None


def tail(outcome: Outcome, name: str, callers: int) -> float | None:
    """The time of 99 to that of 50 percent of the answers, the median over the rounds."""
    values = [slot.wait_ms(99) / slot.wait_ms(50) for slot in outcome.of(name, callers)]
    return statistics.median(values) if values else None


def memory(outcome: Outcome, name: str, _callers: int) -> float | None:
    """Memory of all processes to the floor's."""
    return _divided(outcome.memory_mb, outcome, name)


def start(outcome: Outcome, name: str, _callers: int) -> float | None:
    """Time from the command to the first answer, to the floor's."""
    return _divided(outcome.start_seconds, outcome, name)


def _divided(values: dict[str, float], outcome: Outcome, name: str) -> float | None:
    return values[name] / values[outcome.names[0]] if name in values else None


CPU = to_floor(lambda slot: slot.cpu_ms)
P50 = to_floor(lambda slot: slot.wait_ms(50))
P99 = to_floor(lambda slot: slot.wait_ms(99))
GOALS = (
    Goal("voice", "CPU", 1.3, CPU, "one"),
    Goal("voice", "CPU", 1.3, CPU, "many"),
    Goal("voice", "p50", 1.5, P50, "one"),
    Goal("voice", "p99", 2.0, P99, "one"),
    Goal("voice", "p99 : p50", 2.0, tail, "many"),
    Goal("voice", "slowest : p50", 5.0, slowest, "one"),
    Goal("voice", "slowest : p50", 2.5, slowest, "many"),
    Goal("voice", "memory", 1.4, memory),
    Goal("voice", "start", 1.5, start),
    Goal("serve", "CPU", 1.3, CPU, "many"),
    Goal("serve", "p99 : p50", 2.0, tail, "many"),
    Goal("serve", "slowest : p50", 5.0, slowest, "one"),
    Goal("serve", "slowest : p50", 2.5, slowest, "many"),
    Goal("serve", "memory", 2.5, memory),
    Goal("serve", "start", 2.0, start),
)


def lines(outcome: Outcome) -> Iterator[str]:
    """Every goal with what was found, and at the end how many are missed."""
    missed, unjudged = 0, 0
    yield ""
    yield f"goals, to the floor or within the application itself (noise beyond {NOISY:.0%} is not judged)"
    for name in outcome.names[1:]:
        for goal in (one for one in GOALS if one.part == part_of(name)):
            few, many = min(outcome.callers), max(outcome.callers)
            callers = many if goal.callers == "many" else few
            value = goal.found(outcome, name, callers)
            if value is None or (goal.callers and is_noisy(outcome, callers)):
                unjudged += 1
                verdict = "not judged"
            else:
                missed += value > goal.most
                verdict = f"{value:6.2f}  {'kept' if value <= goal.most else 'MISSED'}"
            beside = f"{callers} callers" if goal.callers else ""
            yield f"  {name:18}{goal.what:15}{beside:12}at most {goal.most:4.1f}  {verdict}"
    yield f"goals missed: {missed} (not judged: {unjudged})"


def part_of(name: str) -> Part:
    """Whether an application is the whole of `serve` or the telephone alone."""
    return "serve" if name.startswith("serve") else "voice"


def spread(outcome: Outcome, callers: int) -> float | None:
    """How far the floor's processor time for a webhook differs between rounds, as a part of the least."""
    values = [value for slot in outcome.of(outcome.names[0], callers) if (value := slot.cpu_ms) is not None]
    return (max(values) - min(values)) / min(values) if values and min(values) > 0 else None


def is_noisy(outcome: Outcome, callers: int) -> bool:
    """Whether nothing can be judged of the rounds with so many callers."""
    wide = spread(outcome, callers)
    return wide is None or wide > NOISY
