"""Every figure that may prove a task of the plan by itself; a new one is one line here."""

from __future__ import annotations

from logbook.plan.desk_figures import DESK_FIGURES
from logbook.plan.figures import PlanFigure
from logbook.plan.list_figures import LIST_FIGURES

FIGURES: dict[str, PlanFigure] = {one.key: one for one in (*DESK_FIGURES, *LIST_FIGURES)}
"""The figures by key; the keys stand in `plan_tasks.figures`."""
