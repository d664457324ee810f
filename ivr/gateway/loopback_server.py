"""An application on a loopback port of this process, for as long as whoever serves it wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def serve_on_loopback(
    application: WSGIApplication, port: int, *, threads: int, name: str
) -> Callable[[], None]:
    """Answer requests in threads of their own; return what ends it (OSError where the port is taken).

    What ends it gives requests that go on a second and returns when nothing listens any more.
    """
    from waitress import wasyncore
    from waitress.server import create_server

    sockets: dict[int, Any] = {}
    server = create_server(application, map=sockets, host="127.0.0.1", port=port, threads=threads, ident=None)
    loop = threading.Thread(target=server.run, name=name, daemon=True)
    loop.start()

    def end() -> None:
        server.task_dispatcher.shutdown(timeout=1)
        # only the loop may close what it selects on; anybody else would race with its next select
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        loop.join()

    return end
