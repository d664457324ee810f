"""Several offices behind one dispatcher, in this process: each with a book, people, a ticket and a call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

from ivr.app import Role, create_app
from ivr.offices.cells import Cells, OpenOffice
from ivr.offices.dispatcher import Dispatcher
from ivr.offices.opening import opens
from ivr.phone.transport import Reply, WsgiApp, WsgiTransport
from logbook.offices.register import OfficeRegister
from logbook.texts.catalogue import load_texts
from tests.caller import Caller
from tests.logbook.offices.made import PROVINCE, host_of, number_of, token_of

ENVIRON = {"TONGDAI_MODE": "demo", "TONGDAI_NOW": "2026-11-25T09:10:00+07:00"}
BOTH: tuple[Role, ...] = ("voice", "web")


class EveryHost:
    """Delivers to one application, whatever the host is called, as a proxy before it does."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        scheme, _, rest = url.partition("://")
        return WsgiTransport(self._app, f"{scheme}://{rest.partition('/')[0]}").send(
            method, url, headers, body, timeout
        )


@dataclass
class Province:
    """The offices of an installation and who stands before them."""

    register: OfficeRegister
    cells: Cells
    dispatcher: Dispatcher

    @classmethod
    def of(cls, folder: Path, roles: Collection[Role] = BOTH, most: int = 10) -> Province:
        register = OfficeRegister(folder)
        cells = Cells(register, opens(ENVIRON, roles), most)
        return cls(register, cells, Dispatcher(register, cells, load_texts()["vi"]))

    def ask(
        self,
        host: str,
        path: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """One request, as it comes from outside."""
        browser = Client(self.dispatcher, use_cookies=False)
        fields = {"Host": host, **(headers or {})}
        return browser.open(path, method=method, headers=fields, data=data, buffered=True)

    def cell(self, code: str) -> OpenOffice:
        """The open office; given back at once."""
        found = self.cells.take(self.register.now().entries[code])
        self.cells.give_back(found)
        return found

    def app(self, code: str) -> Flask:
        """The application of one office alone, to walk its routes."""
        return create_app(self.cell(code).hotline)

    def caller(self, code: str, *, shared: bool = False, token: str = "", called: str = "") -> Caller:
        """Somebody who calls an office, at its own address or at the one all share."""
        return Caller(
            self.dispatcher,
            token or token_of(code),
            called=called or number_of(code),
            public_url=PROVINCE if shared else f"https://{host_of(code)}",
            transport=EveryHost(self.dispatcher),
        )
