"""The line is restarted in good order while callers speak: nothing is lost, nothing is doubled."""

import signal
import sys
from pathlib import Path

import pytest

from tests.journeys.test_kill import HOTLINE, house_of, storm, verdict

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
