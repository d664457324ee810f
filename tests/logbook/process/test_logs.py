"""The first minute on a terminal: people read sentences, programs read JSON (N1)."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from logbook.process.logs import configure_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


@pytest.mark.row("N1")
@pytest.mark.parametrize("mode", ["demo", "trial"])
def test_on_a_terminal_a_warning_is_a_line_for_people_and_small_talk_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    terminal = at_a_terminal(monkeypatch)
    configure_logs(mode, least=20)  # type: ignore[arg-type]
    log = structlog.get_logger("scheduler")
    log.info("scheduler ticks")
    log.warning("not delivered", to="+84912345678", error="\x1b[2Jnát\nnữa")
    try:
        raise ValueError("hỏng")
    except ValueError:
        log.exception("tick failed")
    lines = terminal.getvalue().splitlines()
    assert len(lines) == 2
    assert "[cảnh báo] not delivered" in lines[0]
    assert "12345678" not in lines[0], "numbers are masked for people too"
    assert "\x1b" not in lines[0]
    assert lines[1].endswith("[lỗi] tick failed ValueError: hỏng")
    assert not any(line.startswith("{") for line in lines)


@pytest.mark.row("N1")
def test_production_and_whatever_is_no_terminal_read_json(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    configure_logs("production")
    structlog.get_logger("x").warning("a")
    assert json.loads(terminal.getvalue())["event"] == "a"
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    structlog.reset_defaults()
    configure_logs("demo")
    structlog.get_logger("x").warning("b")
    assert json.loads(pipe.getvalue())["event"] == "b"
