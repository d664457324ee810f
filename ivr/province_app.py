"""The web application of the province: its own pages over its own database, and no office's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, redirect, request, url_for
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as BaseResponse

from ivr.app import LARGEST_BODY, OF_PAGES
from ivr.running.client_address import ClientAddress
from ivr.running.security_headers import of_every_answer
from logbook.accounts import key_check
from logbook.clock import Clock
from logbook.console.province.registry import province_blueprint
from logbook.database.engine import Database, DatabaseBusyError, SchemaError
from logbook.database.trouble import sentence
from logbook.guards import everyone, guarded_by, keep_watch
from logbook.installation import Installation, open_installation
from logbook.offices.register import OfficeRegister
from logbook.province.collecting import FigureFolders
from logbook.province.own_settings import province_settings
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPENING_SECONDS = 3.0
"""How long a request waits while another one opens the database."""
log = structlog.get_logger("ivr.province")

SHOWS_FIGURES = frozenset(
    f"console.{one}" for one in ("today", "province_office", "province_document", "province_workbook")
)


def open_province(
    settings: Settings, clock: Clock | None = None, database: Database | None = None
) -> Installation:
    """Open the province's database, upgraded; SchemaError where it is another key's or newer."""
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    installation = open_installation(settings, clock, database)
    now = installation.clock.now()
    try:
        installation.database.upgrade(now)
        with installation.database.writing() as conn:
            key_check.demand(conn, settings.secret_key.get_secret_value(), now)
    except BaseException:
        installation.database.close()
        raise
    return installation


def create_province(installation: Installation, look: Callable[[datetime], object] | None = None) -> Flask:
    """The application: sign-in, own account, figures of all offices; everything else is not there.

    `look` takes in what offices have given out; it is asked before figures are shown.
    """
    app = Flask("province", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY, MAX_FORM_PARTS=200)
    app.wsgi_app = ClientAddress(app.wsgi_app, installation.settings.trusted_proxies)  # type: ignore[method-assign]
    keep_watch(app)
    app.register_blueprint(province_blueprint(installation))
    fields = (
        ("Content-Security-Policy", OF_PAGES.format(styles="")),
        *of_every_answer(installation.settings.public_url),
    )

    @app.before_request
    def collect() -> None:
        if look is not None and request.method == "GET" and request.endpoint in SHOWS_FIGURES:
            with suppress(DatabaseBusyError, OSError):
                look(installation.clock.now())

    @app.get("/")
    @guarded_by(everyone)
    def front() -> BaseResponse:
        return redirect(url_for("console.today"), 303)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in fields:
            response.headers.setdefault(name, value)
        return response

    return app


class Province:
    """The province's pages of one installation, opened when somebody asks for them; for any thread."""

    def __init__(self, register: OfficeRegister, environ: Mapping[str, str]) -> None:
        """Nothing is open yet."""
        self._register, self._environ = register, environ
        self._lock = threading.Lock()
        self._app: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer; a database that cannot be opened is said and tried again by the next request."""
        try:
            app = self._app or self._opened()
        except (SchemaError, SettingsError, DatabaseBusyError, DBAPIError, OSError) as problem:
            log.error("the province's database cannot be opened", problem=sentence(problem) or str(problem))
            start_response("503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
            return ["Sổ của tỉnh chưa mở được. Xin thử lại sau ít phút.\n".encode()]
        return app(environ, start_response)

    def _opened(self) -> WSGIApplication:
        """Open it, or wait a moment for who does: the threads of pages are those of all offices."""
        if not self._lock.acquire(timeout=OPENING_SECONDS):
            raise DatabaseBusyError("it is being opened")
        try:
            if self._app is None:
                offices = self._register.now()
                shared = offices.shared
                settings = province_settings(
                    offices.folder, shared.province, shared.public_address, self._environ
                )
                opened = open_province(settings)
                self._app = create_province(opened, FigureFolders(offices.folder, opened.database).look)
            return self._app
        finally:
            self._lock.release()
