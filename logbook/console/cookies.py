"""The console's cookies: names and flags."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import request
from werkzeug.wrappers import Response

COOKIE = "tongdai"
"""The session's, on an address without TLS as in the demonstration."""


class Cookies:
    """Cookies of one public address: hidden from scripts and from other sites' forms, by https only there.

    `__Host-` makes the browser refuse one that another host or an unencrypted page would plant; it needs
    the path /, so an address with a folder of its own takes `__Secure-`.
    """

    def __init__(self, public_url: str) -> None:
        """Name them for `public_url` (T-14)."""
        parts = urlsplit(public_url)
        self._secure = parts.scheme == "https"
        self._path = parts.path or "/"
        prefix = "" if not self._secure else "__Host-" if self._path == "/" else "__Secure-"
        self.session = prefix + COOKIE
        self.form = f"{prefix}{COOKIE}-form"
        self.device = f"{prefix}{COOKIE}-device"

    def read(self, name: str) -> str:
        """What the browser brought, "" for nothing."""
        return request.cookies.get(name, "")

    def keep(self, response: Response, name: str, value: str, lasts: timedelta | None = None) -> None:
        """Hand a cookie to the browser, until it is closed or for as long as it `lasts`."""
        response.set_cookie(
            name,
            value,
            max_age=lasts,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def drop(self, response: Response, name: str) -> None:
        """Delete a cookie in the browser."""
        response.delete_cookie(name, path=self._path, secure=self._secure, httponly=True, samesite="Lax")
