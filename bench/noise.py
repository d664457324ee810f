"""What the callers of other offices notice while one office works hard: `python -m bench.noise [OFFICES]`.

`serve` carries an installation of OFFICES offices (65) with books of 10,000 tickets. Somebody calls the
others one after the other, without a pause: a stretch while nothing happens, a stretch while one office draws
its report, exports, imports or restores, and a quiet one again. Times beside the work are divided by those of
the quiet stretches before and after it.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench import lists
from bench.measure import percentile
from bench.offices import process
from bench.one_of_many import call, host_of, until_first_answer
from ivr.commands.offices.moving import pause
from logbook.database.engine import Database
from logbook.database_address import of_file
from tests.frozen import HOUSE
from tests.logbook.dossiers.files import as_csv, row
from tests.logbook.offices.made import make_installation
from tests.suite.ports import free_port

TICKETS, DOSSIERS = 10_000, 100_000
ROUNDS, STRETCH = 3, 15.0
SETTLED_AFTER = 90.0
"""Seconds in which the scheduler makes the first copies of all books."""
LETS_GO = 120.0
"""Seconds in which the processes have let go of a paused office's book."""
SERVE = (sys.executable, "-m", "ivr", "serve")
MOST, UNEVEN = 1.2, 1.25
"""The most the slowest hundredth may need beside the work, and how far quiet stretches may lie apart."""
PERIODS = itertools.cycle(f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13))
Act = Callable[[], None]


@dataclass(frozen=True)
class Noisy:
    """The office that works hard, and the files it works with."""

    folder: Path
    code: str
    port: int
    dossiers: Path
    browser: requests.Session

    def report(self) -> None:
        """Draw a month's report for the body above, as document and as workbook."""
        files = [str(self.dossiers.with_name(f"report.{kind}")) for kind in ("docx", "xlsx")]
        self._command("report", next(PERIODS), "--superior", "--make", "--docx", files[0], "--xlsx", files[1])

    def export(self) -> None:
        """Order every ticket as a workbook, by the page."""
        form = {"form_token": self._token("/console/tickets?which=all"), "query": "which=all"}
        self._post("/console/tickets/export", form | {"format": "xlsx"})

    def read(self) -> None:
        """Import the dossiers of years."""
        self._command("import", "dossiers", str(self.dossiers))

    def restore(self) -> None:
        """Close, bring a copy of the book back, open again."""
        office = self.folder / "offices" / self.code
        copy = sorted((office / "var" / "backups").glob("*.db"))[0]
        words = ("restore", str(copy), "--yes", "--even-broken")  # tickets of the bench have no history
        pause(office, paused=True)
        try:
            by = time.perf_counter() + LETS_GO
            while (tried := self._tried(*words)).returncode:
                if time.perf_counter() > by:
                    raise RuntimeError(tried.stdout + tried.stderr)
                time.sleep(0.5)
        finally:
            pause(office, paused=False)

    def sign_in(self) -> None:
        """Sign in as the account of the bench's books."""
        form = {"login": "bench", "password": lists.PASSWORD, "form_token": self._token("/console/sign-in")}
        self._post("/console/sign-in", form)

    def _command(self, *words: str) -> None:
        tried = self._tried(*words)
        if tried.returncode:
            raise RuntimeError(tried.stdout + tried.stderr)

    def _tried(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ivr", "--installation", str(self.folder), "--office", self.code]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = kept | {"PYTHONPATH": str(HOUSE), "TONGDAI_MODE": "demo"}
        return subprocess.run(
            [*command, *words], env=environment, cwd=HOUSE, capture_output=True, text=True, check=False
        )

    def _asked(self, method: str, path: str, form: dict[str, str] | None = None) -> requests.Response:
        headers = {"Host": host_of(self.code, self.port)}
        address = f"http://127.0.0.1:{self.port}{path}"
        answer = self.browser.request(
            method, address, data=form, headers=headers, timeout=300, allow_redirects=False
        )
        answer.raise_for_status()
        return answer

    def _post(self, path: str, form: dict[str, str]) -> None:
        self._asked("POST", path, form)

    def _token(self, path: str) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self._asked("GET", path).text)
        if found is None:
            raise RuntimeError(f"no form at {path}")
        return found[1]


@contextmanager
def _again_and_again(act: Act) -> Iterator[list[float]]:
    """Do it until the block ends; how long each took, in seconds. What goes wrong ends the measurement."""
    over, took, wrong = threading.Event(), [], []

    def go_on() -> None:
        while not over.is_set():
            begun = time.perf_counter()
            try:
                act()
            except (RuntimeError, OSError) as trouble:
                wrong.append(trouble)
                return
            took.append(time.perf_counter() - begun)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()
    if wrong:
        raise wrong[0]


def _stretch(port: int, codes: Sequence[str], offset: int) -> list[float]:
    waits: list[float] = []
    by = time.perf_counter() + STRETCH
    for number in itertools.count(offset):
        if time.perf_counter() > by:
            break
        waits += call(port, codes[number % len(codes)])
    return waits


def _beside(port: int, codes: Sequence[str], name: str, act: Act) -> str:
    """One line about one kind of work: percentiles beside it, to the quiet stretches around it."""
    quiet, beside, took = [_stretch(port, codes, 0)], [], []
    for number in range(1, ROUNDS + 1):
        with _again_and_again(act) as each:
            beside.append(_stretch(port, codes, number))
        took += each
        quiet.append(_stretch(port, codes, number))
    tails = [1000 * percentile(one, 99) for one in quiet]
    ratios = {
        percent: statistics.median(
            2 * percentile(one, percent) / (percentile(before, percent) + percentile(after, percent))
            for before, one, after in zip(quiet, beside, quiet[1:], strict=False)
        )
        for percent in (50, 99)
    }
    uneven = max(tails) > UNEVEN * min(tails)
    verdict = "not judged" if uneven else "kept" if ratios[99] <= MOST else "MISSED"
    loud = " ".join(f"{1000 * percentile(one, 99):.1f}" for one in beside)
    return (
        f"{name:8} p50 {ratios[50]:5.2f}  p99 {ratios[99]:5.2f} (at most {MOST})  {verdict}; "
        f"done {len(took)} times, {statistics.median(took):.1f} s each; "
        f"p99 quiet {min(tails):.1f} to {max(tails):.1f} ms, "
        f"beside {loud} ms"
    )


def main(arguments: Sequence[str]) -> int:
    """Build the installation, let it settle, measure each kind of work."""
    count = int(arguments[0]) if arguments else 65
    with tempfile.TemporaryDirectory(prefix="noise-") as place:
        folder, port = Path(place), free_port()
        codes = [f"{10000 + number}" for number in range(count)]
        book = folder / "book.db"
        with closing(Database(of_file(book))) as database:
            database.upgrade(lists.NOW)
            lists.fill(database, TICKETS)
        made = make_installation(folder / "province", codes, book=book, address=f"http://127.0.0.1:{port}")
        rows = folder / "dossiers.csv"
        cells = [row(f"H32.18-261102-{number:06}") for number in range(DOSSIERS)]
        rows.write_bytes(as_csv(cells, personal=False))
        browser = requests.Session()
        browser.trust_env = False
        noisy = Noisy(made, codes[0], port, rows, browser)
        others = codes[1:]
        with process(SERVE, made, port):
            for code in others:
                until_first_answer(port, code)
            time.sleep(SETTLED_AFTER)
            noisy.sign_in()
            acts = {
                "report": noisy.report,
                "export": noisy.export,
                "import": noisy.read,
                "restore": noisy.restore,
            }
            for name, act in acts.items():
                print(_beside(port, others, name, act), flush=True)
        shutil.rmtree(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
