"""`tongdai serve` says where it is, however long it takes to come up."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from ivr.running import parts


@pytest.mark.row("N1")
@pytest.mark.parametrize(("comes_up", "said"), [((True, True), 1), ((False, True), 2)])
def test_address_and_accounts_are_told_in_time_and_after_a_long_start(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], comes_up: tuple[bool, ...], said: int
) -> None:
    answers = iter(comes_up)
    monkeypatch.setattr(parts, "answers", lambda *_: next(answers))
    monkeypatch.setattr(parts, "WELCOME", (sys.executable, "-c", "print('http://127.0.0.1:8080')"))
    house: Any = SimpleNamespace(ending=False)
    parts.greet(house, 8080, ())
    lines = capfd.readouterr().out.splitlines()
    assert (len(lines), lines[-1]) == (said, "http://127.0.0.1:8080")
