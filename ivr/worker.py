"""Runs one process that answers requests: `python -m ivr.worker PART`, under a supervisor or by hand.

`voice` is the telephone, `web` the pages. Where both run in one place they are `line`, which has the address
outside and hands on what is not for callers, and `pages`, which only the line reaches.
"""

from __future__ import annotations

import gc

if __name__ == "__main__":
    gc.disable()  # what is loaded at the start is no garbage: looking for some took a tenth of the start

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

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
from ivr.wsgi import with_stand_in
from logbook.database.engine import Database
from logbook.process.logs import configure_logs
from logbook.process.priority import give_way
from logbook.process.routes_outside import spare_loopback
from logbook.process.supervision import join_supervisor
from logbook.public.own_address import is_form_host
from logbook.settings.environment import INSTALLATION_VARIABLE, Environment
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings
from logbook.texts.catalogue import OFFICE_LANGUAGE, load_texts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from ivr.offices.cells import Cells
    from logbook.offices.register import OfficeRegister

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
OFFICES_AT_ONCE = 6
"""Offices of an installation that may keep all their threads waiting before the others wait as well."""
UPLOADS = Pool(1, patience=600.0)
"""One at a time: the memory that large files take is that of one."""


def main(part: Part, environ: MutableMapping[str, str] = os.environ) -> int:
    """Answer until a signal ends it; 0 then, 2 for wrong settings, REFUSED when it must not start."""
    signs = join_supervisor(environ)
    if environ.get(INSTALLATION_VARIABLE, "").strip():
        return serve_offices(part, environ, signs.give)
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
    _end_by_signal(server)
    preparation.begin()
    _run(server)
    hotline.database.close()
    if preparation.refused:
        sys.stderr.write(f"{preparation.refused}\n")
        return REFUSED
    return 0


def serve_offices(part: Part, environ: MutableMapping[str, str], sign: Callable[[], object]) -> int:
    """Answer for all offices of the installation that `environ` names, as `main` does for one.

    No office can keep it from starting: what is wrong with one is named in the log, the others answer.
    """
    from ivr.offices.cells import Cells
    from ivr.offices.opening import opens
    from ivr.offices.upkeep import Upkeep
    from logbook.offices.environment import installation_folder, machine_of
    from logbook.offices.register import OfficeRegister

    folder = installation_folder(environ) or Path()
    try:
        register = OfficeRegister(folder)
        machine = machine_of(environ, register.now())
    except SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return WRONG_SETTINGS
    configure_logs(machine.mode)
    more_files()
    spare_loopback(environ)
    if ROLES[part] == "web":
        import_module("logbook.console.registry")  # before the first reader waits for it
    cells = Cells(register, opens(environ, [ROLES[part]]), register.now().shared.most_open)
    upkeep = Upkeep(register, cells, environ)
    pools = Pools(pools_of(part, telephones=machine.mode != "production", offices=OFFICES_AT_ONCE))

    def look() -> None:
        cells.look()
        if not pools.hung():
            sign()

    listener = _listener(part, machine, environ)
    bare = of_bare_answers(machine.public_url)
    server = WebServer(
        application_of_offices(part, register, cells, environ), listener, pools, each_look=look, headers=bare
    )
    _end_by_signal(server)
    if ROLES[part] == "voice":
        upkeep.begin()
    _run(server)
    upkeep.end()
    cells.close()
    return 0


def _end_by_signal(server: WebServer) -> None:
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), server.end)


def _run(server: WebServer) -> None:
    gc.freeze()  # the program itself is no garbage: to look through it made some caller wait 20 ms
    gc.enable()
    server.run()


def _listener(
    part: Part, settings: Settings | Environment, environ: MutableMapping[str, str]
) -> socket.socket:
    if part == "pages":
        host, _, port = environ[PAGES_ADDRESS].rpartition(":")
        return listener_of(environ, PAGES_LISTENER, host, int(port))
    return listener_of(environ, LISTENER, settings.host, settings.port)


def pools_of(part: Part, *, telephones: bool, offices: int = 1) -> dict[RequestKind, Pool]:
    """The threads of a part, by what is asked for; `telephones` are those in browsers.

    `offices` is how many offices may keep all their threads waiting before another office notices.
    """
    page = HANDING_ON if part == "line" else PAGES
    return {
        RequestKind.HEALTH: ONE,
        RequestKind.READINESS: ONE,
        RequestKind.WEBHOOK: replace(CALLERS, threads=CALLERS.threads * offices),
        RequestKind.PROVIDER: STAND_IN,
        RequestKind.PAGE: replace(page, threads=page.threads * offices),
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
        by_kind[RequestKind.PROVIDER] = with_stand_in(own, settings, hotline.clock)
    if part == "line":
        kept = KeptAnswers(lambda host: is_form_host(host, settings))
        forwarder = Forwarder(_pages(environ), hotline.texts[settings.line.language], kept)
        by_kind.update(dict.fromkeys(OF_PAGES, forwarder))
        by_kind.setdefault(RequestKind.PROVIDER, forwarder)
    return protected(_by_kind(by_kind, own), bare)


def application_of_offices(
    part: Part, register: OfficeRegister, cells: Cells, environ: Mapping[str, str]
) -> WSGIApplication:
    """What a part answers for all offices of an installation."""
    from ivr.offices.dispatcher import Dispatcher

    catalogue = load_texts()[OFFICE_LANGUAGE]
    province = None
    if ROLES[part] == "web":
        from ivr.province_app import Province  # the telephone carries no pages

        province = Province(register, environ)
    own = Dispatcher(register, cells, catalogue, province)
    bare = of_bare_answers(register.now().shared.public_address)
    if part == "pages":
        return protected(behind_front(own, environ[PAGES_WORD]), bare)
    if part != "line":
        return protected(own, bare)

    def is_nobodys(host: str) -> bool:
        return register.now().of_host(host) is None

    def whose(host: str) -> str:
        entry = register.now().of_host(host)
        return entry.code if entry else ""

    forwarder = Forwarder(_pages(environ), catalogue, KeptAnswers(is_nobodys, whose=whose))
    return protected(_by_kind(dict.fromkeys(OF_PAGES, forwarder), own), bare)


def _pages(environ: Mapping[str, str]) -> Pages:
    host, _, port = environ[PAGES_ADDRESS].rpartition(":")
    return Pages(host, int(port), environ[PAGES_WORD])


def _by_kind(by_kind: Mapping[RequestKind, WSGIApplication], other: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return by_kind.get(kind_of(environ["PATH_INFO"]), other)(environ, start_response)

    return answer


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in get_args(Part):
        sys.exit(f"python -m ivr.worker {'|'.join(get_args(Part))}")
    asked = cast(Part, sys.argv[1])
    if ROLES[asked] == "web":
        give_way()
    sys.exit(main(asked))
