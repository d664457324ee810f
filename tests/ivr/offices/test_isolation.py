"""Nothing that opens a door at one office opens one at another: every office, route, role and object.

Three offices have the same people, tickets of the same codes and rows of the same ids; only what is written
in them differs. Whoever is somebody at one of them is nobody at the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from ivr.line.hotline import Hotline
from ivr.offices import dispatcher as dispatching
from ivr.offices.ways import ToOffice
from ivr.offices.ways import way_of as right_way_of
from logbook.accounts import accounts, api_clients, sessions
from logbook.accounts.api_clients import ApiRight
from logbook.accounts.rights import ROLES
from logbook.database.tables import tickets
from logbook.offices.register import Offices
from tests.ivr.offices.house import Province
from tests.logbook.console.cases import by_phone
from tests.logbook.offices.made import CODES, host_of, make_installation

FIRST, SECOND, THIRD = CODES
CODE = "482913"
SESSION = "__Host-tongdai"
FEW = ("chairman", "administrator", "clerk")
CONVERTED = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z_]+)>")


def mark_of(code: str) -> str:
    """What stands in the ticket of one office and nowhere else."""
    return f"Dấu riêng của sổ {code}"


def settle(hotline: Hotline, code: str) -> dict[str, str]:
    """People of every role with a session each, and a ticket with the office's mark; the sessions by role."""
    now = hotline.clock.now()
    by_phone(hotline, CODE, state="classified")
    with hotline.database.writing() as conn:
        conn.execute(update(tickets).values(summary=mark_of(code), content=mark_of(code)))
        found = {}
        for role in ROLES:
            person = accounts.add(
                conn,
                login=role.replace("_", ""),
                name=f"{role} {code}",
                role=role,
                password="correct horse battery",
                now=now,
                sees_restricted=True,
                must_change_password=False,
            )
            found[role] = sessions.begin(conn, person, complete=True, address="", agent="", now=now)
    return found


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Iterator[tuple[Province, dict[str, dict[str, str]]]]:
    province = Province.of(make_installation(tmp_path, book=migrated_file))
    yield province, {code: settle(province.cell(code).hotline, code) for code in CODES}
    province.cells.close()


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Every route with the ids of what is there, and each of its methods."""
    some = {"code": CODE, "day": "2026-11-25", "month": "2026-11", "key": "0" * 32}
    for rule in app.url_map.iter_rules():
        path = CONVERTED.sub(lambda found: some.get(found[1], "1"), rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path


def leaks(
    province: Province, known: dict[str, dict[str, str]], roles: tuple[str, ...], below: str = "/"
) -> list[str]:
    """What somebody of one office got out of another, by its host and by its path."""
    found = []
    for method, path in addresses(province.app(FIRST)):
        if not path.startswith(below):
            continue
        for role in roles:
            token = known[FIRST][role]
            secret = province.cell(FIRST).hotline.settings.secret_key.get_secret_value()
            headers = {"Cookie": f"{SESSION}={token}"}
            form: Any = {"form_token": sessions.form_token(token, secret)} if method != "GET" else None
            at_theirs = province.ask(host_of(SECOND), path, method, headers=headers, data=form)
            of_nobody = province.ask(host_of(SECOND), path, method, data=form)
            same = (at_theirs.status_code, at_theirs.headers.get("Location")) == (
                of_nobody.status_code,
                of_nobody.headers.get("Location"),
            )
            if mark_of(SECOND).encode() in at_theirs.data or not same:
                found.append(f"{role} {method} {host_of(SECOND)}{path}: {at_theirs.status_code}")
            if method == "GET":
                at_own = province.ask(host_of(FIRST), path, headers=headers)
                if any(mark_of(other).encode() in at_own.data for other in CODES[1:]):
                    found.append(f"{role} {method} {host_of(FIRST)}{path}: the other office's words")
    return found


@pytest.mark.proof
def test_no_session_and_no_form_of_an_office_is_worth_anything_at_another(
    house: tuple[Province, dict[str, dict[str, str]]],
) -> None:
    province, known = house
    assert leaks(province, known, FEW) == []


def test_whoever_is_signed_in_at_an_office_sees_its_own_ticket_and_no_other(
    house: tuple[Province, dict[str, dict[str, str]]],
) -> None:
    province, known = house
    seen = {}
    for office in CODES[:2]:
        for whose in CODES[:2]:
            headers = {"Cookie": f"{SESSION}={known[whose]['chairman']}"}
            text = province.ask(host_of(office), f"/console/tickets/{CODE}", headers=headers).text
            seen[office, whose] = [code for code in CODES if mark_of(code) in text]
    assert seen == {
        (FIRST, FIRST): [FIRST],
        (FIRST, SECOND): [],
        (SECOND, FIRST): [],
        (SECOND, SECOND): [SECOND],
    }


def test_a_dispatcher_that_confused_two_offices_would_be_seen(
    house: tuple[Province, dict[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted mistake: what is asked of the second office is answered by the first."""
    province, known = house

    def confused(offices: Offices, host: str, path: str, *more: Any) -> Any:
        way = right_way_of(offices, host, path, *more)
        if isinstance(way, ToOffice) and way.entry.code == SECOND:
            return ToOffice(offices.entries[FIRST], way.path, way.shared)
        return way

    headers = {"Cookie": f"{SESSION}={known[FIRST]['chairman']}"}
    path = f"/console/tickets/{CODE}"
    right = province.ask(host_of(SECOND), path, headers=headers)
    monkeypatch.setattr(dispatching, "way_of", confused)
    wrong = province.ask(host_of(SECOND), path, headers=headers)
    assert (right.status_code, wrong.status_code) == (303, 200)
    assert mark_of(FIRST) in wrong.text
    assert any(f"GET {host_of(SECOND)}{path}: 200" in one for one in leaks(province, known, FEW[:1], path))


def test_a_token_of_another_system_reads_one_office(
    house: tuple[Province, dict[str, dict[str, str]]],
) -> None:
    province, _ = house
    hotline = province.cell(FIRST).hotline
    now = hotline.clock.now()
    with hotline.database.writing() as conn:
        _, token = api_clients.make(conn, "Tỉnh", [ApiRight.TICKETS], 9, "admin", now)
    seen = {}
    for code in CODES:
        answer = province.ask(host_of(code), "/api/v1/tickets", headers={"Authorization": f"Bearer {token}"})
        seen[code] = answer.status_code
    assert seen == {FIRST: 200, SECOND: 401, THIRD: 401}


def test_no_cookie_of_an_office_is_sent_to_another(house: tuple[Province, dict[str, dict[str, str]]]) -> None:
    """The browser itself keeps them apart: each office's cookies belong to its own host alone."""
    province, _ = house
    answer = province.ask(host_of(FIRST), "/console/sign-in")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    assert all(cookie.startswith("__Host-") and "Domain=" not in cookie for cookie in cookies)


def test_no_two_offices_of_a_demonstration_share_a_secret(
    house: tuple[Province, dict[str, dict[str, str]]],
) -> None:
    province, _ = house
    settings = [province.cell(code).hotline.settings for code in CODES]
    assert len({one.auth_token.get_secret_value() for one in settings}) == len(CODES)
    assert len({one.secret_key.get_secret_value() for one in settings}) == len(CODES)
    assert len({one.database_url for one in settings}) == len(CODES)
    assert len({one.data_folder for one in settings}) == len(CODES)
