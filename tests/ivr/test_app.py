"""The web application as a whole: headers, limits, health and the public front page."""

import contextlib
import html
import re
import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ivr.app import LARGEST_BODY, create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.prepare import prepare
from logbook.calendar import closures
from logbook.clock import Clock
from logbook.database import heartbeats, leases
from logbook.database.engine import Database, SchemaError
from logbook.outbox import deliveries
from logbook.public import front
from logbook.ratings import tokens
from logbook.sending import own_line_state
from logbook.settings.loading import Settings
from tests.ivr.conftest import FORM, Provider

NEVER_NOTIFIED = {"scheduler": False, "silent": list(heartbeats.VITAL), "oldest_unsent_seconds": None}
CALL = {"CallSid": "CA" + "8" * 32, "From": "+84912345678", "To": "+842583842102", "CallStatus": "ringing"}


def get(app: Flask, path: str) -> TestResponse:
    return app.test_client().get(path, buffered=True)


def at(hotline: Hotline, moment: str) -> Flask:
    """The application at another local moment."""
    clock = Clock(datetime.fromisoformat(f"{moment}+07:00"))
    return create_app(open_hotline(hotline.settings, clock, hotline.database))


def front_page(app: Flask) -> str:
    answer = get(app, "/")
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


@pytest.mark.row("T-06")
@pytest.mark.parametrize("path", ["/", "/style.css", "/healthz", "/readyz", "/nowhere", "/ivr/voice"])
def test_every_answer_forbids_foreign_scripts_frames_and_guessing(app: Flask, path: str) -> None:
    headers = get(app, path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nowhere", "/console/sign-in", "/tra-loi/9"])
def test_nothing_but_public_pages_and_the_style_sheet_may_be_kept(app: Flask, path: str) -> None:
    assert get(app, path).headers["Cache-Control"] == "no-store"
    assert "max-age=3600" in get(app, "/style.css").headers["Cache-Control"]


def test_documents_for_the_telephone_are_xml_and_never_kept(provider: Provider) -> None:
    answer = provider.post("/ivr/voice", CALL)
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.row("T-16")
@pytest.mark.parametrize(
    "path", ["/ivr/voice", "/ivr/turn/1", "/ivr/status", "/ivr/recording/1", "/ivr/fallback"]
)
def test_no_webhook_reads_a_body_above_64_kilobytes(provider: Provider, path: str) -> None:
    body = b"a=" + b"b" * LARGEST_BODY
    assert provider.open("POST", path, "", body, FORM, {}).status_code == 413


def test_the_process_is_alive_whatever_else_is_wrong(empty_database: Database, settings: Settings) -> None:
    app = create_app(open_hotline(settings, Clock(), empty_database))
    assert get(app, "/healthz").get_json() == {"alive": True}


def test_a_prepared_hotline_is_ready(app: Flask) -> None:
    answer = get(app, "/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {"ready": True, "database": True, "disk": True, **NEVER_NOTIFIED}


@pytest.mark.row("F-24")
def test_without_tables_it_is_not_ready(empty_database: Database, settings: Settings) -> None:
    answer = get(create_app(open_hotline(settings, Clock(), empty_database)), "/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"ready": False, "database": False, "disk": True, **NEVER_NOTIFIED}


@pytest.mark.row("F-09")
def test_without_its_database_it_is_not_ready(settings: Settings) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1"
    with contextlib.closing(Database(away, pool_size=1, wait_seconds=0.2)) as gone:
        answer = get(create_app(open_hotline(settings, Clock(), gone)), "/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["database"] is False


@pytest.mark.row("F-10")
def test_without_a_place_for_recordings_it_is_not_ready(hotline: Hotline, tmp_path: Path) -> None:
    nowhere = replace(hotline.settings, data_folder=tmp_path / "nowhere")
    answer = get(create_app(open_hotline(nowhere, hotline.clock, hotline.database)), "/readyz")
    assert (answer.status_code, answer.get_json()["disk"]) == (503, False)


@pytest.mark.row("F-10")
@pytest.mark.row("S14")
def test_with_less_room_on_the_disk_than_the_settings_ask_for_it_is_not_ready(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    least = settings.retention.least_disk_mb * 1024 * 1024
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, least - 1))
    assert get(app, "/readyz").status_code == 503
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 0, least))
    assert get(app, "/readyz").status_code == 200


@pytest.mark.row("F-24")
def test_whether_the_scheduler_works_is_told_by_its_lease_and_the_telephone_works_without(
    app: Flask, database: Database
) -> None:
    def take(at: datetime) -> None:
        with database.writing() as conn:
            leases.take(conn, "scheduler", "somebody", 60, at)

    take(datetime.now(UTC) - timedelta(hours=1))
    assert get(app, "/readyz").get_json()["scheduler"] is False
    take(datetime.now(UTC))
    answer = get(app, "/readyz")
    assert (answer.status_code, answer.get_json()["scheduler"]) == (200, True)


@pytest.mark.row("F-24")
def test_a_watchman_outside_sees_red_as_soon_as_nobody_is_told_any_more(
    app: Flask, hotline: Hotline, database: Database
) -> None:
    now = datetime.now(UTC)

    def alive(at: datetime) -> None:
        with database.writing() as conn:
            leases.take(conn, "scheduler", "somebody", 60, now)
            for name in heartbeats.VITAL:
                heartbeats.beat(conn, name, at)

    def clock_page() -> tuple[int, object, object]:
        answer = get(app, "/readyz/clock")
        seen = answer.get_json()
        return answer.status_code, seen["silent"], seen["oldest_unsent_seconds"]

    assert clock_page()[0] == 503
    alive(now)
    assert clock_page() == (200, [], None)
    alive(now - timedelta(seconds=91))
    assert clock_page() == (503, list(heartbeats.VITAL), None)
    alive(now)
    with database.writing() as conn:
        waits_since = hotline.clock.now() - timedelta(seconds=601)
        deliveries.put(conn, key="k", kind="new", recipient="chu-tich", now=waits_since)
    status, silent, waited = clock_page()
    assert (status, silent) == (503, [])
    assert waited in (601, 602, 603)
    assert get(app, "/readyz").status_code == 200


@pytest.mark.row("F-24")
def test_a_watchman_outside_sees_whether_citizens_reach_the_offices_own_line(
    hotline: Hotline, database: Database
) -> None:
    assert get(create_app(hotline), "/readyz/line").status_code == 404  # a provider carries its calls
    line = hotline.settings.line.model_copy(update={"carrier": "asterisk"})
    own = create_app(open_hotline(replace(hotline.settings, line=line), hotline.clock, database))

    def said(at: datetime, *, registered: bool) -> int:
        with database.writing() as conn:
            own_line_state.write(conn, at, True, registered, 0)
        return get(own, "/readyz/line").status_code

    now = datetime.now(UTC)
    assert get(own, "/readyz/line").status_code == 503
    assert said(now, registered=True) == 200
    assert said(now, registered=False) == 503
    assert said(now - timedelta(minutes=3), registered=True) == 503


def test_health_tells_nothing_about_the_office(app: Flask, settings: Settings) -> None:
    seen = "".join(get(app, path).text for path in ("/readyz", "/readyz/clock", "/healthz"))
    words = {"ready", "database", "disk", "scheduler", "alive", "told", "silent", "oldest_unsent_seconds"}
    assert set(re.findall(r'"(\w+)"', seen)) == words | set(heartbeats.VITAL)


@pytest.mark.row("F-17")
def test_on_postgresql_missing_tables_are_named_with_the_command_that_makes_them(
    empty_database: Database, settings: Settings
) -> None:
    hotline = open_hotline(settings, Clock(), empty_database)
    if empty_database.is_sqlite:
        prepare(hotline)
        assert empty_database.at_head()
        return
    with pytest.raises(SchemaError, match="tongdai db upgrade"):
        prepare(hotline)


@pytest.mark.row("000-11")
def test_the_front_page_shows_the_number_and_dials_it(app: Flask) -> None:
    page = get(app, "/").text
    assert '<a href="tel:+842583842102">0258.3842.102</a>' in page
    assert "Ủy ban nhân dân xã Đại Lãnh" in page


@pytest.mark.row("000-12")
@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-25T08:00", "Đang có cán bộ trực, đến 11:00."),
        ("2026-11-25T16:29", "Đang có cán bộ trực, đến 16:30."),
        ("2026-11-25T11:00", "Tổng đài làm việc trở lại lúc mười bốn giờ hôm nay."),
        ("2026-11-25T07:59", "Tổng đài làm việc trở lại lúc tám giờ hôm nay."),
        ("2026-11-27T16:30", "tám giờ, thứ hai, ngày ba mươi tháng mười một."),
        ("2026-09-02T09:00", "Hiện chưa có cán bộ trực (Quốc khánh"),
    ],
)
def test_the_front_page_says_whether_somebody_answers_now(hotline: Hotline, moment: str, told: str) -> None:
    assert told in front_page(at(hotline, moment))


def test_the_front_page_knows_of_a_closure_by_hand_and_shows_its_reason_as_text(
    hotline: Hotline, database: Database
) -> None:
    with database.writing() as conn:
        closures.close_line(
            conn,
            starts_at=datetime(2026, 11, 25, 1, tzinfo=UTC),
            ends_at=datetime(2026, 11, 25, 4, tzinfo=UTC),
            reason="<b>bão</b> & lũ",
            who="văn phòng",
            now=datetime(2026, 11, 25, 0, tzinfo=UTC),
        )
    page = get(at(hotline, "2026-11-25T09:10"), "/").text
    assert "&lt;b&gt;bão&lt;/b&gt; &amp; lũ" in page
    assert "<b>" not in page


def test_the_front_page_loads_nothing_from_elsewhere(app: Flask) -> None:
    page = get(app, "/").text
    named = [
        each for each in re.findall(r'(?:src|href)="([^"]*)"', page) if not each.startswith("data:image/svg")
    ]
    ours = {each for each in named if each.startswith(("/", "#"))}
    assert set(named) - ours == {"tel:+842583842102"}
    assert {"/style.css", "/ket-qua", "/tra-loi", "/gio-lam-viec.ics", "/console/"} <= ours
    assert "<script" not in page
    assert 'style="' not in page


def test_two_offices_stand_side_by_side_in_one_process(hotline: Hotline, tmp_path: Path) -> None:
    other_office = hotline.settings.office.model_copy(update={"agency": "Ủy ban nhân dân xã Khác"})
    with contextlib.closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as book:
        other = open_hotline(replace(hotline.settings, office=other_office), Clock(), book)
        prepare(other)
        assert "xã Khác" in front_page(create_app(other))
        assert "xã Khác" not in front_page(create_app(hotline))


@pytest.mark.row("U5")
def test_staff_find_a_quiet_way_in_at_the_foot_of_the_public_page(app: Flask) -> None:
    browser = app.test_client()
    page = browser.get("/").get_data(as_text=True)
    assert page.index("<footer>") < page.index('<a href="/console/">Dành cho cán bộ</a>')
    answer = browser.get("/console/", follow_redirects=True)
    assert answer.status_code == 200
    assert 'name="password"' in answer.get_data(as_text=True)


ENGLISH = ("Not Found", "Not Allowed", "Too Large", "Internal Server Error", "Bad Request", "requested URL")


def test_an_address_that_leads_nowhere_says_so_in_the_offices_words(app: Flask) -> None:
    browser, wrong = app.test_client(), {}
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/ivr/nowhere", 404),
        ("GET", "/r/a/b", 404),
        ("GET", "/tra-loi/99", 404),
        ("POST", "/ket-qua", 405),
        ("DELETE", "/", 405),
        ("GET", "/console/nowhere", 404),
        ("GET", "/console/tickets/123456/answer", 405),
    ):
        answer = browser.open(path, method=method)
        shown = html.unescape(answer.text)
        way_on = 'href="/console/' if path.startswith("/console") else 'href="/ket-qua"'
        if (
            answer.status_code != status
            or "Không có trang này" not in shown
            or way_on not in shown
            or any(word in shown for word in ENGLISH)
        ):
            wrong[method, path] = (answer.status_code, shown)
    assert wrong == {}
    assert "GET" in browser.post("/ket-qua").headers["Allow"]


def test_a_fault_on_a_page_for_citizens_speaks_the_offices_words(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("as the test wants")

    monkeypatch.setattr(front, "_shown", breaks)
    monkeypatch.setattr(tokens, "find", breaks)
    citizen = create_app(hotline).test_client()
    for path in ("/", "/r/ABCDEFGHJKLM"):
        answer = citizen.get(path)
        assert answer.status_code == 500
        assert hotline.settings.line.number_shown in answer.text
        assert not any(word in answer.text for word in ENGLISH), path
    sent = citizen.post("/r/ABCDEFGHJKLM", data={"comment": "a" * 40_000})
    assert sent.status_code in (413, 500)
    assert not any(word in sent.text for word in ENGLISH)
