"""What a bench found as text: a line an application, ratios to the floor, and which goals they keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench import goals
from bench.measure import Outcome, Slot, median_of

COLUMNS: tuple[tuple[str, Callable[[Slot], float | None], str], ...] = (
    ("calls/s", lambda slot: slot.calls_a_second, "{:9.1f}"),
    ("webhook/s", lambda slot: len(slot.load.waits) / slot.load.seconds, "{:9.0f}"),
    ("p50 ms", lambda slot: slot.wait_ms(50), "{:8.2f}"),
    ("p95 ms", lambda slot: slot.wait_ms(95), "{:8.2f}"),
    ("p99 ms", lambda slot: slot.wait_ms(99), "{:8.2f}"),
    ("slowest", lambda slot: slot.wait_ms(100), "{:8.2f}"),
    ("CPU ms", lambda slot: slot.cpu_ms, "{:8.3f}"),
    ("caller CPU", lambda slot: slot.caller_cpu_ms, "{:10.3f}"),
)


def lines(outcome: Outcome) -> Iterator[str]:
    """The whole report; the first application is the floor that the others are divided by."""
    floor, *others = outcome.names
    for callers in outcome.callers:
        yield from _table(outcome, callers)
        for name in others:
            yield f"  {name} : {floor}   {_ratios(outcome, name, callers)}"
        yield f"  {_noise(outcome, callers)}"
    yield ""
    yield from _once(outcome)
    yield from goals.lines(outcome)
    yield from (f"error, {times} times: {problem}" for problem, times in sorted(outcome.errors.items()))
    yield f"errors: {sum(outcome.errors.values())}"


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
        value = goals.to_floor(figure)(outcome, name, callers)
        if value is not None and title not in ("webhook/s", "caller CPU"):
            parts.append(f"{title.removesuffix(' ms')} {value:.2f}")
    return "  ".join(parts)


def _noise(outcome: Outcome, callers: int) -> str:
    wide = goals.spread(outcome, callers)
    if wide is None:
        return "processor time cannot be read on this system, not judged"
    said = f"the floor's CPU differs by {wide:.0%} between rounds"
    return f"noisy, not judged: {said}" if wide > goals.NOISY else said


def _once(outcome: Outcome) -> Iterator[str]:
    for title, unit, values in (
        ("memory of all processes", "MB", outcome.memory_mb),
        ("start", "s", outcome.start_seconds),
    ):
        shown = ", ".join(f"{name} {value:.2f} {unit}" for name, value in values.items())
        yield f"{title}: {shown or 'cannot be read on this system'}"
