"""One office with a line of its own for all calls of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.exchange.equipment import ExchangeOffice


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeOffice]:
    office = ExchangeOffice(
        tmp_path_factory.mktemp("exchange"), duty__shortest_talk_seconds=2, complaint__silence_seconds=3
    )
    try:
        office.start()
        office.wait_for_line()
        yield office
    finally:
        office.close()
