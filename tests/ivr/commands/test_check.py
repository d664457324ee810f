"""`tongdai check`: what is set, what must be called, what is missing."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.commands.check import check, folder_problem, warning_lines, without_password
from ivr.commands.check_channels import channel_lines
from logbook.clock import parse_moment
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings
from tests import frozen
from tests.frozen import CONFIG

PRODUCTION = {
    "TONGDAI_CONFIG": str(CONFIG),
    "TONGDAI_MODE": "production",
    "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn/hotline",
    "TONGDAI_DATABASE_URL": "postgresql://tongdai:canary-db@127.0.0.1:9/tongdai?sslmode=require",
    "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
    "SECRET_KEY": "canary-secret-1234567890",
}


def run(tmp_path: Path, **environment: str) -> Result:
    return CliRunner().invoke(
        check,
        ["--offline"],
        env={"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_DATA": str(tmp_path), **environment},
    )


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Settings:
    text = CONFIG.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "config.yaml").write_text(text, "utf-8")
    return load_settings({"TONGDAI_CONFIG": str(tmp_path / "config.yaml")})


@pytest.mark.row("T-03")
def test_the_exact_address_the_provider_must_call_is_printed(tmp_path: Path) -> None:
    result = run(tmp_path, **PRODUCTION)
    assert result.exit_code == 0, result.output
    assert "  khi có cuộc gọi: https://tongdai.example.vn/hotline/ivr/voice\n" in result.output
    assert "0258.3842.102 (+842583842102)" in result.output


@pytest.mark.row("T-04")
def test_no_secret_is_printed(tmp_path: Path) -> None:
    result = run(tmp_path, **PRODUCTION)
    assert "canary" not in result.output
    assert "f" * 8 not in result.output
    assert "postgresql+psycopg://tongdai:***@127.0.0.1:9/tongdai" in result.output


def test_a_demonstration_is_called_one_and_works(tmp_path: Path) -> None:
    result = run(tmp_path, TONGDAI_NOW="2026-11-25T09:10:00+07:00")
    assert result.exit_code == 0
    assert "cảnh báo: đang chạy thử" in result.output
    assert "09:10 25/11/2026" in result.output


def test_example_numbers_are_pointed_out_when_it_is_no_demonstration() -> None:
    notes = warning_lines(load_settings(PRODUCTION), parse_moment("2026-11-25T09:10"))
    assert sum("vẫn là số ví dụ" in line for line in notes) == 7
    assert any("(0258.3842.100) vẫn là số ví dụ" in line for line in notes)


ZALO, MAIL = "TONGDAI_CHANNEL_CHU_TICH_ZALO", "TONGDAI_CHANNEL_CHU_TICH_MAIL"


@pytest.mark.row("000-13")
def test_who_is_rung_first_is_told_for_every_kind_of_matter(tmp_path: Path) -> None:
    notes = run(tmp_path).output
    chairman, deputy = "Chủ tịch UBND xã (gọi 0258.3842.100)", "Phó Chủ tịch UBND xã (gọi 0258.3842.101)"
    assert f"  phản ánh, kiến nghị mới: {chairman}, rồi {deputy}\n" in notes
    assert f"  việc có xung đột lợi ích: {deputy}, rồi Chánh Văn phòng" in notes
    with_zalo = run(tmp_path, **{ZALO: "zalo://canary"}).output
    assert f"  phản ánh, kiến nghị mới: Chủ tịch UBND xã (zalo), rồi {chairman}, rồi {deputy}\n" in with_zalo


@pytest.mark.row("000-13")
def test_channels_of_the_ladders_that_are_not_set_up_are_named_with_their_variable(tmp_path: Path) -> None:
    notes = run(tmp_path, **{ZALO: "zalo://canary"}).output
    assert f"[ ] Kênh báo tin: kênh mail của Chủ tịch UBND xã chưa có địa chỉ; đặt {MAIL}\n" in notes
    assert notes.count(MAIL) == 1, "although several ladders use it"
    assert ZALO not in notes
    assert "canary" not in notes


def test_a_text_step_to_a_number_that_takes_none_is_named(tmp_path: Path) -> None:
    settings = changed(tmp_path, ("official: chu-tich, channel: call", "official: chu-tich, channel: sms"))
    notes = "\n".join(warning_lines(settings, parse_moment("2026-11-25T09:10")))
    assert "số của Chủ tịch UBND xã (0258.3842.100) không nhận được tin nhắn; bậc sms bị bỏ qua" in notes
    assert "nhắn tin 0258.3842.100" not in "\n".join(channel_lines(settings))


def test_a_ladder_on_which_nobody_can_be_reached_is_named(tmp_path: Path) -> None:
    called = "{official: chanh-van-phong, channel: call, after_minutes: 0, times: 1, every_minutes: 60}"
    settings = changed(tmp_path, (f"      - {called}\n    # Việc của Bộ phận", "    # Việc của Bộ phận"))
    notes = "\n".join(warning_lines(settings, parse_moment("2026-11-25T09:10")))
    assert "việc của văn phòng: không kênh nào được đặt, không ai được báo" in notes
    assert "phản ánh, kiến nghị mới: không kênh" not in notes


@pytest.mark.row("F-16")
def test_postgresql_needs_the_program_that_backs_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    on_postgresql = run(tmp_path, **PRODUCTION).output
    assert "Sao lưu: cơ sở dữ liệu là PostgreSQL, cần chương trình pg_dump" in on_postgresql
    assert "[ ] Kênh báo tin: chưa thấy chương trình pg_dump" in on_postgresql
    assert "pg_dump" not in run(tmp_path).output
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert "chưa thấy chương trình pg_dump" not in run(tmp_path, **PRODUCTION).output


@pytest.mark.row("F-14")
@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2026-11-30T23:59", []),
        ("2026-12-01T00:00", ["2027"]),
        ("2026-12-31T23:59", ["2027"]),
        ("2027-01-01T00:00", ["2027"]),
        ("2027-12-01T00:00", ["2027", "2028"]),
    ],
)
def test_the_next_years_notice_is_asked_for_from_december_on(now: str, asked: list[str]) -> None:
    notes = warning_lines(load_settings(frozen.OFFICE), parse_moment(now))
    years = [line for line in notes if "official_days" in line]
    assert [next(year for year in ("2026", "2027", "2028") if year in line) for line in years] == asked


def test_a_day_with_nobody_on_the_line_is_named(tmp_path: Path) -> None:
    settings = changed(tmp_path, ("    wed: [an, binh] #", "    wed: [] #"))
    notes = "\n".join(warning_lines(settings, parse_moment("2026-11-25T09:10")))
    assert "cảnh báo: thứ tư không có người trong lịch trực, chỉ còn người dự phòng" in notes
    assert "thứ ba" not in notes


def test_an_empty_fallback_is_named_for_make_up_days_and_gaps(tmp_path: Path) -> None:
    settings = changed(
        tmp_path, ("    wed: [an, binh] #", "    wed: [] #"), ("fallback: [chi]", "fallback: []")
    )
    notes = "\n".join(warning_lines(settings, parse_moment("2026-11-25T09:10")))
    assert "thứ tư không có người trong lịch trực, không có ai nghe máy" in notes
    assert "ngày làm bù không có ai nghe máy" in notes


def test_a_data_folder_that_cannot_be_written_ends_with_an_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    result = run(tmp_path, TONGDAI_DATA=str(file / "var"))
    assert result.exit_code == 1
    assert "không ghi được" in result.output
    assert folder_problem(tmp_path / "new" / "var") is None
    assert not (tmp_path / "new").exists()


@pytest.mark.row("F-18")
def test_a_mistake_ends_with_two_and_both_languages(tmp_path: Path) -> None:
    result = run(tmp_path, TONGDAI_MODE="prodution")
    assert result.exit_code == 2
    assert "vi: phải là demo hoặc production" in result.output
    assert "en: must be demo or production" in result.output
    assert "Traceback" not in result.output


@pytest.mark.row("B-16")
@pytest.mark.parametrize(
    ("old", "new", "key", "whose"),
    [
        ("0258.3842.111", "+84 258 384 2102", "duty.people.0.number", "line.number"),
        ("0258.3842.113", "0258.3842.102", "duty.people.2.number", "line.number"),
        ("0258.3842.100", "02583842102", "notifications.officials.0.number", "line.number"),
        ("0258.3842.112", "0258.3842.199", "duty.people.1.number", "line.caller_id"),
    ],
)
def test_somebody_at_the_lines_own_number_is_refused_with_key_and_reason(
    tmp_path: Path, old: str, new: str, key: str, whose: str
) -> None:
    with_caller_id = ("caller_id: null", 'caller_id: "0258.3842.199"')
    with pytest.raises(SettingsError) as caught:
        changed(tmp_path, with_caller_id, (f'number: "{old}"', f'number: "{new}"'))
    notes = str(caught.value)
    assert f": {key}\n" in notes
    assert f"là số của chính tổng đài ({whose})" in notes
    shown = CliRunner().invoke(check, [], env={"TONGDAI_CONFIG": str(tmp_path / "config.yaml")})
    assert (shown.exit_code, key in shown.output, "Traceback" in shown.output) == (2, True, False)


def test_an_address_of_sqlite_is_shown_without_its_options() -> None:
    assert without_password("sqlite:////srv/tongdai.db?x=canary") == "sqlite:////srv/tongdai.db"


@pytest.mark.row("002-23")
def test_what_the_public_pages_lack_of_the_offices_addresses_is_said(tmp_path: Path) -> None:
    now = parse_moment("2026-11-25T09:10")

    def said(*changes: tuple[str, str]) -> list[str]:
        return [line for line in warning_lines(changed(tmp_path, *changes), now) if "trang công khai" in line]

    mail = ("  email: null", "  email: vanphong@dailanh.example.vn")
    web = ("  website: null", "  website: https://dailanh.example.vn")
    assert "thư điện tử (office.email) và trang thông tin điện tử (office.website)" in said()[0]
    assert "thư điện tử" not in said(mail)[0]
    assert "office.website" not in said(web)[0]
    assert said(mail, web) == []
