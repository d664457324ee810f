"""Accounts for the administrator."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.accounts import accounts, administration, audit_log
from logbook.accounts.administration import Account
from logbook.installation import Installation
from tests.logbook.console.conftest import SignIn, form_token

MAI = {"login": "mai", "name": "Mai", "title": "Công chức", "role": "clerk", "telephone": "0912 345 678"}


def send(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    token = form_token(browser.get("/console/people/new").text)
    return browser.post(f"/console/people/{path}", data={"form_token": token, **form})


def account(installation: Installation, login: str) -> Account:
    with installation.database.reading() as conn:
        found = administration.find_login(conn, login)
    assert found is not None
    return found


def one_time(page: str) -> str:
    found = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", page)
    assert found is not None
    return found.group()


def test_a_new_person_signs_in_with_the_password_told_once_and_must_change_it(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    seen = send(administrator, "new", **MAI)
    password = one_time(seen.text)
    assert seen.headers["Cache-Control"] == "no-store"
    assert password not in administrator.get(f"/console/people/{account(installation, 'mai').id}").text
    browser = desk_app.test_client()
    assert browser.post("/console/sign-in", data={"login": "mai", "password": password}).status_code == 303
    assert browser.get("/console/").headers["Location"] == "/console/account"
    with installation.database.reading() as conn:
        assert [entry.act for entry in audit_log.recent(conn, 9, act="add_person")] == ["add_person"]
        assert all(password not in entry.details for entry in audit_log.recent(conn, 50))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"login": "hai chữ"}, "không có dấu cách"),
        ({"login": "Administrator"}, "đã có người dùng"),
        ({"name": " "}, "họ và tên"),
        ({"role": "king"}, "Không có vai trò này"),
        ({"telephone": "1900 1234"}, "số cố định hoặc di động Việt Nam"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    wrong: dict[str, str], told: str, signed_in: SignIn
) -> None:
    answer = send(signed_in("administrator"), "new", **{**MAI, **wrong})
    assert (answer.status_code, told in answer.text) == (400, True)
    assert 'value="Công chức"' in answer.text


@pytest.mark.row("B-16")
def test_nobody_is_reached_at_a_number_of_the_line_itself_however_it_is_written(
    installation: Installation, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    send(administrator, "new", **MAI)
    mai = account(installation, "mai")
    for ours in ("0258.3842.102", "+84 258 384 2102", "842583842102", "sip:02583842102@pbx"):
        for path, form in (("new", {**MAI, "login": "lan"}), (str(mai.id), {**MAI, "version": mai.version})):
            answer = send(administrator, path, **form | {"telephone": ours})
            assert (answer.status_code, "số của chính tổng đài" in answer.text) == (400, True), (path, ours)
    assert account(installation, "mai").telephone == "+84912345678"


def test_the_list_masks_telephones_and_the_page_shows_them(
    installation: Installation, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    send(administrator, "new", **MAI)
    listed = administrator.get("/console/people").text
    assert "0912••••••" in listed
    assert "912.345.678" not in listed
    assert "0912.345.678" in administrator.get(f"/console/people/{account(installation, 'mai').id}").text


def test_of_two_administrators_editing_at_once_the_second_sees_what_the_first_wrote(
    installation: Installation, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    send(administrator, "new", **MAI)
    mai = account(installation, "mai")
    first = send(administrator, str(mai.id), **{**MAI, "version": mai.version, "title": "Trưởng ban"})
    second = send(administrator, str(mai.id), **{**MAI, "version": mai.version, "title": "Phó ban"})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Trưởng ban" in second.text
    assert 'value="Phó ban"' in second.text
    assert account(installation, "mai").title == "Trưởng ban"
    again = re.search(r'name="version" value="(\w+)"', second.text)
    assert again is not None
    send(administrator, str(mai.id), **{**MAI, "version": again.group(1), "title": "Phó ban"})
    assert account(installation, "mai").title == "Phó ban"


@pytest.mark.row("T-10")
def test_an_administrator_cannot_disable_or_promote_themselves(
    installation: Installation, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    own = account(installation, "administrator")
    refused = send(administrator, f"{own.id}/disable")
    assert (refused.status_code, "tự khóa tài khoản" in refused.text) == (409, True)
    form = {"version": own.version, "name": "Quản", "role": "chairman", "sees_restricted": "yes"}
    assert send(administrator, str(own.id), **form).status_code == 303
    kept = account(installation, "administrator")
    assert (kept.role, kept.sees_restricted, kept.name) == ("administrator", False, "Quản")
    assert administrator.get("/console/people").status_code == 200


@pytest.mark.row("T-14")
def test_ones_own_password_and_second_factor_are_changed_in_ones_own_account_only(
    installation: Installation, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    own = account(installation, "administrator")
    for verb in ("password", "second-factor"):
        answer = send(administrator, f"{own.id}/{verb}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/console/account")
    assert not account(installation, "administrator").must_change_password


@pytest.mark.row("T-14")
def test_a_disabled_account_signs_in_no_more_until_it_is_enabled(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    administrator = signed_in("administrator")
    password = one_time(send(administrator, "new", **MAI).text)
    mai, form = account(installation, "mai"), {"login": "mai", "password": password}
    send(administrator, f"{mai.id}/disable")
    assert desk_app.test_client().post("/console/sign-in", data=form).status_code == 401
    assert "Đã khóa từ 25/11/2026" in administrator.get("/console/people").text
    send(administrator, f"{mai.id}/enable")
    assert desk_app.test_client().post("/console/sign-in", data=form).status_code == 303


@pytest.mark.row("T-14")
def test_an_account_closes_by_itself_after_its_last_day_and_so_do_its_sessions(
    installation: Installation, desk_app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = signed_in("administrator")
    form = {**MAI, "role": "team_member", "last_day": "2026-11-25"}
    login = {"login": "mai", "password": one_time(send(administrator, "new", **form).text)}
    assert "Đến hết 25/11/2026" in administrator.get("/console/people").text
    evening = datetime(2026, 11, 25, 16, 55, tzinfo=UTC)
    monkeypatch.setattr(installation.clock, "now", lambda: evening)
    browser = desk_app.test_client()
    assert browser.post("/console/sign-in", data=login).status_code == 303
    assert browser.get("/console/account").status_code == 200
    monkeypatch.setattr(installation.clock, "now", lambda: evening + timedelta(minutes=10))
    assert "/console/sign-in" in browser.get("/console/account").headers["Location"]
    assert desk_app.test_client().post("/console/sign-in", data=login).status_code == 401


@pytest.mark.parametrize("path", ["999", "2147483647", "2147483648", "99999999999999999999", "x", "²"])
def test_an_account_that_is_not_there_is_not_found(path: str, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    assert administrator.get(f"/console/people/{path}").status_code == 404
    for verb in ("", "/password", "/disable", "/enable", "/second-factor"):
        assert send(administrator, f"{path}{verb}").status_code in {404, 405}


@pytest.mark.row("T-06")
def test_a_name_with_markup_is_shown_as_text(installation: Installation, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    send(administrator, "new", **{**MAI, "name": "<script>x</script>", "title": '"><img src=x>'})
    for path in ("people", f"people/{account(installation, 'mai').id}"):
        page = administrator.get(f"/console/{path}").text
        assert "<script>x" not in page
        assert "<img" not in page


def test_what_was_changed_stands_in_the_journal(installation: Installation, signed_in: SignIn) -> None:
    administrator = signed_in("administrator")
    send(administrator, "new", **MAI)
    mai = account(installation, "mai")
    send(administrator, str(mai.id), **{**MAI, "version": mai.version, "role": "auditor"})
    for verb in ("password", "second-factor", "disable", "enable"):
        send(administrator, f"{mai.id}/{verb}")
    with installation.database.reading() as conn:
        lines = audit_log.recent(conn, 9, subject=f"person:{mai.id}")
        assert accounts.find(conn, mai.id) is not None
    acts = ["enable_person", "disable_person", "drop_second_factor", "reset_password"]
    assert [line.act for line in lines] == [*acts, "change_person", "add_person"]
    assert "clerk > auditor" in lines[4].details
