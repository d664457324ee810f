"""The national portal: a ticket's code there, the form that passes a case on, the list of open cases."""

from __future__ import annotations

from io import BytesIO

from flask import abort, request, send_file
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.tickets.ticket import RULE, ticket_of, version_seen
from logbook.console.views.ticket_page import show
from logbook.database.errors import StaleVersionError
from logbook.plain_text import TooLongError, whole_text
from logbook.tickets import moves
from logbook.tickets.portal import codes
from logbook.tickets.portal.codes import CodeRefusedError
from logbook.tickets.tickets import case_of
from logbook.tickets.verbs.note import AddNote

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Answer = str | tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """`/console/tickets/<code>/portal`, its form, and `/console/tickets/portal.xlsx`."""

    @desk.page(f"{RULE}/portal", Act.CLASSIFY, methods=("POST",))
    def ticket_portal(code: str) -> Answer:
        return _put(desk, code)

    @desk.page(f"{RULE}/transfer.docx", Act.ASSIGN, methods=("POST",))
    def ticket_transfer_form(code: str) -> Answer:
        return _form(desk, code)

    @desk.page("/tickets/portal.xlsx", Act.EXPORT, methods=("POST",))
    def portal_list() -> Response:
        return _list(desk)


def _put(desk: ConsoleFrame, code: str) -> Answer:
    given = request.form.get("portal_code", "")
    with desk.writing() as conn:
        found = ticket_of(desk, conn, code)
        desk.demand(Act.CLASSIFY, case_of(found))
        seen, before = version_seen(), codes.of(conn, found.id)
        if (codes.typed(given) or given.strip() or None) == before:
            return desk.back("ticket", "ticket_saved", code=code)
        try:
            with conn.begin_nested():
                kept = codes.put(conn, found, given, desk.now)
                says = desk.installation.texts["vi"].sentence
                reason = says("portal_noted" if kept else "portal_taken_off", {"code": kept or before or ""})
                moves.apply(
                    conn,
                    found.id,
                    AddNote(reason=reason),
                    actor=desk.person.login,
                    now=desk.now,
                    expected_version=seen,
                )
                audit_log.write(conn, desk.person, "portal_code", f"ticket:{found.id}", desk.now)
        except StaleVersionError:
            there = ticket_of(desk, conn, code)
            return show(desk, conn, there, opened="portal", typed=request.form, changed_since=seen), 409
        except CodeRefusedError as refused:
            why = f"portal_{refused.why}"
            return show(desk, conn, found, opened="portal", typed=request.form, refused=why, seen=seen), 400
        return desk.back("ticket", "ticket_saved", code=code)


def _form(desk: ConsoleFrame, code: str) -> Answer:
    """The form as a file; who brought the case goes along only where that is asked for and allowed."""
    with desk.writing() as conn:
        found = ticket_of(desk, conn, code)
        desk.demand(Act.ASSIGN, case_of(found))
        if not codes.may_have(found) or found.conflict:
            abort(404)
        with_caller = request.form.get("with_caller") == "1" and not found.anonymous
        if with_caller:
            desk.demand(Act.SEE_CALLER, case_of(found))
        try:
            to = " ".join(whole_text(request.form.get("to", ""), 200).split())
        except TooLongError as words:
            return show(desk, conn, found, opened="transfer_form", typed=request.form, long=words), 400
        portal_code = codes.of(conn, found.id)
        subject = f"ticket:{found.id}"
        audit_log.write(conn, desk.person, "transfer_form", subject, desk.now, with_caller=with_caller)
    from logbook.reports.portal import transfer_form  # a writer is loaded when somebody wants a file

    order = transfer_form.TransferOrder(found, portal_code, to, desk.now, with_caller)
    catalogue = desk.installation.texts["vi"]
    file = transfer_form.written(
        order, desk.settings, lambda key, **words: catalogue.sentence(key, words), desk.mark
    )
    answer = send_file(BytesIO(file), DOCX, as_attachment=True, download_name=f"phieu-chuyen-{code}.docx")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _list(desk: ConsoleFrame) -> Response:
    from logbook.reports.portal import open_cases

    file, catalogue = BytesIO(), desk.installation.texts["vi"]
    with desk.reading() as conn:
        count = open_cases.write(
            file,
            conn,
            desk.person,
            desk.settings,
            desk.now,
            lambda key, **words: catalogue.sentence(key, words),
            desk.mark,
        )
    with desk.writing() as conn:
        audit_log.write(conn, desk.person, "export", "portal", desk.now, rows=count, format="xlsx")
    file.seek(0)
    name = f"phan-anh-dang-mo-{local(desk.now):%Y%m%d}.xlsx"
    answer = send_file(file, XLSX, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer
