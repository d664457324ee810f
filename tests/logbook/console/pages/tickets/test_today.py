"""The first page of the day."""

import html
from datetime import timedelta

import pytest

from logbook.calendar import closures
from logbook.clock import Clock
from logbook.console.views import urgent_deadlines
from logbook.database import heartbeats
from logbook.database.tables import tickets as table
from logbook.installation import Installation
from logbook.outbox import deliveries
from tests.logbook.console.cases import by_phone, token_of
from tests.logbook.console.conftest import SignIn, form_token


def test_the_clerk_sees_at_once_that_the_line_is_open_and_until_when(signed_in: SignIn) -> None:
    page = signed_in("clerk").get("/console/").text
    assert "Đường dây đang mở" in page
    assert "đến 11:00" in page


def test_closing_needs_a_reason_and_is_heard_at_once(signed_in: SignIn) -> None:
    clerk = signed_in("clerk")
    token = token_of(clerk)
    clerk.post("/console/line/close", data={"form_token": token, "reason": " "})
    assert "Đường dây đang mở" in clerk.get("/console/").text
    clerk.post("/console/line/close", data={"form_token": token, "reason": "bão số chín"})
    assert "đóng bằng tay: bão số chín" in clerk.get("/console/").text
    clerk.post("/console/line/open", data={"form_token": token})
    assert "Đường dây đang mở" in clerk.get("/console/").text


def test_who_may_not_run_the_line_is_not_shown_the_switch(signed_in: SignIn) -> None:
    chairman = signed_in("chairman")
    page = chairman.get("/console/").text
    assert "Đóng ngay" not in page
    answer = chairman.post("/console/line/close", data={"form_token": form_token(page), "reason": "x"})
    assert answer.status_code == 403


def alive(installation: Installation, ago: timedelta = timedelta(), *names: str) -> None:
    """Heartbeats so long ago, by the machine's own clock."""
    with installation.database.writing() as conn:
        for name in names or heartbeats.VITAL:
            heartbeats.beat(conn, name, Clock().now() - ago)


@pytest.mark.row("F-24")
def test_the_page_is_red_while_nothing_is_told_and_green_with_the_time_otherwise(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    page = clerk.get("/console/").text
    assert "Hệ thống báo tin không chạy: gửi tin, báo lãnh đạo, theo dõi thời hạn." in page
    assert 'data-poll="/console/health"' in page
    alive(installation)
    assert "Hệ thống báo tin đang chạy, lần cuối 25/11/2026 09:" in clerk.get("/console/").text
    alive(installation, timedelta(seconds=95), "deliveries")
    for path in ("/console/", "/console/health"):
        page = clerk.get(path).text
        assert "Hệ thống báo tin không chạy: gửi tin." in page
        assert "đang chạy" not in page


@pytest.mark.row("F-24")
def test_news_that_waits_longer_than_ten_minutes_turns_the_page_red(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, now = signed_in("clerk"), installation.clock.now()
    alive(installation)
    for number, minutes in ((1, 9), (2, 11)):
        with installation.database.writing() as conn:
            due = now - timedelta(minutes=minutes)
            deliveries.put(conn, key=f"k{number}", kind="alarm", recipient="truc", now=now, due_at=due)
        assert ("Có tin chờ gửi từ" in clerk.get("/console/").text) is (minutes > 10)


@pytest.mark.parametrize(
    ("role", "works"), [("clerk", True), ("team_leader", False), ("administrator", False)]
)
def test_who_sees_no_tickets_is_not_told_that_none_waits(
    role: str, works: bool, signed_in: SignIn, installation: Installation
) -> None:
    by_phone(installation)
    page = signed_in(role).get("/console/").text
    assert ("Việc cần làm" in page) is works
    assert "Không còn việc nào chờ" not in page


@pytest.mark.row("000-13")
def test_a_term_that_has_passed_is_named_on_the_first_page_and_on_the_ticket(
    signed_in: SignIn, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, ticket = signed_in("clerk"), by_phone(installation)
    late = "trễ 5 ngày"
    assert late not in html.unescape(clerk.get("/console/").text)
    assert "quá hạn phân loại" not in html.unescape(clerk.get(f"/console/tickets/{ticket.code}").text)
    with installation.database.writing() as conn:
        begun = installation.clock.now() - timedelta(days=6)
        conn.execute(table.update().values(opened_at=begun))
    page = html.unescape(clerk.get("/console/").text)
    assert page.index("Quá hạn</h2>") < page.index(ticket.code) < page.index("Phân loại: 20/11/2026")
    assert late in page
    assert "quá hạn phân loại" in html.unescape(clerk.get(f"/console/tickets/{ticket.code}").text)
    assert "Xem mọi phiếu đang xử lý" not in page
    monkeypatch.setattr(urgent_deadlines, "SHOWN", 1)
    assert "Xem mọi phiếu đang xử lý" in html.unescape(clerk.get("/console/").text)
    assert 'id="late"' not in signed_in("administrator").get("/console/").text


@pytest.mark.row("U6")
def test_what_needs_a_person_comes_first_and_what_is_well_stands_small_at_the_side(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    alive(installation)
    quiet = html.unescape(clerk.get("/console/").text)
    assert "Không còn việc nào chờ." in quiet
    assert 'class="numbers"' not in quiet, "no tiles of noughts"
    by_phone(installation)
    with installation.database.writing() as conn:
        conn.execute(table.update().values(opened_at=installation.clock.now() - timedelta(days=6)))
    page = html.unescape(clerk.get("/console/").text)
    places = [page.index(words) for words in ('id="owed"', 'id="late"')]
    assert places == sorted(places)
    for well in ("Đường dây đang mở", "Hệ thống báo tin đang chạy", 'id="duty"'):
        assert page.index('class="today-side"') < page.index(well)
        assert places[-1] < page.index(well)


@pytest.mark.row("U6")
def test_an_alarm_and_a_line_closed_by_hand_come_before_everything_that_is_owed(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    by_phone(installation)
    token = token_of(clerk)
    clerk.post("/console/line/close", data={"form_token": token, "reason": "bão số chín"})
    page = html.unescape(clerk.get("/console/").text)
    assert page.index("Hệ thống báo tin không chạy") < page.index("bão số chín") < page.index('id="owed"')
    assert page.count("data-poll=") == 2


@pytest.mark.parametrize(
    ("reason", "until", "told"),
    [
        (" ", "2026-11-25T15:30", "cần ghi lý do"),
        ("mất điện", "2020-01-01T00:00", "giờ mở lại phải ở sau"),
        ("mất điện", "hôm nào", "giờ mở lại phải ở sau"),
    ],
)
def test_a_closing_that_is_refused_keeps_reason_and_hour_as_they_were_typed(
    signed_in: SignIn, installation: Installation, reason: str, until: str, told: str
) -> None:
    clerk = signed_in("clerk")
    form = {"form_token": token_of(clerk), "reason": reason, "until": until}
    refused = clerk.post("/console/line/close", data=form)
    page = html.unescape(refused.text)
    assert refused.status_code == 400
    assert f'name="reason" value="{reason}"' in page
    assert f'value="{until}"' in page
    assert '<details class="line-close" open>' in page
    form_again = page.partition('<details class="line-close" open>')[2]
    assert told in form_again.partition('role="alert">')[2].partition("</p>")[0]
    with installation.database.reading() as conn:
        assert closures.listed(conn) == []
