"""`/api/v1/tickets` and `/services`: tickets by the names of Open311 GeoReport v2, where it has some."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response, abort, request
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from logbook.accounts.api_clients import ApiRight
from logbook.api import cursors
from logbook.api.cursors import Cursor
from logbook.api.frame import SETTLED, ApiFrame
from logbook.database.tables import ticket_events, tickets
from logbook.tickets.lifecycle import KINDS
from logbook.tickets.visibility import opens_words, visible_outside

WORDS = ("summary", "description", "answer")
CALLER = ("phone", "name", "address_string", "anonymous")
ONE = "/tickets/<string(length=6):code>"


def add(api: ApiFrame) -> None:
    """The list since a cursor, one ticket, and the kinds of ticket."""

    @api.route("/tickets", ApiRight.TICKETS)
    def tickets_since() -> Response:
        since, limit = cursors.read(request.args.get("since")), cursors.limit(request.args.get("limit"))
        callers = api.wants_callers()
        with api.reading() as conn:
            rows = _changed(conn, since, api.now - SETTLED, limit)
        found = [ticket_of(api, row, callers) for row in rows]
        if callers:
            api.note_callers("tickets", [one["service_request_id"] for one in found if "phone" in one])
        last = Cursor(rows[-1].changed_at, rows[-1].id) if rows else since
        return api.answer({"tickets": found, "next": str(last), "more": len(rows) == limit})

    @api.route(ONE, ApiRight.TICKETS)
    def ticket(code: str) -> Response:
        callers = api.wants_callers()
        with api.reading() as conn:
            row = conn.execute(_select().where(visible_outside(), tickets.c.code == code)).first()
        if row is None:
            abort(404)
        found = ticket_of(api, row, callers)
        if "phone" in found:
            api.note_callers("ticket", [code])
        return api.answer(found)

    @api.route("/services", ApiRight.TICKETS)
    def services() -> Response:
        return api.answer({"services": [_service(api, kind) for kind in KINDS]})


def _service(api: ApiFrame, kind: str) -> dict[str, object]:
    return {
        "service_code": kind,
        "service_name": api.catalogue.sentence(f"ticket_kind_{kind}"),
        "metadata": False,
        "type": "realtime",
    }


_CHANGED = (
    select(func.max(ticket_events.c.at)).where(ticket_events.c.ticket_id == tickets.c.id).scalar_subquery()
)
_WANTED = ("id", "code", "kind", "channel", "state", "opened_at", "answer_due_at", "answered_at", "closed_at")
_MORE = (
    "outcome",
    "topic",
    "category",
    "urgent",
    "transferred_to",
    "content",
    "answer",
    "summary",
    "version",
)
_PERSON = ("caller_number", "caller_name", "caller_address", "anonymous")


def _select(changed_at: ColumnElement[Any] = _CHANGED) -> Any:
    columns = [tickets.c[name] for name in (*_WANTED, *_MORE, *_PERSON)]
    return select(*columns, opens_words().label("open_words"), changed_at.label("changed_at"))


def _changed(conn: Connection, since: Cursor, until: datetime, limit: int) -> Sequence[Any]:
    """Return tickets changed after `since` and before `until`, each once, the oldest last change first."""
    at, ticket_id = ticket_events.c.at, ticket_events.c.ticket_id
    latest = (
        select(ticket_id, func.max(at).label("at"))
        .where(at >= since.at, at <= until)
        .group_by(ticket_id)
        .subquery()
    )
    after = or_(latest.c.at > since.at, and_(latest.c.at == since.at, latest.c.ticket_id > since.id))
    query = _select(latest.c.at).join_from(tickets, latest, latest.c.ticket_id == tickets.c.id)
    query = query.where(visible_outside(), after).order_by(latest.c.at, latest.c.ticket_id).limit(limit)
    return conn.execute(query).all()


def ticket_of(api: ApiFrame, row: Any, callers: bool) -> dict[str, Any]:
    """Return what this client may read of a ticket; a field without its right is not there at all."""
    late = row.answer_due_at < (row.answered_at or row.closed_at or api.now)
    found: dict[str, Any] = {
        "service_request_id": row.code,
        "status": "closed" if row.closed_at else "open",
        "status_notes": row.state,
        "service_code": row.kind,
        "service_name": api.catalogue.sentence(f"ticket_kind_{row.kind}"),
        "agency_responsible": row.transferred_to or api.settings.office.agency,
        "requested_datetime": row.opened_at,
        "updated_datetime": row.changed_at,
        "expected_datetime": row.answer_due_at,
        "answered_datetime": row.answered_at,
        "closed_datetime": row.closed_at,
        "outcome": row.outcome,
        "channel": row.channel,
        "topic": row.topic,
        "category": row.category,
        "urgent": row.urgent,
        "overdue": late,
        "version": row.version,
    }
    if api.client.holds(ApiRight.CONTENTS):
        shown = row if row.open_words else None
        found |= dict(zip(WORDS, _of(shown, "summary", "content", "answer"), strict=True))
    if callers and row.open_words and not row.anonymous:
        words = _of(row, "caller_number", "caller_name", "caller_address", "anonymous")
        found |= dict(zip(CALLER, words, strict=True))
    return found


def _of(row: Any, *names: str) -> list[Any]:
    return [None if row is None else getattr(row, name) for name in names]
