"""Public pages made once and kept: made again only when what they were made from has changed (ETag, 304)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from flask import Response, request

AT_THE_FRONT = ("Surrogate-Control", "max-age=1")
"""For how many seconds the process in front, which callers reach too, gives copies without asking. It hands
this field to nobody. Only what stands on it is ever kept there (`ivr.running.kept_answers`)."""
MOST = 200
"""Pages kept; more addresses than that are made anew each time."""


@dataclass(frozen=True, slots=True)
class _Kept:
    made_from: Hashable
    body: bytes
    etag: str


class KeptPages:
    """The pages of one office in this process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._pages: dict[str, _Kept] = {}

    def answer(
        self,
        name: str,
        made_from: Hashable,
        make: Callable[[], str | bytes],
        *,
        fresh_seconds: int = 0,
        mimetype: str = "text/html",
    ) -> Response:
        """Answer with the page called `name`, or with 304 where the reader has it already.

        It may be kept anywhere for `fresh_seconds`; with 0 it is asked about each time, so that what was
        withdrawn is gone at once (within the second of the front's copies).
        """
        with self._lock:
            kept = self._pages.get(name)
        if kept is None or kept.made_from != made_from:
            kept = self._keep(name, made_from, make())
        response = Response(kept.body, mimetype=mimetype)
        response.set_etag(kept.etag)
        response.headers["Cache-Control"] = (
            f"public, max-age={fresh_seconds}" if fresh_seconds else "public, no-cache"
        )
        response.headers.add(*AT_THE_FRONT)
        response.make_conditional(request)
        return response

    def _keep(self, name: str, made_from: Hashable, page: str | bytes) -> _Kept:
        body = page.encode() if isinstance(page, str) else page
        made = _Kept(made_from, body, hashlib.sha256(body).hexdigest()[:32])
        with self._lock:
            if name in self._pages or len(self._pages) < MOST:
                self._pages[name] = made
        return made
