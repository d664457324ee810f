"""Recognises browsers that signed in before, by a signed cookie (T-27).

The cookie opens nothing. It only says that the guessing of others is no reason to refuse this browser.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from logbook.ids import PersonId

KEPT = timedelta(days=180)
"""How long an account knows a browser again after the last sign-in there."""
MOST_ACCOUNTS = 8
"""Accounts of one browser, newest first: the computer of the counter is shared."""
LONGEST_COOKIE = 3000
_SALT = "known-device"


@dataclass(frozen=True, slots=True)
class Device:
    """One browser as one account knows it; `mark` is the password's, so a new password invalidates all."""

    number: str
    person_id: PersonId
    mark: str
    since: datetime


def mark_of(secret: str, password_hash: str) -> str:
    """What stands in the cookie for the password of that moment; nothing can be learnt from it."""
    return hmac.new(secret.encode(), b"device:" + password_hash.encode(), hashlib.sha256).hexdigest()[:16]


def read(secret: str, cookie: str, now: datetime) -> list[Device]:
    """The devices of a cookie; none of one that is forged, from another key, or over."""
    if len(cookie) > LONGEST_COOKIE:
        return []
    try:
        kept = _signer(secret).loads(cookie)
        found = [
            Device(str(a), PersonId(int(b)), str(c), datetime.fromtimestamp(int(d), UTC))
            for a, b, c, d in kept
        ]
    except (BadData, ValueError, TypeError, OverflowError):
        return []
    return [device for device in found if now - KEPT < device.since <= now + timedelta(days=1)]


def of_account(devices: list[Device], person_id: PersonId, mark: str) -> str | None:
    """The number under which the account knows this browser, if it does."""
    return next((one.number for one in devices if (one.person_id, one.mark) == (person_id, mark)), None)


def signed_in(secret: str, devices: list[Device], person_id: PersonId, mark: str, now: datetime) -> str:
    """The cookie after somebody signed in here: known from `now` on, the others as before."""
    number = of_account(devices, person_id, mark) or secrets.token_hex(8)
    others = [one for one in devices if one.person_id != person_id]
    kept = [Device(number, person_id, mark, now), *others][:MOST_ACCOUNTS]
    cookie: str = _signer(secret).dumps(
        [(one.number, one.person_id, one.mark, int(one.since.timestamp())) for one in kept]
    )
    return cookie


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)
