"""Complaints about manner, counted for each member of the team, with an account or without (001-19)."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from logbook.database.tables import people
from logbook.installation import Installation
from logbook.officials import register
from logbook.officials.register import Official
from logbook.tickets import history, named_officials
from logbook.tickets.tickets import Ticket
from tests.logbook.console.cases import by_phone, person_id, read, send
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.console.test_team_pages import hire

MANNER = {"kind": "feedback", "topic": "attitude"}


def official(installation: Installation, key: str) -> Official:
    with installation.database.reading() as conn:
        found = register.of_key(conn, key)
    assert found is not None
    return found


def about(clerk: FlaskClient, installation: Installation, code: str, *keys: str, **classified: str) -> Ticket:
    """A complaint that came by telephone, classified by a clerk who notes whom it is about."""
    ticket = by_phone(installation, code)
    assert send(clerk, code, "classify", **(classified or MANNER)).status_code == 303
    ids = [official(installation, key).id for key in keys]
    assert send(clerk, code, "concern", reason="nghe ghi âm", official=ids).status_code == 303
    return ticket


def counted(browser: FlaskClient, month: str = "2026-11") -> dict[str, list[str]]:
    """Name of each member, and the cells of their line in the table."""
    page = browser.get(f"/console/team?month={month}").text
    (table,) = re.findall(r'aria-labelledby="manner".*?<tbody>(.*?)</tbody>', page, re.S)
    rows = (re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", table))
    return {name: [re.sub("<[^>]*>", "", cell) for cell in cells] for name, *cells in rows}


@pytest.mark.row("001-19")
def test_complaints_about_manner_are_counted_for_each_member_and_open_their_tickets(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    clerk = signed_in("clerk")
    about(clerk, installation, "111111", "lan")
    about(clerk, installation, "222222", "lan", "minh")
    about(clerk, installation, "333333", "lan", kind="feedback", topic="process")
    guided = about(clerk, installation, "444444", "minh")
    assert send(clerk, "444444", "classify", kind="denunciation", reason="tố cáo").status_code == 303
    assert read(installation, guided).state == "guided"
    head = signed_in("head_of_office")
    with installation.database.writing() as conn:  # who may open khiếu nại and tố cáo counts none either
        named_viewer = people.c.login == "head_of_office"
        conn.execute(update(people).where(named_viewer).values(sees_restricted=True))
    assert counted(head) == {
        "Nguyễn Lan": ["2 (111111, 222222)", "2 (111111, 222222)"],
        "Nguyễn Minh": ["1 (222222)", "1 (222222)"],
        "Nguyễn Nga": ["0", "0"],
        "Nguyễn Phuc": ["0", "0"],
    }
    assert counted(head, "2026-12")["Nguyễn Lan"] == ["0", "2 (111111, 222222)"]
    assert 'href="/console/tickets/111111"' in head.get("/console/team").text
    page = head.get("/console/tickets/111111").text
    assert "về Nguyễn Lan" in page
    assert "Người trong danh bạ bị phản ánh" in page


@pytest.mark.row("001-19")
def test_leaders_alone_see_whom_complaints_about_manner_name(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    about(signed_in("clerk"), installation, "111111", "lan")
    seen = {}
    for role in ("head_of_office", "chairman", "vice_chairman", "clerk", "team_leader", "auditor"):
        answer = signed_in(role).get("/console/team")
        seen[role] = (answer.status_code, 'id="manner"' in answer.text)
    leaders = dict.fromkeys(("head_of_office", "chairman", "vice_chairman"), (200, True))
    assert seen == {**leaders, **dict.fromkeys(("clerk", "team_leader", "auditor"), (200, False))}


@pytest.mark.row("001-19")
def test_whoever_is_named_and_gets_an_account_later_does_not_see_the_ticket(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    ticket = about(signed_in("head_of_office"), installation, "111111", "lan")
    lan, login = signed_in("clerk"), "clerk"
    assert lan.get("/console/tickets/111111").status_code == 200
    admin, found = signed_in("administrator"), official(installation, "lan")
    page = admin.get(f"/console/officials/{found.id}").text
    answer = admin.post(
        f"/console/officials/{found.id}",
        data={
            "form_token": form_token(page),
            "version": "1",
            "name": found.name,
            "organisation": "youth",
            "since": "2026-01-05",
            "login": login,
        },
    )
    assert answer.status_code == 303
    assert read(installation, ticket).subject_ids == {person_id(installation, login)}
    assert lan.get("/console/tickets/111111").status_code in (403, 404)
    assert counted(signed_in("head_of_office"))["Nguyễn Lan"] == ["1 (111111)", "1 (111111)"]
    with installation.database.reading() as conn:
        assert history.verify(conn) is None


@pytest.mark.row("001-19")
def test_an_official_with_an_account_is_kept_away_at_once_and_can_be_taken_off_again(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    head = signed_in("head_of_office")
    ticket = about(head, installation, "111111", "lan", "minh")
    assert send(head, "111111", "concern", reason="nhầm tên", official=[]).status_code == 303
    with installation.database.reading() as conn:
        assert named_officials.of_ticket(conn, ticket.id) == []
    answer = send(head, "111111", "concern", reason="x", official=[999999])
    assert answer.status_code == 400
    assert counted(head)["Nguyễn Minh"] == ["0", "0"]
