"""The whole list for going live: settings, address and signature, people, channels, calendar, database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from ivr.commands.check_channels import EXAMPLES, channel_warnings
from ivr.commands.going_live.book_lines import book_lines
from ivr.commands.going_live.lines import CheckLine, CheckState, done, to_do, wrong
from ivr.commands.going_live.outside import PROBE, outside_lines, probe_signature
from logbook.clock import local
from logbook.phone_numbers import dotted
from logbook.process import disk
from logbook.process.routes_outside import is_loopback
from logbook.settings.config_file import DutyPerson
from logbook.settings.loading import Settings
from logbook.settings.notifications import OfficialPart
from logbook.transcripts.attempt import engine_of

OCTOBER = 10
"""From this month on the calendar of the next year is asked for; the notice comes in the fourth quarter."""
MADE_UP = EXAMPLES | {"+842583842112", "+842583842113"}


def checklist(
    settings: Settings, now: datetime, warnings: Sequence[str], *, outside: bool
) -> list[CheckLine]:
    """Every line of the list at an aware instant; `outside` also asks the provider and our public address.

    `warnings` are those of the roster, each naming a day on which nobody answers.
    """
    return [
        *_mode(settings),
        *_secrets(settings),
        *_address(settings),
        *(outside_lines(settings) if outside and not settings.is_demo else ()),
        *_disk(settings),
        *_voice(settings),
        *_transcripts(settings),
        *_people(settings, warnings),
        *_channels(settings),
        *_calendar(settings, now),
        *_public(settings),
        *book_lines(settings),
    ]


def ready(lines: Sequence[CheckLine]) -> bool:
    """Whether nothing of the list is left to do or broken; what could not be looked at does not count."""
    return all(line.state in (CheckState.DONE, CheckState.UNKNOWN) for line in lines)


def broken(lines: Sequence[CheckLine]) -> bool:
    """Whether something does not work."""
    return any(line.state is CheckState.WRONG for line in lines)


def shown(lines: Sequence[CheckLine]) -> list[str]:
    """The list as it is printed."""
    finished = sum(line.state is CheckState.DONE for line in lines)
    head = (
        f"Danh sách để chạy thật: xong {finished}/{len(lines)} ([x] xong, [ ] cần làm, [!] hỏng, [?] chưa rõ)"
    )
    return [head, *(text for line in lines for text in line.shown())]


def _mode(settings: Settings) -> Iterator[CheckLine]:
    if settings.is_demo:
        what = "đặt TONGDAI_MODE=trial để chạy thử với khách mời; lập tệp cấu hình: tongdai setup"
        yield to_do("mode", "Chế độ: xem thử (demo)", what)
    elif settings.is_trial:
        what = "khi đã thử xong: đặt TONGDAI_MODE=production (tin đã giữ lại khi chạy thử sẽ không gửi lại)"
        yield to_do("mode", "Chế độ: chạy thử với khách mời (trial)", what)
    else:
        yield done("mode", "Chế độ: chạy thật (production)")


def _secrets(settings: Settings) -> Iterator[CheckLine]:
    if settings.is_demo:
        yield to_do(
            "secrets",
            "Bí mật: đang dùng giá trị ai cũng biết",
            "chạy tongdai setup để sinh khóa riêng, rồi đặt TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN",
        )
        return
    yield done("secrets", "Bí mật: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, SECRET_KEY đã đặt riêng")
    if settings.data_keys:
        yield done("data_key", "Khóa mã hóa họ tên người đánh giá: đã đặt")
    else:
        what = "lấy một khóa bằng: tongdai key new, rồi đặt TONGDAI_DATA_KEY"
        yield to_do("data_key", "Khóa mã hóa họ tên người đánh giá: chưa đặt", what)


def _address(settings: Settings) -> Iterator[CheckLine]:
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https" or is_loopback(parts.hostname):
        what = "đặt TONGDAI_PUBLIC_URL=https://… là tên miền có chứng chỉ, đi qua proxy (docs/install)"
        yield to_do("public_url", f"Địa chỉ công khai: {settings.public_url}", what)
    else:
        yield done("public_url", f"Địa chỉ công khai: {settings.public_url}")
    signed = ", ".join(f"{name}={value}" for name, value in PROBE.items())
    yield CheckLine(
        "signature",
        CheckState.DONE,
        f"Chữ ký của POST {settings.fallback_url} với {signed}: {probe_signature(settings)}",
    )
    if not settings.is_demo and not settings.trusted_proxies:
        what = "đặt TONGDAI_TRUSTED_PROXIES là địa chỉ của proxy phía trước, ví dụ 127.0.0.1"
        yield to_do("proxies", "Proxy phía trước: chưa khai báo", what)


def _disk(settings: Settings) -> Iterator[CheckLine]:
    folder = settings.data_folder
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free, least = disk.free_mb(folder), settings.retention.least_disk_mb
    text = f"Đĩa của {settings.data_folder}: còn {free} MB (báo động khi dưới {least} MB)"
    if free < least:
        yield wrong("disk", text, "dọn đĩa hoặc chuyển TONGDAI_DATA sang đĩa lớn hơn")
    else:
        yield done("disk", text)


def _voice(settings: Settings) -> Iterator[CheckLine]:
    yield done("voice", f"Giọng đọc: {settings.line.voice}, ngôn ngữ {settings.line.language}")


def _transcripts(settings: Settings) -> Iterator[CheckLine]:
    if not settings.transcripts.enabled:
        return
    engine = engine_of(settings.data_folder)
    if engine is None:
        folder = settings.data_folder / "transcripts"
        what = f'pip install "tongdai[transcripts]", hoặc đặt chương trình transcribe vào {folder}'
        yield to_do("transcripts", "Chép máy ghi âm: đã bật nhưng không có chương trình nào chép được", what)
    else:
        yield done("transcripts", f"Chép máy ghi âm: {engine.name}, bản nào cũng phải có cán bộ xác nhận")


def _people(settings: Settings, warnings: Sequence[str]) -> Iterator[CheckLine]:
    everybody: list[DutyPerson | OfficialPart] = [*settings.duty.people, *settings.notifications.officials]
    made_up = [f"{one.name} ({dotted(one.number)})" for one in everybody if one.number in MADE_UP]
    if made_up:
        what = "sửa số ở duty.people và notifications.officials của tệp cấu hình"
        yield to_do("numbers", f"Số máy vẫn là số ví dụ: {'; '.join(made_up)}", what)
    else:
        yield done("numbers", f"Số máy của {len(everybody)} người trực và người nhận tin: đã thay")
    for warning in warnings:
        yield to_do("roster", f"Lịch trực: {warning}", "bổ sung duty.roster hoặc duty.fallback")
    if not warnings:
        yield done("roster", "Lịch trực: ngày nào mở máy cũng có người")


def _channels(settings: Settings) -> Iterator[CheckLine]:
    missing = [note for note in channel_warnings(settings) if "số ví dụ" not in note]
    what = "đặt biến môi trường nêu trên, hoặc bỏ bậc đó ở notifications.ladders"
    for note in missing:
        yield to_do("channels", f"Kênh báo tin: {note}", what)
    if not missing:
        yield done("channels", "Kênh báo tin: bậc nào cũng gửi được")
    for name in sorted(settings.channels):
        text = f"Kênh {name}: đã có địa chỉ"
        yield CheckLine("channel", CheckState.DONE, f"{text}; thử gửi: tongdai check --send {name}")


def _calendar(settings: Settings, now: datetime) -> Iterator[CheckLine]:
    today = local(now).date()
    for year in (today.year, today.year + 1):
        if year in settings.official_days:
            document = settings.official_days[year].document
            yield done(f"calendar_{year}", f"Ngày nghỉ năm {year}: theo {document}")
        elif year == today.year or today.month >= OCTOBER:
            what = "khi có thông báo chính thức, nhập vào official_days"
            yield to_do(f"calendar_{year}", f"Ngày nghỉ năm {year}: chưa nhập, đang là ước tính", what)


def _public(settings: Settings) -> Iterator[CheckLine]:
    for key, value, name in (
        ("email", settings.office.email, "Thư điện tử của cơ quan"),
        ("website", settings.office.website, "Trang thông tin điện tử"),
    ):
        if value:
            yield done(key, f"{name}: {value}")
        else:
            yield to_do(key, f"{name}: chưa có trên trang công khai", f"điền office.{key}")
