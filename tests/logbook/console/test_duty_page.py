"""The week sheet: what is shown, kept, refused, and never overwritten."""

from __future__ import annotations

import json
import re
from datetime import date
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from logbook.accounts import audit_log
from logbook.duty import feed, on_duty
from logbook.duty import week as weeks
from logbook.duty.sessions import DutySession
from logbook.installation import Installation
from logbook.opening_hours import Window
from tests.journeys.test_duty import MORNING, plan, send, sheet
from tests.logbook.console.conftest import SignIn

FRIDAY = "2026-11-27:840-990"


def people_of(page: str, cell: str) -> object:
    return sheet(page)[f"person:{cell}"]


def post(browser: FlaskClient, form: dict[str, object]) -> tuple[int, str]:
    token = sheet(browser.get("/console/duty").text)["form_token"]
    answer = browser.post("/console/duty/week", data={"form_token": token, **form})
    return answer.status_code, answer.text


@pytest.mark.row("000-03")
def test_the_sheet_begins_as_the_weekly_pattern_and_keeps_what_is_chosen(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    page = head.get("/console/duty").text
    assert "Lịch trực tổng đài, tuần 23/11/2026 đến 29/11/2026" in page
    assert people_of(page, MORNING) == ["binh", "an"]
    assert "2026-11-24" not in str(sheet(page).keys())  # a day off
    assert plan(head, MORNING, "chi", "an") == 303
    assert people_of(head.get("/console/duty").text, MORNING) == ["chi", "an"]
    assert people_of(head.get("/console/duty").text, "2026-11-26:840-990") == ["binh", "an"]


@pytest.mark.row("R4")
def test_two_people_who_edit_one_week_do_not_overwrite_each_other(signed_in: SignIn) -> None:
    one, two = signed_in("head_of_office"), signed_in("head_of_office")
    mine, yours = (sheet(browser.get("/console/duty").text) for browser in (one, two))
    mine[f"person:{MORNING}"] = ["chi", ""]
    yours[f"person:{MORNING}"], yours[f"person:{FRIDAY}"] = ["an", ""], ["chi", ""]
    assert post(one, mine)[0] == 303
    status, page = post(two, yours)
    assert status == 409
    assert "Có người vừa đổi buổi trực được đánh dấu" in page
    assert "Hiện đang ghi: Lê Thị Chi" in page
    assert (people_of(page, MORNING), people_of(page, FRIDAY)) == (["an", ""], ["chi", ""])
    now = one.get("/console/duty").text
    assert (people_of(now, MORNING), people_of(now, FRIDAY)) == (["chi", ""], ["an", "binh"])
    assert post(two, sheet(page))[0] == 303  # seen and wanted all the same
    now = one.get("/console/duty").text
    assert (people_of(now, MORNING), people_of(now, FRIDAY)) == (["an", ""], ["chi", ""])


@pytest.mark.row("R4")
def test_two_people_who_change_different_sessions_of_a_week_both_succeed(signed_in: SignIn) -> None:
    one, two = signed_in("head_of_office"), signed_in("head_of_office")
    mine, yours = (sheet(browser.get("/console/duty").text) for browser in (one, two))
    mine[f"person:{MORNING}"], yours[f"person:{FRIDAY}"] = ["chi", ""], ["chi", ""]
    assert [post(one, mine)[0], post(two, yours)[0]] == [303, 303]
    now = one.get("/console/duty").text
    assert (people_of(now, MORNING), people_of(now, FRIDAY)) == (["chi", ""], ["chi", ""])


@pytest.mark.row("R4")
def test_last_week_is_copied_into_the_sheet_and_kept_only_when_it_is_sent(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    plan(head, MORNING, "chi", "")
    page = head.get("/console/duty?week=2026-11-30&copy=1").text
    next_thursday = "2026-12-03:480-660"
    assert people_of(page, next_thursday) == ["chi", ""]
    assert "chưa lưu" in page
    assert people_of(head.get("/console/duty?week=2026-11-30").text, next_thursday) == ["binh", "an"]
    assert post(head, sheet(page, "2026-11-30"))[0] == 303
    assert people_of(head.get("/console/duty?week=2026-11-30").text, next_thursday) == ["chi", ""]


@pytest.mark.row("R4")
def test_every_change_of_duty_stands_in_the_journal_with_what_stood_before(
    signed_in: SignIn, installation: Installation
) -> None:
    head = signed_in("head_of_office")
    plan(head, MORNING, "chi", "an")
    away = {"person": "an", "stand_in": "chi", "first": "2026-11-26", "last": "", "part": "afternoon"}
    send(head, "/console/duty/away", away)
    send(head, "/console/duty/away/1/withdraw", {})
    with installation.database.reading() as conn:
        lines = [
            one
            for one in audit_log.recent(conn, 10)
            if one.act in ("plan_duty", "duty_away", "withdraw_away")
        ]
    planned = json.loads(lines[2].details)
    assert [one.act for one in lines] == ["withdraw_away", "duty_away", "plan_duty"]
    assert (planned["before"], planned["people"]) == (["binh", "an"], ["chi", "an"])
    assert {one.who for one in lines} == {"head_of_office"}


@pytest.mark.row("R4")
def test_only_the_head_of_office_changes_the_sheet_and_everybody_reads_it(signed_in: SignIn) -> None:
    for role in ("clerk", "team_leader", "chairman", "administrator", "auditor", "desk_officer"):
        browser = signed_in(role)
        page = browser.get("/console/duty").text
        assert "Trần Thị Bình" in page
        assert "<select" not in page
        assert send(browser, "/console/duty/week", {"week": "2026-11-23"}).status_code == 403


@pytest.mark.row("R4")
def test_a_sheet_that_cannot_be_read_changes_nothing(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    shown = {f"shown:{MORNING}": "binh,an", f"person:{MORNING}": ["nobody"]}
    bad: list[dict[str, object]] = [
        {f"seen:{MORNING}": "0", **shown},
        {f"seen:{MORNING}": "x", f"person:{MORNING}": ["chi"]},
        {"seen:2026-11-26:480-661": "0", "person:2026-11-26:480-661": ["chi"]},
        {"seen:2026-11-24:480-660": "0", "person:2026-11-24:480-660": ["chi"]},  # a day off
        {"seen:2026-13-45:480-660": "0", "person:2026-13-45:480-660": ["chi"]},
    ]
    assert [post(head, one)[0] for one in bad] == [400] * len(bad)
    late: dict[str, object] = {f"seen:{MORNING}": "7", f"person:{MORNING}": ["chi"]}
    assert post(head, late)[0] == 409
    assert people_of(head.get("/console/duty").text, MORNING) == ["binh", "an"]


def test_a_week_that_cannot_be_read_is_this_one(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    for week in ("x", "2026-11-99", "9999-01-01", "0001-01-01", "2026-11-25", ""):
        assert "tuần 23/11/2026" in head.get(f"/console/duty?week={week}").text
    assert "tuần 28/12/2026 đến 03/01/2027" in head.get("/console/duty?week=2027-01-01").text
    for week in ("2000-01-03", "2100-12-13"):
        assert head.get(f"/console/duty?week={week}&copy=1").status_code == 200


def test_days_away_that_make_no_sense_are_refused_with_the_reason(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    good = {"person": "an", "stand_in": "chi", "first": "2026-11-26", "last": "2026-11-27", "part": "whole"}
    wrong = {
        "duty_away_days_bad": [
            {"last": "2026-11-25"},
            {"first": "x"},
            {"part": "night"},
            {"last": "2028-01-01"},
        ],
        "duty_away_person_bad": [{"person": "zo"}, {"stand_in": "zo"}],
        "duty_away_stand_in_bad": [{"stand_in": "an"}],
    }
    for key, changes in wrong.items():
        for change in changes:
            answer = send(head, "/console/duty/away", {**good, **change})
            assert f"not_done={key}" in answer.headers["Location"], change
    assert "Chưa có ai báo vắng." in head.get("/console/duty").text


def test_somebody_away_cannot_be_chosen_and_is_marked_where_they_stand(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    away = {"person": "binh", "stand_in": "", "first": str(date(2026, 11, 26)), "last": "", "part": "whole"}
    send(head, "/console/duty/away", away)
    page = head.get("/console/duty").text
    assert '<option value="binh" selected>Trần Thị Bình (ví dụ) (vắng)</option>' in page
    assert '<option value="binh" disabled>Trần Thị Bình (ví dụ) (vắng)</option>' in page
    assert people_of(page, MORNING) == ["binh", "an"]


@pytest.mark.row("R4")
def test_each_person_has_a_calendar_feed_that_follows_the_sheet_at_an_address_nobody_guesses(
    signed_in: SignIn, installation: Installation, desk_app: Flask
) -> None:
    head = signed_in("head_of_office")
    key = feed.address_key(installation.settings.secret_key.get_secret_value(), "binh")
    stranger = desk_app.test_client()

    def begins() -> list[str]:
        answer = stranger.get(f"/console/duty/feed/{key}.ics")
        assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
        assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
        return re.findall(r"DTSTART:(20261126T\d{6}Z)", answer.text)

    assert begins() == ["20261126T010000Z", "20261126T070000Z"]
    plan(head, MORNING, "chi", "an")
    assert begins() == ["20261126T070000Z"]
    wrong = (f"an{key.removeprefix('binh')}", "binh", "binh.", f"{key}0", "nobody.0")
    assert {stranger.get(f"/console/duty/feed/{one}.ics").status_code for one in wrong} == {404}


@pytest.mark.row("R4")
def test_an_absence_said_while_somebody_edits_the_sheet_holds_whatever_is_kept_there(
    signed_in: SignIn, installation: Installation
) -> None:
    one, two = signed_in("head_of_office"), signed_in("head_of_office")
    mine = sheet(one.get("/console/duty").text)
    away = {"person": "an", "stand_in": "chi", "first": "2026-11-26", "last": "", "part": "morning"}
    assert send(two, "/console/duty/away", away).status_code == 303
    mine[f"person:{MORNING}"], mine[f"person:{FRIDAY}"] = ["an", ""], ["binh", ""]
    assert post(one, mine)[0] == 303, "an absence is no change of the sheet"
    page = two.get("/console/duty").text
    assert (people_of(page, MORNING), people_of(page, FRIDAY)) == (["an", ""], ["binh", ""])
    assert "Nguyễn Văn An (ví dụ) (vắng)" in page
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        session = DutySession(date(2026, 11, 26), Window(480, 660))
        there = on_duty.who_is_on_duty(conn, installation.settings.duty, times, session)
    assert (there.planned, there.people) == (("an",), ("chi",))
    assert send(two, "/console/duty/away/1/withdraw", {}).status_code == 303
    assert people_of(two.get("/console/duty").text, MORNING) == ["an", ""]


@pytest.mark.row("R4")
def test_of_two_who_keep_the_same_session_in_the_same_moment_one_is_told(installation: Installation) -> None:
    """Both saw the weekly pattern; neither waited for the other."""
    session = DutySession(date(2026, 11, 26), Window(480, 660))
    ready, results = Barrier(2), []

    def keep(person: str) -> None:
        ready.wait(10)
        try:
            with installation.database.writing() as conn:
                times, _ = installation.calendars.now(conn)
                change = weeks.Change(session, (person,), 0)
                weeks.keep(
                    conn, installation.settings.duty, times, [change], person, installation.clock.now()
                )
            results.append(person)
        except weeks.ChangedMeanwhileError:
            results.append("told")

    threads = [Thread(target=keep, args=(person,)) for person in ("an", "chi")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == 2
    assert results.count("told") == 1
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        kept = on_duty.who_is_on_duty(conn, installation.settings.duty, times, session)
    assert kept.version == 1
    assert kept.planned == tuple(one for one in results if one != "told")
