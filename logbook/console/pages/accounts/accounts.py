"""Page of all accounts for the administrator; shows a new password once."""

from __future__ import annotations

from dataclasses import replace

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook import phone_numbers
from logbook.accounts import accounts, administration, audit_log
from logbook.accounts.accounts import AccountRefusedError
from logbook.accounts.administration import Account, AccountDetails, StaleAccountError
from logbook.accounts.rights import ROLES, Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.accounts.sign_in import fresh_session
from logbook.ids import PersonId
from logbook.settings import own_numbers

Page = tuple[str, int] | Response | str
ONE = "/people/<int(max=2147483647):person_id>"
NOBODY = AccountDetails("", "", "clerk", "", sees_restricted=False)


def add(desk: ConsoleFrame) -> None:
    """`/console/people`, one account's page, and the verbs on it."""

    @desk.page("/people", Act.RUN_PEOPLE)
    def people() -> str:
        with desk.reading() as conn:
            return desk.show(
                "people.html",
                here="people",
                accounts=administration.listed(conn),
                today=local(desk.now).date(),
            )

    @desk.page("/people/new", Act.RUN_PEOPLE)
    def person_new() -> str:
        return _form(desk, None, NOBODY)

    @desk.page("/people/new", Act.RUN_PEOPLE, methods=("POST",))
    def person_add() -> Page:
        return _add(desk)

    @desk.page(ONE, Act.RUN_PEOPLE)
    def person(person_id: PersonId) -> str:
        with desk.reading() as conn:
            account = _account(conn, person_id)
        return _form(desk, account, _particulars(account))

    @desk.page(ONE, Act.RUN_PEOPLE, methods=("POST",))
    def person_change(person_id: PersonId) -> Page:
        return _change(desk, person_id)

    _add_verbs(desk)


def _add_verbs(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/password", Act.RUN_PEOPLE, methods=("POST",))
    def person_reset(person_id: PersonId) -> Page:
        if person_id == desk.person.id:
            return desk.back("account")
        password = administration.one_time_password()
        hashed = accounts.hashed(password)
        with desk.writing() as conn:
            account = _account(conn, person_id)
            administration.reset_password(conn, person_id, hashed)
            _note(desk, conn, "reset_password", account)
        return _shown_once(desk, account.login, password, person_id)

    @desk.page(f"{ONE}/second-factor", Act.RUN_PEOPLE, methods=("POST",))
    def person_drop_factor(person_id: PersonId) -> Page:
        if person_id == desk.person.id:
            return desk.back("account")
        with desk.writing() as conn:
            account = _account(conn, person_id)
            administration.drop_second_factor(conn, person_id)
            _note(desk, conn, "drop_second_factor", account)
        return desk.back("person", "people_factor_dropped", person_id=person_id)

    @desk.page(f"{ONE}/disable", Act.RUN_PEOPLE, methods=("POST",))
    def person_disable(person_id: PersonId) -> Page:
        try:
            with desk.writing() as conn:
                account = _account(conn, person_id)
                administration.disable(conn, desk.person, person_id, desk.now)
                _note(desk, conn, "disable_person", account)
        except AccountRefusedError as refused:
            return _form(desk, account, _particulars(account), str(refused.args[0])), 409
        return desk.back("people", "people_disabled")

    @desk.page(f"{ONE}/enable", Act.RUN_PEOPLE, methods=("POST",))
    def person_enable(person_id: PersonId) -> Page:
        with desk.writing() as conn:
            account = _account(conn, person_id)
            accounts.enable(conn, person_id)
            _note(desk, conn, "enable_person", account)
        return desk.back("person", "people_enabled", person_id=person_id)


def _add(desk: ConsoleFrame) -> Page:
    details, login = _typed(), request.form.get("login", "")
    try:
        _refuse_our_own(desk, details)
        with desk.writing() as conn:
            made, password = administration.add(conn, login, details, desk.now)
            account = _account(conn, made)
            _note(desk, conn, "add_person", account, role=account.role, restricted=account.sees_restricted)
            desk.back("person", "people_added_before", person_id=made)  # where a second click leads
    except AccountRefusedError as refused:
        return _form(desk, None, details, str(refused.args[0]), login=login), 400
    return _shown_once(desk, account.login, password, made)


def _change(desk: ConsoleFrame, person_id: PersonId) -> Page:
    details, version = _typed(), request.form.get("version", "")
    with desk.reading() as conn:
        before = _account(conn, person_id)
    if person_id == desk.person.id:  # the browser sends no field that is disabled on one's own page
        details = replace(
            _particulars(before), name=details.name, title=details.title, telephone=details.telephone
        )
    try:
        _refuse_our_own(desk, details)
        with desk.writing() as conn:
            changed = administration.change(conn, desk.person, person_id, version, details)
            answer = desk.back("person", "people_kept", person_id=person_id)
            if changed:
                role = f"{before.role} > {details.role}" if "role" in changed else before.role
                _note(desk, conn, "change_person", before, changed=", ".join(changed), role=role)
            if changed and person_id == desk.person.id:
                return desk.keep_cookie(answer, fresh_session(desk, conn, person_id))
            return answer
    except AccountRefusedError as refused:
        return _form(desk, before, details, str(refused.args[0]), version=version), 400
    except StaleAccountError as outdated:
        return _form(desk, outdated.args[0], details, "people_outdated", theirs=outdated.args[0]), 409


def _refuse_our_own(desk: ConsoleFrame, details: AccountDetails) -> None:
    """The hotline never rings itself, so nobody is reached at its own numbers (B-16)."""
    if phone_numbers.parse(details.telephone).e164 in own_numbers.of_line(desk.settings):
        raise AccountRefusedError("account_telephone_ours")


def _typed() -> AccountDetails:
    form = request.form
    return AccountDetails(
        form.get("name", ""),
        form.get("title", ""),
        form.get("role", "")[:32],
        form.get("telephone", "")[:40],
        form.get("sees_restricted", "") == "yes",
        form.get("last_day", "")[:10],
    )


def _particulars(account: Account) -> AccountDetails:
    telephone = phone_numbers.dotted(account.telephone) if account.telephone else ""
    last_day = account.last_day.isoformat() if account.last_day else ""
    return AccountDetails(
        account.name, account.title, account.role, telephone, account.sees_restricted, last_day
    )


def _account(conn: Connection, person_id: PersonId) -> Account:
    return administration.find(conn, person_id) or abort(404)


def _form(
    desk: ConsoleFrame,
    account: Account | None,
    details: AccountDetails,
    wrong: str = "",
    *,
    login: str = "",
    version: str = "",
    theirs: Account | None = None,
) -> str:
    return desk.show(
        "person.html",
        here="people",
        account=account,
        told=details,
        version=version or (account.version if account else ""),
        wrong=wrong,
        login=login,
        theirs=theirs,
        roles=tuple(ROLES),
        own=account is not None and account.id == desk.person.id,
    )


def _shown_once(desk: ConsoleFrame, login: str, password: str, person_id: PersonId) -> Response:
    """The page with the one-time password: answered at once, because nothing may keep it for a redirect."""
    page = desk.show(
        "person_password.html", here="people", login=login, password=password, person_id=person_id
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _note(desk: ConsoleFrame, conn: Connection, act: str, account: Account, **details: object) -> None:
    subject = f"person:{account.id}"
    audit_log.write(conn, desk.person, act, subject, desk.now, "", login=account.login, **details)
