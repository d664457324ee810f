"""The personal PIN for the telephone, on the account's page."""

from __future__ import annotations

import html

import pytest
from flask.testing import FlaskClient

from logbook.accounts import audit_log, phone_pin
from logbook.ids import PersonId
from logbook.installation import Installation
from tests.logbook.console.cases import person_id
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token

PIN = "472906"


def send(browser: FlaskClient, path: str = "phone-pin", **form: str) -> tuple[int, str]:
    token = form_token(browser.get("/console/account").text)
    answer = browser.post(f"/console/account/{path}", data={"form_token": token, **form})
    return answer.status_code, html.unescape(answer.text)


def has_pin(installation: Installation, login: str) -> bool:
    with installation.database.reading() as conn:
        return phone_pin.has_pin(conn, PersonId(person_id(installation, login)))


def fits(installation: Installation, login: str, pin: str) -> bool:
    with installation.database.writing() as conn:
        now = installation.clock.now()
        whose = person_id(installation, login)
        return phone_pin.check(conn, PersonId(whose), pin, tries_per_day=9, now=now) == "right"


@pytest.mark.row("T-14")
def test_a_pin_is_set_changed_and_removed_with_the_password_and_never_written_down(
    installation: Installation, signed_in: SignIn
) -> None:
    browser = signed_in("chairman")
    assert "Chưa có mã" in browser.get("/console/account").text
    assert send(browser, pin=PIN, pin_again=PIN, password=PASSWORD)[0] == 303
    assert fits(installation, "chairman", PIN)
    assert send(browser, pin="805317", pin_again="805317", password=PASSWORD)[0] == 303
    assert fits(installation, "chairman", "805317")
    assert not fits(installation, "chairman", PIN)
    assert ">Đã đặt<" in browser.get("/console/account").text
    assert send(browser, "phone-pin/drop", password="wrong")[0] == 400
    assert has_pin(installation, "chairman")
    assert send(browser, "phone-pin/drop", password=PASSWORD)[0] == 303
    assert not has_pin(installation, "chairman")
    with installation.database.reading() as conn:
        lines = audit_log.recent(conn, 3)
    assert [line.act for line in lines] == ["drop_phone_pin", "set_phone_pin", "set_phone_pin"]
    assert not [line for line in lines if PIN in repr(line) or "805317" in repr(line)]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"pin": PIN, "pin_again": "472907", "password": PASSWORD}, "không giống nhau"),
        ({"pin": PIN, "pin_again": PIN, "password": "wrong"}, "Mật khẩu đang dùng không đúng"),
        ({"pin": "1234", "pin_again": "1234", "password": PASSWORD}, "Mã này không dùng được"),
        ({"pin": "1979", "pin_again": "1979", "password": PASSWORD}, "Mã này không dùng được"),
        ({"pin": "", "pin_again": "", "password": PASSWORD}, "Mã này không dùng được"),
    ],
)
def test_a_pin_that_is_not_set_says_why(
    installation: Installation, signed_in: SignIn, form: dict[str, str], told: str
) -> None:
    status, page = send(signed_in("clerk"), **form)
    assert (status, told in page) == (400, True)
    assert not has_pin(installation, "clerk")


@pytest.mark.row("T-14")
def test_the_password_cannot_be_guessed_through_the_pin(signed_in: SignIn) -> None:
    browser = signed_in("clerk")
    answers = [send(browser, pin=PIN, pin_again=PIN, password=f"guess {n}")[0] for n in range(12)]
    assert answers == [400] * 10 + [429] * 2


def test_who_may_not_listen_is_offered_no_pin(installation: Installation, signed_in: SignIn) -> None:
    browser = signed_in("auditor")
    assert "phone-pin" not in browser.get("/console/account").text
    assert send(browser, pin=PIN, pin_again=PIN, password=PASSWORD)[0] == 403
    assert not has_pin(installation, "auditor")
