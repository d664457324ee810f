"""Decides which addresses the program may send to of its own accord: no inner machine is reached (T-09).

An address comes from a person and may be wrong or hostile. Only https is allowed, and only machines of the
public internet; inner ones, and http, where the settings name the host. The check is made on the very address
that is then connected to, so that a name which changes what it stands for gets nowhere.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST = 500
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefusedError(Exception):
    """Nothing may be sent there; the message is the key of a sentence."""


@dataclass(frozen=True, slots=True)
class OutsideAddress:
    """A checked address: where to connect, what to ask for, and whether it is an inner one on purpose."""

    scheme: str
    host: str
    port: int
    target: str
    inner: bool

    @property
    def named(self) -> str:
        """The machine as a request names it: with its port, unless that is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def read(url: str, inner_hosts: Collection[str] = ()) -> OutsideAddress:
    """Read an address without asking any name server (AddressRefusedError)."""
    clean = url.isascii() and url.isprintable() and not any(sign in url for sign in " \\\"'<>#@`{}|^")
    if not clean or not 0 < len(url) <= LONGEST:
        raise AddressRefusedError("webhook_refused_url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefusedError("webhook_refused_url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or parts.netloc.endswith(":"):
        raise AddressRefusedError("webhook_refused_url")
    inner = parts.netloc.casefold() in inner_hosts
    if parts.scheme == "http" and not inner:
        raise AddressRefusedError("webhook_refused_http")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = OutsideAddress(
        parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), target, inner
    )
    if not inner and (_is_named_inside(found.host) or not _is_public_or_name(found.host)):
        raise AddressRefusedError("webhook_refused_inner")
    return found


def connectable(address: OutsideAddress) -> str:
    """Return the one IP address to connect to (AddressRefusedError, OSError when the name leads nowhere).

    A name that stands for any inner machine is refused altogether.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    places = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not address.inner and not all(is_public(place) for place in places):
        raise AddressRefusedError("webhook_refused_inner")
    return places[0]


def is_public(text: str) -> bool:
    """Whether an IP address is a machine of the public internet, whatever way it is written or wrapped."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inside = _wrapped(address)
    if inside is not None:
        return is_public(str(inside))
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special


def _wrapped(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the address of the old kind that one of the new kind leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _is_named_inside(host: str) -> bool:
    name = host.rstrip(".")
    dotless = "." not in name and ":" not in name
    return dotless or name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def _is_public_or_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return not host.replace(".", "").isdigit() and not host.startswith("0x")
    return is_public(host)
