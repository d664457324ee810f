"""Puts a draft transcript into the field of a ticket's content, for a clerk to correct and confirm."""

from __future__ import annotations

from flask import abort
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.tickets import ticket as page
from logbook.console.views import ticket_page
from logbook.tickets.tickets import Ticket, case_of
from logbook.transcripts import drafts

FILLED = "draft"
"""The field that says that what is written began as a machine's draft."""


def add(desk: ConsoleFrame) -> None:
    """`/console/tickets/<code>/transcript`: nothing is changed, the form opens with the draft in it."""

    @desk.page(f"{page.RULE}/transcript", Act.CLASSIFY, methods=("POST",))
    def ticket_transcript(code: str) -> str:
        with desk.writing() as conn:
            found = page.ticket_of(desk, conn, code)
            desk.demand(Act.LISTEN, case_of(found))
            draft = drafts.of_recording(conn, found.recording_id)
            if draft is None or not draft.has_words or found.state in drafts.OVER:
                abort(404)
            _write_down(desk, conn, found)
            typed = MultiDict({"content": _with_draft(found, draft.text), FILLED: "1", **_there(found)})
            playing = found.recording_id
            return ticket_page.show(desk, conn, found, opened="write", typed=typed, playing=playing)


def _write_down(desk: ConsoleFrame, conn: Connection, found: Ticket) -> None:
    subject = f"recording:{found.recording_id}"
    audit_log.write(conn, desk.person, "listen", subject, desk.now, ticket=found.code)  # the player is there
    audit_log.write(conn, desk.person, "take_transcript", subject, desk.now, ticket=found.code)


def _with_draft(found: Ticket, text: str) -> str:
    return f"{found.content}\n\n{text}" if found.content else text


def _there(found: Ticket) -> dict[str, str]:
    """What else the form asks for, as it is."""
    values = {
        "summary": found.summary,
        "caller_type": found.caller_type,
        "opening": found.opening_id,
    }
    return {name: str(value) for name, value in values.items() if value}
