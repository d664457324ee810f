"""What a bench found as text: a line an application, ratios to the floor, and which goals they keep."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

from bench.measure import Outcome, Slot, median_of

NOISY = 0.25
"""Beyond this spread of the floor's processor time between rounds, no ratio is judged."""
GOALS = {"CPU": 1.3, "RSS": 1.3, "start": 2.0}
"""The most that ours may need, as a multiple of the floor's (performance.md, goals 1, 17 and 19)."""
COLUMNS: tuple[tuple[str, Callable[[Slot], float | None], str], ...] = (
    ("calls/s", lambda slot: slot.calls_a_second, "{:9.1f}"),
    ("webhook/s", lambda slot: len(slot.load.waits) / slot.load.seconds, "{:9.0f}"),
    ("p50 ms", lambda slot: slot.wait_ms(50), "{:8.2f}"),
    ("p95 ms", lambda slot: slot.wait_ms(95), "{:8.2f}"),
    ("p99 ms", lambda slot: slot.wait_ms(99), "{:8.2f}"),
    ("CPU ms", lambda slot: slot.cpu_ms, "{:8.3f}"),
    ("caller CPU", lambda slot: slot.caller_cpu_ms, "{:10.3f}"),
)


def lines(outcome: Outcome) -> Iterator[str]:
    """The whole report; the first application is the floor that the others are divided by."""
    floor, *others = outcome.names
    for callers in sorted({slot.callers for slot in outcome.slots}):
        yield from _table(outcome, callers)
        for name in others:
            yield f"  {name} : {floor}   {_ratios(outcome, name, callers)}"
        yield f"  {_judged(outcome, others, callers)}"
    yield ""
    yield from _once(outcome)
    yield from (f"error, {times} times: {problem}" for problem, times in sorted(outcome.errors.items()))
    yield f"errors: {sum(outcome.errors.values())}"


def spread(outcome: Outcome, callers: int) -> float | None:
    """How far the floor's processor time for a webhook differs between rounds, as a part of the least."""
    values = [value for slot in outcome.of(outcome.names[0], callers) if (value := slot.cpu_ms) is not None]
    return (max(values) - min(values)) / min(values) if values and min(values) > 0 else None


def cpu_ratio(outcome: Outcome, name: str, callers: int) -> float | None:
    """The median over the rounds of an application's processor time to the floor's in the same round."""
    return _ratio(outcome, name, callers, lambda slot: slot.cpu_ms)


def _table(outcome: Outcome, callers: int) -> Iterator[str]:
    widths = [len(shape.format(0.0)) for _, _, shape in COLUMNS]
    titles = " ".join(f"{title:>{width}}" for (title, _, _), width in zip(COLUMNS, widths, strict=True))
    yield ""
    yield f"{callers} callers, median of {len(outcome.of(outcome.names[0], callers))} rounds"
    yield f"  {'':18}{titles}"
    for name in outcome.names:
        values = [median_of(outcome.of(name, callers), figure) for _, figure, _ in COLUMNS]
        cells = [
            f"{'-':>{width}}" if value is None else shape.format(value)
            for value, (_, _, shape), width in zip(values, COLUMNS, widths, strict=True)
        ]
        yield f"  {name:18}{' '.join(cells)}"


def _ratios(outcome: Outcome, name: str, callers: int) -> str:
    parts = []
    for title, figure, _ in COLUMNS:
        value = _ratio(outcome, name, callers, figure)
        if value is not None and title not in ("webhook/s", "caller CPU"):
            parts.append(f"{title.removesuffix(' ms')} {value:.2f}")
    return "  ".join(parts)


def _ratio(outcome: Outcome, name: str, callers: int, figure: Callable[[Slot], float | None]) -> float | None:
    pairs = zip(outcome.of(name, callers), outcome.of(outcome.names[0], callers), strict=True)
    values = [
        mine / floors
        for slot, floor in pairs
        if (mine := figure(slot)) is not None and (floors := figure(floor))
    ]
    return statistics.median(values) if values else None


def _judged(outcome: Outcome, others: list[str], callers: int) -> str:
    wide = spread(outcome, callers)
    if wide is None:
        return "processor time cannot be read on this system, not judged"
    if wide > NOISY:
        return f"noisy, not judged: the floor's CPU differs by {wide:.0%} between rounds"
    verdicts = [_verdict(name, "CPU", cpu_ratio(outcome, name, callers)) for name in others]
    return f"the floor's CPU differs by {wide:.0%} between rounds; {'; '.join(verdicts)}"


def _once(outcome: Outcome) -> Iterator[str]:
    for title, unit, values in (
        ("RSS", "MB", outcome.memory_mb),
        ("start", "s", outcome.start_seconds),
    ):
        if not values:
            yield f"{title}: cannot be read on this system"
            continue
        floor, *others = outcome.names
        shown = ", ".join(f"{name} {value:.2f} {unit}" for name, value in values.items())
        verdicts = [_verdict(name, title, values[name] / values[floor]) for name in others]
        yield f"{title}: {shown}; {'; '.join(verdicts)}"


def _verdict(name: str, title: str, ratio: float | None) -> str:
    if ratio is None:
        return f"{name}: not measured"
    kept = "kept" if ratio <= GOALS[title] else "missed"
    return f"{name} {title} {ratio:.2f} times the floor's, goal {GOALS[title]:.1f} {kept}"
