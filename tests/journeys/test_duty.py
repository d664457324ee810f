"""The clerk on duty is ill: the head of office changes the week sheet, the next call rings a colleague."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.accounts import accounts
from logbook.calendar import closures
from logbook.calendar.current import Calendars
from logbook.database.tables import deliveries as outbox
from logbook.duty import reminders, team, week
from logbook.duty.sessions import DutyKind, sessions_on
from logbook.officials import register
from logbook.officials.register import OfficialDetails, RemindedBy
from tests.browsers import with_browsers
from tests.journeys.outgoing_calls import Told
from tests.journeys.town import Town, Watch
from tests.people import AN, BINH, CHI, FARMER


@pytest.fixture
def told(town: Town) -> Told:
    """The calls placed from the town."""
    return Told(town)


PASSWORD = "lua chin ngoai dong"
MORNING = "2026-11-26:480-660"
"""Thursday, 26 November 2026, 08:00-11:00: Bình is on duty first, then An."""
EARLY, OPEN = "2026-11-26T07:40:00+07:00", "2026-11-26T08:00:00+07:00"


def signed_in(town: Town, role: str, login: str = "") -> FlaskClient:
    """The console in another process than the telephone's, at the same database."""
    pages = Town(town.settings, town.database, Watch(town.clock.moment.isoformat()))
    with town.database.writing() as conn:
        if not accounts.is_login(conn, login or role):
            accounts.add(
                conn,
                login=login or role,
                name=f"Người {role}",
                role=role,
                password=PASSWORD,
                now=town.clock.now(),
                must_change_password=False,
            )
    browser = with_browsers(pages.app).test_client()
    answer = browser.post("/console/sign-in", data={"login": login or role, "password": PASSWORD})
    assert answer.status_code == 303
    return browser


def sheet(page: str, week: str = "2026-11-23") -> dict[str, object]:
    """The form of the week sheet as a browser would send it untouched."""
    form: dict[str, object] = {"week": week}
    main = page[page.index('action="/console/duty/week"') :]
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', main):
        form.setdefault(name, value)
    for name, options in re.findall(r'<select[^>]* name="(person:[^"]+)"[^>]*>(.*?)</select>', main, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        listed = form.setdefault(name, [])
        assert isinstance(listed, list)
        listed.append(chosen.group(1) if chosen else "")
    return form


def send(browser: FlaskClient, path: str, data: dict[str, str]) -> TestResponse:
    """Send one of the forms beside the sheet, with the token a fresh page carries."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', browser.get("/console/duty").text)
    assert found is not None
    return browser.post(path, data={**data, "form_token": found.group(1)})


def rung(town: Town, moment: str = "") -> list[str]:
    """Who is rung, in order, when a caller asks for the clerk and nobody answers."""
    if moment:
        town.clock.set(moment)
    caller = town.ring().press("0")
    while caller.waiting_for == "clerk":
        caller.clerk_busy()
    return caller.line.rung


def plan(browser: FlaskClient, cell: str, *wanted: str, week: str = "2026-11-23") -> int:
    """Choose people in one cell of the sheet and keep it; the status of the answer."""
    form = sheet(browser.get(f"/console/duty?week={week}").text, week)
    form[f"person:{cell}"] = list(wanted)
    return browser.post("/console/duty/week", data=form).status_code


@pytest.mark.row("R4")
@pytest.mark.row("000-03")
def test_a_colleague_given_the_morning_at_seven_forty_is_rung_at_eight_in_every_process(town: Town) -> None:
    town.clock.set(EARLY)
    head = signed_in(town, "head_of_office")
    assert plan(head, MORNING, "chi", "an") == 303
    assert rung(town, OPEN) == [CHI, AN]
    assert rung(town, "2026-11-26T14:00:00+07:00") == [BINH, AN, CHI]
    assert rung(town, "2026-12-03T08:00:00+07:00") == [BINH, AN, CHI]


@pytest.mark.row("R4")
def test_a_change_holds_for_the_very_next_call_without_a_restart(town: Town) -> None:
    town.clock.set(OPEN)
    assert rung(town) == [BINH, AN, CHI]
    head = signed_in(town, "head_of_office")
    assert plan(head, MORNING, "an") == 303
    assert rung(town) == [AN, CHI]
    assert plan(head, MORNING) == 303
    assert rung(town) == [CHI]


@pytest.mark.row("B-16")
def test_the_line_never_rings_itself_though_somebody_on_duty_has_its_number(town: Town) -> None:
    """As in a file that was changed after `tongdai check`; the next person is rung."""
    duty = town.settings.duty
    people = tuple(
        one.model_copy(update={"number": town.settings.line.number}) if one.number == BINH else one
        for one in duty.people
    )
    town.settings = replace(town.settings, duty=duty.model_copy(update={"people": people}))
    town.open()
    assert rung(town, OPEN) == [AN, CHI]


@pytest.mark.row("R4")
def test_whoever_says_to_be_away_is_not_rung_and_the_stand_in_takes_their_place(town: Town) -> None:
    town.clock.set(EARLY)
    clerk = signed_in(town, "clerk", "binh")
    away = {
        "person": "binh",
        "stand_in": "chi",
        "first": "2026-11-26",
        "last": "2026-11-27",
        "part": "morning",
    }
    assert send(clerk, "/console/duty/away", away).headers["Location"].endswith("said=duty_away_kept")
    assert "Lê Thị Chi" in clerk.get("/console/duty").text
    assert rung(town, OPEN) == [CHI, AN]
    assert rung(town, "2026-11-26T14:00:00+07:00") == [BINH, AN, CHI]
    assert rung(town, "2026-11-27T08:00:00+07:00") == [AN, CHI]
    assert rung(town, "2026-12-03T08:00:00+07:00") == [BINH, AN, CHI]
    assert send(clerk, "/console/duty/away/1/withdraw", {}).status_code == 303
    assert rung(town, OPEN) == [BINH, AN, CHI]


@pytest.mark.row("R4")
def test_nobody_speaks_for_another_but_whoever_plans_the_duty(town: Town) -> None:
    away = {"person": "an", "stand_in": "", "first": "2026-11-26", "last": "", "part": "whole"}
    clerk = signed_in(town, "clerk", "binh")
    assert "not_done=duty_away_person_bad" in send(clerk, "/console/duty/away", away).headers["Location"]
    head = signed_in(town, "head_of_office")
    assert "said=duty_away_kept" in send(head, "/console/duty/away", away).headers["Location"]
    assert send(clerk, "/console/duty/away/1/withdraw", {}).status_code == 404
    assert rung(town, OPEN) == [BINH, CHI]


@pytest.mark.row("R4")
def test_a_session_in_which_nobody_is_present_rings_nobody_and_the_line_says_so(town: Town) -> None:
    town.with_duty("binh")
    head = signed_in(town, "head_of_office")
    away = {"person": "binh", "stand_in": "", "first": "2026-11-26", "last": "", "part": "whole"}
    assert send(head, "/console/duty/away", away).status_code == 303
    town.clock.set(OPEN)
    caller = town.ring().press("0")
    assert "clerk_none" in town.keys(caller.heard)
    assert caller.line.rung == []


@pytest.mark.row("002-14")
def test_whoever_serves_citizens_at_the_desk_is_passed_over_until_they_have_finished(town: Town) -> None:
    clerk = signed_in(town, "clerk", "canbotruc")
    assert rung(town) == [AN, BINH, CHI]
    assert "said=duty_desk_busy" in send(clerk, "/console/duty/desk", {"minutes": "30"}).headers["Location"]
    assert rung(town) == [BINH, CHI]
    assert "Đang tiếp công dân đến 09:40" in clerk.get("/console/").text
    assert send(clerk, "/console/duty/desk", {"minutes": "0"}).status_code == 303
    assert rung(town) == [AN, BINH, CHI]
    assert send(clerk, "/console/duty/desk", {"minutes": "15"}).status_code == 303
    assert rung(town, "2026-11-25T09:26:00+07:00") == [AN, BINH, CHI]


@pytest.mark.row("002-14")
def test_who_becomes_busy_while_a_call_rings_takes_nobodys_turn_away(town: Town) -> None:
    clerk = signed_in(town, "clerk", "canbotruc")
    caller = town.ring().press("0")
    send(clerk, "/console/duty/desk", {"minutes": "30"})
    caller.clerk_busy().clerk_busy().clerk_busy()
    assert caller.line.rung == [AN, BINH, CHI]


@pytest.mark.row("000-03")
def test_a_make_up_saturday_is_a_day_like_others_on_the_sheet(town: Town) -> None:
    with town.database.writing() as conn:
        closures.override_day(conn, date(2026, 11, 28), worked=True, reason="làm bù", document="12/TB")
    town.clock.set("2026-11-26T17:00:00+07:00")
    head = signed_in(town, "head_of_office")
    assert rung(town, "2026-11-28T08:00:00+07:00") == [CHI]
    assert plan(head, "2026-11-28:480-660", "binh", "an") == 303
    assert rung(town, "2026-11-28T08:00:00+07:00") == [BINH, AN, CHI]
    assert rung(town, "2026-11-28T14:00:00+07:00") == [CHI]


@pytest.mark.row("001-02")
def test_a_member_of_the_team_is_called_the_evening_before_and_hears_when_and_for_what(
    town: Town, told: Told
) -> None:
    thursday = date(2026, 11, 26)
    details = OfficialDetails(
        "Nguyễn Lan", "", "Thôn 1", "youth", "2026-01-05", "", "", FARMER, False, "lan", RemindedBy.CALL
    )
    town.clock.set("2026-11-25T17:30:00+07:00")
    with town.database.writing() as conn:
        now, (times, _) = town.clock.now(), Calendars(town.settings, town.clock).now(conn)
        register.add(conn, details, now)
        team.join(conn, "lan", thursday, None, "leader", now)
        for kind in (DutyKind.SLIP_TEAM, DutyKind.QR_GUIDE):
            session = sessions_on(times, kind, thursday)[0]
            week.keep(conn, town.settings.duty, times, [week.Change(session, ("lan",), 0)], "leader", now)
        assert reminders.put(conn, town.settings, times, thursday, now) == 1
        (number,) = conn.execute(select(outbox.c.id).where(outbox.c.recipient == "lan")).scalars()
    told.try_number(number, 1)
    call = told.ring(number)
    assert town.keys(call.heard) == [
        *("duty_call_greeting", "duty_call_day", "duty_call_slip_team", "duty_call_qr_guide"),
        "duty_call_keys",
    ]
    heard = " ".join(call.heard)
    assert "Kính chào anh chị Nguyễn Lan." in heard
    assert "Lấy phiếu và viết hộ, buổi sáng từ tám giờ đến mười giờ." in heard
    call.press("9").hang_up()
    assert (told.row(number).state, told.row(number).result) == ("sent", "told")


@pytest.mark.row("000-03")
def test_an_empty_session_of_tomorrow_is_a_warning_on_todays_first_page_until_somebody_is_chosen(
    town: Town,
) -> None:
    town.with_duty("binh", "an")
    town.clock.set("2026-11-25T16:00:00+07:00")
    head = signed_in(town, "head_of_office")
    warned = 'warn-note"><a href="/console/duty?week=2026-11-26#d-2026-11-26">'
    assert warned not in head.get("/console/").text
    assert plan(head, MORNING) == 303
    page = head.get("/console/").text
    assert warned in page
    assert "08:00-11:00" in page.partition(warned)[2][:200]
    assert plan(head, MORNING, "an") == 303
    assert warned not in head.get("/console/").text
