"""One's own account."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from logbook.accounts import accounts, audit_log, second_factor
from logbook.console.cookies import COOKIE
from logbook.console.views.qr import qr_path
from logbook.installation import Installation
from logbook.settings.environment import DEMO_SECRET_KEY as KEY
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token

NEW = "a new sentence to remember"


def cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie(COOKIE)
    assert found is not None
    return found.value


def works(app: Flask, token: str) -> bool:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token)
    return browser.get("/console/").status_code == 200


def send(browser: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    token = form_token(browser.get("/console/account").text)
    answer = browser.post(f"/console/account/{path}", data={"form_token": token, **form})
    return answer.status_code, answer.text


def set_up(installation: Installation, browser: FlaskClient, password: str = PASSWORD) -> tuple[str, int]:
    """Go through the setting up; the secret and the answer's status."""
    shown = browser.get("/console/account/second-factor").text
    found = re.search(r'name="secret" value="([A-Z2-7]{32})"', shown)
    assert found is not None
    code = pyotp.TOTP(found.group(1)).at(installation.clock.now())
    return found.group(1), send(
        browser, "second-factor", secret=found.group(1), code=code, password=password
    )[0]


@pytest.mark.row("T-14")
def test_a_new_password_ends_every_session_but_goes_on_in_this_browser(
    desk_app: Flask, signed_in: SignIn
) -> None:
    elsewhere, browser = signed_in("clerk"), signed_in("clerk")
    old, copied = cookie(browser), cookie(elsewhere)
    assert send(browser, "password", old=PASSWORD, new=NEW, again=NEW)[0] == 303
    assert [works(desk_app, token) for token in (old, copied, cookie(browser))] == [False, False, True]
    answer = desk_app.test_client().post("/console/sign-in", data={"login": "clerk", "password": NEW})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, "Mật khẩu đang dùng không đúng"),
        ({"old": PASSWORD, "new": NEW, "again": "other"}, "không giống nhau"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "ít nhất mười"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "phải khác"),
        ({}, "Mật khẩu đang dùng không đúng"),
    ],
)
def test_a_password_that_cannot_be_changed_says_why_and_signs_nobody_out(
    form: dict[str, str], told: str, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    status, page = send(browser, "password", **form)
    assert (status, told in page) == (400, True)
    assert browser.get("/console/").status_code == 200


@pytest.mark.row("T-14")
def test_the_old_password_cannot_be_guessed_from_an_open_session(signed_in: SignIn) -> None:
    browser = signed_in("clerk")
    answers = [send(browser, "password", old=f"guess {n}", new=NEW, again=NEW)[0] for n in range(12)]
    assert answers == [400] * 10 + [429] * 2


@pytest.mark.row("T-14")
def test_a_second_factor_is_set_with_a_code_that_fits_and_the_password(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    old = cookie(browser)
    assert set_up(installation, browser, password="wrong")[1] == 400
    assert set_up(installation, browser)[1] == 303
    assert [works(desk_app, token) for token in (old, cookie(browser))] == [False, True]
    with installation.database.reading() as conn:
        assert second_factor.is_set(conn, accounts.listed(conn)[0].id)
    assert "Đang bật" in browser.get("/console/account").text


@pytest.mark.row("T-14")
def test_the_code_that_set_the_second_factor_does_not_open_a_session_too(
    installation: Installation, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    secret, _ = set_up(installation, browser)
    moment = installation.clock.now()
    with installation.database.writing() as conn:
        lan = accounts.listed(conn)[0].id
        assert not second_factor.accept(conn, lan, pyotp.TOTP(secret).at(moment), moment, KEY)
        later = moment + timedelta(seconds=30)
        assert second_factor.accept(conn, lan, pyotp.TOTP(secret).at(later), later, KEY)


@pytest.mark.parametrize("secret", ["", "short", "0" * 32, "A" * 33, "á" * 32])
def test_an_odd_secret_begins_anew(secret: str, signed_in: SignIn) -> None:
    browser = signed_in("clerk")
    assert send(browser, "second-factor", secret=secret, code="000000", password=PASSWORD)[0] == 303
    assert "Chưa bật" in browser.get("/console/account").text


def test_a_wrong_code_keeps_the_secret_that_was_scanned(signed_in: SignIn) -> None:
    secret = second_factor.new_secret()
    status, page = send(signed_in("clerk"), "second-factor", secret=secret, code="00000", password=PASSWORD)
    assert (status, f'value="{secret}"' in page) == (400, True)


@pytest.mark.row("T-14")
def test_a_second_factor_is_taken_away_with_the_password_only(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    set_up(installation, browser)
    old = cookie(browser)
    assert send(browser, "second-factor/drop", password="wrong")[0] == 400
    assert send(browser, "second-factor/drop", password=PASSWORD)[0] == 303
    assert [works(desk_app, token) for token in (old, cookie(browser))] == [False, True]
    assert "Chưa bật" in browser.get("/console/account").text


@pytest.mark.row("T-14")
def test_all_others_can_be_signed_out(desk_app: Flask, signed_in: SignIn) -> None:
    elsewhere, browser = cookie(signed_in("clerk")), signed_in("clerk")
    assert "Nơi khác" in browser.get("/console/account").text
    assert send(browser, "sessions/end")[0] == 303
    assert [works(desk_app, token) for token in (elsewhere, cookie(browser))] == [False, True]
    assert "Nơi khác" not in browser.get("/console/account").text


def test_the_language_is_chosen_and_an_unknown_one_is_not(signed_in: SignIn) -> None:
    browser = signed_in("clerk")
    send(browser, "language", language="xx")
    assert "Tài khoản của tôi" in browser.get("/console/account").text
    send(browser, "language", language="en")
    assert "My account" in browser.get("/console/account").text


def test_each_change_stands_in_the_journal(installation: Installation, signed_in: SignIn) -> None:
    browser = signed_in("clerk")
    set_up(installation, browser)
    send(browser, "second-factor/drop", password=PASSWORD)
    send(browser, "password", old=PASSWORD, new=NEW, again=NEW)
    with installation.database.reading() as conn:
        acts = [entry.act for entry in audit_log.recent(conn, 9)]
        assert audit_log.verify(conn) is None
    assert acts == ["change_password", "drop_second_factor", "set_second_factor", "sign_in"]


def test_the_drawn_code_is_square_and_has_a_quiet_zone() -> None:
    path, size = qr_path("otpauth://totp/x?secret=ABC")
    corners = [tuple(map(int, corner)) for corner in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)]
    assert min(min(corner) for corner in corners) == 4
    assert max(max(corner) for corner in corners) == size - 5


@pytest.mark.row("B-14")
def test_a_password_is_changed_and_confirmed_on_two_keyboards_and_opens_on_both(
    desk_app: Flask, signed_in: SignIn
) -> None:
    composed = "một câu dễ nhớ"
    apart = unicodedata.normalize("NFD", composed)
    browser = signed_in("clerk")
    assert send(browser, "password", old=PASSWORD, new=composed, again=apart)[0] == 303
    same = send(browser, "password", old=apart, new=composed, again=composed)
    assert (same[0], "phải khác" in same[1]) == (400, True)
    for typed in (composed, apart, "\ufeff" + composed):
        answer = desk_app.test_client().post("/console/sign-in", data={"login": "Clerk ", "password": typed})
        assert answer.status_code == 303, ascii(typed)
