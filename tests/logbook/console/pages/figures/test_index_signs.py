"""Signs of stuffing on the index page: for leaders and the survey lead, each with its answers."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from logbook.accounts import accounts
from logbook.calls import rating_counts
from logbook.installation import Installation
from logbook.ratings import by_token, index, instruments, slips, spans, stuffing_rows, tokens
from logbook.ratings.by_token import Sent
from logbook.ratings.slip_values import Respondent, TypedSlip
from tests.logbook.console.conftest import SignIn
from tests.one_stop_desk import dossier

AT = datetime(2026, 11, 10, 2, tzinfo=UTC)


def plant(installation: Installation) -> None:
    """A burst of QR ratings, a clerk's streak of slips with one taken out, a token replaced three times."""
    settings = installation.settings
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), AT)
        clerk = next(one.id for one in accounts.listed(conn) if one.login == "clerk")
        for number, code in enumerate(tokens.make(conn, 15, "x", AT)):
            sent = Sent((5, 4, None), None, "", "lời riêng")
            by_token.store(conn, settings, code, sent, AT + timedelta(seconds=number))
        for number in range(15):
            dossier(conn, f"D{number}", AT)
            entry = TypedSlip(f"P-{number}", f"D{number}", Respondent.INDIVIDUAL, (5, 4, 3, 4, None))
            kept = slips.enter(conn, entry, instruments.for_slips(settings), AT, by=clerk)
        slips.void(conn, kept.id, kept.version, "trùng")
        code = tokens.make(conn, 1, "x", AT)[0]
        for mark in (1, 2, 3, 5):
            sent = Sent((mark, 5, 4), None, "", "")
            by_token.store(conn, settings, code, sent, AT + timedelta(hours=mark))


def signs(page: str) -> list[tuple[str, list[list[str]]]]:
    """The sentence of each sign and the cells of its rows, without their tags."""
    text = " ".join(html.unescape(page).split())
    found = re.findall(
        r"<summary>([^<]*)</summary> <table class=\"table table-cards.*?<tbody>(.*?)</tbody>", text
    )
    return [
        (
            sentence,
            [
                [re.sub("<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", row)]
                for row in re.findall(r"<tr>(.*?)</tr>", rows)
            ],
        )
        for sentence, rows in found
    ]


@pytest.mark.row("T-19")
def test_leaders_and_the_survey_lead_see_each_sign_with_its_answers_and_nobody_else_does(
    installation: Installation, signed_in: SignIn
) -> None:
    signed_in("clerk")
    plant(installation)
    page = signed_in("chairman").get("/console/index/2026-11").text
    assert "lời riêng" not in page
    burst, streak, replaced = signs(page)
    assert burst[0] == "Qua mã QR: 15 ý kiến dồn trong 1 phút, từ 10/11/2026 09:00"
    assert burst[1] == [["10/11/2026 09:00", "5 4 –", "Qua mã QR"]] * 15
    assert streak[0] == "Người clerk nhập liền 14 phiếu giống hệt nhau, từ 10/11/2026 09:00"
    assert streak[1] == [["10/11/2026 09:00", "5 4 3 4 –", "Cán bộ nhập tay: Người clerk"]] * 14
    assert page.count('href="/console/slips/') >= 14
    assert "thay ý kiến 3 lần" in replaced[0]
    assert [row[1] for row in replaced[1]] == ["1 5 4", "2 5 4", "3 5 4", "5 5 4"]
    assert [row[2] for row in replaced[1]] == ["Đã được thay vào lúc này"] * 3 + ["Qua mã QR"]
    survey = signs(signed_in("survey_lead").get("/console/index/2026-11").text)
    assert [sentence for sentence, _ in survey] == [burst[0], streak[0], replaced[0]]
    assert {row[1] for row in survey[0][1] + survey[2][1]} == {"chỉ lãnh đạo xem"}  # one official's marks
    assert survey[1] == streak
    for role in ("clerk", "head_of_desk", "auditor", "plan_owner", "team_leader"):
        assert "Dấu hiệu" not in html.unescape(signed_in(role).get("/console/index/2026-11").text)


@pytest.mark.row("T-19")
def test_signs_take_nothing_out_and_a_quiet_month_says_so(
    installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("clerk")
    plant(installation)
    span = spans.read("2026-11")
    assert span is not None
    with installation.database.reading() as conn:
        before = index.as_json(span, index.figures(conn, installation.settings, span))
    leader = signed_in("chairman")
    assert "Dấu hiệu bất thường" in leader.get("/console/index").text
    assert "Không thấy dấu hiệu bất thường." in leader.get("/console/index/2026-10").text
    with installation.database.reading() as conn:
        assert index.as_json(span, index.figures(conn, installation.settings, span)) == before
        assert rating_counts.wrong(conn) == []
    monkeypatch.setattr(stuffing_rows, "MOST", 20)
    assert "xin chọn một tháng" in leader.get("/console/index").text


def test_paper_is_labelled_as_keyed_by_staff(installation: Installation, signed_in: SignIn) -> None:
    signed_in("clerk")
    plant(installation)
    page = signed_in("auditor").get("/console/index").text
    assert page.count("Do cán bộ nhập.") == 1
