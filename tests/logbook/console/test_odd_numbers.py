"""Numbers nobody keeps, in addresses, queries and forms: never an error of the program (S11)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from logbook import console
from logbook.accounts import accounts
from logbook.installation import Installation
from logbook.search import saved_views, ticket_filters
from tests.logbook.console.cases import by_phone, token_of
from tests.logbook.console.conftest import SignIn

LARGEST_KEPT = 2**63 - 1
ODD = ("9" * 20, str(2**31), "-1", "²", "９" * 20)
TEXTS = {"reason": "vì", "text": "câu", "note": "câu", "result": "talked", "answer": "Đã sửa.", "name": "Lan"}
NUMBERS = frozenset(
    {
        *(
            "before",
            "before_hold",
            "before_ticket",
            "call",
            "concerned",
            "assigned",
            "day",
            "days",
        ),
        *(
            "from",
            "known",
            "number",
            "opinions",
            "page",
            "period",
            "pick",
            "recording",
        ),
        *(
            "seen",
            "since",
            "subject",
            "tag",
            "to",
            "until",
            "version",
            "year",
        ),
        *(
            "person",
            "at",
            "opened_on",
            "code",
            "q",
            "who",
        ),
    }
)
"""Fields that hold a number, a day or a code: each gets the odd one, the others something plain."""


def rules(app: Flask) -> Iterator[Rule]:
    yield from (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console."))


def fields() -> set[str]:
    """Every name that a page of the console reads or sends."""
    folder = Path(console.__file__).parent
    read = re.compile(r"""(?:args|form|filled)\.(?:get|getlist|number|text|ticked)\("([a-z_]+)\"""")
    sent = re.compile(r'name="([a-z_]+)"')
    sources = [*folder.rglob("*.py"), *folder.rglob("*.html")]
    return {name for file in sources for found in (read, sent) for name in found.findall(file.read_text())}


def address(rule: Rule, given: str, code: str) -> str:
    path = re.sub(r"<int[^>]*>", quote(given), rule.rule)
    return re.sub(r"<[^>]*code>", code, path).replace("<figure>", "calls.all").replace("<name>", "style.css")


@pytest.fixture
def chief(installation: Installation, signed_in: SignIn) -> FlaskClient:
    """Somebody who may do nearly everything."""
    return signed_in("head_of_office")


@pytest.mark.row("S11")
def test_an_address_with_a_number_nobody_keeps_is_not_there(
    desk_app: Flask, chief: FlaskClient, signed_in: SignIn
) -> None:
    administrator, wrong = signed_in("administrator"), []
    for browser in (chief, administrator):
        token = token_of(browser)
        for rule in rules(desk_app):
            if "<int" not in rule.rule:
                continue
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            for odd in ("9" * 20, str(LARGEST_KEPT), "9" * 400, "²", "-1"):
                answer = browser.open(address(rule, odd, "000000"), method=method, data={"form_token": token})
                if answer.status_code >= 500 or (
                    len(odd) != 19 and answer.status_code not in {403, 404, 405}
                ):
                    wrong.append((answer.status_code, rule.rule, odd[:24]))
    assert wrong == []


@pytest.mark.row("S11")
def test_the_view_of_the_case_is_not_there_and_another_is_deleted(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    with installation.database.writing() as conn:
        lan = next(one for one in accounts.listed(conn) if one.login == "clerk")
        kept = saved_views.keep(conn, lan.id, "thôn Đông", ticket_filters.read({"q": "thôn Đông"}))
    data = {"form_token": token_of(clerk)}
    assert clerk.post(f"/console/tickets/views/{'9' * 20}/delete", data=data).status_code == 404
    assert clerk.post(f"/console/tickets/views/{kept}/delete", data=data).status_code == 303


@pytest.mark.row("S11")
def test_queries_and_forms_with_odd_numbers_break_no_page(
    installation: Installation, desk_app: Flask, chief: FlaskClient, signed_in: SignIn
) -> None:
    code = by_phone(installation).code
    signed_in("administrator")
    names, wrong = sorted(fields() - {"form_token"}), []
    assert NUMBERS & set(names) >= {"before", "days", "version", "pick", "seen", "number"}
    with installation.database.reading() as conn:
        chief_id = next(one.id for one in accounts.listed(conn) if one.login == "head_of_office")
    administrator = signed_in("administrator")
    tokens = {chief: token_of(chief), administrator: token_of(administrator)}
    for browser, token in tokens.items():
        for rule in rules(desk_app):
            if (browser is administrator) != rule.rule.startswith("/console/people"):
                continue
            if rule.endpoint.endswith((".sign_out", ".static", ".change_password", ".end_other_sessions")):
                continue
            for odd in ODD:
                mixed = {name: odd if name in NUMBERS else TEXTS.get(name, odd) for name in names}
                form = mixed | {
                    "form_token": token,
                    "pick": [f"{code}:{odd}", odd],
                    "seen": [f"{odd}:{odd}", odd],
                }
                path = address(rule, str(chief_id + 1), code)
                method = "GET" if "GET" in (rule.methods or ()) else "POST"
                sent = {"query_string": mixed} if method == "GET" else {"data": form}
                answer = browser.open(path, method=method, **sent)
                answer.close()
                if answer.status_code >= 500:
                    wrong.append((answer.status_code, rule.rule, odd[:24]))
    assert wrong == [], json.dumps(wrong, ensure_ascii=False)
