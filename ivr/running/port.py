"""Finds out whether the port can be had, and explains what to do when it cannot."""

from __future__ import annotations

import errno
import socket
import time

from logbook.process.machine_errors import reason

BACKLOG = 1024
TAKEN_SECONDS = 2.0
"""How long a port may still be held by a process that is just ending."""


def open_port(host: str, port: int) -> socket.socket:
    """Listen at an address (port 0: any that is free); OSError when it cannot be had soon."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    by = time.monotonic() + TAKEN_SECONDS
    while True:
        try:
            return socket.create_server(address[:2], family=family, backlog=BACKLOG)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE or time.monotonic() > by:
                raise
            time.sleep(0.05)


def demand_port(host: str, port: int) -> socket.socket:
    """Listen on `host` and `port`; ClickException, with the way out, when that cannot be done now."""
    try:
        return open_port(host, port)
    except OSError as problem:
        import click  # the process that watches knows how to open a port, and no commands

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
