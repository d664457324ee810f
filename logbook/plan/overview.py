"""What stands behind the pages of the plan: each task's state, its proof, and a strip of twelve months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from logbook.clock import local
from logbook.dossiers.months import Month
from logbook.plan import evidence
from logbook.plan.evidence import Evidence
from logbook.plan.figure_registry import FIGURES
from logbook.plan.figures import FigureContext, FigureReading, FigureVerdict, PlanFigure
from logbook.plan.plans import PlanTask
from logbook.plan.states import Cadence, Proof, TaskState, state_of

STRIP = 12


@dataclass(frozen=True, slots=True)
class CountedFigure:
    """A figure of a task and what it says of the month."""

    figure: PlanFigure
    reading: FigureReading

    @property
    def proves(self) -> bool:
        """Whether it proves the task by itself."""
        return self.reading.verdict is FigureVerdict.REACHED


@dataclass(frozen=True, slots=True)
class StripMonth:
    """One month of a strip; no state before the task was known, or for a month to come."""

    month: Month
    state: TaskState | None


@dataclass(frozen=True, slots=True)
class TaskOfMonth:
    """A task in a month: its state, the proof people gave, and its figures."""

    task: PlanTask
    month: Month
    state: TaskState
    given: tuple[Evidence, ...]
    figures: tuple[CountedFigure, ...]
    strip: tuple[StripMonth, ...] = ()

    @property
    def has_proof(self) -> bool:
        """Whether anything proves it."""
        return bool(self.given) or any(one.proves for one in self.figures)

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed without proof."""
        return self.task.cadence is Cadence.DATED and self.state is TaskState.RED


@dataclass(slots=True)
class Readings:
    """Counts figures, each once a month however many tasks it proves."""

    conn: Connection
    context: FigureContext
    _kept: dict[tuple[str, Month], FigureReading] = field(default_factory=dict)

    def of(self, key: str, month: Month) -> FigureReading:
        """Return what a figure says of a month."""
        place = (key, month)
        if place not in self._kept:
            self._kept[place] = FIGURES[key].read(self.conn, self.context, month)
        return self._kept[place]

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return local(self.context.now).date()


def of_month(
    conn: Connection, context: FigureContext, tasks: Sequence[PlanTask], month: Month, strip: int = 0
) -> list[TaskOfMonth]:
    """Return the tasks as they stand in a month, with the states of so many months up to it."""
    given: dict[int, list[Evidence]] = {one.id: [] for one in tasks}
    for piece in evidence.of_tasks(conn, list(given), None, month):
        given[piece.task_id].append(piece)
    readings = Readings(conn, context)
    return [_task_of_month(one, month, given[one.id], readings, strip) for one in tasks]


def _task_of_month(
    task: PlanTask, month: Month, given: Sequence[Evidence], readings: Readings, strip: int
) -> TaskOfMonth:
    figures = tuple(
        CountedFigure(FIGURES[key], readings.of(key, _counted(task, month)))
        for key in task.figures
        if key in FIGURES
    )
    return TaskOfMonth(
        task,
        month,
        _state(task, month, given, readings),
        tuple(piece for piece in given if _counts(task, month, piece)),
        figures,
        _strip(task, month, given, readings, strip),
    )


def _state(task: PlanTask, month: Month, given: Sequence[Evidence], readings: Readings) -> TaskState:
    verdicts = [readings.of(key, _counted(task, month)).verdict for key in task.figures if key in FIGURES]
    pieces = sum(_counts(task, month, piece) for piece in given)
    return state_of(task.cadence, task.due, month, Proof(pieces, verdicts), readings.today)


def _counts(task: PlanTask, month: Month, piece: Evidence) -> bool:
    """Proof is of its month; a dated task is proved once for good."""
    return piece.month == str(month) or (task.cadence is Cadence.DATED and piece.month < str(month))


def _counted(task: PlanTask, month: Month) -> Month:
    """The month in which a task's figures are counted: a dated task's is that of its day."""
    if task.cadence is not Cadence.DATED or task.due is None:
        return month
    return min(month, Month(task.due.year, task.due.month))


def _strip(
    task: PlanTask, last: Month, given: Sequence[Evidence], readings: Readings, months: int
) -> tuple[StripMonth, ...]:
    first = min([Month.of(task.made_at), *(Month.read(piece.month) for piece in given)])
    here = Month.of(readings.context.now)
    return tuple(
        StripMonth(one, _state(task, one, given, readings) if first <= one <= here else None)
        for one in (last.plus(back) for back in range(1 - months, 1))
    )


def counts(found: Sequence[TaskOfMonth]) -> Mapping[TaskState, int]:
    """Return how many tasks are in each state."""
    return {state: sum(one.state is state for one in found) for state in TaskState}
