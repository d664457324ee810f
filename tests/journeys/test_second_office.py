"""Another office, different in everything, through every page, call, document and command (R5, R6).

`tests/second_office.yaml` is a ward of another city, with Saturday mornings, three windows a day, its own
number, people, roles, criteria, procedures, deadlines and ladders. No fact of the shipped office may appear.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from pydantic import BaseModel

from ivr.app import create_app
from ivr.cli import tongdai
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.prepare import prepare
from logbook.accounts import accounts
from logbook.calendar.of_settings import working_times
from logbook.clock import Clock, local, parse_moment
from logbook.console.words import Words
from logbook.database.engine import Database
from logbook.reports import document, made, workbook
from logbook.reports.counting import counted
from logbook.reports.periods import monthly_next, week_of
from logbook.settings.config_file import ConfigFile
from logbook.settings.loading import Settings, load_settings
from logbook.settings.strict_yaml import StrictYaml
from tests.browsers import with_browsers
from tests.caller import PUBLIC_URL, Caller
from tests.frozen import CONFIG

OFFICE = Path(__file__).parents[1] / "second_office.yaml"
ROOT = Path(__file__).parents[2]
FACTS = re.compile(
    r"Đại Lãnh|ĐẠI LÃNH|0258|Khánh Hòa|8h00"
    r"|\bxã\b(?! hội)|\bXÃ\b(?! HỘI)|thứ hai đến thứ sáu|tám giờ đến mười một giờ"
    r"|Cải cách hành chính|Một cửa|dai-lanh|08:00-11:00|14:00-16:30|Thống kê"
)
"""What only the shipped office may say of itself."""
WEDNESDAY = "2026-11-25T08:10"
PASSWORD = "correct horse battery"


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    shutil.copyfile(migrated_file, tmp_path / "logbook.db")
    return f"sqlite:///{tmp_path / 'logbook.db'}"


def _over(shipped: Any, other: Any) -> Any:
    """The shipped settings with the other office's in their place; a key it does not name stays."""
    if not isinstance(shipped, dict) or not isinstance(other, dict):
        return other
    return shipped | {key: _over(shipped.get(key), value) for key, value in other.items()}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The other office's whole configuration."""
    file = tmp_path / "office.yaml"
    shipped, other = (StrictYaml(path).data for path in (CONFIG, OFFICE))
    whole = _over(shipped, other)
    whole["official_days"] = other["official_days"]
    file.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    return file


@pytest.fixture
def settings(office: Path, tmp_path: Path) -> Settings:
    loaded = load_settings({"TONGDAI_CONFIG": str(office)})
    return replace(loaded, public_url=PUBLIC_URL, data_folder=tmp_path)


def opened(settings: Settings, database: Database, at: str = WEDNESDAY) -> Hotline:
    hotline = open_hotline(settings, Clock(parse_moment(at)), database)
    prepare(hotline)
    return hotline


def call(settings: Settings, database: Database, at: str = WEDNESDAY, number: str = "+84912345678") -> Caller:
    app = create_app(opened(settings, database, at))
    return Caller(
        app,
        settings.auth_token.get_secret_value(),
        number=number,
        called=settings.line.number,
        public_url=PUBLIC_URL,
        started=local(parse_moment(at)),
    )


def foreign(text: str) -> list[str]:
    return sorted(set(FACTS.findall(text)))


@pytest.mark.row("R5")
def test_no_call_speaks_of_the_shipped_office(settings: Settings, database: Database) -> None:
    """Every key of the menu, open and in every kind of closed."""
    heard: dict[str, list[str]] = {}
    for keys in ("1,1,9,0", "1,2", "2,3,9", "3,0", "4,1,2,3,2", "9,0", "0"):
        caller = call(settings, database)
        for key in keys.split(","):
            if caller.ended or caller.waiting_for != "key":
                break
            caller.press(key)
        heard[keys] = caller.heard
    complaint = call(settings, database)
    complaint.press("2").press("1").press("1").speak(7).press("1").press("9")
    heard["complaint"] = complaint.heard
    closed = {
        "before": "2026-11-25T06:30",
        "pause in the morning": "2026-11-25T09:45",
        "noon": "2026-11-25T12:30",
        "evening": "2026-11-25T18:30",
        "Saturday afternoon": "2026-11-28T15:00",
        "Sunday": "2026-11-29T09:00",
        "a holiday": "2026-09-02T09:00",
    }
    for name, at in closed.items():
        caller = call(settings, database, at)
        caller.press("0")
        heard[name] = caller.heard
    wrong = {name: found for name, said in heard.items() if (found := foreign(" ".join(said)))}
    assert wrong == {}
    everything = " ".join(" ".join(said) for said in heard.values())
    assert "Đây là Đường dây nóng Bến Nghé của Ủy ban nhân dân phường Bến Nghé" in everything
    assert "phòng một, tầng trệt, nhà làm việc của phường" in " ".join(heard["2,3,9"]), "where citizens go"
    assert "ăng ký hộ kinh doanh, xin bấm phím một" in everything
    assert "Quý khách thấy việc phục vụ nhanh đến đâu?" in everything


@pytest.mark.row("R5")
@pytest.mark.row("000-12")
def test_the_hours_of_any_week_are_spoken(settings: Settings, database: Database) -> None:
    def said(at: str) -> str:
        return " ".join(call(settings, database, at).press("9").heard)

    assert "Tổng đài đang tạm nghỉ giữa giờ." in said("2026-11-25T09:45")
    assert "Tổng đài đang trong giờ nghỉ trưa." in said("2026-11-25T12:30")
    assert (
        "Giờ trực trong ngày làm việc: thứ hai đến thứ năm, buổi sáng từ bảy giờ đến chín giờ ba mươi phút,"
        " buổi sáng từ mười giờ đến mười hai giờ, buổi chiều từ mười ba giờ ba mươi phút đến mười bảy giờ"
        " ba mươi phút; thứ sáu, buổi sáng từ bảy giờ đến chín giờ ba mươi phút, buổi sáng từ mười giờ đến"
        " mười hai giờ; thứ bảy, buổi sáng từ bảy giờ ba mươi phút đến mười một giờ mười lăm phút."
    ) in said("2026-11-25T18:30")
    assert "Tổng đài sẽ làm việc trở lại lúc bảy giờ ba mươi phút ngày mai, thứ bảy" in said(
        "2026-11-27T20:00"
    )


@pytest.mark.row("R5")
@pytest.mark.row("R6")
@pytest.mark.row("000-10")
def test_on_saturday_the_line_rings_the_person_of_that_role_who_is_on_duty(
    settings: Settings, database: Database
) -> None:
    caller = call(settings, database, "2026-11-28T08:00")
    caller.press("0").clerk_busy().clerk_busy()
    with database.reading() as conn:
        called = conn.exec_driver_sql("SELECT person_id FROM legs ORDER BY turn").scalars().all()
    assert called == ["nam", "oanh"]


@pytest.mark.row("R5")
@pytest.mark.row("R6")
def test_no_page_and_no_document_speaks_of_the_shipped_office(settings: Settings, database: Database) -> None:
    call(settings, database).press("2").press("1").press("1").speak(7).press("1").hang_up()
    call(settings, database, number="+84912345679").press("4").press("1").press("1").press("1").hang_up()
    hotline = opened(settings, database)
    app = with_browsers(create_app(hotline))
    pages = {}
    for role in ("chairman", "clerk", "administrator"):
        browser = signed_in(app, hotline, role)
        for path in _paths(app):
            with browser.get(path) as answer:
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    pages[f"{role} {path}"] = answer.text
    front = app.test_client().get("/").text
    pages["front"] = front
    assert len(pages) > 25
    assert {name: found for name, text in pages.items() if (found := foreign(_shown(text)))} == {}
    for seen in (
        "028.3829.7052",
        "Đường dây nóng Bến Nghé",
        "thành phố Hồ Chí Minh",
        "thứ hai đến thứ năm: 07:00-09:30, 10:00-12:00, 13:30-17:30; thứ sáu: 07:00-09:30, 10:00-12:00",
        "10:00-12:00; thứ bảy: 07:30-11:15.",
        "Nơi tiếp công dân phòng một, tầng trệt, nhà làm việc của phường",
        "Viết hộ giấy tờ thứ hai: 09:00-10:30; thứ tư: 09:00-10:30; thứ bảy: 09:00-10:30",
        "Tổng đài viên",
    ):
        assert seen in _shown(front), seen


def _paths(app: Flask) -> list[str]:
    """Every page that is fetched and needs nothing in its address, and those of the one ticket and report."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted(
        rule.rule
        for rule in rules
        if not rule.arguments and not rule.rule.startswith(("/healthz", "/readyz"))
    )


@pytest.mark.row("R5")
@pytest.mark.row("R6")
def test_reports_carry_the_offices_own_names(settings: Settings, database: Database) -> None:
    hotline = opened(settings, database)
    says = Words(hotline.texts["vi"])
    times, now = working_times(settings), hotline.clock.now()
    for period in (week_of(local(now).date(), settings, times), monthly_next(settings, times, now)):
        with database.writing() as conn:
            figures = counted(conn, period, settings, times, now)
            report = made.of_id(conn, made.made(conn, figures, now) or 0)
        assert report is not None
        for content in (
            document.written(report, says, None, frozenset()),
            workbook.written(report, [], says, "", frozenset()),
        ):
            text = _inside(content)
            assert foreign(text) == []
        letter = _inside(document.written(report, says, None, frozenset()))
        assert "(thành phố Hồ Chí Minh)" in letter
        assert "Đường dây nóng Bến Nghé" in letter


@pytest.mark.row("R5")
def test_commands_speak_of_this_office_only(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_CONFIG", str(office))
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("TONGDAI_MODE", "demo")
    monkeypatch.setenv("TONGDAI_NOW", "2026-11-28T08:00")
    checked = CliRunner().invoke(tongdai, ["check"])
    sheet = CliRunner().invoke(tongdai, ["calendar", "2026-11"])
    assert (checked.exit_code, sheet.exit_code) == (0, 0)
    shown = checked.output.replace(str(office), "") + sheet.output
    assert foreign(shown) == []
    assert "không có người trong lịch trực" not in checked.output
    assert "28/11  thứ bảy   " in sheet.output
    assert "07:30-11:15" in sheet.output
    assert "Giờ tổ viết hộ: thứ hai: 09:00-10:30; thứ tư: 09:00-10:30; thứ bảy: 09:00-10:30" in sheet.output


@pytest.mark.row("R6")
def test_every_setting_is_read_somewhere_outside_the_settings() -> None:
    """A key that nothing reads promises an office something that does not happen."""
    files = [
        file
        for room in ("ivr", "logbook", "scheduler")
        for ending in ("*.py", "*.html")
        for file in (ROOT / room).rglob(ending)
        if not file.name.startswith("settings_") or file.suffix == ".html"
    ]
    code = "\n".join(file.read_text("utf-8") for file in files)
    read = set(re.findall(r"\.([a-z_]+)\b", code)) | set(re.findall(r'"([a-z_]+)"', code))
    unread = [
        f"{model.__name__}.{name}"
        for model in _models(ConfigFile)
        for name in model.model_fields
        if name not in read and name not in _READ_BY_NAME
    ]
    assert unread == []


_READ_BY_NAME = frozenset(
    # the days of a week and the ladders are read through `week`, `on` and `ladder`
    {
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun", "makeup"),
        *("complaint", "conflict", "reminder", "overdue", "report", "office"),
        *("notify", "classify", "transfer", "notice", "answer", "extension"),
        "role",  # duty.role is held against the roster when the settings are read
    }
)


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    from logbook.settings.loading import _models as below

    return list(dict.fromkeys(below(model)))


def _shown(page: str) -> str:
    """A page as it is read: without the names of its files, and without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def _inside(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        texts = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")]
    return "\n".join(re.sub(r"<[^>]*>", "", text) for text in texts)


def signed_in(app: Flask, hotline: Hotline, role: str):  # type: ignore[no-untyped-def]
    with hotline.database.writing() as conn:
        accounts.add(
            conn,
            login=f"nguoi{role}".replace("_", ""),
            name="Người này",
            role=role,
            password=PASSWORD,
            now=hotline.clock.now(),
            must_change_password=False,
        )
    browser = app.test_client()
    login = f"nguoi{role}".replace("_", "")
    assert browser.post("/console/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
    return browser


def test_the_second_office_has_nothing_in_common_with_the_shipped_one() -> None:
    assert foreign(OFFICE.read_text("utf-8")) == []
    assert datetime.fromisoformat(WEDNESDAY).weekday() == 2
