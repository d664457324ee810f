"""Asking the API: lists that go on at a cursor, unchanged answers, limits, and hostile requests."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask

from logbook.api.registry import api_blueprint
from logbook.guards import keep_watch
from logbook.ids import TicketId
from logbook.installation import Installation
from tests.logbook.api.conftest import Asks, changed, read, token_for, write


def test_a_client_that_goes_on_at_the_cursor_sees_every_ticket_once_and_again_when_it_changes(
    installation: Installation, asks: Asks
) -> None:
    begin = installation.clock.now() - timedelta(hours=5)
    with installation.database.writing() as conn:
        ids = [write(conn, f"{number:06d}", begin + timedelta(minutes=number // 3)) for number in range(23)]
    client, since, seen = asks("tickets"), "", []
    for _ in range(9):
        page = read(client, f"/api/v1/tickets?limit=4&since={since}")
        seen += [one["service_request_id"] for one in page["tickets"]]
        since = page["next"]
        if not page["more"]:
            break
    assert seen == [f"{number:06d}" for number in range(23)]
    with installation.database.writing() as conn:
        changed(conn, TicketId(ids[4]), 2, installation.clock.now() - timedelta(minutes=2))
        changed(conn, TicketId(ids[5]), 2, installation.clock.now())
    again = read(client, f"/api/v1/tickets?since={since}")
    assert [one["service_request_id"] for one in again["tickets"]] == ["000004"]
    assert read(client, f"/api/v1/tickets?since={again['next']}")["next"] == again["next"]


def test_an_unchanged_answer_is_not_sent_again(world: Installation, asks: Asks) -> None:
    client = asks("tickets")
    first = client.get("/api/v1/tickets/000001")
    tag = first.headers["ETag"]
    same = client.get("/api/v1/tickets/000001", headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    with world.database.writing() as conn:
        conn.exec_driver_sql("UPDATE tickets SET version = 2 WHERE code = '000001'")
    assert client.get("/api/v1/tickets/000001", headers={"If-None-Match": tag}).status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"


HOSTILE = (
    "x", "-", "1", "1-", "-1-1", "1--1", "01-1", "1-1-1", "٣-٣", "9" * 18 + "-1", "1-" + "9" * 19,
    "1e9-1", "%00", "1-1'--", "1-1;drop", "9" * 4000 + "-1", "\udcff", "253402300800000000-0",
)  # fmt: skip


LISTS = ("tickets", "calls")
BAD_LIMITS = ("0", "201", "-1", "1.0", "x", "٣", "1" * 50, "+5", " 5")
BAD_PERIODS = ("2026", "2026-Q1", "2026-W01", "2026-13", "x", "٢٠٢٦-٠١", "2026-01-01")


@pytest.mark.row("F-19")
def test_hostile_cursors_limits_and_periods_are_refused_and_never_break(
    world: Installation, asks: Asks
) -> None:
    client = asks("tickets", "calls", "index")
    asked: list[tuple[str, dict[str, str | bytes]]]
    asked = [(path, {"since": bad.encode("utf-8", "replace")}) for path in LISTS for bad in HOSTILE]
    asked += [(path, {"limit": bad}) for path in LISTS for bad in BAD_LIMITS]
    asked += [(path, {"include": "everything"}) for path in LISTS]
    asked += [("index", {"period": bad}) for bad in BAD_PERIODS]
    wrong = [one for one in asked if client.get(f"/api/v1/{one[0]}", query_string=one[1]).status_code != 400]
    codes = ("00000١", "%20%20%20%20%20%20", "<script", "......")
    wrong += [(bad, {}) for bad in codes if client.get(f"/api/v1/tickets/{bad}").status_code != 404]
    assert wrong == []


@pytest.mark.row("T-01")
def test_hostile_tokens_open_nothing_and_write_nothing(installation: Installation, app: Flask) -> None:
    good = token_for(installation, ["tickets"])
    fields = (
        "", "Bearer", "Bearer ", f"Basic {good}", good, f"Bearer {good}x", f"Bearer {good[:-1]}",
        f"Bearer {good.upper()}", "Bearer tdai_" + "A" * 43, "Bearer " + "A" * 9000, "Bearer ' OR 1=1",
        f"Bearer {good} {good}", "Bearer tdai_" + "é" * 43,
    )  # fmt: skip
    browser = app.test_client()
    seen = {
        field: browser.get("/api/v1/client", headers={"Authorization": field.encode().decode("latin-1")})
        for field in fields
    }
    assert {field: answer.status_code for field, answer in seen.items() if answer.status_code != 401} == {}
    assert browser.get(f"/api/v1/client?token={good}").status_code == 401
    with installation.database.reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM budgets").scalar() == 0


def test_only_reading_is_answered(world: Installation, asks: Asks) -> None:
    client = asks("tickets", "calls", "index", "contents", "callers")
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert client.open("/api/v1/tickets", method=method).status_code == 405


@pytest.mark.row("T-16")
def test_a_client_that_asks_too_often_waits_and_another_does_not(installation: Installation) -> None:
    part = installation.settings.connections.model_copy(update={"api_per_minute": 3})
    strict = dataclasses.replace(
        installation, settings=dataclasses.replace(installation.settings, connections=part)
    )
    app = Flask("limited", static_folder=None)
    keep_watch(app)
    app.register_blueprint(api_blueprint(strict))
    hasty, calm = ({"Authorization": f"Bearer {token_for(installation, ['index'])}"} for _ in range(2))
    browser = app.test_client()
    codes = [browser.get("/api/v1/index", headers=hasty).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert browser.get("/api/v1/index", headers=hasty).headers["Retry-After"] == "60"
    assert browser.get("/api/v1/client", headers=calm).status_code == 200
