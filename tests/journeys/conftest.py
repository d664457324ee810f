"""What every journey starts from: the shipped configuration, an empty database, a Wednesday."""

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from logbook.database.engine import Database
from logbook.settings.loading import load_settings
from tests import frozen
from tests.caller import PUBLIC_URL
from tests.journeys.town import Town, Watch
from tests.people import WEDNESDAY


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the program logs during a journey, kept off the screen."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """The office of the shipped configuration, open on a Wednesday morning at ten past nine."""
    settings = load_settings(frozen.OFFICE)
    return Town(replace(settings, public_url=PUBLIC_URL, data_folder=tmp_path), database, Watch(WEDNESDAY))
