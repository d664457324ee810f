"""The token of the sign-in form, before there is a session: no other site can sign anybody in (T-15).

It belongs to a cookie of this browser, says since when the form is open, and has a number of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime

from logbook.accounts.sign_in_limits import SignInForm

_COOKIE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{16})\.([0-9a-f]{64})", re.ASCII)


def cookie_for(brought: str) -> str:
    """The browser's own cookie, or a new one where it brought none of ours."""
    return brought if _COOKIE.fullmatch(brought) else secrets.token_urlsafe(16)


def token(secret: str, cookie: str, now: datetime) -> str:
    """The token of a form shown at `now` to the browser with `cookie`."""
    stem = f"{int(now.timestamp())}.{secrets.token_hex(8)}"
    return f"{stem}.{_seal(secret, cookie, stem)}"


def read(secret: str, cookie: str, sent: str, now: datetime) -> SignInForm | None:
    """What the token says of the form, None where it is not ours or not this browser's."""
    found = _TOKEN.fullmatch(sent)
    if found is None or not _COOKIE.fullmatch(cookie):
        return None
    stem = f"{found[1]}.{found[2]}"
    if not hmac.compare_digest(_seal(secret, cookie, stem), found[3]):
        return None
    return SignInForm(found[2], now - datetime.fromtimestamp(int(found[1]), UTC))


def _seal(secret: str, cookie: str, stem: str) -> str:
    return hmac.new(secret.encode(), f"sign-in:{cookie}:{stem}".encode(), hashlib.sha256).hexdigest()
