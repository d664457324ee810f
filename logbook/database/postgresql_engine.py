"""Connects to PostgreSQL, directly or through PgBouncer, to whichever server of several can be written to."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event, text

from logbook.database.held_once import compiled_statements
from logbook.database.partial_index import also_on_postgresql
from logbook.database.tables import metadata

_NOTICES_A_VANISHED_SERVER = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A server whose machine went dark says no goodbye: who waits for its answer learns of it in ten seconds."""
_READ_ONLY_TRANSACTION = "25006"
_TRIES = 3


def made(url: URL, pool_size: int, wait: float) -> Engine:
    """A pool of connections; `wait` seconds bound what a connection, a lock and a statement may take.

    Time zone and limits are set once connected: PgBouncer takes no `options` of a connection.
    """
    also_on_postgresql(metadata)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=wait,
        hide_parameters=True,
        execution_options={"compiled_cache": compiled_statements()},
        connect_args={"connect_timeout": max(2, int(wait / 2)), **_NOTICES_A_VANISHED_SERVER},
    )
    limit = str(int(wait * 800))
    wanted = ("UTC", limit, limit)

    def on_connect(raw: Any, _record: object) -> None:
        raw.autocommit = True
        raw.execute(_SET, wanted)
        raw.autocommit = False

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "handle_error", _leave_a_server_that_only_reads)
    return engine


_SET = (
    "SELECT set_config('timezone', %s, false), set_config('lock_timeout', %s, false),"
    " set_config('statement_timeout', %s, false)"
)


def _leave_a_server_that_only_reads(met: ExceptionContext) -> None:
    """Another took the place of this primary: its connections are given up, the next finds the new one."""
    reads = met.connection is not None and met.connection.get_execution_options().get("postgresql_readonly")
    if getattr(met.original_exception, "sqlstate", None) == _READ_ONLY_TRANSACTION and not reads:
        met.is_disconnect = True


def shares_connections(engine: Engine) -> bool:
    """Whether two connections that are open at once meet the same process of the server.

    So it is behind a PgBouncer in transaction mode, where limits and prepared statements of one connection
    turn up in another. Raises OperationalError.
    """
    asked = text("SELECT pg_backend_pid()")
    for _ in range(_TRIES):
        with ExitStack() as opened:
            both = [opened.enter_context(engine.connect()) for _ in range(2)]
            pids = []
            for one in both:
                pids.append(one.execute(asked).scalar_one())
                one.commit()
        if pids[0] == pids[1]:
            return True
    return False
