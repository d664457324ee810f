"""Tickets as the tests of the console need them: one that came by telephone, and its forms sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from logbook.accounts import accounts
from logbook.calls import calls
from logbook.installation import Installation
from logbook.recordings import recordings
from logbook.tickets import open_by_phone, tickets
from logbook.tickets.tickets import Ticket
from tests.logbook.console.conftest import form_token
from tests.town_hall import move

NUMBER = "+84912345678"


def by_phone(
    installation: Installation, code: str = "482913", number: str | None = NUMBER, state: str = "new"
) -> Ticket:
    """A ticket of a recorded call, moved on to `state` by the steps a clerk would take."""
    now = installation.clock.now()
    with installation.database.writing() as conn:
        call = calls.begin(
            conn,
            sid=f"CA{code}",
            direction="inbound",
            caller_raw=number or "anonymous",
            caller_number=number,
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        sid = "RE" + code.rjust(32, "0")
        recording = recordings.hear_of(
            conn, call_id=call.id, turn=3, sid=sid, seconds=47, purpose="complaint", now=now
        )
        recordings.stored(
            conn,
            recording.id,
            file_name=f"{code}.wav",
            sha256="0" * 64,
            size=1,
            media_type="audio/wav",
            now=now,
            delete_at_provider=False,
        )
        opened = open_by_phone.open_by_phone(
            conn,
            call=call,
            recording_id=recording.id,
            caller_type="individual",
            notice_due_at=now + timedelta(days=14),
            answer_due_at=now + timedelta(days=14),
            now=now,
            secret="a secret of the office",
            draw=lambda: code,
        )
        return bring_to(conn, opened.ticket, state, installation)


STEPS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "new": [],
    "classified": [("classify", {"kind": "feedback", "topic": "process"})],
    "assigned": [("classify", {"kind": "feedback", "topic": "process"}), ("assign", {"to": "ai đó"})],
    "transferred": [("classify", {"kind": "feedback"}), ("transfer", {"to": "Sở Xây dựng"})],
    "waiting_for_caller": [("classify", {"kind": "feedback"}), ("ask_more", {"question": "Ở đâu?"})],
    "answered": [("classify", {"kind": "feedback"}), ("answer", {"answer": "Đã sửa."})],
    "closed": [
        ("classify", {"kind": "feedback"}),
        ("close", {"outcome": "withdrawn"}),
    ],
    "guided": [("guide", {"kind": "denunciation"})],
}


def bring_to(conn: Connection, ticket: Ticket, state: str, installation: Installation) -> Ticket:
    """Take the steps that lead to `state`."""
    for verb, details in STEPS[state]:
        ticket = move(
            conn,
            ticket.id,
            verb,
            actor="an",
            reason="theo đơn",
            now=installation.clock.now(),
            **details,
        )
    assert ticket.state == state
    return ticket


def change(installation: Installation, ticket: Ticket, verb: str, **details: Any) -> Ticket:
    """Do one step behind the page's back."""
    with installation.database.writing() as conn:
        now = installation.clock.now()
        return move(conn, ticket.id, verb, actor="an", reason="theo đơn đã gửi", now=now, **details)


def read(installation: Installation, ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    with installation.database.reading() as conn:
        return tickets.of_id(conn, ticket.id)


def person_id(installation: Installation, login: str) -> int:
    """The row number of somebody who signed in before."""
    with installation.database.reading() as conn:
        return next(person.id for person in accounts.listed(conn) if person.login == login)


def token_of(browser: FlaskClient) -> str:
    """The token of the browser's forms, from the page that costs the least: one that is not there."""
    return form_token(browser.get("/console/nowhere").text)


def send(browser: FlaskClient, code: str, verb: str, /, **fields: object) -> TestResponse:
    """Fill in the form of a verb as the page offers it, and send it."""
    page = browser.get(f"/console/tickets/{code}").text
    seen = re.search(r'name="version" value="(\d+)"', page)
    given: dict[str, object] = {"form_token": token_of(browser), "version": seen.group(1) if seen else "1"}
    return browser.post(f"/console/tickets/{code}/{verb}", data=given | fields)
