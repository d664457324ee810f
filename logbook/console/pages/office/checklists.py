"""Checklists: the lists of the settings, one list to be looked through, and every look ever taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.dossiers.months import Month
from logbook.plan import checklists, looks
from logbook.plan.checklists import CellState, Checklist
from logbook.plan.looks import LookedMeanwhileError, LookRefusedError, NewLook
from logbook.settings.lists import ChecklistPart

Page = str | tuple[str, int] | Response
PAGE = 60
ONE = "/checklists/<list_key>"
_NOTHING: MultiDict[str, str] = MultiDict()


def add(desk: ConsoleFrame) -> None:
    """`/console/checklists` and one list with its form and its history."""

    @desk.page("/checklists", Act.SEE_LISTS)
    def checklists_page() -> str:
        with desk.reading() as conn:
            found = checklists.all_standing(conn, desk.settings, desk.now)
        return desk.show("checklists.html", here="checklists_page", lists=found)

    @desk.page(ONE, Act.SEE_LISTS)
    def checklist(list_key: str) -> str:
        part = _part(desk, list_key)
        with desk.reading() as conn:
            return _shown(desk, conn, part, _month(desk, part, request.args.get("month", "")))

    @desk.page(ONE, Act.WRITE_LISTS, methods=("POST",))
    def look_at_checklist(list_key: str) -> Page:
        return _look(desk, _part(desk, list_key))

    @desk.page(f"{ONE}/history", Act.SEE_LISTS)
    def checklist_history(list_key: str) -> str:
        return _history(desk, _part(desk, list_key))


def _part(desk: ConsoleFrame, key: str) -> ChecklistPart:
    return checklists.find(desk.settings, key) or abort(404)


def _month(desk: ConsoleFrame, part: ChecklistPart, typed: str) -> str | None:
    """The month that was asked for; None for this one, and for a list that has no months."""
    if not part.is_monthly or not typed:
        return None
    try:
        of = Month.read(typed)
    except ValueError:
        abort(404)
    return abort(404) if of > Month.of(desk.now) else str(of)


def _shown(
    desk: ConsoleFrame,
    conn: Connection,
    part: ChecklistPart,
    month: str | None,
    *,
    wrong: str = "",
    meanwhile: Collection[str] = (),
) -> str:
    grid = checklists.standing(conn, part, desk.settings, desk.now, month)
    this = Month.of(desk.now)
    of = Month.read(grid.period) if part.is_monthly else this
    return desk.show(
        "checklist.html",
        here="checklists_page",
        grid=grid,
        states=tuple(CellState),
        month=of,
        earlier=of.plus(-1),
        later=of.plus(1) if of < this else None,
        wrong=wrong,
        meanwhile=meanwhile,
        typed=request.form if wrong else _NOTHING,
    )


def _look(desk: ConsoleFrame, part: ChecklistPart) -> Page:
    month = _month(desk, part, request.form.get("month", ""))
    meanwhile: tuple[str, ...] = ()
    try:
        with desk.writing() as conn:
            grid = checklists.standing(conn, part, desk.settings, desk.now, month)
            looks.look(conn, grid, list(_typed(grid)), desk.person, desk.now)
            return desk.back("checklist", "checklist_said_kept", list_key=part.key, month=month)
    except LookedMeanwhileError as problem:
        wrong, meanwhile = "checklist_meanwhile", problem.args[0]
    except LookRefusedError as refused:
        wrong = str(refused.args[0])
    with desk.reading() as conn:
        page = _shown(desk, conn, part, month, wrong=wrong, meanwhile=meanwhile)
    return page, 409 if meanwhile else 400


def _typed(grid: Checklist) -> Iterator[NewLook]:
    """What was chosen; with the button for all, cells left alone were seen as they stood before."""
    everything = request.form.get("all") == "same"
    for cell in grid.cells:
        state, note = (request.form.get(f"{word}.{cell.name}", "") for word in ("state", "note"))
        seen = row_id(request.form.get(f"seen.{cell.name}", "")) or 0
        if not state and everything and cell.look is not None:
            state, note = cell.look.state, note.strip() or cell.look.note
        elif not state and note.strip() and cell.look is not None:
            state = cell.look.state
        if state or note.strip():
            yield NewLook(cell.item.key, cell.place.key, seen, state, note)


def _history(desk: ConsoleFrame, part: ChecklistPart) -> str:
    names = {one.key: one.name for one in (*checklists.items_of(part, desk.settings), *part.places)}
    item, place = (request.args.get(name, "") for name in ("item", "place"))
    cell = (item, place) if item and place else None
    before = row_id(request.args.get("before", ""))
    with desk.reading() as conn:
        found = checklists.history(conn, part, cell, PAGE + 1, before)
    return desk.show(
        "checklist_history.html",
        here="checklists_page",
        part=part,
        names=names,
        cell=cell,
        found=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )
