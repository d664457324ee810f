"""Deletes kept words of a refused form that their writer no longer wants."""

from __future__ import annotations

from werkzeug.wrappers import Response

from logbook.accounts import kept_forms
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame


def add(desk: ConsoleFrame) -> None:
    """`/console/kept/<key>/drop`; what is kept for somebody else is left as it is."""

    @desk.page("/kept/<string(length=32):key>/drop", Act.OWN_ACCOUNT, methods=("POST",))
    def drop_kept(key: str) -> Response:
        with desk.writing() as conn:
            kept_forms.drop(conn, desk.person.id, key)
        return desk.back("today", "kept_dropped")
