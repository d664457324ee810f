"""A peer on this machine that is never done: silent, or a byte now and then."""

import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.suite.waiting import PATIENCE

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
WAYS = {"says nothing": b"", "drips its head": b"H", "drips its body": HEAD}
"""What it sends at once; the silent one says nothing after that either."""
PAUSE = 0.02


@contextlib.contextmanager
def dripping(way: str) -> Iterator[int]:
    """A running peer at the port it yields."""
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(WAYS[way])
            while not over.wait(PAUSE):
                if WAYS[way]:
                    connection.sendall(b" " if WAYS[way] == HEAD else b"x")

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(PATIENCE)
