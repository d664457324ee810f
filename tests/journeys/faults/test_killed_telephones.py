"""The program is killed while somebody speaks into a browser: what they said is a ticket, once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from ivr.phone import sound
from ivr.softphone.pages import SAMPLE
from logbook.clock import put_to
from logbook.database.engine import Database
from logbook.database.tables import tickets
from tests.ivr.softphone.tab import PIECE, Tab
from tests.journeys.faults.runners import MORNING
from tests.journeys.faults.test_kill import House, house_of
from tests.suite.waiting import until

pytestmark = [pytest.mark.alone, pytest.mark.proof]
SERVE = (sys.executable, "-m", "ivr", "serve")
SPOKEN = sound.read((SAMPLE / "complaint.wav").read_bytes()).samples[: 4 * sound.RATE].tobytes()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database = f"sqlite:///{tmp_path}/logbook.db"
    with house_of(SERVE, database, tmp_path, TONGDAI_NOW=put_to(MORNING)) as built:
        yield built


def codes(folder: Path) -> list[str]:
    with closing(Database(f"sqlite:///{folder}/logbook.db")) as database, database.reading() as conn:
        return list(conn.execute(select(tickets.c.code)).scalars())


def test_the_program_is_killed_while_somebody_speaks_and_the_next_start_files_it(
    house: House, tmp_path: Path
) -> None:
    assert until(lambda: _opens(house))
    before = codes(tmp_path)  # the house has taken a call of its own
    phone = Tab(house.url)
    take = phone.call().press("2").press("1").press("1").next("record")["take"]
    for start in range(0, len(SPOKEN), PIECE):
        phone.voice(SPOKEN[start : start + PIECE], take=take, at=start // 2)
    house.kill()
    house.start()
    assert until(lambda: len(codes(tmp_path)) > len(before)), "the next start files what was said"
    assert until(lambda: not list((tmp_path / "phone" / "spoken").glob("*.wav")))
    with closing(Database(f"sqlite:///{tmp_path}/logbook.db")) as database, database.reading() as conn:
        spoken = conn.execute(text("SELECT seconds FROM recordings ORDER BY id DESC LIMIT 1")).scalar_one()
    assert spoken >= 3
    house.kill()
    house.start()
    with closing(Database(f"sqlite:///{tmp_path}/logbook.db")) as database, database.reading() as conn:
        assert conn.execute(text("SELECT COUNT(*) FROM recordings")).scalar_one() == len(before) + 1
    assert len(codes(tmp_path)) == len(before) + 1


def _opens(house: House) -> bool:
    try:
        Tab(house.url).close()
    except (AssertionError, OSError):
        return False
    return True
