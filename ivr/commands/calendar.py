"""`tongdai calendar`: prints a month of the hotline as a sheet, and the next opening."""

import re
from datetime import date, datetime

import click

from logbook.calendar import weekly_hours
from logbook.calendar.of_settings import working_times
from logbook.calendar.working_days import WEEKDAYS, Day, DayKind, dates_of_month
from logbook.calendar.working_time import LineState, WorkingTime
from logbook.clock import Clock, local
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_KINDS = {
    DayKind.WORKING: "làm việc",
    DayKind.WEEKEND: "cuối tuần",
    DayKind.HOLIDAY: "nghỉ",
    DayKind.MAKEUP: "làm bù",
}
_STATES = {
    LineState.OPEN: "đang mở",
    LineState.BEFORE: "chưa đến giờ trực",
    LineState.LUNCH: "đang nghỉ trưa",
    LineState.AFTER: "đã hết giờ trực",
    LineState.WEEKEND: "nghỉ cuối tuần",
    LineState.HOLIDAY: "nghỉ lễ",
    LineState.CLOSURE: "tạm đóng",
}


def parse_month(text: str) -> tuple[int, int]:
    """Read "2026-11" as year and month (ValueError otherwise)."""
    found = _MONTH.fullmatch(text)
    if found is None:
        msg = f"not a month like 2026-11: {text!r}"
        raise ValueError(msg)
    return int(found[1]), int(found[2])


def month_lines(settings: Settings, hotline: WorkingTime, year: int, month: int) -> list[str]:
    """Return the sheet of a month: each day's weekday, kind, windows or reason, and document (000-12)."""
    days = [hotline.days.day(day) for day in dates_of_month(year, month)]
    worked = sum(1 for day in days if day.is_working)
    lines = [f"Lịch tổng đài {settings.line.number_shown}, tháng {month:02d}/{year}", ""]
    lines += [_day_line(day, hotline) for day in days]
    lines += ["", f"Số ngày làm việc: {worked}"]
    lines += [f"Giờ tổ viết hộ: {'; '.join(weekly_hours.lines(settings.calendars.team.week))}"]
    if year not in settings.official_days:
        lines.append(f"Cảnh báo: chưa nhập thông báo ngày nghỉ chính thức năm {year}; ngày nghỉ là ước tính.")
    return lines


def present_lines(hotline: WorkingTime, now: datetime) -> list[str]:
    """Return the state of the line at an aware instant and its next opening or closing."""
    moment = hotline.at(now)
    pause = moment.state is LineState.LUNCH and not moment.at_noon
    state = ("đang nghỉ giữa giờ" if pause else _STATES[moment.state]) + (
        f" ({moment.reason})" if moment.reason else ""
    )
    lines = [f"Bây giờ là {_when(now)}: tổng đài {state}."]
    if moment.closes_at is not None:
        lines.append(f"Đóng lúc: {_when(moment.closes_at)}")
    elif moment.next_opening is not None:
        lines.append(f"Mở lại lúc: {_when(moment.next_opening)}")
    elif not moment.is_open:
        lines.append("Chưa biết khi nào mở lại.")
    return lines


@click.command("calendar")
@click.argument("month", required=False)
def calendar(month: str | None) -> None:
    """Lịch tổng đài của một tháng, ví dụ 2026-11; không ghi tháng thì là tháng này."""
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    now = Clock(settings.starts_at).now()
    today: date = local(now).date()
    try:
        year, number = (today.year, today.month) if month is None else parse_month(month)
    except ValueError:
        msg = "Tháng phải có dạng 2026-11, từ năm 2000 đến năm 2099."
        raise click.UsageError(msg) from None
    hotline = working_times(settings).hotline
    for line in [*month_lines(settings, hotline, year, number), "", *present_lines(hotline, now)]:
        click.echo(line)


def _day_line(day: Day, hotline: WorkingTime) -> str:
    windows = ", ".join(str(window) for window in hotline.day_windows(day.date))
    reason = day.name if day.kind in (DayKind.HOLIDAY, DayKind.MAKEUP) or day.document else ""
    parts = [_KINDS[day.kind], windows, reason, f"[{day.document}]" if day.document else ""]
    details = "  ".join(part for part in parts if part)
    return f"{day.date:%d/%m}  {WEEKDAYS[day.date.weekday()]:<8}  {details}"


def _when(instant: datetime) -> str:
    here = local(instant)
    return f"{here:%H:%M} {WEEKDAYS[here.weekday()]} {here:%d/%m/%Y}"
