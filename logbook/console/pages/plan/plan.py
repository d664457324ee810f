"""The plan: tasks by group with state, proof and who answers; only their own for whoever sees no plan."""

from __future__ import annotations

import io

from flask import abort, current_app, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act, may
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID
from logbook.dossiers.months import Month
from logbook.officials import register
from logbook.plan import annex, overview, plans, reminders
from logbook.plan.figures import FigureContext
from logbook.plan.overview import TaskOfMonth
from logbook.plan.plans import Plan, PlanRefusedError, ToldPlan, ToldTask

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ONE = f"/plan/<int(max={LARGEST_ID}):plan_id>"
LOGGED = 60
"""Lines of the log of reminders that are shown."""
Page = str | tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """`/console/plan`, its two files, and the forms of whoever runs the plan."""

    @desk.page("/plan", Act.OWN_PLAN)
    def plan_page() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    _add_files(desk)
    _add_forms(desk)


def _add_files(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/annex.<kind>", Act.SEE_PLAN)
    def plan_file(plan_id: int, kind: str) -> Response:
        if kind not in ("docx", "xlsx"):
            abort(404)
        with desk.reading() as conn:
            found = plans.find(conn, plan_id) or abort(404)
            tasks = plans.tasks_of(conn, (plan_id,))
        from logbook.console.views import plan_export  # a writer is loaded when somebody wants a file

        write = plan_export.document if kind == "docx" else plan_export.workbook
        made = write(found, tasks, desk.settings.office.agency, desk.words, desk.mark)
        mimetype = DOCX if kind == "docx" else XLSX
        return send_file(
            io.BytesIO(made), mimetype, as_attachment=True, download_name=f"ke-hoach-{plan_id}.{kind}"
        )


def _add_forms(desk: ConsoleFrame) -> None:
    @desk.page("/plan/new", Act.RUN_PLAN, methods=("POST",))
    def make_plan() -> Page:
        names = ("title", "legal_basis", "first_month", "last_month", "owner", "recipients")
        told = ToldPlan(*(request.form.get(name, "") for name in names))
        try:
            with desk.writing() as conn:
                made = plans.create(conn, told, desk.person, desk.now)
        except PlanRefusedError as refused:
            return desk.back("import_plan", str(refused.args[0]), done=False)
        return desk.back("plan_page", "plan_said_made", plan=made)

    @desk.page(f"{ONE}/end", Act.RUN_PLAN, methods=("POST",))
    def end_plan(plan_id: int) -> Page:
        with desk.writing() as conn:
            done = plans.end(conn, plan_id, desk.person, desk.now)
            return desk.back("plan_page", "plan_said_ended", done=done, plan=plan_id)

    @desk.page(f"{ONE}/tasks", Act.RUN_PLAN, methods=("POST",))
    def add_plan_task(plan_id: int) -> Page:
        names = ("group_title", "content", "responsible", "pace", "result")
        told = ToldTask(*(request.form.get(name, "") for name in names))
        with desk.writing() as conn:
            found = plans.find(conn, plan_id) or abort(404)
            try:
                made = plans.add_task(conn, found, told, desk.person, desk.now)
            except PlanRefusedError as refused:
                return _shown(desk, conn, wrong=str(refused.args[0]), asked=plan_id), 400
            return desk.back("plan_task", "plan_said_task_added", task_id=made)


def context(desk: ConsoleFrame, conn: Connection) -> FigureContext:
    """Return what figures are counted with now."""
    times, _ = desk.installation.calendars.now(conn)
    return FigureContext(desk.settings, times.office, desk.now)


def asked_month(desk: ConsoleFrame) -> Month:
    """Return the month in the address, this month otherwise; none that has not begun."""
    here = Month.of(desk.now)
    try:
        return min(here, Month.read(request.args.get("month", "")))
    except ValueError:
        return here


def opens(desk: ConsoleFrame, page: str) -> bool:
    """Whether the signed-in person may open a page of the console by its name."""
    act = getattr(current_app.view_functions.get(f"console.{page}"), "act", None)
    return act is not None and may(desk.person, act)


def _shown(desk: ConsoleFrame, conn: Connection, *, wrong: str = "", asked: int = 0) -> str:
    month, lacking = asked_month(desk), request.args.get("lack") == "1"
    every = plans.listed(conn, running=False) if may(desk.person, Act.SEE_PLAN) else []
    plan = _chosen(every, asked)
    if plan is not None:
        tasks = plans.tasks_of(conn, (plan.id,))
    else:
        mine = plans.keys_of_login(conn, desk.person.login)
        running = [one.id for one in plans.listed(conn)]
        tasks = [one for one in plans.tasks_of(conn, running) if one.person in mine]
    found = overview.of_month(conn, context(desk, conn), tasks, month, overview.STRIP)
    names = {one.key: one.name for one in register.listed(conn)}
    return desk.show(
        "plan.html",
        here="plan_page",
        plans=every,
        plan=plan,
        owner=names.get(plan.owner or "") if plan else None,
        month=month,
        is_this_month=month == Month.of(desk.now),
        lacking=lacking,
        counts=overview.counts(found),
        groups=_grouped([one for one in found if not (lacking and one.has_proof)]),
        titles=list(dict.fromkeys(one.task.group_title for one in found)),
        lack_count=sum(not one.has_proof for one in found),
        names=names,
        reminded=reminders.log(conn, [one.id for one in tasks], LOGGED) if plan else None,
        roman=annex.roman,
        wrong=wrong,
        typed=request.form if wrong else {},
    )


def _chosen(every: list[Plan], asked: int) -> Plan | None:
    """The plan of the address; else the newest that runs, else the newest."""
    wanted = request.args.get("plan", "")
    number = asked or (int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 else 0)
    running = (one for one in every if one.ended_at is None)
    return (
        next((one for one in every if one.id == number), None)
        or next(running, None)
        or next(iter(every), None)
    )


def _grouped(found: list[TaskOfMonth]) -> list[tuple[int, int, str, list[TaskOfMonth]]]:
    """Tasks below their groups: plan, number and title of the group, its tasks."""
    groups: dict[tuple[int, int, str], list[TaskOfMonth]] = {}
    for one in found:
        task = one.task
        groups.setdefault((task.plan_id, task.group_number, task.group_title), []).append(one)
    return [(*place, tasks) for place, tasks in groups.items()]
