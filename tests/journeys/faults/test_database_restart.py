"""PostgreSQL crashes and returns while callers speak and the clock sends: nothing lost, nothing doubled."""

import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL

from ivr.phone.document import parse
from logbook.clock import put_to
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.tickets import history
from tests.journeys.faults.runners import MORNING, Office, office_of
from tests.journeys.faults.storm import way_on
from tests.journeys.faults.test_kill import CALLERS, HOTLINE, Citizen, House, Ledger, house_of, verdict
from tests.journeys.faults.test_two_runners import is_cut_off_copy
from tests.journeys.faults.test_two_runners import verdict as verdict_on_sending
from tests.postgresql import Cluster, cluster, programs
from tests.suite.waiting import PATIENCE, until
from tests.unavailable import unavailable

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="pg_ctl -m immediate and sockets are of POSIX"),
]
RESTARTS = 5
RECOVERY = 5.0
"""Seconds after which calls are answered and news is sent again (F-12), where nothing else is done."""


APOLOGY = 1.0
"""Seconds an apology takes to be spoken, here; a real one takes ten."""


BETWEEN_CALLS = 0.5
"""Seconds a caller waits before the next complaint, so that the sender keeps up with them."""


class HungUpError(Exception):
    """The line said goodbye after its third apology in a row."""


class Listener(Citizen):
    """Lets an apology be spoken before going on, and calls anew when the line has said goodbye."""

    def _call(self) -> None:
        with suppress(HungUpError):
            super()._call()
        self._ending.wait(BETWEEN_CALLS)

    def _ask(self, path: str, fields: dict[str, str]) -> str:
        if not path:
            raise HungUpError
        leads = way_on(parse(self._tell(path, fields), "text/xml"))
        if "again=" not in leads:
            return leads
        time.sleep(APOLOGY)
        return self._ask(leads, fields)


@pytest.fixture
def own_server() -> Iterator[Cluster]:
    """A server that nobody else works on."""
    with cluster(programs() or unavailable("no PostgreSQL on this machine (initdb not found)")) as made:
        yield made


@pytest.fixture
def own_database(own_server: Cluster, now: datetime) -> Iterator[Database]:
    with closing(Database(text_of(own_server.url))) as made:
        made.upgrade(now)
        yield made


def text_of(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def suffer(server: Cluster, ledger: Ledger, office: Office) -> list[float]:
    """Restart the server again and again; returns how long each time nobody was answered or notified."""
    chance, gaps = random.Random(12), []
    for number in range(RESTARTS):
        enough = ledger.acknowledged + chance.randint(5, 30)
        until(lambda enough=enough: ledger.acknowledged >= enough, 4)  # type: ignore[misc]
        server.restart()
        gaps.append(silence(ledger, office, number + 1))
    return gaps


def silence(ledger: Ledger, office: Office, number: int) -> float:
    """File some news; seconds until somebody was answered and somebody notified."""
    begun, answered, seen = time.monotonic(), ledger.acknowledged, office.posts
    office.file(100 * number, fresh=0, conflicts=0, late=0, news=3)
    assert until(lambda: ledger.acknowledged > answered and office.posts > seen)
    return time.monotonic() - begun


def speak_meanwhile(house: House, ledger: Ledger, ending: threading.Event) -> list[Listener]:
    citizens = [Listener(house, ledger, ending, 500 + number) for number in range(CALLERS)]
    for citizen in citizens:
        citizen.start()
    return citizens


def broken_histories(database: Database) -> int:
    """How many tickets that came by telephone have a broken history; those written by hand have none."""
    with database.reading() as conn:
        filed = conn.execute(select(tickets.c.id).where(tickets.c.call_id.is_not(None))).scalars().all()
        return sum(history.verify_ticket(conn, number) is not None for number in filed)


@pytest.mark.row("F-12")
@pytest.mark.row("F-23")
def test_a_database_that_crashes_and_comes_back_loses_nothing_and_doubles_nothing(
    own_server: Cluster, own_database: Database, tmp_path: Path
) -> None:
    ledger, ending, url = Ledger(), threading.Event(), text_of(own_database.url)
    (tmp_path / "line").mkdir()
    line = house_of(HOTLINE, url, tmp_path / "line", TONGDAI_NOW=put_to(MORNING))
    with office_of(own_database, tmp_path) as office, line as house:
        office.file(0, fresh=0, conflicts=0, late=0, news=10)
        office.start(1)
        assert until(lambda: office.posts > 0)
        citizens = speak_meanwhile(house, ledger, ending)
        usual = silence(ledger, office, RESTARTS + 1)
        gaps = suffer(own_server, ledger, office)
        ending.set()
        for citizen in citizens:
            citizen.join(PATIENCE)
        assert not any(citizen.is_alive() for citizen in citizens)
        office.settle(3)
        assert until(lambda: office.owed() == 0)
        sending = verdict_on_sending(office)
    found = verdict(url, ledger) | {"broken history": broken_histories(own_database)}
    assert set(found.values()) == {0}, (found, ledger.troubles, ledger.other_answers)
    sending.pop("steps")  # the hour of the last one has not come
    sending["faults"] = [line for line in sending["faults"] if not is_cut_off_copy(line)]
    assert {what: found for what, found in sending.items() if found} == {}
    assert len(ledger.finished) >= RESTARTS
    assert len(office.provider.taken) >= 10 + 3 * (RESTARTS + 1)
    assert statistics.median(gaps) <= RECOVERY + 3 * usual, (gaps, usual)
