"""Asks outside for `tongdai check`: the provider and its clock, our public address, one test message."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import click
import requests
from twilio.request_validator import RequestValidator

from ivr.commands.going_live import by_number
from ivr.commands.going_live.lines import CheckLine, done, to_do, unknown, wrong
from logbook.clock import Clock
from logbook.process import time_limit
from logbook.process.routes_outside import proxies_for, spare_loopback
from logbook.settings.agreement import variable
from logbook.settings.channels import SMS, ZNS
from logbook.settings.loading import Settings

SECONDS = 5.0
"""How long each question may take."""
CLOCK_OFF = timedelta(seconds=30)
PROBE = {"CallSid": "CA" + "0" * 32}
"""The form that is signed as an example; the fallback address answers it and stores nothing."""
TEST_SENTENCE = "Tin thử từ {name}. Nếu nhận được tin này, kênh báo tin đã dùng được."


def probe_signature(settings: Settings) -> str:
    """The value of X-Twilio-Signature for the probe at the fallback address; it shows no secret."""
    validator = RequestValidator(settings.auth_token.get_secret_value())
    return str(validator.compute_signature(settings.fallback_url, PROBE))


def outside_lines(settings: Settings) -> Iterator[CheckLine]:
    """Does the provider answer, is our clock right, does a signed request come through to our program."""
    yield from _provider(settings)
    yield from _public_address(settings)


def _provider(settings: Settings) -> Iterator[CheckLine]:
    address = settings.provider_url
    try:
        answer = _ask("HEAD", address)
    except (requests.RequestException, time_limit.TookTooLongError):
        yield to_do("provider", f"Không tới được nhà cung cấp {address}", "kiểm tra Internet, tường lửa, DNS")
        yield unknown(
            "clock",
            "Đồng hồ: không có nơi để so",
            "bật đồng bộ giờ của máy (systemd-timesyncd, Windows Time)",
        )
        return
    yield done("provider", f"Nhà cung cấp trả lời: {address}")
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        yield unknown("clock", "Đồng hồ: nơi được hỏi không nói giờ", "so giờ của máy bằng tay")
        return
    yield clock_line(Clock().now(), theirs)


def clock_line(ours: datetime, theirs: datetime) -> CheckLine:
    """Compare two aware instants; deadlines and signatures of sessions go by ours."""
    off = abs(ours - theirs)
    if off > CLOCK_OFF:
        what = "bật đồng bộ giờ của máy (systemd-timesyncd, Windows Time) rồi chạy lại"
        return wrong("clock", f"Đồng hồ của máy lệch {round(off.total_seconds())} giây", what)
    return done("clock", f"Đồng hồ của máy đúng (lệch {round(off.total_seconds())} giây)")


def _public_address(settings: Settings) -> Iterator[CheckLine]:
    try:
        headers = {"X-Twilio-Signature": probe_signature(settings)}
        status = _ask("POST", settings.fallback_url, data=PROBE, headers=headers).status_code
    except (requests.RequestException, time_limit.TookTooLongError):
        what = "chạy chương trình và proxy rồi thử lại; từ trong mạng có khi không gọi được địa chỉ ngoài"
        yield unknown("reached", f"Không gọi được {settings.fallback_url} từ máy này", what)
        return
    if status == HTTPStatus.OK:
        yield done("reached", f"Lệnh gọi có chữ ký đi qua địa chỉ công khai: {settings.fallback_url}")
    elif status == HTTPStatus.FORBIDDEN:
        what = "proxy đổi đường dẫn hoặc chương trình chạy với TONGDAI_PUBLIC_URL, TWILIO_AUTH_TOKEN khác"
        yield wrong("reached", f"Chữ ký bị từ chối (403) ở {settings.fallback_url}", what)
    else:
        what = "xem nhật ký của proxy và của chương trình"
        yield wrong("reached", f"{settings.fallback_url} trả lời {status}", what)


def _ask(method: str, address: str, **details: dict[str, str]) -> requests.Response:
    def ask() -> requests.Response:
        return requests.request(
            method,
            address,
            timeout=SECONDS,
            allow_redirects=False,
            proxies=proxies_for(address),
            data=details.get("data"),
            headers=details.get("headers"),
        )

    return time_limit.within(SECONDS * 2, ask)


def send_test(settings: Settings, who: str) -> str:
    """Send the test sentence by one channel, `chu-tich/zalo` or CHU_TICH_ZALO; return what to say.

    ClickException when there is no such channel, a trial does not reach it, or it does not take the message.
    """
    official, slash, channel = who.partition("/")
    if slash and channel in (SMS, ZNS):
        return by_number.send_test(settings, official, channel, _test_sentence(settings))
    name = variable(official, channel) if slash else who.upper()
    address = settings.channels.get(name)
    if address is None:
        known = ", ".join(sorted(settings.channels)) or "chưa có kênh nào"
        raise click.ClickException(f"Không có kênh {name}. Các kênh đã đặt: {known}")
    if not _guest(settings, official, channel, name):
        raise click.ClickException(f"Đang chạy thử và {who} không có trong trial.guests: không gửi.")
    from apprise import Apprise

    spare_loopback(os.environ)
    sender = Apprise()
    added = sender.add(address.get_secret_value())
    text = _test_sentence(settings)
    if not added or not time_limit.within(SECONDS * 4, lambda: sender.notify(body=text)):
        raise click.ClickException(f"Kênh {name} không nhận tin thử; kiểm tra địa chỉ và quyền của kênh.")
    return f"Đã gửi tin thử qua kênh {name}; hãy hỏi người nhận xem đã thấy chưa."


def _test_sentence(settings: Settings) -> str:
    return TEST_SENTENCE.format(name=settings.office.hotline_name)


def _guest(settings: Settings, official: str, channel: str, name: str) -> bool:
    guests = settings.guests
    if not guests.limited or guests.channel(official, channel, ()):
        return True
    named = (guest.partition("/") for guest in settings.trial.guests if "/" in guest)
    return any(variable(person, by) == name for person, _, by in named)
