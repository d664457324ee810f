"""The line is restarted in good order while callers speak: nothing is lost, nothing is doubled."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from tests.journeys.faults.test_kill import CALLERS, HOTLINE, Citizen, House, Ledger, house_of, storm, verdict
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof

RESTARTS = 5


@pytest.mark.row("F-03")
@pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGTERM are of POSIX")
def test_restarts_during_calls_lose_nothing_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    with house_of(HOTLINE, database_url, tmp_path) as house:
        ledger = storm(house, kills=RESTARTS, calls=20, seed=4, sign=signal.SIGTERM)
        assert house.kills == RESTARTS
    found = verdict(database_url, ledger)
    assert set(found.values()) == {0}, (found, ledger.troubles)
    assert ledger.faults == [], "whoever is answered at all is answered properly"
    assert len(ledger.finished) >= 20


def workers(house: House) -> set[str]:
    """The processes that serve at this moment."""
    assert house.running is not None
    children = Path(f"/proc/{house.running.pid}/task/{house.running.pid}/children")
    return set(children.read_text().split())


@pytest.mark.row("F-03")
@pytest.mark.skipif(sys.platform != "linux", reason="old and new worker share a port, and /proc names them")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_told_to_reload_goes_on_answering_meanwhile(database_url: str, tmp_path: Path) -> None:
    ledger, ending = Ledger(), threading.Event()
    with house_of(HOTLINE, database_url, tmp_path) as house:
        before = workers(house)
        citizens = [Citizen(house, ledger, ending, 600 + number) for number in range(CALLERS)]
        for citizen in citizens:
            citizen.start()
        assert house.running is not None
        os.kill(house.running.pid, signal.SIGHUP)
        assert until(lambda: len(workers(house)) > len(before)), "no new worker came"
        assert until(lambda: before.isdisjoint(workers(house)))
        enough = len(ledger.finished) + CALLERS
        assert until(lambda: len(ledger.finished) >= enough)
        ending.set()
        for citizen in citizens:
            citizen.join(PATIENCE)
    found = verdict(database_url, ledger)
    assert set(found.values()) == {0}, (found, ledger.troubles)
    assert ledger.faults == []
    assert ledger.cut <= len(ledger.finished), "at most one request a call has to be sent again"


@pytest.mark.row("F-03")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_told_to_end_ends_by_itself_and_says_that_all_is_well(
    database_url: str, tmp_path: Path
) -> None:
    with house_of(HOTLINE, database_url, tmp_path) as house:
        house.kill(signal.SIGTERM)
        assert house.running is not None
        ended_with = house.running.returncode
        house.start()
    assert ended_with == 0
