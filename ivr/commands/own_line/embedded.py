"""`tongdai line` where this program speaks SIP itself: run it, check it, try it."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import click

from ivr.commands.own_line.systemd import tell_systemd
from logbook import phone_numbers

if TYPE_CHECKING:
    from logbook.settings.loading import Settings
    from logbook.settings.own_line import AsteriskPart

PICKS_UP = 30.0
"""How long whoever picked up may listen to the goodbye, in seconds."""
TEXTS = {
    "listens": "Đường dây sẵn sàng: SIP ở {address}:{port}, nối với {host}. Ctrl-C để dừng.",
    "not run": "lỗi: đường dây không chạy; hãy chạy: tongdai line run",
    "silent": "lỗi: đường dây không báo tin từ {since}; hãy chạy lại: tongdai line run",
    "unregistered": "lỗi: chưa nối được với {host}; không ai gọi đến được.",
    "registered": "Đã nối với {host}; đang có {calls} cuộc gọi.",
    "limits": (
        "Chương trình tự mang cuộc gọi (embedded). Giới hạn:\n"
        "  - nhiều nhất {most} cuộc gọi cùng lúc;\n"
        "  - tongdai line run dừng thì cuộc gọi đang nói dừng theo, số máy im cho đến khi nó chạy lại "
        "(lời đã ghi âm không mất); cần hơn thì dùng Asterisk;\n"
        "  - SIP và tiếng không mã hóa: chỉ dùng trong mạng của cơ quan, không qua internet;\n"
        "  - điện thoại SIP không đăng ký vào đây được; cán bộ được gọi qua {host}."
    ),
    "one line": "cảnh báo: chỉ có một đường: khi tổng đài gọi đi, người gọi đến gặp máy bận.",
    "rings": "Đang gọi {number} …",
    "completed": "Có người nhấc máy. Đường dây gọi đi được.",
    "busy": "Máy bận.",
    "no-answer": "Không ai nhấc máy.",
    "failed": "lỗi: {host} không nhận cuộc gọi; hãy xem tên, mật khẩu, số máy và nhật ký của đường dây.",
    "refused": "lỗi: đường dây không gọi số này ({reason}).",
    "port": "Không mở được {address}:{port}: {reason}. Có lẽ tongdai line run đang chạy rồi.",
}


def run(settings: Settings, own: AsteriskPart) -> None:
    """Carry calls in this process until it is told to end."""
    from ivr.embedded import embedded_service
    from logbook.installation import open_installation

    office = open_installation(settings)
    try:
        service = embedded_service.open_embedded(office, own, hotline_url(settings))
    except OSError as error:
        said = TEXTS["port"].format(address=own.local_address, port=own.sip_port, reason=error)
        raise click.ClickException(said) from error
    ended = threading.Event()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: ended.set())
    host = own.trunk.host
    click.echo(TEXTS["listens"].format(address=own.local_address, port=own.sip_port, host=host))
    tell_systemd("READY=1")
    try:
        embedded_service.run(service, ended, lambda: tell_systemd("WATCHDOG=1"))
    except OSError as error:
        said = TEXTS["port"].format(address="127.0.0.1", port=own.api_port, reason=error)
        raise click.ClickException(said) from error
    finally:
        office.database.close()


def check(settings: Settings, own: AsteriskPart) -> None:
    """Say how the line stands, as its process last wrote, and what it cannot do."""
    from ivr.embedded.embedded_calls import MOST_CALLS
    from logbook.clock import Clock, local
    from logbook.database.shared_clock import shared_now
    from logbook.installation import open_installation
    from logbook.sending import own_line_state

    click.echo(TEXTS["limits"].format(most=min(MOST_CALLS, own.trunk.lines), host=own.trunk.host))
    if own.trunk.lines == 1:
        click.echo(TEXTS["one line"])
    office = open_installation(settings)
    try:
        with office.database.reading() as conn:
            here = office.database.at_head()
            state, now = own_line_state.read(conn) if here else None, shared_now(conn, Clock())
    finally:
        office.database.close()
    if state is None:
        raise click.ClickException(TEXTS["not run"])
    if state.is_silent(now):
        raise click.ClickException(TEXTS["silent"].format(since=f"{local(state.at):%H:%M %d/%m/%Y}"))
    if not state.registered:
        raise click.ClickException(TEXTS["unregistered"].format(host=own.trunk.host))
    click.echo(TEXTS["registered"].format(host=own.trunk.host, calls=state.calls))


def test(settings: Settings, own: AsteriskPart, number: str) -> None:
    """Have the running line ring a number of the settings, and say what came of it."""
    from ivr.gateway.whom import NotToBeRungError, WhomToRing
    from logbook.provider import ProviderError, telephone_of

    try:
        WhomToRing(settings, own, lambda _: False).endpoint(number)
    except NotToBeRungError as refused:
        raise click.ClickException(TEXTS["refused"].format(reason=refused)) from refused
    click.echo(TEXTS["rings"].format(number=number))
    telephone, seconds = telephone_of(settings), settings.duty.ring_seconds
    try:
        sid = telephone.ring(
            to=phone_numbers.callable_in_vietnam(number) or number,
            caller_id=settings.line.number,
            answer_url=f"{settings.public_url}/ivr/goodbye",
            status_url=f"{settings.public_url}/ivr/status",
            seconds=seconds,
        )
        by = time.monotonic() + 2 * seconds + PICKS_UP
        while not (found := telephone.state(sid)).over and time.monotonic() < by:
            time.sleep(0.5)
    except ProviderError as trouble:
        raise click.ClickException(TEXTS["not run"]) from trouble
    if found.status not in ("completed", "busy", "no-answer"):
        raise click.ClickException(TEXTS["failed"].format(host=own.trunk.host))
    click.echo(TEXTS[found.status])


def hotline_url(settings: Settings) -> str:
    """Where the hotline answers on this machine."""
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0", "::") else settings.host  # noqa: S104 - compared
    return settings.local_url or f"http://{host}:{settings.port}"
