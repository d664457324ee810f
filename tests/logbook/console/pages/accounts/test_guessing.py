"""The guesser pays, not the owner: passwords and codes tried from near and far (S3, T-27)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from logbook.accounts import accounts, known_devices, second_factor, sign_in_limits
from logbook.clock import Clock
from logbook.console.cookies import COOKIE
from logbook.console.registry import console_blueprint
from logbook.guards import keep_watch
from logbook.ids import PersonId
from logbook.installation import Installation
from logbook.settings.environment import DEMO_SECRET_KEY as KEY
from tests.browsers import Browser, with_browsers
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token

HOME = "203.0.113.7"
"""Where the owner sits, with whoever else sits there."""
DEVICE = f"{COOKIE}-device"


def try_in(browser: FlaskClient, login: str, password: str, address: str) -> int:
    form = {"login": login, "password": password}
    return browser.post("/console/sign-in", data=form, environ_base={"REMOTE_ADDR": address}).status_code


def guess(app: Flask, addresses: list[str], tries: int, logins: tuple[str, ...] = ("clerk",)) -> Counter[int]:
    """Wrong passwords, one browser an address, each form opened once and sent again and again."""
    browsers = [Browser(app) for _ in addresses]
    tokens = [
        b.sign_in_token(environ_base={"REMOTE_ADDR": a}) for b, a in zip(browsers, addresses, strict=True)
    ]
    answers: Counter[int] = Counter()
    for number in range(tries):
        at = number % len(addresses)
        form = {
            "login": logins[number % len(logins)],
            "password": f"wrong {number}",
            "form_token": tokens[at],
        }
        sent: Any = {"data": form, "environ_base": {"REMOTE_ADDR": addresses[at]}}
        answers[browsers[at].post("/console/sign-in", **sent).status_code] += 1
    return answers


def account(installation: Installation, signed_in: SignIn) -> int:
    signed_in("clerk")
    with installation.database.reading() as conn:
        found = accounts.hash_of(conn, "clerk")
    assert found is not None
    return found[0]


@pytest.mark.row("S3")
@pytest.mark.row("T-27")
def test_a_thousand_wrong_passwords_from_one_address_refuse_the_guesser_and_never_the_owner(
    desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    known = desk_app.test_client()
    assert try_in(known, "clerk", PASSWORD, HOME) == 303
    answers = guess(desk_app, ["198.51.100.9"], 1000, ("clerk", "nobody", "chairman", "x"))
    assert set(answers) == {401, 429}
    assert answers[401] <= sign_in_limits.TRIES_PER_NETWORK
    assert try_in(known, "clerk", PASSWORD, HOME) == 303
    assert try_in(desk_app.test_client(), "clerk", PASSWORD, HOME) == 303


@pytest.mark.row("S3")
@pytest.mark.row("T-27")
def test_a_thousand_wrong_passwords_from_two_hundred_addresses_never_refuse_the_owner(
    desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    known = desk_app.test_client()
    assert try_in(known, "clerk", PASSWORD, HOME) == 303
    everywhere = [f"198.51.{high}.{low}" for high in range(10) for low in range(20)]
    answers = guess(desk_app, everywhere, 1000)
    assert set(answers) == {401, 429}
    assert answers[401] <= sign_in_limits.TRIES_IN_ALL + len(everywhere)
    assert try_in(known, "clerk", PASSWORD, "203.0.113.99") == 303
    assert try_in(desk_app.test_client(), "clerk", PASSWORD, HOME) == 303


@pytest.mark.row("S3")
def test_a_guesser_in_the_same_office_does_not_refuse_the_browsers_that_signed_in_before(
    desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    known = desk_app.test_client()
    assert try_in(known, "clerk", PASSWORD, HOME) == 303
    guess(desk_app, [HOME], 400, ("clerk", "a", "b", "c", "d", "e", "f", "g"))
    assert try_in(desk_app.test_client(), "clerk", PASSWORD, HOME) == 429
    assert [try_in(known, "clerk", PASSWORD, HOME) for _ in range(15)] == [303] * 15


@pytest.mark.row("S3")
def test_a_known_browser_has_few_tries_of_its_own_and_none_for_other_accounts(
    desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    signed_in("auditor")
    known = desk_app.test_client()
    assert try_in(known, "clerk", PASSWORD, HOME) == 303
    answers = [try_in(known, "clerk", "wrong", HOME) for _ in range(12)]
    assert answers == [401] * sign_in_limits.TRIES_OF_DEVICE + [429] * 2
    assert try_in(desk_app.test_client(), "clerk", PASSWORD, HOME) == 303  # the network is not to blame
    guess(desk_app, [HOME], 20, ("auditor",))
    assert try_in(known, "auditor", PASSWORD, HOME) == 429


@pytest.mark.row("S3")
def test_when_everybody_guesses_a_network_that_was_wrong_takes_ten_seconds_over_a_form_and_gets_in(
    installation: Installation, desk_app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("clerk")
    monkeypatch.setattr(sign_in_limits, "TRIES_IN_ALL", 3)
    guess(desk_app, ["198.51.100.1", "198.51.100.2"], 4)
    owner, begun = Browser(desk_app), installation.clock.now()
    home = {"environ_base": {"REMOTE_ADDR": HOME}}
    assert try_in(owner, "clerk", "mistyped", HOME) == 401
    form = {"login": "clerk", "password": PASSWORD, "form_token": owner.sign_in_token(**home)}
    hasty = owner.post("/console/sign-in", data=form, **home)
    assert (hasty.status_code, "chờ mười giây" in hasty.text) == (429, True)
    monkeypatch.setattr(Clock, "now", lambda _: begun + timedelta(seconds=11))
    assert owner.post("/console/sign-in", data=form | {"password": "mistyped"}, **home).status_code == 401
    assert owner.post("/console/sign-in", data=form, **home).status_code == 429  # one form is one try
    form["form_token"] = owner.sign_in_token(**home)
    monkeypatch.setattr(Clock, "now", lambda _: begun + timedelta(seconds=22))
    assert owner.post("/console/sign-in", data=form, **home).status_code == 303


@pytest.mark.row("S3")
def test_a_device_cookie_that_is_forged_borrowed_over_or_of_another_password_exempts_nobody(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    person_id = account(installation, signed_in)
    signed_in("auditor")
    now = installation.clock.now()
    with installation.database.reading() as conn:
        hashed, other = accounts.hash_of(conn, "clerk"), accounts.hash_of(conn, "auditor")
    assert hashed is not None
    assert other is not None
    secret = installation.settings.secret_key.get_secret_value()

    def cookie(key: str = secret, who: int = person_id, password: str = hashed[1], days: int = 0) -> str:
        mark = known_devices.mark_of(key, password)
        return known_devices.signed_in(key, [], PersonId(who), mark, now - timedelta(days=days))

    guess(desk_app, [HOME], 11)
    good = cookie()
    of_others = [cookie(key="another key of sixteen"), cookie(password=other[1]), cookie(who=other[0])]
    rotten = ["", "x", good[:-1], good + "x", good * 40, cookie(days=181), "é", "[]", "eyJ"]
    for brought, status in [(good, 303), *((one, 429) for one in of_others + rotten)]:
        browser = desk_app.test_client()
        browser.set_cookie(DEVICE, brought)
        assert try_in(browser, "clerk", PASSWORD, HOME) == status, brought


@pytest.mark.row("S3")
def test_a_new_password_forgets_the_browsers_of_old_and_remembers_the_one_it_was_set_in(
    desk_app: Flask, signed_in: SignIn
) -> None:
    new = "another sentence of hers"
    here, elsewhere = signed_in("clerk"), signed_in("clerk")
    form = {"old": PASSWORD, "new": new, "again": new}
    form["form_token"] = form_token(here.get("/console/account").text)
    assert here.post("/console/account/password", data=form).status_code == 303
    guess(desk_app, ["127.0.0.1"], 11)
    assert try_in(elsewhere, "clerk", new, "127.0.0.1") == 429
    here.delete_cookie(COOKIE)
    assert try_in(here, "clerk", new, "127.0.0.1") == 303


@pytest.mark.row("S3")
def test_whoever_has_the_password_cannot_spend_the_owners_tries_at_the_second_factor(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    person_id = account(installation, signed_in)
    secret = second_factor.new_secret()
    with installation.database.writing() as conn:
        second_factor.keep(conn, PersonId(person_id), secret, KEY)
    code = pyotp.TOTP(secret).at(installation.clock.now())

    def with_code(browser: FlaskClient, address: str, sent: str) -> int:
        at = {"REMOTE_ADDR": address}
        return browser.post("/console/second-factor", data={"code": sent}, environ_base=at).status_code

    known = desk_app.test_client()
    assert try_in(known, "clerk", PASSWORD, HOME) == 200
    assert with_code(known, HOME, code) == 303
    answers: Counter[int] = Counter()
    for number in range(12):
        thief, address = desk_app.test_client(), f"198.51.100.{number}"
        assert try_in(thief, "clerk", PASSWORD, address) == 200
        answers.update(with_code(thief, address, "000000") for _ in range(12))
    assert answers == {
        401: sign_in_limits.CODES_FROM_STRANGERS,
        429: 144 - sign_in_limits.CODES_FROM_STRANGERS,
    }
    later = pyotp.TOTP(secret).at(installation.clock.now() + timedelta(seconds=30))
    known.delete_cookie(COOKIE)
    assert try_in(known, "clerk", PASSWORD, HOME) == 200
    assert with_code(known, HOME, later) == 303


@pytest.mark.row("S3")
def test_guesses_in_one_open_session_refuse_neither_the_owner_elsewhere_nor_the_sign_in(
    desk_app: Flask, signed_in: SignIn
) -> None:
    left_open, elsewhere = signed_in("clerk"), signed_in("clerk")

    def change(browser: FlaskClient, old: str) -> int:
        form = {"old": old, "new": "a new long password", "again": "a new long password"}
        form["form_token"] = form_token(browser.get("/console/account").text)
        return browser.post("/console/account/password", data=form).status_code

    assert [change(left_open, f"guess {n}") for n in range(12)] == [400] * 10 + [429] * 2
    assert try_in(desk_app.test_client(), "clerk", PASSWORD, "127.0.0.1") == 303
    assert change(elsewhere, PASSWORD) == 303


@pytest.mark.row("S13")
def test_a_sign_in_form_without_its_token_signs_nobody_in_and_says_what_to_do(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    signed_in("clerk")
    browser, other = Browser(desk_app), Browser(desk_app)
    right = {"login": "clerk", "password": PASSWORD}
    strange = ["", "x", "1.2.3", other.sign_in_token(), browser.sign_in_token() + "0", "²." + "a" * 16]
    for token in strange:
        answer = browser.post("/console/sign-in", data=right | {"form_token": token})
        assert (answer.status_code, "Xin gõ lại" in answer.text) == (400, True), token
        assert browser.get_cookie(COOKIE) is None
    assert browser.post("/console/sign-in", data=right).status_code == 303


def test_one_customer_of_an_ipv6_provider_is_one_network_and_neighbours_are_others() -> None:
    same = {sign_in_limits.network_of(f"2001:db8:1:2::{number:x}") for number in range(1, 50)}
    assert same == {"2001:db8:1:2::/64"}
    assert sign_in_limits.network_of("2001:db8:1:3::1") == "2001:db8:1:3::/64"
    assert (
        sign_in_limits.network_of("::ffff:192.0.2.5") == sign_in_limits.network_of("192.0.2.5") == "192.0.2.5"
    )
    assert sign_in_limits.network_of("fe80::1%eth0") == "fe80::/64"
    assert sign_in_limits.network_of("no address") == sign_in_limits.network_of("") == "?"


@pytest.mark.row("S13")
@pytest.mark.parametrize(
    ("address", "prefix", "path", "secure"),
    [
        ("https://tongdai.example.vn", "__Host-", "/", True),
        ("https://example.vn/tongdai", "__Secure-", "/tongdai", True),
        ("http://127.0.0.1:8000", "", "/", False),
    ],
)
def test_cookies_are_named_so_that_a_browser_keeps_them_as_strictly_as_the_address_allows(
    installation: Installation, signed_in: SignIn, address: str, prefix: str, path: str, secure: bool
) -> None:
    signed_in("clerk")
    settings = replace(installation.settings, public_url=address)
    app = with_browsers(Flask("https", static_folder=None))
    keep_watch(app)
    app.register_blueprint(console_blueprint(replace(installation, settings=settings)))
    browser = app.test_client()
    url = f"{address.split('/')[0]}//{address.split('/')[2]}{path.rstrip('/')}"
    sent = {"base_url": url}
    token = re.search(r'form_token" value="([^"]+)"', browser.get("/console/sign-in", **sent).text)
    assert token is not None
    form = {"login": "clerk", "password": PASSWORD, "form_token": token[1]}
    answer = browser.post("/console/sign-in", data=form, **sent)
    seen = answer.headers.getlist("Set-Cookie")
    assert {one.split("=")[0] for one in seen} == {f"{prefix}tongdai", f"{prefix}tongdai-device"}
    for one in seen:
        parts = one.split("; ")
        assert {"HttpOnly", "SameSite=Lax", f"Path={path}"} <= set(parts)
        assert ("Secure" in parts) == secure
        assert not any(part.startswith("Domain") for part in parts)
    assert browser.get("/console/account", **sent).status_code == 200
