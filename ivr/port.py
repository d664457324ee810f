"""Whether the port a server is to listen on can be had, and what to do when it cannot."""

from __future__ import annotations

import errno
import socket
import sys

import click

from logbook.trouble import reason


def demand_port(host: str, port: int) -> None:
    """Raise ClickException, with the way out, when nothing could listen on `host` and `port` now."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        raise click.ClickException(_said(host, port, problem)) from problem


def _said(host: str, port: int, problem: OSError) -> str:
    other = port + 1 if 1024 <= port < 65535 else 8000
    if isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL:
        return f"Không lắng nghe được ở {host}: máy này không có tên hoặc địa chỉ đó; hãy sửa TONGDAI_HOST."
    if problem.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Không mở được cổng {port}: không có quyền (cổng dưới 1024 chỉ dành cho quản trị viên);"
            f" hãy chọn cổng khác: PORT={other} make run"
        )
    return (
        f"Không mở được cổng {port} ({reason(problem)}). Có chương trình khác đang dùng;"
        f" hãy dừng nó, hoặc chọn cổng khác: PORT={other} make run"
    )
