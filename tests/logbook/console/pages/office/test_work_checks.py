"""Checks of work are listed for everybody; internal checks are read by leaders, each reading noted."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.accounts.rights import ROLES, Act
from logbook.installation import Installation
from logbook.officials import register
from logbook.officials.register import OfficialDetails, Organisation
from tests.logbook.console.conftest import SignIn, form_token

FINDING = "Hồ sơ để quá hẹn hai lần, không báo lại người dân."
LEADERS = {"chairman", "vice_chairman", "head_of_office"}


def add_official(installation: Installation, name: str, login: str = "") -> int:
    details = OfficialDetails(
        name,
        "Công chức",
        "Tư pháp",
        Organisation.CIVIL_SERVANT,
        "2020-01-01",
        "",
        login,
        "",
        photo_consent=False,
    )
    with installation.database.writing() as conn:
        return register.add(conn, details, installation.clock.now()).id


def write(browser: FlaskClient, about: int, address: str = "", **words: str) -> TestResponse:
    typed = {
        "official": str(about),
        "checked_on": "2026-11-24",
        "subject": "Giải quyết hồ sơ đất đai",
        "finding": FINDING,
        "outcome": "criticised",
        "measure": "Kiểm điểm trước tập thể.",
    }
    where = address or "/console/internal-checks"
    token = form_token(browser.get(where).text)
    return browser.post(where, data={"form_token": token, **typed, **words})


def readings(installation: Installation) -> list[tuple[str, str, str]]:
    with installation.database.reading() as conn:
        found = audit_log.recent(conn, 100)
    return [(one.who, one.act, one.subject) for one in found if one.act.startswith("read_internal")]


@pytest.mark.row("002-18")
def test_finding_and_outcome_of_an_official_are_read_by_leaders_only_and_each_reading_is_noted(
    installation: Installation, signed_in: SignIn
) -> None:
    assert {role for role, acts in ROLES.items() if Act.INTERNAL_CHECKS in acts} == LEADERS
    checked = add_official(installation, "Trần Văn Tư")
    made = write(signed_in("vice_chairman"), checked)
    assert made.status_code == 303
    address = made.headers["Location"].partition("?")[0]
    before = len(readings(installation))
    chairman = signed_in("chairman")
    page = chairman.get("/console/internal-checks").text
    assert "Trần Văn Tư" in page
    assert "Phê bình" in page
    assert FINDING in chairman.get(address).text
    fresh = readings(installation)[: -before or None]
    assert fresh == [
        ("chairman", "read_internal_check", "internal_check:1"),
        ("chairman", "read_internal_checks", "internal_checks"),
    ]
    for role in ROLES.keys() - LEADERS:
        browser = signed_in(role)
        for place in ("/console/internal-checks", address):
            assert browser.get(place).status_code == 403, (role, place)
        assert "/console/internal-checks" not in browser.get("/console/work-checks").text, role
    with installation.database.reading() as conn:
        words = " ".join(f"{one.details} {one.reason}" for one in audit_log.recent(conn, 500))
    assert "hẹn" not in words, "the audit log says who read, not what was read"
    assert "Trần Văn Tư" not in words


def test_nothing_of_an_internal_check_stands_on_any_page_or_file_of_somebody_who_is_no_leader(
    installation: Installation, signed_in: SignIn
) -> None:
    checked = add_official(installation, "Trần Văn Tư")
    assert (
        write(
            signed_in("chairman"), checked, subject="Mật QZX", finding="Phát hiện QZX nặng lắm."
        ).status_code
        == 303
    )
    seen = 0
    for role in ("clerk", "auditor", "administrator", "plan_owner", "head_of_desk"):
        browser = signed_in(role)
        for rule in browser.application.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and not rule.arguments:
                answer = browser.get(str(rule))
                seen += answer.status_code == 200
                assert b"QZX" not in answer.data, (role, rule)
    assert seen > 60


def test_whoever_was_checked_does_not_read_it_even_as_a_leader_and_nobody_writes_about_themselves(
    installation: Installation, signed_in: SignIn
) -> None:
    vice = signed_in("vice_chairman")
    theirs = add_official(installation, "Võ Thị Giang", "vice_chairman")
    assert write(vice, theirs).status_code == 400
    made = write(signed_in("chairman"), theirs)
    address = made.headers["Location"].partition("?")[0]
    assert "Võ Thị Giang" not in re.sub(r"<option.*?</option>", "", vice.get("/console/internal-checks").text)
    assert vice.get(address).status_code == 404
    other = add_official(installation, "Lê Văn Ba")
    token = form_token(vice.get("/console/internal-checks").text)
    moved = {
        "official": str(other),
        "seen": "1",
        "checked_on": "2026-11-24",
        "subject": "a",
        "outcome": "none",
    }
    sent = {"form_token": token, **moved, "finding": "Không có gì cả."}
    assert vice.post(address, data=sent).status_code == 404
    assert write(signed_in("chairman"), other, address, seen="1").status_code == 303
    assert vice.get(address).status_code == 404, "a version about them stays theirs not to read"


def test_a_correction_stands_before_what_was_written_first_and_two_who_write_do_not_cover_each_other(
    installation: Installation, signed_in: SignIn
) -> None:
    checked = add_official(installation, "Trần Văn Tư")
    chairman, head = signed_in("chairman"), signed_in("head_of_office")
    address = write(chairman, checked, outcome="open").headers["Location"].partition("?")[0]
    assert write(head, checked, address, seen="1", outcome="disciplined").status_code == 303
    refused = write(chairman, checked, address, seen="1", finding="Tôi thấy khác hẳn thế này.")
    assert refused.status_code == 409
    assert "Tôi thấy khác hẳn thế này." in refused.text
    page = chairman.get(address).text
    assert page.index("Xử lý kỷ luật</dd>") < page.index("Đang xem xét</dd>")
    for wrong in ({"outcome": "shot"}, {"finding": "xx"}, {"checked_on": "2026-11-26"}, {"official": ""}):
        assert write(chairman, checked, **wrong).status_code == 400, wrong


@pytest.mark.row("004-15")
def test_checks_of_work_are_entered_once_listed_and_struck(signed_in: SignIn) -> None:
    clerk = signed_in("clerk")

    def send(**words: str) -> TestResponse:
        typed = {
            "checked_on": "2026-11-24",
            "checker": "Đỗ Văn Hải",
            "unit": "Công chức Tư pháp - Hộ tịch",
            "content": "Việc hướng dẫn người dân quét mã đánh giá.",
            "guidance": "Đặt lại bảng mã ở quầy số hai.",
        }
        token = form_token(clerk.get("/console/work-checks").text)
        return clerk.post("/console/work-checks", data={"form_token": token, **typed, **words})

    assert send().status_code == 303
    assert "not_done=work_check_said_before" in send().headers["Location"]
    page = signed_in("auditor").get("/console/work-checks").text
    for said in ("24/11/2026", "Đỗ Văn Hải", "Tư pháp - Hộ tịch", "quét mã đánh giá", "quầy số hai"):
        assert said in page, said
    for wrong in ({"unit": ""}, {"content": "x"}, {"guidance": ""}, {"checked_on": "2026-12-01"}):
        assert send(**wrong).status_code == 400, wrong
    token = form_token(clerk.get("/console/work-checks").text)
    assert clerk.post("/console/work-checks/1/strike", data={"form_token": token}).status_code == 303
    assert "Đỗ Văn Hải" not in clerk.get("/console/work-checks").text
