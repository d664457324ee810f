"""`tongdai check`: prints what is set, the addresses the provider must call, and what is missing."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from ivr.commands.check_channels import channel_lines, channel_warnings
from ivr.commands.going_live import checklist
from ivr.commands.going_live.lines import CheckLine, wrong
from ivr.commands.going_live.outside import send_test
from logbook.calendar.working_days import WEEKDAYS
from logbook.clock import Clock, local
from logbook.database.trouble import sentence
from logbook.phone_numbers import dotted
from logbook.process.machine_errors import reason
from logbook.settings.config_file import DAYS, DutyPerson
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings
from logbook.settings.notifications import OfficialPart

DECEMBER = 12
_UNCHANGED = ("+842583842111", "+842583842112", "+842583842113")


def set_lines(settings: Settings) -> list[str]:
    """Return what is set, without any secret, and the exact addresses that are signed (T-03, T-04)."""
    modes = {
        "demo": "chạy thử (demo)",
        "trial": "chạy thử với khách mời (trial)",
        "production": "chạy thật (production)",
    }
    return [
        f"Tệp cấu hình: {settings.config_file}",
        f"Chế độ: {modes[settings.mode]}",
        f"Cơ quan: {settings.office.agency}",
        f"Số tổng đài: {settings.line.number_shown} ({settings.line.number})",
        f"Thư mục dữ liệu: {settings.data_folder}",
        f"Cơ sở dữ liệu: {without_password(settings.database_url)}",
        f"Lắng nghe tại: {settings.host}:{settings.port}",
        f"TWILIO_ACCOUNT_SID: {settings.account_sid[:4]}… ({len(settings.account_sid)} ký tự)",
        f"TWILIO_AUTH_TOKEN: đã đặt ({len(settings.auth_token.get_secret_value())} ký tự)",
        f"SECRET_KEY: đã đặt ({len(settings.secret_key.get_secret_value())} ký tự)",
        f"TONGDAI_DATA_KEY: {_keys_set(settings)}",
        f"API nhà cung cấp: {settings.provider_url}",
        *_form_lines(settings),
        "Nhà cung cấp phải gọi (POST) đúng từng chữ các địa chỉ sau, vì chữ ký được tính trên đó:",
        f"  khi có cuộc gọi: {settings.voice_url}",
        f"  khi gặp lỗi: {settings.fallback_url}",
        f"  khi kết thúc: {settings.status_url}",
        *channel_lines(settings),
    ]


def _keys_set(settings: Settings) -> str:
    count = len(settings.data_keys)
    return f"đã đặt ({count} khóa)" if count else "chưa đặt, không lưu được họ tên người đánh giá"


def _form_lines(settings: Settings) -> list[str]:
    """Where the form behind QR codes answers, and what the printed sheet says of the wireless network."""
    if settings.wifi_url is None:
        return [f"Trang đánh giá QR: {settings.public_url}/r (chưa đặt TONGDAI_WIFI_URL)"]
    network = (
        f"Wi-Fi in trên tờ hướng dẫn: {settings.wifi_name}" if settings.wifi_name else "chưa đặt tên Wi-Fi"
    )
    return [f"Trang đánh giá QR: {settings.wifi_url}/r (chỉ trang này trả lời ở đó; {network})"]


def warning_lines(settings: Settings, now: datetime) -> list[str]:
    """Return what works but needs attention at an aware instant: demo mode, calendar, roster."""
    return [
        f"cảnh báo: {text}"
        for text in (
            *_mode_warnings(settings),
            *_calendar_warnings(settings, now),
            *_roster_warnings(settings),
            *_public_warnings(settings),
            *channel_warnings(settings),
        )
    ]


def folder_problem(folder: Path) -> str | None:
    """Return why the data folder, or the place for it, cannot be written to."""
    try:
        existing = next((place for place in (folder, *folder.parents) if place.exists()), folder)
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return f"lỗi: không ghi được vào thư mục dữ liệu {folder} ({reason(error)})"


def book_problem(settings: Settings) -> str | None:
    """Explain in one line why an existing SQLite database cannot be used; None when it can."""
    from sqlalchemy.exc import DBAPIError

    from logbook.accounts import key_check
    from logbook.database import personal_names
    from logbook.database.engine import Database, DatabaseBusyError, SchemaError
    from logbook.database_address import understood

    address = understood(settings.database_url)
    if address.get_backend_name() != "sqlite" or not Path(str(address.database)).exists():
        return None
    try:
        with closing(Database(settings.database_url)) as database:
            if database.at_head():
                with database.reading() as conn:
                    key_check.demand_known(conn, settings.secret_key.get_secret_value())
                    keys = personal_names.NameKeys([one.get_secret_value() for one in settings.data_keys])
                    if lost := personal_names.unreadable(conn, keys):
                        return f"lỗi: {lost} họ tên không đọc được: thiếu khóa cũ trong TONGDAI_DATA_KEY"
    except (SchemaError, DatabaseBusyError, DBAPIError) as error:
        return f"lỗi: {sentence(error)}"
    return None


def without_password(url: str) -> str:
    """Show a database address without its user's password or options (T-04)."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url.partition("?")[0]
    user = f"{parts.username}:***@" if parts.username else ""
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{user}{place}{parts.path}"


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="In danh sách dạng JSON, mỗi việc một dòng.")
@click.option("--offline", is_flag=True, help="Không hỏi nhà cung cấp và địa chỉ công khai.")
@click.option("--strict", is_flag=True, help="Kết thúc bằng 1 khi còn việc phải làm trước khi chạy thật.")
@click.option(
    "--send", metavar="NGƯỜI/KÊNH", help="Gửi một tin thử, ví dụ chu-tich/zalo, truc/sms, truc/zns."
)
@click.option(
    "--all", "everywhere", is_flag=True, help="Ở mọi đơn vị của cài đặt; nơi hỏng không giữ nơi khác."
)
def check(*, as_json: bool, offline: bool, strict: bool, send: str | None, everywhere: bool) -> None:
    """Kiểm tra cấu hình: in những gì đã đặt, địa chỉ nhà cung cấp phải gọi, và điều còn thiếu.

    Kết thúc bằng 0 khi dùng được, 1 khi có gì hỏng (với --strict: khi còn việc phải làm), 2 khi cấu hình sai.
    """
    if everywhere:
        from ivr.commands.offices.folder import at_every_office, tell

        tell(at_every_office(_checked_whole), as_json=as_json)
        return
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    if send is not None:
        click.echo(send_test(settings, send))
        return
    problem = folder_problem(settings.data_folder) or book_problem(settings)
    now = Clock(settings.starts_at).now()
    if problem is not None:
        lines = [
            wrong("start", problem.removeprefix("lỗi: "), "sửa điều này trước, rồi chạy lại tongdai check")
        ]
    else:
        asked = not offline
        lines = checklist.checklist(settings, now, _roster_warnings(settings), outside=asked)
    if as_json:
        for line in lines:
            click.echo(json.dumps(asdict(line), ensure_ascii=False))
    else:
        _say(settings, warning_lines(settings, now), lines, problem)
    if checklist.broken(lines) or (strict and not checklist.ready(lines)):
        raise SystemExit(1)


def _say(
    settings: Settings, warnings: Sequence[str], lines: Sequence[CheckLine], problem: str | None
) -> None:
    for line in (*set_lines(settings), "", *(one for one in warnings if not _in_list(one, lines))):
        click.echo(line)
    for line in (*_trial_lines(settings), "", *checklist.shown(lines), ""):
        click.echo(line)
    if problem is not None:
        click.echo(problem, err=True)
    elif checklist.ready(lines):
        click.echo("Cấu hình dùng được, không còn việc gì phải làm.")
    else:
        click.echo("Cấu hình dùng được, xin xem danh sách ở trên.")


def _in_list(warning: str, lines: Sequence[CheckLine]) -> bool:
    """Whether the list names it, with what to do."""
    text = warning.removeprefix("cảnh báo: ")
    listed = [line.text for line in lines]
    return any(text in one for one in listed) or (
        "số ví dụ" in text and any("số ví dụ" in one for one in listed)
    )


def _trial_lines(settings: Settings) -> Iterator[str]:
    """Whom a trial reaches, and whom it does not; nothing outside a trial."""
    if not settings.is_trial:
        return
    guests = ", ".join(dotted(guest) for guest in settings.trial.guests)
    yield ""
    yield f"Chạy thử: tổng đài chỉ gọi và nhắn cho {guests} (trial.guests)."
    everybody: list[DutyPerson | OfficialPart] = [*settings.duty.people, *settings.notifications.officials]
    for person in everybody:
        if not settings.guests.number(person.number):
            yield f"  không được gọi khi chạy thử: {person.name} ({dotted(person.number)})"


def _mode_warnings(settings: Settings) -> list[str]:
    if settings.is_demo:
        notes = ["đang chạy thử với bí mật ai cũng biết; chạy thật cần TONGDAI_MODE=production"]
        if settings.starts_at is not None:
            notes.append(f"đồng hồ được chỉnh, bắt đầu từ {local(settings.starts_at):%H:%M %d/%m/%Y}")
        return notes
    notes = []
    if not settings.data_keys:
        notes.append("chưa đặt TONGDAI_DATA_KEY; họ tên người đánh giá sẽ không được lưu (tongdai key new)")
    if not settings.trusted_proxies:
        notes.append(
            "chưa khai báo TONGDAI_TRUSTED_PROXIES; nếu có proxy phía trước thì mọi máy đều bị coi là"
            " một địa chỉ, một người gõ sai mật khẩu nhiều lần sẽ chặn cả những máy chưa từng đăng nhập"
        )
    return notes + [
        f"số của {person.name} ({dotted(person.number)}) vẫn là số ví dụ"
        for person in settings.duty.people
        if person.number in _UNCHANGED
    ]


def _public_warnings(settings: Settings) -> list[str]:
    """Name what the pages for citizens and the posted address of complaints lack (002-23)."""
    wanted = {"email": "thư điện tử", "website": "trang thông tin điện tử"}
    missing = [
        f"{said} (office.{name})" for name, said in wanted.items() if not getattr(settings.office, name)
    ]
    if not missing:
        return []
    return [
        f"trang công khai và thông báo nơi tiếp nhận phản ánh còn thiếu {' và '.join(missing)} của cơ quan"
    ]


def _calendar_warnings(settings: Settings, now: datetime) -> list[str]:
    """Ask for this year's notice, and from 1 December on for the next year's (rules B6)."""
    today = local(now).date()
    years = [today.year] + ([today.year + 1] if today.month == DECEMBER else [])
    notes = [
        f"chưa nhập thông báo ngày nghỉ chính thức năm {year} vào official_days; ngày nghỉ đang là ước tính"
        for year in years
        if year not in settings.official_days
    ]
    weekly = DAYS.index(settings.reports.weekly_on)
    if not settings.calendars.office.week[weekly]:
        notes.append(f"{WEEKDAYS[weekly]} là ngày làm báo cáo tuần nhưng cơ quan không làm việc ngày đó")
    return notes


def _roster_warnings(settings: Settings) -> list[str]:
    """Name each day on which the line is open and nobody of the roster is on it (000-03)."""
    duty, hotline = settings.duty, settings.calendars.hotline
    notes = []
    for weekday in range(len(DAYS)):
        if hotline.week[weekday] and not duty.roster.on(weekday):
            who = "chỉ còn người dự phòng" if duty.fallback else "không có ai nghe máy"
            notes.append(f"{WEEKDAYS[weekday]} không có người trong lịch trực, {who}")
    if hotline.makeup and not duty.fallback:
        notes.append("ngày làm bù không có ai nghe máy vì fallback trống")
    return notes


def _checked_whole(settings: Settings) -> str:
    """What is to be said of one of many offices: settings, tables and chains are as they should be."""
    from ivr.commands.offices.everywhere import demand_whole

    demand_whole(settings)
    warnings = warning_lines(settings, Clock(settings.starts_at).now())
    return "tốt" if not warnings else f"dùng được, {len(warnings)} điều cần xem (tongdai check)"
