"""Builds the application a web server loads: one per role, from the environment."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ivr.app import EVERYTHING, Role, create_app
from ivr.line.hotline import open_hotline
from logbook.clock import Clock
from logbook.process.logs import configure_logs
from logbook.process.routes_outside import spare_loopback
from logbook.settings.loading import Settings, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


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
    spare_loopback(os.environ)
    settings = load_settings()
    configure_logs(settings.mode)
    hotline = open_hotline(settings)
    app = create_app(hotline, roles)
    if not settings.is_demo or "voice" not in roles:
        return app
    return with_stand_in(app, settings, hotline.clock)


def with_stand_in(own: WSGIApplication, settings: Settings, clock: Clock) -> WSGIApplication:
    """`own`, and below /provider the demonstration's provider, made when somebody first asks for it."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    making = threading.Lock()
    made: list[WSGIApplication] = []

    def provider(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with making:
            if not made:
                made.append(stand_in(settings, clock))
        return made[0](environ, start_response)

    return DispatcherMiddleware(own, {"/provider": provider})


def stand_in(settings: Settings, clock: Clock) -> WSGIApplication:
    """The demonstration's provider: its calls ring at our telephones, a clerk picks returned calls up."""
    from ivr.phone.transport import HttpTransport
    from ivr.provider.app import create_provider, desk_of
    from ivr.provider.outbound import hang_up_what_rang, places_calls

    token = settings.auth_token.get_secret_value()
    folder = settings.data_folder / "provider"
    provider = create_provider(folder, settings.account_sid, token, clock=clock)
    desk = desk_of(provider)
    hang_up_what_rang(desk.drawer)
    carried_by = HttpTransport(settings.public_url, settings.local_url)
    desk.place_call = places_calls(
        desk.drawer, token, transport=carried_by, switchboard=desk.switchboard, clock=clock
    )
    return provider
