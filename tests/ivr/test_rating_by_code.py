"""Ratings by QR code, as citizens, scanners and ballot stuffers send them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ivr.app import create_app
from ivr.commands.tokens import tokens as command
from ivr.line.hotline import Hotline
from logbook.accounts import audit_log
from logbook.calls import rating_counts
from logbook.database import personal_names
from logbook.database.engine import Database
from logbook.database.personal_names import NameKeys, NameKind
from logbook.database.tables import personal_names as names_table
from logbook.database.tables import rating_tokens, ratings, replaced_ratings, responses, token_ratings
from logbook.officials import register
from logbook.ratings import by_token, index, places, spans, tokens
from logbook.ratings.places import PlaceKind, RatingPlace
from logbook.settings.loading import load_settings

GOOD = {"a1": "5", "a2": "4", "a3": "2", "procedure": "Khai sinh", "comment": "Chị Bình tận tình."}
SCANNERS = (
    "WhatsApp/2.23",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1",
    "Zalo",
    "Googlebot/2.1",
)


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def codes(hotline: Hotline, count: int = 1, at: datetime | None = None) -> list[str]:
    with hotline.database.writing() as conn:
        return tokens.make(conn, count, "motcua", at or hotline.clock.now())


def how_many(hotline: Hotline) -> int:
    with hotline.database.reading() as conn:
        return conn.execute(select(func.count()).select_from(responses)).scalar_one()


def marks(hotline: Hotline) -> list[int | None]:
    with hotline.database.reading() as conn:
        return list(conn.execute(select(ratings.c.value).order_by(ratings.c.criterion_id)).scalars())


@pytest.mark.row("004-01")
@pytest.mark.row("004-04")
@pytest.mark.row("004-05")
def test_a_citizen_chooses_an_official_rates_three_things_and_is_done(
    hotline: Hotline, phone: FlaskClient
) -> None:
    code = codes(hotline)[0]
    answer = phone.get(f"/r/{code}")
    page = html.unescape(answer.text)
    assert re.findall(r"<legend>\d\. ([^<]+)</legend>", page) == [
        "Thái độ phục vụ",
        "Tình trạng giải quyết hồ sơ",
        "Liên hệ hướng dẫn",
    ]
    assert "<script" not in page
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) < 60_000
    assert not re.search(r'(src|href)="(https?:)?//', page)
    binh = re.search(r'name="official" value="(\d+)">[^/]*TB</b><span>Trần Thị Bình', page)
    assert binh is not None
    sent = phone.post(f"/r/{code.upper()}", data=GOOD | {"official": binh.group(1)})
    assert (sent.status_code, "Xin cảm ơn" in sent.text) == (200, True)
    with hotline.database.reading() as conn:
        kept = conn.execute(select(token_ratings)).one()
        official = register.find(conn, kept.official_id)
    assert official is not None
    assert (official.key, kept.procedure, kept.comment) == ("binh", "Khai sinh", "Chị Bình tận tình.")
    assert marks(hotline) == [5, 4, 2]


@pytest.mark.row("T-19")
def test_whoever_only_looks_makes_no_rating(hotline: Hotline, phone: FlaskClient) -> None:
    code = codes(hotline)[0]
    for number in range(100):
        for agent in SCANNERS:
            ask = phone.head if number % 2 else phone.get
            assert ask(f"/r/{code}", headers={"User-Agent": agent}).status_code == 200
    assert how_many(hotline) == 0


@pytest.mark.row("T-19")
def test_one_code_makes_one_rating_however_often_it_is_sent(hotline: Hotline, phone: FlaskClient) -> None:
    code = codes(hotline)[0]
    statuses = [
        phone.post(f"/r/{code}", data=GOOD | {"a1": str(1 + turn % 5)}).status_code for turn in range(60)
    ]
    assert statuses == [200] * 20 + [429] * 40
    assert how_many(hotline) == 1
    assert marks(hotline)[0] == 5
    with hotline.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(replaced_ratings)).scalar() == 19
        assert conn.execute(select(token_ratings.c.replaced)).scalar() == 19


@pytest.mark.row("T-19")
def test_a_later_sending_replaces_the_earlier_one_which_is_kept_as_history(
    hotline: Hotline, phone: FlaskClient
) -> None:
    code = codes(hotline)[0]
    phone.post(f"/r/{code}", data=GOOD)
    assert "sẽ thay đánh giá trước" in phone.get(f"/r/{code}").text
    again = phone.post(f"/r/{code}", data=GOOD | {"a1": "1", "a3": "", "comment": "Nghĩ lại"})
    assert "Đã thay đánh giá trước" in again.text
    assert marks(hotline) == [1, 4, None]
    with hotline.database.reading() as conn:
        before = json.loads(conn.execute(select(replaced_ratings.c.content)).scalar_one())
    assert (before["answers"], before["comment"]) == ([5, 4, 2], "Chị Bình tận tình.")


@pytest.mark.row("T-19")
def test_guessed_expired_and_odd_codes_make_none(hotline: Hotline, phone: FlaskClient) -> None:
    real = codes(hotline)[0]
    old = codes(hotline, at=hotline.clock.now() - timedelta(days=61))[0]
    guesses = [f"{number:012d}" for number in range(100)]
    odd = [old, real[:-1], real + "x", "%00", "x" * 3000, "²" * 12, "'; DROP TABLE slips; --"]
    wrong = [code for code in [*guesses, *odd] if phone.post(f"/r/{code}", data=GOOD).status_code != 404]
    assert wrong == []
    assert how_many(hotline) == 0
    spaced = f"{real[:4]}-{real[4:8]} {real[8:]}"
    assert phone.post(f"/r/{spaced}", data=GOOD).status_code == 200


@pytest.mark.row("T-19")
def test_many_people_behind_one_address_are_all_counted(hotline: Hotline, phone: FlaskClient) -> None:
    assert {phone.post(f"/r/{code}", data=GOOD).status_code for code in codes(hotline, 60)} == {200}
    with hotline.database.reading() as conn:
        span = spans.month_of(hotline.clock.now().date())
        found = {one.channel: one for one in index.figures(conn, hotline.settings, span)}
    assert (found["qr"].key, found["qr"].n) == ("van-gia-qr", 60)
    assert [each.satisfied for each in found["qr"].criteria] == [60, 60, 0]


@pytest.mark.row("T-06")
def test_what_cannot_be_taken_is_said_with_what_was_typed_and_as_text(
    hotline: Hotline, phone: FlaskClient
) -> None:
    code = codes(hotline)[0]
    hostile = "<script>alert(1)</script>"
    forms: list[dict[str, str]] = [
        {"comment": hostile},
        {"a1": "9", "comment": hostile},
        {"a1": "-1", "comment": hostile},
        {"a1": "٣", "comment": hostile},
        {"a1": "5", "comment": hostile + "x" * 2000},
    ]
    for form in forms:
        answer = phone.post(f"/r/{code}", data=form)
        assert answer.status_code == 400, form
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text
    assert how_many(hotline) == 0
    assert phone.post(f"/r/{code}", data={"a1": "5", "official": "99999"}).status_code == 200
    with hotline.database.reading() as conn:
        assert conn.execute(select(token_ratings.c.official_id)).scalar() is None


def test_codes_are_made_by_the_command_once_and_kept_as_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    book = Database(load_settings().database_url)
    book.upgrade(datetime.fromisoformat("2026-11-25T02:00:00+00:00"))
    done = CliRunner().invoke(command, ["new", "--count", "20", "--json"])
    made = [json.loads(line) for line in done.output.splitlines()]
    assert len({one["code"] for one in made}) == 20
    assert all(one["url"].endswith(f"/r/{one['code']}") for one in made)
    with book.reading() as conn:
        stored = " ".join(conn.execute(select(rating_tokens.c.code_hash)).scalars())
        assert not any(one["code"] in stored for one in made)
        assert audit_log.recent(conn, 1)[0].act == "make_tokens"
    book.close()


def place(hotline: Hotline, kind: PlaceKind = PlaceKind.COUNTER, key: str = "") -> RatingPlace:
    with hotline.database.writing() as conn:
        official = register.of_key(conn, key)
        whom = None if official is None else official.id
        return places.make(conn, kind, "Quầy số 2", whom, "motcua", hotline.clock.now())


def qr_figures(hotline: Hotline) -> list[tuple[str, int]]:
    with hotline.database.reading() as conn:
        span = spans.month_of(hotline.clock.now().date())
        return [(one.channel, one.n) for one in index.figures(conn, hotline.settings, span) if one.n]


@pytest.mark.row("004-01")
@pytest.mark.row("T-19")
def test_the_code_of_a_place_opens_its_form_and_a_rating_without_a_one_time_code_is_kept_apart(
    hotline: Hotline, phone: FlaskClient
) -> None:
    here = place(hotline, PlaceKind.OFFICIAL, "binh")
    page = html.unescape(phone.get(f"/r/{here.code.upper()}").text)
    assert "Trần Thị Bình" in page[: page.index("<form")]
    assert re.search(r'name="official" value="\d+" checked>[^/]*TB</b>', page)
    sent = phone.post(f"/r/{here.code}", data=GOOD)
    assert (sent.status_code, "để riêng" in sent.text) == (200, True)
    assert phone.post(f"/r/{here.code}", data=GOOD).status_code == 200
    assert (how_many(hotline), qr_figures(hotline)) == (2, [])
    code = codes(hotline)[0]
    wrong = phone.post(f"/r/{here.code}", data=GOOD | {"token": "khong-co-ma"})
    assert (wrong.status_code, "không đúng hoặc đã hết hạn" in wrong.text) == (400, True)
    assert "Chị Bình tận tình." in wrong.text  # nothing has to be typed again
    sent = phone.post(f"/r/{here.code}", data=GOOD | {"token": f"{code[:4]}-{code[4:].upper()}"})
    assert (sent.status_code, "để riêng" in sent.text) == (200, False)
    assert (how_many(hotline), qr_figures(hotline)) == (3, [("qr", 1)])
    with hotline.database.writing() as conn:
        places.close(conn, here.id, hotline.clock.now())
    assert phone.get(f"/r/{here.code}").status_code == 404


@pytest.mark.row("T-19")
def test_ratings_without_a_code_are_limited_a_place_while_those_with_one_are_not(
    hotline: Hotline, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_token, "OPEN_PER_PLACE", 3)
    here, other = place(hotline), place(hotline)
    assert [phone.post(f"/r/{here.code}", data=GOOD).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert phone.post(f"/r/{other.code}", data=GOOD).status_code == 200
    assert phone.post(f"/r/{here.code}", data=GOOD | {"token": codes(hotline)[0]}).status_code == 200


@pytest.mark.row("T-19")
def test_after_many_guesses_codes_that_are_none_are_turned_away_unwritten_and_real_ones_still_count(
    hotline: Hotline, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_token, "GUESSES", 20)
    answers = [phone.post(f"/r/{number:012d}", data=GOOD).status_code for number in range(30)]
    assert answers == [404] * 20 + [429] * 10
    assert phone.post(f"/r/{codes(hotline)[0]}", data=GOOD).status_code == 200
    assert how_many(hotline) == 1


def test_whoever_types_the_code_by_hand_comes_to_the_form(hotline: Hotline, phone: FlaskClient) -> None:
    page = phone.get("/r")
    assert (page.status_code, 'name="code"' in page.text) == (200, True)
    led = phone.get("/r?code=ABC-def%20")
    assert (led.status_code, led.headers["Location"]) == (303, "/r/abcdef")


@pytest.mark.row("004-04")
def test_whoever_never_made_a_dossier_says_so_once_and_stands_in_no_denominator(
    hotline: Hotline, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    screened = by_token.instrument(hotline.settings).model_copy(
        update={"key": "hoi-truoc", "screening": "Trong 12 tháng qua có làm thủ tục nào không?"}
    )
    monkeypatch.setattr(by_token, "instrument", lambda settings: screened)
    first, second = codes(hotline, 2)
    assert "Trong 12 tháng qua" in phone.get(f"/r/{first}").text
    assert phone.post(f"/r/{first}", data={"screening": "no"}).status_code == 200
    assert phone.post(f"/r/{second}", data=GOOD | {"screening": "yes"}).status_code == 200
    assert (how_many(hotline), qr_figures(hotline)) == (2, [("qr", 1)])
    assert phone.post(f"/r/{first}", data=GOOD).status_code == 200  # changed their mind
    assert qr_figures(hotline) == [("qr", 2)]
    assert phone.post(f"/r/{first}", data={"screening": "no"}).status_code == 200
    with hotline.database.reading() as conn:
        assert (qr_figures(hotline), rating_counts.wrong(conn)) == ([("qr", 1)], [])


@pytest.mark.row("004-05")
def test_a_name_is_kept_encrypted_beside_the_rating_and_nobody_must_give_one(
    hotline: Hotline, phone: FlaskClient
) -> None:
    first, second = codes(hotline, 2)
    assert 'name="name"' in phone.get(f"/r/{first}").text
    assert phone.post(f"/r/{first}", data=GOOD | {"name": "Lê Thị Hoa"}).status_code == 200
    assert phone.post(f"/r/{second}", data=GOOD).status_code == 200
    assert qr_figures(hotline) == [("qr", 2)]
    keys = NameKeys([one.get_secret_value() for one in hotline.settings.data_keys])
    with hotline.database.reading() as conn:
        ids = list(conn.execute(select(token_ratings.c.response_id)).scalars())
        kept = personal_names.of(conn, keys, NameKind.RATER, ids)
        sealed = "".join(conn.execute(select(names_table.c.sealed)).scalars())
    assert [one.text for one in kept.values()] == ["Lê Thị Hoa"]
    assert "Hoa" not in sealed
    unlocked = create_app(replace(hotline, settings=replace(hotline.settings, data_keys=())))
    without = unlocked.test_client(use_cookies=False)
    third = codes(hotline)[0]
    assert 'name="name"' not in without.get(f"/r/{third}").text
    assert without.post(f"/r/{third}", data=GOOD | {"name": "Lê Thị Hoa"}).status_code == 200
    with hotline.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(names_table)).scalar() == 1
