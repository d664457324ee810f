"""The primary is killed under calls and sends; the standby takes over, nothing of ours is restarted."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import text

from ivr.commands.check import check
from logbook.clock import put_to
from logbook.database.engine import Database
from tests.frozen import CONFIG
from tests.journeys.faults.runners import MORNING, Office, office_of
from tests.journeys.faults.server_pair import ServerPair, server_pair
from tests.journeys.faults.several_workers import Heard, Workers, begin_calls, end_calls, workers_of
from tests.journeys.faults.test_database_restart import broken_histories
from tests.journeys.faults.test_kill import Ledger, house_of, verdict
from tests.journeys.faults.test_two_runners import is_cut_off_copy
from tests.journeys.faults.test_two_runners import verdict as verdict_on_sending
from tests.suite.waiting import until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and a standby's programs are of POSIX"),
]
CALLERS = 8
AWAY = 3.0
"""Seconds until somebody, or something, promotes the standby."""
RECOVERY = 5.0
"""Seconds after the promotion within which a call is answered and news is sent."""


@pytest.fixture
def pair() -> Iterator[ServerPair]:
    with server_pair() as made:
        yield made


@pytest.fixture
def database(pair: ServerPair, now: datetime) -> Iterator[Database]:
    with closing(Database(pair.address)) as made:
        made.upgrade(now)
        yield made


def said_of_servers(pair: ServerPair, folder: Path) -> str:
    """What `tongdai check` says of the servers."""
    told = {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(folder),
        "TONGDAI_DATABASE_URL": pair.address,
    }
    said = CliRunner().invoke(check, ["--offline"], env=told).output
    return "\n".join(line for line in said.splitlines() if "áy chủ" in line)


def lose_the_primary(pair: ServerPair, ledger: Ledger, office: Office) -> tuple[float, float]:
    """Seconds from the kill, and from the end of the promotion, until a call is answered and news sent."""
    pair.primary.kill()
    killed = time.monotonic()
    time.sleep(AWAY)
    pair.standby.promote()
    promoted, answered, seen = time.monotonic(), ledger.acknowledged, office.posts
    office.file(500, fresh=0, conflicts=0, late=0, news=5)
    assert until(lambda: ledger.acknowledged > answered and office.posts > seen)
    return time.monotonic() - killed, time.monotonic() - promoted


@pytest.mark.row("F-12")
@pytest.mark.row("F-20")
def test_a_killed_primary_costs_callers_a_pause_and_nobody_a_case(
    pair: ServerPair, database: Database, tmp_path: Path
) -> None:
    """Two telephones, two schedulers, eight callers; the figures are printed with -s."""
    ledger, heard, ending = Ledger(), Heard(), threading.Event()
    assert "nhận ghi, 1 máy dự phòng đang theo, đồng bộ" in said_of_servers(pair, tmp_path)
    line = workers_of(pair.address, tmp_path / "line", 2, TONGDAI_NOW=put_to(MORNING))
    with office_of(database, tmp_path) as office, line as workers:
        office.file(0, fresh=2, conflicts=1, late=0, news=10)
        office.start(1, 2)
        assert until(lambda: office.posts > 0)
        citizens = begin_calls(workers, ledger, ending, CALLERS, heard)
        assert until(lambda: len(ledger.finished) >= CALLERS)
        since_kill, since_promotion = lose_the_primary(pair, ledger, office)
        before = len(ledger.finished)
        assert until(lambda: len(ledger.finished) >= before + CALLERS)
        end_calls(citizens, ending)
        office.settle(3)
        assert until(lambda: office.owed() == 0)
        sending = verdict_on_sending(office)
        held = [office.holder() in (1, 2)]
    found = verdict(pair.address, ledger) | {"broken history": broken_histories(database)}
    print(f"pause {since_kill:.1f} s, {since_promotion:.1f} s of it after the promotion;", heard)
    print(
        ledger.acknowledged,
        "acknowledged,",
        len(ledger.finished),
        "calls,",
        len(office.provider.taken),
        "sent",
    )
    assert set(found.values()) == {0}, (found, ledger.troubles, ledger.other_answers)
    sending.pop("steps")  # the hour of the last one has not come
    sending["faults"] = [line for line in sending["faults"] if not is_cut_off_copy(line)]
    assert {what: found for what, found in sending.items() if found} == {}
    assert (heard.goodbyes, heard.apologies > 0, ledger.faults, held) == (0, True, [], [True])
    assert since_promotion <= RECOVERY + AWAY
    said = said_of_servers(pair, tmp_path)
    assert "không kết nối được" in said or "Không dùng được cơ sở dữ liệu" in said
    assert "nhận ghi, 0 máy dự phòng đang theo" in said


@contextmanager
def served(pair: ServerPair, folder: Path) -> Iterator[Workers]:
    """Everything in one place, as `tongdai serve` runs it."""
    folder.mkdir()
    command = (sys.executable, "-m", "ivr", "serve")
    with house_of(command, pair.address, folder, TONGDAI_NOW=put_to(MORNING)) as house:
        yield Workers([house])


def status(workers: Workers, path: str) -> int:
    try:
        return requests.get(workers.next_url() + path, timeout=15).status_code
    except requests.RequestException:
        return 0


@pytest.mark.row("F-12")
def test_a_whole_office_goes_on_by_itself_when_its_primary_is_killed(
    pair: ServerPair, database: Database, tmp_path: Path
) -> None:
    with served(pair, tmp_path / "office") as workers:
        assert until(lambda: status(workers, "/readyz") == 200)
        assert until(lambda: status(workers, "/readyz/clock") == 200)
        pair.primary.kill()
        assert until(lambda: status(workers, "/readyz") == 503)
        pair.standby.promote()
        for path in ("/readyz", "/readyz/clock", "/console", "/"):
            assert until(lambda path=path: status(workers, path) == 200), path  # type: ignore[misc]
        with database.reading() as conn:
            assert conn.execute(text("SELECT count(*) FROM leases WHERE until > now()")).scalar_one() >= 1
