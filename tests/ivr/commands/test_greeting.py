"""`tongdai serve` says where it is, however long it takes to come up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ivr.commands import serve
from ivr.running import demonstration


@pytest.mark.row("N1")
@pytest.mark.parametrize(("comes_up", "said"), [((True, True), 1), ((False, True), 2)])
def test_address_and_accounts_are_told_in_time_and_after_a_long_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], comes_up: tuple[bool, ...], said: int
) -> None:
    answers = iter(comes_up)
    monkeypatch.setattr(serve, "_answers", lambda *_: next(answers))
    monkeypatch.setattr(demonstration, "welcome", lambda _, **_how: "http://127.0.0.1:8080")
    settings: Any = SimpleNamespace(port=8080)
    house: Any = SimpleNamespace(ending=False)
    serve._greet(settings, house, sample=False)
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[-1]) == (said, "http://127.0.0.1:8080")
