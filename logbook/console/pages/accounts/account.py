"""Page of one's own account: password, second factor, language, browsers signed in (T-14)."""

from __future__ import annotations

import re

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook import typed
from logbook.accounts import accounts, audit_log, phone_pin, second_factor
from logbook.accounts import sessions as sign_in
from logbook.accounts.accounts import AccountRefusedError
from logbook.accounts.rights import Act, may
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.accounts.sign_in import fresh_session
from logbook.console.views.qr import qr_path
from logbook.console.views.sign_in_tries import may_try_here, remember_browser, was_right_here

Page = tuple[str, int] | Response
_SECRET = re.compile(r"[A-Z2-7]{32}", re.ASCII)


def add(desk: ConsoleFrame) -> None:
    """`/console/account` and what can be changed there."""

    @desk.page("/account", Act.OWN_ACCOUNT)
    def account() -> str:
        return shown(desk)

    @desk.page("/account/password", Act.OWN_ACCOUNT, methods=("POST",))
    def change_password() -> Page:
        return _change_password(desk)

    @desk.page("/account/language", Act.OWN_ACCOUNT, methods=("POST",))
    def change_language() -> Response:
        language = request.form.get("language", "")
        if language not in desk.installation.texts:
            return desk.back("account")
        with desk.writing() as conn:
            accounts.choose_language(conn, desk.person.id, language)
        return desk.back("account", "account_language_kept")

    @desk.page("/account/second-factor", Act.OWN_ACCOUNT)
    def second_factor_page() -> str:
        return _set_up(desk, second_factor.new_secret())

    @desk.page("/account/second-factor", Act.OWN_ACCOUNT, methods=("POST",))
    def keep_second_factor() -> Page:
        return _keep_second_factor(desk)

    @desk.page("/account/second-factor/drop", Act.OWN_ACCOUNT, methods=("POST",))
    def drop_second_factor() -> Page:
        return _drop_second_factor(desk)

    @desk.page("/account/sessions/end", Act.OWN_ACCOUNT, methods=("POST",))
    def end_other_sessions() -> Response:
        with desk.writing() as conn:
            ended = sign_in.end_others(conn, desk.person.id, desk.cookies.read(desk.cookies.session))
            audit_log.write(conn, desk.person, "end_sessions", subject(desk), desk.now, ended=ended)
        return desk.back("account", "account_sessions_ended")


def _change_password(desk: ConsoleFrame) -> Page:
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    if typed.password(new) != typed.password(again):
        return shown(desk, refused="account_password_differs"), 400
    if not may_try_here(desk):
        return shown(desk, refused="sign_in_too_often"), 429
    with desk.reading() as conn:
        fits = accounts.is_password_of(conn, desk.person.id, old)
    if not fits:
        return shown(desk, refused="account_password_wrong"), 400
    if typed.password(old) == typed.password(new):
        return shown(desk, refused="account_password_same"), 400
    try:
        hashed = accounts.hashed(new)
    except AccountRefusedError as problem:
        return shown(desk, refused=str(problem.args[0])), 400
    with desk.writing() as conn:
        accounts.set_password(conn, desk.person.id, hashed, must_change=False)
        return _renewed(desk, conn, "change_password", "account_password_kept")


def _keep_second_factor(desk: ConsoleFrame) -> Page:
    secret = request.form.get("secret", "")
    if not _SECRET.fullmatch(secret):
        return desk.back("second_factor_page")
    if not may_try_here(desk):
        return _set_up(desk, secret, "sign_in_too_often"), 429
    with desk.reading() as conn:
        fits = accounts.is_password_of(conn, desk.person.id, request.form.get("password", ""))
    if not fits:
        return _set_up(desk, secret, "account_password_wrong"), 400
    code = request.form.get("code", "")[:40]
    if not second_factor.proves(secret, code, desk.now):
        return _set_up(desk, secret, "second_factor_wrong"), 400
    with desk.writing() as conn:
        second_factor.keep(conn, desk.person.id, secret, desk.secret)
        second_factor.accept(
            conn, desk.person.id, code, desk.now, desk.secret
        )  # the same code must not open a session too
        return _renewed(desk, conn, "set_second_factor", "account_factor_kept")


def _drop_second_factor(desk: ConsoleFrame) -> Page:
    if refused := password_refused(desk):
        return shown(desk, factor_wrong=refused[0]), refused[1]
    with desk.writing() as conn:
        second_factor.drop(conn, desk.person.id)
        return _renewed(desk, conn, "drop_second_factor", "account_factor_dropped")


def password_refused(desk: ConsoleFrame) -> tuple[str, int] | None:
    """Why the password of the form does not do, as a text key and a status; None when it does."""
    if not may_try_here(desk):
        return "sign_in_too_often", 429
    with desk.reading() as conn:
        fits = accounts.is_password_of(conn, desk.person.id, request.form.get("password", ""))
    return None if fits else ("account_password_wrong", 400)


def _renewed(desk: ConsoleFrame, conn: Connection, act: str, message: str) -> Response:
    """End every session of the person, begin a fresh one for this browser, and write down why."""
    accounts.end_sessions(conn, desk.person.id)
    token = fresh_session(desk, conn, desk.person.id)
    was_right_here(desk, conn)
    audit_log.write(conn, desk.person, act, subject(desk), desk.now)
    answer = desk.keep_cookie(redirect(url_for("console.account", said=message), code=303), token)
    remember_browser(desk, conn, answer, desk.person.login, desk.now)
    return answer


def shown(desk: ConsoleFrame, *, refused: str = "", factor_wrong: str = "", pin_wrong: str = "") -> str:
    """The page, with a text key of what was refused beside the form it is about."""
    with desk.reading() as conn:
        sessions = sign_in.of_person(conn, desk.person.id, desk.cookies.read(desk.cookies.session), desk.now)
        has_factor = second_factor.is_set(conn, desk.person.id)
        has_pin = phone_pin.has_pin(conn, desk.person.id)
    return desk.show(
        "account.html",
        here="account",
        sessions=sessions,
        has_factor=has_factor,
        has_pin=has_pin,
        listens=may(desk.person, Act.LISTEN),
        pin_length=(phone_pin.SHORTEST, phone_pin.LONGEST),
        shortest=accounts.SHORTEST_PASSWORD,
        languages=sorted(desk.installation.texts, reverse=True),
        password_wrong=refused,
        factor_wrong=factor_wrong,
        pin_wrong=pin_wrong,
    )


def _set_up(desk: ConsoleFrame, secret: str, wrong: str = "") -> str:
    address = second_factor.address(secret, desk.person.login, desk.settings.office.agency)
    path, size = qr_path(address)
    return desk.show(
        "second_factor_set_up.html",
        here="account",
        secret=secret,
        spaced=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        qr=path,
        qr_size=size,
        wrong=wrong,
    )


def subject(desk: ConsoleFrame) -> str:
    """What the audit log calls one's own account."""
    return f"person:{desk.person.id}"
