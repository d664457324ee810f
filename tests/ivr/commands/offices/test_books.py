"""An office's book goes to PostgreSQL, between databases and back; nothing is lost, whatever goes wrong."""

from __future__ import annotations

import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, inspect, text, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from ivr.cli import tongdai
from ivr.commands.offices import moving
from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from ivr.samples import province as samples
from logbook.accounts import audit_log
from logbook.clock import Clock
from logbook.database import heartbeats
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import deliveries, journal, prompt_clips
from logbook.offices.environment import settings_of
from logbook.offices.register import read_offices
from tests.conftest import NOW, address_of, new_database
from tests.ivr.offices.house import Province
from tests.journeys.faults.storm import Rows, everything_in
from tests.logbook.offices.made import CODES, make_installation
from tests.suite.waiting import PATIENCE

FIRST, SECOND, THIRD = CODES
NOWHERE = "postgresql://nobody@127.0.0.1:9/none"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of the first office: a month of cases, a sound, and a delivery that names a later one."""
    place = tmp_path_factory.mktemp("filled")
    (entry,) = read_offices(make_installation(place / "i", (FIRST,)))
    settings = settings_of(entry, {})
    shutil.copyfile(samples.template(settings, place, NOW), settings.data_folder / "tongdai.db")
    with closing(Database(settings.database_url)) as database:
        prepare(open_hotline(settings, Clock(NOW), database))
        samples.fill(settings, place, 0, NOW)
        with database.writing() as conn:
            same = {"kind": "accepted", "recipient": "citizen", "params": "{}", "made_at": NOW}
            same |= {"state": "sent", "attempts": 1, "duplicates": 0}
            conn.execute(
                insert(deliveries), [{"id": 901, "key": "a", **same}, {"id": 902, "key": "b", **same}]
            )
            conn.execute(update(deliveries).where(deliveries.c.id == 901).values(instead_of=902))
            sound: dict[str, object] = {
                "language": "vi",
                "prompt": "greeting",
                "text": "Kính chào",
                "digest": "d",
            }
            sound |= {"source": "page", "sound": bytes(range(256)), "milliseconds": 900, "troubles": ""}
            conn.execute(insert(prompt_clips).values(**sound, made_by=1, made_at=NOW))
    return settings.data_folder / "tongdai.db"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filled: Path, migrated_file: Path) -> Path:
    """Three offices; the first has had a month of work."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("TONGDAI_", "TWILIO_", "SECRET_KEY"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(moving, "LETS_GO_SECONDS", 0.0)
    made = make_installation(tmp_path / "tỉnh", book=migrated_file)
    shutil.copyfile(filled, made / "offices" / FIRST / "var" / "tongdai.db")
    return made


@pytest.fixture
def databases(postgresql: URL) -> Iterator[Callable[[], str]]:
    """Makes empty databases of PostgreSQL."""
    with ExitStack() as opened:
        yield lambda: address_of(postgresql.set(database=opened.enter_context(new_database(postgresql))))


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    with patch.dict(os.environ):
        result = CliRunner().invoke(tongdai, ["--installation", str(folder), *arguments])
    return result.exit_code, result.output + str(result.exception or "")


def book_of(folder: Path, code: str) -> Database:
    return Database(settings_of(read_offices(folder).entries[code], os.environ).database_url)


def rows_of(folder: Path, code: str) -> Rows:
    with closing(book_of(folder, code)) as database:
        return {name: rows for name, rows in everything_in(database).items() if rows}


def tables_of(address: str) -> list[str]:
    with closing(Database(address)) as database, database.reading() as conn:
        return [one for one in inspect(conn).get_table_names() if one != "unfinished"]


def moved(folder: Path, code: str, *arguments: str) -> str:
    status, said = run(folder, "office", "move", code, *arguments)
    assert status == 0, said
    assert "Đơn vị dừng" in said
    assert "Lịch sử các phiếu và nhật ký còn nguyên vẹn" in said
    return said


def test_a_book_goes_to_postgresql_to_another_database_and_back_with_every_row(
    folder: Path, databases: Callable[[], str]
) -> None:
    before, first, second = rows_of(folder, FIRST), databases(), databases()
    assert {"tickets", "ticket_events", "journal", "reports", "prompt_clips"} <= before.keys()
    for place, kind in ((first, "postgresql"), (second, "postgresql"), ("sqlite", "sqlite")):
        moved(folder, FIRST, "--database", place)
        assert rows_of(folder, FIRST) == before, place
        entry = read_offices(folder).entries[FIRST]
        assert not entry.paused
        with closing(book_of(folder, FIRST)) as database, database.writing() as conn:
            assert conn.dialect.name == kind
            again = insert(prompt_clips).from_select(
                (rest := [one.name for one in prompt_clips.c if one.name not in ("id", "recording_id")]),
                prompt_clips.select().with_only_columns(*(prompt_clips.c[one] for one in rest)),
            )
            conn.execute(again)  # its number is above those that came
            conn.rollback()
    assert (tables_of(first), tables_of(second)) == ([], [])
    with closing(Database(first)) as database, database.reading() as conn:
        schemas = conn.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'moved%'")).scalars()
        assert len(schemas.all()) == 1
    assert len(list((folder / "offices" / FIRST / "var").glob("tongdai.db.moved-*"))) == 1


@pytest.mark.proof
def test_an_office_moves_to_another_installation_with_its_book_on_either_kind_of_database(
    folder: Path, databases: Callable[[], str], tmp_path: Path
) -> None:
    before, address = rows_of(folder, FIRST), databases()
    other = make_installation(tmp_path / "khác", (), address="https://khac.example")
    moved(folder, FIRST, "--to", str(other), "--database", address)
    assert rows_of(other, FIRST) == before
    said = moved(other, FIRST, "--to", str(folder))
    assert "Sổ vẫn ở postgresql://" in said
    assert (rows_of(folder, FIRST), "deliveries" in tables_of(address)) == (before, True)
    moved(folder, FIRST, "--to", str(tmp_path / "khác"), "--database", "sqlite")
    assert (rows_of(other, FIRST), tables_of(address)) == (before, [])
    assert "TONGDAI_DATABASE_URL" not in (other / "offices" / FIRST / "tongdai.env").read_text("utf-8")


@pytest.mark.proof
def test_a_book_that_cannot_go_stays_and_leaves_nothing_where_it_was_to_go(
    folder: Path, databases: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, empty, taken = rows_of(folder, FIRST), databases(), databases()
    moved(folder, SECOND, "--database", taken)
    tries = {
        taken: "không trống",
        NOWHERE: "Không dùng được cơ sở dữ liệu",
        "mysql://x/y": "--database phải là",
        "sqlite": "Sổ đã ở đó",
    }
    for place, why in tries.items():
        status, said = run(folder, "office", "move", FIRST, "--database", place)
        assert (status, why in said) == (1, True), said
    monkeypatch.setenv(f"TONGDAI_DATABASE_URL_{THIRD}", empty)
    status, said = run(folder, "office", "move", THIRD, "--database", taken)
    assert (status, "đang được đặt" in said) == (1, True), said
    monkeypatch.delenv(f"TONGDAI_DATABASE_URL_{THIRD}")
    for code in (FIRST, SECOND):  # from a file, and from a database
        with closing(book_of(folder, code)) as database, database.writing() as conn:
            audit_log.write(conn, "cli", "restore", "book", NOW, copy="x")
            conn.execute(update(journal).values(at=NOW + timedelta(days=1)))
        status, said = run(folder, "office", "move", code, "--database", empty)
        assert (status, "lịch sử trong sổ đã bị sửa" in said) == (1, True), said
        assert tables_of(empty) == []
    assert [one.paused for one in read_offices(folder)] == [False] * 3
    assert rows_of(folder, FIRST).keys() == before.keys()
    assert "deliveries" in tables_of(taken)


@pytest.mark.proof
def test_whoever_writes_while_a_database_is_left_is_in_the_copy_or_is_told_that_nothing_was_kept(
    folder: Path, databases: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = databases(), databases()
    moved(folder, FIRST, "--database", first)
    came: list[type[Exception]] = []
    waits = threading.Event()

    def comes_late() -> None:
        with closing(Database(first, wait_seconds=PATIENCE)) as database:
            try:
                with database.writing() as conn:
                    waits.set()
                    heartbeats.beat(conn, "late", NOW)
            except (DBAPIError, DatabaseBusyError) as problem:
                came.append(type(problem))

    late = threading.Thread(target=comes_late)
    pause, begun = moving.pause, Database(first)

    def paused(place: Path, *, paused: bool) -> None:
        pause(place, paused=paused)
        if paused:
            return
        with closing(Database(second)) as there, there.reading() as conn:
            assert "early" in heartbeats.all_of(conn)

    monkeypatch.setattr(moving, "pause", paused)
    with begun.writing() as conn:
        heartbeats.beat(conn, "early", NOW)
        mover = threading.Thread(target=lambda: moved(folder, FIRST, "--database", second))
        mover.start()
        while conn.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one() == 0:
            pass
        late.start()
        waits.wait()
    begun.close()
    mover.join()
    late.join()
    assert came, "the late writer was told that it was kept"
    kept = [row[0] for row in rows_of(folder, FIRST)["heartbeats"]]
    assert ("early" in kept, "late" in kept) == (True, False)


@pytest.mark.proof
def test_an_office_on_postgresql_is_exported_as_a_folder_that_runs_anywhere(
    folder: Path, databases: Callable[[], str], tmp_path: Path
) -> None:
    before = rows_of(folder, FIRST)
    moved(folder, FIRST, "--database", databases())
    status, said = run(folder, "office", "export", FIRST, "--to", str(tmp_path / "ra"))
    assert status == 0, said
    other = make_installation(tmp_path / "khác", (), address="https://khac.example")
    (file,) = (tmp_path / "ra").iterdir()
    with tarfile.open(file) as tar:
        tar.extractall(other / "offices", filter="data")
    assert rows_of(other, FIRST) == before
    assert rows_of(folder, FIRST) == before


def test_an_office_begins_on_postgresql_is_copied_restored_upgraded_and_removed(
    folder: Path, databases: Callable[[], str]
) -> None:
    address = databases()
    add = ("office", "add", "22489", "--number", "0258.3840.001", "--database")
    status, said = run(folder, *add, NOWHERE)
    assert (status, "Không dùng được cơ sở dữ liệu" in said) == (1, True), said
    assert not (folder / "offices" / "22489").exists()
    status, said = run(folder, *add, address)
    assert status == 0, said
    status, said = run(folder, "office", "add", "22366", "--number", "0258.3840.002", "--database", address)
    assert (status, "không trống" in said) == (1, True), said
    for command in (("db", "upgrade", "--all"), ("backup", "--all"), ("check", "--all")):
        status, said = run(folder, *command)
        assert (status, "Xong 4/4 đơn vị." in said) == (0, True), said
    (copy,) = (folder / "offices" / "22489" / "var" / "backups").glob("*.dump")
    status, said = run(folder, "--office", "22489", "restore", str(copy), "--yes")
    assert (status, "còn nguyên vẹn" in said) == (0, True), said
    with (folder / "offices" / THIRD / "tongdai.env").open("a", encoding="utf-8") as file:
        file.write(f"TONGDAI_DATABASE_URL={NOWHERE}\n")
    for command in (("db", "upgrade", "--all"), ("backup", "--all"), ("check", "--all")):
        status, said = run(folder, *command)
        assert (status, "Xong 3/4 đơn vị." in said, f"Chưa xong: {THIRD}" in said) == (1, True, True), said
    status, said = run(folder, "office", "remove", "22489", "--yes")
    assert (status, "Sổ vẫn còn ở postgresql://" in said) == (0, True), said
    assert "tickets" in tables_of(address)


@pytest.mark.proof
def test_a_telephone_that_runs_takes_its_next_call_into_the_new_database(
    folder: Path, databases: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process sees the pause, lets go of the old book, and opens the new one."""
    province = Province.of(folder, ["voice"])
    pause = moving.pause
    heard: list[str] = []

    def seen(place: Path, *, paused: bool) -> None:
        pause(place, paused=paused)
        province.register._looked = float("-inf")
        province.cells.look()
        if paused:
            heard.append(" ".join(province.caller(FIRST).heard))

    monkeypatch.setattr(moving, "pause", seen)
    with closing(province.cells):
        province.caller(FIRST).hang_up()
        for place in (databases(), "sqlite"):
            with closing(book_of(folder, FIRST)) as database, database.reading() as conn:
                before = conn.execute(text("SELECT count(*) FROM calls")).scalar_one()
            moved(folder, FIRST, "--database", place)
            province.caller(FIRST).hang_up()
            with closing(book_of(folder, FIRST)) as database, database.reading() as conn:
                assert conn.execute(text("SELECT count(*) FROM calls")).scalar_one() == before + 1
    assert len(heard) == 2
    assert not any("kính chào quý khách" in one for one in heard)
