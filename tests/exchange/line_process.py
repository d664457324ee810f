"""The own line as a process of its own, with the voice of the tests: it is killed like any other."""

from __future__ import annotations

import sys

from ivr.gateway import service
from logbook.installation import open_installation
from logbook.process.logs import configure_logs
from logbook.settings.loading import load_settings
from tests.exchange.voice import speak


def main() -> None:
    settings = load_settings()
    configure_logs("production")
    exchange = settings.line.own
    if exchange is None:
        sys.exit("no own line")
    opened = service.open_line(open_installation(settings), exchange, settings.public_url, speak)
    service.run(opened)


if __name__ == "__main__":
    main()
