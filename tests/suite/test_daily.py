"""The daily run stays quick: what is heavy is found by what it does, not by a list."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.daily import EQUIPMENT, Effort, watched

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def kill(times: int) -> None:
    with subprocess.Popen(SLEEPER) as running:
        for _ in range(times):
            os.kill(running.pid, signal.SIGKILL)


def compute_in_a_child() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda: subprocess.run(["soffice"], executable="/bin/true", check=True), "starts soffice"),
        (lambda: subprocess.run(["/bin/true", "strace"], check=True), "starts strace"),
        (lambda: kill(11), "kills 11 times"),
        (lambda: kill(1), None),
    ],
)
def test_what_a_test_starts_and_kills_is_noticed(act: Callable[[], object], why: str | None) -> None:
    with watched() as effort:
        act()
    assert effort.excess() == why


def test_the_computing_of_children_counts_and_a_busy_machine_does_not() -> None:
    with watched() as effort:
        compute_in_a_child()
    assert effort.computed > 0.25
    assert Effort(computed=5.1).length() == "computes for 5.1 seconds"
    assert Effort(computed=4.9).length() is None
    assert Effort(computed=99).excess() is None


def test_a_test_that_asks_for_heavy_equipment_is_a_proof_without_saying_so(
    request: pytest.FixtureRequest,
) -> None:
    for item in request.session.items:
        asked = EQUIPMENT & set(getattr(item, "fixturenames", ()))
        assert not asked or item.get_closest_marker("proof"), item.nodeid
