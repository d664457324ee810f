"""Prints, for `tongdai check` in a trial, whom the trial reaches and what is missing to go live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from logbook.accounts import demo_accounts
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.phone_numbers import dotted
from logbook.retention import backup
from logbook.settings.loading import Settings


def live_lines(settings: Settings, warnings: Sequence[str]) -> list[str]:
    """Return who is a guest and what going live still needs; nothing outside a trial.

    `warnings` are those of the same check: what is wrong in a trial is wrong in production.
    """
    if not settings.is_trial:
        return []
    guests = ", ".join(dotted(guest) for guest in settings.trial.guests)
    return [
        "",
        f"Chạy thử: tổng đài chỉ gọi và nhắn cho {guests} (trial.guests).",
        *(f"  không được gọi khi chạy thử: {who}" for who in _not_reached(settings)),
        "Còn thiếu để chạy thật:",
        "  đặt TONGDAI_MODE=production (tin đã giữ lại khi chạy thử sẽ không gửi lại)",
        *(f"  {warning.removeprefix('cảnh báo: ')}" for warning in warnings),
        *(f"  {text}" for text in _in_the_book(settings)),
    ]


def _not_reached(settings: Settings) -> Iterator[str]:
    guests = settings.guests
    for person in settings.duty.people:
        if not guests.number(person.number):
            yield f"{person.name} ({dotted(person.number)})"
    for official in settings.notifications.officials:
        if not guests.number(official.number):
            yield f"{official.name} ({dotted(official.number)})"


def _in_the_book(settings: Settings) -> Iterator[str]:
    """Sample accounts that can sign in, and a missing copy; the database need not be there yet."""
    if backup.newest(settings.data_folder / "backups", Clock().now()) is None:
        yield "chưa có bản sao lưu nào; chạy: tongdai backup"
    if settings.database_url.startswith("sqlite") and not (settings.data_folder / "tongdai.db").exists():
        yield "chưa có sổ; chạy: tongdai db upgrade"
        return
    try:
        with closing(Database(settings.database_url)) as database, database.reading() as conn:
            if demo_accounts.demo_accounts_left(conn):
                yield "còn tài khoản mẫu đang mở; khóa bằng: tongdai user disable TÊN"
            if not demo_accounts.any_administrator(conn):
                yield "chưa có quản trị viên; tạo bằng: tongdai user add TÊN --role administrator"
    except DatabaseBusyError:
        yield "không mở được sổ"
