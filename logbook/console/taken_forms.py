"""What becomes of a form that is let in: it is stored once, and leaves no trace where nothing was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import g, redirect, request
from werkzeug.wrappers import Response

from logbook import forms
from logbook.console import form_seal, refused_forms
from logbook.console.once import Once, SentBefore, key_of
from logbook.database import DatabaseBusy
from logbook.sign_in import Session

if TYPE_CHECKING:
    from logbook.console.desk import Desk

log = structlog.get_logger("logbook.console")
_SAID = "form_sent_before"


def take(desk: Desk, session: Session) -> None:
    """Know this form by its key from here on, and under which key its words were kept, if they were."""
    refused_forms.remember_key()
    given = refused_forms.seal()
    given = given if form_seal.owner(given, desk.secret) is not None else ""
    key = key_of(session.person.id, request.path, refused_forms.fields(), given)
    g.once = None if key is None else Once(key, session.person.id)


def keep_for_another(desk: Desk, session: Session) -> None:
    """Words somebody else wrote in this browser wait for them, and are not shown to who is here now."""
    owner = form_seal.owner(refused_forms.seal(), desk.secret)
    if owner not in (None, session.person.id):
        refused_forms.keep(desk, owner)


def sent_before(before: SentBefore) -> Response:
    """The second click: what the first one did is done, and whoever pressed is led to the same place."""
    page = refused_forms.page_of()
    said = f"{page}{'&' if '?' in page else '?'}said={_SAID}"
    return redirect(before.answer or said, code=303)


def settle(desk: Desk, response: Response) -> Response:
    """After a form: forget its key where nothing was done, and its kept words where something was."""
    once: Once | None = g.get("once")
    led_on = response.status_code == 303 and not (once and once.refused)
    stored_nothing = once is not None and once.held and not (led_on or once.answer)
    kept = g.get("kept_key", "") if led_on else ""
    if not (stored_nothing or kept):
        return response
    try:
        with desk.installation.database.writing() as conn:
            if once is not None and stored_nothing:
                forms.release(conn, once.key)
            if kept:
                forms.drop(conn, desk.person.id, kept)
    except DatabaseBusy as error:
        log.warning("a form's traces stay for now", path=request.path, error=str(error))
    return response
