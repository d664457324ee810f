"""Two careless hotlines, which the proofs under kill -9 must find out, or they prove nothing."""

import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import Connection

from ivr.app import create_app
from ivr.line.exchange import Exchange
from ivr.line.hotline import Hotline, open_hotline
from ivr.line.provider_form import Request
from logbook.calls import calls
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.tables import turns
from logbook.recordings import recordings
from logbook.settings.loading import load_settings

LATE_SECONDS = 0.06


class Hasty(Database):
    """Says that everything is stored, and commits a moment later."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        transaction = super().writing()
        conn = transaction.__enter__()
        try:
            yield conn
        except BaseException:
            transaction.__exit__(*sys.exc_info())
            raise
        threading.Timer(LATE_SECONDS, transaction.__exit__, (None, None, None)).start()


def acknowledges_first() -> Flask:
    """A hotline that acknowledges before it commits."""
    settings = load_settings()
    return create_app(open_hotline(settings, database=Hasty(settings.database_url)), ["voice"])


def knows_no_keys() -> Flask:
    """A hotline that takes every request for a new one, carried on from where the first like it began."""
    settings = load_settings()
    hotline: Hotline = open_hotline(settings)
    hear_of, keep_turn = recordings.hear_of, calls.keep_turn
    places: dict[tuple[str, int], str] = {}

    def always(self: Exchange, request: Request, number: int) -> str:
        call = calls.take(self.conn, request.sid)
        if call is None:
            return self.first(request)
        call = replace(call, place=places.setdefault((request.sid, number), call.place), turn=number)
        return self._go_on(call, number, request)

    def another(conn: Connection, **seen: Any) -> Any:
        return hear_of(conn, **{**seen, "sid": "RE" + secrets.token_hex(16)})

    def over_the_old(conn: Connection, call: Call, **seen: Any) -> None:
        conn.execute(turns.delete().where(turns.c.call_id == call.id, turns.c.number == seen["number"]))
        keep_turn(conn, call, **seen)

    for where, name, instead in (
        (Exchange, "next", always),
        (recordings, "hear_of", another),
        (calls, "keep_turn", over_the_old),
    ):
        setattr(where, name, instead)
    return create_app(hotline, ["voice"])
