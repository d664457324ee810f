"""After an upgrade of the program every office's book is brought up to date, and one bad book stops none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from ivr.offices import upkeep
from logbook.database import schema
from logbook.database.engine import Database
from logbook.database_address import of_file
from tests.ivr.offices.house import ENVIRON, Province
from tests.logbook.offices.made import PROVINCE, make_installation

SHARED = PROVINCE.removeprefix("https://")


@pytest.mark.parametrize("offices", [3, pytest.param(65, marks=pytest.mark.proof)])
def test_old_books_are_upgraded_and_the_corrupt_one_is_named_before_anybody_asks_for_it(
    offices: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAUSE_SECONDS", 0.0)
    old = tmp_path / "old.db"
    with closing(Database(of_file(old))) as database, database.writing() as conn:
        command.upgrade(schema.config(conn), sorted(schema.known())[-3])
    codes = [str(22500 + number) for number in range(offices)]
    corrupt, *whole = codes
    folder = make_installation(tmp_path / "i", codes, book=old)
    book = folder / "offices" / corrupt / "var" / "tongdai.db"
    book.write_bytes(b"no database at all" * 400)
    province = Province.of(folder, ["voice"])
    work = upkeep.Upkeep(province.register, province.cells, ENVIRON)
    assert work.look() == len(whole)
    stand = {code: _revision(folder / "offices" / code / "var" / "tongdai.db") for code in whole}
    assert set(stand.values()) == {schema.head()}, stand
    assert book.read_bytes() == b"no database at all" * 400
    answer = province.ask(SHARED, "/readyz").json
    assert answer is not None
    assert (answer["offices"], answer["shut"]) == (offices, [corrupt])
    province.caller(whole[-1]).press("4").press("5").hang_up()
    old.replace(book)
    assert work.look() == 1, "whoever mends the book is served, and the others are not worked on again"
    answer = province.ask(SHARED, "/readyz").json
    assert answer is not None
    assert answer["shut"] == []
    province.cells.close()


def _revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as raw:
        return str(raw.execute("SELECT version_num FROM alembic_version").fetchone()[0])
