"""Signing in and out: password, second factor, and a brake on guessing shared by all workers (T-14)."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook import budgets, journal, people, second_factor, sign_in
from logbook.console.desk import COOKIE, Desk, local_path
from logbook.guards import everyone, guarded_by
from logbook.rights import Act, Person

QUARTER = timedelta(minutes=15)
TRIES_PER_LOGIN = 10
TRIES_IN_ALL = 200
UNKNOWN = "?"
"""Stands in the journal for a login nobody has: passwords typed into the wrong field are not kept."""


def add(desk: Desk) -> None:
    """`/console/sign-in`, the second factor, `/console/sign-out`."""

    @desk.blueprint.get("/sign-in")
    @guarded_by(everyone)
    def sign_in_page() -> str | Response:
        session = desk.current()
        if session is not None and session.complete:
            return redirect(local_path(request.args.get("next", "")), code=303)
        return desk.show("sign_in.html", next=request.args.get("next", ""), wrong=False)

    @desk.blueprint.post("/sign-in")
    @guarded_by(everyone)
    def sign_in_now() -> tuple[str, int] | Response:
        return _with_password(desk)

    @desk.blueprint.post("/second-factor")
    @guarded_by(everyone)
    def second_factor_now() -> tuple[str, int] | Response:
        return _with_second_factor(desk)

    @desk.page("/sign-out", Act.OWN_ACCOUNT, methods=("POST",))
    def sign_out() -> Response:
        with desk.writing() as conn:
            sign_in.end(conn, request.cookies.get(COOKIE, ""))
            journal.write(conn, desk.person, "sign_out", "session", desk.now)
        return desk.drop_cookie(redirect(url_for("console.sign_in_page"), code=303))


def _with_password(desk: Desk) -> tuple[str, int] | Response:
    login, password = request.form.get("login", "")[:64], request.form.get("password", "")[:300]
    target = local_path(request.form.get("next", ""))
    if not may_try(desk, login):
        return desk.show("sign_in.html", next=target, wrong="sign_in_too_often"), 429
    with desk.reading() as conn:
        person = people.known_by_password(conn, login, password)
        factor = second_factor.is_set(conn, person.id) if person else False
    if person is None:
        with desk.writing() as conn:
            who = people.spelt(login) if people.is_login(conn, login) else UNKNOWN
            journal.write(conn, who, "sign_in_failed", "session", desk.now)
        return desk.show("sign_in.html", next=target, wrong="sign_in_wrong"), 401
    return _begin(desk, person, target, complete=not factor)


def _with_second_factor(desk: Desk) -> tuple[str, int] | Response:
    session = desk.current()
    if session is None:
        return redirect(url_for("console.sign_in_page"), code=303)
    target = local_path(request.form.get("next", ""))
    if not may_try(desk, session.person.login):
        return desk.show("second_factor.html", next=target, wrong="sign_in_too_often"), 429
    with desk.writing() as conn:
        fits = second_factor.accept(conn, session.person.id, request.form.get("code", "")[:12], desk.now)
        if fits:
            sign_in.end(conn, session.token)
        else:
            journal.write(conn, session.person, "sign_in_failed", "session", desk.now)
    if not fits:
        return desk.show("second_factor.html", next=target, wrong="second_factor_wrong"), 401
    return _begin(desk, session.person, target, complete=True)


def _begin(desk: Desk, person: Person, target: str, *, complete: bool) -> Response:
    with desk.writing() as conn:
        sign_in.end(conn, request.cookies.get(COOKIE, ""))
        token = fresh_session(desk, conn, person.id, complete=complete)
        proved(desk, conn, person.login)
        if complete:
            journal.write(conn, person, "sign_in", "session", desk.now)
    if complete:
        return desk.keep_cookie(redirect(target, code=303), token)
    question = Response(desk.show("second_factor.html", next=target, wrong=False), mimetype="text/html")
    return desk.keep_cookie(question, token)


def fresh_session(desk: Desk, conn: Connection, person_id: int, *, complete: bool = True) -> str:
    """Begin a session for this browser and return its token."""
    return sign_in.begin(
        conn,
        person_id,
        complete=complete,
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        now=desk.now,
    )


def may_try(desk: Desk, login: str) -> bool:
    """Count this try at a password or code; the counts stand in the database, so all workers share them.

    A try that proves right is given back, so that only wrong ones fill the quarter of an hour (T-14).
    """
    one, everybody = _scopes(login)
    with desk.writing() as conn:
        return budgets.spend(conn, one, QUARTER, TRIES_PER_LOGIN, desk.now) and budgets.spend(
            conn, everybody, QUARTER, TRIES_IN_ALL, desk.now
        )


def proved(desk: Desk, conn: Connection, login: str) -> None:
    """Give back the try that proved right."""
    for scope in _scopes(login):
        budgets.give_back(conn, scope, QUARTER, desk.now)


def _scopes(login: str) -> tuple[str, str]:
    return f"sign_in:{people.spelt(login)}", "sign_in:all"
