"""What a web server loads: one application per role, made from the environment when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ivr.app import EVERYTHING, Role, create_app
from ivr.hotline import open_hotline
from ivr.logs import configure_logs
from logbook.settings import load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def everything() -> WSGIApplication:
    """Telephone and pages."""
    return _application(*EVERYTHING)


def voice() -> WSGIApplication:
    """The telephone alone."""
    return _application("voice")


def web() -> WSGIApplication:
    """The pages alone."""
    return _application("web")


def _application(*roles: Role) -> WSGIApplication:
    settings = load_settings()
    configure_logs(settings.mode)
    app = create_app(open_hotline(settings), roles)
    if not settings.is_demo or "voice" not in roles:
        return app
    from ivr.phone.outbound import places_calls
    from ivr.phone.provider import create_provider, desk_of

    token = settings.auth_token.get_secret_value()
    provider = create_provider(settings.data_folder / "provider", settings.account_sid, token)
    desk_of(provider).place_call = places_calls(desk_of(provider).drawer, token)
    return DispatcherMiddleware(app, {"/provider": provider})
