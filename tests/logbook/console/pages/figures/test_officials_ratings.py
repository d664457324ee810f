"""Ratings of officials: own totals, comments that are moderated, files for leaders; no small figure leaks."""

from __future__ import annotations

import html
import io
import itertools
import random
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docx import Document
from docx.document import Document as DocumentOf
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from logbook.accounts import audit_log
from logbook.calls import rating_counts
from logbook.database.tables import officials, ratings, responses, token_ratings
from logbook.installation import Installation
from logbook.officials import first_filling, register
from logbook.ratings import by_token, index, instruments, own_totals, per_official, spans, tokens
from logbook.ratings.by_token import Sent
from logbook.ratings.spans import DaySpan
from tests.logbook.console.conftest import SignIn, form_token

AT = datetime(2026, 10, 10, 3, tzinfo=UTC)
"""In the month before the one in which the tests' clock stands."""


def rated(
    installation: Installation, many: Mapping[str, int], at: datetime = AT, marks: tuple[int, ...] = (5, 4, 2)
) -> None:
    """So many people rate each official of the register by key; "" is nobody in particular."""
    settings = installation.settings
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), at)
        first_filling.fill(conn, settings, at)
        for key, count in many.items():
            official = register.of_key(conn, key)
            whom = None if official is None else official.id
            for number, code in enumerate(tokens.make(conn, count, "x", at) if count else ()):
                words = f"lời riêng {key} {number}"
                by_token.store(conn, settings, code, Sent(marks, whom, "Khai sinh", words), at)


def span(name: str) -> DaySpan:
    found = spans.read(name)
    assert found is not None
    return found


def own_account(installation: Installation, key: str, role: str) -> None:
    """The account of that role belongs to the official of that key."""
    with installation.database.writing() as conn:
        conn.execute(officials.update().where(officials.c.login == role).values(login=None))
        conn.execute(officials.update().where(officials.c.key == key).values(login=role))


@pytest.mark.row("004-09")
def test_an_officials_own_login_sees_totals_of_full_months_and_never_who_rated(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 12, "binh": 14})
    rated(installation, {"an": 3, "binh": 14}, AT - timedelta(days=30))
    rated(installation, {"an": 20}, datetime(2026, 11, 10, 3, tzinfo=UTC))
    browser = signed_in("desk_officer")
    own_account(installation, "an", "desk_officer")
    page = " ".join(html.unescape(browser.get("/console/my-ratings").text).split())
    rows = dict(re.findall(r'data-label="Tháng">([\d/]+)</td>(.*?)</tr>', page))
    assert len(rows) == 12
    assert re.findall(r">([\d,]+)</td>", rows["10/2026"]) == ["12", "36", "24", "66,6"]
    assert "chưa đủ mẫu" in rows["09/2026"]
    assert "11/2026" not in rows  # a month that runs would tell each new rating by itself
    assert "lời riêng" not in page
    assert "Trần Thị Bình" not in page
    for path in ("/console/index/2026-10", "/console/officials-ratings/2026-10.xlsx"):
        assert browser.get(path).status_code == 403


@pytest.mark.row("004-09")
@pytest.mark.row("003-12")
def test_no_figure_below_the_minimum_can_be_had_by_subtracting_officials_from_totals(
    installation: Installation,
) -> None:
    chance, minimum = random.Random(7), installation.settings.ratings.minimum_sample
    people = ["an", "binh", ""]
    leaks: list[tuple[object, ...]] = []
    for month in range(1, 10):
        at = datetime(2026, month, 10, 3, tzinfo=UTC)
        many = {key: chance.choice((0, 2, 5, 9, 10, 11, 30)) for key in people}
        rated(installation, many, at)
        with installation.database.reading() as conn:
            shown = own_totals.shown_in(conn, span(f"2026-{month:02d}"), minimum)
            found = per_official.figures(conn, span(f"2026-{month:02d}"))
        total = sum(many.values())
        for count in range(len(shown) + 1):
            for some in itertools.combinations(shown, count):
                rest = total - sum(one.people for one in some)
                if count and 0 < rest < minimum:
                    leaks.append((month, many, [one.name for one in some]))
        leaks += [(month, many, one.name) for one in shown if one.people < minimum]
        assert {one.people for one in found} == {many[key] for key in ("an", "binh") if many[key]}
    assert leaks == []


@pytest.mark.row("004-09")
def test_who_may_not_see_officials_reads_no_marks_of_qr_ratings_in_weeks_or_thin_months(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 12})
    rated(installation, {"an": 3}, AT - timedelta(days=30))
    clerk, chairman = signed_in("clerk"), signed_in("chairman")

    def by_qr(page: str) -> str:
        return page[page.index("Qua mã QR", page.index('<h2 id="set')) :]

    def marks(browser: Any, name: str) -> list[str]:
        page = html.unescape(browser.get(f"/console/index/{name}").text)
        return re.findall(r'Số ý kiến">(\d+)</td>', by_qr(page))[:3]

    assert marks(clerk, "2026-10") == marks(chairman, "2026-10") == ["12"] * 3
    for name in ("2026-09", "2026-Q3", "2026-W41", "2026"):
        people = marks(chairman, name)
        assert people == marks(signed_in("head_of_office"), name)
        assert len(people) == 3
        page = html.unescape(clerk.get(f"/console/index/{name}").text)
        rest = by_qr(page)
        assert "chỉ lãnh đạo xem" in rest
        assert "Thái độ phục vụ" not in rest[: rest.index("</section>")]
        file = clerk.get(f"/console/index/{name}/workbook").data
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("Chỉ số").to_python()
        assert not any("van-gia-qr" in row for row in sheet)


@pytest.mark.row("004-16")
def test_a_comment_is_read_by_leaders_alone_until_it_was_moderated(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 2})
    clerk, leader = signed_in("clerk"), signed_in("chairman")
    assert "lời riêng" not in clerk.get("/console/rating-comments").text
    page = leader.get("/console/rating-comments").text
    assert page.count("lời riêng an") >= 2
    with installation.database.reading() as conn:
        first, second = conn.execute(select(token_ratings.c.response_id, token_ratings.c.comment)).all()
    token = form_token(page)

    def moderate(row: Any, decision: str, read: str) -> str:
        sent = {"form_token": token, "decision": decision, "read": read, "tags": "thái độ"}
        path = f"/console/rating-comments/{row.response_id}"
        return leader.post(path, data=sent).headers["Location"]

    assert "not_done" in moderate(first, "shown", "other words")
    assert "said" in moderate(first, "shown", first.comment)
    assert "said" in moderate(second, "withheld", second.comment)
    read = html.unescape(clerk.get("/console/rating-comments").text)
    assert (first.comment in read, second.comment in read) == (True, False)
    with installation.database.reading() as conn:
        assert [one.act for one in audit_log.recent(conn, 2)] == ["moderate_comment"] * 2
    word = "\n".join(one.text for one in _document(leader, "2026-10").paragraphs)
    assert (first.comment in word, second.comment in word, "thái độ" in word) == (True, False, True)


@pytest.mark.row("004-06")
@pytest.mark.row("004-08")
@pytest.mark.row("003-12")
def test_leaders_get_each_official_by_month_as_docx_and_xlsx_and_by_year_for_the_appraisal(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 12, "binh": 3, "": 5})
    rated(installation, {"binh": 9}, AT - timedelta(days=100), (1, 5, 5))
    leader = signed_in("chairman")
    table = [[cell.text for cell in row.cells] for row in _document(leader, "2026-10").tables[0].rows]
    file = leader.get("/console/officials-ratings/2026-10.xlsx").data
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("Theo cán bộ").to_python()
    counted = _counted_by_hand(installation, span("2026-10"))
    assert [(row[0].partition(" (")[0], *map(int, row[1:4])) for row in table[1:]] == counted
    assert [
        (str(row[0]).partition(" (")[0], *(int(str(cell).partition(".")[0]) for cell in row[1:4]))
        for row in sheet[4:6]
    ] == counted
    assert [row[5] for row in table[1:]] == ["", "ít mẫu"]
    year = [[cell.text for cell in row.cells] for row in _document(leader, "2026").tables[0].rows]
    assert year[0][1:5] == ["Q1", "Q2", "Q3", "Q4"]
    assert [row[1:] for row in year[1:]] == [
        ["–", "–", "–", "66,6% (12)", "66,6% (12)", ""],
        ["–", "–", "66,6% (9)", "66,6% (3)", "66,6% (12)", ""],
    ]
    with installation.database.reading() as conn:
        assert rating_counts.wrong(conn) == []
        assert "export_officials" in {one.act for one in audit_log.recent(conn, 3)}
        assert [one.n for one in index.figures(conn, installation.settings, span("2026-10")) if one.n] == [20]


def _document(browser: Any, period: str) -> DocumentOf:
    answer = browser.get(f"/console/officials-ratings/{period}.docx")
    assert answer.status_code == 200
    return Document(io.BytesIO(answer.data))


def _counted_by_hand(installation: Installation, within: DaySpan) -> list[tuple[str, int, int, int]]:
    """People, answers and satisfied answers of each official, from every single answer."""
    people: dict[str, set[int]] = {}
    answers: Counter[str] = Counter()
    satisfied: Counter[str] = Counter()
    query = (
        select(officials.c.name, ratings.c.response_id, ratings.c.value, responses.c.started_at)
        .join(token_ratings, token_ratings.c.official_id == officials.c.id)
        .join(ratings, ratings.c.response_id == token_ratings.c.response_id)
        .join(responses, responses.c.id == ratings.c.response_id)
    )
    with installation.database.reading() as conn:
        for row in conn.execute(query):
            if within.begins <= row.started_at < within.ends and row.value is not None:
                name = row.name.partition(" (")[0]
                people.setdefault(name, set()).add(row.response_id)
                answers[name] += 1
                satisfied[name] += row.value >= 4
    return [(name, len(people[name]), answers[name], satisfied[name]) for name in sorted(people)]
