"""Tells systemd that a process is ready and alive."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def tell_systemd(news: str) -> None:
    """Tell systemd that the line is ready, or still alive; nothing where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        ear.sendall(news.encode())
