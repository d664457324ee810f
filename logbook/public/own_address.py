"""The form's own address inside the office (`TONGDAI_WIFI_URL`): there nothing but the form answers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, request, url_for
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from logbook.settings.loading import Settings


def watch(app: Flask, settings: Settings, explain: Callable[[HTTPException], Response] | None = None) -> None:
    """Let the form's own address answer with the form alone; its front door leads to the field for a code.

    `explain` makes the page that everything else there answers with.
    """

    @app.before_request
    def form_alone() -> Response | None:
        if not is_form_host(request.host, settings) or request.blueprint == "rating":
            return None
        if request.path == "/" and "rating" in app.blueprints:
            return redirect(url_for("rating.rate_enter"), 303)
        return explain(NotFound()) if explain else abort(404)


def is_form_host(asked: str, settings: Settings) -> bool:
    """Whether a request for the host `asked` (as its Host header says) came to the form's own address.

    A name is enough, whatever port is said; where the public address has the same name the port decides.
    """
    if settings.wifi_url is None:
        return False
    form, public = urlsplit(settings.wifi_url), urlsplit(settings.public_url)
    try:
        said = urlsplit(f"//{asked}")
        name, port = _name(said.hostname), said.port
    except ValueError:
        return False
    if name != _name(form.hostname):
        return False
    return name != _name(public.hostname) or (port or 80) == (form.port or 80)


def _name(host: str | None) -> str:
    return (host or "").casefold().rstrip(".")
