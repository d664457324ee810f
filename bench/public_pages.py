"""One caller while citizens read the public pages 200 times a second, beside the same caller alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.caller import Load, telephone_for
from bench.contestants import REPOSITORY, at_free_port, running, the_whole_office, wait_for_pages
from bench.measure import percentile
from bench.readers import A_SECOND, PATHS
from logbook import database_address

MOST_P99 = 2.0
"""The most that 99 percent of the webhooks' answers may need beside the readers, of the time alone."""
LEAST_SHARE = 0.9
"""A round in which fewer of the wanted requests were answered proves nothing."""
SETTLED_AFTER = 5.0


@dataclass(frozen=True)
class BesideReaders:
    """Answer times alone and beside readers, round by round; `answered` of `wanted` requests."""

    alone: tuple[Load, ...]
    beside: tuple[Load, ...]
    answered: int
    wanted: int

    @property
    def ratio(self) -> float:
        """How much longer 99 percent of the answers needed beside readers, the median of the rounds."""
        pairs = zip(self.beside, self.alone, strict=True)
        return statistics.median(
            percentile(beside.waits, 99) / percentile(alone.waits, 99) for beside, alone in pairs
        )


def measure(folder: Path, rounds: int, seconds: float) -> BesideReaders:
    """Run `serve` on an empty database, and telephone alone and beside readers."""
    place = at_free_port(folder, database_address.of_file(folder / "public.db"))
    office = the_whole_office()
    office.prepare(place)
    alone, beside, answered, wanted = [], [], 0, 0
    with running(office, place) as started:
        time.sleep(SETTLED_AFTER)
        wait_for_pages(place.public_url, PATHS)
        for _ in range(rounds):
            alone.append(telephone_for(started.script, 1, seconds))
            with _reading(place.public_url) as finished:
                begun = time.monotonic()
                beside.append(telephone_for(started.script, 1, seconds))
                wanted += int((time.monotonic() - begun) * A_SECOND)
            answered += finished()
    return BesideReaders(tuple(alone), tuple(beside), answered, wanted)


def lines(found: BesideReaders) -> Iterator[str]:
    """What it took, and whether the goal is kept."""
    yield ""
    yield f"one caller at serve beside {found.answered} of {found.wanted} requests for public pages, to alone"
    few = found.answered < LEAST_SHARE * found.wanted
    verdict = "not judged" if few else "kept" if found.ratio <= MOST_P99 else "MISSED"
    yield f"  serve             p99{'':<25}at most {MOST_P99:4.1f}  {found.ratio:6.2f}  {verdict}"
    errors = sum((load.errors for load in (*found.alone, *found.beside)), Counter[str]())
    yield from (f"error, {times} times: {problem}" for problem, times in sorted(errors.items()))


@contextmanager
def _reading(url: str) -> Iterator[Callable[[], int]]:
    """Readers who together ask `A_SECOND` times a second; how many were answered, once over."""
    command = [sys.executable, "-m", "bench.readers", url]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as readers:
        assert readers.stdout is not None
        readers.stdout.readline()
        said: list[str] = []
        try:
            yield lambda: int(said[0])
        finally:
            said.append(readers.communicate()[0])
