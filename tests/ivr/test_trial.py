"""A trial as callers hear it and people see it: nobody is rung who is no guest, every page says so (N2)."""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from flask import Flask

from ivr.app import create_app
from ivr.cli import tongdai
from ivr.line.apology import Apology
from ivr.line.hotline import Hotline, open_hotline
from ivr.line.twiml import ProviderVoice, Speaker, WebhookAddresses
from ivr.running.prepare import prepare
from logbook.accounts import accounts
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.settings.loading import Settings
from tests.browsers import with_browsers
from tests.caller import PUBLIC_URL, STARTED, Caller
from tests.frozen import CONFIG

PASSWORD = "correct horse battery"
MARK = "CHẠY THỬ"


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    shutil.copyfile(migrated_file, tmp_path / "logbook.db")
    return f"sqlite:///{tmp_path / 'logbook.db'}"


@pytest.fixture
def trial(settings: Settings) -> Settings:
    guests = settings.trial.model_copy(update={"guests": ("+84999999999",)})
    return replace(settings, mode="trial", trial=guests)


def opened(settings: Settings, database: Database) -> Hotline:
    hotline = open_hotline(settings, Clock(STARTED), database)
    prepare(hotline)
    return hotline


def calling(settings: Settings, database: Database) -> Caller:
    app = create_app(opened(settings, database))
    return Caller(app, settings.auth_token.get_secret_value(), public_url=PUBLIC_URL)


@pytest.mark.row("N2")
def test_a_caller_who_is_no_guest_is_served_in_full_but_nobody_is_rung(
    trial: Settings, database: Database
) -> None:
    caller = calling(trial, database)
    caller.press("0").hang_up()
    heard = " ".join(caller.heard)
    assert heard.startswith("Tổng đài đang chạy thử")
    assert "hiện chưa có cán bộ trực nghe máy" in heard, "the line offers no key that leads nowhere"
    with database.reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM legs").scalar() == 0
        assert conn.exec_driver_sql("SELECT count(*) FROM callbacks").scalar() == 1, "and the promise is kept"


@pytest.mark.row("N2")
def test_a_clerk_who_is_a_guest_is_rung(trial: Settings, database: Database) -> None:
    clerk = trial.duty.person("an").number
    guests = trial.trial.model_copy(update={"guests": (clerk,)})
    caller = calling(replace(trial, trial=guests), database)
    caller.press("0")
    assert "chúng tôi đang nối máy tới cán bộ trực" in " ".join(caller.heard)
    with database.reading() as conn:
        called = conn.exec_driver_sql("SELECT number FROM legs").scalars().all()
    assert called == [clerk]


@pytest.mark.row("N2")
def test_the_voice_itself_dials_no_one_but_guests(trial: Settings, database: Database) -> None:
    """Whatever a dialogue asks for, and when everything else has failed."""
    from callflows.vocabulary import Ring

    speaker = Speaker(WebhookAddresses(PUBLIC_URL), ProviderVoice("vi-VN", None), None, trial.guests)
    response = speaker.ring("", Ring("x", "+84912345678", 20, 60), f"{PUBLIC_URL}/ivr/turn/2")
    assert "<Dial" not in response
    assert "<Redirect" in response
    apology = Apology(opened(trial, database), speaker)
    assert "<Dial" not in apology.hand_on()


@pytest.mark.row("N2")
def test_every_page_and_every_document_says_that_this_is_a_trial(trial: Settings, database: Database) -> None:
    hotline = opened(trial, database)
    app = with_browsers(create_app(hotline))
    browser = signed_in(app, hotline)
    unmarked = [
        path
        for path in (
            *("/", "/console/", "/console/tickets", "/console/calls", "/console/told", "/console/calendar"),
            *("/console/reports", "/console/entry", "/console/account", "/console/leader"),
        )
        if browser.get(path).status_code == 200 and MARK not in browser.get(path).text
    ]
    assert unmarked == []
    assert MARK in app.test_client().get("/console/sign-in").text
    assert (
        MARK
        not in with_browsers(create_app(opened(replace(trial, mode="production"), database)))
        .test_client()
        .get("/")
        .text
    )


@pytest.mark.row("N2")
def test_reports_and_exports_carry_the_mark(trial: Settings) -> None:
    from xlsxwriter import Workbook

    from logbook.reports.letter import LetterDocument
    from logbook.reports.spreadsheet import mark

    letter = LetterDocument("t", "a")
    letter.mark(MARK)
    section = Document(io.BytesIO(letter.saved())).sections[0]
    for header in (section.first_page_header, section.header):
        assert MARK in [paragraph.text for paragraph in header.paragraphs]
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        for name in ("a", "b"):
            book.add_worksheet(name)
        mark(book, MARK)
    with zipfile.ZipFile(file) as parts:
        sheets = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
        assert MARK in parts.read("xl/sharedStrings.xml").decode()
    assert all('r="A3"' in sheet and f"&amp;C&amp;B{MARK}" in sheet for sheet in sheets)


@pytest.mark.row("N2")
def test_check_names_who_is_reached_and_what_is_missing_to_go_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(tmp_path / "var"),
        "TONGDAI_MODE": "trial",
        "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
        "SECRET_KEY": "canary-secret-1234567890",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TONGDAI_NOW", raising=False)
    seen = CliRunner().invoke(tongdai, ["check", "--offline"]).output
    assert "Chế độ: chạy thử với khách mời (trial)" in seen
    assert "tổng đài chỉ gọi và nhắn cho 0258.3842.111" in seen
    assert "không được gọi khi chạy thử: Phạm Văn Dũng (ví dụ) (0258.3842.100)" in seen
    missing = seen.partition("Danh sách để chạy thật:")[2]
    for word in ("TONGDAI_MODE=production", "vẫn là số ví dụ", "zalo", "Bản sao lưu: chưa có", "Sổ: chưa có"):
        assert word in missing, word


def signed_in(app: Flask, hotline: Hotline):  # type: ignore[no-untyped-def]
    with hotline.database.writing() as conn:
        accounts.add(
            conn,
            login="chutich1",
            name="Chủ tịch",
            role="chairman",
            password=PASSWORD,
            now=hotline.clock.now(),
            must_change_password=False,
        )
    browser = app.test_client()
    answer = browser.post("/console/sign-in", data={"login": "chutich1", "password": PASSWORD})
    assert answer.status_code == 303
    return browser
