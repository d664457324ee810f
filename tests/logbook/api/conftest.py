"""An office other systems may read: tickets and calls of every kind, and clients with any rights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection

from logbook.accounts import api_clients
from logbook.api.registry import api_blueprint
from logbook.calls import calls
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import calls as calls_table
from logbook.database.tables import restricted_records, ticket_events, ticket_officials
from logbook.guards import keep_watch
from logbook.ids import TicketId
from logbook.installation import Installation, open_installation
from logbook.officials import register
from logbook.officials.register import OfficialDetails, Organisation
from logbook.settings.loading import load_settings
from tests import frozen
from tests.logbook import book_of_cases

Asks = Callable[..., FlaskClient]
NUMBER, NAME, ADDRESS, TOLD = "+84912345678", "Nguyễn Thị Mười", "Xóm Đáy", "Cán bộ hẹn lại ba lần."


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    settings = dataclasses.replace(load_settings(frozen.OFFICE), data_folder=tmp_path)
    return open_installation(settings, Clock(datetime(2026, 11, 25, 2, 10, tzinfo=UTC)), database)


@pytest.fixture
def app(installation: Installation) -> Flask:
    made = Flask("api-tests", static_folder=None)
    keep_watch(made)
    made.register_blueprint(api_blueprint(installation))
    return made


@pytest.fixture
def asks(installation: Installation, app: Flask) -> Asks:
    """A client with these rights, which sends its token with everything."""

    def with_rights(*rights: str, days: int = 30) -> FlaskClient:
        browser = app.test_client()
        if rights:
            token = token_for(installation, rights, days)
            browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return browser

    return with_rights


def read(client: FlaskClient, path: str) -> Any:
    """The JSON that a client is given."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json


def token_for(installation: Installation, rights: Collection[str], days: int = 30) -> str:
    with installation.database.writing() as conn:
        _, token = api_clients.make(
            conn, "Tỉnh", rights, days, "test", installation.clock.now() - timedelta(hours=1)
        )
    return token


def write(conn: Connection, code: str, at: datetime, **columns: object) -> int:
    """A ticket with a call of its own, both changed at `at`."""
    call = calls.begin(
        conn,
        sid=f"CA{code}",
        direction="inbound",
        caller_raw=NUMBER,
        caller_number=NUMBER,
        called="+842583842102",
        language="vi",
        place="{}",
        time_shift=0,
        now=at,
    )
    conn.execute(calls_table.update().where(calls_table.c.id == call.id).values(ended_at=at))
    person = {"content": TOLD, "caller_name": NAME, "caller_address": ADDRESS, "call_id": call.id}
    ticket_id = book_of_cases.write(conn, code, at, **(person | columns))
    changed(conn, TicketId(ticket_id), 1, at)
    return ticket_id


def changed(conn: Connection, ticket_id: TicketId, number: int, at: datetime) -> None:
    event = {"ticket_id": ticket_id, "number": number, "at": at, "verb": "open", "actor": "", "reason": ""}
    hashes = {"details": "{}", "to_state": "new", "previous_hash": "", "hash": ""}
    conn.execute(ticket_events.insert().values(**event, **hashes))


@pytest.fixture
def world(installation: Installation) -> Installation:
    """Tickets by code: 1 open to be read, 2 to 5 with closed words, 6 to 8 not there at all."""
    at = installation.clock.now() - timedelta(hours=2)
    with installation.database.writing() as conn:
        cast = book_of_cases.hire(conn, at)
        details = OfficialDetails(
            "Trần Văn Tám", "", "", Organisation.CIVIL_SERVANT, "2026-01-01", "", "", "", photo_consent=False
        )
        official = register.add(conn, details, at)
        write(conn, "000001", at)
        write(conn, "000002", at, kind="unclassified", state="new")
        write(conn, "000003", at, subject_ids=frozenset({cast["clerk"].id}))
        named = write(conn, "000004", at)
        conn.execute(ticket_officials.insert().values(ticket_id=named, official_id=official.id))
        write(conn, "000005", at, anonymous=True)
        write(conn, "000006", at, kind="denunciation", state="guided")
        write(conn, "000007", at, kind="formal_complaint")
        write(conn, "000008", at, conflict=True)
        call = calls.begin(
            conn,
            sid="CA9",
            direction="inbound",
            caller_raw=NUMBER,
            caller_number=NUMBER,
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=at,
        )
        conn.execute(calls_table.update().where(calls_table.c.id == call.id).values(ended_at=at))
        conn.execute(
            restricted_records.insert().values(
                call_id=call.id, caller_raw=NUMBER, caller_number=NUMBER, at=at, kind="denunciation", note=""
            )
        )
    return installation
