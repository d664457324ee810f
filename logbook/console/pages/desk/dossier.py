"""Page of one dossier: what the desk's software says, and what people add; it changes nothing there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.dossiers import lists, remarks
from logbook.dossiers.lists import Dossier
from logbook.dossiers.remarks import NotTakenError, OnPaper

ONE = "/dossiers/<int(max=2147483647):dossier_id>"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Done = Callable[[ConsoleFrame, Connection, Dossier], bool | None]
"""Keeps what a form says; False where nothing was left to do, NotTakenError where it says too little."""


def add(desk: ConsoleFrame) -> None:
    """`/console/dossiers/<id>`, its forms and its letter."""

    @desk.page(ONE, Act.SEE_DOSSIERS)
    def dossier(dossier_id: int) -> str:
        with desk.reading() as conn:
            return _shown(desk, conn, _found(conn, dossier_id))

    @desk.page(f"{ONE}/apology.docx", Act.WORK_DOSSIERS)
    def dossier_apology(dossier_id: int) -> Response:
        with desk.reading() as conn:
            found = _found(conn, dossier_id)
            letter = remarks.apology(conn, found.id)
        if letter is None:
            abort(404)
        says = desk.installation.texts["vi"].sentence
        from logbook.console.views import apology_letter  # a writer is loaded when somebody wants a file

        file = apology_letter.written(found, letter, desk.settings, says, desk.mark)
        name = f"thu-xin-loi-{dossier_id}.docx"
        return send_file(BytesIO(file), DOCX, as_attachment=True, download_name=name)

    for name, act, rule, done in (
        ("explain_dossier", Act.EXPLAIN_DOSSIERS, "explain", _explain),
        ("apologise_dossier", Act.WORK_DOSSIERS, "apology", _apologise),
        ("send_apology", Act.WORK_DOSSIERS, "apology/sent", _sent),
        ("ask_papers", Act.WORK_DOSSIERS, "papers", _ask),
        ("mark_mismatch", Act.WORK_DOSSIERS, "mismatch", _mark),
        ("settle_mismatch", Act.WORK_DOSSIERS, "mismatch/settle", _settle),
    ):
        _form(desk, name, act, rule, done)


def _form(desk: ConsoleFrame, name: str, act: Act, rule: str, done: Done) -> None:
    def view(dossier_id: int) -> tuple[str, int] | Response:
        with desk.writing() as conn:
            found = _found(conn, dossier_id)
            try:
                kept = done(desk, conn, found) is not False
            except NotTakenError as problem:
                return _shown(desk, conn, found, wrong=str(problem.args[0])), 400
            said = "dossier_said_kept" if kept else "dossier_said_before"
            return desk.back("dossier", said, done=kept, dossier_id=dossier_id)

    view.__name__ = name
    desk.page(f"{ONE}/{rule}", act, methods=("POST",))(view)


def _explain(desk: ConsoleFrame, conn: Connection, found: Dossier) -> None:
    _must_be_late(desk, found)
    remarks.explain(conn, found.id, _typed("owner"), _typed("cause"), _typed("remedy"), desk.person, desk.now)


def _apologise(desk: ConsoleFrame, conn: Connection, found: Dossier) -> None:
    _must_be_late(desk, found)
    if found.finished_at is not None:  # nothing is promised any more: the letter names the day it was ready
        day = local(found.finished_at).date()
        remarks.apologise(conn, found.id, day, day, desk.person, desk.now)
        return
    today = local(desk.now).date()
    remarks.apologise(conn, found.id, _day("new_date"), today, desk.person, desk.now)


def _sent(desk: ConsoleFrame, conn: Connection, found: Dossier) -> bool:
    return remarks.apology_sent(conn, found.id, _past(desk, "sent_on"), desk.person, desk.now)


def _ask(desk: ConsoleFrame, conn: Connection, found: Dossier) -> bool:
    day = _past(desk, "asked_on")
    return remarks.ask_papers(conn, found.id, _typed("document"), day, desk.person, desk.now)


def _mark(desk: ConsoleFrame, conn: Connection, found: Dossier) -> bool:
    state, note = _typed("on_paper"), _typed("note")
    return remarks.mark_mismatch(conn, found.id, state, note, desk.person, desk.now)


def _settle(desk: ConsoleFrame, conn: Connection, found: Dossier) -> bool:
    return remarks.settle_mismatch(conn, found.id, _typed("note"), desk.person, desk.now)


def _must_be_late(desk: ConsoleFrame, found: Dossier) -> None:
    if not found.is_late(desk.now):
        raise NotTakenError("dossier_not_late")


def _shown(desk: ConsoleFrame, conn: Connection, found: Dossier, *, wrong: str = "") -> str:
    times, _ = desk.installation.calendars.now(conn)
    part = desk.settings.dossiers
    return desk.show(
        "dossier.html",
        here="dossiers",
        dossier=found,
        late=found.is_late(desk.now),
        accept_by=lists.accept_by(found, times.office, part),
        explanation=remarks.explanation(conn, found.id),
        apology=remarks.apology(conn, found.id),
        supplements=remarks.supplements(conn, found.id),
        mismatches=remarks.mismatches(conn, found.id),
        papers=list(OnPaper),
        part=part,
        today=local(desk.now).date(),
        wrong=wrong,
        given=request.form if wrong else {},
    )


def _found(conn: Connection, dossier_id: int) -> Dossier:
    return lists.of_id(conn, dossier_id) or abort(404)


def _typed(name: str) -> str:
    return request.form.get(name, "")


def _day(name: str) -> date:
    text = _typed(name).strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotTakenError("dossier_day_wrong") from None
    if len(text) != 10 or not 2000 <= day.year <= 2100:
        raise NotTakenError("dossier_day_wrong")
    return day


def _past(desk: ConsoleFrame, name: str) -> date:
    day = _day(name)
    if day > local(desk.now).date():
        raise NotTakenError("dossier_day_wrong")
    return day
