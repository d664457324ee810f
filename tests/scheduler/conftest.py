"""The outbox and the provider in front of which it stands, as tests of the sender ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from logbook.database.engine import Database
from tests.scheduler.fake_provider import Ledger, fake_provider
from tests.scheduler.outbox import Outbox, StandingClock, settings_with


@pytest.fixture
def provider() -> Iterator[Ledger]:
    with fake_provider() as ledger:
        yield ledger


@pytest.fixture
def outbox(database: Database, provider: Ledger, now: datetime) -> Outbox:
    clock = StandingClock(now)
    provider.now = clock.now
    return Outbox(database, clock, settings_with(), provider.url)
