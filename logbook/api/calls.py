"""`/api/v1/calls`: calls of citizens to the line, those left out that led to what stays in the house."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from sqlalchemy import and_, or_, select

from logbook.accounts.api_clients import ApiRight
from logbook.api import cursors
from logbook.api.cursors import Cursor
from logbook.api.frame import SETTLED, ApiFrame
from logbook.database.tables import calls, restricted_records
from logbook.ids import CallId
from logbook.search.calls import is_missed
from logbook.tickets.visibility import kept_inside, with_closed_words

INBOUND = "inbound"
ONE = "/calls/<int(max=2147483647):call_id>"


def add(api: ApiFrame) -> None:
    """The list since a cursor, and one call."""

    @api.route("/calls", ApiRight.CALLS)
    def calls_since() -> Response:
        since, limit = cursors.read(request.args.get("since")), cursors.limit(request.args.get("limit"))
        callers = api.wants_callers()
        at = calls.c.ended_at
        after = or_(at > since.at, and_(at == since.at, calls.c.id > since.id))
        query = _query().where(at >= since.at, at <= api.now - SETTLED, after)
        query = query.order_by(at, calls.c.id).limit(limit)
        with api.reading() as conn:
            rows = conn.execute(query).all()
        found = [_call(row, callers) for row in rows]
        if callers:
            api.note_callers("calls", [str(one["id"]) for one in found if "phone" in one])
        last = Cursor(rows[-1].ended_at, rows[-1].id) if rows else since
        return api.answer({"calls": found, "next": str(last), "more": len(rows) == limit})

    @api.route(ONE, ApiRight.CALLS)
    def call(call_id: CallId) -> Response:
        callers = api.wants_callers()
        with api.reading() as conn:
            row = conn.execute(_query().where(calls.c.id == call_id)).first()
        if row is None:
            abort(404)
        found = _call(row, callers)
        if "phone" in found:
            api.note_callers("call", [str(call_id)])
        return api.answer(found)


def _query() -> Any:
    """Ended calls of citizens that other systems may know of."""
    named = ("id", "started_at", "ended_at", "language", "purpose", "outcome", "duration", "caller_type")
    restricted = select(restricted_records.c.call_id)
    return select(
        *(calls.c[name] for name in (*named, "caller_number")),
        is_missed().label("missed"),
        calls.c.id.not_in(with_closed_words()).label("open_words"),
    ).where(
        calls.c.direction == INBOUND,
        calls.c.ended_at.is_not(None),
        calls.c.id.not_in(kept_inside()),
        calls.c.id.not_in(restricted),
    )


def _call(row: Any, callers: bool) -> dict[str, Any]:
    found = {
        "id": row.id,
        "started_datetime": row.started_at,
        "ended_datetime": row.ended_at,
        "seconds": row.duration,
        "language": row.language,
        "purpose": row.purpose,
        "outcome": row.outcome,
        "caller_type": row.caller_type,
        "missed": row.missed,
    }
    if callers and row.open_words:
        found["phone"] = row.caller_number
    return found
