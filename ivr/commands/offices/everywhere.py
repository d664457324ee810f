"""What is done at every office of an installation with one command, and what became of it at each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logbook.database.engine import Database
    from logbook.settings.loading import Settings


@contextmanager
def _book(settings: Settings) -> Iterator[Database]:
    from logbook.database.engine import Database

    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.close()


def upgraded(settings: Settings) -> str:
    """Bring one office's tables to the newest revision."""
    from logbook.clock import Clock

    with _book(settings) as database:
        before = database.revision()
        database.upgrade(Clock().now())
        now = database.revision()
    return f"phiên bản {now}" if before == now else f"đã nâng từ {before or 'trống'} lên {now}"


def backed_up(settings: Settings, folder: Path | None) -> str:
    """Make one checked copy of an office's book and recordings; in `folder` each office has its own."""
    from logbook.clock import Clock
    from logbook.retention import backup as copies

    place = settings.data_folder / "backups"
    if folder is not None:
        place = folder / settings.data_folder.parent.name
    with _book(settings) as database:
        made = copies.make(database, settings.data_folder / "recordings", place, Clock().now())
    missing = f"; thiếu {len(made.missing)} bản ghi âm" if made.missing else ""
    return f"đã sao lưu {made.path} ({made.size} byte){missing}"


def demand_whole(settings: Settings) -> None:
    """ClickException when an office's tables are behind, or a chain of its histories is broken."""
    from logbook.accounts import audit_log
    from logbook.tickets import history

    with _book(settings) as database:
        if not database.at_head():
            raise click.ClickException("sổ chưa có hoặc chưa nâng cấp; hãy chạy: tongdai db upgrade --all")
        with database.reading() as conn:
            if history.verify(conn) is not None or audit_log.verify(conn) is not None:
                raise click.ClickException("LỊCH SỬ ĐÃ BỊ SỬA; hãy chạy: tongdai verify")
