"""Rate limits of signing in (login, brute force): the guesser pays, never the account's owner (T-27).

A browser that signed in to the account before has a small rate limit of its own and meets no other. Anybody
else has one for their network and one for the account from their network. What everybody together tries
wrongly refuses nobody: it only asks of a network that was wrong before to take a few seconds over a form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection

from logbook.database import rate_limits
from logbook.ids import PersonId

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
TRIES_OF_DEVICE = 10
TRIES_PER_LOGIN = 10
"""Wrong passwords for one login from one network in a quarter of an hour."""
TRIES_PER_NETWORK = 60
"""Wrong passwords from one network, which may be a whole office behind one address."""
TRIES_IN_ALL = 200
"""Wrong passwords from everywhere, beyond which a network that was wrong before must take its time."""
PAUSE = timedelta(seconds=10)
"""What a form must have been open then; it is good for one try."""
TRIES_OF_SESSION = 10
CODES_FROM_STRANGERS = 60
"""Wrong second factors in a day from browsers that never signed in: whoever sends them has the password."""
_EVERYBODY = "sign_in:all"


class Admission(Enum):
    """What becomes of a try."""

    GO_ON = "go on"
    REFUSED = "refused"
    TOO_FAST = "too fast"


@dataclass(frozen=True, slots=True)
class SignInForm:
    """The form a try came with: its number, and how long it was open."""

    number: str
    open_for: timedelta


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who tries: from which network, and as which known browser of the account, if it is one."""

    network: str
    device: str | None = None


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 of an IPv6 one, which one customer has whole."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((found, 64), strict=False))
    return str(found)


def try_password(
    conn: Connection, login: str, guesser: Guesser, form: SignInForm, now: datetime
) -> Admission:
    """Take a try at the password of `login`, as `people.spelt` spells it; `now` is aware.

    A try that proves right is given back, so that only wrong ones count.
    """
    if guesser.device is not None:
        return _spend(conn, f"sign_in:device:{guesser.device}", QUARTER, TRIES_OF_DEVICE, now)
    network = f"sign_in:from:{guesser.network}"
    crowded = rate_limits.used(conn, _EVERYBODY, QUARTER, now) >= TRIES_IN_ALL
    if crowded and rate_limits.used(conn, network, QUARTER, now) and not _took_its_time(conn, form, now):
        return Admission.TOO_FAST
    for scope, most in ((_login(login, guesser), TRIES_PER_LOGIN), (network, TRIES_PER_NETWORK)):
        if not rate_limits.spend(conn, scope, QUARTER, most, now):
            return Admission.REFUSED
    return Admission.GO_ON


def password_was_wrong(conn: Connection, guesser: Guesser, now: datetime) -> None:
    """Count a wrong try among everybody's; a known browser's slip of the hand is none of theirs."""
    if guesser.device is None:
        rate_limits.spend(conn, _EVERYBODY, QUARTER, TRIES_IN_ALL, now)


def password_was_right(conn: Connection, login: str, guesser: Guesser, now: datetime) -> None:
    """Give back what `try_password` took."""
    scopes = (
        [_login(login, guesser), f"sign_in:from:{guesser.network}"]
        if guesser.device is None
        else [f"sign_in:device:{guesser.device}"]
    )
    for scope in scopes:
        rate_limits.give_back(conn, scope, QUARTER, now)


def try_factor(
    conn: Connection, person_id: PersonId, mark: str, guesser: Guesser, now: datetime
) -> Admission:
    """Take a try at the second factor of a person whose password was right.

    Six digits fall to enough networks in a day, so strangers' tries are counted together as well; `mark`
    changes with the password, so that a new password opens the way again at once.
    """
    if guesser.device is not None:
        return _spend(conn, f"factor:device:{guesser.device}", QUARTER, TRIES_OF_DEVICE, now)
    common, own = _factor_scopes(person_id, mark, guesser)
    if not rate_limits.spend(conn, own, QUARTER, TRIES_PER_LOGIN, now):
        return Admission.REFUSED
    return _spend(conn, common, DAY, CODES_FROM_STRANGERS, now)


def factor_was_right(
    conn: Connection, person_id: PersonId, mark: str, guesser: Guesser, now: datetime
) -> None:
    """Give back what `try_factor` took."""
    if guesser.device is not None:
        return rate_limits.give_back(conn, f"factor:device:{guesser.device}", QUARTER, now)
    common, own = _factor_scopes(person_id, mark, guesser)
    rate_limits.give_back(conn, own, QUARTER, now)
    return rate_limits.give_back(conn, common, DAY, now)


def try_in_session(conn: Connection, session: str, now: datetime) -> Admission:
    """Take a try at the own password, asked for once more in a session that is named by its hash.

    Whoever sits at somebody's open browser spends that browser's tries and no others.
    """
    return _spend(conn, f"session:{session[:32]}", QUARTER, TRIES_OF_SESSION, now)


def right_in_session(conn: Connection, session: str, now: datetime) -> None:
    """Give back what `try_in_session` took."""
    rate_limits.give_back(conn, f"session:{session[:32]}", QUARTER, now)


def _spend(conn: Connection, scope: str, window: timedelta, most: int, now: datetime) -> Admission:
    return Admission.GO_ON if rate_limits.spend(conn, scope, window, most, now) else Admission.REFUSED


def _login(login: str, guesser: Guesser) -> str:
    return f"sign_in:{login}@{guesser.network}"


def _factor_scopes(person_id: PersonId, mark: str, guesser: Guesser) -> tuple[str, str]:
    who = f"factor:{person_id}:{mark}"
    return who, f"{who}@{guesser.network}"


def _took_its_time(conn: Connection, form: SignInForm, now: datetime) -> bool:
    return form.open_for >= PAUSE and rate_limits.spend(conn, f"form:{form.number[:64]}", DAY, 1, now)
