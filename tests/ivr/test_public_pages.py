"""What citizens may see without signing in: how to reach the office, its answers, its hours as a feed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.calendar import closures
from logbook.clock import Clock
from logbook.ids import PersonId
from logbook.public import frame
from logbook.publications import publications
from logbook.publications.publications import PublicDraft
from tests.town_hall import file_ticket

NOW = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)


def staff(hotline: Hotline) -> list[Person]:
    with hotline.database.writing() as conn:
        for login, role in (("viet", "clerk"), ("duyet", "chairman")):
            accounts.add(conn, login=login, name=login, role=role, password="một mật khẩu dài", now=NOW)
        found = [accounts.find(conn, PersonId(number)) for number in (1, 2)]
    return [one for one in found if one is not None]


def published(hotline: Hotline, *drafts: PublicDraft) -> None:
    writer, approver = staff(hotline)
    with hotline.database.writing() as conn:
        for number, draft in enumerate(drafts):
            now = NOW + timedelta(minutes=number)
            ticket = file_ticket(
                conn,
                f"{number:06d}",
                NOW,
                state="answered",
                answer="Đã xong.",
                answered_at=NOW,
                topic="process",
            )
            made = publications.write(conn, ticket, draft, 0, hotline.settings, writer, now)
            publications.publish(conn, made, 1, hotline.settings, approver, now)


@pytest.fixture
def citizen(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.mark.row("002-23")
def test_the_front_page_says_where_and_how_to_complain_and_what_happens_then(hotline: Hotline) -> None:
    part = hotline.settings.office.model_copy(
        update={"email": "vanphong@dailanh.gov.vn", "website": "https://dailanh.khanhhoa.gov.vn"}
    )
    told = open_hotline(replace(hotline.settings, office=part), Clock(NOW), hotline.database)
    page = create_app(told).test_client().get("/").text
    for said in (
        *(
            "0258.3842.102",
            "thứ hai đến thứ sáu: 08:00-11:00, 14:00-16:30",
            part.address,
            part.reception_place,
        ),
        *("mailto:vanphong@dailanh.gov.vn", "https://dailanh.khanhhoa.gov.vn", "mã tra cứu gồm sáu chữ số"),
        *("Trong 10 ngày làm việc", "Khiếu nại, tố cáo không nhận qua điện thoại", "/gio-lam-viec.ics"),
    ):
        assert said in page, said


@pytest.mark.row("002-27")
def test_answers_stand_newest_first_and_name_neither_code_nor_number(
    hotline: Hotline, citizen: FlaskClient
) -> None:
    assert "Chưa có câu trả lời nào" in citizen.get("/tra-loi").text
    published(
        hotline,
        PublicDraft("Người dân hỏi về thời gian cấp bản sao.", "Bản sao được cấp trong ngày.", ""),
        PublicDraft("Đường thôn Tây bị ngập.", "Cống đã được khơi thông.", "thôn Tây"),
    )
    page = citizen.get("/tra-loi").text
    assert page.index("Đường thôn Tây bị ngập.") < page.index("thời gian cấp bản sao")
    assert not re.search(r"000000|000001|0?912345678|\+84912", page)
    assert "Cống đã được khơi thông." in citizen.get("/tra-loi/2").text
    assert citizen.get("/tra-loi/3").status_code == 404


@pytest.mark.row("002-27")
def test_answers_are_found_with_and_without_marks(hotline: Hotline, citizen: FlaskClient) -> None:
    published(
        hotline,
        PublicDraft("Người dân hỏi về thời gian cấp bản sao.", "Bản sao được cấp trong ngày.", ""),
        PublicDraft("Đường thôn Tây bị ngập.", "Cống đã được khơi thông.", ""),
    )
    wanted = {"cống": 1, "cong": 1, "CỐNG khơi": 1, "duong thon": 1, "ban sao": 1, "ngập bản": 0, "ường": 0}
    wanted |= {"%": 2, "_ong": 0, "<script>": 0}
    pages = {words: citizen.get("/tra-loi", query_string={"tim": words}).text for words in wanted}
    assert {words: page.count('<article class="case">') for words, page in pages.items()} == wanted
    assert not any("<script>" in page for page in pages.values())


@pytest.mark.row("T-19")
def test_a_page_that_is_none_is_not_there(citizen: FlaskClient) -> None:
    odd = ("0", "-1", "x", "501", "9" * 30, "１")
    found = [citizen.get("/tra-loi", query_string={"trang": page}).status_code for page in odd]
    assert set(found) == {404}


def test_a_page_is_answered_with_304_until_it_changes_and_without_a_cookie(
    hotline: Hotline, citizen: FlaskClient
) -> None:
    published(hotline, PublicDraft("Đường thôn Tây bị ngập.", "Cống đã được khơi thông.", ""))
    for path in ("/", "/tra-loi", "/tra-loi/1", "/gio-lam-viec.ics"):
        first = citizen.get(path)
        assert first.status_code == 200, path
        assert first.headers["Cache-Control"].startswith("public"), path
        assert "Set-Cookie" not in first.headers, path
        again = citizen.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path


def test_what_is_withdrawn_is_gone_at_the_next_request(hotline: Hotline, citizen: FlaskClient) -> None:
    published(hotline, PublicDraft("Đường thôn Tây bị ngập.", "Cống đã được khơi thông.", ""))
    etag = citizen.get("/tra-loi").headers["ETag"]
    with hotline.database.writing() as conn:
        writer = accounts.find(conn, PersonId(1))
        assert writer is not None
        assert publications.withdraw(conn, 1, "nhầm", writer, NOW)
    gone = citizen.get("/tra-loi", headers={"If-None-Match": etag})
    assert gone.status_code == 200
    assert "bị ngập" not in gone.text
    assert citizen.get("/tra-loi/1").status_code == 404
    assert "max-age" not in gone.headers["Cache-Control"]


def test_the_front_page_is_kept_elsewhere_no_longer_than_until_the_line_closes(hotline: Hotline) -> None:
    nearly = Clock(datetime.fromisoformat("2026-11-25T10:59:30+07:00"))
    app = create_app(open_hotline(hotline.settings, nearly, hotline.database))
    told = app.test_client().get("/").headers["Cache-Control"]
    assert int(told.partition("max-age=")[2]) <= 30


def test_every_public_page_describes_itself_to_those_who_share_it(
    hotline: Hotline, citizen: FlaskClient
) -> None:
    published(hotline, PublicDraft('Đường "thôn Tây" bị ngập.', "Cống đã được khơi thông.", ""))
    for path in ("/", "/tra-loi", "/tra-loi/1"):
        page = citizen.get(path).text
        for name in ("title", "description", "url", "locale", "site_name", "type"):
            assert re.search(rf'<meta property="og:{name}" content="[^"]+">', page), (path, name)
        assert "<script" not in page
        assert f'content="{hotline.settings.public_url}{path}"' in page


def test_the_feed_of_hours_leaves_out_holidays_and_closures(hotline: Hotline, citizen: FlaskClient) -> None:
    with hotline.database.writing() as conn:
        begins, ends = (datetime.fromisoformat(f"2026-11-26T{hour}:00+07:00") for hour in ("09", "15"))
        closures.close_line(conn, begins, ends, "bão", "văn phòng", NOW)
    hotline.calendars.forget()
    feed = citizen.get("/gio-lam-viec.ics")
    assert feed.mimetype == "text/calendar"
    text = feed.text
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "DTSTART:20261126T010000Z\r\nDTEND:20261126T020000Z" in text
    assert "DTSTART:20261126T080000Z\r\nDTEND:20261126T093000Z" in text
    assert "DTSTART:20261128" not in text
    assert "DTSTART:20270101" not in text
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") > 60


def test_what_is_kept_is_answered_with_one_question_to_the_book_and_no_page_is_made_again(
    hotline: Hotline, citizen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(
        hotline, *(PublicDraft(f"Đường thôn Tây ngập đoạn {n}.", "Đã khơi cống.", "") for n in range(30))
    )
    paths = ("/", "/tra-loi")
    before = [citizen.get(path).data for path in paths]
    made: list[str] = []
    asked: list[str] = []
    monkeypatch.setattr(frame, "render_template", lambda *_args, **_values: made.append("a page"))
    event.listen(
        hotline.database._reader, "before_cursor_execute", lambda _c, _u, query, *_rest: asked.append(query)
    )
    assert [citizen.get(path).data for path in paths] == before
    assert made == []
    assert len([query for query in asked if query.startswith("SELECT")]) <= 3
