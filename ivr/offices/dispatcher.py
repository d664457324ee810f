"""Lets the office a request is for answer it; the one place where many offices become one address."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, assert_never
from urllib.parse import parse_qsl, quote

import structlog
from werkzeug.wsgi import ClosingIterator

from ivr.line.signature import FORM, MOST_FIELDS, SIGNED_BELOW
from ivr.offices.answers import OwnAnswers, UnknownNumbers, answered
from ivr.offices.cells import Cells, OfficeOpeningError, OfficeShutError
from ivr.offices.opening import CROWDED
from ivr.offices.ways import (
    BY_NUMBER,
    ToInstallation,
    ToItsHost,
    ToNobody,
    ToNowhere,
    ToOffice,
    way_of,
)
from ivr.running.pools import RequestKind, kind_of
from logbook.offices.register import OfficeRegister
from logbook.texts.catalogue import Catalogue

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AGAIN = ("Retry-After", "5")
LARGEST_FORM = 64 * 1024


class Dispatcher:
    """A WSGI application that is as many as there are offices, and none of them by mistake.

    What an office answers is decided by that office alone: it checks the signature with its own token, the
    session in its own book, the form with its own key. `shared` answers what is the installation's own.
    """

    def __init__(
        self,
        register: OfficeRegister,
        cells: Cells,
        catalogue: Catalogue,
        shared: WSGIApplication | None = None,
    ) -> None:
        """Stand before `cells`; sentences that are no office's come from `catalogue`."""
        self._register, self._cells, self._shared = register, cells, shared
        self._answers = OwnAnswers(register.now(), catalogue)
        self.unknown = UnknownNumbers()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        offices = self._register.now()
        host, path = str(environ.get("HTTP_HOST", "")), str(environ.get("PATH_INFO", "")) or "/"
        way = way_of(offices, host, path, _called(environ, path), _asked(environ, path))
        match way:
            case ToOffice():
                return self._office(way, environ, start_response)
            case ToItsHost():
                return self._to_its_host(way, environ, start_response)
            case ToInstallation():
                return self._installation(way.path, environ, start_response)
            case ToNobody():
                self.unknown.called(way.called)
                if path != "/ivr/status":
                    return self._answers.spoken("offices_unknown_number", start_response)
                return answered(start_response, "404 Not Found", "text/plain", "no such number")
            case ToNowhere():
                return self._nowhere(start_response)
            case _:
                assert_never(way)

    def _office(
        self, way: ToOffice, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        listens = kind_of(way.path) is RequestKind.TELEPHONE
        try:
            cell = self._cells.take(way.entry, listens=listens)
        except OfficeOpeningError:
            return answered(start_response, "503 Service Unavailable", "text/plain", "try again", AGAIN)
        except OfficeShutError:
            return self._shut(way.path, start_response)
        environ["PATH_INFO"] = way.path
        if way.shared:
            environ[SIGNED_BELOW] = self._register.now().shared.public_address
        if cell.is_crowded:
            environ[CROWDED] = "1"
        try:
            with structlog.contextvars.bound_contextvars(office=way.entry.code):
                answer = cell.application(environ, start_response)
        except BaseException:
            self._cells.give_back(cell, listens=listens)
            raise
        return ClosingIterator(answer, lambda: self._cells.give_back(cell, listens=listens))

    def _shut(self, path: str, start_response: StartResponse) -> Iterable[bytes]:
        """An office that cannot be opened: callers hear a sentence, whatever comes again is asked to."""
        match kind_of(path):
            case RequestKind.WEBHOOK if path in ("/ivr/voice", "/ivr/fallback") or "/turn/" in path:
                return self._answers.spoken("offices_line_interrupted", start_response)
            case RequestKind.PAGE:
                return self._answers.page(
                    "503 Service Unavailable",
                    "offices_interrupted_title",
                    "offices_interrupted",
                    start_response,
                )
            case _:
                return answered(start_response, "503 Service Unavailable", "text/plain", "try again", AGAIN)

    @staticmethod
    def _to_its_host(
        way: ToItsHost, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return answered(start_response, "404 Not Found", "text/plain", "not here")
        path = quote("/" + way.path.lstrip("/"), safe="/:@!$&'()*+,;=~-._", encoding="latin-1")
        query = environ.get("QUERY_STRING", "")
        there = f"{way.entry.public_url}{path}{'?' + query if query else ''}"
        return answered(start_response, "302 Found", "text/plain", "", ("Location", there))

    def _installation(
        self, path: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if path == "/healthz":
            return self._answers.json({"alive": True}, start_response)
        if path == "/readyz":
            offices = self._register.now()
            shut = sorted({*offices.broken, *self._cells.troubles()})
            found = {"ready": True, "offices": len(offices), "shut": shut}
            return self._answers.json(found | {"unknown_numbers": len(self.unknown.lately())}, start_response)
        return self._shared(environ, start_response) if self._shared else self._nowhere(start_response)

    def _nowhere(self, start_response: StartResponse) -> Iterable[bytes]:
        return self._answers.page(
            "404 Not Found", "offices_unknown_title", "offices_unknown_host", start_response
        )


def _called(environ: WSGIEnvironment, path: str) -> str | None:
    """The number that was called, as the form of a shared webhook says; None where there is no form.

    The form is read and put back as it was: the office that has the number checks its signature.
    """
    kind = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if path not in BY_NUMBER or environ["REQUEST_METHOD"] != "POST" or kind != FORM:
        return None
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_FORM:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return ""
    first: dict[str, str] = {}
    for name, value in fields:
        first.setdefault(name, value)
    return first.get("To") or first.get("Called") or ""


def _asked(environ: WSGIEnvironment, path: str) -> str:
    """The office a watchman asks about, `/readyz?office=22504`."""
    if not path.startswith("/readyz"):
        return ""
    try:
        fields = parse_qsl(str(environ.get("QUERY_STRING", "")), max_num_fields=20)
    except ValueError:
        return ""
    return dict(fields).get("office", "")
