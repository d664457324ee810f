"""Page of retention: legal holds, and what was deleted when by which rule (B4, T-22)."""

from __future__ import annotations

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act, may
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.accounts.audit_log import before
from logbook.retention import erasure, legal_holds
from logbook.tickets import tickets
from logbook.tickets.tickets import Ticket, case_of

PAGE = 50


def add(desk: ConsoleFrame) -> None:
    """`/console/keeping`, and the forms that set a hold and lift it."""

    @desk.page("/keeping", Act.SEE_AUDIT_LOG)
    def keeping() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/keeping/hold", Act.HOLD, methods=("POST",))
    def set_hold() -> tuple[str, int] | Response:
        return _with_reason(desk, "hold")

    @desk.page("/keeping/lift", Act.HOLD, methods=("POST",))
    def lift_hold() -> tuple[str, int] | Response:
        return _with_reason(desk, "lift")


def _with_reason(desk: ConsoleFrame, what: str) -> tuple[str, int] | Response:
    """Do what the form asks for a ticket the person may see; without code or reason nothing is done."""
    code, reason = (request.form.get(name, "").strip() for name in ("code", "reason"))
    with desk.writing() as conn:
        ticket = _ticket(desk, conn, code)
        if ticket is None or not reason:
            wrong = "hold_no_ticket" if ticket is None else "hold_no_reason"
            return _shown(desk, conn, wrong=wrong, code=code[:32], reason=reason), 400
        if what == "hold":
            done = legal_holds.place(conn, ticket.id, desk.person, reason, desk.now) is not None
            return desk.back("keeping", "hold_is_set" if done else "hold_was_set", done=done)
        done = legal_holds.lift(conn, ticket.id, desk.person, reason, desk.now)
        return desk.back("keeping", "hold_is_lifted" if done else "hold_was_lifted", done=done)


def _ticket(desk: ConsoleFrame, conn: Connection, code: str) -> Ticket | None:
    """The ticket of that code, where the person may hold it: what is not theirs is not there (rules B10)."""
    found = tickets.find(conn, code)
    return found if found is not None and may(desk.person, Act.HOLD, case_of(found)) else None


def _shown(desk: ConsoleFrame, conn: Connection, *, wrong: str = "", code: str = "", reason: str = "") -> str:
    kept = legal_holds.listed(conn, desk.person, PAGE + 1, before(request.args.get("before_hold", "")))
    gone = erasure.recent(conn, desk.person, PAGE + 1, before(request.args.get("before", "")))
    return desk.show(
        "keeping.html",
        here="journal",
        part=desk.settings.retention,
        holds=kept[:PAGE],
        older_hold=kept[PAGE - 1].id if len(kept) > PAGE else None,
        tombstones=gone[:PAGE],
        older=gone[PAGE - 1].id if len(gone) > PAGE else None,
        wrong=wrong,
        typed_code=code or request.args.get("code", "")[:24],
        typed_reason=reason,
    )
