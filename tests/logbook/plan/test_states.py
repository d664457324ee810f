"""The state of a task in a month, compared with somebody who goes through the days one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logbook.dossiers.months import Month
from logbook.plan.figures import FigureVerdict
from logbook.plan.states import Cadence, Proof, TaskState, state_of

REACHED, MISSED, OPEN = FigureVerdict.REACHED, FigureVerdict.MISSED, FigureVerdict.OPEN
NOVEMBER = Month(2026, 11)


def slowly(cadence: Cadence, due: date | None, month: Month, proof: Proof, today: date) -> TaskState:
    """Go through the month day by day, as far as today, and see what each day would have said."""
    pieces = ["piece"] * proof.given + [one for one in proof.verdicts if one == "reached"]
    missed = [one for one in proof.verdicts if one == "missed"]
    if pieces:
        return TaskState.AMBER if missed else TaskState.GREEN
    if cadence == "continuous":
        return TaskState.RED
    if cadence == "monthly":
        day = date(month.year, month.number, 1)
        while (day.year, day.month) == (month.year, month.number):
            if day == today or today < date(month.year, month.number, 1):
                return TaskState.RED if missed else TaskState.AMBER
            day += timedelta(days=1)
        return TaskState.RED
    day, overdue = date(2021, 1, 1), False
    while day <= today and (day.year, day.month) <= (month.year, month.number):
        overdue = overdue or (due is not None and day > due)
        day += timedelta(days=1)
    return TaskState.RED if overdue else TaskState.AMBER


days = st.dates(date(2022, 1, 1), date(2023, 6, 30))


@pytest.mark.row("002-04")
@settings(max_examples=150, deadline=None)
@given(
    cadence=st.sampled_from(Cadence),
    due=days,
    month=st.builds(Month, st.integers(2022, 2023), st.integers(1, 12)),
    number=st.integers(0, 2),
    verdicts=st.lists(st.sampled_from(FigureVerdict), max_size=3),
    today=days,
)
def test_the_state_is_what_a_slow_walk_through_the_days_says(
    cadence: Cadence, due: date, month: Month, number: int, verdicts: list[FigureVerdict], today: date
) -> None:
    wanted = due if cadence is Cadence.DATED else None
    proof = Proof(number, verdicts)
    assert state_of(cadence, wanted, month, proof, today) is slowly(cadence, wanted, month, proof, today)


@pytest.mark.row("002-04")
def test_a_continuous_task_without_proof_is_red_and_a_monthly_one_waits_for_the_months_end() -> None:
    first, last, after = date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)
    seen = {
        (cadence, day): state_of(cadence, None, NOVEMBER, Proof(0, (OPEN,)), day)
        for cadence in (Cadence.CONTINUOUS, Cadence.MONTHLY)
        for day in (first, last, after)
    }
    assert [seen[Cadence.CONTINUOUS, day] for day in (first, last, after)] == [TaskState.RED] * 3
    assert [seen[Cadence.MONTHLY, day].value for day in (first, last, after)] == ["amber", "amber", "red"]


@pytest.mark.row("004-11")
@pytest.mark.row("001-05")
def test_a_dated_task_is_red_from_the_day_after_it_was_due() -> None:
    due = date(2026, 11, 20)
    days = (date(2026, 11, 19), due, date(2026, 11, 21))
    states = [state_of(Cadence.DATED, due, NOVEMBER, Proof(0), day).value for day in days]
    assert states == ["amber", "amber", "red"]
    assert state_of(Cadence.DATED, due, NOVEMBER, Proof(1), days[2]) is TaskState.GREEN
    assert state_of(Cadence.DATED, due, Month(2026, 10), Proof(0), days[2]) is TaskState.AMBER


def test_a_figure_proves_by_itself_and_one_that_was_missed_says_so_beside_other_proof() -> None:
    def state(given: int, *verdicts: FigureVerdict) -> str:
        return state_of(Cadence.CONTINUOUS, None, NOVEMBER, Proof(given, verdicts), date(2026, 11, 5)).value

    assert state(0, REACHED) == "green"
    assert state(0, REACHED, OPEN) == "green"
    assert state(1, MISSED) == "amber"
    assert state(0, REACHED, MISSED) == "amber"
    assert state(0, MISSED) == state(0, OPEN) == state(0) == "red"
