"""The state of a task in a month: a pure function of its proof, its cadence and the day it is asked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from logbook.dossiers.months import Month
from logbook.plan.figures import FigureVerdict


class Cadence(StrEnum):
    """How often a task is proved: each month all month long, at each month's end, or by a date (002-04)."""

    CONTINUOUS = "continuous"
    MONTHLY = "monthly"
    DATED = "dated"


class TaskState(StrEnum):
    """Proved; waited for, or proved while a figure says otherwise; without proof, or overdue."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves a task: how many pieces people gave, and what its figures say of the month."""

    given: int
    verdicts: Sequence[FigureVerdict] = ()

    @property
    def stands(self) -> bool:
        """Whether anything proves the task."""
        return self.given > 0 or FigureVerdict.REACHED in self.verdicts

    @property
    def is_contradicted(self) -> bool:
        """Whether a figure of the task was missed."""
        return FigureVerdict.MISSED in self.verdicts


def state_of(cadence: Cadence, due: date | None, month: Month, proof: Proof, today: date) -> TaskState:
    """Return the state in `month` as seen on `today`.

    A continuous task without proof is red from the first day of the month (002-04), a monthly one when the
    month is over, a dated one from the day after it was due; of a month that is over, its last day counts.
    """
    if proof.stands:
        return TaskState.AMBER if proof.is_contradicted else TaskState.GREEN
    last = month.plus(1).first - timedelta(days=1)
    match cadence:
        case Cadence.CONTINUOUS:
            late = True
        case Cadence.MONTHLY:
            late = today > last or proof.is_contradicted
        case Cadence.DATED:
            late = due is not None and min(today, last) > due
    return TaskState.RED if late else TaskState.AMBER
