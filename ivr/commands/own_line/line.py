"""`tongdai line`: the office's own line: run it, write the configuration of Asterisk, check it, try it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.own_line import embedded
from ivr.commands.own_line.demonstration import demo
from ivr.commands.own_line.systemd import tell_systemd

if TYPE_CHECKING:
    from logbook.settings.loading import Settings
    from logbook.settings.own_line import AsteriskPart

TEXTS = {
    "other": "config.yaml: line.carrier không phải là asterisk hay embedded; không có đường dây riêng.",
    "no files": "config.yaml: line.carrier là embedded; không có Asterisk nên không có tệp nào cần viết.",
    "listens": "Đường dây sẵn sàng; Asterisk vào ở cổng {port}. Ctrl-C để dừng.",
    "port": "Không mở được cổng {port}: {reason}. Có lẽ tongdai line run đang chạy rồi.",
    "written": "Đã ghi {count} tệp vào {folder}.",
    "sounds": "Đã làm {count} âm thanh dự phòng trong {folder}.",
    "no voice": "cảnh báo: chưa làm được âm thanh ({reason}); hãy cài phần [voice].",
    "differs": "khác: {name}",
    "same": "Cấu hình Asterisk đúng như config.yaml.",
    "silent": "lỗi: không hỏi được Asterisk ở cổng {port} ({reason}); nó có đang chạy không?",
    "unregistered": "lỗi: chưa nối được với nhà mạng {host}; không ai gọi đến được.",
    "registered": "Đã nối với nhà mạng {host}; đang có {calls} cuộc gọi.",
    "phone off": "cảnh báo: điện thoại {name} chưa đăng ký.",
    "phone on": "Điện thoại {name} đã đăng ký.",
    "modules": "lỗi: Asterisk thiếu các mô-đun: {names}",
    "one line": "cảnh báo: chỉ có một đường: khi tổng đài gọi đi, người gọi đến gặp máy bận.",
    "rings": "Đang gọi {number} …",
    "answered": "Có người nhấc máy. Đường dây gọi đi được.",
    "busy": "Máy bận.",
    "no-answer": "Không ai nhấc máy.",
    "failed": "lỗi: nhà mạng không nhận cuộc gọi; hãy xem tên, mật khẩu, số máy và nhật ký của Asterisk.",
    "refused": "lỗi: đường dây không gọi số này ({reason}).",
}


@click.group("line")
def line() -> None:
    """Đường dây riêng của cơ quan, qua Asterisk hay tự nói SIP."""


line.add_command(demo)


def _settings() -> tuple[Settings, AsteriskPart]:
    from logbook.settings.loading import load_settings

    settings = load_settings()
    if settings.line.own is None:
        raise click.ClickException(TEXTS["other"])
    return settings, settings.line.own


@line.command()
def run() -> None:
    """Mang các cuộc gọi của đường dây riêng."""
    from ivr.gateway import service
    from logbook.installation import open_installation
    from logbook.process.logs import configure_logs

    settings, exchange = _settings()
    configure_logs(settings.mode)
    if settings.line.is_embedded:
        embedded.run(settings, exchange)
        return
    office = open_installation(settings)
    try:
        opened = service.open_line(office, exchange, embedded.hotline_url(settings))
    except OSError as error:
        raise click.ClickException(TEXTS["port"].format(port=exchange.agi_port, reason=error)) from error
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: opened.doors.end())
    click.echo(TEXTS["listens"].format(port=opened.doors.port))
    tell_systemd("READY=1")
    service.run(opened, lambda: tell_systemd("WATCHDOG=1"))
    office.database.close()


@line.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Thư mục cấu hình của Asterisk.")
@click.option("--diff", is_flag=True, help="Chỉ nói tệp nào khác với config.yaml.")
@click.option("--units", is_flag=True, help="In các đơn vị systemd.")
@click.option("--passwords", is_flag=True, help="In mật khẩu của các điện thoại SIP.")
def config(folder: Path | None, diff: bool, units: bool, passwords: bool) -> None:
    """Viết cấu hình Asterisk từ config.yaml; cùng một config.yaml cho cùng các tệp."""
    from ivr.gateway import exchange_files
    from ivr.gateway import units as unit_files
    from ivr.gateway.doors import derived
    from ivr.gateway.whom import telephone_name

    settings, exchange = _settings()
    if settings.line.is_embedded and not units:
        raise click.ClickException(TEXTS["no files"])
    if units:
        click.echo(unit_files.printed(settings))
        return
    if passwords:
        secret = settings.secret_key.get_secret_value()
        for identity in exchange.telephones:
            word = derived(secret, f"telephone:{identity}", 20)
            click.echo(
                f"{telephone_name(identity)}\t{word}\tsip:{exchange.local_address}:{exchange.sip_port}"
            )
        return
    target = folder or Path(exchange_files.ExchangePlaces().config)
    files = generated(settings, exchange, target)
    if diff:
        different = exchange_files.differences(files, target)
        for name in different:
            click.echo(TEXTS["differs"].format(name=target / name))
        if different:
            raise SystemExit(1)
        click.echo(TEXTS["same"])
        return
    write(files, target)
    click.echo(TEXTS["written"].format(count=len(files), folder=target))
    _make_sounds(settings)


def generated(settings: Settings, exchange: AsteriskPart, target: Path) -> dict[str, str]:
    """Every file of the configuration; modules are looked for where Debian's releases put them."""
    from ivr.gateway import exchange_files, fallback
    from logbook.calendar.of_settings import working_times
    from logbook.clock import Clock, local

    calendar = fallback.calendar(working_times(settings), local(Clock(settings.starts_at).now()).date())
    candidates = [*sorted(Path("/usr/lib").glob("*/asterisk/modules")), Path("/usr/lib/asterisk/modules")]
    modules = next((str(one) for one in candidates if one.is_dir()), exchange_files.ExchangePlaces().modules)
    places = exchange_files.ExchangePlaces(config=str(target), modules=modules)
    return exchange_files.generate(settings, exchange, calendar, places)


def write(files: dict[str, str], target: Path) -> None:
    """Write the files so that nobody but their owner and group reads the passwords in them (OSError)."""
    target.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = target / name
        with os.fdopen(
            os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o640), "w", encoding="utf-8"
        ) as out:
            out.write(text)


def _make_sounds(settings: Settings) -> None:
    from ivr.gateway import fallback
    from ivr.gateway.folders import LineFolders
    from ivr.gateway.sounds import NoSpeechError, SoundStore, speech_of
    from logbook.installation import open_installation

    office, folders = open_installation(settings), LineFolders(settings.data_folder)
    folders.make()
    try:
        store = SoundStore(folders.sounds, *speech_of(office.voice))
        made = fallback.write_sounds(store, settings, office.texts[settings.line.language])
    except NoSpeechError as trouble:
        click.echo(TEXTS["no voice"].format(reason=trouble), err=True)
        return
    finally:
        office.voice.close()
        office.database.close()
    click.echo(TEXTS["sounds"].format(count=len(made), folder=folders.sounds))


@line.command()
def check() -> None:
    """Đã nối với nhà mạng chưa, điện thoại nào đã đăng ký, thiếu gì, giới hạn gì."""
    from ivr.gateway import status
    from ivr.gateway.ami import Manager
    from ivr.gateway.doors import derived
    from ivr.gateway.whom import telephone_name

    settings, exchange = _settings()
    if settings.line.is_embedded:
        embedded.check(settings, exchange)
        return
    manager = Manager(exchange.manager_port, derived(settings.secret_key.get_secret_value(), "manager", 32))
    found = status.ask(manager)
    if not found.answers:
        raise click.ClickException(TEXTS["silent"].format(port=exchange.manager_port, reason="AMI"))
    if exchange.trunk.lines == 1:
        click.echo(TEXTS["one line"])
    for identity in exchange.telephones:
        name = telephone_name(identity)
        click.echo(TEXTS["phone on" if name in found.telephones else "phone off"].format(name=name))
    if not found.registered:
        raise click.ClickException(TEXTS["unregistered"].format(host=exchange.trunk.host))
    click.echo(TEXTS["registered"].format(host=exchange.trunk.host, calls=found.calls))


@line.command()
@click.argument("number")
def test(number: str) -> None:
    """Gọi thử một số của config.yaml và nói vì sao không được."""
    from ivr.gateway.ami import Manager, ManagerError
    from ivr.gateway.doors import derived
    from ivr.gateway.whom import NotToBeRungError, WhomToRing

    settings, exchange = _settings()
    if settings.line.is_embedded:
        embedded.test(settings, exchange, number)
        return
    try:
        endpoint = WhomToRing(settings, exchange, lambda _: False).endpoint(number)
    except NotToBeRungError as refused:
        raise click.ClickException(TEXTS["refused"].format(reason=refused)) from refused
    manager = Manager(exchange.manager_port, derived(settings.secret_key.get_secret_value(), "manager", 32))
    click.echo(TEXTS["rings"].format(number=number))
    try:
        ended = manager.ring(endpoint.name, "0" * 32, settings.line.number, settings.duty.ring_seconds)
    except ManagerError as trouble:
        raise click.ClickException(
            TEXTS["silent"].format(port=exchange.manager_port, reason=trouble)
        ) from trouble
    if ended == "failed":
        raise click.ClickException(TEXTS["failed"])
    click.echo(TEXTS[ended])
