"""What `tongdai check` finds out about servers of PostgreSQL: who takes writes, who follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from ivr.commands.going_live.lines import CheckLine, done, to_do, wrong
from logbook import database_address
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.trouble import sentence

_ASKED = text(
    "SELECT pg_is_in_recovery() AS follows, current_setting('synchronous_standby_names') AS waits_for,"
    " (SELECT count(*) FROM pg_stat_replication) AS followers"
)


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """One server as it answered; `problem` is a sentence where it did not."""

    name: str
    follows: bool = False
    waits_for: str = ""
    followers: int = 0
    problem: str = ""


def server_lines(database: Database) -> Iterator[CheckLine]:
    """How the servers of the address stand, and whether connections are really one's own."""
    if database.shares_connections():
        what = "đặt pool_mode = session trong pgbouncer.ini; các lệnh db upgrade, restore nối thẳng máy chủ"
        yield wrong("pgbouncer", "PgBouncer không ở chế độ session: nhiều kết nối dùng chung một phiên", what)
    found = [_asked(one) for one in database_address.servers(database.url)]
    if len(found) > 1:
        yield from _of_several(found)


def _asked(url: URL) -> DatabaseServer:
    host, port = url.query.get("host") or url.host, url.query.get("port") or url.port or 5432
    name = f"{host}:{port}"
    try:
        address = url.render_as_string(hide_password=False)
        with closing(Database(address, wait_seconds=2.0)) as server, server.reading() as conn:
            row = conn.execute(_ASKED).one()
    except (DatabaseBusyError, DBAPIError) as problem:
        return DatabaseServer(name, problem=(sentence(problem) or str(problem)).splitlines()[0])
    return DatabaseServer(name, row.follows, row.waits_for, row.followers)


def _of_several(found: list[DatabaseServer]) -> Iterator[CheckLine]:
    for one in found:
        if one.problem:
            what = "dựng lại máy này làm máy dự phòng (pg_basebackup); xem docs/postgresql.md"
            yield wrong("servers", f"Máy chủ cơ sở dữ liệu {one.name}: {one.problem}", what)
    takes_writes = [one for one in found if not one.problem and not one.follows]
    if len(takes_writes) > 1:
        names = ", ".join(one.name for one in takes_writes)
        what = "dừng ngay máy chính cũ; nếu đã có người ghi vào nó thì so hai sổ trước khi dựng lại"
        yield wrong("servers", f"Nhiều máy chủ cùng nhận ghi ({names}): sổ đang tách đôi", what)
        return
    if not takes_writes:
        what = "nâng máy dự phòng lên: pg_ctl promote"
        yield wrong("servers", "Không máy chủ cơ sở dữ liệu nào nhận ghi", what)
        return
    (main,) = takes_writes
    shown = f"Máy chủ cơ sở dữ liệu {main.name} nhận ghi, {main.followers} máy dự phòng đang theo"
    if not main.followers:
        yield to_do("servers", shown, "dựng máy dự phòng bằng pg_basebackup; xem docs/postgresql.md")
    elif not main.waits_for:
        what = "đặt synchronous_standby_names, nếu không máy chính hỏng thì mất những giây cuối"
        yield to_do("servers", f"{shown}, nhưng không chờ máy nào", what)
    else:
        yield done("servers", f"{shown}, đồng bộ")
