"""`tongdai setup`: a commune from nothing, by the terminal and by the browser of this machine."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr.cli import tongdai
from ivr.commands.setting_up import answers, config, installing
from ivr.commands.setting_up.pages import SetupPages
from ivr.commands.setting_up.questions import QUESTIONS
from logbook.accounts import accounts, administration
from logbook.database.engine import Database
from logbook.settings.communes import communes, search
from logbook.settings.edited import with_values
from logbook.settings.env_file import read_env_file
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings

PASSWORD = "lua chin ngoai dong"
GIVEN = {
    "commune": "phuong 1 bao loc",
    "number": "0263 3842 102",
    "address": "Số 1 Trần Phú, phường 1 Bảo Lộc",
    "hamlets": "Tổ 1, Tổ 2",
    "email": "ubnd@phuong1.example.vn",
    "saturday_hours": "07:30-11:00",
    "chairman_name": "Trần Văn Chủ",
    "chairman_number": "0263.3842.100",
    "vice_chairman_name": "Lê Thị Phó",
    "vice_chairman_number": "0263.3842.101",
    "head_of_office_name": "Võ Văn Phòng",
    "head_of_office_number": "0263.3842.104",
    "head_of_desk_name": "Đỗ Thị Cửa",
    "head_of_desk_number": "0263.3842.105",
    "duty_1_name": "Nguyễn Thị Hoa",
    "duty_1_number": "0263.3842.111",
    "duty_2_name": "Lê Hoa",
    "duty_2_number": "0263.3842.112",
    "channel_chairman_zalo": "zalo://token-canary/chat",
    "public_url": "https://tongdai.phuong1.example.vn",
    "own_number": "0912.345.678",
    "admin_name": "Phạm Quản Trị",
    "admin_password": PASSWORD,
}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def pages(tmp_path: Path) -> SetupPages:
    return SetupPages(tmp_path / "xã mới", 8123)


class Local(FlaskClient):
    """A browser on the same machine."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"base_url": "http://127.0.0.1:8123", **kwargs})


def come(pages: SetupPages) -> FlaskClient:
    client = stranger(pages)
    assert client.get(f"/begin/{pages.link}").status_code == 303
    return client


def stranger(pages: SetupPages) -> FlaskClient:
    pages.app.test_client_class = Local
    return pages.app.test_client()


def set_up(folder: Path, given: Mapping[str, str] = GIVEN) -> installing.SetUp:
    read, problems = answers.read(given)
    assert problems == {}
    return installing.install(folder, read)


def test_all_communes_of_the_reform_are_known_and_found_as_people_type_them() -> None:
    every = communes()
    assert (len(every), len({one.province for one in every}), len(set(every))) == (3321, 34, 3321)
    for typed, name in (
        ("dai lanh", "Xã Đại Lãnh, Tỉnh Khánh Hòa"),
        ("Xã Khe Tre", "Xã Khe Tre, Thành phố Huế"),
        ("ho chi minh, phuong sai gon", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
        ("cư m’gar", "Xã Cư M'gar, Tỉnh Đắk Lắk"),
        ("ly son", "Đặc khu Lý Sơn, Tỉnh Quảng Ngãi"),
        ("Hoài Nhơn Bắc", "Phường Hoài Nhơn Bắc, Tỉnh Gia Lai"),
    ):
        assert [one.shown for one in search(typed)] == [name], typed
    assert 1 < len(search("an bình")) <= 20
    assert search("không có nơi này") == search(" ") == []


def test_the_configuration_is_that_of_the_new_commune_with_every_explanation_of_the_template(
    tmp_path: Path,
) -> None:
    made = set_up(tmp_path / "phường một")
    text = (made.folder / "config.yaml").read_text("utf-8")
    assert not re.search(r"Đại Lãnh|Khánh Hòa|0258|\(ví dụ\)", text)
    assert made.settings.office.name_spoken == "phường một Bảo Lộc"
    assert made.settings.office.agency == "Ủy ban nhân dân phường 1 Bảo Lộc"
    assert made.settings.reports.place == "Phường 1 Bảo Lộc"
    assert made.settings.line.number == "+842633842102"
    assert made.settings.duty.roster.on(5), "somebody answers on Saturday"
    assert [one.id for one in made.settings.duty.people] == ["hoa", "hoa2"]
    assert made.settings.trial.guests == ("+84912345678",)
    remarks = re.findall(r"^ *# .*$", installing.template(), re.MULTILINE)
    lost = [line.strip() for line in remarks if line.strip() not in text]
    assert len(lost) < 10, (
        lost
    )  # the remarks of the list of people, which is written anew, and the first line


@pytest.mark.row("T-04")
def test_secrets_are_new_each_time_for_the_owner_alone_and_not_in_the_configuration(tmp_path: Path) -> None:
    first, second = set_up(tmp_path / "một"), set_up(tmp_path / "hai")
    values = [read_env_file(one.folder / installing.ENVIRONMENT) for one in (first, second)]
    for name in ("SECRET_KEY", "TONGDAI_DATA_KEY", "TWILIO_AUTH_TOKEN"):
        assert values[0][name] != values[1][name]
    assert stat.S_IMODE((first.folder / "tongdai.env").stat().st_mode) == 0o600
    assert "canary" not in (first.folder / "config.yaml").read_text("utf-8")
    assert values[0]["TONGDAI_CHANNEL_CHU_TICH_ZALO"] == "zalo://token-canary/chat"
    assert first.settings.is_trial


def test_the_first_administrator_can_sign_in_and_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    made = set_up(tmp_path)
    database = Database(made.settings.database_url)
    with database.reading() as conn:
        account = administration.find_login(conn, "quantri")
        assert account is not None
        assert (account.role, account.name) == ("administrator", "Phạm Quản Trị")
    database.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(installing.NotEmptyError):
        set_up(tmp_path)
    refused = CliRunner().invoke(tongdai, ["setup", "--folder", str(tmp_path)])
    assert (refused.exit_code, "chỉ cài vào thư mục trống" in refused.output) == (1, True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before


def test_answers_that_cannot_be_used_are_all_named_and_leave_nothing_behind(tmp_path: Path) -> None:
    wrong = {
        "commune": "an binh",
        "number": "123",
        "hotline_hours": "11:00-08:00",
        "duty_2_number": "",
        "public_url": "http://x",
        "admin_login": "Quản trị",
        "admin_password": "ngắn",
        "channel_duty_mail": "not an address",
        "hamlets": "",
    }
    _, problems = answers.read({**GIVEN, **wrong})
    assert set(problems) == set(wrong)
    assert "An Bình" in problems["commune"].args[1]["which"]
    assert set(answers.read({**GIVEN, "number": "0263.3842.100"})[1]) == {"number"}
    read, _ = answers.read({**GIVEN, "email": "no mail address"})
    with pytest.raises(SettingsError):
        installing.install(tmp_path / "x", read)
    assert [file for file in (tmp_path / "x").rglob("*") if file.is_file()] == []


def test_the_page_answers_its_own_link_once_and_nobody_else(pages: SetupPages) -> None:
    link = pages.link
    own = come(pages)
    assert own.get("/").status_code == 200
    other = stranger(pages)
    refused = [
        other.get("/").status_code,
        other.get(f"/begin/{link}").status_code,  # used already
        other.get("/begin/x").status_code,
        other.post("/", data=GIVEN).status_code,
        own.post("/", data=GIVEN, headers={"Sec-Fetch-Site": "cross-site"}).status_code,
        own.get("/", base_url="http://evil.example.vn:8123").status_code,
    ]
    assert refused == [403, 403, 403, 403, 403, 421]
    assert not pages.done
    cookie = own.get("/").headers
    assert "default-src 'none'" in cookie["Content-Security-Policy"]


def test_the_page_names_what_is_wrong_keeps_what_was_typed_but_no_password_and_then_installs(
    pages: SetupPages,
) -> None:
    own = come(pages)
    wrong = own.post("/", data={**GIVEN, "number": "12"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert "Số 1 Trần Phú" in wrong.text
    assert PASSWORD not in wrong.text
    english = own.post("/?lang=en", data={**GIVEN, "number": "12"}).text
    assert "must be a Vietnamese landline or mobile number" in english
    done = own.post("/", data=GIVEN)
    assert done.status_code == 200
    assert "Đã cài đặt xong." in done.text
    assert pages.made is not None
    assert pages.made.settings.office.province == "tỉnh Lâm Đồng"
    assert own.get("/").status_code == 409, "a second time there is nothing to set up"


def test_the_terminal_asks_the_same_and_asks_again_what_cannot_be_used(tmp_path: Path) -> None:
    typed: list[str] = []
    for question in QUESTIONS:
        if question.name == "number":
            typed.append("12")
        typed.append(GIVEN.get(question.name, ""))
        if question.name == "admin_password":
            typed.append(GIVEN["admin_password"])
    folder = tmp_path / "xã"
    said = CliRunner().invoke(tongdai, ["setup", "--folder", str(folder)], input="\n".join([*typed, "n", ""]))
    assert said.exit_code == 0, said.output
    assert "! phải là số cố định hoặc di động Việt Nam" in said.output
    assert PASSWORD not in said.output
    settings = load_settings(read_env_file(folder / "tongdai.env"))
    assert settings.office.agency == "Ủy ban nhân dân phường 1 Bảo Lộc"


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TONGDAI_CONFIG", "TONGDAI_DATA", "TONGDAI_MODE", "TONGDAI_NOW"):
        monkeypatch.delenv(name, raising=False)


def test_a_command_in_that_folder_speaks_of_that_office_and_the_environment_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_environment: None
) -> None:
    made = set_up(tmp_path)
    for name in read_env_file(made.folder / "tongdai.env"):
        monkeypatch.setenv(name, "")  # restored after the test, whatever the command adds
        monkeypatch.delenv(name)
    monkeypatch.chdir(made.folder)
    checked = CliRunner().invoke(tongdai, ["check", "--offline"])
    assert checked.exit_code == 0, checked.output
    assert "Cơ quan: Ủy ban nhân dân phường 1 Bảo Lộc" in checked.output
    assert "[x] Quản trị viên: đã có" in checked.output
    assert "số ví dụ" not in checked.output
    broken = tmp_path / "hỏng.env"
    broken.write_text("TONGDAI_MODE trial\n", "utf-8")
    with pytest.raises(SettingsError, match=r"hỏng\.env:1"):
        read_env_file(broken)


def test_values_of_a_file_change_and_its_remarks_stay() -> None:
    text = 'a:\n  # one\n  b: "x" # two\n  c: [1, 2] # three\n  d:\n    - k: v\n    # four\ne: 5 # five\n'
    changed = with_values(text, {("a", "b"): 'ý "z"', ("a", "c"): [], ("a", "d", 0, "k"): None, ("e",): 6})
    assert changed == (
        'a:\n  # one\n  b: "ý \\"z\\"" # two\n  c: [] # three\n  d:\n    - k: null\n    # four\ne: 6 # five\n'
    )
    with pytest.raises(KeyError, match=r"a\.nothing"):
        with_values(text, {("a", "nothing"): 1})


def test_two_people_of_one_given_name_get_two_keys() -> None:
    assert config._keys(["Nguyễn Thị Hoa", "Lê Hoa", "Đỗ Đức", "1"]) == ["hoa", "hoa2", "duc", "n1"]
