"""The frame of the read API: who asks, by which right, how often, and how an answer is given.

Deny by default: a route without a right cannot be added, a client without the route's right gets 403.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from logbook.accounts import api_clients, audit_log
from logbook.accounts.api_clients import ApiClient, ApiRight
from logbook.api.cursors import BadCursorError
from logbook.clock import local
from logbook.database.engine import DatabaseBusyError
from logbook.guards import guarded_by
from logbook.installation import Installation
from logbook.texts.catalogue import OFFICE_LANGUAGE, Catalogue

ROOT = "/api/v1"
SETTLED = timedelta(seconds=60)
"""What is newer is listed by the next request: a slower transaction may still write something before it."""
_SAID = {
    400: "the request cannot be read",
    401: "a valid token is needed: Authorization: Bearer …",
    403: "this client has no right to it",
    404: "there is no such thing, or it is not for this client",
    405: "the API only reads",
    429: "too many requests; wait a minute",
    503: "the database is busy; try again",
}


@dataclass(frozen=True, slots=True)
class ApiGuard:
    """Lets clients with one right in; whoever describes the routes reads the right here."""

    let_in: Callable[[ApiRight | None], object]
    right: ApiRight | None

    def __call__(self) -> object:
        """Let the client of this request in, or answer for it."""
        return self.let_in(self.right)


class ApiFrame:
    """One installation's read API: routes add themselves with `route` and answer with `answer`."""

    def __init__(self, installation: Installation) -> None:
        """No route yet, for `installation`."""
        self.installation = installation
        self.settings = installation.settings
        self.blueprint = Blueprint("api", __name__)
        self.blueprint.register_error_handler(HTTPException, _explained)
        self.blueprint.register_error_handler(BadCursorError, lambda error: _said(400, f"wrong {error}"))
        self.blueprint.register_error_handler(DatabaseBusyError, lambda _: _said(503))

    def route(
        self, rule: str, right: ApiRight | None, below: str = ROOT
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add a view at `rule` for clients with that right; None: for every client whose token holds."""

        def add(view: Callable[..., Any]) -> Callable[..., Any]:
            marked: Callable[..., Any] = guarded_by(ApiGuard(self._let_in, right))(view)
            self.blueprint.add_url_rule(
                below + rule, view_func=marked, methods=["GET"], provide_automatic_options=False
            )
            return marked

        return add

    @property
    def now(self) -> datetime:
        """The office's clock."""
        return self.installation.clock.now()

    @property
    def client(self) -> ApiClient:
        """Who asks."""
        client: ApiClient = g.api_client
        return client

    @property
    def catalogue(self) -> Catalogue:
        """The sentences in which kinds and states are named."""
        return self.installation.texts[OFFICE_LANGUAGE]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with self.installation.database.reading() as conn:
            yield conn

    def wants_callers(self) -> bool:
        """Whether the client asks for personal data of callers and may have them (abort 403, 400)."""
        asked = request.args.get("include", "")
        if asked not in ("", "caller"):
            raise BadCursorError("include")
        if asked and not self.client.holds(ApiRight.CALLERS):
            abort(403)
        return bool(asked)

    def note_callers(self, what: str, ids: list[str]) -> None:
        """Write into the audit log whose personal data the client was given (B4)."""
        if ids:
            with self.installation.database.writing() as conn:
                subject = f"api_client:{self.client.id}"
                audit_log.write(conn, _who(self.client), "api_callers", subject, self.now, what=what, ids=ids)

    def answer(self, found: Mapping[str, object]) -> Response:
        """Answer with JSON under a strong ETag; 304 when the client has it already."""
        response = make_response(
            json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=written)
        )
        response.mimetype = "application/json"
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization"
        response.add_etag()
        response.make_conditional(request)
        return response

    def _let_in(self, right: ApiRight | None) -> Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer":
            return _said(401)
        with self.reading() as conn:
            client = api_clients.of_token(conn, token.strip(), self.now)
        if client is None:
            return _said(401)
        most = self.settings.connections.api_per_minute
        with self.installation.database.writing() as conn:
            if not api_clients.take(conn, client, most, self.now):
                return _said(429)
        if right is not None and not client.holds(right):
            return _said(403)
        g.api_client = client
        return None


def _who(client: ApiClient) -> str:
    return f"api: {client.name}"


def written(value: object) -> str:
    """Return a moment as the API writes it: ISO 8601 with the offset of Vietnam."""
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="seconds")
    raise TypeError(type(value).__name__)


def _explained(error: HTTPException) -> Response:
    return _said(error.code or 500)


def _said(status: int, why: str = "") -> Response:
    """An error as GeoReport v2 writes it: a list of codes with a sentence each."""
    errors = {"errors": [{"code": status, "description": why or _SAID.get(status, "it did not work")}]}
    response = make_response(json.dumps(errors), status)
    response.mimetype = "application/json"
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if status in (429, 503):
        response.headers["Retry-After"] = "60" if status == 429 else "5"
    return response
