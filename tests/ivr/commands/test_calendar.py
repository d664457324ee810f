"""`tongdai calendar`: the sheet of a month as a clerk reads it."""

import pytest
from click.testing import CliRunner

from ivr.commands.calendar import calendar, parse_month, present_lines
from logbook.calendar.of_settings import working_times
from logbook.clock import parse_moment
from logbook.settings.loading import load_settings
from tests import frozen
from tests.frozen import CONFIG


def sheet(month: str | None, now: str = "2026-11-25T12:00") -> list[str]:
    environment = {"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_NOW": now, "TONGDAI_MODE": "demo"}
    result = CliRunner().invoke(calendar, [] if month is None else [month], env=environment)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.mark.row("000-12")
def test_each_day_of_a_month_has_one_line_with_its_hours_or_its_reason() -> None:
    lines = sheet("2026-11")
    assert lines[0] == "Lịch tổng đài 0258.3842.102, tháng 11/2026"
    days = [line for line in lines if line[2:5] == "/11"]
    assert len(days) == 30
    assert days[0] == "01/11  chủ nhật  cuối tuần"
    assert days[1] == "02/11  thứ hai   làm việc  08:00-11:00, 14:00-16:30"
    assert days[23] == "24/11  thứ ba    nghỉ  Ngày Văn hóa Việt Nam"
    assert "Số ngày làm việc: 20" in lines


def test_the_swap_of_new_year_stands_there_with_its_document() -> None:
    lines = "\n".join(sheet("2026-01"))
    assert "02/01  thứ sáu   nghỉ  Tết Dương lịch" in lines
    assert "10/01  thứ bảy   làm bù  08:00-11:00, 14:00-16:30" in lines
    assert lines.count("12729/VPCP-KGVX") == 2
    assert "Cảnh báo" not in lines


def test_a_year_without_its_official_notice_is_marked_as_an_estimate() -> None:
    assert any("chưa nhập thông báo" in line and "2027" in line for line in sheet("2027-02"))


def test_without_a_month_it_is_the_present_one_and_the_next_opening_is_told() -> None:
    lines = sheet(None)
    assert lines[0].endswith("tháng 11/2026")
    assert lines[-2:] == [
        "Bây giờ là 12:00 thứ tư 25/11/2026: tổng đài đang nghỉ trưa.",
        "Mở lại lúc: 14:00 thứ tư 25/11/2026",
    ]


def test_an_open_line_says_when_it_closes() -> None:
    hotline = working_times(load_settings(frozen.OFFICE)).hotline
    assert present_lines(hotline, parse_moment("2026-11-25T09:10"))[1] == "Đóng lúc: 11:00 thứ tư 25/11/2026"


def test_in_vietnam_the_new_month_has_begun_though_utc_is_still_in_the_old_one() -> None:
    assert sheet(None, "2026-11-30T18:00Z")[0].endswith("tháng 12/2026")


@pytest.mark.parametrize("month", ["2026", "11-2026", "2026-13", "2026-00", "2026-11-01", "x"])
def test_a_month_that_is_none_is_a_usage_error_in_vietnamese(month: str) -> None:
    result = CliRunner().invoke(calendar, [month], env=frozen.OFFICE)
    assert result.exit_code == 2
    assert "Tháng phải có dạng" in result.output
    with pytest.raises(ValueError, match="month"):
        parse_month(month)


def test_a_bad_configuration_ends_the_command_without_a_traceback() -> None:
    result = CliRunner().invoke(calendar, [], env={"TONGDAI_CONFIG": "/nowhere/config.yaml"})
    assert result.exit_code == 2
    assert "Cấu hình chưa dùng được" in result.output
    assert "Traceback" not in result.output
