"""Thread pools by route: callers and health keep threads of their own, whatever the pages do."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from waitress.task import ThreadedTaskDispatcher


class RequestKind(StrEnum):
    """What a request is for, and so which threads may serve it."""

    HEALTH = "health"
    READINESS = "readiness"
    WEBHOOK = "webhook"
    PROVIDER = "provider"
    UPLOAD = "upload"
    PAGE = "page"
    TELEPHONE = "telephone"


@dataclass(frozen=True)
class Pool:
    """So many threads; `patience` is how long, in seconds, all of them may be at one request each.

    After that the process counts as hung. None: however long.
    """

    threads: int
    patience: float | None = None


CALLERS = Pool(4, patience=45.0)
"""SQLite has one writer; more threads only wait for each other (docs/decisions/0003). No webhook takes so
long: a transaction that waits gives up after ten seconds."""
ONE = Pool(1, patience=45.0)


_OFFICE = re.compile(r"\A/o/[0-9]{2,8}(?=/)", re.ASCII)
UPLOADS = frozenset({"/console/slips/photos/read", "/console/dossiers/import"})
"""Where files of many megabytes are sent, which take seconds to be read."""


def kind_of(path: str) -> RequestKind:
    """The kind of a request by its decoded path; anything unknown is a page.

    Below /o/22504 stands an office of an installation, with the same addresses.
    """
    path = _OFFICE.sub("", "/" + path.lstrip("/"))  # as the server hands it to the application
    if path in UPLOADS:
        return RequestKind.UPLOAD
    first = path.split("/", 2)[1]
    match first:
        case "ivr":
            return RequestKind.WEBHOOK
        case "provider":
            return RequestKind.PROVIDER
        case "readyz":
            return RequestKind.READINESS
        case "phone":
            return RequestKind.TELEPHONE
        case "healthz":
            return RequestKind.HEALTH
        case _:
            return RequestKind.PAGE


class IncomingRequest(Protocol):
    """A request as the server has read it; one whose first line could not be read has no path."""

    path: str


class Connection(Protocol):
    """A connection with requests to be served in turn."""

    requests: list[IncomingRequest]

    def service(self) -> None:
        """Serve the first of its requests."""

    def cancel(self) -> None:
        """Give up all of them."""


class Pools:
    """A task dispatcher for the web server that gives every kind of request threads of its own."""

    def __init__(self, pools: Mapping[RequestKind, Pool]) -> None:
        """Start the threads."""
        self._pools = pools
        self._threads = {kind: ThreadedTaskDispatcher() for kind in pools}
        self._begun: dict[RequestKind, dict[int, float]] = {kind: {} for kind in pools}
        for kind, dispatcher in self._threads.items():
            dispatcher.set_thread_count(pools[kind].threads)

    def add_task(self, connection: Connection) -> None:
        """Hand a connection whose first request is complete to the threads for it."""
        kind = kind_of(getattr(connection.requests[0], "path", ""))
        self._threads[kind].add_task(_Task(connection, self._begun[kind]))

    def hung(self) -> bool:
        """Whether all threads of a pool have been at one request each for longer than its patience."""
        now = time.monotonic()
        for kind, pool in self._pools.items():
            begun = list(self._begun[kind].values())
            if pool.patience is None or len(begun) < pool.threads:
                continue
            if all(now - each > pool.patience for each in begun):
                return True
        return False

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> None:
        """End the threads; whoever is still at a request after `timeout` seconds is left behind."""
        for dispatcher in self._threads.values():
            dispatcher.shutdown(cancel_pending, timeout)


class _Task:
    """One turn of a connection, with a note of when its thread began."""

    __slots__ = ("_begun", "_connection")

    def __init__(self, connection: Connection, begun: dict[int, float]) -> None:
        self._connection, self._begun = connection, begun

    def service(self) -> None:
        thread = threading.get_ident()
        self._begun[thread] = time.monotonic()
        try:
            self._connection.service()
        finally:
            del self._begun[thread]

    def cancel(self) -> None:
        self._connection.cancel()
