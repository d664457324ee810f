"""Answers a challenge with a password that is never sent: digest authentication (RFC 7616, RFC 8760)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class CannotAnswerError(ValueError):
    """The challenge asks for something unknown here."""


@dataclass(frozen=True)
class Credentials:
    """Who we are to the carrier."""

    user: str
    password: str

    def answer(self, challenge: str, method: str, uri: str) -> str:
        """Return the value of an Authorization field (CannotAnswerError)."""
        scheme, _, rest = challenge.strip().partition(" ")
        asked = {found[1].lower(): found[2] or found[3] or "" for found in _PAIR.finditer(rest)}
        algorithm = asked.get("algorithm", "MD5")
        if scheme.lower() != "digest" or algorithm.upper() not in {"MD5", "SHA-256"}:
            raise CannotAnswerError(f"{scheme} {algorithm}")
        qualities = {one.strip() for one in asked.get("qop", "").split(",") if one.strip()}
        if qualities and "auth" not in qualities:
            raise CannotAnswerError(f"qop {asked['qop']}")
        realm, nonce, own = asked.get("realm", ""), asked.get("nonce", ""), secrets.token_hex(8)
        hashed = _hash(algorithm)
        known, request = hashed(f"{self.user}:{realm}:{self.password}"), hashed(f"{method}:{uri}")
        between = f"{nonce}:00000001:{own}:auth" if qualities else nonce
        parts = {"username": self.user, "realm": realm, "nonce": nonce, "uri": uri}
        parts["response"] = hashed(f"{known}:{between}:{request}")
        if "opaque" in asked:
            parts["opaque"] = asked["opaque"]
        words = [f'{name}="{value}"' for name, value in parts.items()] + [f"algorithm={algorithm}"]
        if qualities:
            words += ["qop=auth", "nc=00000001", f'cnonce="{own}"']
        return f"Digest {', '.join(words)}"


def _hash(algorithm: str) -> Callable[[str], str]:
    if algorithm.upper() == "SHA-256":
        return lambda text: hashlib.sha256(text.encode()).hexdigest()
    # MD5 is what carriers and exchanges ask for; it guards a password that goes over the office's own line
    return lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
