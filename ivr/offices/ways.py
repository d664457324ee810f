"""Decides for whom a request is, by its host, its path and the number that was called; believes nothing else.

An office has a host of its own. At the installation's address `/o/22504/…` leads to that host, and the
webhooks `/ivr/voice`, `/ivr/status` and `/ivr/fallback` there are those of the office whose number was
called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from logbook.offices.register import OfficeEntry, Offices

BY_NUMBER = frozenset({"/ivr/voice", "/ivr/status", "/ivr/fallback"})
"""The webhooks a provider may have for all numbers together."""
_BELOW = re.compile(r"/o/([0-9]{2,8})(/.*)?", re.ASCII | re.DOTALL)
_FOR_MACHINES = ("/ivr/", "/provider/", "/readyz", "/healthz")
_WATCHED = ("/readyz", "/readyz/clock", "/readyz/line")


@dataclass(frozen=True, slots=True)
class ToOffice:
    """The office `entry` answers at `path`; `shared`: what it answers was signed for the shared address."""

    entry: OfficeEntry
    path: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ToItsHost:
    """Whoever reads pages goes on at the host of `entry`, to `path`."""

    entry: OfficeEntry
    path: str


@dataclass(frozen=True, slots=True)
class ToInstallation:
    """The installation itself answers at `path`."""

    path: str


@dataclass(frozen=True, slots=True)
class ToNobody:
    """A number of no office was called; "" where none was named."""

    called: str


@dataclass(frozen=True, slots=True)
class ToNowhere:
    """The host or the path belongs to no office."""


Way = ToOffice | ToItsHost | ToInstallation | ToNobody | ToNowhere


def way_of(offices: Offices, host: str, path: str, called: str | None, asked: str = "") -> Way:
    """For whom a request is; `called` is None unless it is a form, `asked` the office it asks about.

    A path that names another office than its host leads nowhere.
    """
    of_host = offices.of_host(host)
    below = _BELOW.fullmatch(path)
    if of_host is not None:
        if below is None:
            return ToOffice(of_host, path)
        return ToOffice(of_host, below[2] or "/") if below[1] == of_host.code else ToNowhere()
    if asked and path in _WATCHED:
        entry = offices.of_code(asked)
        return ToNowhere() if entry is None else ToOffice(entry, path)
    if path in ("/healthz", "/readyz"):
        return ToInstallation(path)
    if not offices.is_shared(host):
        return ToNowhere()
    if below is not None:
        return _below(offices.of_code(below[1]), below[2] or "/")
    if path not in BY_NUMBER or called is None:
        return ToInstallation(path)
    entry = offices.of_number(called)
    return ToNobody(called) if entry is None else ToOffice(entry, path, shared=True)


def _below(entry: OfficeEntry | None, path: str) -> Way:
    if entry is None:
        return ToNowhere()
    return ToOffice(entry, path) if path.startswith(_FOR_MACHINES) else ToItsHost(entry, path)
