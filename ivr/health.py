"""Is the program alive, and is it ready to answer the telephone?"""

from __future__ import annotations

import shutil

from flask import Blueprint, Response, jsonify

from ivr.hotline import Hotline
from logbook import leases
from logbook.clock import Clock
from logbook.database import DatabaseBusy, SchemaError
from logbook.guards import everyone, guarded_by

LEAST_DISK = 200 * 1024 * 1024


def blueprint(hotline: Hotline) -> Blueprint:
    """`/healthz`: the process lives; `/readyz`: database, tables, disk and scheduler (F-24)."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    @guarded_by(everyone)
    def alive() -> Response:
        return jsonify(alive=True)

    @health.get("/readyz")
    @guarded_by(everyone)
    def ready() -> tuple[Response, int]:
        checks = {"database": _database_ready(hotline), "disk": _disk_ready(hotline)}
        scheduler = _scheduler_seen(hotline) if checks["database"] else False
        return jsonify(ready=all(checks.values()), **checks, scheduler=scheduler), (
            200 if all(checks.values()) else 503
        )

    return health


def _database_ready(hotline: Hotline) -> bool:
    try:
        return hotline.database.at_head()
    except (DatabaseBusy, SchemaError):
        return False


def _disk_ready(hotline: Hotline) -> bool:
    folder = hotline.settings.data_folder
    return folder.exists() and shutil.disk_usage(folder).free >= LEAST_DISK


def _scheduler_seen(hotline: Hotline) -> bool:
    """Whether somebody holds the scheduler's lease now (by the real clock); the telephone works without."""
    try:
        with hotline.database.reading() as conn:
            held = leases.holder(conn, "scheduler")
        return held is not None and held[1] > Clock().now()
    except DatabaseBusy:
        return False
