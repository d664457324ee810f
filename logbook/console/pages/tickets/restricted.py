"""Page of khiếu nại and tố cáo for named viewers: only that somebody was guided (rules B1)."""

from __future__ import annotations

from flask import abort, request
from sqlalchemy import Connection

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.accounts.audit_log import before
from logbook.plain_text import whole_text
from logbook.tickets import restricted as kept_apart
from logbook.tickets.restricted import RestrictedRecord

PAGE = 50
ONE = "/restricted/<int(max=2147483647):record_id>"


def add(desk: ConsoleFrame) -> None:
    """`/console/restricted`, one record and its number; the audit log notes each opening."""

    @desk.page("/restricted", Act.SEE_RESTRICTED)
    def restricted() -> str:
        with desk.reading() as conn:
            records = kept_apart.recent(conn, PAGE + 1, before(request.args.get("before", "")))
            tickets = kept_apart.guided_tickets(
                conn, desk.person, PAGE + 1, before(request.args.get("before_ticket", ""))
            )
        return desk.show(
            "restricted.html",
            here="restricted",
            records=records[:PAGE],
            older=records[PAGE - 1].id if len(records) > PAGE else None,
            tickets=tickets[:PAGE],
            older_ticket=tickets[PAGE - 1].id if len(tickets) > PAGE else None,
        )

    @desk.page(ONE, Act.SEE_RESTRICTED)
    def restricted_record(record_id: int) -> str:
        with desk.writing() as conn:
            record = _record(conn, record_id)
            audit_log.write(conn, desk.person, "open_restricted", f"restricted:{record.id}", desk.now)
        return _shown(desk, record)

    @desk.page(f"{ONE}/show", Act.SEE_RESTRICTED, methods=("POST",))
    def restricted_show(record_id: int) -> str | tuple[str, int]:
        desk.demand(Act.SEE_CALLER)
        reason = " ".join(whole_text(request.form.get("reason", ""), 500).split())
        with desk.writing() as conn:
            record = _record(conn, record_id)
            if reason:
                audit_log.write(conn, desk.person, "show_caller", f"restricted:{record.id}", desk.now, reason)
        if not reason:
            return _shown(desk, record, wrong="restricted_reason_missing"), 400
        return _shown(desk, record, in_full=True)


def _record(conn: Connection, record_id: int) -> RestrictedRecord:
    return kept_apart.find(conn, record_id) or abort(404)


def _shown(desk: ConsoleFrame, record: RestrictedRecord, *, in_full: bool = False, wrong: str = "") -> str:
    return desk.show("restricted_record.html", here="restricted", record=record, in_full=in_full, wrong=wrong)
