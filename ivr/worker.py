"""Runs one process that answers requests: `python -m ivr.worker PART`, under a supervisor or by hand.

`voice` is the telephone, `web` the pages. Where both run in one place they are `line`, which has the address
outside and hands on what is not for callers, and `pages`, which only the line reaches.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Literal, cast, get_args

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ivr.app import Role, create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.forwarding import Forwarder, Pages, behind_front
from ivr.running.kept_answers import KeptAnswers
from ivr.running.listening import LISTENER, PAGES_ADDRESS, PAGES_LISTENER, PAGES_WORD, listener_of, more_files
from ivr.running.pools import CALLERS, ONE, Pool, Pools, RequestKind, kind_of
from ivr.running.prepare import Preparation
from ivr.running.security_headers import of_bare_answers, protected
from ivr.running.supervisor import REFUSED, WRONG_SETTINGS
from ivr.running.web_server import WebServer
from ivr.wsgi import stand_in
from logbook.database.engine import Database
from logbook.process.logs import configure_logs
from logbook.process.priority import give_way
from logbook.process.routes_outside import spare_loopback
from logbook.process.supervision import join_supervisor
from logbook.public.own_address import is_form_host
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Part = Literal["voice", "web", "line", "pages"]
ROLES: Mapping[Part, Role] = {"voice": "voice", "line": "voice", "web": "web", "pages": "web"}
PAGES = Pool(6, patience=600.0)
"""Six pages at a time; the longest export takes minutes, not ten."""
HANDING_ON = Pool(24)
"""More than the pages' own threads: a line that waits costs nothing, and each gives up by itself."""
STAND_IN = Pool(4)
TELEPHONES = Pool(32)
"""Telephones in browsers wait for events most of the time; two threads for each of the most at a time."""
NO_TELEPHONES = Pool(1)
"""In production there are none: who asks is told so."""
OF_PAGES = (RequestKind.PAGE, RequestKind.UPLOAD, RequestKind.TELEPHONE)
UPLOADS = Pool(1, patience=600.0)
"""One at a time: the memory that large files take is that of one."""


def main(part: Part, environ: MutableMapping[str, str] = os.environ) -> int:
    """Answer until a signal ends it; 0 then, 2 for wrong settings, REFUSED when it must not start."""
    signs = join_supervisor(environ)
    try:
        settings = load_settings(environ)
    except SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return WRONG_SETTINGS
    configure_logs(settings.mode)
    more_files()
    spare_loopback(environ)
    hotline = open_hotline(settings, database=Database(settings.database_url, comes_later=True))
    preparation = Preparation(hotline, leads=part != "pages")
    pools = Pools(pools_of(part, telephones=settings.is_demo or settings.is_trial))

    def look() -> None:
        if preparation.refused:
            server.end()
        elif preparation.tried and not pools.hung():
            signs.give()

    listener = _listener(part, settings, environ)
    application = application_of(part, hotline, environ, lambda: preparation.done)
    bare = of_bare_answers(settings.public_url)
    server = WebServer(application, listener, pools, each_look=look, headers=bare)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), server.end)
    preparation.begin()
    gc.collect()
    gc.freeze()  # the program itself is no garbage: to look through it made some caller wait 20 ms
    server.run()
    hotline.database.close()
    if preparation.refused:
        sys.stderr.write(f"{preparation.refused}\n")
        return REFUSED
    return 0


def _listener(part: Part, settings: Settings, environ: MutableMapping[str, str]) -> socket.socket:
    if part == "pages":
        host, _, port = environ[PAGES_ADDRESS].rpartition(":")
        return listener_of(environ, PAGES_LISTENER, host, int(port))
    return listener_of(environ, LISTENER, settings.host, settings.port)


def pools_of(part: Part, *, telephones: bool) -> dict[RequestKind, Pool]:
    """The threads of a part, by what is asked for; `telephones` are those in browsers."""
    page = HANDING_ON if part == "line" else PAGES
    return {
        RequestKind.HEALTH: ONE,
        RequestKind.READINESS: ONE,
        RequestKind.WEBHOOK: CALLERS,
        RequestKind.PROVIDER: STAND_IN,
        RequestKind.PAGE: page,
        RequestKind.UPLOAD: UPLOADS,
        RequestKind.TELEPHONE: TELEPHONES if telephones else NO_TELEPHONES,
    }


def application_of(
    part: Part, hotline: Hotline, environ: Mapping[str, str], ready: Callable[[], bool] = lambda: True
) -> WSGIApplication:
    """What a part answers; until `ready` the telephone apologises and pages say that the database is busy."""
    settings = hotline.settings
    own = cast("WSGIApplication", create_app(hotline, [ROLES[part]], ready=ready))
    bare = of_bare_answers(settings.public_url)
    if part == "pages":
        return protected(behind_front(own, environ[PAGES_WORD]), bare)
    by_kind: dict[RequestKind, WSGIApplication] = {}
    if settings.is_demo and ROLES[part] == "voice":
        mounted = {"/provider": stand_in(settings, hotline.clock)}
        by_kind[RequestKind.PROVIDER] = DispatcherMiddleware(own, mounted)
    if part == "line":
        host, _, port = environ[PAGES_ADDRESS].rpartition(":")
        pages = Pages(host, int(port), environ[PAGES_WORD])
        kept = KeptAnswers(lambda host: is_form_host(host, settings))
        forwarder = Forwarder(pages, hotline.texts[settings.line.language], kept)
        by_kind.update(dict.fromkeys(OF_PAGES, forwarder))
        by_kind.setdefault(RequestKind.PROVIDER, forwarder)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return by_kind.get(kind_of(environ["PATH_INFO"]), own)(environ, start_response)

    return protected(answer, bare)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in get_args(Part):
        sys.exit(f"python -m ivr.worker {'|'.join(get_args(Part))}")
    asked = cast(Part, sys.argv[1])
    if ROLES[asked] == "web":
        give_way()
    sys.exit(main(asked))
