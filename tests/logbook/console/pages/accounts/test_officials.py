"""The register of officials in the console."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.installation import Installation
from logbook.officials import first_filling, register
from logbook.officials.register import Official
from tests.logbook.console.conftest import SignIn, form_token

LAN = {
    "name": "Hồ Thị Lan",
    "title": "Bí thư Đoàn xã",
    "unit": "Đoàn thanh niên",
    "organisation": "youth",
    "since": "2026-01-05",
    "telephone": "0912 345 678",
}


def send(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    token = form_token(browser.get("/console/officials/new").text)
    return browser.post(f"/console/officials/{path}", data={"form_token": token, **form})


def lan(installation: Installation) -> Official:
    with installation.database.reading() as conn:
        found = register.of_key(conn, "ho-thi-lan")
    assert found is not None
    return found


def test_a_person_is_entered_changed_and_leaves_without_being_deleted(
    installation: Installation, signed_in: SignIn
) -> None:
    head = signed_in("head_of_office")
    assert send(head, "new", **LAN).status_code == 303
    entered = lan(installation)
    listed = head.get("/console/officials").text
    assert "Hồ Thị Lan" in listed
    assert "0912••••••" in listed
    assert "345678" not in listed.replace(".", "")
    assert send(head, str(entered.id), **LAN | {"version": "1", "title": "Phó Bí thư"}).status_code == 303
    assert send(head, f"{entered.id}/leave", version="2", last_day="2026-11-24").status_code == 303
    page = head.get("/console/officials").text
    assert page.index("Đã thôi hoặc chưa bắt đầu") < page.index("Hồ Thị Lan")
    assert "đến 24/11/2026" in page
    with installation.database.reading() as conn:
        lines = audit_log.recent(conn, 9, subject=f"official:{entered.id}")
    assert [line.act for line in lines] == ["leave_official", "change_official", "add_official"]
    assert all("912" not in line.details for line in lines)


def test_of_two_who_change_a_person_at_once_the_second_sees_what_the_first_wrote(
    installation: Installation, signed_in: SignIn
) -> None:
    head = signed_in("head_of_office")
    send(head, "new", **LAN)
    entered = lan(installation)
    send(head, str(entered.id), **LAN | {"version": "1", "unit": "Thôn 1"})
    second = send(head, str(entered.id), **LAN | {"version": "1", "unit": "Thôn 2"})
    assert (second.status_code, "Thôn 1" in second.text) == (409, True)
    assert 'value="Thôn 2"' in second.text
    again = re.search(r'name="version" value="(\d+)"', second.text)
    assert again is not None
    send(head, str(entered.id), **LAN | {"version": again.group(1), "unit": "Thôn 2"})
    assert lan(installation).unit == "Thôn 2"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "họ và tên"),
        ({"telephone": "1900 1234"}, "số cố định hoặc di động Việt Nam"),
        ({"telephone": "0258.3842.102"}, "số của chính tổng đài"),
        ({"organisation": "x"}, "Không có tổ chức này"),
        ({"until": "2025-12-31"}, "không thể trước ngày bắt đầu"),
        ({"since": "hôm qua"}, "Ngày chưa đúng"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    wrong: dict[str, str], told: str, signed_in: SignIn
) -> None:
    answer = send(signed_in("head_of_office"), "new", **LAN | wrong)
    assert (answer.status_code, told in answer.text) == (400, True)
    assert 'value="Bí thư Đoàn xã"' in answer.text


@pytest.mark.row("T-06")
def test_a_hostile_name_is_shown_as_text_and_a_long_one_is_not_cut(
    installation: Installation, signed_in: SignIn
) -> None:
    head = signed_in("head_of_office")
    names = ("<script>x</script>", '"><img src=x>', "{{ 7*7 }}", "a\u202eb\x00c", "=HYPERLINK(1)")
    for name in names:
        assert send(head, "new", **LAN | {"name": name, "unit": name}).status_code == 303, name
    with installation.database.reading() as conn:
        pages = ["officials", *(f"officials/{one.id}" for one in register.listed(conn))]
    for page in pages:
        shown = head.get(f"/console/{page}").text
        assert "<script>x" not in shown
        assert "<img src" not in shown
        assert ">49<" not in shown
    long = send(head, "new", **LAN | {"name": "Lan " * 100})
    assert (long.status_code, "Lan Lan" in long.text) == (400, True)


def test_whom_the_settings_name_too_is_rung_by_the_settings_and_the_form_says_so(
    installation: Installation, signed_in: SignIn
) -> None:
    with installation.database.writing() as conn:
        first_filling.fill(conn, installation.settings, installation.clock.now())
        an = register.of_key(conn, "an")
    assert an is not None
    head = signed_in("head_of_office")
    assert "config.yaml" in head.get(f"/console/officials/{an.id}").text
    send(head, "new", **LAN)
    assert "config.yaml" not in head.get(f"/console/officials/{lan(installation).id}").text


def test_a_clerk_reads_the_register_and_changes_nobody(installation: Installation, signed_in: SignIn) -> None:
    send(signed_in("head_of_office"), "new", **LAN)
    page = signed_in("clerk").get("/console/officials").text
    assert "Hồ Thị Lan" in page
    assert "officials/new" not in page
    assert signed_in("clerk").get(f"/console/officials/{lan(installation).id}").status_code == 403
    assert signed_in("team_member").get("/console/officials").status_code == 403
