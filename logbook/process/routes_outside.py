"""Chooses the route to an address: this machine directly, others through the environment's proxy (B-20).

A proxy in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, in either spelling) is for the world outside;
it knows nothing of our 127.0.0.1, so that the program would not reach itself through it.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from ipaddress import ip_address
from urllib.parse import urlsplit

_OURS = ("localhost", "127.0.0.1", "127.0.0.0/8", "::1", "[::1]")


def spare_loopback(environ: MutableMapping[str, str]) -> None:
    """Exempt this machine from any proxy of `environ`, for every library of this process and its children.

    To be called when a process begins; calling it again changes nothing.
    """
    for name, other in (("no_proxy", "NO_PROXY"), ("NO_PROXY", "no_proxy")):
        exempt = environ.get(name) or environ.get(other) or ""
        if exempt.strip() == "*":
            continue
        listed = [part.strip() for part in exempt.split(",") if part.strip()]
        environ[name] = ",".join([*listed, *(part for part in _OURS if part not in listed)])


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address (without brackets) is this machine's own."""
    name = (host or "").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def proxies_for(url: str) -> dict[str, str]:
    """Return the proxies for requests to `url`, by scheme; none for this machine."""
    from requests.utils import get_environ_proxies  # whoever only begins a process has no request to send

    return {} if is_loopback(urlsplit(url).hostname) else dict(get_environ_proxies(url))


def exempt(url: str) -> dict[str, str]:
    """Return the variables that a client reading the environment itself needs to reach `url` alike."""
    host = urlsplit(url).hostname
    return {"no_proxy": host} if host and is_loopback(host) else {}
