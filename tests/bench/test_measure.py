"""A whole small bench, and the arithmetic of its figures."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench import goals, report
from bench.__main__ import _ours
from bench.caller import Caller, Load, telephone_for
from bench.contestants import Contestant, at_free_port, our_application, running, the_floor, the_whole_office
from bench.measure import Outcome, Slot, percentile
from bench.processes import countable, cpu_seconds, family, memory_of_all
from tests.suite.waiting import until


def slot(name: str, cpu_ms: float, callers: int = 1) -> Slot:
    load = Load(waits=[0.001] * 100, calls=10, seconds=1.0)
    return Slot(name, callers, load, cpu_ms / 10)


def outcome(*slots: Slot) -> Outcome:
    names = tuple(dict.fromkeys(each.name for each in slots))
    same = dict.fromkeys(names, 1.0)
    return Outcome(names, slots, same, same)


@pytest.mark.parametrize("contestant", [the_floor(), our_application()], ids=lambda each: each.name)
def test_a_started_application_answers_complete_calls_and_is_gone_afterwards(
    contestant: Contestant, tmp_path: Path
) -> None:
    place = at_free_port(tmp_path, f"sqlite:///{tmp_path / 'bench.db'}")
    contestant.prepare(place)
    with running(contestant, place) as started:
        with Caller(started.script) as caller:
            caller.telephone(0)
            caller.telephone(1)
        if countable():
            assert cpu_seconds(started.process.pid) > 0
            assert memory_of_all(started.process.pid) > 20
            assert started.process.pid in family(started.process.pid)
        assert started.start_seconds > 0
    assert (caller.load.calls, caller.load.errors) == (2, Counter())
    assert len(caller.load.waits) == 16
    assert started.process.poll() is not None
    assert set(telephone_for(started.script, 1, 0.01).errors) == {"/ivr/voice: ConnectionRefusedError"}


@pytest.mark.row("P3")
def test_what_offices_run_is_measured_as_they_run_it(tmp_path: Path) -> None:
    place = at_free_port(tmp_path, f"sqlite:///{tmp_path / 'bench.db'}")
    assert the_whole_office().command(place)[1:] == ["-m", "ivr", "serve"]
    assert "serve" in [each.name for each in _ours(servers=False)]


@pytest.mark.row("P3")
def test_memory_is_counted_of_all_processes_together() -> None:
    if not countable():
        return
    alone = memory_of_all(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", "x = b'1' * 40_000_000; input()"], stdin=subprocess.PIPE
    ) as child:
        assert until(lambda: memory_of_all(os.getpid()) >= alone + 35)
        child.kill()


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 50) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_the_ratio_is_the_median_of_the_rounds_each_against_the_floor_beside_it() -> None:
    found = outcome(
        slot("floor", 1.0),
        slot("ours", 1.2),
        slot("floor", 1.1),
        slot("ours", 1.32),
        slot("floor", 1.0),
        slot("ours", 9),
    )
    assert goals.CPU(found, "ours", 1) == pytest.approx(1.2)


@pytest.mark.row("P3")
@pytest.mark.parametrize(
    ("floors", "ours", "said"),
    [
        ((1.0, 1.1), 1.2, "at most  1.3    1.15  kept"),
        ((1.0, 1.1), 2.1, "at most  1.3    2.00  MISSED"),
        ((1.0, 1.3), 1.2, "at most  1.3  not judged"),
    ],
)
def test_a_goal_is_judged_in_quiet_rounds_only(floors: tuple[float, float], ours: float, said: str) -> None:
    slots = [each for floor in floors for each in (slot("floor", floor), slot("ours", ours))]
    (line, *_) = (line for line in report.lines(outcome(*slots)) if "ours" in line and "at most" in line)
    assert "CPU" in line
    assert said in line


@pytest.mark.row("P3")
def test_the_report_ends_with_the_number_of_goals_missed_for_serve_by_its_slowest_answer_too() -> None:
    slow = slot("serve", 1.0)
    slow.load.waits[7] = 0.3
    quiet = [slot("floor", 1.0), slot("serve", 1.0)]
    assert "goals missed: 0 (not judged: 0)" in list(report.lines(outcome(*quiet, *quiet)))
    found = list(report.lines(outcome(*quiet, slot("floor", 1.0), slow)))
    missed = [line for line in found if "MISSED" in line]
    assert len(missed) == 2
    assert all("slowest : p50" in line and " 300.00 " in line for line in missed)
    assert "goals missed: 2 (not judged: 0)" in found


def test_errors_are_counted_and_printed() -> None:
    broken = slot("ours", 1.0)
    broken.load.errors["/ivr/voice: status 500 instead of 200"] = 3
    text = "\n".join(report.lines(outcome(slot("floor", 1.0), broken)))
    assert "error, 3 times: ours: /ivr/voice: status 500 instead of 200" in text
    assert text.endswith("errors: 3")


def test_where_processor_time_cannot_be_read_the_report_says_so() -> None:
    load = Load(waits=[0.001], calls=1, seconds=1.0)
    found = Outcome(("floor", "ours"), (Slot("floor", 1, load, None), Slot("ours", 1, load, None)), {}, {})
    text = "\n".join(report.lines(found))
    assert "processor time cannot be read on this system, not judged" in text
    assert "memory of all processes: cannot be read on this system" in text
