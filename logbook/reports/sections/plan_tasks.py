"""Section on the action plan: how many tasks are proved in the last month of the period (002-28)."""

from __future__ import annotations

from datetime import timedelta

from logbook.dossiers.months import Month
from logbook.plan import overview, plans
from logbook.plan.figures import FigureContext
from logbook.plan.states import TaskState
from logbook.reports.figures import TASK, Figure, Figures
from logbook.reports.sections.section import COUNTS, Counting, Section

KEY = "plan_tasks"


def _counted(this: Counting) -> list[Figure]:
    if not this.is_monthly:
        return []
    at = this.span.ends - timedelta(seconds=1)
    month = Month.of(at)
    running = [one.id for one in plans.listed(this.conn) if one.first_month <= str(month) <= one.last_month]
    tasks = plans.tasks_of(this.conn, running)
    context = FigureContext(this.settings, this.times.office, at)
    found = overview.of_month(this.conn, context, tasks, month)
    ids = {state: tuple(str(one.task.id) for one in found if one.state is state) for state in TaskState}
    everything = tuple(str(one.id) for one in tasks)
    return [
        Figure(KEY, "all", len(everything), what=TASK, cases=everything),
        *(
            Figure(KEY, state.value, len(cases), len(everything), what=TASK, cases=cases)
            for state, cases in ids.items()
        ),
    ]


def _is_shown(figures: Figures) -> bool:
    """An office without a plan, or a report of a week, has no section of it."""
    return any(one.value or one.before for one in figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=COUNTS,
    is_shown=_is_shown,
    summary={"all": f"{KEY}.all", "green": f"{KEY}.green", "red": f"{KEY}.red"},
    waiting=(f"{KEY}.red",),
)
