"""One office with a line of its own for all calls of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.embedded_office import EmbeddedOffice
from tests.exchange.equipment import ExchangeOffice

QUICK: dict[str, Any] = {
    "duty__shortest_talk_seconds": 2,
    "duty__key_to_accept": True,
    "duty__ring_seconds": 5,
    "complaint__silence_seconds": 3,
}
"""Settings under which calls do not last longer than they must."""


@contextmanager
def running(kind: type[ExchangeOffice], folder: Path, **changes: Any) -> Iterator[ExchangeOffice]:
    """An office of that kind, ready for calls."""
    office = kind(folder, **{**QUICK, **changes})
    try:
        office.start()
        office.wait_for_line()
        yield office
    finally:
        office.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeOffice]:
    with running(ExchangeOffice, tmp_path_factory.mktemp("exchange")) as office:
        yield office


@pytest.fixture(scope="module", params=[ExchangeOffice, EmbeddedOffice], ids=["asterisk", "embedded"])
def office_on_either_line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExchangeOffice]:
    with running(request.param, tmp_path_factory.mktemp("office")) as office:
        yield office
