"""Who may use the telephone in the browser, and what is refused with a sentence that says what to do."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.pools import RequestKind, kind_of
from ivr.softphone.door import HEADER
from ivr.softphone.pages import LARGEST_SOUND
from ivr.softphone.telephones import MOST
from ivr.worker import pools_of
from logbook.accounts import accounts
from tests.browser.office import PASSWORD, Office

HOST = {"Host": "127.0.0.1:8000"}
EVERYWHERE = (
    "/phone",
    "/phone/dialogue.svg",
    "/phone/sample.wav",
    "/phone/line/x/events",
    "/phone/static/phone.js",
)


def in_mode(hotline: Hotline, mode: str) -> Flask:
    settings = replace(hotline.settings, mode=mode)  # type: ignore[arg-type]
    return create_app(open_hotline(settings, hotline.clock, hotline.database))


def seal_of(browser: FlaskClient) -> dict[str, str]:
    found = re.search(r'data-seal="([^"]+)"', browser.get("/phone", headers=HOST).text)
    assert found
    return {**HOST, HEADER: found[1]}


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.app.test_client()


@pytest.fixture
def headers(browser: FlaskClient) -> dict[str, str]:
    return seal_of(browser)


def opened(browser: FlaskClient, headers: dict[str, str], number: str = "anonymous") -> str:
    key: str = browser.post("/phone/line", json={"number": number}, headers=headers).get_json()["key"]
    return key


def test_production_has_no_telephone(office: Office) -> None:
    browser = in_mode(office.hotline, "production").test_client()
    assert {path: browser.get(path, headers=HOST).status_code for path in EVERYWHERE} == dict.fromkeys(
        EVERYWHERE, 404
    )
    assert browser.post("/phone/line", json={}, headers=HOST).status_code == 404


def test_a_trial_shows_it_to_staff_who_are_signed_in_and_to_nobody_else(office: Office) -> None:
    app = in_mode(office.hotline, "trial")
    browser = app.test_client()
    away = browser.get("/phone", headers=HOST)
    assert (away.status_code, away.headers["Location"]) == (303, "/console/sign-in?next=/phone")
    closed = [browser.get(path, headers=HOST).status_code for path in EVERYWHERE[1:]]
    assert closed == [403] * len(closed)
    with office.hotline.database.writing() as conn:
        accounts.add(
            conn,
            login="clerk",
            name="Cán bộ",
            role="clerk",
            password=PASSWORD,
            now=office.hotline.clock.now(),
            must_change_password=False,
        )
    token = re.search(
        r'name="form_token" value="([^"]+)"', browser.get("/console/sign-in", headers=HOST).text
    )
    assert token
    form = {"login": "clerk", "password": PASSWORD, "form_token": token[1]}
    assert browser.post("/console/sign-in", data=form, headers=HOST).status_code == 303
    page = browser.get("/phone", headers=HOST)
    assert page.status_code == 200
    assert 'id="when"' not in page.text, "a call brings a time of its own in a demonstration only"
    headers = seal_of(browser)
    key = opened(browser, headers)
    assert browser.post(f"/phone/line/{key}/call", json={"when": "tet"}, headers=headers).status_code == 400


def test_a_page_of_another_name_or_site_is_refused(browser: FlaskClient, headers: dict[str, str]) -> None:
    assert browser.get("/phone", headers={"Host": "evil.example"}).status_code == 403
    without = {"Host": HOST["Host"]}
    cross = {**headers, "Sec-Fetch-Site": "cross-site"}
    wrong = {**headers, HEADER: "guess"}
    for refused in (without, cross, wrong):
        answer = browser.post("/phone/line", json={"number": "anonymous"}, headers=refused)
        assert answer.status_code == 403
        assert "tải lại trang" in answer.get_json()["error"]


def test_what_cannot_be_done_is_said_in_a_sentence(browser: FlaskClient, headers: dict[str, str]) -> None:
    key = opened(browser, headers)
    said = {
        what: (answer.status_code, answer.get_json()["error"])
        for what, answer in {
            "number": browser.post("/phone/line", json={"number": "abc"}, headers=headers),
            "no JSON": browser.post("/phone/line", data=b"\xff", headers=headers),
            "a list": browser.post("/phone/line", json=["0912345678"], headers=headers),
            "key": browser.post(f"/phone/line/{key}/press", json={"key": "12"}, headers=headers),
            "time": browser.post(f"/phone/line/{key}/call", json={"when": "1066"}, headers=headers),
            "act": browser.post(f"/phone/line/{key}/explode", json={}, headers=headers),
            "gone": browser.get("/phone/line/nobody/events", headers=headers),
            "long": browser.post(
                f"/phone/line/{key}/voice", data=b"a" * (LARGEST_SOUND + 1), headers=headers
            ),
            "sound": browser.get(f"/phone/line/{key}/sound/nothing", headers=headers),
        }.items()
    }
    statuses = {what: status for what, (status, _) in said.items()}
    assert statuses == {
        "number": 400,
        "no JSON": 400,
        "a list": 400,
        "key": 400,
        "time": 400,
        "act": 404,
        "gone": 410,
        "long": 413,
        "sound": 404,
    }
    assert all(sentence.endswith(".") for _, sentence in said.values()), said


def test_there_are_only_so_many_telephones_and_a_closed_one_makes_room(
    browser: FlaskClient, headers: dict[str, str]
) -> None:
    keys = [opened(browser, headers) for _ in range(MOST)]
    full = browser.post("/phone/line", json={"number": "anonymous"}, headers=headers)
    assert (full.status_code, "đóng bớt" in full.get_json()["error"]) == (429, True)
    assert browser.post(f"/phone/line/{keys[0]}/close", json={}, headers=headers).status_code == 204
    assert opened(browser, headers)
    assert browser.get(f"/phone/line/{keys[0]}/events", headers=headers).status_code == 410


def test_telephones_have_threads_of_their_own_and_none_in_production() -> None:
    assert kind_of("/phone/line/x/events") is RequestKind.TELEPHONE
    threads = [pools_of("line", telephones=many)[RequestKind.TELEPHONE].threads for many in (True, False)]
    assert threads[0] > 2 * MOST
    assert threads[1] == 1


def test_the_page_names_every_sentence_its_script_shows(browser: FlaskClient) -> None:
    from ivr.softphone import pages

    script = "".join((pages.FOLDER / name).read_text(encoding="utf-8") for name in ("phone.js", "view.js"))
    asked = set(re.findall(r'(?<![\w.])say\("(\w+)"', script))
    assert asked - set(pages.LABELS) == set()
    assert "eval(" not in script
    assert "innerHTML" not in script
