"""Every route of the console for everybody: the table that was agreed against what is really let in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from logbook.accounts import accounts, sessions
from logbook.accounts.rights import ROLES
from logbook.console.cookies import COOKIE
from logbook.installation import Installation

TABLE = Path(__file__).with_name("rights_matrix.csv")
PUBLIC = {"static", "duty_feed", "sign_in_page", "sign_in_now", "second_factor_now"}
"""The views without an act: whoever is not signed in needs them."""
WITHOUT_SESSION = {"sign_in_now", "second_factor_now"}
"""The forms that are sent before there is a session to carry a token for."""


@dataclass(frozen=True)
class Cell:
    """One route, asked in one way."""

    endpoint: str
    method: str
    rule: Rule

    def url(self, app: Flask) -> str:
        """An address of the route with ids that nothing has."""
        wanted = {name: self._some(name) for name in self.rule.arguments}
        with app.test_request_context():
            return app.url_map.bind("localhost").build(self.rule.endpoint, wanted, method=self.method)

    def _some(self, name: str) -> str | int:
        kind = type(self.rule._converters[name]).__name__
        if kind == "IntegerConverter":
            return 2_000_000_000
        return "2026-11-25" if "day" in name else "0" * 32 if name == "key" else "nocode"


def cells(app: Flask) -> Iterator[Cell]:
    for rule in app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.partition(".")
        if blueprint == "console":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Cell(endpoint, method, rule)


def agreed() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row.pop("endpoint"), row.pop("method")): row for row in csv.DictReader(file)}


def enter(installation: Installation, app: Flask, role: str) -> tuple[FlaskClient, str]:
    """A browser with a fresh session of that role, and the token of its forms."""
    now = installation.clock.now()
    with installation.database.writing() as conn:
        known = {person.login: person.id for person in accounts.listed(conn)}
        person_id = known.get(role) or accounts.add(
            conn,
            login=role,
            name=role,
            role=role,
            password="correct horse battery",
            now=now,
            sees_restricted=True,
            must_change_password=False,
        )
        token = sessions.begin(conn, person_id, complete=True, address="", agent="", now=now)
    browser = app.test_client()
    browser.set_cookie(COOKIE, token)
    return browser, sessions.form_token(token, installation.settings.secret_key.get_secret_value())


@pytest.mark.row("T-10")
def test_every_route_is_in_the_table_and_every_line_of_the_table_is_a_route(desk_app: Flask) -> None:
    assert {(cell.endpoint, cell.method) for cell in cells(desk_app)} == set(agreed())


@pytest.mark.row("T-10")
def test_every_console_view_carries_its_act_or_is_one_of_the_few_public_ones(desk_app: Flask) -> None:
    for cell in cells(desk_app):
        view = desk_app.view_functions[f"console.{cell.endpoint}"]
        assert hasattr(view, "guard"), cell
        assert hasattr(view, "act") or cell.endpoint in PUBLIC, cell


@pytest.mark.row("T-10")
@pytest.mark.parametrize("role", ["anonymous", *ROLES])
def test_each_role_is_let_in_exactly_where_the_table_says(
    role: str, installation: Installation, desk_app: Flask
) -> None:
    table = agreed()
    seen: dict[tuple[str, str], str] = {}
    for cell in cells(desk_app):
        if cell.endpoint == "static":
            continue
        browser, token = desk_app.test_client(), ""
        if role != "anonymous":
            browser, token = enter(installation, desk_app, role)
        answer = browser.open(cell.url(desk_app), method=cell.method, data={"form_token": token})
        assert answer.status_code < 500, cell
        to_sign_in = answer.status_code == 303 and "/console/sign-in" in answer.headers["Location"]
        if cell.endpoint == "sign_out" and role != "anonymous":
            to_sign_in = False  # where it leads everybody who was let in
        refused = answer.status_code == 403 or (to_sign_in and cell.endpoint not in PUBLIC)
        seen[cell.endpoint, cell.method] = "no" if refused else "yes"
    assert seen == {key: row[role] for key, row in table.items() if key[0] != "static"}


@pytest.mark.row("T-15")
def test_no_form_is_taken_without_the_token_of_its_own_session(
    installation: Installation, desk_app: Flask
) -> None:
    browser, _ = enter(installation, desk_app, "head_of_office")
    _, of_another = enter(installation, desk_app, "administrator")
    unsafe = [
        cell for cell in cells(desk_app) if cell.method != "GET" and cell.endpoint not in WITHOUT_SESSION
    ]
    assert len(unsafe) > 10
    for cell in unsafe:
        for form in ({}, {"form_token": ""}, {"form_token": "\ud7ff\x00"}, {"form_token": of_another}):
            answer = browser.open(cell.url(desk_app), method=cell.method, data=form)
            assert answer.status_code == 400, (cell, form)
