"""Health checks: `/healthz`, `/readyz` and the scheduler's heartbeats behind them (F-24)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify
from sqlalchemy.exc import DBAPIError

from ivr.line.hotline import Hotline
from logbook.clock import Clock
from logbook.database import heartbeats, leases
from logbook.database.engine import DatabaseBusyError, SchemaError
from logbook.database.shared_clock import shared_now
from logbook.guards import everyone, guarded_by
from logbook.process import disk
from logbook.sending import lateness, own_line_state


def blueprint(hotline: Hotline, prepared: Callable[[], bool]) -> Blueprint:
    """Whether the process lives, whether it can answer the telephone, whether notifications go out (F-24).

    `/readyz` is 503 only when a caller could not be served, so also before the book is `prepared` and while
    the office is paused; `/readyz/clock`, for a watchman outside, is 503 as soon as no notification goes out
    any more.
    """
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    @guarded_by(everyone)
    def alive() -> Response:
        return jsonify(alive=True)

    @health.get("/readyz")
    @guarded_by(everyone)
    def ready() -> tuple[Response, int]:
        checks = {"database": prepared() and _database_ready(hotline), "disk": _disk_ready(hotline)}
        able = all(checks.values())
        return jsonify(ready=able, **checks, **_clock_work(hotline, checks["database"])), 200 if able else 503

    @health.get("/readyz/clock")
    @guarded_by(everyone)
    def told() -> tuple[Response, int]:
        work = _clock_work(hotline, _database_ready(hotline))
        details = _notifications_go_out(work)
        return jsonify(told=details, **work), 200 if details else 503

    @health.get("/readyz/line")
    @guarded_by(everyone)
    def line() -> tuple[Response, int]:
        """Whether citizens reach an office with a line of its own; 404 where a provider carries the calls."""
        if hotline.settings.line.own is None:
            abort(404)
        well = _database_ready(hotline) and _line_is_well(hotline)
        return jsonify(line=well), 200 if well else 503

    return health


def _line_is_well(hotline: Hotline) -> bool:
    try:
        with hotline.database.reading() as conn:
            state = own_line_state.read(conn)
            return state is not None and state.well(shared_now(conn, Clock()))
    except DatabaseBusyError:
        return False


def _database_ready(hotline: Hotline) -> bool:
    try:
        return hotline.database.at_head()
    except (DatabaseBusyError, SchemaError, DBAPIError):
        return False


def _disk_ready(hotline: Hotline) -> bool:
    folder = hotline.settings.data_folder
    return folder.exists() and disk.free_mb(folder) >= hotline.settings.retention.least_disk_mb


def _clock_work(hotline: Hotline, readable: bool) -> dict[str, object]:
    """Does the scheduler live, which of its vital work is silent, how long does the oldest news wait.

    Leases and heartbeats go by the database's clock, what is due by the office's.
    """
    nothing: dict[str, object] = {
        "scheduler": False,
        "silent": [*heartbeats.VITAL],
        "oldest_unsent_seconds": None,
    }
    if not readable:
        return nothing
    try:
        with hotline.database.reading() as conn:
            real = shared_now(conn, Clock())
            held = leases.holder(conn, "scheduler")
            silent = heartbeats.stale(conn, real)
            oldest = lateness.oldest_unsent(conn)
    except DatabaseBusyError:
        return nothing
    waited = None if oldest is None else max(0, round((hotline.clock.now() - oldest).total_seconds()))
    alive = held is not None and held[1] > real
    return {"scheduler": alive, "silent": silent, "oldest_unsent_seconds": waited}


def _notifications_go_out(work: dict[str, object]) -> bool:
    waited = work["oldest_unsent_seconds"]
    late = isinstance(waited, int) and waited > heartbeats.UNSENT_FOR.total_seconds()
    return bool(work["scheduler"]) and not work["silent"] and not late
