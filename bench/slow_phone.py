"""How soon the rating form can be read on a slow phone: Chromium with a slow processor and a slow network.

python -m bench.slow_phone
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.contestants import at_free_port, running, the_whole_office
from logbook import database_address
from logbook.clock import parse_moment
from logbook.database.engine import Database
from logbook.ratings import tokens

SLOWER, ROUNDS = 6, 5
"""How many times slower the phone's processor is than this machine's, and how often it opens the form."""
LATENCY_MS, BYTES_A_SECOND = 150, 1_600_000 // 8
"""What developers' tools call slow 4G."""
MOST_MS = 1000
SETTLED_AFTER = 8.0
_ENTRY = "performance.getEntriesByName('first-contentful-paint')[0]"


def measure(folder: Path) -> list[float]:
    """Milliseconds from asking for the form until it is painted, once a round, with nothing kept."""
    from playwright.sync_api import sync_playwright

    place = at_free_port(folder, database_address.of_file(folder / "slow.db"))
    office = the_whole_office()
    office.prepare(place)
    with closing(Database(place.database_url)) as database, database.writing() as conn:
        code = tokens.make(conn, 1, "bench", parse_moment("2026-11-25T09:00"))[0]
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with running(office, place), sync_playwright() as playwright:
        time.sleep(SETTLED_AFTER)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        painted = []
        for _ in range(ROUNDS):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            conditions = {"offline": False, "latency": LATENCY_MS}
            rates = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
            session.send("Network.emulateNetworkConditions", {**conditions, **rates})
            answer = page.goto(f"{place.public_url}/r/{code}", timeout=60_000)
            if answer is None or answer.status != 200:
                raise RuntimeError("the form does not answer")
            page.wait_for_function(f"({_ENTRY}) !== undefined")
            painted.append(float(page.evaluate(f"{_ENTRY}.startTime")))
            context.close()
        browser.close()
    return painted


def lines(painted: list[float]) -> Iterator[str]:
    """What it took, and whether the goal is kept."""
    middle = statistics.median(painted)
    verdict = "kept" if middle <= MOST_MS else "MISSED"
    each = ", ".join(f"{one:.0f}" for one in painted)
    yield f"rating form on a phone {SLOWER} times slower, {LATENCY_MS} ms away, {BYTES_A_SECOND:,} bytes/s"
    yield f"  first painted after at most {MOST_MS} ms  {middle:8.0f}  {verdict}   ({each})"


def main() -> int:
    """Print it; 1 when the goal is missed."""
    with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder:
        painted = measure(Path(folder))
    for line in lines(painted):
        print(line)
    return int(statistics.median(painted) > MOST_MS)


if __name__ == "__main__":
    sys.exit(main())
