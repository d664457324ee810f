"""Pictures of figures: drawn by the server, their tables behind them, over what the reader may see (U3)."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree as Tree

import pytest
from sqlalchemy import Connection, event

from logbook.calls import calls, ratings
from logbook.console.views import charts, pictures
from logbook.console.views.charts import Series
from logbook.console.words import Words
from logbook.database.engine import Database
from logbook.installation import Installation
from logbook.texts.catalogue import load_texts
from tests.logbook.book_of_cases import hire, write
from tests.logbook.console.conftest import SignIn
from tests.town_hall import local_time

WORDS = Words(load_texts()["vi"])
NOW = local_time("2026-11-25 09:10")
SVG = "{http://www.w3.org/2000/svg}"


def drawing(picture: object) -> Tree.Element:
    return Tree.fromstring(str(picture))


def texts(picture: object) -> list[str]:
    return [node.text or "" for node in drawing(picture).iter("text")]


@pytest.mark.row("U3")
def test_every_picture_says_in_words_what_it_shows_and_carries_no_style_or_script() -> None:
    hostile = '"><script>alert(1)</script>'
    drawn = [
        charts.lines(hostile, "told", ["23/11", hostile], [Series(hostile, [1, 3]), Series("b", [0, 2])]),
        charts.stacks(hostile, "told", [(hostile, (1, 2, 0, 3))]),
        charts.shares(hostile, "told", [(hostile, 89.9, "is-missed"), ("x", None, "is-small")], 90, str),
    ]
    for picture in drawn:
        root = drawing(picture)
        assert root.get("role") == "img"
        assert root.get("aria-label") == f"{hostile}. told"
        assert [node.tag for node in root][:2] == ["title", "desc"]
        assert "<script" not in str(picture)
        assert not [node for node in root.iter() if "style" in node.attrib or node.tag == "style"]


@pytest.mark.row("U3")
def test_lines_stay_inside_the_picture_whatever_the_numbers_are() -> None:
    for highest in (0, 1, 3, 7, 19, 99, 1234, 100_000):
        values = [0, highest, highest // 2]
        root = drawing(charts.lines("t", "d", ["a", "b", "c"], [Series("s", values)]))
        for dot in root.iter("circle"):
            assert 0 <= float(dot.get("cy", "-1")) <= charts.HEIGHT
        marks = [int(node.text or "") for node in root.iter("text") if (node.text or "").isdecimal()]
        assert marks == sorted(set(marks))
        assert max(marks) >= highest


@pytest.mark.row("U3")
def test_the_weeks_begin_on_monday_at_midnight_in_vietnam_and_hold_what_the_reader_may_see(
    database: Database,
) -> None:
    with database.writing() as conn:
        cast = hire(conn, NOW)
        for code, opened in (
            ("000001", "2026-11-23 00:30"),
            ("000002", "2026-11-22 23:30"),
            ("000003", "2026-09-07 00:00"),
            ("000004", "2026-09-06 23:59"),
        ):
            write(conn, code, local_time(opened), answered_at=local_time(opened) + timedelta(hours=1))
        write(conn, "000005", NOW, conflict=True)
        clerk = pictures.weeks(conn, cast["clerk"], NOW)
        chairman = pictures.weeks(conn, cast["chairman"], NOW)
    assert [week.monday.isoformat() for week in clerk][::11] == ["2026-09-07", "2026-11-23"]
    assert [week.received for week in clerk] == [1, *[0] * 9, 1, 2]
    assert [week.answered for week in clerk] == [2, *[0] * 9, 0, 2]
    assert chairman[-1].received == 1


@pytest.mark.row("U3")
def test_open_tickets_are_parted_by_state_and_by_days_in_vietnam(database: Database) -> None:
    with database.writing() as conn:
        cast = hire(conn, NOW)
        for number, opened in enumerate(
            (
                "2026-11-20 00:00",
                "2026-11-19 23:59",
                "2026-11-15 00:00",
                "2026-11-14 12:00",
                "2026-10-01 09:00",
            )
        ):
            write(conn, f"{number:06d}", local_time(opened), state="assigned")
        write(conn, "000010", NOW, state="new")
        write(conn, "000011", NOW, state="closed", closed_at=NOW)
        write(conn, "000012", NOW, state="guided", kind="denunciation")
        found = pictures.by_state_and_age(conn, cast["head_of_office_restricted"], NOW)
    assert found == (("new", (1, 0, 0, 0)), ("assigned", (1, 2, 1, 1)))
    assert pictures.age_names(WORDS) == ["đến 5 ngày", "6 đến 10 ngày", "11 đến 20 ngày", "trên 20 ngày"]


def test_the_trend_reads_the_index_and_not_the_book(database: Database) -> None:
    asked: list[str] = []
    with database.writing() as conn:
        cast = hire(conn, NOW)
        event.listen(conn.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
        pictures.weeks(conn, cast["clerk"], NOW)
        if conn.dialect.name == "sqlite":
            for text, column in zip(list(asked), ("opened_at", "answered_at"), strict=False):
                assert f"ix_tickets_{column}" in plan(conn, text), column
    assert len([text for text in asked if text.startswith("SELECT")]) == 2


def plan(conn: Connection, text: str) -> str:
    values = tuple("2026" for _ in range(text.count("?")))
    return str(conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all())


def rate(installation: Installation, when: datetime, *marks: int | None) -> None:
    part = installation.settings.ratings
    with installation.database.writing() as conn:
        ratings.install_set(
            conn,
            key=part.key,
            version=part.version,
            title="Bộ câu hỏi",
            scale_min=part.lowest,
            scale_max=part.highest,
            asked=[ratings.StoredCriterion(one.key, one.name, one.text) for one in part.criteria],
            now=when,
        )
        call = calls.begin(
            conn,
            sid=f"CA{when.isoformat()}",
            direction="inbound",
            caller_raw="+84912345678",
            caller_number="+84912345678",
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=when,
        )
        ratings.begin_response(conn, call.id, part.key, part.version, when)
        for criterion, mark in zip(part.criteria, marks, strict=False):
            ratings.rate(conn, call.id, criterion.key, mark, when)


@pytest.mark.row("U3")
@pytest.mark.row("R8")
def test_a_clerk_reads_the_ratings_of_a_year_with_its_verdict_and_each_rating(
    signed_in: SignIn, installation: Installation
) -> None:
    for minute in range(9):
        rate(installation, local_time(f"2026-05-0{minute + 1} 09:00"), 5, 5, 5, 5, 5)
    clerk = signed_in("clerk")
    page = html.unescape(clerk.get("/console/ratings").text)
    assert "Mục tiêu năm 2026: chưa đủ mẫu, còn tiêu chí có dưới 10 ý kiến." in page
    rate(installation, local_time("2026-01-01 00:30"), 4, 4, 4, 4, 1)
    rate(installation, local_time("2025-12-31 23:30"), 1, 1, 1, 1, 1)
    page = html.unescape(clerk.get("/console/ratings").text)
    assert "Mục tiêu năm 2026: đạt, mọi tiêu chí đều từ 90% trở lên." in page
    assert re.search(r'role="img" aria-label="Mức độ hài lòng theo tiêu chí\. TC 1: 100%; .*TC 5: 90%"', page)
    assert "1/2026" in page
    assert 'href="/console/ratings?year=2025"' in page
    before = html.unescape(clerk.get("/console/ratings?year=2025").text)
    assert "Mục tiêu năm 2025: chưa đủ mẫu" in before
    assert "Tính cả năm." in before
    assert clerk.get("/console/ratings?year=2027").status_code == 404


@pytest.mark.row("U3")
def test_first_page_leaders_page_and_report_carry_pictures_with_their_tables(signed_in: SignIn) -> None:
    for role, path in (("clerk", "/console/"), ("chairman", "/console/leader")):
        page = html.unescape(signed_in(role).get(path).text)
        assert "Mười hai tuần qua chưa có phiếu nào." in page
        assert "Không có phiếu nào đang xử lý." in page
