"""One task of the plan: what it asks for, its proof, who answers for it, and what happened to it."""

from __future__ import annotations

import io
from datetime import UTC

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts, audit_log
from logbook.accounts.rights import Act, may
from logbook.clock import local
from logbook.console.frame import LARGEST_FORM, ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID
from logbook.console.pages.plan.plan import asked_month, context, opens
from logbook.database.errors import StaleVersionError
from logbook.dossiers.months import Month
from logbook.officials import register
from logbook.plan import evidence, overview, plans, reminders
from logbook.plan.evidence import GivenFile
from logbook.plan.figure_registry import FIGURES
from logbook.plan.plans import PlanRefusedError, PlanTask

ONE = f"/plan/tasks/<int(max={LARGEST_ID}):task_id>"
PIECE = f"{ONE}/proof/<int(max={LARGEST_ID}):evidence_id>"
LARGEST_FILE = 20 * 1024 * 1024
"""Bytes; the setting `plan.largest_file_mb` is never more."""
HISTORY = 60
Page = str | tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """`/console/plan/tasks/<id>`, its proof, and who answers for it."""

    @desk.page(ONE, Act.OWN_PLAN)
    def plan_task(task_id: int) -> str:
        with desk.reading() as conn:
            return _shown(desk, conn, _seen(desk, conn, task_id))

    @desk.page(ONE, Act.RUN_PLAN, methods=("POST",))
    def set_plan_task(task_id: int) -> Page:
        form = request.form
        version = form.get("version", "")
        if not (version.isascii() and version.isdecimal() and len(version) < 10):
            abort(400)
        figures, person = form.getlist("figures"), form.get("person", "")
        with desk.writing() as conn:
            task = _seen(desk, conn, task_id)
            try:
                plans.set_task(conn, task.id, int(version), person, figures, desk.person, desk.now)
            except StaleVersionError:
                return desk.back("plan_task", "plan_said_changed", done=False, task_id=task_id)
            except PlanRefusedError as refused:
                return _shown(desk, conn, task, wrong=str(refused.args[0])), 400
            return desk.back("plan_task", "plan_said_kept", task_id=task_id)

    _add_proof(desk)


def _add_proof(desk: ConsoleFrame) -> None:
    largest = LARGEST_FORM + LARGEST_FILE

    @desk.page(f"{ONE}/proof", Act.OWN_PLAN, methods=("POST",), largest=largest)
    def give_plan_proof(task_id: int) -> Page:
        form, given = request.form, request.files.get("file")
        most = desk.settings.plan.largest_file_mb * 1024 * 1024
        file = GivenFile(given.filename or "", given.stream.read(most + 1)) if given else None
        note, link = form.get("note", ""), form.get("link", "")
        try:
            month = Month.read(form.get("month", ""))
        except ValueError:
            month = Month.of(desk.now)
        with desk.writing() as conn:
            task = _theirs(desk, conn, task_id)
            try:
                new = evidence.give(conn, task, month, note, link, file, most, desk.person, desk.now)
            except PlanRefusedError as refused:
                return _shown(desk, conn, task, wrong=str(refused.args[0])), 400
            said = "plan_said_proof" if new else "plan_said_proof_before"
            return desk.back("plan_task", said, done=new, task_id=task_id, month=str(month))

    @desk.page(f"{PIECE}/withdraw", Act.OWN_PLAN, methods=("POST",))
    def withdraw_plan_proof(task_id: int, evidence_id: int) -> Page:
        with desk.writing() as conn:
            task = _theirs(desk, conn, task_id)
            done = evidence.withdraw(conn, evidence_id, task, desk.person, desk.now)
            said = "plan_said_withdrawn" if done else "plan_said_not_yours"
            return desk.back("plan_task", said, done=done, task_id=task_id)

    @desk.page(PIECE, Act.OWN_PLAN)
    def plan_proof_file(task_id: int, evidence_id: int) -> Response:
        """Hand out a file as what it was found to be, to be saved and never shown as a page."""
        with desk.reading() as conn:
            task = _seen(desk, conn, task_id)
            found = evidence.content(conn, evidence_id, task.id)
        if found is None:
            abort(404)
        content, kind, name = found
        return send_file(io.BytesIO(content), kind, as_attachment=True, download_name=name)


def _seen(desk: ConsoleFrame, conn: Connection, task_id: int) -> PlanTask:
    """The task, for whoever sees the plan or answers for this task; for others it is not there."""
    found = plans.task(conn, task_id)
    if found is None or not (may(desk.person, Act.SEE_PLAN) or plans.is_theirs(conn, desk.person, found)):
        abort(404)
    return found


def _theirs(desk: ConsoleFrame, conn: Connection, task_id: int) -> PlanTask:
    """The task, for whoever proves it: its person and whoever runs the plan."""
    found = plans.task(conn, task_id, lock=True)
    if found is None or not plans.is_theirs(conn, desk.person, found):
        abort(404)
    return found


def _shown(desk: ConsoleFrame, conn: Connection, task: PlanTask, *, wrong: str = "") -> str:
    month = asked_month(desk)
    (found,) = overview.of_month(conn, context(desk, conn), (task,), month, overview.STRIP)
    lines = audit_log.recent(conn, HISTORY, subject=f"plan_task:{task.id}")
    people = {one.login: one.name for one in accounts.listed(conn)}
    serving = register.listed(conn, local(desk.now.astimezone(UTC)).date())
    return desk.show(
        "plan_task.html",
        here="plan_page",
        task=task,
        plan=plans.find(conn, task.plan_id),
        of=found,
        month=month,
        this_month=Month.of(desk.now),
        all_proof=list(reversed(evidence.of_tasks(conn, (task.id,), None, Month.of(desk.now)))),
        is_theirs=plans.is_theirs(conn, desk.person, task),
        officials=serving,
        person_name=next((one.name for one in register.listed(conn) if one.key == task.person), None),
        figures=FIGURES.values(),
        opened=[one.figure.key for one in found.figures if opens(desk, one.figure.page)],
        history=[(line, people.get(line.who, line.who)) for line in lines],
        reminded=reminders.log(conn, (task.id,), HISTORY),
        most=desk.settings.plan.largest_file_mb,
        wrong=wrong,
        typed=request.form if wrong else {},
    )
