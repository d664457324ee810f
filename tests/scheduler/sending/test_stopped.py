"""A scheduler that hangs in the middle of a write is ended by its supervisor, and writers go on."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.running.supervisor import Child, Supervisor
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import leases
from tests.one_kind import on_sqlite
from tests.scheduler.test_main import environment
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof

STOPS_IN_A_WRITE = """
import os, pathlib, signal, sys, time
from logbook.database.engine import Database
from logbook.settings.loading import load_settings
from logbook.database.tables import leases
from scheduler import __main__ as program
from scheduler.jobs import Work

database, stopped = Database(load_settings().database_url), pathlib.Path(sys.argv[1])

def look(_held):
    with database.writing() as conn:
        conn.execute(leases.update().values(owner=leases.c.owner))
        if not stopped.exists():
            stopped.touch()
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(5)  # the stop comes a moment later

program.jobs_of_office = lambda *_: (Work("deliveries", 0.2, look),)
sys.exit(program.main())
"""


@contextlib.contextmanager
def supervised(child: Child) -> Iterator[Supervisor]:
    """A supervisor with this one child, and all its signals given back."""
    names = [name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    house = Supervisor({"scheduler": child})
    house.start()
    try:
        yield house
    finally:
        for life in house._running.values():
            life.kill()
        house.end()
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def writes_again(house: Supervisor, database: Database, seconds: float) -> bool:
    """Whether somebody else can write within so many seconds while the supervisor looks."""
    impatient, by = Database(str(database.url), wait_seconds=0.1), time.monotonic() + seconds
    with contextlib.closing(impatient):
        while time.monotonic() < by:
            house.look()
            try:
                with impatient.writing() as conn:
                    conn.execute(leases.update().values(until=Clock().now()))
                return True
            except DatabaseBusyError:
                continue
    return False


@on_sqlite
@pytest.mark.row("S10")
@pytest.mark.row("F-30")
@pytest.mark.parametrize(("silence", "seconds", "goes_on"), [(2.0, PATIENCE, True), (None, 3.0, False)])
def test_a_scheduler_stopped_inside_a_write_is_ended_and_others_write_again(
    database: Database, tmp_path: Path, silence: float | None, seconds: float, goes_on: bool
) -> None:
    stopped = tmp_path / "stopped"
    kept = environment(tmp_path, database)
    child = Child((sys.executable, "-c", STOPS_IN_A_WRITE, str(stopped)), silence, kept)
    with supervised(child) as house:

        def has_stopped() -> bool:
            house.look()
            return stopped.exists()

        assert until(has_stopped)
        assert writes_again(house, database, seconds) is goes_on
