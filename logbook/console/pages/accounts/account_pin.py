"""Sets the personal PIN for hearing recordings on the telephone (T-14)."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from logbook import typed
from logbook.accounts import audit_log, phone_pin
from logbook.accounts.accounts import AccountRefusedError
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.accounts.account import password_refused, shown, subject
from logbook.console.views.sign_in_tries import was_right_here

Page = tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """The forms of `/console/account/phone-pin`, for those who may listen; no PIN is ever recorded."""

    @desk.page("/account/phone-pin", Act.LISTEN, methods=("POST",))
    def set_phone_pin() -> Page:
        return _set_phone_pin(desk)

    @desk.page("/account/phone-pin/drop", Act.LISTEN, methods=("POST",))
    def drop_phone_pin() -> Page:
        return _drop_phone_pin(desk)


def _set_phone_pin(desk: ConsoleFrame) -> Page:
    """Set or change the PIN that is asked for before a recording is played by telephone (T-14)."""
    pin, again = _typed("pin"), _typed("pin_again")
    if pin != again:
        return shown(desk, pin_wrong="account_pin_differs"), 400
    if refused := password_refused(desk):
        return shown(desk, pin_wrong=refused[0]), refused[1]
    try:
        hashed = phone_pin.hashed(pin)
    except AccountRefusedError as problem:
        return shown(desk, pin_wrong=str(problem.args[0])), 400
    with desk.writing() as conn:
        phone_pin.set_pin(conn, desk.person.id, hashed)
        was_right_here(desk, conn)
        audit_log.write(conn, desk.person, "set_phone_pin", subject(desk), desk.now)
    return desk.back("account", "account_pin_kept")


def _typed(name: str) -> str:
    """A PIN as its digits; anything else as it stands, to be refused."""
    raw = request.form.get(name, "")[:40]
    return typed.digits(raw) or raw


def _drop_phone_pin(desk: ConsoleFrame) -> Page:
    if refused := password_refused(desk):
        return shown(desk, pin_wrong=refused[0]), refused[1]
    with desk.writing() as conn:
        phone_pin.remove(conn, desk.person.id)
        was_right_here(desk, conn)
        audit_log.write(conn, desk.person, "drop_phone_pin", subject(desk), desk.now)
    return desk.back("account", "account_pin_dropped")
