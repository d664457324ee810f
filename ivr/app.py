"""Joins webhooks, pages and logbook into one web application."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from flask import Flask, Response

from ivr import health, home, webhooks
from ivr.client_address import ClientAddress
from ivr.hotline import Hotline
from logbook.console import console_blueprint
from logbook.guards import keep_watch

Role = Literal["voice", "web"]
LARGEST_BODY = 64 * 1024
EVERYTHING: tuple[Role, ...] = ("voice", "web")


def create_app(hotline: Hotline, roles: Collection[Role] = EVERYTHING) -> Flask:
    """The application of one office: its telephone (`voice`), its pages (`web`), or both."""
    app = Flask("ivr", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=200,
    )
    app.wsgi_app = ClientAddress(app.wsgi_app, hotline.settings.trusted_proxies)  # type: ignore[method-assign]
    keep_watch(app)
    app.register_blueprint(health.blueprint(hotline))
    if "voice" in roles:
        app.register_blueprint(webhooks.blueprint(hotline))
    if "web" in roles:
        app.register_blueprint(home.blueprint(hotline))
        app.register_blueprint(console_blueprint(hotline))
    app.after_request(_headers)
    return app


def _headers(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
