"""Compares the tables of the database with those the program knows, and upgrades them.

Every start compares and hardly one upgrades: Alembic is loaded only where there is something to upgrade.
"""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import TimeoutError  # noqa: A004

from logbook.database import search_index

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = Path(__file__).parent / "migrations" / "versions"
"""The migrations, each in a file whose name begins with its revision: 0027_slip_photos.py."""

_IN_LINE = 7_302_583_842_102
"""PostgreSQL advisory lock of upgrades: the number means nothing, it only has to stay the same."""
_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps the connection of the upgrade that runs in a variable of the process: of two at a time, one
would write into the other's book."""
PATIENCE = 60.0
"""Seconds that an upgrade waits for that of another book."""


class SchemaError(Exception):
    """The database's tables do not fit this program; the message is Vietnamese and English."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration in code: no ini file, logging is left alone."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", "logbook.database:migrations")
    made.set_main_option("recursive_version_locations", "true")
    made.attributes["connection"] = connection
    return made


@functools.cache
def head() -> str:
    """The newest revision this program knows."""
    return max(known())


@functools.cache
def known() -> frozenset[str]:
    """Every revision this program can upgrade from."""
    return frozenset(file.name.partition("_")[0] for file in VERSIONS.rglob("[0-9]*_*.py"))


def revision(connection: Connection) -> str | None:
    """The revision the database stands at; None when it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def at_head(connection: Connection) -> bool:
    """Whether nothing is left to upgrade; SchemaError when the tables are newer than this program."""
    current = revision(connection)
    _refuse_newer(current)
    return current == head()


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the transaction of `connection`; SchemaError when tables are newer.

    Tickets from before there was a search get their searched words. TimeoutError (SQLAlchemy) while another
    database is upgraded for longer than anybody waits.
    """
    if not at_head(connection):
        from alembic import command

        if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE):
            raise TimeoutError("another database is being upgraded")
        try:
            command.upgrade(config(connection), "head")
        finally:
            _ONE_AT_A_TIME.release()
        while search_index.refresh_missing(connection):
            pass


def wait_in_line(connection: Connection) -> None:
    """On PostgreSQL: one upgrade at a time, without the time limits of ordinary work."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = '60s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IN_LINE})


def half_restored(connection: Connection) -> bool:
    """Whether a restore on PostgreSQL has begun and not ended: the database itself stands aside (F-16)."""
    asked = text("SELECT to_regclass('before_restore.unfinished')")
    return connection.dialect.name == "postgresql" and connection.execute(asked).scalar() is not None


def refuse_half_restored(connection: Connection) -> None:
    """SchemaError while the database stands aside, so that nobody begins a new one in its place."""
    if half_restored(connection):
        raise SchemaError(
            "Lần khôi phục vừa rồi chưa xong, sổ cũ vẫn còn nguyên: hãy chạy lại tongdai restore. "
            "The last restore has not ended and the old book is whole: run tongdai restore again."
        )


def refuse_orphans(connection: Connection) -> None:
    """On SQLite: SchemaError when a rebuilt table left rows without their parent."""
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise SchemaError(
            f"Nâng cấp làm đứt liên kết ở bảng {orphan[0]}; đã hoàn lại. "
            f"The upgrade would break a link in table {orphan[0]}; it was rolled back."
        )


def _refuse_newer(current: str | None) -> None:
    if current is not None and current not in known():
        raise SchemaError(
            f"Cơ sở dữ liệu ở phiên bản {current}, mới hơn chương trình này ({head()}): hãy cài bản mới hơn. "
            f"The database is at revision {current}, newer than this program ({head()}): "
            "install the newer release."
        )
