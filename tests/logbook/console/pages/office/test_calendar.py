"""The year as a sheet, days decided by hand, closures cancelled, and what callers hear when."""

import dataclasses
import re
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.calendar import closures
from logbook.calendar.working_days import DayKind, DayOverride
from logbook.clock import local
from logbook.console.pages.office.calendar import sheet
from logbook.console.registry import console_blueprint
from logbook.database.engine import Database
from logbook.guards import keep_watch
from logbook.installation import Installation
from logbook.outbox import escalations
from tests.browsers import with_browsers
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token

DAY = {"day": "2026-12-24", "worked": "no", "reason": "tập huấn", "document": "12/TB-UBND"}


@pytest.fixture
def head(signed_in: SignIn) -> FlaskClient:
    return signed_in("head_of_office")


def post(browser: FlaskClient, where: str, **fields: str) -> TestResponse:
    token = form_token(browser.get("/console/calendar").text)
    return browser.post(f"/console/calendar/{where}", data={"form_token": token, **fields})


def decided(database: Database) -> list[DayOverride]:
    with database.reading() as conn:
        return closures.overrides(conn)


@pytest.mark.row("000-12")
def test_a_month_has_every_day_under_its_weekday_and_names_what_is_not_as_usual(
    installation: Installation,
) -> None:
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
    january = sheet(times, 2026, 1)
    for week in january.weeks:
        assert len(week) == 7
        assert all(day is None or day.date.weekday() == index for index, day in enumerate(week))
    assert [day.date.day for week in january.weeks for day in week if day] == list(range(1, 32))
    seen = {day.date.day: day.kind for day in january.special}
    assert seen == {1: DayKind.HOLIDAY, 2: DayKind.HOLIDAY, 10: DayKind.MAKEUP}
    assert january.worked == 21


def test_the_year_is_shown_with_twelve_months_and_its_neighbours(head: FlaskClient) -> None:
    page = head.get("/console/calendar").text
    assert len(re.findall(r'class="cal-month"', page)) == 12
    assert "năm 2026" in page
    assert "year=2025" in page
    assert "year=2027" in page
    assert "Tết Nguyên Đán" in page
    assert "năm 2030" in head.get("/console/calendar?year=2030").text
    for odd in ("1999", "2101", "²", "20260", ""):
        assert "năm 2026" in head.get(f"/console/calendar?year={odd}").text, odd


def test_next_years_missing_notice_is_asked_for_in_autumn(head: FlaskClient, database: Database) -> None:
    warning = "Chưa nhập ngày nghỉ chính thức năm 2027"
    assert warning in head.get("/console/calendar").text
    with database.writing() as conn:
        closures.override_day(conn, date(2027, 1, 1), worked=False, reason="Tết", document="99/TB")
    assert warning not in head.get("/console/calendar").text


def test_a_decided_day_stands_in_the_sheet_at_once_and_in_the_journal(
    head: FlaskClient, database: Database, installation: Installation
) -> None:
    answer = post(head, "days", **DAY)
    assert answer.status_code == 303
    page = head.get(answer.headers["Location"]).text
    assert "<b>24/12</b> nghỉ: tập huấn (12/TB-UBND)" in page
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        (entry,) = audit_log.recent(conn, 5, act="decide_day")
    assert not times.days.is_working_day(date(2026, 12, 24))
    assert (entry.subject, entry.reason) == ("day:2026-12-24", "tập huấn")
    assert post(head, "days/remove", day="2026-12-24").status_code == 303
    assert decided(database) == []
    assert post(head, "days/remove", day="2026-12-24").status_code == 404


def test_whoever_waits_for_the_next_working_day_is_looked_at_again_when_a_day_is_decided(
    head: FlaskClient, database: Database, now: datetime
) -> None:
    for change, fields in (("days", DAY), ("days/remove", {"day": DAY["day"]})):
        with database.writing() as conn:
            escalations.open_once(
                conn, key=change, kind="new", ladder="complaint", now=now + timedelta(days=2)
            )
        assert post(head, change, **fields).status_code == 303
    with database.reading() as conn:
        waits = [row.next_at for row in escalations.unsettled(conn) if row.next_at is not None]
    assert len(waits) == 2
    assert max(waits) < now + timedelta(hours=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", ""),
        ("day", "24/12/2026"),
        ("day", "20261224"),
        ("worked", ""),
        ("reason", ""),
        ("reason", "bão số 9"),
        ("document", " "),
    ],
)
def test_a_form_that_cannot_stand_says_why_and_keeps_what_was_typed(
    head: FlaskClient, database: Database, field: str, value: str
) -> None:
    typed = {**DAY, "document": "văn bản đang gõ", field: value}
    answer = post(head, "days", **typed)
    assert answer.status_code == 400
    assert "Chưa ghi" in answer.text
    if field != "document":
        assert "văn bản đang gõ" in answer.text
    assert decided(database) == []


def test_a_decision_is_replaced_only_by_somebody_who_has_seen_it(
    head: FlaskClient, database: Database
) -> None:
    post(head, "days", **DAY)
    changed = {**DAY, "worked": "yes", "reason": "làm bù"}
    answer = post(head, "days", **changed)
    assert answer.status_code == 409
    assert "Nghỉ, tập huấn (12/TB-UBND)" in answer.text
    assert not decided(database)[0].worked
    known = re.search(r'name="known" value="([^"]+)"', answer.text)
    assert known is not None
    assert post(head, "days", **changed, known=known.group(1)).status_code == 303
    assert decided(database)[0].worked


@pytest.mark.row("T-10")
def test_who_may_not_change_the_calendar_sees_no_form_and_is_refused(
    signed_in: SignIn, database: Database
) -> None:
    clerk = signed_in("clerk")
    page = clerk.get("/console/calendar").text
    assert "Ghi một ngày" not in page
    assert post(clerk, "days", **DAY).status_code == 403
    assert post(clerk, "closures/1/cancel").status_code == 403
    assert decided(database) == []


def test_a_coming_closure_is_called_off_and_one_that_began_is_not(
    head: FlaskClient, database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        coming = closures.close_line(conn, now + timedelta(days=1), None, "bầu cử", "an", now)
        holding = closures.close_line(conn, now - timedelta(hours=1), None, "bão", "an", now)
    page = head.get("/console/calendar").text
    assert f"closures/{coming}/cancel" in page
    assert f"closures/{holding}/cancel" not in page
    assert "calendar_closure_begun" in post(head, f"closures/{holding}/cancel").headers["Location"]
    assert "calendar_closure_cancelled" in post(head, f"closures/{coming}/cancel").headers["Location"]
    with database.reading() as conn:
        assert [one.reason for one in closures.current_and_coming(conn, now)] == ["bão"]


@pytest.mark.row("000-12")
def test_any_moment_tells_whether_the_line_is_open(head: FlaskClient) -> None:
    assert "ngày nghỉ cuối tuần" in head.get("/console/calendar?at=2026-11-28T09:00").text
    assert "Mở lại lúc 30/11/2026 08:00" in head.get("/console/calendar?at=2026-11-28T09:00").text
    assert "đang trong giờ trực" in head.get("/console/calendar?at=2026-11-25T09:00").text
    for odd in ("soon", "2026-13-01T00:00", "9999-12-31T23:59"):
        assert "Chưa đọc được thời điểm" in head.get(f"/console/calendar?at={odd}").text, odd


def test_the_sentences_come_from_whoever_speaks_on_the_line(
    installation: Installation, signed_in: SignIn
) -> None:
    def greeting(_conn: Connection, at: datetime) -> list[str]:
        return [f"Xin chào lúc {local(at):%H} giờ <b>"]

    app = Flask("greeting", static_folder=None)
    keep_watch(app)
    app.register_blueprint(console_blueprint(dataclasses.replace(installation, greeting_at=greeting)))
    with_browsers(app)
    signed_in("auditor")
    browser = app.test_client()
    browser.post("/console/sign-in", data={"login": "auditor", "password": PASSWORD})
    page = browser.get("/console/calendar?at=2026-11-25T10:00").text
    assert "<p>Xin chào lúc 10 giờ &lt;b&gt;</p>" in page
