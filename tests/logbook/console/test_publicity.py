"""The publicity log, the poster with its code, and the text for the loudspeaker."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.console.views import posters
from logbook.console.words import Words
from logbook.database.tables import publicity as rows
from logbook.installation import Installation
from logbook.printing import TEMPLATES
from logbook.publications import publicity
from logbook.reports.sections.publicity import of_publicity
from logbook.reports.ticket_counts import CountedPeriod
from logbook.settings.lists import ListedPart
from tests.logbook.console.cases import token_of
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.console.pages.office.test_checklists import Later, later
from tests.logbook.dossiers.shelf import local_time
from tests.png import grey

__all__ = ["later"]
TOLD = {
    "held_on": "2026-11-24",
    "channel": "party_cells",
    "who": "Hội Phụ nữ xã",
    "audience": "Bí thư các chi bộ",
    "people": "25",
    "note": "phát tờ giới thiệu",
}


def enter(browser: FlaskClient, **words: str) -> TestResponse:
    form = {"form_token": token_of(browser), **TOLD, **words}
    return browser.post("/console/publicity", data=form)


@pytest.mark.row("000-14")
@pytest.mark.row("004-12")
def test_who_told_whom_on_which_channel_is_entered_once_listed_and_struck(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    assert enter(clerk).status_code == 303
    page = clerk.get("/console/publicity").text
    for said in ("Giao ban Bí thư chi bộ", "Hội Phụ nữ xã", "Bí thư các chi bộ", "25", "24/11/2026"):
        assert said in page, said
    for channel in ("Loa phát thanh", "Giao ban hàng tuần", "Trực tiếp từng công dân", "Đoàn thể sinh hoạt"):
        assert channel in page, channel
    enter(clerk)
    wrong = ({"held_on": "2026-11-26"}, {"held_on": "x"}, {"channel": "y"}, {"people": "-3"}, {"who": " "})
    assert {enter(clerk, **one).status_code for one in wrong} == {400}
    with installation.database.reading() as conn:
        assert len(conn.execute(select(rows.c.id)).all()) == 1
    assert clerk.post("/console/publicity/1/strike", data={"form_token": token_of(clerk)}).status_code == 303
    assert "Hội Phụ nữ xã" not in clerk.get("/console/publicity").text
    assert enter(clerk).status_code == 303
    assert signed_in("auditor").post("/console/publicity", data={}).status_code in (400, 403)


@pytest.mark.row("000-14")
@pytest.mark.row("004-12")
def test_the_monthly_report_counts_the_occasions_of_its_days_by_channel(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    for held_on, channel, people in (
        ("2026-10-31", "loudspeaker", "900"),
        ("2026-11-01", "loudspeaker", "1.200"),
        ("2026-11-24", "loudspeaker", ""),
        ("2026-11-24", "associations", "40"),
    ):
        assert enter(clerk, held_on=held_on, channel=channel, people=people).status_code == 303
    november = CountedPeriod(local_time("2026-11-01 00:00"), local_time("2026-12-01 00:00"))
    with installation.database.reading() as conn:
        told = {
            one.key: one.value for one in of_publicity(conn, november, installation.settings.publications)
        }
    assert told == {
        "loudspeaker": 2,
        "weekly_meeting": 0,
        "party_cells": 0,
        "in_person": 0,
        "associations": 1,
        "people": 1240,
    }


@pytest.mark.row("001-15")
def test_channels_stand_in_the_log_by_the_names_of_the_settings_and_in_the_months_report(
    signed_in: SignIn, later: Later, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    page = clerk.get("/console/publicity").text
    for name in ("Loa phát thanh", "Giao ban hàng tuần", "Giao ban Bí thư chi bộ"):
        assert f">{name}</option>" in page, name
    assert enter(clerk, channel="zalo").status_code == 400
    part = installation.settings.publications
    channels = (*part.channels[:3], ListedPart(key="zalo", name="Nhóm Zalo các thôn"))
    head = later("head_of_office", 10, publications=part.model_copy(update={"channels": channels}))
    assert ">Nhóm Zalo các thôn</option>" in head.get("/console/publicity").text
    assert enter(head, channel="zalo", held_on="2026-11-26").status_code == 303
    assert enter(head, channel="loudspeaker", held_on="2026-11-26", audience="Toàn xã").status_code == 303
    token = form_token(head.get("/console/reports/superior").text)
    made = head.post("/console/reports/superior", data={"form_token": token, "period": "2026-11"})
    address = made.headers["Location"].partition("?")[0]
    report = head.get(address).text
    assert "Nhóm Zalo các thôn" in report
    cases = head.get(f"{address}/cases/publicity.zalo").text
    assert "Nhóm Zalo các thôn: Bí thư các chi bộ" in cases


@pytest.mark.row("000-14")
def test_lines_past_their_years_are_deleted_and_the_audit_log_says_so(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    enter(clerk, held_on="2021-11-24")
    enter(clerk, held_on="2021-11-25", note="còn giữ")
    with installation.database.writing() as conn:
        now = installation.clock.now()
        assert [publicity.forget_old(conn, 5, now) for _ in range(2)] == [1, 0]
        newest = audit_log.recent(conn, 1, act="delete_publicity")[0]
    assert newest.reason == "retention.publicity_years = 5"
    assert "còn giữ" in clerk.get("/console/publicity").text


def _png(name: str, data: dict[str, object]) -> bytes:
    import typst

    return bytes(
        typst.compile(
            TEMPLATES / f"{name}.typ",
            root=TEMPLATES,
            ignore_system_fonts=True,
            format="png",
            ppi=90,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    )


@pytest.mark.row("000-14")
@pytest.mark.row("002-12")
@pytest.mark.proof
def test_the_poster_shows_number_hours_and_promises_in_full_and_its_code_leads_to_the_pages(
    installation: Installation, signed_in: SignIn
) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    pytest.importorskip("typst")
    pytest.importorskip("numpy")
    clerk, settings = signed_in("clerk"), installation.settings
    for paper in ("a4", "a3"):
        assert clerk.get(f"/console/posters/{paper}").data.startswith(b"%PDF")
        told = posters.told_of(settings, Words(installation.texts["vi"]), paper)
        picture = grey(_png("poster", told))
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [f"{settings.public_url}/"]
    assert clerk.get("/console/posters/a5").status_code == 404
    page = clerk.get("/console/posters").text
    for promise in (
        *("không cửa quyền, hách dịch, gây khó khăn, phiền hà", "không quan liêu vô cảm, vô trách nhiệm"),
        *("không tham nhũng, lãng phí, lợi ích nhóm", "không xu nịnh, chạy chọt, gian dối"),
        *("không lợi dụng chức vụ, quyền hạn trong thực thi công vụ", "không phiền hà sách nhiễu"),
        *("không trễ hẹn trong xử lý công việc", "luôn mỉm cười", "luôn giúp đỡ", "xin phép", "xin cảm ơn"),
    ):
        assert promise in page, promise


@pytest.mark.row("000-14")
def test_the_text_for_the_loudspeaker_says_number_and_hours_in_words_within_a_minute(
    installation: Installation, signed_in: SignIn
) -> None:
    text = posters.spoken(installation.settings, Words(installation.texts["vi"]))
    assert not any(sign.isdigit() for sign in text)
    assert text.count("không hai năm tám, ba tám bốn hai, một không hai") == 2
    assert "buổi sáng từ tám giờ đến mười một giờ" in text
    assert 40 <= posters.seconds(text) <= posters.LONGEST_SECONDS
    assert text in signed_in("clerk").get("/console/posters").text
