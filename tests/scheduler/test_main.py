"""`python -m scheduler`: waits for its tables, works as one of two, ends cleanly on a signal."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from logbook.clock import Clock
from logbook.database import leases
from logbook.database.engine import Database
from logbook.settings.loading import load_settings
from scheduler import __main__ as program
from scheduler.jobs import Work
from tests import frozen
from tests.suite.waiting import PATIENCE


def environment(tmp_path: Path, database: Database) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGDAI_")}
    return kept | {
        **frozen.OFFICE,
        "TONGDAI_DATA": str(tmp_path / "data"),
        "TONGDAI_DATABASE_URL": database.url.render_as_string(hide_password=False),
    }


@contextlib.contextmanager
def scheduler(tmp_path: Path, database: Database, *command: str):  # type: ignore[no-untyped-def]
    with subprocess.Popen(
        [sys.executable, *(command or ("-m", "scheduler"))],
        env=environment(tmp_path, database),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]", event: str) -> dict[str, object]:
    """Reads on until the scheduler says `event`; every line must be one JSON object (T-18)."""
    assert process.stderr is not None
    for line in process.stderr:
        seen: dict[str, object] = json.loads(line)
        if seen["event"] == event:
            return seen
    pytest.fail(f"the scheduler ended without saying {event!r}")


@pytest.mark.row("F-20")
@pytest.mark.row("F-21")
@pytest.mark.proof
def test_a_scheduler_waits_for_its_tables_works_and_gives_the_lease_back(
    empty_database: Database, tmp_path: Path, now: datetime
) -> None:
    with scheduler(tmp_path, empty_database) as first:
        said(first, "waiting for the database and its tables")
        empty_database.upgrade(now)
        said(first, "lease held")
        with scheduler(tmp_path, empty_database) as second:
            said(second, "standby")
            said(second, "scheduler ticks")
            second.send_signal(signal.SIGTERM)
            assert second.wait(PATIENCE) == 0
        said(first, "scheduler ticks")
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE) == 0
    with empty_database.reading() as conn:
        holder = leases.holder(conn, "scheduler")
    assert holder is not None
    assert holder[1].timestamp() <= time.time()


def test_told_to_stop_it_begins_nothing_more_and_does_not_finish_all_that_is_due(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stop, enough = threading.Event(), threading.Event(), time.monotonic() + PATIENCE

    def send(have_lease: Callable[[], bool]) -> None:
        while have_lease() and time.monotonic() < enough:
            begun.set()
            time.sleep(0.02)

    monkeypatch.setattr(program, "jobs_of_office", lambda *_: (Work("deliveries", 2.0, send),))
    running = threading.Thread(target=program.run, args=(load_settings(), database, Clock(), stop))
    running.start()
    assert begun.wait(PATIENCE)
    stop.set()
    running.join(2 * PATIENCE)
    assert time.monotonic() < enough
    with database.reading() as conn:
        holder = leases.holder(conn, "scheduler")
    assert holder is not None
    assert holder[1] <= Clock().now()


FAILS_WITH_A_NUMBER = """
import sys
from scheduler import __main__ as program
from scheduler.jobs import Work

def look(_held):
    raise ValueError("no answer from +84912" + "345678")

program.jobs_of_office = lambda *_: (Work("deliveries", 2.0, look),)
sys.exit(program.main())
"""


@pytest.mark.row("S14")
def test_a_number_in_the_logs_of_the_scheduler_is_masked_too(database: Database, tmp_path: Path) -> None:
    with scheduler(tmp_path, database, "-c", FAILS_WITH_A_NUMBER) as process:
        failed = said(process, "tick failed, next tick tries again")
    assert "912345" not in json.dumps(failed)
    assert "no answer from +8491••••••" in str(failed["exception"])
