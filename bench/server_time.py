"""How long the server needs for pages of citizens and for figures of the index, with a million answers kept.

    python -m bench.server_time

In one process, without a network: processor time of the whole answer, database included (SQLite), the median
of rounds in turn. So other work on the machine changes little.
"""

from __future__ import annotations

import dataclasses
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import insert, select

from bench.lists import PASSWORD, form_token
from ivr.app import create_app
from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from logbook import database_address
from logbook.accounts import accounts
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import criteria, officials, rating_counts
from logbook.installation import Installation
from logbook.ratings import index, spans, tokens
from logbook.settings.loading import load_settings

NOW = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
ANSWERS, DAYS = 1_000_000, 3 * 365
ROUNDS = 15
CHANNELS = ("qr", "paper", "phone")


@dataclass(frozen=True)
class TimeGoal:
    """The most milliseconds something may need; None is printed only."""

    what: str
    most: float | None
    work: Callable[[Office], Callable[[], object]]


@dataclass(frozen=True)
class Office:
    """One office with its answers, a citizen's browser, a chairman's browser and a code of the desk."""

    installation: Installation
    citizen: FlaskClient
    chairman: FlaskClient
    code: str

    def asks(self, browser: FlaskClient, path: str) -> Callable[[], object]:
        """Ask for a page; SystemExit when it is none."""

        def ask() -> object:
            answer = browser.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status}")
            return answer.data

        return ask

    def month(self) -> object:
        """Figures of one month."""
        with self.installation.database.reading() as conn:
            span = spans.month_of(NOW.date())
            return index.figures(conn, self.installation.settings, span)


GOALS = (
    TimeGoal("public front page", 10, lambda office: office.asks(office.citizen, "/")),
    TimeGoal("public results", 10, lambda office: office.asks(office.citizen, "/ket-qua")),
    TimeGoal("public answers", 10, lambda office: office.asks(office.citizen, "/tra-loi")),
    TimeGoal("rating form", 20, lambda office: office.asks(office.citizen, f"/r/{office.code}")),
    TimeGoal("month figures", 20, lambda office: office.month),
    TimeGoal("index page", None, lambda office: office.asks(office.chairman, "/console/index")),
)


def fill(database: Database, answers: int) -> None:
    """Keep counts of so many answers of three years, of everybody and of each official."""
    chance = random.Random(7)
    with database.writing() as conn:
        asked: dict[int, list[int]] = {}
        for row in conn.execute(select(criteria.c.set_id, criteria.c.id)):
            asked.setdefault(row.set_id, []).append(row.id)
        people = [0, *conn.execute(select(officials.c.id).limit(10)).scalars()]
        cells = [
            {"official_id": whom, "day": day, "set_id": set_id, "channel": channel}
            for day in _days()
            for (set_id, _), channel in zip(sorted(asked.items()), CHANNELS, strict=False)
            for whom in (people if channel == "qr" else people[:1])
        ]
        each = answers / sum(len(asked[cell["set_id"]]) for cell in cells if not cell["official_id"])
        for cell in cells:
            many = max(1, round(each / (1 if not cell["official_id"] else len(people))))
            rows = [{**cell, "criterion_id": 0, "value": 0, "many": many}]
            for criterion in asked[cell["set_id"]]:
                shares = sorted(chance.randrange(many + 1) for _ in range(4))
                marks = [b - a for a, b in zip([0, *shares], [*shares, many], strict=True)]
                rows += [
                    {**cell, "criterion_id": criterion, "value": value, "many": count}
                    for value, count in enumerate(marks, 1)
                    if count
                ]
            conn.execute(insert(rating_counts), rows)


def _days() -> Iterator[date]:
    return (NOW.date() - timedelta(days=back) for back in range(DAYS))


@contextmanager
def opened(folder: Path, answers: int = ANSWERS) -> Iterator[Office]:
    """An office on a fresh SQLite file with so many answers."""
    settings = dataclasses.replace(
        load_settings({}), data_folder=folder, database_url=database_address.of_file(folder / "time.db")
    )
    database, clock = Database(settings.database_url), Clock(NOW)
    hotline = open_hotline(settings, clock, database)
    prepare(hotline)
    fill(database, answers)
    with database.writing() as conn:
        code = tokens.make(conn, 1, "bench", NOW)[0]
        accounts.add(
            conn,
            login="chair",
            name="Chair",
            role="chairman",
            password=PASSWORD,
            now=NOW,
            must_change_password=False,
        )
    app = create_app(hotline)
    citizen, chairman = app.test_client(use_cookies=False), app.test_client()
    token = form_token(chairman.get("/console/sign-in").text)
    chairman.post("/console/sign-in", data={"login": "chair", "password": PASSWORD, "form_token": token})
    yield Office(hotline, citizen, chairman, code)
    database.close()


def measure(office: Office, rounds: int = ROUNDS) -> dict[str, float]:
    """Milliseconds of everything, medians of rounds in turn."""
    work = {goal.what: goal.work(office) for goal in GOALS}
    for one in work.values():
        one()
    spent: dict[str, list[float]] = {what: [] for what in work}
    for _ in range(rounds):
        for what, one in work.items():
            begun = time.thread_time()
            one()
            spent[what].append((time.thread_time() - begun) * 1000)
    return {what: statistics.median(times) for what, times in spent.items()}


def lines(found: dict[str, float]) -> Iterator[str]:
    """What it took, and which goals are kept."""
    yield ""
    yield f"ms of processor time at the server, {ANSWERS:,} answers kept, medians of {ROUNDS} rounds"
    missed = 0
    for goal in GOALS:
        value = found[goal.what]
        if goal.most is None:
            yield f"  {goal.what:22}{'':14}{value:8.2f}"
            continue
        missed += value > goal.most
        verdict = "kept" if value <= goal.most else "MISSED"
        yield f"  {goal.what:22}at most {goal.most:4.0f}  {value:8.2f}  {verdict}"
    yield f"goals missed at the server: {missed}"


def main() -> int:
    """Print the table; 1 when a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder, opened(Path(folder)) as office:
        found = measure(office)
    for line in lines(found):
        print(line)
    return int(any(goal.most is not None and found[goal.what] > goal.most for goal in GOALS))


if __name__ == "__main__":
    sys.exit(main())
