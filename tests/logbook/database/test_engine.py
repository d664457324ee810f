"""The database: nothing naive, nothing half, nobody waits for ever, every copy opens."""

import contextlib
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from logbook.database import leases, rate_limits, schema
from logbook.database.engine import Database, DatabaseBusyError, SchemaError
from logbook.database.sqlite_copy import copy_sqlite
from logbook.database.tables import leases as leases_table
from logbook.database.tables import metadata
from logbook.database.tables.words import is_compared
from tests.one_kind import on_postgresql
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.alone

HOLDER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("BEGIN IMMEDIATE"); print("held", flush=True); sys.stdin.read(); c.execute("COMMIT")
"""


@contextlib.contextmanager
def lock_held(file: Path) -> Iterator[None]:
    """Another process holds the write lock until the end."""
    command = [sys.executable, "-c", HOLDER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdin is not None
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        yield
        held.stdin.close()


@pytest.mark.row("F-17")
def test_the_migrated_tables_are_exactly_the_declared_ones(database: Database) -> None:
    with database.reading() as connection:
        opts = {"compare_type": True, "include_name": is_compared}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
        there = {name for name in inspect(connection).get_table_names() if is_compared(name, "table")}
        assert there - {"alembic_version"} == set(metadata.tables)
    assert database.at_head()


@pytest.mark.row("F-17")
@pytest.mark.parametrize("statement", [3, 11, 24])
def test_an_upgrade_broken_off_anywhere_leaves_nothing_and_runs_again(
    empty_database: Database, now: datetime, statement: int
) -> None:
    seen = 0

    def break_off(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            raise KeyboardInterrupt

    event.listen(Engine, "before_cursor_execute", break_off)
    with pytest.raises(KeyboardInterrupt):
        empty_database.upgrade(now)
    event.remove(Engine, "before_cursor_execute", break_off)
    with empty_database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    empty_database.upgrade(now)
    assert empty_database.at_head()


@pytest.mark.row("F-17")
def test_two_upgrades_at_once_both_end_well(empty_database: Database, now: datetime) -> None:
    failures: list[BaseException] = []

    def upgrade() -> None:
        try:
            empty_database.upgrade(now)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert empty_database.at_head()


@pytest.mark.row("F-17")
def test_tables_newer_than_the_program_are_refused_in_both_languages(
    database: Database, now: datetime
) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match=r"mới hơn chương trình này.*newer than this program"):
        database.at_head()
    with pytest.raises(SchemaError):
        database.upgrade(now)


@pytest.mark.row("F-17")
def test_an_upgrade_of_a_filled_sqlite_file_makes_a_copy_first(
    tmp_path: Path, migrated_file: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "old.db"
    file.write_bytes(migrated_file.read_bytes())
    with contextlib.closing(Database(f"sqlite:///{file}")) as database:
        with database.writing() as connection:
            rate_limits.spend(connection, "before", timedelta(days=1), 5, now)
        assert database.upgrade(now) is None
        monkeypatch.setattr(schema, "head", lambda: "a later revision")
        copy = database.upgrade(now)
    assert copy == f"{file}.before-upgrade-20261125T021000000000Z"
    with contextlib.closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("SELECT used FROM budgets").fetchone() == (1,)


@pytest.mark.row("F-13")
def test_an_instant_comes_back_as_the_same_aware_utc_instant(database: Database, now: datetime) -> None:
    elsewhere = (now + timedelta(microseconds=7)).astimezone(timezone(timedelta(hours=-5)))
    with database.writing() as connection:
        leases.take(connection, "x", "me", 0, elsewhere)
    with database.reading() as connection:
        until = connection.execute(select(leases_table.c.until)).scalar_one()
    assert until == elsewhere
    assert until.utcoffset() == timedelta(0)
    with database.writing() as connection, pytest.raises(StatementError, match="naive"):
        leases.take(connection, "y", "me", 0, datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_failed_transaction_leaves_nothing(database: Database, now: datetime) -> None:
    def fail_after_spending() -> None:
        with database.writing() as connection:
            rate_limits.spend(connection, "x", timedelta(days=1), 5, now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_spending()
    with database.reading() as connection:
        assert rate_limits.used(connection, "x", timedelta(days=1), now) == 0


def test_a_reading_transaction_cannot_write(database: Database, now: datetime) -> None:
    with pytest.raises((DBAPIError, DatabaseBusyError)), database.reading() as connection:
        rate_limits.spend(connection, "x", timedelta(days=1), 5, now)


def test_a_reading_transaction_sees_one_moment(database: Database, now: datetime) -> None:
    """A report is counted by many queries, and all of them are of one database."""
    with database.reading() as reading:
        before = rate_limits.used(reading, "x", timedelta(days=1), now)
        with database.writing() as writing:
            rate_limits.spend(writing, "x", timedelta(days=1), 5, now)
        assert rate_limits.used(reading, "x", timedelta(days=1), now) == before
    with database.reading() as reading:
        assert rate_limits.used(reading, "x", timedelta(days=1), now) == before + 1


def test_a_writer_that_waited_reads_what_the_other_wrote(database: Database, now: datetime) -> None:
    def count() -> None:
        for _ in range(20):
            with database.writing() as connection:
                rate_limits.spend(connection, "x", timedelta(days=1), 1000, now)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert rate_limits.used(connection, "x", timedelta(days=1), now) == 80


@pytest.mark.row("F-08")
def test_two_processes_that_read_and_then_write_neither_fail_nor_lose(
    database_url: str, now: datetime
) -> None:
    failures: list[BaseException] = []

    def read_then_write() -> None:
        with contextlib.closing(Database(database_url)) as own:  # as another process would
            try:
                for _ in range(25):
                    with own.writing() as connection:
                        rate_limits.used(connection, "x", timedelta(days=1), now)
                        time.sleep(0.002)
                        rate_limits.spend(connection, "x", timedelta(days=1), 1000, now)
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=read_then_write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with contextlib.closing(Database(database_url)) as own, own.reading() as connection:
        assert rate_limits.used(connection, "x", timedelta(days=1), now) == 50


@pytest.mark.row("F-08")
def test_a_lock_held_for_less_than_the_patience_is_no_error(
    tmp_path: Path, migrated_file: Path, now: datetime
) -> None:
    file = tmp_path / "locked.db"
    file.write_bytes(migrated_file.read_bytes())
    failures: list[BaseException] = []
    with contextlib.closing(Database(f"sqlite:///{file}", wait_seconds=PATIENCE)) as database:

        def spend() -> None:
            try:
                with database.writing() as connection:
                    rate_limits.spend(connection, "x", timedelta(days=1), 100, now)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=spend) for _ in range(8)]
        with lock_held(file):
            for thread in threads:
                thread.start()
            time.sleep(0.7)
            assert all(thread.is_alive() for thread in threads), "they wait"
        for thread in threads:
            thread.join()
        assert failures == []
        with database.reading() as connection:
            assert rate_limits.used(connection, "x", timedelta(days=1), now) == 8


@pytest.mark.row("F-08")
def test_a_lock_held_too_long_is_said_in_time_by_every_waiting_writer(
    tmp_path: Path, migrated_file: Path, now: datetime
) -> None:
    file = tmp_path / "locked.db"
    file.write_bytes(migrated_file.read_bytes())
    waited: list[float] = []
    with contextlib.closing(Database(f"sqlite:///{file}", wait_seconds=2)) as database, lock_held(file):

        def give_up() -> None:
            begun = time.monotonic()
            with pytest.raises(DatabaseBusyError), database.writing() as connection:
                rate_limits.spend(connection, "x", timedelta(days=1), 100, now)
            waited.append(time.monotonic() - begun)

        threads = [threading.Thread(target=give_up) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(waited) == 3
    assert max(waited) < 2 * 2  # in line or at the lock, but not first the one and then the other


@pytest.mark.row("F-12")
def test_a_database_that_is_gone_is_busy_and_not_a_crash() -> None:
    nowhere = "postgresql://nobody@/x?host=/nonexistent"
    with (
        contextlib.closing(Database(nowhere, wait_seconds=1)) as database,
        pytest.raises(DatabaseBusyError),
        database.writing(),
    ):
        pass


@pytest.mark.row("F-12")
@on_postgresql
def test_terminated_connections_are_replaced_without_an_error(database: Database, now: datetime) -> None:
    with database.writing() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with (
        contextlib.closing(Database(database.url.render_as_string(False))) as other,
        other.writing() as killer,
    ):
        killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
    with database.writing() as connection:
        assert rate_limits.spend(connection, "x", timedelta(days=1), 5, now)


@pytest.mark.row("T-22")
def test_a_new_database_file_and_its_folder_are_private(tmp_path: Path, now: datetime) -> None:
    with contextlib.closing(Database(f"sqlite:///{tmp_path / 'new' / 'logbook.db'}")) as database:
        database.upgrade(now)
        with database.writing() as connection:
            rate_limits.spend(connection, "x", timedelta(days=1), 5, now)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}


def test_sqlite_is_set_to_survive_a_power_cut_and_keep_links(tmp_path: Path) -> None:
    with contextlib.closing(Database(f"sqlite:///{tmp_path / 'a.db'}")) as database:

        def told(connection: Connection, pragma: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()

        with database.writing() as connection:
            assert told(connection, "journal_mode") == "wal"
            assert told(connection, "synchronous") == 2
            assert told(connection, "foreign_keys") == 1


@pytest.mark.row("F-16")
def test_a_backup_made_while_writing_opens_and_has_everything_from_before(
    tmp_path: Path, migrated_file: Path, now: datetime
) -> None:
    file = tmp_path / "busy.db"
    file.write_bytes(migrated_file.read_bytes())
    with contextlib.closing(Database(f"sqlite:///{file}")) as database:
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                with database.writing() as connection:
                    rate_limits.spend(connection, f"scope {number}", timedelta(days=1), 5, now)
                number += 1

        with database.writing() as connection:
            rate_limits.spend(connection, "before", timedelta(days=1), 5, now)
        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(0.2)
        copy_sqlite(database.file, tmp_path / "copy.db")
        stop.set()
        writer.join()
        with pytest.raises(FileExistsError):
            copy_sqlite(database.file, tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT used FROM budgets WHERE scope = 'before'").fetchone() == (1,)
    with contextlib.closing(Database(f"sqlite:///{tmp_path / 'copy.db'}")) as restored:
        assert restored.at_head()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite file"):
        Database(url)


def test_the_old_spelling_of_postgresql_is_understood() -> None:
    with contextlib.closing(Database("postgres://someone@localhost/x")) as database:
        assert database.url.drivername == "postgresql+psycopg"


def test_the_epoch_is_where_it_should_be(database: Database) -> None:
    with database.writing() as connection:
        leases.take(connection, "x", "me", 0, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        if database.is_sqlite:
            assert connection.execute(text("SELECT until FROM leases")).scalar_one() == 1_000_000


@pytest.mark.row("F-12")
@on_postgresql
def test_connections_to_a_primary_that_another_took_the_place_of_are_given_up(database: Database) -> None:
    """It only reads from now on; the next connection asks anew which server takes writes."""
    with database.writing() as conn:
        before = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        conn.execute(text("SET default_transaction_read_only = on"))
    with pytest.raises(DatabaseBusyError), database.writing() as conn:
        leases.take(conn, "name", "owner", 1, datetime(2026, 11, 25, tzinfo=UTC))
    with database.writing() as conn:
        assert conn.execute(text("SELECT pg_backend_pid()")).scalar_one() != before
        assert leases.take(conn, "name", "owner", 1, datetime(2026, 11, 25, tzinfo=UTC)) == 1
