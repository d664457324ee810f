"""Checks of officials' work with the guidance given, and internal checks, which leaders alone read."""

from __future__ import annotations

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.console.pages.office.counters import day_of
from logbook.officials import register
from logbook.plan import internal_checks, work_checks
from logbook.plan.internal_checks import (
    CheckChangedMeanwhileError,
    CheckOutcome,
    InternalCheck,
    InternalCheckRefusedError,
    TypedCheck,
)
from logbook.plan.work_checks import TypedWorkCheck, WorkCheckRefusedError

Page = str | tuple[str, int] | Response
PAGE = 40
ONE = "/internal-checks/<record>"
_NOTHING: MultiDict[str, str] = MultiDict()


def add(desk: ConsoleFrame) -> None:
    """`/console/work-checks` for those who check, `/console/internal-checks` for leaders."""

    @desk.page("/work-checks", Act.SEE_LISTS)
    def work_checks_page() -> str:
        with desk.reading() as conn:
            return _work(desk, conn)

    @desk.page("/work-checks", Act.WRITE_LISTS, methods=("POST",))
    def enter_work_check() -> Page:
        words = [request.form.get(name, "") for name in ("checker", "unit", "content", "guidance")]
        typed = TypedWorkCheck(day_of(request.form.get("checked_on", "")), *words)
        with desk.writing() as conn:
            try:
                entered = work_checks.enter(conn, typed, desk.person, desk.now)
            except WorkCheckRefusedError as refused:
                return _work(desk, conn, wrong=str(refused.args[0])), 400
            said = "work_check_said_entered" if entered else "work_check_said_before"
            return desk.back("work_checks_page", said, done=entered)

    @desk.page("/work-checks/<int(max=2147483647):check_id>/strike", Act.WRITE_LISTS, methods=("POST",))
    def strike_work_check(check_id: int) -> Page:
        with desk.writing() as conn:
            done = work_checks.strike(conn, check_id, desk.person, desk.now)
            said = "work_check_said_struck" if done else "work_check_said_gone"
            return desk.back("work_checks_page", said, done=done)

    _add_internal(desk)


def _add_internal(desk: ConsoleFrame) -> None:
    @desk.page("/internal-checks", Act.INTERNAL_CHECKS)
    def internal_checks_page() -> str:
        with desk.writing() as conn:  # a reading is written into the audit log
            return _internal(desk, conn)

    @desk.page("/internal-checks", Act.INTERNAL_CHECKS, methods=("POST",))
    def enter_internal_check() -> Page:
        with desk.writing() as conn:
            try:
                record = internal_checks.enter(conn, _typed_check(), desk.person, desk.now)
            except InternalCheckRefusedError as refused:
                return _internal(desk, conn, wrong=str(refused.args[0])), 400
            return desk.back("internal_check", "internal_said_kept", record=record)

    @desk.page(ONE, Act.INTERNAL_CHECKS)
    def internal_check(record: str) -> str:
        with desk.writing() as conn:
            return _one(desk, conn, record)

    @desk.page(ONE, Act.INTERNAL_CHECKS, methods=("POST",))
    def change_internal_check(record: str) -> Page:
        wrong = "internal_meanwhile"
        try:
            with desk.writing() as conn:
                seen = row_id(request.form.get("seen", "")) or 0
                internal_checks.change(conn, record, seen, _typed_check(), desk.person, desk.now)
                return desk.back("internal_check", "internal_said_kept", record=record)
        except InternalCheckRefusedError as refused:
            wrong = str(refused.args[0])
        except CheckChangedMeanwhileError:
            pass
        with desk.writing() as conn:
            return _one(desk, conn, record, wrong=wrong), 409 if wrong == "internal_meanwhile" else 400


def _work(desk: ConsoleFrame, conn: Connection, *, wrong: str = "") -> str:
    found = work_checks.recent(conn, PAGE + 1, row_id(request.args.get("before", "")))
    return desk.show(
        "work_checks.html",
        here="checklists_page",
        found=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        wrong=wrong,
        typed=request.form if wrong else _NOTHING,
    )


def _typed_check() -> TypedCheck:
    form = request.form
    subject, finding, outcome, measure = (
        form.get(name, "") for name in ("subject", "finding", "outcome", "measure")
    )
    official, day = row_id(form.get("official", "")), day_of(form.get("checked_on", ""))
    return TypedCheck(official, day, subject, finding, outcome, measure)


def _internal(desk: ConsoleFrame, conn: Connection, *, wrong: str = "") -> str:
    before = row_id(request.args.get("before", ""))
    found = internal_checks.read_list(conn, desk.person, desk.now, PAGE + 1, before)
    return desk.show(
        "internal_checks.html",
        here="checklists_page",
        found=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        **_form(desk, conn, None, wrong),
    )


def _one(desk: ConsoleFrame, conn: Connection, record: str, *, wrong: str = "") -> str:
    found = internal_checks.read_one(conn, desk.person, record, desk.now) or abort(404)
    form = _form(desk, conn, found[0], wrong)
    return desk.show("internal_check.html", here="checklists_page", versions=found, **form)


def _form(desk: ConsoleFrame, conn: Connection, known: InternalCheck | None, wrong: str) -> dict[str, object]:
    """What the form of a check needs; nobody is offered themselves."""
    today = local(desk.now).date()
    everybody = [one for one in register.listed(conn) if one.login != desk.person.login]
    offered = [one for one in everybody if one.serves_on(today) or (known and one.id == known.official_id)]
    fields = ("official", "checked_on", "subject", "finding", "outcome", "measure")
    if wrong:
        typed = {name: request.form.get(name, "") for name in fields}
    elif known is None:
        typed = dict.fromkeys(fields, "")
    else:
        words = (known.subject, known.finding, known.outcome, known.measure)
        typed = dict(zip(fields, (str(known.official_id), str(known.checked_on), *words), strict=True))
    return {"officials": offered, "outcomes": tuple(CheckOutcome), "typed": typed, "wrong": wrong}
