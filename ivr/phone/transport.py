"""Sends one HTTP request from our telephone to the hotline: in this process or over the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request

from logbook.process.routes_outside import proxies_for

if TYPE_CHECKING:
    from requests import Session

WsgiApp: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]


class UnreachableError(Exception):
    """No connection could be made, or it broke before an answer came."""


class TimedOutError(Exception):
    """The request was delivered and no answer came in time."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


class Transport(Protocol):
    """Anything that can deliver a request and bring the answer back."""

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        """Deliver a request, following no redirect; `timeout` in seconds; UnreachableError, TimedOutError."""


class WsgiTransport:
    """Delivers to a WSGI application in this process, as if it stood at the public URL."""

    def __init__(self, app: WsgiApp, public_url: str) -> None:
        """Stand `app` at `public_url`; a path in that URL is cut off, as a reverse proxy does."""
        self._client = Client(app, use_cookies=False)
        self._public = urlsplit(public_url.rstrip("/"))

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        """Call the application; another host or path is UnreachableError; it is never cut short."""
        del timeout
        target = urlsplit(url)
        prefix = self._public.path
        if target[:2] != self._public[:2] or not target.path.startswith(prefix):
            raise UnreachableError(f"{target.scheme}://{target.netloc} is not {self._public.geturl()}")
        builder = EnvironBuilder(
            path=target.path.removeprefix(prefix) or "/",
            base_url=f"{target.scheme}://{target.netloc}/",
            query_string=target.query,
            method=method,
            headers=headers,
            data=body,
        )
        try:
            environ = builder.get_environ()
            raw = (target.path.removeprefix(prefix) or "/") + (f"?{target.query}" if target.query else "")
            environ["REQUEST_URI"] = environ["RAW_URI"] = raw  # as servers set it, with the query
            answer = self._client.open(Request(environ), follow_redirects=False)
            try:
                return Reply(answer.status_code, answer.headers, answer.get_data())
            finally:
                answer.close()
        finally:
            builder.close()


class HttpTransport:
    """Delivers over the network."""

    def __init__(self, public_url: str = "", local_url: str | None = None) -> None:
        """Begin without a connection; one session keeps them alive between requests, but no cookies.

        What is signed for an address below `public_url` is brought to `local_url` where there is one: an own
        line on the hotline's machine needs neither the name nor the certificate that the world sees.
        """
        self._public, self._local = public_url, local_url

    @cached_property
    def _session(self) -> Session:
        from requests import Session  # a telephone that never rings needs none of it

        session = Session()
        session.trust_env = False
        return session

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        """Send and wait at most `timeout` seconds for each packet; 5 s to connect, as the provider does."""
        from requests.exceptions import ReadTimeout, RequestException

        self._session.cookies.clear()
        target, sent = self._delivered_to(url), dict(headers)
        if target != url:
            sent["Host"] = urlsplit(url).netloc
        try:
            answer = self._session.request(
                method,
                target,
                headers=sent,
                data=body,
                proxies=proxies_for(target),
                timeout=(5, timeout),
                allow_redirects=False,
            )
        except ReadTimeout as trouble:
            raise TimedOutError(str(trouble)) from trouble
        except (RequestException, ValueError) as trouble:
            raise UnreachableError(str(trouble)) from trouble
        return Reply(answer.status_code, Headers(list(answer.headers.items())), answer.content)

    def _delivered_to(self, url: str) -> str:
        rest = url.removeprefix(self._public)
        if self._local is None or not url.startswith(self._public) or rest[:1] not in ("", "/", "?"):
            return url
        return self._local + rest
