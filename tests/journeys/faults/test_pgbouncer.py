"""Telephone, scheduler and pages work through PgBouncer in session mode; transaction mode is found out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import closing
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
from tests.journeys.faults.pgbouncer import PgBouncer, pgbouncer_before
from tests.journeys.faults.runners import MORNING, office_of
from tests.journeys.faults.several_workers import Heard, begin_calls, end_calls, workers_of
from tests.journeys.faults.test_database_restart import broken_histories, text_of
from tests.journeys.faults.test_kill import Ledger, house_of, verdict
from tests.journeys.faults.test_two_runners import is_cut_off_copy
from tests.journeys.faults.test_two_runners import verdict as verdict_on_sending
from tests.postgresql import cluster, programs
from tests.suite.waiting import until
from tests.unavailable import unavailable

pytestmark = [
    pytest.mark.alone,
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="PgBouncer and kill -9 are of POSIX"),
]
CALLERS, CALLS = 6, 18
WEB = (sys.executable, "-m", "ivr", "web")
_LIMITS = text("SELECT current_setting('timezone'), current_setting('statement_timeout')")


@pytest.fixture
def between() -> Iterator[PgBouncer]:
    found = programs() or unavailable("no PostgreSQL on this machine (initdb not found)")
    with cluster(found) as server, pgbouncer_before(server) as made:
        yield made


@pytest.fixture
def database(between: PgBouncer, now: datetime) -> Iterator[Database]:
    """The tables are made over a direct connection, as the guide says."""
    with closing(Database(text_of(between.server.url))) as direct:
        direct.upgrade(now)
    with closing(Database(between.address)) as made:
        yield made


def said_of_pgbouncer(between: PgBouncer, folder: Path) -> list[str]:
    """What `tongdai check` says of it."""
    told = {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(folder),
        "TONGDAI_DATABASE_URL": between.address,
    }
    said = CliRunner().invoke(check, ["--offline"], env=told).output
    assert "Sổ PostgreSQL: các bảng ở phiên bản" in said, said
    return [line for line in said.splitlines() if "PgBouncer" in line]


@pytest.mark.row("F-12")
def test_an_office_works_through_pgbouncer_in_session_mode_and_outlives_its_death(
    between: PgBouncer, database: Database, tmp_path: Path
) -> None:
    ledger, heard, ending = Ledger(), Heard(), threading.Event()
    with database.reading() as conn:
        assert tuple(conn.execute(_LIMITS).one()) == ("UTC", "8s")
    (tmp_path / "web").mkdir()
    line = workers_of(between.address, tmp_path / "line", 2, TONGDAI_NOW=put_to(MORNING))
    pages = house_of(WEB, between.address, tmp_path / "web", TONGDAI_NOW=put_to(MORNING))
    with office_of(database, tmp_path) as office, line as workers, pages as web:
        office.file(0, fresh=2, conflicts=1, late=0, news=6)
        office.start(1, 2)
        assert until(lambda: office.posts > 0)
        citizens = begin_calls(workers, ledger, ending, CALLERS, heard)
        assert until(lambda: len(ledger.finished) >= CALLERS)
        between.kill()
        between.start()
        assert until(lambda: len(ledger.finished) >= CALLS)
        assert until(lambda: requests.get(f"{web.url}/console", timeout=15).ok)
        end_calls(citizens, ending)
        office.settle(3)
        assert until(lambda: office.owed() == 0)
        sending = verdict_on_sending(office)
    found = verdict(between.address, ledger) | {"broken history": broken_histories(database)}
    print(ledger.acknowledged, "acknowledged,", len(ledger.finished), "calls", heard)
    assert set(found.values()) == {0}, (found, ledger.troubles, ledger.other_answers)
    sending.pop("steps")  # the hour of the last one has not come
    sending["faults"] = [line for line in sending["faults"] if not is_cut_off_copy(line)]
    assert {what: found for what, found in sending.items() if found} == {}
    assert (heard.goodbyes, ledger.faults) == (0, [])


@pytest.mark.row("F-12")
def test_check_names_a_pgbouncer_in_transaction_mode_and_says_nothing_of_one_in_session_mode(
    between: PgBouncer, database: Database, tmp_path: Path
) -> None:
    assert database.at_head()
    database.close()
    assert said_of_pgbouncer(between, tmp_path) == []
    between.kill()
    between.start("transaction")
    (said,) = said_of_pgbouncer(between, tmp_path)
    assert "PgBouncer không ở chế độ session" in said
