"""The embedded line as a process of its own, with the voice of the tests: it is killed like any other."""

from __future__ import annotations

import signal
import sys
import threading

from ivr.embedded import embedded_service
from logbook.installation import open_installation
from logbook.process.logs import configure_logs
from logbook.settings.loading import load_settings
from tests.exchange.voice import speak


def main() -> None:
    settings = load_settings()
    configure_logs("production")
    own = settings.line.own
    if own is None:
        sys.exit("no own line")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    service = embedded_service.open_embedded(open_installation(settings), own, settings.public_url, speak)
    embedded_service.run(service, ended)


if __name__ == "__main__":
    main()
