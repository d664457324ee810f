"""Sends the provider's HTTP requests: signed, retried, redirected, and noted down."""

import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import urlencode, urljoin, urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers

from ivr.phone.behaviour import Behaviour, ConnectionOverrides, RetryOn, split_overrides
from ivr.phone.document import BAD_CONTENT_TYPE, DocumentError, parse
from ivr.phone.transport import Reply, TimedOutError, Transport, UnreachableError
from ivr.phone.verbs import Method, Verb

FETCH_FAILED, CONNECTION_FAILED = 11200, 11205
MOST_REDIRECTS = 10


@dataclass(frozen=True)
class HttpExchange:
    """One request that left the telephone; status 0 when no answer came back."""

    method: str
    url: str
    params: Mapping[str, str]
    token: str
    status: int
    body: bytes
    note: str = ""

    @property
    def path(self) -> str:
        """The path of the URL, for reading logs and tests."""
        return urlsplit(self.url).path


@dataclass(frozen=True)
class StatusCallback:
    """A request whose answer is ignored; copies of it carry the same token."""

    name: Literal["recording", "action", "status"]
    url: str
    method: Method
    params: Mapping[str, str]
    token: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True)
class Document:
    """A fetched document: the URL that relative URLs are resolved against, and its verbs."""

    url: str
    verbs: tuple[Verb, ...]


class CarrierError(Exception):
    """A URL could not be fetched or run; `code` is the provider's, `status` the HTTP status or 0."""

    def __init__(self, code: int, url: str, message: str, status: int = 0) -> None:
        super().__init__(f"{code} {url}: {message}")
        self.code = code
        self.url = url
        self.status = status


class Carrier:
    """The provider's side of HTTP for one call."""

    def __init__(self, transport: Transport, auth_token: str, behaviour: Behaviour | None = None) -> None:
        """Send through `transport`, sign with the account's token, and show the chosen faults."""
        self.sent: list[HttpExchange] = []
        self.behaviour = behaviour or Behaviour()
        self._transport = transport
        self._validator = RequestValidator(auth_token)
        self.held: list[StatusCallback] = []
        self._cookies: dict[str, str] = {}
        self._sounds: dict[str, Reply] = {}
        self._asked = 0

    def fetch(self, url: str, method: str, params: Mapping[str, str]) -> Document:
        """Request a document and parse it; raise FetchError (11200, 11205, 11750, 12100, 12200, 12300)."""
        final, reply = self._ask(url, method, params)
        try:
            verbs = parse(reply.body, reply.headers.get("Content-Type", ""))
        except DocumentError as trouble:
            raise CarrierError(trouble.code, final, str(trouble), reply.status) from trouble
        return Document(final, verbs)

    def fetch_sound(self, url: str) -> Reply:
        """Get a sound to play, once a call; raise FetchError when it is not there or no sound."""
        if url not in self._sounds:
            final, reply = self._ask(url, "GET", {}, counted=False)
            kind = reply.headers.get("Content-Type", "")
            if not kind.lower().startswith("audio/"):
                raise CarrierError(BAD_CONTENT_TYPE, final, f"content type {kind or 'missing'}", reply.status)
            self._sounds[url] = reply
        return self._sounds[url]

    def notify(self, callback: StatusCallback) -> None:
        """Deliver a callback whose answer does not matter; delay or lose it when the faults say so."""
        if callback.name in self.behaviour.lost_callbacks:
            return
        if self.behaviour.hold_callbacks:
            self.held.append(callback)
            return
        for _ in range(self.behaviour.callback_copies):
            self._deliver(callback)

    def deliver_held(self, order: Iterable[int] | None = None) -> None:
        """Deliver the held callbacks, by position in `held` and as often as named; None is as they came."""
        for position in range(len(self.held)) if order is None else order:
            self._deliver(self.held[position])

    def _deliver(self, callback: StatusCallback) -> None:
        """Send with retries; trouble is only noted in `sent`, as nobody waits for the answer."""
        address, delivery = split_overrides(callback.url)
        with suppress(CarrierError):
            self._send_with_retries(callback.method, address, callback.params, callback.token, delivery, None)

    def replay(self, exchange: HttpExchange, *, token: str | None = None) -> HttpExchange:
        """Deliver an earlier request again, with its own token or a new one; return the new exchange."""
        self._send(exchange.method, exchange.url, exchange.params, token or exchange.token, 15.0)
        return self.sent[-1]

    def _ask(
        self, url: str, method: str, params: Mapping[str, str], *, counted: bool = True
    ) -> tuple[str, Reply]:
        """Request with retries, copies and HTTP redirects; return the last URL and a 2xx answer."""
        address, delivery = split_overrides(url)
        for _ in range(MOST_REDIRECTS):
            if urlsplit(address).scheme not in {"http", "https"}:
                raise CarrierError(FETCH_FAILED, address, "not a URL that can be fetched")
            number = self._asked if counted else None
            self._asked += counted
            token = secrets.token_hex(16)
            reply = self._send_with_retries(method, address, params, token, delivery, number)
            for _ in range(self.behaviour.request_copies - 1):
                self._send(method, address, params, token, delivery.read_timeout, note="copy")
            if reply.status not in {301, 302, 303, 307, 308}:
                return address, reply
            address = urljoin(address, reply.headers.get("Location", ""))
            if reply.status < 307:
                method = "GET"
        raise CarrierError(FETCH_FAILED, address, "too many redirects")

    def _send_with_retries(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        token: str,
        delivery: ConnectionOverrides,
        number: int | None,
    ) -> Reply:
        for attempt in range(delivery.retries + 1):
            last = attempt == delivery.retries
            mishap = self._mishap(number) if attempt == 0 else ""
            try:
                reply = self._send(method, url, params, token, delivery.read_timeout, note=mishap)
            except (UnreachableError, TimedOutError) as trouble:
                kind: RetryOn = "rt" if isinstance(trouble, TimedOutError) else "ct"
                if last or not delivery.retries_after(kind):
                    raise CarrierError(CONNECTION_FAILED, url, str(trouble)) from trouble
                continue
            if reply.status < 400:
                return reply
            if last or not delivery.retries_after("4xx" if reply.status < 500 else "5xx"):
                raise CarrierError(FETCH_FAILED, url, f"HTTP status {reply.status}", reply.status)
        raise AssertionError("the last attempt returns or raises")

    def _mishap(self, number: int | None) -> str:
        if number in self.behaviour.unreachable:
            return "unreachable"
        if number in self.behaviour.lost_answers:
            return "answer lost"
        return "timed out" if number in self.behaviour.timed_out else ""

    def _send(
        self, method: str, url: str, params: Mapping[str, str], token: str, timeout: float, note: str = ""
    ) -> Reply:
        """Sign and send once, and keep the exchange; a `note` that names a mishap makes it happen."""
        target, body = url, urlencode(params).encode()
        if method == "GET":
            target, body = _with_query(url, params), b""
        reply: Reply | None = None
        try:
            if note == "unreachable":
                raise UnreachableError("no connection")
            headers = self._headers(method, target, params, token)
            reply = self._transport.send(method, target, headers, body, timeout)
        finally:
            status, content = (0, b"") if reply is None else (reply.status, reply.body)
            self.sent.append(HttpExchange(method, url, dict(params), token, status, content, note))
        if note == "answer lost":
            raise UnreachableError("the connection broke before the answer came")
        if note == "timed out":
            raise TimedOutError("no answer in time")
        self._keep_cookies(reply)
        return reply

    def _headers(self, method: str, url: str, params: Mapping[str, str], token: str) -> Headers:
        signature = self._validator.compute_signature(url, dict(params) if method == "POST" else {})
        headers = Headers(
            {
                "X-Twilio-Signature": signature,
                "I-Twilio-Idempotency-Token": token,
                "User-Agent": "TwilioProxy/1.1",
                "Accept": "*/*",
            }
        )
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return headers

    def _keep_cookies(self, reply: Reply) -> None:
        for line in reply.headers.getlist("Set-Cookie"):
            try:
                self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            except CookieError:
                continue


def _with_query(url: str, params: Mapping[str, str]) -> str:
    if not params:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(params)}"
