"""Forwards what is not for callers to the pages' own process, which is reached in no other way."""

from __future__ import annotations

import hmac
import html
import http.client
import selectors
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog

from ivr.running.kept_answers import SURROGATE, KeptAnswers
from logbook.texts.catalogue import Catalogue

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FRONT = "X-Tongdai-Front"
"""The header with the word both processes share and the peer's real address; a stranger's is taken out."""
LONGEST_ANSWER = 180.0
"""Seconds a page or an export may take to its first byte while its process shows that it lives."""
SIGN_SECONDS = 2.0
READ_SECONDS = 60.0
RETRY_AFTER = "10"
STYLE = (
    "body{margin:0;background:#f4f6f8;color:#1c2733;font:1.0625rem/1.6 system-ui,sans-serif}"
    "main{max-width:36rem;margin:12vh auto 0;padding:2rem;background:#fff;border-top:.3rem solid #b42318}"
    "h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.3}p{margin:0}"
    "@media(prefers-color-scheme:dark){:root{color-scheme:dark}body{background:#14171d;color:#e8eaee}"
    "main{background:#1e232d}}"
)
"""The look of the apology: no file of ours can be fetched while the pages' process is down."""
_ONLY_THIS_STYLE = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PIECE = 64 * 1024
_NOT_HANDED_ON = {
    *(
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    ),
    *("proxy-authenticate", "proxy-authorization", "expect", "content-length", FRONT.lower(), SURROGATE),
}
_NOT_GIVEN_BACK = _NOT_HANDED_ON - {"content-length"}
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
log = structlog.get_logger("ivr.running.forwarding")


@dataclass(frozen=True)
class Pages:
    """Where the pages' process listens, and the word that opens it."""

    host: str
    port: int
    word: str

    def lives(self) -> bool:
        """Whether the process answers at all, however long some of its pages take."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SIGN_SECONDS)
        try:
            connection.request("GET", "/healthz", headers={FRONT: f"{self.word} 127.0.0.1"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class PagesUnreachableError(Exception):
    """The pages' process is down, hangs or gave up; `sent` is true when it may have done what was asked."""

    def __init__(self, *, sent: bool) -> None:
        """Keep whether the request had left."""
        self.sent = sent


class Forwarder:
    """A WSGI application that lets the pages' process answer, both ways as the bytes come."""

    def __init__(self, pages: Pages, catalogue: Catalogue, kept: KeptAnswers | None = None) -> None:
        """Keep where the pages are, the sentences for when they are not, and copies of public answers."""
        self._pages, self._catalogue, self._kept = pages, catalogue, kept or KeptAnswers()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a copy, or hand the request on and give its answer back."""
        address, now = self._kept.address(environ), self._kept.now()
        if address and (copy := self._kept.find(address, environ.get("HTTP_IF_NONE_MATCH", ""))):
            status, fields, whole = copy
            start_response(status, fields)
            return [whole]
        try:
            connection, answer = self._ask(environ)
            said, body = answer.getheaders(), _Body(connection, answer)
            fields = [one for one in said if one[0].lower() not in _NOT_GIVEN_BACK]
            seconds = self._kept.wanted(answer.status, said) if address else None
            if address and seconds is not None:
                whole = body.whole()
                self._kept.keep(address, fields, whole, seconds, now)
            elif address and answer.status != 304:
                self._kept.drop(address)
        except PagesUnreachableError as problem:
            log.warning("the pages do not answer", path=environ["PATH_INFO"], sent=problem.sent)
            unclear = problem.sent and environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            return self._sorry(start_response, "pages_unclear" if unclear else "pages_down")
        start_response(f"{answer.status} {answer.reason}", fields)
        return body if seconds is None else [whole]

    def _ask(self, environ: WSGIEnvironment) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        pages = self._pages
        connection = http.client.HTTPConnection(pages.host, pages.port, timeout=SIGN_SECONDS)
        sent = False
        try:
            body = environ["wsgi.input"].read()
            connection.connect()
            connection.sock.settimeout(READ_SECONDS)
            target = quote(environ["REQUEST_URI"], safe=_ASCII, encoding="latin-1")
            connection.putrequest(
                environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True
            )
            for name, value in _fields(environ):
                connection.putheader(name, value.encode("latin-1"))
            connection.putheader(FRONT, f"{pages.word} {environ['REMOTE_ADDR']}")
            connection.putheader("Connection", "close")
            if body or environ.get("CONTENT_LENGTH"):
                connection.putheader("Content-Length", str(len(body)))
            sent = True
            connection.endheaders(body or None)
            self._wait(connection)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as problem:
            connection.close()
            raise PagesUnreachableError(sent=sent) from problem

    def _wait(self, connection: http.client.HTTPConnection) -> None:
        """Until the first byte of the answer; TimeoutError when the process shows no life meanwhile."""
        by = time.monotonic() + LONGEST_ANSWER
        with selectors.DefaultSelector() as selector:
            selector.register(connection.sock, selectors.EVENT_READ)
            while not selector.select(SIGN_SECONDS):
                if time.monotonic() > by or not self._pages.lives():
                    raise TimeoutError

    def _sorry(self, start_response: StartResponse, key: str) -> list[bytes]:
        title, sentence = (self._catalogue.sentence(each) for each in ("pages_down_title", key))
        page = (
            f'<!doctype html><html lang="{self._catalogue.language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
            f"<body><main><h1>{html.escape(title)}</h1><p>{html.escape(sentence)}</p></main></body></html>\n"
        ).encode()
        start_response(
            "503 Service Unavailable",
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(page))),
                ("Retry-After", RETRY_AFTER),
                ("Content-Security-Policy", _ONLY_THIS_STYLE),
            ],
        )
        return [page]


class _Body:
    """The bytes of an answer as they come, and the end of its connection."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer = connection, answer

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._answer.read(PIECE):
            yield piece

    def whole(self) -> bytes:
        """All of it; PagesUnreachableError where it breaks off."""
        try:
            return self._answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise PagesUnreachableError(sent=True) from problem
        finally:
            self.close()

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def _fields(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", environ["CONTENT_TYPE"]
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = key.removeprefix("HTTP_").replace("_", "-").title()
            if name.lower() not in _NOT_HANDED_ON:
                yield name, value


def behind_front(application: WSGIApplication, word: str) -> WSGIApplication:
    """Let only the front in, and believe it who asks: REMOTE_ADDR is the peer's real address."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given, _, peer = environ.pop("HTTP_X_TONGDAI_FRONT", "").partition(" ")
        if not hmac.compare_digest(given.encode(), word.encode()):
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = peer
        return application(environ, start_response)

    return answer
