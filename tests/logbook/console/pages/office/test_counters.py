"""News against the year's target, videos of their own, counts of each month."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.database.tables import monthly_counts, news_items
from logbook.installation import Installation
from logbook.plan import news
from logbook.plan.news import Pace
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.console.pages.office.test_checklists import Later, later

__all__ = ["later"]


def put(browser: FlaskClient, number: int, kind: str = "news", **words: str) -> TestResponse:
    typed = {
        "kind": kind,
        "published_on": "2026-11-20",
        "title": f"Bài số {number}",
        "link": f"https://xa.example/{kind}/{number}",
        "author": "Nguyễn Văn An",
    }
    token = form_token(browser.get("/console/counters").text)
    return browser.post("/console/counters/news", data={"form_token": token, **typed, **words})


@pytest.mark.row("002-06")
def test_nineteen_items_of_twenty_are_behind_in_december_and_not_reached_on_its_last_day(
    signed_in: SignIn, later: Later
) -> None:
    clerk = signed_in("clerk")
    for number in range(19):
        assert put(clerk, number).status_code == 303
    page = clerk.get("/console/counters").text
    assert "19/20" in page
    assert "đang kịp tiến độ" in page
    assert "dự kiến cả năm: 21" in page
    assert '<a href="https://xa.example/news/7"' in page
    assert "Nguyễn Văn An" in page
    eve = later("clerk", 35).get("/console/counters").text  # 30 December
    assert "chậm tiến độ" in eve
    assert "chưa đạt" in later("clerk", 60).get("/console/counters?year=2026").text
    last = later("clerk", 36)
    assert "chưa đạt" in last.get("/console/counters").text
    assert put(last, 19, published_on="2026-12-31").status_code == 303
    page = last.get("/console/counters").text
    assert "20/20" in page
    assert "chưa đạt" not in page


@pytest.mark.row("002-07")
def test_a_video_is_an_item_of_its_own_and_a_year_without_one_is_red(signed_in: SignIn) -> None:
    clerk = signed_in("clerk")
    assert put(clerk, 1).status_code == 303
    page = clerk.get("/console/counters").text
    assert "1/20" in page
    assert '<span class="state state-late">chưa có video</span>' in page
    assert put(clerk, 1, "video", title="Hướng dẫn đăng ký trực tuyến").status_code == 303
    page = clerk.get("/console/counters").text
    assert ("1/20" in page, "1/1" in page, "chưa có video" in page) == (True, True, False)
    assert "Hướng dẫn đăng ký trực tuyến" in page


@pytest.mark.row("002-11")
def test_services_of_a_month_are_entered_corrected_beside_each_other_and_never_covered_unseen(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    page = clerk.get("/console/counters").text
    for service in ("Hồ sơ dịch vụ công trực tuyến", "bưu chính công ích", "Chứng thực bản sao điện tử"):
        assert service in page, service
    fields = {
        "month": "2026-11",
        "count.truc-tuyen": "1.240",
        "count.buu-chinh": "31",
        "seen.truc-tuyen": "0",
    }

    def save(browser: FlaskClient, **more: str) -> TestResponse:
        token = form_token(browser.get("/console/counters").text)
        return browser.post("/console/counters/month", data={"form_token": token, **fields, **more})

    assert save(clerk).status_code == 303
    assert save(head, **{"count.truc-tuyen": "9"}).status_code == 409
    assert save(head, **{"count.truc-tuyen": "1250", "seen.truc-tuyen": "1"}).status_code == 409, "buu-chinh"
    ok = save(head, **{"count.truc-tuyen": "1250", "seen.truc-tuyen": "1", "seen.buu-chinh": "1"})
    assert ok.status_code == 303
    page = head.get("/console/counters").text
    assert 'data-label="Hồ sơ dịch vụ công trực tuyến">1250<' in page
    assert "= 1240" in page
    for wrong in ({"count.buu-chinh": "-1"}, {"count.buu-chinh": "x"}, {"month": "2026-12"}, {"month": "x"}):
        assert save(clerk, **{"seen.truc-tuyen": "2", "seen.buu-chinh": "1", **wrong}).status_code == 400, (
            wrong
        )
    with installation.database.reading() as conn:
        rows = conn.execute(select(monthly_counts.c.service, monthly_counts.c.value)).all()
    assert sorted(rows) == [("buu-chinh", 31), ("truc-tuyen", 1240), ("truc-tuyen", 1250)]


def test_one_page_counts_once_however_its_address_is_spelt_and_is_struck_not_deleted(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    assert put(clerk, 1).status_code == 303
    for link in ("http://www.xa.example/news/1/", "https://XA.example/news/1#dau"):
        assert "not_done=news_said_before" in put(clerk, 1, link=link).headers["Location"], link
    for wrong in (
        {"link": "javascript:alert(1)"},
        {"link": "xa.example"},
        {"link": "https://[x"},
        {"published_on": "2026-11-26"},
        {"published_on": ""},
        {"title": " "},
        {"kind": "song"},
        {"author": ""},
    ):
        answer = put(clerk, 2, **wrong)
        assert answer.status_code == 400, wrong
    assert "Bài số 2" in answer.text, "what was typed is still there"
    token = form_token(clerk.get("/console/counters").text)
    assert clerk.post("/console/counters/news/1/strike", data={"form_token": token}).status_code == 303
    assert "Bài số 1" not in clerk.get("/console/counters").text
    assert put(clerk, 1).status_code == 303
    with installation.database.reading() as conn:
        assert len(conn.execute(select(news_items.c.id)).all()) == 2


def test_the_pace_is_that_of_whole_days_and_cut() -> None:
    cases = {
        (0, date(2026, 1, 1)): (0, Pace.BEHIND),
        (1, date(2026, 1, 1)): (365, Pace.ON_PACE),
        (9, date(2026, 6, 30)): (18, Pace.BEHIND),
        (10, date(2026, 6, 30)): (20, Pace.ON_PACE),
        (19, date(2026, 12, 30)): (19, Pace.BEHIND),
        (19, date(2026, 12, 31)): (19, Pace.MISSED),
        (19, date(2027, 3, 1)): (19, Pace.MISSED),
        (20, date(2026, 12, 31)): (20, Pace.REACHED),
        (0, date(2025, 12, 31)): (0, Pace.ON_PACE),
    }
    for (count, today), expected in cases.items():
        found = news.pace(count, 20, today, 2026)
        assert (found.projected, found.pace) == expected, (count, today)
