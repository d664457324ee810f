"""One caller while somebody exports a large database again and again, beside the same caller alone."""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench import lists
from bench.caller import Load, telephone_for
from bench.contestants import at_free_port, running, the_whole_office, wait_for_pages
from bench.measure import percentile
from logbook import database_address
from logbook.database.engine import Database

TICKETS = 30_000
MOST = {50: 1.2, 99: 2.0}
"""The most that so many percent of the answers may need beside an export, of the time alone (goal 13)."""
SETTLED_AFTER = 5.0
SIGN_IN = "/console/sign-in"


@dataclass(frozen=True)
class Beside:
    """Answer times alone and beside exports, round by round, and how many exports were finished."""

    alone: tuple[Load, ...]
    beside: tuple[Load, ...]
    exports: int

    def ratio(self, percent: int) -> float:
        """How much longer so many percent of the answers needed beside exports, the median of the rounds."""
        pairs = zip(self.beside, self.alone, strict=True)
        return statistics.median(
            percentile(beside.waits, percent) / percentile(alone.waits, percent) for beside, alone in pairs
        )


def measure(folder: Path, rounds: int, seconds: float, tickets: int = TICKETS) -> Beside:
    """Run `serve` on a database of so many tickets, by thousands, and telephone alone and beside exports."""
    file = folder / "heavy.db"
    place = at_free_port(folder, database_address.of_file(file))
    office = the_whole_office()
    office.prepare(place)
    with closing(Database(place.database_url)) as database:
        lists.fill(database, tickets)
    alone, beside, exports = [], [], 0
    with running(office, place) as started, requests.Session() as browser:
        wait_for_pages(place.public_url, (SIGN_IN,))
        _sign_in(browser, place.public_url)
        time.sleep(SETTLED_AFTER)  # the first copy of the database and the sample accounts are made
        for _ in range(rounds):
            alone.append(telephone_for(started.script, 1, seconds))
            with _exporting(browser, place.public_url) as finished:
                beside.append(telephone_for(started.script, 1, seconds))
            exports += finished()
    return Beside(tuple(alone), tuple(beside), exports)


def lines(found: Beside) -> Iterator[str]:
    """What it took, and whether the goals are kept."""
    yield ""
    yield f"one caller at serve beside {found.exports} exports of a large book, to the same caller alone"
    for percent, most in MOST.items():
        ratio = found.ratio(percent)
        verdict = "kept" if ratio <= most else "MISSED"
        yield f"  serve             p{percent:<26}at most {most:4.1f}  {ratio:6.2f}  {verdict}"
    errors = sum((load.errors for load in (*found.alone, *found.beside)), Counter[str]())
    yield from (f"error, {times} times: {problem}" for problem, times in sorted(errors.items()))
    missed = sum(found.ratio(percent) > most for percent, most in MOST.items())
    yield f"goals missed beside exports: {missed}; errors: {errors.total()}"


@contextmanager
def _exporting(browser: requests.Session, url: str) -> Iterator[Callable[[], int]]:
    """Somebody who orders the same file as soon as the last one has come; how many came, once over."""
    token = _token(browser, f"{url}/console/tickets?which=all")
    over, came = threading.Event(), []

    def order() -> None:
        while not over.is_set():
            form = {"form_token": token, "query": "which=all", "format": "xlsx"}
            answer = browser.post(f"{url}/console/tickets/export", data=form, timeout=120)
            answer.raise_for_status()
            came.append(len(answer.content))

    thread = threading.Thread(target=order)
    thread.start()
    try:
        yield lambda: len(came)
    finally:
        over.set()
        thread.join()


def _sign_in(browser: requests.Session, url: str) -> None:
    browser.trust_env = False
    form = {
        "login": "bench",
        "password": lists.PASSWORD,
        "form_token": _token(browser, f"{url}{SIGN_IN}"),
    }
    browser.post(f"{url}{SIGN_IN}", data=form, timeout=60).raise_for_status()


def _token(browser: requests.Session, address: str) -> str:
    page = browser.get(address, timeout=60)
    page.raise_for_status()
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    if found is None:
        raise RuntimeError(f"no form at {address}")
    return found[1]
