"""Restores a backup: refused while anything runs; keeps the replaced database; checks histories.

The copy is made ready beside the database, upgraded and checked; only then does it take the database's place
(F-16).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from logbook import database_address
from logbook.accounts import audit_log
from logbook.database import schema, sqlite_copy
from logbook.database.engine import Database
from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError
from logbook.database.tables import calls, leases, tickets
from logbook.database.tables import journal as journal_lines
from logbook.database.writers_queue import NEXT, WRITER
from logbook.process.free_name import free_name
from logbook.retention import backup, backup_contents
from logbook.retention.backup import Backup
from logbook.retention.backup_contents import Contents
from logbook.tickets import history

BESIDE = "before-restore"


class RestoreRefusedError(Exception):
    """Nothing was changed; the message says in Vietnamese why, and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands in the database now, where the one it replaced is, and which recordings did not come."""

    tickets: int
    calls: int
    newest: datetime | None
    sounds: int
    sounds_missing: tuple[str, ...]
    beside: str | None
    broken: tuple[str, ...]


def checked(file: Path) -> tuple[Contents, Backup | None]:
    """Open a copy and compare it with its manifest; RestoreRefusedError when unsound or too new."""
    manifest = backup.of_file(file)
    try:
        if manifest is not None and (file.stat().st_size, backup.digest(file)) != (
            manifest.size,
            manifest.sha256,
        ):
            raise UnsoundBackupError("the file is not the one its manifest names")
        of = backup_contents.of_sqlite if _is_sqlite(file) else backup_contents.of_dump
        contents = of(file)
    except (UnsoundBackupError, BackupFailedError, OSError) as problem:
        raise RestoreRefusedError(f"Bản sao không dùng được: {problem}") from problem
    if contents.revision not in schema.known():
        raise RestoreRefusedError(
            f"Bản sao ở phiên bản {contents.revision}, mới hơn chương trình này ({schema.head()}): "
            "hãy cài bản mới hơn rồi khôi phục."
        )
    return contents, manifest


def bring_back(
    file: Path, database: Database, recordings: Path, now: datetime, *, broken_too: bool = False
) -> Restored:
    """Replace `database` by the backup `file` and restore its recordings; `now` by the machine's clock.

    Raises RestoreRefusedError while anything runs on the database, for a copy of the other kind of database,
    and for histories that are broken unless `broken_too`. After DatabaseBusyError, OSError and
    BackupFailedError the database is as it was.
    """
    _, manifest = checked(file)
    if _is_sqlite(file) is not database.is_sqlite:
        raise RestoreRefusedError(
            "Bản sao của loại cơ sở dữ liệu khác (SQLite, PostgreSQL), không khôi phục được."
        )
    refuse_while_running(database, now)
    put_back = _sqlite if database.is_sqlite else _postgresql
    beside, broken = put_back(file, database, now, broken_too)
    missing = _bring_sounds(manifest, file.parent / backup.STORE, recordings) if manifest else ()
    with database.reading() as conn:
        count = {
            table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (tickets, calls)
        }
        newest = conn.execute(select(func.max(calls.c.started_at))).scalar()
    sounds = len(manifest.sounds) - len(missing) if manifest else 0
    return Restored(count["tickets"], count["calls"], newest, sounds, missing, beside, broken)


def refuse_while_running(database: Database, now: datetime) -> None:
    """RestoreRefusedError while a scheduler holds its lease or anybody has the database open."""
    if database.is_sqlite and (not database.file.exists() or not database.file.stat().st_size):
        return
    try:
        with database.reading() as conn:
            holder = select(leases.c.owner).where(leases.c.until > now)
            held = None if schema.revision(conn) is None else conn.execute(holder).scalar()
            others = 0 if database.is_sqlite else conn.execute(_OTHERS).scalar_one()
    except DBAPIError:
        if database.is_sqlite:
            return  # a destroyed database is what one restores for
        raise
    finally:
        database.close()
    if held is not None:
        raise RestoreRefusedError(
            f"Chương trình còn đang chạy ({held}). Hãy dừng hẳn (đợi 30 giây) rồi làm lại."
        )
    if others:
        raise RestoreRefusedError(f"Còn {others} kết nối khác đang mở sổ. Hãy dừng chương trình rồi làm lại.")
    if database.is_sqlite:
        with _alone(database.file):
            pass


_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


_LOGS = ("-wal", "-shm", "-journal")
"""What SQLite would play into whatever file it finds under the name, be it another database (F-16)."""


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Hold a SQLite file while nobody else has it open, its log written back; RestoreRefusedError otherwise.

    Leaving WAL needs the file for oneself, so that it shows what no lock of a moment does.
    """
    raw = sqlite3.connect(file, timeout=1, isolation_level=None)
    try:
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        raw.execute("PRAGMA journal_mode=DELETE")
        raw.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as problem:
        raw.close()
        message = "Sổ đang có chương trình khác mở. Hãy dừng hẳn chương trình rồi làm lại."
        raise RestoreRefusedError(message) from problem
    except sqlite3.DatabaseError:
        raw.close()  # destroyed: nothing to keep whole, but the file is kept beside all the same
        yield
        return
    with closing(raw):
        yield


def _sqlite(
    file: Path, database: Database, now: datetime, broken_too: bool
) -> tuple[str | None, tuple[str, ...]]:
    ready = _ready(database)
    forget_unfinished(database)
    try:
        sqlite_copy.copy_sqlite(file, ready)
        broken = _made_ready(database_address.of_file(ready), file.name, now, broken_too)
        for copy in ready.parent.glob(f"{ready.name}.before-upgrade-*"):
            copy.unlink()
        if not database.file.exists() or not database.file.stat().st_size:
            _forget(database.file, *_LOGS)
            ready.replace(database.file)
            return None, broken
        here = database.file
        beside = free_name(now, lambda second: here.with_name(f"{here.name}.{BESIDE}-{second}"))
        with _alone(database.file):
            _keep_beside(database.file, beside)
            _forget(database.file, *_LOGS)
            ready.replace(database.file)
    finally:
        forget_unfinished(database)
    return str(beside), broken


def _ready(database: Database) -> Path:
    return database.file.with_name(f"{database.file.name}.restoring")


def forget_unfinished(database: Database) -> None:
    """Remove the database that a killed restore was making ready; nothing to do on PostgreSQL (T-22)."""
    if database.is_sqlite:
        _forget(_ready(database), "", *_LOGS, NEXT, WRITER)


def _keep_beside(file: Path, beside: Path) -> None:
    """A second name for the database, so that there is never a moment without one; else a second copy."""
    try:
        os.link(file, beside)
    except OSError:
        backup.put(file, beside)


def _forget(file: Path, *endings: str) -> None:
    for ending in endings:
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _postgresql(
    file: Path, database: Database, now: datetime, broken_too: bool
) -> tuple[str | None, tuple[str, ...]]:
    backup_contents.program("pg_restore")
    with database.writing() as conn:
        _undo_what_was_broken_off(conn)
        if _is_kept(conn):
            kept = conn.execute(text("SELECT count(*) FROM before_restore.tickets")).scalar_one()
            raise RestoreRefusedError(
                f"Còn giữ sổ của lần khôi phục trước ({kept} phiếu) trong lược đồ before_restore. "
                "Không cần nữa thì xóa: DROP SCHEMA before_restore CASCADE; rồi làm lại."
            )
        conn.execute(text("ALTER SCHEMA public RENAME TO before_restore"))
        conn.execute(text("CREATE SCHEMA public"))
        conn.execute(text("CREATE TABLE before_restore.unfinished ()"))
    database.close()
    try:
        backup_contents.run(
            database.url,
            *("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
            *("--no-password", "--schema=public", f"--dbname={database.url.database}", str(file)),
        )
        url = database.url.render_as_string(hide_password=False)
        broken = _made_ready(url, file.name, now, broken_too)
        with database.writing() as conn:
            conn.execute(text("DROP TABLE before_restore.unfinished"))
    except BaseException:
        with database.writing() as conn:
            _put_back(conn)
        raise
    return "before_restore", broken


def _undo_what_was_broken_off(conn: Connection) -> None:
    """Put the database back that a killed restore had set aside; nobody has written in its place since."""
    if _is_kept(conn) and (schema.half_restored(conn) or schema.revision(conn) is None):
        _put_back(conn)


def _put_back(conn: Connection) -> None:
    conn.execute(text("DROP SCHEMA public CASCADE"))
    conn.execute(text("ALTER SCHEMA before_restore RENAME TO public"))
    conn.execute(text("DROP TABLE IF EXISTS public.unfinished"))


def _is_kept(conn: Connection) -> bool:
    return conn.execute(text("SELECT to_regnamespace('before_restore')")).scalar() is not None


def forget_replaced(database: Database, before: datetime) -> bool:
    """Drop the database that PostgreSQL keeps beside when it was replaced before that moment (T-22).

    Whether there was one. SQLite keeps files instead, with the moment in their names.
    """
    if database.is_sqlite:
        return False
    with database.writing() as conn:
        newest = select(func.max(journal_lines.c.at)).where(journal_lines.c.act == "restore")
        restored = conn.execute(newest).scalar()
        if restored is None or restored >= before or not _is_kept(conn):
            return False
        conn.execute(text("DROP SCHEMA before_restore CASCADE"))
    return True


def _made_ready(url: str, name: str, now: datetime, broken_too: bool) -> tuple[str, ...]:
    """Upgrade what was copied, walk its histories and say in its audit log that it was put back.

    RestoreRefusedError for a broken history unless it may be.
    """
    with closing(Database(url)) as ready:
        ready.upgrade(now, while_restoring=True)
        with ready.reading() as conn:
            ticket, line = history.verify(conn), audit_log.verify(conn)
        broken = []
        if ticket is not None:
            place = f"phiếu số {ticket.ticket_id}, sự kiện {ticket.number or '-'}"
            broken.append(f"lịch sử {place} ({ticket.why})")
        if line is not None:
            broken.append(f"nhật ký từ dòng {line}")
        if broken and not broken_too:
            raise RestoreRefusedError("Trong bản sao có chỗ đã bị sửa: " + "; ".join(broken))
        with ready.writing() as conn:
            audit_log.write(conn, "cli", "restore", "book", now, copy=name)
    return tuple(broken)


def _bring_sounds(manifest: Backup, store: Path, recordings: Path) -> tuple[str, ...]:
    """Restore the recordings that a backup names; those that are here already and whole stay as they are."""
    missing: list[str] = list(manifest.missing)
    for sound in manifest.sounds:
        target = recordings / sound.name
        if _whole(target, sound.sha256):
            continue
        if not _whole(store / sound.name, sound.sha256):
            missing.append(sound.name)
            continue
        backup.put(store / sound.name, target)
    return tuple(missing)


def _whole(file: Path, sha256: str) -> bool:
    with suppress(OSError):
        return backup.digest(file) == sha256
    return False


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"
