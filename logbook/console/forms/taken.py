"""Handles a form that was let in: stores it once, and leaves no trace where nothing was done."""

from __future__ import annotations

import structlog
from flask import g, redirect, request
from werkzeug.wrappers import Response

from logbook.accounts import kept_forms
from logbook.accounts.sessions import SignInSession
from logbook.console.forms import refused, seal
from logbook.console.forms.console import Console
from logbook.console.forms.once import Once, SentBeforeError, key_of
from logbook.database.engine import DatabaseBusyError

log = structlog.get_logger("logbook.console")
_SAID = "form_sent_before"


def take(desk: Console, session: SignInSession) -> None:
    """Know this form by its key from here on, and under which key its words were kept, if they were."""
    refused.remember_key()
    given = refused.seal()
    given = given if seal.owner(given, desk.secret) is not None else ""
    key = key_of(session.person.id, request.path, refused.fields(), given)
    g.once = None if key is None else Once(key, session.person.id)


def keep_for_another(desk: Console, session: SignInSession) -> None:
    """Words somebody else wrote in this browser wait for them, and are not shown to who is here now."""
    owner = seal.owner(refused.seal(), desk.secret)
    if owner not in (None, session.person.id):
        refused.keep(desk, owner)


def sent_before(before: SentBeforeError) -> Response:
    """The second click: what the first one did is done, and whoever pressed is led to the same place."""
    page = refused.page_of()
    said = f"{page}{'&' if '?' in page else '?'}said={_SAID}"
    return redirect(before.answer or said, code=303)


def settle(desk: Console, response: Response) -> Response:
    """After a form: delete its key where nothing was done, and its kept words where something was."""
    once: Once | None = g.get("once")
    led_on = response.status_code == 303 and not (once and once.refused)
    stored_nothing = once is not None and once.held and not (led_on or once.answer)
    kept = g.get("kept_key", "") if led_on else ""
    if not (stored_nothing or kept):
        return response
    try:
        with desk.installation.database.writing() as conn:
            if once is not None and stored_nothing:
                kept_forms.release(conn, once.key)
            if kept:
                kept_forms.drop(conn, desk.person.id, kept)
    except DatabaseBusyError as error:
        log.warning("a form's traces stay for now", path=request.path, error=str(error))
    return response
