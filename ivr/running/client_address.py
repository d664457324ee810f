"""Finds the client's address behind proxies; the only place that believes a forwarded address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network
_FORWARDED = "HTTP_X_FORWARDED_FOR"


class ClientAddress:
    """WSGI middleware that puts the client's own address into REMOTE_ADDR.

    X-Forwarded-For is read only where the connection comes from one of `trusted` (T-27); afterwards it
    is gone, so that nothing behind can believe it by mistake.
    """

    def __init__(self, app: WSGIApplication, trusted: Collection[Network]) -> None:
        """Stand in front of `app`."""
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request on with its client's address."""
        forwarded = str(environ.pop(_FORWARDED, "")).split(",")
        peer = str(environ.get("REMOTE_ADDR", ""))
        environ["REMOTE_ADDR"] = client_of(peer, forwarded, self._trusted)
        return self._app(environ, start_response)


def client_of(peer: str, forwarded: Sequence[str], trusted: Collection[Network]) -> str:
    """The address of the client: `peer`, or what trusted proxies say of it, read from the nearest one on.

    `forwarded` are the values of X-Forwarded-For as they came, farthest first. The first address that is
    no trusted proxy is the client; what it claims about others is ignored.
    """
    client = peer
    for said in reversed(forwarded):
        known = _read(client)
        before = _read(said.strip())
        if known is None or before is None or not any(known in network for network in trusted):
            break
        client = str(before)
    return client


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """An address as a proxy writes it: alone, in brackets, or with a port."""
    bare = text.strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
