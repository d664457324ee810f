"""Several telephones' processes on one database, and callers whose requests go to each in turn."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from ivr.phone.document import parse
from logbook.settings.environment import DEMO_AUTH_TOKEN
from tests.journeys.faults.storm import encoded, sign, way_on
from tests.journeys.faults.test_kill import HOTLINE, Citizen, House, Ledger, house_of
from tests.suite.waiting import PATIENCE

PUBLIC = "http://tongdai.lan.example"
APOLOGY = 8.0
"""Seconds an apology takes to be spoken."""
BETWEEN_CALLS = 0.5
"""Seconds a caller waits before the next call, which bounds the load."""


@dataclass
class Workers:
    """The processes, and what stands before them: whoever asks is sent to the next one."""

    houses: list[House]
    turn: int = 0

    def next_url(self) -> str:
        """Where the next request goes: to each in turn, whether it lives or not."""
        self.turn += 1
        return self.houses[self.turn % len(self.houses)].url


@contextmanager
def workers_of(database_url: str, folder: Path, count: int, **more: str) -> Iterator[Workers]:
    """So many running telephones; `more` are variables of their environment."""
    folder.mkdir(exist_ok=True)
    told = {"TONGDAI_PUBLIC_URL": PUBLIC, **more}
    with ExitStack() as opened:
        yield Workers(
            [opened.enter_context(house_of(HOTLINE, database_url, folder, **told)) for _ in range(count)]
        )


@dataclass
class Heard:
    """What callers heard while the database was away."""

    apologies: int = 0
    goodbyes: int = 0
    gaps: list[float] = field(default_factory=list)
    """Seconds from the first apology in a row, or from the first request without an answer, to an answer."""


class RovingCitizen(Citizen):
    """Asks another worker each time, also when the same turn is asked again; listens to an apology's end."""

    def __init__(
        self, workers: Workers, ledger: Ledger, ending: threading.Event, seed: int, heard: Heard
    ) -> None:
        super().__init__(workers.houses[0], ledger, ending, seed)
        self._workers, self._heard = workers, heard
        self._since: float | None = None

    def _call(self) -> None:
        super()._call()
        self._ending.wait(BETWEEN_CALLS)

    def _ask(self, path: str, fields: dict[str, str]) -> str:
        if not path:
            self._heard.goodbyes += 1
            raise AssertionError("the line hung up")
        leads = way_on(parse(self._tell(path, fields), "text/xml"))
        if "again=" not in leads:
            if self._since is not None:
                self._heard.gaps.append(time.monotonic() - self._since)
            self._since = None
            return leads
        self._since = self._since or time.monotonic()
        self._heard.apologies += 1
        time.sleep(APOLOGY)
        return self._ask(leads, fields)

    def _until_answered(self, path: str, fields: dict[str, str]) -> bytes:
        headers = {
            "X-Twilio-Signature": sign(DEMO_AUTH_TOKEN, PUBLIC + path, fields),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        by = time.monotonic() + PATIENCE
        while time.monotonic() < by:
            url = self._workers.next_url() + path
            try:
                reply = self._session.post(url, data=encoded(fields), headers=headers, timeout=15)
                if reply.ok:
                    return reply.content
                self._ledger.faults.append(f"{reply.status_code} {path}")
            except requests.RequestException:
                self._ledger.cut += 1
            time.sleep(0.05)
        raise TimeoutError(path)


def begin_calls(
    workers: Workers, ledger: Ledger, ending: threading.Event, callers: int, heard: Heard
) -> list[RovingCitizen]:
    """So many callers, each calling again and again until the end."""
    chance = random.Random(callers)
    citizens = [
        RovingCitizen(workers, ledger, ending, chance.randint(1, 10_000), heard) for _ in range(callers)
    ]
    for citizen in citizens:
        citizen.start()
    return citizens


def end_calls(citizens: list[RovingCitizen], ending: threading.Event) -> None:
    """Every call that was begun comes to its end."""
    ending.set()
    for citizen in citizens:
        citizen.join(PATIENCE)
    assert not any(citizen.is_alive() for citizen in citizens)
