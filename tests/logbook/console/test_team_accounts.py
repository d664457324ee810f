"""The account of a member from outside sees duty and the log of forms, and ends with them (001-22)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from logbook.clock import ZONE
from logbook.database.tables import officials, people
from logbook.installation import Installation
from logbook.officials import register
from logbook.officials.register import Official
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token
from tests.logbook.console.test_team_pages import hire, send

LAST = date(2026, 11, 25)
LOGIN = {"login": "team_member", "password": PASSWORD}


def given_account(installation: Installation, key: str, login: str) -> Official:
    """Somebody of the register with an account."""
    with installation.database.writing() as conn:
        conn.execute(update(officials).where(officials.c.key == key).values(login=login))
        found = register.of_key(conn, key)
    assert found is not None
    return found


def last_day(installation: Installation, login: str) -> date | None:
    with installation.database.reading() as conn:
        return conn.execute(select(people.c.last_day).where(people.c.login == login)).scalar()


@pytest.mark.row("001-22")
@pytest.mark.parametrize("way", ["team", "register", "joined until"])
def test_leaving_closes_the_account_at_midnight_in_vietnam_and_whoever_is_signed_in_is_out(
    signed_in: SignIn,
    installation: Installation,
    desk_app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    hire(installation)
    leader, head = signed_in("team_leader"), signed_in("head_of_office")
    signed_in("team_member")
    lan = given_account(installation, "lan", "team_member")
    if way == "register":
        page = head.get(f"/console/officials/{lan.id}").text
        left = {"form_token": form_token(page), "version": str(lan.version), "last_day": str(LAST)}
        assert head.post(f"/console/officials/{lan.id}/leave", data=left).status_code == 303
    else:
        first = {"until": "2026-11-02" if way == "joined until" else str(LAST)}
        assert send(leader, "/console/team/members/1/leave", first).status_code == 303
    if way == "joined until":
        assert last_day(installation, "team_member") == date(2026, 11, 2)
        with installation.database.writing() as conn:  # as the administrator lets them in again
            conn.execute(update(people).where(people.c.login == "team_member").values(last_day=None))
        again = {"person": "lan", "since": "2026-11-20", "until": str(LAST)}
        assert send(leader, "/console/team/members", again).status_code == 303
    assert last_day(installation, "team_member") == LAST

    midnight = datetime(2026, 11, 26, tzinfo=ZONE)
    monkeypatch.setattr(installation.clock, "now", lambda: midnight - timedelta(seconds=1))
    browser = desk_app.test_client()
    assert browser.post("/console/sign-in", data=LOGIN).status_code == 303
    for page in ("duty", "forms", "account"):
        assert browser.get(f"/console/{page}").status_code == 200, page
    monkeypatch.setattr(installation.clock, "now", lambda: midnight)
    for page in ("duty", "forms", "account"):
        assert "/console/sign-in" in browser.get(f"/console/{page}").headers["Location"], page
    assert desk_app.test_client().post("/console/sign-in", data=LOGIN).status_code == 401


@pytest.mark.row("001-22")
def test_who_works_in_the_office_keeps_their_account_and_a_nearer_last_day_stays(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    leader = signed_in("team_leader")
    signed_in("clerk")
    signed_in("team_member")
    given_account(installation, "phuc", "clerk")
    given_account(installation, "lan", "team_member")
    with installation.database.writing() as conn:
        near = date(2026, 11, 24)
        conn.execute(update(people).where(people.c.login == "team_member").values(last_day=near))
    for member in (1, 4):
        assert send(leader, f"/console/team/members/{member}/leave", {"until": str(LAST)}).status_code == 303
    assert (last_day(installation, "clerk"), last_day(installation, "team_member")) == (None, near)


@pytest.mark.row("001-22")
def test_a_members_account_opens_no_page_but_its_own_duty_and_the_log_of_forms(
    signed_in: SignIn, desk_app: Flask
) -> None:
    """Every page of the console without a number in its address, as a stranger would try them."""
    member = signed_in("team_member")
    pages = sorted(
        rule.rule
        for rule in desk_app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.rule.startswith("/console/")
    )
    opened = {page for page in pages if member.get(page).status_code == 200}
    assert len(pages) > 40
    assert opened == {
        "/console/",
        "/console/account",
        "/console/account/second-factor",
        "/console/duty",
        "/console/forms",
        "/console/health",
        "/console/help",
        "/console/owed",
    }
    menu = member.get("/console/").text.partition("bar-spread")[2].partition("</nav>")[0]
    assert menu.count("<a ") == 3, "today, duty, forms"
