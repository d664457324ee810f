"""The line is started before its PostgreSQL: callers hear the apology, and it comes up by itself (F-21)."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from ivr.running import prepare
from logbook.clock import put_to
from logbook.database.engine import Database
from tests.journeys.faults.runners import MORNING
from tests.journeys.faults.test_kill import HOTLINE, house_of
from tests.journeys.faults.test_processes import call, get
from tests.postgresql import Cluster, cluster, programs
from tests.suite.waiting import until
from tests.unavailable import unavailable

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="pg_ctl and sockets are of POSIX"),
]
WITHIN = 30.0
"""Seconds after which a line is back once its database is (F-21)."""


@pytest.fixture
def own_server() -> Iterator[Cluster]:
    with cluster(programs() or unavailable("no PostgreSQL on this machine (initdb not found)")) as made:
        yield made


@pytest.mark.row("S5")
@pytest.mark.row("F-21")
def test_a_line_started_before_its_database_apologises_and_comes_up_by_itself(
    own_server: Cluster, tmp_path: Path, now: datetime
) -> None:
    url = own_server.url.render_as_string(hide_password=False)
    with closing(Database(url)) as database:
        database.upgrade(now)
    with house_of(HOTLINE, url, tmp_path, TONGDAI_NOW=put_to(MORNING)) as house:
        house.kill()
        own_server.stop()
        house.start()
        assert not call(house)[0]
        assert get(house, "/healthz")[0] == 200
        assert get(house, "/readyz")[0] == 503
        own_server.start()
        assert until(lambda: call(house)[0])
        assert get(house, "/readyz")[0] == 200
    assert prepare.AGAIN_SECONDS + prepare.FIRST_TRY_SECONDS < WITHIN, "however busy this machine is"
