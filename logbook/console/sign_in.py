"""Signing in and out: password, second factor, and a brake on guessing shared by all workers (T-14)."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from logbook import budgets, journal, people, second_factor, sign_in
from logbook.console.desk import COOKIE, Desk, local_path
from logbook.guards import everyone, guarded_by
from logbook.rights import Act, Person

QUARTER = timedelta(minutes=15)
TRIES_PER_LOGIN = 10
TRIES_IN_ALL = 200


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
        response = redirect(url_for("console.sign_in_page"), code=303)
        response.delete_cookie(COOKIE)
        return response


def _with_password(desk: Desk) -> tuple[str, int] | Response:
    login, password = request.form.get("login", "")[:64], request.form.get("password", "")[:300]
    target = local_path(request.form.get("next", ""))
    if not _may_try(desk, login):
        return desk.show("sign_in.html", next=target, wrong="sign_in_too_often"), 429
    with desk.reading() as conn:
        person = people.known_by_password(conn, login, password)
        factor = second_factor.is_set(conn, person.id) if person else False
    if person is None:
        with desk.writing() as conn:
            journal.write(conn, login or "?", "sign_in_failed", "session", desk.now)
        return desk.show("sign_in.html", next=target, wrong="sign_in_wrong"), 401
    return _begin(desk, person, target, complete=not factor)


def _with_second_factor(desk: Desk) -> tuple[str, int] | Response:
    session = desk.current()
    if session is None:
        return redirect(url_for("console.sign_in_page"), code=303)
    target = local_path(request.form.get("next", ""))
    if not _may_try(desk, session.person.login):
        return desk.show("second_factor.html", next=target, wrong="sign_in_too_often"), 429
    with desk.writing() as conn:
        fits = second_factor.accept(conn, session.person.id, request.form.get("code", "")[:12], desk.now)
        if fits:
            sign_in.end(conn, session.token)
    if not fits:
        return desk.show("second_factor.html", next=target, wrong="second_factor_wrong"), 401
    return _begin(desk, session.person, target, complete=True)


def _begin(desk: Desk, person: Person, target: str, *, complete: bool) -> Response:
    with desk.writing() as conn:
        token = sign_in.begin(
            conn,
            person.id,
            complete=complete,
            address=request.remote_addr or "",
            agent=request.headers.get("User-Agent", ""),
            now=desk.now,
        )
        if complete:
            journal.write(conn, person, "sign_in", "session", desk.now)
    if complete:
        return desk.keep_cookie(redirect(target, code=303), token)
    question = Response(desk.show("second_factor.html", next=target, wrong=False), mimetype="text/html")
    return desk.keep_cookie(question, token)


def _may_try(desk: Desk, login: str) -> bool:
    """Count this try; the counts stand in the database, so all workers share them."""
    name = login.strip().casefold()
    with desk.writing() as conn:
        one = budgets.spend(conn, f"sign_in:{name}", QUARTER, TRIES_PER_LOGIN, desk.now)
        return budgets.spend(conn, "sign_in:all", QUARTER, TRIES_IN_ALL, desk.now) and one
