"""The database is not there when the program starts: callers and pages hear so, and it comes up by itself."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import structlog
from flask.testing import FlaskClient

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.running import prepare
from ivr.running.prepare import Preparation
from logbook.clock import Clock, parse_moment
from logbook.database.engine import Database, SchemaError
from tests.journeys.faults.storm import FORM, KNOWN, encoded, shipped, sign, words_of
from tests.suite.waiting import until


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Hotline]:
    """The shipped hotline on a database that nobody has prepared."""
    settings = shipped(tmp_path)
    with closing(Database(f"sqlite:///{tmp_path}/later/logbook.db", wait_seconds=0.2)) as database:
        yield open_hotline(settings, Clock(parse_moment("2026-11-25T09:10")), database)


@pytest.fixture
def ready() -> list[bool]:
    return []


@pytest.fixture
def client(hotline: Hotline, ready: list[bool]) -> FlaskClient:
    return create_app(hotline, ready=lambda: bool(ready)).test_client()


def call_in(hotline: Hotline, client: FlaskClient, path: str = "/ivr/voice", **more: str) -> tuple[int, str]:
    fields = words_of("CA" + "1" * 32, number=KNOWN, **more)
    url = hotline.settings.public_url + path
    signature = sign(hotline.settings.auth_token.get_secret_value(), url, fields)
    headers = {"X-Twilio-Signature": signature}
    answer = client.post(path, data=encoded(fields), content_type=FORM, headers=headers)
    return answer.status_code, answer.text


@pytest.mark.row("S5")
@pytest.mark.row("F-21")
def test_callers_hear_the_apology_and_are_served_as_soon_as_the_book_is_there(
    hotline: Hotline, client: FlaskClient, ready: list[bool]
) -> None:
    status, said = call_in(hotline, client)
    assert (status, "again=1" in said) == (200, True)
    assert hotline.texts["vi"].sentence("system_error") in said
    assert call_in(hotline, client, "/ivr/status", CallStatus="completed")[0] == 503, "comes again by itself"
    assert client.post("/ivr/voice", data={"CallSid": "CA1"}, content_type=FORM).status_code == 403
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    Preparation(hotline, leads=True).run()
    assert client.get("/readyz").status_code == 503, "callers hear the apology still"
    ready.append(True)
    assert "again=" not in call_in(hotline, client)[1]
    assert client.get("/readyz").status_code == 200


@pytest.mark.row("S5")
def test_pages_say_a_sentence_while_the_book_is_not_there(hotline: Hotline, client: FlaskClient) -> None:
    for path in ("/console/", "/console/sign-in", "/console/tickets"):
        answer = client.get(path)
        assert (answer.status_code, "Sổ đang bận" in answer.text) == (503, True), path
    front = client.get("/")
    assert front.status_code == 503
    assert hotline.settings.line.number_shown in front.text
    assert {
        client.get(path, buffered=True).status_code for path in ("/style.css", "/console/static/console.css")
    } == {200}


@pytest.mark.row("S5")
@pytest.mark.row("F-21")
def test_a_book_whose_disk_comes_later_is_prepared_by_itself(
    hotline: Hotline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(prepare, "FIRST_TRY_SECONDS", 0.3)
    folder = tmp_path / "disk"
    folder.write_text("no folder: the disk is not mounted")
    database = Database(f"sqlite:///{folder}/logbook.db", wait_seconds=0.2, comes_later=True)
    hotline = replace(hotline, database=database)
    preparation = Preparation(hotline, leads=True)
    preparation.begin()
    assert (preparation.tried, preparation.done, preparation.refused) == (True, False, "")
    folder.unlink()
    assert until(lambda: preparation.done)
    assert database.at_head()
    assert (folder / "logbook.db").stat().st_mode & 0o077 == 0
    database.close()


@pytest.mark.row("S5")
def test_a_book_that_must_not_be_used_is_refused_at_the_start_and_waited_for_later(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer(_hotline: Hotline) -> None:
        raise SchemaError("quá mới")

    monkeypatch.setattr(prepare, "prepare", newer)
    at_start = Preparation(hotline, leads=True)
    at_start.run()
    assert (at_start.refused, at_start.done) == ("quá mới", False)
    later = Preparation(hotline, leads=True)
    later._tried.set()
    assert later._try() is False
    assert later.refused == ""


def test_what_nobody_foresaw_is_said_and_tried_again(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "AGAIN_SECONDS", 0.0)
    right, tries = prepare.prepare, list[Hotline]()

    def odd_at_first(one: Hotline) -> None:
        tries.append(one)
        if len(tries) == 1:
            raise KeyError("odd")
        right(one)

    monkeypatch.setattr(prepare, "prepare", odd_at_first)
    preparation = Preparation(hotline, leads=True)
    with structlog.testing.capture_logs() as logs:
        preparation.run()
    assert (preparation.done, preparation.refused, len(tries)) == (True, "", 2)
    assert [type(one["exc_info"]) for one in logs if one["event"] == "waiting for the database"] == [KeyError]


@pytest.mark.row("S13")
def test_answers_behind_https_tell_browsers_to_come_by_https_only(hotline: Hotline) -> None:
    Preparation(hotline, leads=True).run()
    for address, seen in (("https://tongdai.example", "max-age=31536000"), ("http://127.0.0.1:8000", None)):
        settings = replace(hotline.settings, public_url=address)
        client = create_app(replace(hotline, settings=settings)).test_client()
        for path in ("/", "/console/sign-in", "/healthz", "/nowhere", "/style.css"):
            assert client.get(path, buffered=True).headers.get("Strict-Transport-Security") == seen, path


@pytest.mark.row("P1")
def test_the_first_caller_finds_the_calendar_of_this_year_worked_out(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    Preparation(hotline, leads=True).run()
    monkeypatch.setattr("logbook.calendar.working_days.packaged_holidays", None)
    with hotline.database.reading() as conn:
        assert hotline.calendars.now(conn)[0].days.day(date(2026, 11, 25)).is_working
