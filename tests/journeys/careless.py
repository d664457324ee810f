"""Two careless hotlines, which the proofs under kill -9 must find out: what finds no fault in them proves nothing."""

import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection

from ivr.app import create_app
from ivr.exchange import Exchange
from ivr.hotline import Hotline, open_hotline
from logbook import calls, recordings
from logbook.calls import Call
from logbook.database import Database
from logbook.settings import load_settings
from logbook.tables import turns

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
    """A hotline that takes every request for a new one, and every recording for another."""
    settings = load_settings()
    hotline: Hotline = open_hotline(settings)
    hear_of, keep_turn = recordings.hear_of, calls.keep_turn

    def take(self: Exchange, call: Call, number: int, answer: Callable[[], str]) -> str:
        return answer()

    def another(conn: Connection, **told: Any) -> Any:
        return hear_of(conn, **{**told, "sid": "RE" + secrets.token_hex(16)})

    def over_the_old(conn: Connection, call: Call, **told: Any) -> None:
        conn.execute(turns.delete().where(turns.c.call_id == call.id, turns.c.number == told["number"]))
        keep_turn(conn, call, **told)

    for where, name, instead in (
        (Exchange, "_once", take),
        (recordings, "hear_of", another),
        (calls, "keep_turn", over_the_old),
    ):
        setattr(where, name, instead)
    return create_app(hotline, ["voice"])
