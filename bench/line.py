"""The office's own line, measured with real calls: SIP and sound over loopback, the real Asterisk."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.exchange.equipment import ExchangeOffice
from tests.exchange.softphone import Call

GOALS = {"answer": (15, 60), "first sound": (25, 60), "key to prompt": (20, 60)}
"""Median and 99th of a hundred, in milliseconds, on two quiet cores."""


@dataclass
class LineTimes:
    """Milliseconds: until a call was answered, until something was heard, from a key to the next prompt."""

    taken: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in GOALS})
    failed: int = 0
    rated: int = 0
    calls: int = 0


@contextmanager
def opened(folder: Path) -> Iterator[ExchangeOffice]:
    """An office whose line is ready for calls."""
    office = ExchangeOffice(folder)
    try:
        office.start()
        office.wait_for_line()
        yield office
    finally:
        office.close()


def measure(office: ExchangeOffice, count: int = 30, together: int = 60) -> LineTimes:
    """Make `count` calls one after the other, then `together` at twenty a second, each with two keys."""
    times = LineTimes()
    one_call(office, LineTimes(), 0)  # every sentence is made audible once
    for number in range(count):
        one_call(office, times, number)
    crowd = LineTimes()
    threads = []
    for number in range(together):
        thread = threading.Thread(target=one_call, args=(office, crowd, number))
        thread.start()
        threads.append(thread)
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    times.failed, times.calls = times.failed + crowd.failed, count + together
    return times


def one_call(office: ExchangeOffice, times: LineTimes, number: int) -> None:
    """Call, hear the greeting, press 4 and 5, hang up."""
    begun = time.monotonic()
    call = office.carrier.call(office.sip_port, caller=f"0913{number:06d}")
    if not call.answered.wait(10) or not call.answered_at:
        times.failed += 1
        return
    times.taken["answer"].append(1000 * (call.answered_at - begun))
    if not call.wait_heard(1, 5):
        times.failed += 1
        return
    times.taken["first sound"].append(1000 * (time.monotonic() - call.answered_at))
    for key in "45":
        waited = _until_next(call, key)
        if waited is None:
            times.failed += 1
            break
        times.taken["key to prompt"].append(waited)
    call.hang_up()


def _until_next(call: Call, key: str) -> float | None:
    """Press a key in silence, and wait for the first sound after it; in milliseconds."""
    if not call.wait_quiet(0.3):
        return None
    before = call.loud
    call.press(key, pause=0)
    begun = time.monotonic()
    while call.loud == before and time.monotonic() - begun < 5:
        time.sleep(0.001)
    return None if call.loud == before else 1000 * (time.monotonic() - begun)


def lines(times: LineTimes) -> list[str]:
    """What was found, beside what it may be."""
    text = [f"own line: {times.calls} calls over Asterisk, {times.failed} failed"]
    for name, (middle, most) in GOALS.items():
        values: Sequence[float] = sorted(times.taken[name])
        if not values:
            text.append(f"  {name}: not measured")
            continue
        highest = values[min(len(values) - 1, len(values) * 99 // 100)]
        text.append(
            f"  {name}: median {statistics.median(values):.0f} ms (goal {middle}),"
            f" 99th {highest:.0f} ms (goal {most}), n={len(values)}"
        )
    return text
