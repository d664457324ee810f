"""Who may use the telephone in the browser, and that a request comes from its own page."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from logbook.accounts import sessions
from logbook.console.cookies import Cookies
from logbook.installation import Installation

HEADER = "X-Tongdai-Phone"
"""Carries the page's seal: no other site can send it (T-14)."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Door:
    """Lets in whoever reaches a demonstration, and in a trial whoever is signed in.

    A demonstration listens on this machine unless somebody opens it; a page of another site that resolves
    its own name to this machine is refused by the name it asks for.
    """

    def __init__(self, installation: Installation) -> None:
        """A new seal: pages of an earlier process are to be loaded again."""
        self._installation = installation
        self._cookies = Cookies(installation.settings.public_url)
        self.seal = secrets.token_urlsafe(24)

    def let_in(self) -> BaseResponse | None:
        """The guard of every address of the telephone."""
        settings = self._installation.settings
        if _name(request.host) not in LOOPBACK | {_name(urlsplit(settings.public_url).netloc)}:
            abort(403)
        if settings.is_trial and not self._signed_in():
            if request.method == "GET" and request.endpoint == "softphone.page":
                return redirect(url_for("console.sign_in_page", next="/phone"), 303)
            abort(403)
        if request.method != "GET" and not self._of_our_page():
            abort(403)
        return None

    def _of_our_page(self) -> bool:
        given = request.headers.get(HEADER, "")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        return site == "same-origin" and hmac.compare_digest(given.encode(), self.seal.encode())

    def _signed_in(self) -> bool:
        token = self._cookies.read(self._cookies.session)
        if not token:
            return False
        with self._installation.database.reading() as conn:
            session = sessions.of_token(conn, token, self._installation.clock.now())
        return session is not None and session.complete and not session.person.must_change_password


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold().rstrip(".")
    except ValueError:
        return ""
