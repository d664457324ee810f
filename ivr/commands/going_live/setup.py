"""`tongdai setup`: a commune from nothing, in the terminal or in the browser of this machine."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click

from ivr.running.own_name import own_name

LEAVES_AFTER = 3600.0
"""Seconds after which a page nobody finished closes by itself."""


@click.command(help="Cài đặt tổng đài cho một xã, phường mới: hỏi, ghi config.yaml, tạo sổ và quản trị viên.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Thư mục cài đặt, còn trống.")
@click.option("--web", is_flag=True, help="Hỏi trong trình duyệt của máy này thay vì ở đây.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Cổng của trang cài đặt.")
def setup(*, folder: Path, web: bool, port: int) -> None:
    """Ask, install, say what next; exit 1 where something is installed already."""
    from ivr.commands.setting_up.installing import NotEmptyError, demand_empty

    try:
        demand_empty(folder)
        made, sample = _in_browser(folder, port) if web else _in_terminal(folder)
    except NotEmptyError as there:
        raise click.ClickException(
            f"Đã có {there}: chỉ cài vào thư mục trống. Chọn thư mục khác bằng --folder, hoặc sửa tệp đó."
        ) from None
    if made is not None and sample:
        _open_sample(made)


def _in_terminal(folder: Path) -> tuple[Path | None, bool]:
    from ivr.commands.setting_up.installing import install
    from ivr.commands.setting_up.terminal import ask
    from logbook.accounts.accounts import AccountRefusedError
    from logbook.texts.catalogue import load_texts

    words = load_texts()["vi"]
    answers = ask(words)
    try:
        made = install(folder, answers)
    except AccountRefusedError as refused:
        raise click.ClickException(words.sentence(refused.args[0])) from None
    address, program = f"{made.settings.public_url}/console", own_name(made.folder)
    for line in (
        words.sentence("setup_done"),
        words.sentence("setup_done_where", {"folder": str(made.folder)}),
        f"{words.sentence('setup_done_start')}  cd {made.folder} && {program} serve",
        words.sentence("setup_done_sign_in", {"login": made.login, "address": address}),
        f"{words.sentence('setup_done_check')}  {program} check",
        f"{words.sentence('setup_done_look')}  {program} --env-file xem-thu.env serve --sample",
    ):
        click.echo(line)
    return made.folder, click.confirm("Xem thử bằng tháng mẫu ngay bây giờ?", default=False)


def _in_browser(folder: Path, port: int) -> tuple[Path | None, bool]:
    from werkzeug.serving import WSGIRequestHandler, make_server

    from ivr.commands.setting_up.pages import SetupPages
    from logbook.clock import Clock

    class Quiet(WSGIRequestHandler):
        """Writes no log: the link would stand in it."""

        def log(self, *_: object) -> None:
            """Nothing."""

    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    pages = SetupPages(folder, port)
    server = make_server(
        "127.0.0.1", port, pages.app, threaded=True, request_handler=Quiet, fd=listener.fileno()
    )
    server.timeout = 1.0
    click.echo("Mở địa chỉ sau trong trình duyệt của máy này (chỉ dùng được một lần):")
    click.echo(f"  http://127.0.0.1:{port}/begin/{pages.link}")
    click.echo("Máy chủ không có màn hình: từ máy của mình chạy trước lệnh")
    click.echo(f"  ssh -L {port}:127.0.0.1:{port} TÀI-KHOẢN@MÁY-CHỦ")
    sys.stdout.flush()
    clock = Clock()
    until = clock.monotonic() + LEAVES_AFTER
    try:
        while not pages.done and clock.monotonic() < until:
            server.handle_request()
    finally:
        server.server_close()
        listener.close()
    if pages.made is None:
        raise click.ClickException("Trang cài đặt đã đóng vì lâu không dùng; chưa ghi gì cả.")
    click.echo(
        f"Đã cài đặt vào {pages.made.folder}. Khởi động ở thư mục đó: {own_name(pages.made.folder)} serve"
    )
    return pages.made.folder, pages.sample


def _open_sample(folder: Path) -> None:
    """Go on as the program with the sample month, with nothing of this process's settings."""
    from ivr.commands.setting_up.installing import LOOK

    os.chdir(folder)
    command = [sys.executable, "-m", "ivr", "--env-file", LOOK, "serve", "--sample"]
    sys.stdout.flush()
    if sys.platform == "win32":
        import subprocess

        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(sys.executable, command)  # noqa: S606 (our own interpreter, nothing from outside)
