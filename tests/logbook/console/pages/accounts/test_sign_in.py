"""Signing in and out: the brake on guessing, where it leads, and cookies that die."""

from __future__ import annotations

import threading
from datetime import timedelta
from urllib.parse import quote

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from logbook.accounts import accounts, audit_log, second_factor, sign_in_limits
from logbook.clock import Clock
from logbook.console.cookies import COOKIE
from logbook.console.frame import local_path
from logbook.console.registry import console_blueprint
from logbook.database.engine import Database
from logbook.database.tables import journal as journal_table
from logbook.database.tables import people as people_table
from logbook.guards import keep_watch
from logbook.ids import PersonId
from logbook.installation import Installation, open_installation
from logbook.settings.environment import DEMO_SECRET_KEY as KEY
from tests.browsers import with_browsers
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token
from tests.suite.waiting import PATIENCE


def cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie(COOKIE)
    assert found is not None
    return found.value


def with_cookie(app: Flask, token: str) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, token)
    return browser


def is_dead(app: Flask, token: str) -> bool:
    answer = with_cookie(app, token).get("/console/")
    return answer.status_code == 303 and "/console/sign-in" in answer.headers["Location"]


def person_id(installation: Installation, login: str) -> int:
    with installation.database.reading() as conn:
        return next(person.id for person in accounts.listed(conn) if person.login == login)


@pytest.mark.row("T-14")
def test_the_copied_cookie_of_somebody_who_signed_out_opens_nothing(
    desk_app: Flask, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    copied = cookie(browser)
    token = form_token(browser.get("/console/").text)
    assert not is_dead(desk_app, copied)
    browser.post("/console/sign-out", data={"form_token": token})
    assert is_dead(desk_app, copied)


@pytest.mark.row("T-14")
@pytest.mark.parametrize("event", ["role", "disabled", "password", "factor"])
def test_a_copied_cookie_is_dead_after_what_an_administrator_does(
    event: str, installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    copied = cookie(signed_in("clerk"))
    administrator = signed_in("administrator")
    clerk = person_id(installation, "clerk")
    form = {"form_token": form_token(administrator.get(f"/console/people/{clerk}").text)}
    match event:
        case "role":
            shown = administrator.get(f"/console/people/{clerk}").text
            version = shown.split('name="version" value="')[1].split('"')[0]
            form |= {"version": version, "name": "Lan", "role": "auditor"}
            answer = administrator.post(f"/console/people/{clerk}", data=form)
        case "disabled":
            answer = administrator.post(f"/console/people/{clerk}/disable", data=form)
        case "password":
            answer = administrator.post(f"/console/people/{clerk}/password", data=form)
        case _:
            answer = administrator.post(f"/console/people/{clerk}/second-factor", data=form)
    assert answer.status_code in {200, 303}
    assert is_dead(desk_app, copied)


@pytest.mark.row("T-14")
def test_a_session_begins_with_a_new_token_and_the_one_brought_along_dies(
    desk_app: Flask, signed_in: SignIn
) -> None:
    before = cookie(signed_in("clerk"))
    browser = with_cookie(desk_app, before)
    browser.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    assert cookie(browser) != before
    assert is_dead(desk_app, before)


@pytest.mark.row("T-14")
def test_a_token_nobody_gave_opens_nothing(desk_app: Flask) -> None:
    for token in ("", "x" * 43, "é\x00", "a" * 3000):
        assert is_dead(desk_app, quote(token))


@pytest.mark.row("T-14")
def test_the_cookie_is_hidden_from_scripts_and_from_other_sites(desk_app: Flask, signed_in: SignIn) -> None:
    signed_in("clerk")
    answer = desk_app.test_client().post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    seen = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}="))
    assert "HttpOnly" in seen
    assert "SameSite=Lax" in seen
    assert "Expires" not in seen


@pytest.mark.row("T-14")
def test_two_hundred_wrong_passwords_over_four_workers_are_tried_ten_times_only(
    database_url: str, installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("clerk")
    answers: list[int] = []

    def worker() -> tuple[Database, FlaskClient]:
        own = Database(database_url)
        clock = Clock(installation.clock.now())
        app = Flask("worker", static_folder=None)
        keep_watch(app)
        app.register_blueprint(console_blueprint(open_installation(installation.settings, clock, own)))
        browser = with_browsers(app).test_client()
        browser.get(
            "/console/sign-in"
        )  # compiles routes and templates, which threads had better not do at once
        return own, browser

    def work(own: Database, browser: FlaskClient) -> None:
        for number in range(50):
            login = ("clerk", "CLERK ", "\x01 clerk", "cle\x02rk")[number % 4]
            form = {"login": login, "password": f"wrong {number}"}
            answers.append(browser.post("/console/sign-in", data=form).status_code)
        own.close()

    threads = [threading.Thread(target=work, args=worker()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (answers.count(401), answers.count(429)) == (sign_in_limits.TRIES_PER_LOGIN, 190)


@pytest.mark.row("T-14")
def test_guessing_over_many_logins_from_one_network_is_refused_there(
    desk_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_limits, "TRIES_PER_NETWORK", 12)
    browser = desk_app.test_client()
    answers = [
        browser.post("/console/sign-in", data={"login": f"login{number}", "password": "x"}).status_code
        for number in range(20)
    ]
    assert answers == [401] * 12 + [429] * 8


@pytest.mark.row("T-14")
def test_one_login_under_attack_does_not_use_up_what_the_others_may_try(
    desk_app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_limits, "TRIES_PER_NETWORK", 12)
    attacker = desk_app.test_client()
    for _ in range(40):
        attacker.post("/console/sign-in", data={"login": "nobody", "password": "x"})
    signed_in("clerk")


@pytest.mark.row("T-14")
def test_signing_in_rightly_all_day_is_never_braked(signed_in: SignIn) -> None:
    for _ in range(sign_in_limits.TRIES_PER_LOGIN + 2):
        signed_in("clerk")


def test_the_right_password_opens_again_a_quarter_of_an_hour_later(
    installation: Installation, desk_app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("clerk")
    browser, right = desk_app.test_client(), {"login": "clerk", "password": PASSWORD}
    for _ in range(sign_in_limits.TRIES_PER_LOGIN):
        browser.post("/console/sign-in", data={"login": "clerk", "password": "x"})
    assert browser.post("/console/sign-in", data=right).status_code == 429
    later = installation.clock.now() + timedelta(minutes=15)
    monkeypatch.setattr(Clock, "now", lambda _: later)
    assert browser.post("/console/sign-in", data=right).status_code == 303


@pytest.mark.row("T-14")
def test_with_a_second_factor_the_password_alone_opens_nothing(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    secret = second_factor.new_secret()
    with installation.database.writing() as conn:
        second_factor.keep(conn, PersonId(person_id(installation, "clerk")), secret, KEY)
    browser = desk_app.test_client()
    asked = browser.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    half = cookie(browser)
    assert (asked.status_code, "Mã sáu số" in asked.text) == (200, True)
    assert is_dead(desk_app, half)
    assert browser.post("/console/second-factor", data={"code": "000000"}).status_code == 401
    code = pyotp.TOTP(secret).at(installation.clock.now())
    answer = browser.post("/console/second-factor", data={"code": code, "next": "/console/calendar"})
    assert answer.headers["Location"] == "/console/calendar"
    assert cookie(browser) != half
    assert browser.get("/console/").status_code == 200
    again = with_cookie(desk_app, half).post("/console/second-factor", data={"code": code})
    assert is_dead(desk_app, half)
    assert again.status_code == 303


@pytest.mark.row("T-15")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/console/",
        "javascript:alert(1)",
        "/console/\r\nSet-Cookie: a=b",
        "/console/\nx",
        "/console\\@evil.example",
        "/console.evil.example/",
        "//[",
        "http://[::1",
        "http://ex℀mple/",
        "/console/\x00",
        "@evil.example",
        " //evil.example",
        "/%2f%2fevil.example",
        "x" * 5000,
    ],
)
def test_signing_in_never_leads_out_of_the_house_and_never_breaks(
    target: str, desk_app: Flask, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    shown = browser.get("/console/sign-in", query_string={"next": target})
    form = {"login": "clerk", "password": PASSWORD, "next": target}
    posted = desk_app.test_client().post("/console/sign-in", data=form)
    for answer in (shown, posted):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")


@pytest.mark.row("T-15")
def test_a_page_of_ours_is_come_back_to() -> None:
    for target in ("/console", "/console/", "/console/tickets?q=đường&which=all", "/console?x=1"):
        assert local_path(target) == target


def test_whoever_must_change_the_password_comes_no_further_than_the_account(
    installation: Installation, signed_in: SignIn
) -> None:
    browser = signed_in("clerk")
    with installation.database.writing() as conn:
        conn.execute(people_table.update().values(must_change_password=True))
    for path in ("/console/", "/console/calendar"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/console/account")
    assert "chỉ dùng được một lần" in browser.get("/console/account").text


def test_what_was_typed_as_a_login_nobody_has_is_not_kept_in_the_journal(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    browser = desk_app.test_client()
    for login in ("my-secret-password", "CLERK"):
        browser.post("/console/sign-in", data={"login": login, "password": "x"})
    with installation.database.reading() as conn:
        failed = [entry.who for entry in audit_log.recent(conn, 9, act="sign_in_failed")]
        kept = conn.execute(select(journal_table.c.details)).scalars().all()
    assert failed == ["clerk", "?"]
    assert not any("secret" in details for details in kept)


def test_a_sentence_that_needs_words_cannot_be_called_up_by_an_address(signed_in: SignIn) -> None:
    browser = signed_in("clerk")
    assert browser.get("/console/?said=line_reason_closure").status_code == 200
    assert "Đã mở lại đường dây." in browser.get("/console/?said=line_opened_now").text
