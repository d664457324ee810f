"""Publishes an answer: a clerk writes it, the gate checks it, a second person approves it (002-27)."""

from __future__ import annotations

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.console.pages.tickets.ticket import ticket_of, version_seen
from logbook.database.errors import StaleVersionError
from logbook.publications import publications
from logbook.publications.findings import Finding
from logbook.publications.gate import GateRefusedError
from logbook.publications.publications import NotPublishableError, PublicDraft
from logbook.tickets.tickets import Ticket, case_of

Page = str | tuple[str, int] | Response
PAGE = 30
RULE = "/publications/<string(length=6):code>"


def add(desk: ConsoleFrame) -> None:
    """`/console/publications`, and for each case what the public reads of it with its forms."""

    @desk.page("/publications", Act.SEE_PUBLICATIONS)
    def publications_page() -> str:
        before = row_id(request.args.get("before", ""))
        with desk.reading() as conn:
            found = publications.listed(conn, desk.person, PAGE + 1, before)
        older = found[PAGE - 1].publication.id if len(found) > PAGE else None
        return desk.show("publications.html", here="notices_page", found=found[:PAGE], older=older)

    @desk.page(RULE, Act.SEE_PUBLICATIONS)
    def publication(code: str) -> str:
        with desk.reading() as conn:
            return _shown(desk, conn, ticket_of(desk, conn, code))

    @desk.page(RULE, Act.WRITE_PUBLICATION, methods=("POST",))
    def write_publication(code: str) -> Page:
        return _write(desk, code)

    @desk.page(f"{RULE}/approve", Act.APPROVE_PUBLICATION, methods=("POST",))
    def approve_publication(code: str) -> Page:
        return _approve(desk, code)

    @desk.page(f"{RULE}/withdraw", Act.WRITE_PUBLICATION, methods=("POST",))
    def withdraw_publication(code: str) -> Page:
        return _withdraw(desk, code)

    @desk.page(f"{RULE}/take-back", Act.APPROVE_PUBLICATION, methods=("POST",))
    def take_back_publication(code: str) -> Page:
        return _withdraw(desk, code)


def _write(desk: ConsoleFrame, code: str) -> Page:
    draft = PublicDraft(
        *(request.form.get(name, "").replace("\r\n", "\n") for name in ("summary", "answer", "place"))
    )
    with desk.writing() as conn:
        ticket = ticket_of(desk, conn, code)
        desk.demand(Act.WRITE_PUBLICATION, case_of(ticket))
        try:
            publications.write(conn, ticket, draft, version_seen(), desk.settings, desk.person, desk.now)
        except GateRefusedError as refused:
            return _shown(desk, conn, ticket, draft=draft, findings=refused.findings), 400
        except NotPublishableError as refused:
            return _shown(desk, conn, ticket, draft=draft, wrong=str(refused.args[0])), 400
        except StaleVersionError:
            return _shown(desk, conn, ticket, draft=draft, wrong="publication_changed"), 409
        return desk.back("publication", "publication_said_written", code=code)


def _approve(desk: ConsoleFrame, code: str) -> Page:
    with desk.writing() as conn:
        ticket = ticket_of(desk, conn, code)
        desk.demand(Act.APPROVE_PUBLICATION, case_of(ticket))
        found = publications.of_ticket(conn, ticket.id)
        if found is None:
            abort(404)
        try:
            publications.publish(conn, found.id, version_seen(), desk.settings, desk.person, desk.now)
        except GateRefusedError as refused:
            return _shown(desk, conn, ticket, findings=refused.findings), 400
        except NotPublishableError as refused:
            return _shown(desk, conn, ticket, wrong=str(refused.args[0])), 400
        except StaleVersionError:
            return _shown(desk, conn, ticket, wrong="publication_changed"), 409
        return desk.back("publication", "publication_said_published", code=code)


def _withdraw(desk: ConsoleFrame, code: str) -> Page:
    with desk.writing() as conn:
        ticket = ticket_of(desk, conn, code)
        found = publications.of_ticket(conn, ticket.id)
        if found is None:
            abort(404)
        try:
            why = request.form.get("why", "")
            done = publications.withdraw(conn, found.id, why, desk.person, desk.now)
        except NotPublishableError as refused:
            return _shown(desk, conn, ticket, wrong=str(refused.args[0])), 400
        said = "publication_said_withdrawn" if done else "publication_said_before"
        return desk.back("publication", said, done=done, code=code)


def _shown(
    desk: ConsoleFrame,
    conn: Connection,
    ticket: Ticket,
    *,
    draft: PublicDraft | None = None,
    findings: tuple[Finding, ...] = (),
    wrong: str = "",
) -> str:
    found = publications.of_ticket(conn, ticket.id)
    typed = draft or PublicDraft("", "", "")
    if draft is None and found is not None:
        typed = PublicDraft(found.summary, found.answer, found.place)
    return desk.show(
        "publication.html",
        here="notices_page",
        ticket=ticket,
        case=case_of(ticket),
        found=found,
        typed=typed,
        findings=findings,
        wrong=wrong,
        why_not=publications.why_not(ticket),
        own=found is not None and desk.person.id in found.writer_ids,
        longest={"summary": publications.LONGEST_SUMMARY, "answer": publications.LONGEST_ANSWER},
    )
