"""Several telephones on one PostgreSQL: one dies under sixteen callers, and no turn is taken twice."""

import random
import sys
import threading
from pathlib import Path

import pytest

from tests.journeys.faults.several_workers import Heard, begin_calls, end_calls, workers_of
from tests.journeys.faults.test_kill import Ledger, verdict
from tests.suite.waiting import until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and kill -9 are of POSIX"),
]
WORKERS, CALLERS, KILLS, CALLS = 3, 16, 2, 48


@pytest.mark.row("F-01")
@pytest.mark.row("F-03")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_killed_under_sixteen_callers_costs_nobody_anything(
    database_url: str, tmp_path: Path
) -> None:
    """Each request, and each repetition of one, goes to another worker than the one before."""
    ledger, heard, ending, chance = Ledger(), Heard(), threading.Event(), random.Random(19)
    with workers_of(database_url, tmp_path / "line", WORKERS) as workers:
        citizens = begin_calls(workers, ledger, ending, CALLERS, heard)
        for _ in range(KILLS):
            enough = ledger.acknowledged + chance.randint(20, 60)
            assert until(lambda enough=enough: ledger.acknowledged >= enough)  # type: ignore[misc]
            victim = chance.choice(workers.houses)
            victim.kill()
            during = ledger.acknowledged
            assert until(lambda during=during: ledger.acknowledged > during)  # type: ignore[misc]
            victim.start()
        assert until(lambda: len(ledger.finished) >= CALLS or ledger.troubles)
        end_calls(citizens, ending)
    found = verdict(database_url, ledger)
    print(ledger.acknowledged, "acknowledged,", len(ledger.finished), "calls,", ledger.cut, "cut", heard)
    assert set(found.values()) == {0}, (found, ledger.troubles, ledger.other_answers)
    assert (heard.goodbyes, ledger.cut > 0) == (0, True)
