"""What `tongdai check` finds in the database and its copies: tables, accounts, scheduler, a tried restore."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ivr.commands.going_live.lines import CheckLine, done, to_do, unknown, wrong
from ivr.commands.going_live.server_lines import server_lines
from logbook import database_address
from logbook.accounts import demo_accounts
from logbook.clock import Clock, local
from logbook.database import leases
from logbook.database.engine import Database, DatabaseBusyError, SchemaError
from logbook.database.samples import any_samples
from logbook.database.shared_clock import shared_now
from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError
from logbook.database.trouble import sentence
from logbook.retention import backup, restore
from logbook.sending.gateways import zalo_tokens
from logbook.settings.loading import Settings

OLD_COPY = timedelta(hours=36)
"""A nightly copy is never older than a day and its making."""


def book_lines(settings: Settings) -> Iterator[CheckLine]:
    """Read the database and try its newest copy; nothing of either is changed."""
    address = database_address.understood(settings.database_url)
    if address.get_backend_name() == "sqlite" and not _is_file(Path(str(address.database))):
        yield to_do("database", "Sổ: chưa có", "chạy: tongdai db upgrade")
        yield from _copies(settings)
        return
    try:
        with closing(Database(settings.database_url, wait_seconds=2.0)) as database:
            if not database.is_sqlite:
                yield from server_lines(database)
            yield from _database(database)
            if settings.citizens.zns is not None and not settings.is_demo and database.at_head():
                with database.reading() as conn:
                    yield _zalo(conn)
    except (DatabaseBusyError, SchemaError, DBAPIError, OSError) as problem:
        why = (sentence(problem) or str(problem)).splitlines()[0]
        yield to_do("database", f"Sổ: không mở được ({why})", "xem TONGDAI_DATA, TONGDAI_DATABASE_URL")
    yield from _copies(settings)


def _zalo(conn: Connection) -> CheckLine:
    """Whether Zalo gave tokens, and whether it still does; a refresh token is used once and replaced."""
    found = zalo_tokens.state(conn)
    if found is None:
        return to_do("zalo", "Zalo ZNS: chưa lấy mã truy cập lần nào", "thử: tongdai check --send NGƯỜI/zns")
    if found.error is not None:
        what = "lấy refresh token mới ở developers.zalo.me, đặt vào ZALO_REFRESH_TOKEN rồi khởi động lại"
        return wrong("zalo", f"Zalo ZNS: mã truy cập bị từ chối ({found.error}); tin đi cách khác", what)
    renewed = "chưa lần nào" if found.renewed_at is None else f"{local(found.renewed_at):%d/%m/%Y %H:%M}"
    return done("zalo", f"Zalo ZNS: mã truy cập được gia hạn lần cuối {renewed}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _database(database: Database) -> Iterator[CheckLine]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if not database.at_head():
        stands = database.revision() or "trống"
        yield to_do("database", f"Sổ {kind}: các bảng ở phiên bản {stands}", "chạy: tongdai db upgrade")
        return
    yield done("database", f"Sổ {kind}: các bảng ở phiên bản {database.revision()}, mới nhất")
    with database.reading() as conn:
        yield from _accounts(conn)
        yield _scheduler(conn)


def _accounts(conn: Connection) -> Iterator[CheckLine]:
    if demo_accounts.any_administrator(conn):
        yield done("administrator", "Quản trị viên: đã có")
    else:
        what = "tạo bằng: tongdai user add TÊN --name 'HỌ TÊN' --role administrator"
        yield to_do("administrator", "Quản trị viên: chưa có", what)
    if demo_accounts.demo_accounts_left(conn):
        what = "khóa từng tài khoản bằng: tongdai user disable TÊN"
        yield to_do("sample_accounts", "Còn tài khoản mẫu đang mở", what)
    if any_samples(conn):
        what = "xóa bằng: TONGDAI_MODE=demo tongdai demo remove (phiếu thật vẫn còn)"
        yield to_do("samples", "Sổ còn tháng mẫu", what)


def _scheduler(conn: Connection) -> CheckLine:
    held = leases.holder(conn, "scheduler")
    if held is not None and held[1] > shared_now(conn, Clock()):
        return done("scheduler", "Bộ hẹn giờ đang chạy")
    return to_do(
        "scheduler", "Bộ hẹn giờ không chạy, không ai được báo tin", "chạy tongdai serve, hoặc scheduler"
    )


def _copies(settings: Settings) -> Iterator[CheckLine]:
    now = Clock().now()
    newest = backup.newest(settings.data_folder / "backups", now)
    if newest is None:
        yield to_do("backup", "Bản sao lưu: chưa có bản nào", "chạy: tongdai backup")
        return
    made = f"{local(newest.made_at):%H:%M %d/%m/%Y}"
    if now - newest.made_at > OLD_COPY:
        yield wrong("backup", f"Bản sao lưu mới nhất đã cũ, lúc {made}", "chạy: tongdai backup; xem báo động")
    else:
        yield done("backup", f"Bản sao lưu mới nhất lúc {made}")
    yield restored(newest, now)


def restored(newest: backup.Backup, now: datetime) -> CheckLine:
    """Restore a copy into a folder of its own and read it there; the book itself is not touched."""
    try:
        if newest.path.suffix != ".db":
            contents, _ = restore.checked(newest.path)
            count = contents.rows.get("tickets", 0)
            text = f"Bản sao PostgreSQL mở được, có {count} phiếu; chưa khôi phục thử vào máy khác"
            return unknown("restore", text, "khôi phục thử vào một máy chủ PostgreSQL khác mỗi quý")
        with tempfile.TemporaryDirectory(prefix="tongdai-check-") as folder:
            place = Path(folder) / "tongdai.db"
            with closing(Database(database_address.of_file(place))) as trial:
                back = restore.bring_back(newest.path, trial, Path(folder) / "recordings", now)
    except (
        restore.RestoreRefusedError,
        BackupFailedError,
        UnsoundBackupError,
        DatabaseBusyError,
        SchemaError,
        OSError,
    ) as problem:
        why = str(problem).splitlines()[0]
        return wrong("restore", f"Khôi phục thử không được: {why}", "sao lưu lại: tongdai backup")
    text = f"Đã khôi phục thử: {back.tickets} phiếu, {back.calls} cuộc gọi, {back.sounds} bản ghi âm"
    if back.broken or back.sounds_missing:
        what = "chạy tongdai verify để biết chỗ bị sửa hoặc bị thiếu"
        return wrong("restore", f"{text}; có chỗ bị sửa hoặc bị thiếu", what)
    return done("restore", text)
