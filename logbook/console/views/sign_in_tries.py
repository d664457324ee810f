"""Counts attempts at passwords and codes for pages: which browser, and may it go on (T-27)."""

from __future__ import annotations

from datetime import datetime

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts, known_devices, sessions, sign_in_limits
from logbook.accounts.rights import Person
from logbook.accounts.sign_in_limits import Admission, Guesser, SignInForm
from logbook.console.frame import ConsoleFrame
from logbook.ids import PersonId


def guesser(desk: ConsoleFrame, conn: Connection, login: str) -> Guesser:
    """Who sends this request, and whether the account of `login` knows this browser."""
    network = sign_in_limits.network_of(request.remote_addr or "")
    marked = _marked(desk, conn, login)
    return Guesser(network, known_devices.of_account(_devices(desk), *marked) if marked else None)


def may_try_password(desk: ConsoleFrame, login: str, form: SignInForm) -> Admission:
    """Count this attempt at a password before it is checked."""
    with desk.writing() as conn:
        who = guesser(desk, conn, login)
        return sign_in_limits.try_password(conn, accounts.spelt(login), who, form, desk.now)


def may_try_factor(desk: ConsoleFrame, person: Person) -> Admission:
    """Count this try at the second factor of somebody whose password was right."""
    with desk.writing() as conn:
        marked = _marked(desk, conn, person.login)
        who = guesser(desk, conn, person.login)
        return sign_in_limits.try_factor(conn, person.id, marked[1] if marked else "", who, desk.now)


def was_right(desk: ConsoleFrame, conn: Connection, person: Person, *, factor: bool) -> None:
    """Give back the try that proved right, at the password or at the second `factor`."""
    who = guesser(desk, conn, person.login)
    marked = _marked(desk, conn, person.login)
    if factor:
        sign_in_limits.factor_was_right(conn, person.id, marked[1] if marked else "", who, desk.now)
    else:
        sign_in_limits.password_was_right(conn, accounts.spelt(person.login), who, desk.now)


def may_try_here(desk: ConsoleFrame) -> bool:
    """Count a try at one's own password in an open session; the session pays, not the account."""
    with desk.writing() as conn:
        return sign_in_limits.try_in_session(conn, _session(desk), desk.now) is Admission.GO_ON


def was_right_here(desk: ConsoleFrame, conn: Connection) -> None:
    """Give back the try of `may_try_here` that proved right."""
    sign_in_limits.right_in_session(conn, _session(desk), desk.now)


def remember_browser(
    desk: ConsoleFrame, conn: Connection, response: Response, login: str, now: datetime
) -> None:
    """From now on the account of `login` knows this browser."""
    marked = _marked(desk, conn, login)
    if marked is not None:
        cookie = known_devices.signed_in(desk.secret, _devices(desk), *marked, now)
        desk.cookies.keep(response, desk.cookies.device, cookie, known_devices.KEPT)


def _devices(desk: ConsoleFrame) -> list[known_devices.Device]:
    return known_devices.read(desk.secret, desk.cookies.read(desk.cookies.device), desk.now)


def _marked(desk: ConsoleFrame, conn: Connection, login: str) -> tuple[PersonId, str] | None:
    found = accounts.hash_of(conn, login)
    return (found[0], known_devices.mark_of(desk.secret, found[1])) if found else None


def _session(desk: ConsoleFrame) -> str:
    return sessions.hash_of(desk.cookies.read(desk.cookies.session))
