"""Whatever a person who leads nobody may open: no two of its figures differ by a few ratings of officials."""

from __future__ import annotations

import html
import io
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from logbook.installation import Installation
from logbook.ratings import spans
from tests.logbook.console.conftest import SignIn
from tests.logbook.console.pages.figures.test_officials_ratings import own_account, rated

PERIODS = (
    *("2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-Q3", "2026-Q4", "2026"),
    *("2026-W31", "2026-W36", "2026-W40", "2026-W41", "2026-W45"),
)
NO_LEADERS = ("clerk", "desk_officer", "survey_lead", "head_of_desk", "auditor")
Days = tuple[date, date]
RATED = {
    (7, 2): {"an": 12},
    (8, 27): {"an": 3},
    (10, 2): {"an": 9, "": 2},
    (10, 27): {"binh": 4},
    (11, 2): {"an": 2},
}
"""Who was rated how often, by month and day: full months, thin ones, one without anybody."""


def told(browser: FlaskClient, period: str, asked: str) -> Iterator[tuple[str, int]]:
    """Numbers of people and answers of QR ratings on the page and in the workbook, each with its name."""
    page = browser.get(f"/console/index/{period}{asked}")
    if page.status_code == 200:
        text = html.unescape(page.text)
        for section in re.findall(r'<section[^>]*>\s*<h2 id="set.*?</section>', text, re.DOTALL):
            if "Qua mã QR" in section or "Tất cả các kênh" in section:
                channel = "qr" if "Qua mã QR" in section else "all"
                for at, n in enumerate(re.findall(r'Số ý kiến">(\d+)</td>', section)):
                    yield f"{channel} {at}", int(n)
        assert "lời riêng" not in text
    file = browser.get(f"/console/index/{period}/workbook{asked}")
    if file.status_code == 200:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.data))
        for row in book.get_sheet_by_name("Chỉ số").to_python()[3:]:
            if "van-gia-qr" in map(str, row):
                yield f"{row[2]} {row[3]}", int(str(row[4]).partition(".")[0] or 0)


def days(period: str, asked: str) -> Days:
    """First and last day of what was asked for."""
    span = spans.read(period)
    assert span is not None
    span = span.year_to_date() if asked else span
    return span.first, span.last


def left_over(counts: dict[Days, int]) -> Iterator[tuple[Days, tuple[Days, ...], int]]:
    """What is left of each stretch of days when up to three stretches within it are taken away."""
    for whole, n in counts.items():
        within = [one for one in counts if whole[0] <= one[0] and one[1] <= whole[1] and one != whole]
        for size in range(4):
            for parts in itertools.combinations(sorted(within), size):
                if all(one[1] < other[0] for one, other in itertools.pairwise(parts)):
                    yield whole, parts, n - sum(counts[one] for one in parts)


@pytest.mark.row("004-09")
@pytest.mark.row("003-12")
def test_no_figure_of_few_ratings_is_the_difference_of_two_figures_anybody_but_leaders_can_open(
    installation: Installation, signed_in: SignIn
) -> None:
    minimum = installation.settings.ratings.minimum_sample
    for (month, day), many in RATED.items():
        rated(installation, many, datetime(2026, month, day, 3, tzinfo=UTC))
    leaks, seen = [], 0
    for role in ("clerk", "survey_lead"):
        browser = signed_in(role)
        figures: dict[str, dict[Days, int]] = {}
        for period, asked in itertools.product(PERIODS, ("", "?to_date=1")):
            for name, n in told(browser, period, asked):
                figures.setdefault(name, {})[days(period, asked)] = n
        seen += sum(map(len, figures.values()))
        leaks += [
            (role, name, whole, parts, rest)
            for name, counts in figures.items()
            for whole, parts, rest in left_over(counts)
            if 0 < rest < minimum
        ]
    assert seen > 5
    assert leaks == []


@pytest.mark.row("004-09")
@pytest.mark.row("004-06")
def test_files_of_single_officials_and_who_rated_are_closed_to_everybody_but_leaders(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 3, "binh": 12})
    for role in NO_LEADERS:
        browser = signed_in(role)
        for period, kind in itertools.product(("2026-10", "2026"), ("docx", "xlsx")):
            assert browser.get(f"/console/officials-ratings/{period}.{kind}").status_code == 403, role
        for path in ("/console/index/2026-10", "/console/ratings", "/console/leader", "/console/reports"):
            page = html.unescape(browser.get(path).text)
            assert "lời riêng" not in page
            assert not re.search(r"Trần Thị Bình[^<]*</t[dh]>\s*<td[^>]*>12<", page), (role, path)
    own_account(installation, "binh", "desk_officer")
    mine = html.unescape(signed_in("desk_officer").get("/console/my-ratings").text)
    assert "12" not in re.sub(r"\d\d/\d{4}", "", mine[mine.index("<table") : mine.index("</table>")])
    file = signed_in("chairman").get("/console/officials-ratings/2026-10.docx")
    assert [row.cells[1].text for row in Document(io.BytesIO(file.data)).tables[0].rows[1:]] == ["3", "12"]
