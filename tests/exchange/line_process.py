"""The own line as a process of its own, with the voice of the tests: it is killed like any other."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ivr.gateway import service
from ivr.gateway.conversation import Conversation
from logbook.installation import open_installation
from logbook.process.logs import configure_logs
from logbook.settings.loading import load_settings
from tests.exchange.voice import speak


def die_before_recording(dies: Path) -> None:
    """Kill this process when a recording is to begin, once, while `dies` is there."""
    begin = Conversation.begin

    def begin_or_die(self: Conversation, command: str) -> None:
        if command.startswith("RECORD FILE") and dies.exists():
            dies.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        begin(self, command)

    Conversation.begin = begin_or_die  # type: ignore[method-assign]


def main() -> None:
    settings = load_settings()

    def noted(text: str, language: str) -> bytes:
        with (settings.data_folder.parent / "spoken").open("a", encoding="utf-8") as out:
            out.write(f"{language} {' '.join(text.split())}\n")
        return speak(text, language)

    die_before_recording(settings.data_folder.parent / "die-before-recording")
    configure_logs("production")
    exchange = settings.line.own
    if exchange is None:
        sys.exit("no own line")
    opened = service.open_line(open_installation(settings), exchange, settings.public_url, noted)
    service.run(opened)


if __name__ == "__main__":
    main()
