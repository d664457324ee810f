"""Bringing a copy back: everything of its moment returns, never over a running program; the old one stays."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from logbook.accounts import audit_log
from logbook.clock import Clock
from logbook.database import leases
from logbook.database.engine import Database, SchemaError
from logbook.database.sqlite_copy import BackupFailedError
from logbook.database.tables import ticket_events
from logbook.recordings.files import RecordingFolder
from logbook.retention import backup, restore
from logbook.retention.backup import Backup
from logbook.retention.restore import Restored, RestoreRefusedError
from logbook.tickets import tickets
from tests.logbook.worded_case import closed_case
from tests.one_kind import on_postgresql, on_sqlite

pytestmark = pytest.mark.alone


@pytest.fixture
def folder(tmp_path: Path) -> RecordingFolder:
    return RecordingFolder(tmp_path / "recordings")


@pytest.fixture
def copy(database: Database, folder: RecordingFolder, now: datetime) -> Backup:
    """A copy of a database with one case; afterwards the database gets a second one."""
    closed_case(database, folder, now)
    made = backup.make(database, folder.path, folder.path.parent / "backups", now)
    closed_case(database, folder, now, digit="b")
    database.close()
    return made


def bring(database: Database, copy: Backup, folder: RecordingFolder, **more: bool) -> Restored:
    return restore.bring_back(copy.path, database, folder.path, Clock().now(), **more)


def count(database: Database) -> int:
    with database.reading() as conn:
        found = len(tickets.recent(conn, 10))
    database.close()
    return found


@pytest.mark.row("F-16")
def test_book_and_sound_return_and_the_replaced_book_is_kept_beside(
    database: Database, copy: Backup, folder: RecordingFolder
) -> None:
    shutil.rmtree(folder.path)
    done = bring(database, copy, folder)
    assert (done.tickets, done.calls, done.sounds) == (1, 1, 1)
    assert (done.newest, done.sounds_missing, done.broken) == (copy.newest, (), ())
    assert count(database) == 1
    assert folder.digest(copy.sounds[0].name) == copy.sounds[0].sha256
    if database.is_sqlite:
        assert done.beside is not None
        with closing(Database(f"sqlite:///{done.beside}")) as before:
            assert count(before) == 2
    else:
        with database.reading() as conn:
            assert conn.execute(text("SELECT count(*) FROM before_restore.tickets")).scalar() == 2
    with database.writing() as conn:
        conn.execute(text("UPDATE tickets SET version = version + 1"))
        (last,) = audit_log.recent(conn, 1, act="restore")
        assert (last.who, last.details) == ("cli", f'{{"copy": "{copy.path.name}"}}')
        assert audit_log.verify(conn) is None


@pytest.mark.row("F-16")
@on_sqlite  # an empty database of PostgreSQL is the same to pg_restore
def test_a_copy_returns_to_an_empty_machine(
    database: Database, copy: Backup, folder: RecordingFolder, tmp_path: Path
) -> None:
    shutil.rmtree(folder.path)
    for path in tmp_path.glob("logbook.db*"):
        path.unlink()
    with closing(Database(f"sqlite:///{tmp_path / 'elsewhere' / 'tongdai.db'}")) as empty:
        done = bring(empty, copy, folder)
        assert (done.tickets, done.beside) == (1, None)
        assert count(empty) == 1


@pytest.mark.row("F-16")
@on_sqlite  # PostgreSQL keeps its own files
def test_a_destroyed_book_is_replaced_and_kept(
    database: Database, copy: Backup, folder: RecordingFolder
) -> None:
    database.file.write_bytes(b"\0" * 10_000)
    done = bring(database, copy, folder)
    assert done.beside is not None
    assert Path(done.beside).read_bytes() == b"\0" * 10_000
    assert count(database) == 1


@pytest.mark.row("F-16")
@pytest.mark.parametrize("left", [b"", b"\0" * 10_000], ids=["lost", "destroyed"])
@on_sqlite  # PostgreSQL keeps its own files
def test_the_log_of_a_lost_book_is_not_played_into_the_copy(
    database: Database, copy: Backup, folder: RecordingFolder, left: bytes
) -> None:
    log = database.file.with_name(f"{database.file.name}-wal")
    with database.writing() as conn:
        conn.execute(text("UPDATE tickets SET version = version + 1"))
    kept = log.read_bytes()
    database.close()
    log.write_bytes(kept)
    database.file.write_bytes(left)
    assert bring(database, copy, folder).tickets == 1
    assert count(database) == 1


@pytest.mark.row("F-16")
@pytest.mark.parametrize("how", ["lease", "reader", "idle"])
def test_over_a_running_book_nothing_is_restored(
    database: Database, database_url: str, copy: Backup, folder: RecordingFolder, how: str
) -> None:
    with closing(Database(database_url)) as running:
        if how == "lease":
            with running.writing() as conn:
                assert leases.take(conn, "scheduler", "máy kia", 30, Clock().now())
            running.close()
            message = "máy kia"
        else:
            message = "khác"
            with running.reading() as conn:
                conn.execute(text("SELECT count(*) FROM tickets"))
                if how == "reader":
                    with pytest.raises(RestoreRefusedError, match=message):
                        bring(database, copy, folder)
        with pytest.raises(RestoreRefusedError, match=message):
            bring(database, copy, folder)
        assert count(running) == 2
    if how == "lease":
        with database.writing() as conn:
            conn.execute(text("DELETE FROM leases"))
        database.close()
    assert bring(database, copy, folder).tickets == 1


@pytest.mark.row("F-16")
@on_sqlite  # PostgreSQL renames the schema under a lock of its own
def test_somebody_who_opens_the_book_while_the_copy_is_made_ready_is_noticed(
    database: Database,
    database_url: str,
    copy: Backup,
    folder: RecordingFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restore, "refuse_while_running", lambda *_: None)
    with closing(Database(database_url)) as running:
        with running.reading() as conn:
            conn.execute(text("SELECT count(*) FROM tickets"))
        with pytest.raises(RestoreRefusedError, match="chương trình khác"):
            bring(database, copy, folder)
    assert count(database) == 2


@pytest.mark.row("T-23")
def test_a_copy_in_which_somebody_changed_the_history_is_refused_unless_wanted(
    database: Database, copy: Backup, folder: RecordingFolder, now: datetime
) -> None:
    with database.writing() as conn:
        if database.is_sqlite:
            conn.execute(text("DROP TRIGGER ticket_events_no_update"))
        else:
            conn.execute(text("ALTER TABLE ticket_events DISABLE TRIGGER ALL"))
        conn.execute(update(ticket_events).where(ticket_events.c.number == 2).values(reason="khác"))
    forged = backup.make(database, folder.path, copy.path.parent, now + timedelta(days=1))
    database.close()
    with pytest.raises(RestoreRefusedError, match="phiếu số 1, sự kiện 2"):
        bring(database, forged, folder)
    assert count(database) == 2
    done = bring(database, forged, folder, broken_too=True)
    assert done.broken == ("lịch sử phiếu số 1, sự kiện 2 (event changed)",)


@pytest.mark.row("F-17")
def test_a_copy_from_before_an_upgrade_is_upgraded_on_the_way(
    tmp_path: Path, migrated_file: Path, now: datetime
) -> None:
    from alembic import command

    from logbook.database import schema

    old = tmp_path / "old.db"
    with closing(Database(f"sqlite:///{old}")) as made, made._writer.begin() as conn:
        command.upgrade(schema.config(conn), "0001")
    with closing(Database(f"sqlite:///{tmp_path / 'logbook.db'}")) as book:
        book.upgrade(now)
        book.close()
        restore.bring_back(old, book, tmp_path / "recordings", Clock().now())
        assert book.at_head()
    assert sorted(path.name for path in tmp_path.glob("*.restoring*")) == []


def test_a_copy_that_cannot_be_put_back_leaves_the_book_as_it_was(
    database: Database, copy: Backup, folder: RecordingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise BackupFailedError("no")

    monkeypatch.setattr("logbook.retention.restore._made_ready", fails)
    with pytest.raises(BackupFailedError):
        bring(database, copy, folder)
    assert count(database) == 2


@on_sqlite  # asked once is enough
def test_a_copy_of_the_other_kind_of_database_is_refused(
    database: Database, copy: Backup, folder: RecordingFolder, tmp_path: Path
) -> None:
    copy.path.with_suffix(".json").unlink()
    with (
        closing(Database("postgresql://nobody@127.0.0.1:1/nothing")) as other,
        pytest.raises(RestoreRefusedError, match="loại cơ sở dữ liệu khác"),
    ):
        bring(other, copy, folder)


@on_postgresql  # SQLite keeps each replaced database in a file of its own
def test_the_book_replaced_last_in_postgresql_is_never_thrown_away_unasked(
    database: Database, copy: Backup, folder: RecordingFolder
) -> None:
    bring(database, copy, folder)
    with pytest.raises(RestoreRefusedError, match=r"\(2 phiếu\).* DROP SCHEMA before_restore CASCADE"):
        bring(database, copy, folder)


@pytest.mark.row("T-22")
def test_the_book_replaced_in_postgresql_is_forgotten_when_its_time_is_over(
    database: Database, copy: Backup, folder: RecordingFolder
) -> None:
    assert not restore.forget_replaced(database, Clock().now() + timedelta(days=1))
    bring(database, copy, folder)
    assert not restore.forget_replaced(database, Clock().now() - timedelta(minutes=1))
    assert restore.forget_replaced(database, Clock().now() + timedelta(minutes=1)) is not database.is_sqlite
    assert count(database) == 1
    assert bring(database, copy, folder).tickets == 1


@pytest.mark.row("F-16")
@on_postgresql  # a file takes the place of another at once
def test_a_restore_killed_half_way_in_postgresql_is_undone_by_the_next(
    database: Database, copy: Backup, folder: RecordingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as conn:
        conn.execute(text("ALTER SCHEMA public RENAME TO before_restore"))
        conn.execute(text("CREATE SCHEMA public"))
    assert bring(database, copy, folder).tickets == 1
    with database.reading() as conn:
        assert conn.execute(text("SELECT count(*) FROM before_restore.tickets")).scalar() == 2


@pytest.mark.row("F-16")
@pytest.mark.parametrize("killed_in", ["backup_contents.run", "_made_ready", "audit_log.write"])
@on_postgresql  # a file takes the place of another at once
def test_after_a_killed_restore_nobody_begins_a_new_book_and_the_old_one_is_not_lost(
    database: Database,
    database_url: str,
    copy: Backup,
    folder: RecordingFolder,
    monkeypatch: pytest.MonkeyPatch,
    killed_in: str,
) -> None:
    def killed(*_: object, **__: object) -> None:
        monkeypatch.setattr("logbook.retention.restore._put_back", killed)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"logbook.retention.restore.{killed_in}", killed)
        with pytest.raises(KeyboardInterrupt):
            bring(database, copy, folder)
    with closing(Database(database_url)) as started:
        with pytest.raises(SchemaError, match="tongdai restore"):
            started.at_head()
        with pytest.raises(RestoreRefusedError, match="1 kết nối khác"):
            bring(database, copy, folder)
        with pytest.raises(SchemaError, match="tongdai restore"):
            started.upgrade(Clock().now())
    monkeypatch.undo()
    assert bring(database, copy, folder).tickets == 1
    assert database.at_head()
    with database.reading() as conn:
        assert conn.execute(text("SELECT count(*) FROM before_restore.tickets")).scalar() == 2


@pytest.mark.row("F-10")
@on_sqlite  # the disk is the server's
def test_a_full_disk_while_restoring_leaves_the_book_and_is_said_in_one_line(
    database: Database, copy: Backup, folder: RecordingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("logbook.retention.restore.refuse_while_running", lambda *_: None)
        patch.setattr("logbook.database.sqlite_copy.sqlite3.connect", full)
        with pytest.raises(BackupFailedError, match="disk is full"):
            bring(database, copy, folder)
    assert count(database) == 2
    assert list(database.file.parent.glob("*.restoring*")) == []
