"""A whole small bench, and the arithmetic of its figures."""

from collections import Counter
from pathlib import Path

import pytest

from bench import report
from bench.caller import Caller, Load, telephone_for
from bench.contestants import Contestant, at_free_port, our_application, running, the_floor
from bench.measure import Outcome, Slot, percentile
from bench.processes import countable, cpu_seconds, family, largest_memory


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
            assert largest_memory(started.process.pid) > 20
            assert started.process.pid in family(started.process.pid)
        assert started.start_seconds > 0
    assert (caller.load.calls, caller.load.errors) == (2, Counter())
    assert len(caller.load.waits) == 18
    assert started.process.poll() is not None
    assert set(telephone_for(started.script, 1, 0.01).errors) == {"/ivr/voice: ConnectionRefusedError"}


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
    assert report.cpu_ratio(found, "ours", 1) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("floors", "ours", "said"),
    [
        ((1.0, 1.1), 1.2, "CPU 1.15 times the floor's, goal 1.3 kept"),
        ((1.0, 1.1), 2.1, "CPU 2.00 times the floor's, goal 1.3 missed"),
        ((1.0, 1.3), 1.2, "noisy, not judged: the floor's CPU differs by 30% between rounds"),
    ],
)
def test_a_goal_is_judged_in_quiet_rounds_only(floors: tuple[float, float], ours: float, said: str) -> None:
    slots = [each for floor in floors for each in (slot("floor", floor), slot("ours", ours))]
    text = "\n".join(report.lines(outcome(*slots)))
    assert said in text
    assert ("not judged" in said) == ("ours CPU" not in text)


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
    assert "RSS: cannot be read on this system" in text
