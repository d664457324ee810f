"""Who may read what through the API: clients with each right against routes and fields, deny by default."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from flask import Flask

from logbook.accounts import api_clients
from logbook.accounts.api_clients import ApiRight
from logbook.database.tables import journal
from logbook.installation import Installation
from tests.logbook.api.conftest import ADDRESS, NAME, NUMBER, TOLD, Asks, read, token_for

ROUTES = {
    "/api/v1/client": None,
    "/api/v1/openapi.json": None,
    "/api/v1/services": "tickets",
    "/api/v1/tickets": "tickets",
    "/api/v1/tickets/000001": "tickets",
    "/api/v1/calls": "calls",
    "/api/v1/calls/1": "calls",
    "/api/v1/index": "index",
    "/metrics": "metrics",
}
"""Every route with the right it asks for; None: any client."""
PERSONAL = (NUMBER, NUMBER[3:], NAME, ADDRESS)


def every_set_of_rights() -> list[tuple[str, ...]]:
    rights = [str(right) for right in ApiRight]
    return [chosen for size in range(len(rights) + 1) for chosen in combinations(rights, size)]


def test_every_route_of_the_api_is_in_the_matrix(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        matched = {adapter.match(path, return_rule=True)[0].rule for path in ROUTES}
    assert matched == rules


@pytest.mark.row("T-10")
def test_each_set_of_rights_opens_exactly_its_routes_and_its_fields(world: Installation, asks: Asks) -> None:
    wrong: list[object] = []
    for rights in every_set_of_rights():
        client = asks(*rights)
        for path, needed in ROUTES.items():
            for query in ("", "?include=caller"):
                if query and needed not in ("tickets", "calls"):
                    continue
                if path.endswith("services") and query:
                    continue
                answer = client.get(path + query)
                expected = 401 if not rights else 200 if needed is None or needed in rights else 403
                if query and "callers" not in rights and expected == 200:
                    expected = 403
                if answer.status_code != expected:
                    wrong.append((rights, path + query, answer.status_code, expected))
                wrong += _leaks(answer.text, rights, path, query)
    assert wrong == []


def _leaks(text: str, rights: tuple[str, ...], path: str, query: str) -> list[object]:
    callers = "callers" in rights and bool(query)
    found: list[object] = [
        (rights, path, query, word) for word in PERSONAL if word in text and not (callers and word)
    ]
    if TOLD in text and "contents" not in rights:
        found.append((rights, path, query, TOLD))
    return found


@pytest.mark.row("T-10")
def test_what_stays_in_the_house_is_not_there_whatever_the_rights(world: Installation, asks: Asks) -> None:
    client = asks(*ApiRight)
    codes = [one["service_request_id"] for one in read(client, "/api/v1/tickets?limit=200")["tickets"]]
    assert sorted(codes) == ["000001", "000002", "000003", "000004", "000005"]
    assert [client.get(f"/api/v1/tickets/00000{number}").status_code for number in (6, 7, 8)] == [404] * 3
    calls = [one["id"] for one in read(client, "/api/v1/calls?limit=200")["calls"]]
    assert sorted(calls) == [1, 2, 3, 4, 5]
    assert [client.get(f"/api/v1/calls/{number}").status_code for number in (6, 7, 8, 9)] == [404] * 4


@pytest.mark.row("T-10")
def test_words_and_callers_of_unclassified_tickets_and_those_about_officials_stay_inside(
    world: Installation, asks: Asks
) -> None:
    client = asks(*ApiRight)
    shown: dict[str, dict[str, Any]] = {
        one["service_request_id"]: one
        for one in read(client, "/api/v1/tickets?include=caller&limit=200")["tickets"]
    }
    assert shown["000001"]["description"] == TOLD
    assert (shown["000001"]["phone"], shown["000001"]["name"]) == (NUMBER, NAME)
    assert [code for code, one in shown.items() if one["description"]] == ["000001", "000005"]
    assert [code for code, one in shown.items() if "phone" in one] == ["000001"]
    calls = read(client, "/api/v1/calls?include=caller&limit=200")["calls"]
    assert [one["id"] for one in calls if "phone" in one] == [1, 5]


@pytest.mark.row("T-28")
def test_reading_callers_is_written_into_the_audit_log_and_reading_else_is_not(
    world: Installation, asks: Asks
) -> None:
    client = asks("tickets", "callers", "contents")
    client.get("/api/v1/tickets")
    client.get("/api/v1/tickets/000002?include=caller")
    with world.database.reading() as conn:
        assert [row.act for row in conn.execute(journal.select())] == []
    client.get("/api/v1/tickets?include=caller")
    client.get("/api/v1/tickets/000001?include=caller")
    with world.database.reading() as conn:
        lines = [(row.who, row.act, row.details) for row in conn.execute(journal.select())]
    assert [(who, act) for who, act, _ in lines] == [("api: Tỉnh", "api_callers")] * 2
    assert all("000001" in details for _, _, details in lines)


@pytest.mark.row("T-14")
def test_a_token_that_was_revoked_or_is_past_its_end_opens_nothing(
    installation: Installation, asks: Asks
) -> None:
    client = asks("index")
    assert client.get("/api/v1/client").status_code == 200
    with installation.database.writing() as conn:
        api_clients.revoke(conn, 1, installation.clock.now())
    assert client.get("/api/v1/client").status_code == 401
    with installation.database.writing() as conn:
        late = api_clients.make(conn, "Cũ", ["index"], 1, "test", datetime_ago(installation, days=2))
    old = asks()
    assert old.get("/api/v1/client", headers={"Authorization": f"Bearer {late[1]}"}).status_code == 401


def datetime_ago(installation: Installation, **by: float) -> datetime:
    return installation.clock.now() - timedelta(**by)


@pytest.mark.row("T-04")
def test_no_token_stands_in_the_database(installation: Installation) -> None:
    token = token_for(installation, ["index"])
    with installation.database.reading() as conn:
        kept = str([tuple(row) for row in conn.exec_driver_sql("SELECT * FROM api_clients")])
    assert token not in kept
    assert token[5:] not in kept
