"""Signing in and out: password, second factor, rate limits (T-14, T-27)."""

from __future__ import annotations

from flask import make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts, audit_log, second_factor, sessions, sign_in_limits
from logbook.accounts.rights import Act, Person
from logbook.accounts.sign_in_limits import Admission, SignInForm
from logbook.console.frame import ConsoleFrame, local_path
from logbook.console.views import sign_in_form
from logbook.console.views.sign_in_tries import (
    guesser,
    may_try_factor,
    may_try_password,
    remember_browser,
    was_right,
)
from logbook.guards import everyone, guarded_by
from logbook.ids import PersonId

UNKNOWN = "?"
"""Stands in the audit log for a login nobody has: passwords typed into the wrong field are not kept."""
_SAID = {Admission.REFUSED: "sign_in_too_often", Admission.TOO_FAST: "sign_in_too_fast"}


def add(desk: ConsoleFrame) -> None:
    """`/console/sign-in`, the second factor, `/console/sign-out`."""

    @desk.blueprint.get("/sign-in")
    @guarded_by(everyone)
    def sign_in_page() -> Response:
        session, target = desk.current(), request.args.get("next", "")
        if session is not None and session.complete:
            return redirect(local_path(target), code=303)
        return _asked(desk, "sign_in.html", target, 200)

    @desk.blueprint.post("/sign-in")
    @guarded_by(everyone)
    def sign_in_now() -> Response:
        return _with_password(desk)

    @desk.blueprint.post("/second-factor")
    @guarded_by(everyone)
    def second_factor_now() -> Response:
        return _with_second_factor(desk)

    @desk.page("/sign-out", Act.OWN_ACCOUNT, methods=("POST",))
    def sign_out() -> Response:
        with desk.writing() as conn:
            sessions.end(conn, desk.cookies.read(desk.cookies.session))
            audit_log.write(conn, desk.person, "sign_out", "session", desk.now)
        return desk.drop_cookie(redirect(url_for("console.sign_in_page"), code=303))


def _asked(
    desk: ConsoleFrame, template: str, target: str, status: int, wrong: str = "", login: str = ""
) -> Response:
    """A form that is shown before there is a session, with its token and the cookie this belongs to."""
    cookie = sign_in_form.cookie_for(desk.cookies.read(desk.cookies.form))
    token = sign_in_form.token(desk.secret, cookie, desk.now)
    page = desk.show(template, next=target, wrong=wrong, login=login, form_token=token)
    answer = make_response(page, status)
    desk.cookies.keep(answer, desk.cookies.form, cookie)
    return answer


def _form(desk: ConsoleFrame) -> SignInForm | None:
    """The form of this request, None where it is not one we gave to this browser."""
    cookie, sent = desk.cookies.read(desk.cookies.form), request.form.get("form_token", "")
    return sign_in_form.read(desk.secret, cookie, sent, desk.now)


def _with_password(desk: ConsoleFrame) -> Response:
    login, password = request.form.get("login", "")[:256], request.form.get("password", "")
    target = local_path(request.form.get("next", ""))
    form = _form(desk)
    if form is None:
        return _asked(desk, "sign_in.html", target, 400, "sign_in_form_stale", login)
    if (verdict := may_try_password(desk, login, form)) is not Admission.GO_ON:
        return _asked(desk, "sign_in.html", target, 429, _SAID[verdict], login)
    with desk.reading() as conn:
        person = accounts.known_by_password(conn, login, password, desk.now)
        factor = second_factor.is_set(conn, person.id) if person else False
        fresh = accounts.newer_hash(conn, person.id, password) if person else None
    if person is None:
        with desk.writing() as conn:
            sign_in_limits.password_was_wrong(conn, guesser(desk, conn, login), desk.now)
            who = accounts.spelt(login) if accounts.is_login(conn, login) else UNKNOWN
            audit_log.write(conn, who, "sign_in_failed", "session", desk.now)
        return _asked(desk, "sign_in.html", target, 401, "sign_in_wrong", login)
    return _begin(desk, person, target, complete=not factor, fresh=fresh)


def _with_second_factor(desk: ConsoleFrame) -> Response:
    session = desk.current()
    if session is None:
        return redirect(url_for("console.sign_in_page"), code=303)
    target = local_path(request.form.get("next", ""))
    if _form(desk) is None:
        return _asked(desk, "second_factor.html", target, 400, "sign_in_form_stale")
    if may_try_factor(desk, session.person) is not Admission.GO_ON:
        return _asked(desk, "second_factor.html", target, 429, "second_factor_too_often")
    with desk.writing() as conn:
        code = request.form.get("code", "")[:40]
        fits = second_factor.accept(conn, session.person.id, code, desk.now, desk.secret)
        if fits:
            sessions.end(conn, session.token)
        else:
            audit_log.write(conn, session.person, "sign_in_failed", "session", desk.now)
    if not fits:
        return _asked(desk, "second_factor.html", target, 401, "second_factor_wrong")
    return _begin(desk, session.person, target, complete=True, factor=True)


def _begin(
    desk: ConsoleFrame,
    person: Person,
    target: str,
    *,
    complete: bool,
    factor: bool = False,
    fresh: str | None = None,
) -> Response:
    """Begin a session; a complete one makes this browser known to the account."""
    answer = redirect(target, code=303) if complete else _asked(desk, "second_factor.html", target, 200)
    with desk.writing() as conn:
        sessions.end(conn, desk.cookies.read(desk.cookies.session))
        token = fresh_session(desk, conn, person.id, complete=complete)
        was_right(desk, conn, person, factor=factor)
        if fresh is not None:
            accounts.renew_hash(conn, person.id, fresh)
        if complete:
            audit_log.write(conn, person, "sign_in", "session", desk.now)
            remember_browser(desk, conn, answer, person.login, desk.now)
    return desk.keep_cookie(answer, token)


def fresh_session(desk: ConsoleFrame, conn: Connection, person_id: PersonId, *, complete: bool = True) -> str:
    """Begin a session for this browser and return its token."""
    return sessions.begin(
        conn,
        person_id,
        complete=complete,
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        now=desk.now,
    )
