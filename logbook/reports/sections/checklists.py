"""Section on the office's checklists: how much of each list is there at the period's end (002-05, 002-10)."""

from __future__ import annotations

from datetime import timedelta

from logbook.plan import checklists
from logbook.reports.figures import LOOK, Figure, Figures
from logbook.reports.sections.section import (
    Counting,
    Section,
    part_column,
    share_before_column,
    share_column,
    whole_column,
)

KEY = "checklists"


def _counted(this: Counting) -> list[Figure]:
    if not this.is_monthly:
        return []
    at = this.span.ends - timedelta(microseconds=1)
    figures = []
    for part in (one for one in this.settings.checklists if one.reported):
        found = checklists.standing(this.conn, part, this.settings, at)
        for count in found.by_place():
            cells = [one for one in found.cells if one.place == count.place and one.look is not None]
            name = part.name if len(part.places) == 1 else f"{part.name}: {count.place.name}"
            figures.append(
                Figure(
                    KEY,
                    f"{part.key}.{count.place.key}",
                    count.there,
                    count.needed,
                    label=name,
                    what=LOOK,
                    cases=tuple(str(one.look.id) for one in cells if one.look),
                    part=tuple(str(one.look.id) for one in cells if one.look and one.is_there),
                )
            )
    return figures


def _is_shown(figures: Figures) -> bool:
    """A week, or an office without lists, has no section of them."""
    return any(one.cases or one.before for one in figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=(part_column("there", 20), whole_column("all", 20), share_column(22), share_before_column(26)),
    named=("checklist", 65),
    is_shown=_is_shown,
    note="report_checklists_note",
    keeps_gone=False,
)
