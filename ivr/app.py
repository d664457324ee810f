"""Builds the web application from webhooks, pages and logbook."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal

from flask import Flask, Response, request

from ivr.line import webhooks
from ivr.line.hotline import Hotline
from ivr.running import health
from ivr.running.client_address import ClientAddress
from ivr.running.security_headers import of_every_answer
from ivr.running.shared_routes import SharedRoutes
from logbook.database.engine import DatabaseBusyError
from logbook.guards import keep_watch
from logbook.public import own_address

if TYPE_CHECKING:
    from logbook.public.nowhere import Explains

Role = Literal["voice", "web"]
LARGEST_BODY = 64 * 1024
EVERYTHING: tuple[Role, ...] = ("voice", "web")
OF_PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self' {styles}; img-src 'self' data:;"
    " media-src 'self'; connect-src 'self'; manifest-src 'self';"
    " worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page of ours may load: its own files (T-09)."""


class _Application(Flask):
    url_map_class = SharedRoutes


def create_app(
    hotline: Hotline, roles: Collection[Role] = EVERYTHING, *, ready: Callable[[], bool] = lambda: True
) -> Flask:
    """The application of one office: its telephone (`voice`), its pages (`web`), or both.

    Until `ready` nothing but health asks the database: callers hear the apology, pages say a sentence (F-21).
    """
    app = _Application("ivr", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=200,
    )
    app.wsgi_app = ClientAddress(app.wsgi_app, hotline.settings.trusted_proxies)  # type: ignore[method-assign]

    @app.before_request
    def pages_wait() -> None:
        if request.blueprint not in (None, "health", "webhooks") and not _is_style() and not ready():
            raise DatabaseBusyError("the database is not ready yet")

    explain = None
    if "web" in roles:
        from logbook.public import nowhere

        explain = nowhere.explains(hotline)
    own_address.watch(app, hotline.settings, explain)
    keep_watch(app)

    @app.before_request
    def callers_wait() -> None:
        if request.blueprint == "webhooks" and not ready():  # signed, as keep_watch has seen
            raise DatabaseBusyError("the database is not ready yet")

    app.register_blueprint(health.blueprint(hotline, ready))
    if "voice" in roles:
        app.register_blueprint(webhooks.blueprint(hotline))
    allowed = _add_pages(app, hotline, explain) if "web" in roles else ""
    fields = (
        ("Content-Security-Policy", OF_PAGES.format(styles=allowed)),
        *of_every_answer(hotline.settings.public_url),
    )

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in fields:
            response.headers.setdefault(name, value)
        return response

    return app


def _add_pages(app: Flask, hotline: Hotline, explain: Explains | None) -> str:
    """Register every page; return the styles within a page that a browser may apply."""
    from logbook.api.registry import api_blueprint
    from logbook.console.registry import console_blueprint  # the telephone alone carries no pages
    from logbook.public import rating
    from logbook.public.registry import public_blueprint

    app.register_blueprint(public_blueprint(hotline))
    app.register_blueprint(rating.blueprint(hotline))
    app.register_blueprint(api_blueprint(hotline))
    app.register_blueprint(console_blueprint(hotline, explain))
    if hotline.settings.is_demo or hotline.settings.is_trial:
        from ivr.softphone import pages as softphone

        app.register_blueprint(softphone.blueprint(hotline))
    return rating.STYLE_ALLOWED


def _is_style() -> bool:
    return (request.endpoint or "").rpartition(".")[2] in ("static", "style")
