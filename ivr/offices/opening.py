"""Opens one office of an installation: its settings, its book, and what answers for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, cast

import structlog
from flask import has_request_context, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ivr.app import Role, create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.offices.cells import AT_ONCE, OpenOffice
from ivr.running.prepare import Preparation
from ivr.wsgi import stand_in
from logbook.database.engine import AMONG_MANY_KIB, Database
from logbook.offices.environment import settings_of
from logbook.offices.register import OfficeEntry
from logbook.texts.catalogue import Catalogue, load_texts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CROWDED = "tongdai.crowded"
"""What the dispatcher puts into the environment of a request whose office answers enough others already."""
FIRST_TRY_SECONDS = 5.0
"""How long whoever asks first waits for the book; then an apology, and the book goes on being prepared."""


def opens(environ: Mapping[str, str], roles: Collection[Role]) -> Callable[[OfficeEntry], OpenOffice]:
    """Return what opens an office for `roles`; the sentences of the catalogue are held once for all."""
    texts = load_texts()

    def open_office(entry: OfficeEntry) -> OpenOffice:
        hotline = open_book(entry, environ, texts)
        preparation = Preparation(hotline, leads=True)

        def ready() -> bool:
            if has_request_context() and CROWDED in request.environ:
                return False
            if not entry.paused:
                preparation.wait(FIRST_TRY_SECONDS)
            return preparation.done

        own = cast("WSGIApplication", create_app(hotline, roles, ready=ready))
        if hotline.settings.is_demo and "voice" in roles:
            provider = cache(partial(stand_in, hotline.settings, hotline.clock))
            own = DispatcherMiddleware(own, {"/provider": lambda *request: provider()(*request)})
        if not entry.paused:
            with structlog.contextvars.bound_contextvars(office=entry.code):
                preparation.begin(0.0)
        return OpenOffice(entry, hotline, own, preparation)

    return open_office


def open_book(entry: OfficeEntry, environ: Mapping[str, str], texts: Mapping[str, Catalogue]) -> Hotline:
    """Join the parts of one office (SettingsError); its book may come later."""
    settings = settings_of(entry, environ)
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url, pool_size=AT_ONCE, comes_later=True, cache_kib=AMONG_MANY_KIB)
    own = {language: one.of_office(settings.office.names) for language, one in texts.items()}
    return open_hotline(settings, database=database, texts=own)
