"""What the proofs against chaos share: a line on any database, the provider's posts, and tables compared."""

import itertools
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import Connection, select
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.phone.document import parse
from ivr.phone.parameters import new_sid
from ivr.phone.verbs import Dial, Gather, Record, Redirect, Verb
from ivr.running.prepare import prepare
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables.metadata import metadata
from logbook.settings.loading import Settings, load_settings
from tests import frozen
from tests.caller import CALLED, PUBLIC_URL, Caller

OPEN_HOUR = "2026-11-25T09:10+07:00"
FORM = "application/x-www-form-urlencoded"
KNOWN = "+84912345678"
Fields = Mapping[str, str | list[str]]
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Line:
    """One hotline with its web application, and a provider that posts to it."""

    hotline: Hotline
    app: Flask

    @property
    def token(self) -> str:
        return self.hotline.settings.auth_token.get_secret_value()

    def post(
        self, path: str, fields: Fields, *, query: str = "", signed_as: Fields | None = None
    ) -> TestResponse:
        """Post a signed form; `signed_as` are other fields whose signature is sent with these."""
        url = f"{PUBLIC_URL}{path}{'?' + query if query else ''}"
        signature = sign(self.token, url, fields if signed_as is None else signed_as)
        return Client(self.app, use_cookies=False).open(
            path,
            method="POST",
            query_string=query,
            data=encoded(fields),
            content_type=FORM,
            headers={"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": new_sid("")},
        )

    def caller(self, **how: object) -> Caller:
        """Somebody about to telephone this line."""
        return Caller(self.app, self.token, **how)  # type: ignore[arg-type]


def open_line(database: Database, folder: Path, at: str = OPEN_HOUR) -> Line:
    """The hotline as shipped, on `database`, at the moment `at`."""
    line = second_line(database, folder, at)
    prepare(line.hotline)
    return line


def second_line(database: Database, folder: Path, at: str = OPEN_HOUR) -> Line:
    """One more hotline on a database that is prepared already."""
    hotline = open_hotline(shipped(folder), Clock(datetime.fromisoformat(at)), database)
    return Line(hotline, create_app(hotline))


def shipped(folder: Path) -> Settings:
    """The configuration as shipped, in demonstration mode, so that a call may bring its own time."""
    loaded = load_settings(frozen.OFFICE)
    return replace(loaded, public_url=PUBLIC_URL, data_folder=folder)


def encoded(fields: Fields) -> bytes:
    """A form as bytes; lone surrogates go out as they are."""
    return urlencode(fields, doseq=True, errors="surrogatepass").encode()


def sign(token: str, url: str, fields: Fields) -> str:
    """The signature over what the receiver will decode: a lone surrogate arrives as U+FFFD."""
    arriving: MultiDict[str, str] = MultiDict()
    for name, value in fields.items():
        for each in [value] if isinstance(value, str) else value:
            arriving.add(name, each.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    return str(RequestValidator(token).compute_signature(url, arriving))


def words_of(sid: str, status: str = "in-progress", *, number: str = KNOWN, **more: str) -> dict[str, str]:
    """The fields every request of a call brings, and `more`."""
    return {
        "CallSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": number,
        "To": CALLED,
        "CallStatus": status,
        "Direction": "inbound",
        **more,
    }


def verbs_of(reply: TestResponse) -> tuple[Verb, ...]:
    """The verbs of an answer; fails when a provider would refuse it."""
    assert reply.status_code == 200, reply.status
    return parse(reply.get_data(), reply.headers["Content-Type"])


def way_on(verbs: tuple[Verb, ...]) -> str:
    """The path (with its query) the provider requests next; empty when the call ends here."""
    for verb in verbs:
        match verb:
            case Gather(action=url) | Record(action=url) | Redirect(url=url):
                parts = urlsplit(url)
                return f"{parts.path}?{parts.query}" if parts.query else parts.path
            case Dial(action=str(url)):
                return urlsplit(url).path
            case _:
                continue
    return ""


# --- tables ------------------------------------------------------------------------------------------------

_FLEETING = {
    "hash",
    "head_hash",
    "previous_hash",
    "code",
    "search_text",
    "pin_digest",
    "details",
    "answer",
    "said",
}
_ROW_NUMBER = re.compile(r'"recording"(: |,)"[0-9]+"')


def rows_in(conn: Connection) -> Rows:
    """Every row of every table."""
    return {
        table.name: sorted((tuple(row) for row in conn.execute(select(table))), key=repr)
        for table in metadata.sorted_tables
    }


def everything_in(database: Database) -> Rows:
    """Every row of every table, in a transaction of its own."""
    with database.reading() as conn:
        return rows_in(conn)


def gist_of(conn: Connection, tables: tuple[str, ...]) -> Rows:
    """The rows of `tables` without what may differ from run to run: row numbers, instants, codes.

    Of each ticket the provider's name of its recording is included as well. The place of a turn is not: what
    was answered to a caller who had gone says nothing of the call.
    """
    seen = select(metadata.tables["recordings"].c.sid).join(metadata.tables["tickets"])
    gist: Rows = {"told": sorted(tuple(row) for row in conn.execute(seen))}
    for name in tables:
        table = metadata.tables[name]
        kept = [
            column
            for column in table.columns
            if not column.primary_key
            and not column.foreign_keys
            and column.name not in _FLEETING
            and str(column) != "turns.place"
            and "DateTime" not in type(column.type).__name__
        ]
        presence = [column.is_(None) for column in table.columns if "DateTime" in type(column.type).__name__]
        rows = conn.execute(select(*kept, *presence))
        gist[name] = sorted((_without_row_number(tuple(row)) for row in rows), key=repr)
    return gist


def _without_row_number(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(_ROW_NUMBER.sub("", value) if isinstance(value, str) else value for value in row)


# --- all orders --------------------------------------------------------------------------------------------


class OneTransaction(Database):
    """A database whose every transaction happens within the one of `conn`."""

    def __init__(self, url: str, conn: Connection) -> None:
        super().__init__(url)
        self._conn = conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._conn.begin_nested():
            yield self._conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._conn


def shuffled_with_copies(count: int, most_copies: int, seed: int) -> list[int]:
    """Positions 0 to count-1 in some order, each once to `most_copies` times."""
    chance = random.Random(seed)
    seen = list(itertools.chain.from_iterable([n] * chance.randint(1, most_copies) for n in range(count)))
    chance.shuffle(seen)
    return seen
