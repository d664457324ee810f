"""Stores each form once: two clicks on a slow line count as one (T-02, for the console)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from logbook.accounts import kept_forms
from logbook.ids import PersonId

VERSIONS = frozenset({"seen", "pick"})
"""Fields that hold the versions of rows a form was made from, besides `version`."""


class SentBeforeError(Exception):
    """This form was stored before; `answer` is where whoever sent it was led then, None when not known."""

    def __init__(self, answer: str | None) -> None:
        """Keep the answer of the first time."""
        super().__init__("this form was stored before")
        self.answer = answer


class Once:
    """What one request must know so that the form it carries is stored once.

    The key is made of the person, the address and the words. A form that says which version it was made from
    is the same wherever it was opened, for that version never comes again; any other is distinguished from a
    second wish for the same thing by its seal, which is drawn anew each time a page is shown.
    """

    def __init__(self, key: str, person_id: PersonId) -> None:
        """Nothing is stored yet."""
        self.key, self.person_id = key, person_id
        self.held = False
        self.shown = False
        self.refused = False
        self.answer = ""

    @contextmanager
    def storing(self, conn: Connection, now: datetime) -> Iterator[None]:
        """Hold the form's key in this transaction; SentBeforeError when it stands there already.

        A page shown inside the transaction, or an answer that says nothing was done, gives the key back.
        """
        if not kept_forms.claim(conn, self.key, self.person_id, now):
            raise SentBeforeError(kept_forms.answer_of(conn, self.key))
        self.held = True
        try:
            yield
        except BaseException:
            self.held = False
            raise
        if self.shown or self.refused:
            kept_forms.release(conn, self.key)
            self.held = False
        elif self.answer:
            kept_forms.answered(conn, self.key, self.answer)


def key_of(person_id: PersonId, path: str, fields: Sequence[tuple[str, str]], seal: str) -> str | None:
    """Return the key of a form; None where nothing distinguishes it from a second, intended one."""
    words = sorted((name, value) for name, value in fields if name not in ("form_token", "kept"))
    versioned = any(
        name in VERSIONS or (name == "version" and value.isascii() and value.isdecimal() and len(value) <= 9)
        for name, value in words
    )
    if not versioned and not seal:
        return None
    details = json.dumps([person_id, path, words, "" if versioned else seal])
    return hashlib.sha256(details.encode()).hexdigest()
