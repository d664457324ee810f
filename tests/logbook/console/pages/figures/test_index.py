"""The index as a page says what the command says."""

from __future__ import annotations

import html
import io
import re
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook

from logbook.calls import rating_counts
from logbook.installation import Installation
from logbook.ratings import by_token, index, instruments, spans, tokens
from logbook.ratings.by_token import Sent
from tests.logbook.console.conftest import SignIn
from tests.rated import call_rated, slip


def test_the_page_shows_the_figures_of_each_instrument_and_channel(
    installation: Installation, signed_in: SignIn
) -> None:
    at = datetime(2026, 11, 10, 5, tzinfo=UTC)
    settings = installation.settings
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), at)
        for mark in [5] * 17 + [3] * 2:
            call_rated(conn, settings, [mark] * 5, at)
        for number in range(3):
            slip(conn, settings, number, [4, 4, 4, 4, None], at)
    page = html.unescape(signed_in("head_of_desk").get("/console/index").text)
    assert "từ 01/11/2026 đến 30/11/2026" in page
    span = spans.read("2026-11")
    assert span is not None
    with installation.database.reading() as conn:
        found = index.figures(conn, settings, span)
    shown = re.findall(r'Số ý kiến">(\d+)</td>\s*<td[^>]*>(\d+)</td>', page)
    assert shown == [(str(each.n), str(each.satisfied)) for one in found for each in one.criteria]
    assert "89,4%" in page  # 17 of 19 is 89.47: cut, never rounded up
    assert "68,6% – 97,0%" in page
    assert page.index("Qua điện thoại") < page.index("Phiếu giấy")
    assert page.count("Mức độ hài lòng theo tiêu chí</figcaption>") == 2
    assert "chưa đạt" in page
    assert "2709/QĐ-UBND" in page
    file = signed_in("head_of_desk").get("/console/index/2026-11/workbook").data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("Chỉ số").to_python()[3:]
    assert [(row[4], row[5]) for row in rows] == [
        (each.n, each.satisfied) for one in found for each in one.criteria
    ]
    seen = [each.percent for one in found for each in one.criteria if each.percent is not None]
    assert [row[6] for row in rows if row[6] != ""] == pytest.approx(seen)


def test_a_period_that_is_none_is_not_found(installation: Installation, signed_in: SignIn) -> None:
    with installation.database.writing() as conn:
        now = installation.clock.now()
        instruments.install(conn, instruments.registry(installation.settings).values(), now)
    head = signed_in("chairman")
    assert head.get("/console/index/2026-13/workbook").status_code == 404
    for name in ("2026-13", "x", "2026-W60", "9" * 30):
        assert head.get(f"/console/index/{name}").status_code == 404
    for name in ("2026", "2026-Q1", "2026-W48", "2026-06?to_date=1"):
        assert head.get(f"/console/index/{name}").status_code == 200
    assert "từ 01/01/2026 đến 30/06/2026" in head.get("/console/index/2026-06?to_date=1").text


@pytest.mark.row("000-04")
@pytest.mark.row("003-01")
@pytest.mark.row("004-06")
def test_a_call_a_slip_and_a_qr_rating_of_one_month_stand_as_three_channels_and_agree_everywhere(
    installation: Installation, signed_in: SignIn
) -> None:
    at, settings = datetime(2026, 11, 10, 5, tzinfo=UTC), installation.settings
    span = spans.read("2026-11")
    assert span is not None
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), at)
        call_rated(conn, settings, [5, 4, 3, None, 1], at)
        slip(conn, settings, 1, [4, 4, 2, 4, None], at)
        code = tokens.make(conn, 1, "x", at)[0]
        by_token.store(conn, settings, code, Sent((5, 2, None), None, "", ""), at)
        told = index.as_json(span, index.figures(conn, settings, span))["instruments"]
        assert rating_counts.wrong(conn) == []
    assert isinstance(told, list)
    assert [(one["key"], one["channel"], one["n"]) for one in told] == [
        ("dai-lanh-5", "phone", 1),
        ("thuong-lo-5", "paper", 1),
        ("van-gia-qr", "qr", 1),
    ]
    figures = [(each["n"], each["satisfied"]) for one in told for each in one["criteria"]]
    by_hand = [
        (1, 1),
        (1, 1),
        (1, 0),
        (0, 0),
        (1, 0),
        (1, 1),
        (1, 1),
        (1, 0),
        (1, 1),
        (0, 0),
        (1, 1),
        (1, 0),
        (0, 0),
    ]
    assert figures == by_hand
    leader = signed_in("chairman")
    page = html.unescape(leader.get("/console/index/2026-11").text)
    shown = re.findall(r'Số ý kiến">(\d+)</td>\s*<td[^>]*>(\d+)</td>', page)
    assert [(int(n), int(satisfied)) for n, satisfied in shown] == figures
    file = leader.get("/console/index/2026-11/workbook").data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("Chỉ số").to_python()[3:]
    assert [(row[4], row[5]) for row in rows] == figures
