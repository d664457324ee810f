"""Copies of public pages that the front keeps for a moment: many readers, one question to the pages.

The pages' process says which answers these are and for how long (`Surrogate-Control`, see
`logbook.public.kept_pages`); without that word nothing is kept, and none that names a person carries it.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.http import parse_etags

from logbook.clock import Clock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SURROGATE = "surrogate-control"
MOST, LARGEST = 64, 256 * 1024
"""Copies, and bytes of one: 16 MB in all, whatever strangers ask for."""
LONGEST = 5.0
"""Seconds a copy serves at most while a newer one is on its way, or whatever the pages say."""
ADDRESS = re.compile(r"/[a-z0-9][a-z0-9./-]{0,63}|/")
"""Addresses of which copies are kept: one spelling each, nothing asked for behind a question mark."""
_PERSONAL = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_RANGE", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING")
_MAX_AGE = re.compile(r"max-age=([0-9]{1,5})")
_OF_A_304 = ("cache-control", "date", "etag", "expires", "vary")
Fields = list[tuple[str, str]]


@dataclass
class _Copy:
    """One answer, since when it is kept, until when it is fresh and until when it may serve at all."""

    fields: Fields
    body: bytes
    etag: str
    since: float
    fresh_until: float
    asked_until: float = 0.0
    """Until when somebody is believed to fetch a newer one."""


class KeptAnswers:
    """The copies of one front; for any thread."""

    def __init__(
        self,
        elsewhere: Callable[[str], bool] = lambda _: False,
        monotonic: Callable[[], float] | None = None,
        *,
        whose: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Begin with none; of a host (as its header says) that is `elsewhere` none is kept or given.

        `whose` tells apart the offices whose hosts one front answers: a copy serves its own office alone.
        """
        self._elsewhere, self._whose = elsewhere, whose
        self._monotonic = monotonic or Clock().monotonic
        self._lock = threading.Lock()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()

    def now(self) -> float:
        """Seconds of the clock that copies are kept by."""
        return self._monotonic()

    def address(self, environ: WSGIEnvironment) -> str | None:
        """The key of a request that a copy may answer; None where it asks for more than the address."""
        target = str(environ.get("REQUEST_URI", ""))
        if environ["REQUEST_METHOD"] != "GET" or not ADDRESS.fullmatch(target):
            return None
        if any(environ.get(name) for name in _PERSONAL) or self._elsewhere(environ.get("HTTP_HOST", "")):
            return None
        return self._whose(environ.get("HTTP_HOST", "")) + target

    def find(self, address: str, known: str) -> tuple[str, Fields, bytes] | None:
        """Status, fields and body of the copy, if there is one; 304 for a reader who has it (`known`).

        One that is no longer fresh serves on while the first who met it so asks for a newer one.
        """
        now = self._monotonic()
        with self._lock:
            copy = self._copies.get(address)
            if copy is None or now - copy.since >= LONGEST:
                return None
            if now >= copy.fresh_until and now >= copy.asked_until:
                copy.asked_until = copy.since + LONGEST
                return None
            self._copies.move_to_end(address)
        age = ("Age", str(int(now - copy.since)))
        if copy.etag and parse_etags(known).contains_raw(copy.etag):
            return "304 Not Modified", [*(f for f in copy.fields if f[0].lower() in _OF_A_304), age], b""
        return "200 OK", [*copy.fields, age], copy.body

    def wanted(self, status: int, fields: Fields) -> float | None:
        """For how many seconds an answer may be kept; None where the pages allow nothing of the kind."""
        said: dict[str, str] = {}
        for name, value in fields:
            if said.setdefault(name.lower(), value) != value:
                return None
        allowed = _MAX_AGE.fullmatch(said.get(SURROGATE, ""))
        public = "public" in re.split(r"[,\s]+", said.get("cache-control", ""))
        length = said.get("content-length", "")
        small = length.isascii() and length.isdecimal() and int(length) <= LARGEST
        if (
            status != 200
            or allowed is None
            or not public
            or not small
            or {"set-cookie", "vary"} & said.keys()
        ):
            return None
        return float(allowed[1])

    def keep(self, address: str, fields: Fields, body: bytes, seconds: float, asked_at: float) -> None:
        """Keep what was asked for at `asked_at`; of too many, whatever nobody asked for longest goes."""
        etag = next((value for name, value in fields if name.lower() == "etag"), "")
        copy = _Copy(fields, body, etag, asked_at, asked_at + min(seconds, LONGEST))
        with self._lock:
            known = self._copies.get(address)
            if known is not None and known.since > asked_at:
                return
            self._copies[address] = copy
            self._copies.move_to_end(address)
            while len(self._copies) > MOST:
                self._copies.popitem(last=False)

    def drop(self, address: str) -> None:
        """Keep nothing of an address whose pages answered with something else, as when it is withdrawn."""
        with self._lock:
            self._copies.pop(address, None)
