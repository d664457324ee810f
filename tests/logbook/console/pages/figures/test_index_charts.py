"""Pictures of the index page say what their tables and the kept counts say."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from logbook.installation import Installation
from logbook.ratings import by_token, instruments, tokens
from logbook.ratings.by_token import Sent
from tests.logbook.console.conftest import SignIn
from tests.rated import call_rated, slip


def part(page: str, heading: str) -> str:
    """The first figure after a heading."""
    text = " ".join(html.unescape(page).split())
    start = text.index(heading)
    return text[start : text.index("</figure>", start)]


def rows(figure: str) -> list[list[str]]:
    body = figure[figure.index("<tbody>") :]
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]


@pytest.mark.row("000-04")
def test_the_trend_shows_twelve_months_of_each_channel_and_breaks_where_nobody_answered(
    installation: Installation, signed_in: SignIn
) -> None:
    settings = installation.settings
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), installation.clock.now())
        for year, month, marks in (
            (2025, 11, [1] * 5),  # thirteen months back
            (2025, 12, [5, 5, 5, 1, None]),
            (2026, 1, [5, 4, 3, 2, 1]),
            (2026, 11, [4] * 5),
        ):
            call_rated(conn, settings, marks, datetime(year, month, 10, 5, tzinfo=UTC))
        slip(conn, settings, 1, [4, 4, 1, 4, None], datetime(2026, 10, 31, 17, tzinfo=UTC))  # 1 November
    page = signed_in("head_of_desk").get("/console/index").text
    calls = part(page[page.index('id="trend"') :], "(dai-lanh-5 1)<")
    table = rows(calls)
    assert table[0] == ["11/2026", "100,0% (5/5)"]
    assert table[-2:] == [["01/2026", "40,0% (2/5)"], ["12/2025", "75,0% (3/4)"]]
    assert [row[1] for row in table[1:-2]] == ["–"] * 9
    assert calls.count("<circle") == 3
    assert calls.count("<polyline") == 2  # nothing is drawn across nine months without an answer
    paper = part(page[page.index('id="trend"') :], "(thuong-lo-5 1)<")
    assert rows(paper)[0] == ["11/2026", "75,0% (3/4)"]
    older = part(signed_in("head_of_desk").get("/console/index/2026-01").text, "(dai-lanh-5 1)<")
    assert rows(older)[0] == ["01/2026", "40,0% (2/5)"]
    assert rows(older)[2] == ["11/2025", "0,0% (0/5)"]
    whole_year = part(signed_in("head_of_desk").get("/console/index/2026").text, "(dai-lanh-5 1)<")
    assert rows(whole_year)[0][0] == "11/2026"  # months to come are not drawn


@pytest.mark.row("000-04")
def test_how_often_each_mark_was_given_is_drawn_with_its_table(
    installation: Installation, signed_in: SignIn
) -> None:
    at = installation.clock.now()
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(installation.settings).values(), at)
        for marks in ([5, 4, 3, 2, 1], [5, 5, 3, None, 1], [5, 4, 4, None, 1]):
            call_rated(conn, installation.settings, marks, at)
    page = signed_in("clerk").get("/console/index").text
    figure = part(page, "Số lượt chọn từng mức điểm")
    assert [[int(many) for many in row[1:]] for row in rows(figure)] == [
        [0, 0, 0, 0, 3],
        [0, 0, 0, 2, 1],
        [0, 0, 2, 1, 0],
        [0, 1, 0, 0, 0],
        [3, 0, 0, 0, 0],
    ]
    assert len(re.findall(r'<rect class="chart-bar mark-\d" x="', figure)) == 7
    assert page.count("Số lượt chọn từng mức điểm</figcaption>") == 1  # nobody filled in a slip


@pytest.mark.row("003-12")
def test_a_thin_month_of_qr_ratings_is_in_no_picture_for_those_who_may_not_see_single_officials(
    installation: Installation, signed_in: SignIn
) -> None:
    at = installation.clock.now()
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(installation.settings).values(), at)
        for code in tokens.make(conn, 2, "x", at):
            by_token.store(conn, installation.settings, code, Sent((5, 2, None), None, "", ""), at)
    leader = part(signed_in("chairman").get("/console/index").text, "(van-gia-qr 1)<")
    assert rows(leader)[0] == ["11/2026", "50,0% (2/4)"]
    for role in ("clerk", "survey_lead", "auditor"):
        page = signed_in(role).get("/console/index").text
        other = part(page, "(van-gia-qr 1)<")
        assert rows(other)[0] == ["11/2026", "ít mẫu"]
        assert "<circle" not in other
        assert "Số lượt chọn từng mức điểm" not in page
