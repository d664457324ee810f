"""Recorded calls, said and written byte for byte as they were recorded: all dialogues, all exits.

A change on purpose is recorded anew with `RECORD=1 python -m pytest tests/journeys/test_golden.py`; the
difference that git shows is what callers hear and what the database keeps from then on.
"""

from __future__ import annotations

import difflib
import io
import os
import random
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.dom import minidom

import pytest
from sqlalchemy import select

from logbook.database.engine import Database
from logbook.database.tables.metadata import metadata
from logbook.database.tables.tickets import tickets
from logbook.settings.loading import load_settings
from tests import frozen
from tests.caller import PUBLIC_URL, Caller
from tests.journeys.town import Town, Watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

RECORDED = Path(__file__).parent / "golden"
OPEN, NOON, EVENING, SATURDAY = (
    "2026-11-25T09:10:00+07:00",
    "2026-11-25T12:10:00+07:00",
    "2026-11-25T20:10:00+07:00",
    "2026-11-28T10:00:00+07:00",
)
HOTLINE = (
    "calls",
    "legs",
    "consents",
    "recordings",
    "tickets",
    "ticket_events",
    "responses",
    "ratings",
    "obstacles",
    "callbacks",
    "deliveries",
)
"""The tables that hold what a call leaves."""

JOURNEYS = {
    "procedures": (OPEN, "1 1 1 1"),
    "procedures-heard-again": (OPEN, "1 1 9 2 0 answered 5"),
    "complaint-sent": (OPEN, "2 1 1 speak 1"),
    "complaint-sent-and-rated": (OPEN, "2 1 1 speak 1 9 4 5 4 2 1"),
    "complaint-spoken-again": (OPEN, "2 1 1 speak 3 speak silent silent"),
    "complaint-without-consent": (OPEN, "2 1 2 0 missed missed missed 1"),
    "complaint-of-an-organisation": (OPEN, "2 2 1 speak 1"),
    "complaint-lost-while-speaking": (OPEN, "2 1 1 gone"),
    "complaint-too-short": (OPEN, "2 1 1 short 1"),
    "denunciation-is-guided": (OPEN, "2 3 9"),
    "clerk-answers": (OPEN, "0 answered 5 5 5 5"),
    "clerk-busy-and-calls-back": (OPEN, "0 busy busy busy 1 1"),
    "caller-leaves-while-it-rings": (OPEN, "0"),
    "ratings-low-and-why": (OPEN, "4 1 1 1 1 1 1"),
    "ratings-broken-off": (OPEN, "4 5 0"),
    "status-of-ones-own-case": (OPEN, "2 1 1 speak 1 again 3 code"),
    "status-of-an-unknown-code": (OPEN, "3 123456# 654321# 111111#"),
    "silence": (OPEN, "silent silent silent silent"),
    "keys-that-nobody-offered": (OPEN, "8 7 6 5"),
    "noon": (NOON, "0 1 1"),
    "evening": (EVENING, "0 2 1 1 speak 1"),
    "saturday": (SATURDAY, "4 3 2 1 1"),
}
"""When somebody calls, and what they do: a key, or one of the ACTS; `again` is another call of theirs."""
ACTS: dict[str, Callable[[Caller], Caller]] = {
    "speak": lambda caller: caller.speak(12),
    "short": lambda caller: caller.speak(0.5),
    "gone": lambda caller: caller.speak(7, "hang-up"),
    "silent": lambda caller: caller.stay_silent(),
    "answered": lambda caller: caller.clerk_answers(),
    "busy": lambda caller: caller.clerk_busy(),
    "missed": lambda caller: caller.clerk_does_not_answer(),
}


def test_every_recorded_call_is_said_and_written_as_it_was(migrated_file: Path, tmp_path: Path) -> None:
    differences: list[str] = []
    for number, (name, (moment, acts)) in enumerate(JOURNEYS.items()):
        book = tmp_path / f"{name}.db"
        shutil.copyfile(migrated_file, book)
        settings = replace(load_settings(frozen.OFFICE), public_url=PUBLIC_URL, data_folder=tmp_path)
        with closing(Database(f"sqlite:///{book}")) as database, _certain(number):
            town = Town(settings, database, Watch(moment))
            new = _without_chance("\n".join([*_said(town, acts.split()), "", *_rows(town)])) + "\n"
        file = RECORDED / f"{name}.txt"
        if "RECORD" in os.environ:
            RECORDED.mkdir(exist_ok=True)
            file.write_text(new, encoding="utf-8")
        old = file.read_text(encoding="utf-8") if file.is_file() else ""
        differences += difflib.unified_diff(old.splitlines(), new.splitlines(), name, "now", lineterm="", n=1)
    assert differences == []
    assert {file.stem for file in RECORDED.glob("*.txt")} == set(JOURNEYS)


def _said(town: Town, acts: list[str]) -> list[str]:
    """What is asked and answered in the calls of one person."""
    said: list[str] = []
    calls = 0

    def dial() -> Caller:
        nonlocal calls
        calls += 1
        return Caller(
            _overheard(town.app, said),
            town.settings.auth_token.get_secret_value(),
            account_sid=town.settings.account_sid,
            call_sid=f"CA{calls:032d}",
        ).dial()

    caller = dial()
    for act in acts:
        assert not caller.ended, f"the call is over before {act} of {acts}"
        said.append(f"-- {act}, while the hotline waits for {caller.waiting_for}")
        if act == "again":
            caller.hang_up()
            caller = dial()
        elif act == "code":
            with town.database.reading() as conn:
                caller.press(f"{conn.execute(select(tickets.c.code)).scalar_one()}#")
        else:
            ACTS[act](caller) if act in ACTS else caller.press(act)
    if not caller.ended:
        said.append("-- hangs up")
        caller.hang_up()
    return said


def _overheard(app: WSGIApplication, said: list[str]) -> WSGIApplication:
    """The application, with every request and answer noted."""

    def overhearing(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        status: list[str] = []

        def start(line: str, headers: list[tuple[str, str]], problem: Any = None) -> Any:
            status.append(line)
            return start_response(line, headers, problem)

        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        answer = b"".join(app(environ, start))
        said.append(
            f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']} {status[0]}"
        )
        if answer.startswith(b"<"):
            said.extend(minidom.parseString(answer).toprettyxml(indent=" ").splitlines()[1:])
        elif answer:
            said.append(answer.decode())
        return [answer]

    return overhearing


def _rows(town: Town) -> list[str]:
    """Every row that calls write, a line each, without what is empty."""
    with town.database.reading() as conn:
        return [
            f"{table.name}: " + "; ".join(f"{name}={value}" for name, value in row._mapping.items() if value)
            for table in metadata.sorted_tables
            if table.name in HOTLINE
            for row in conn.execute(select(table).order_by(*table.primary_key.columns))
        ]


@contextmanager
def _certain(number: int) -> Iterator[None]:
    """What is drawn by chance is drawn from the number of the journey."""
    drawn = random.Random(number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "randbelow", drawn.randrange)
        patch.setattr(secrets, "choice", drawn.choice)
        patch.setattr(secrets, "token_bytes", lambda size=32: drawn.randbytes(size))
        patch.setattr(secrets, "token_hex", lambda size=32: drawn.randbytes(size).hex())
        patch.setattr(secrets, "token_urlsafe", lambda size=32: drawn.randbytes(size).hex())
        yield


def _without_chance(text: str) -> str:
    """The same with a number for each long random name, in the order of their coming."""
    seen: dict[str, str] = {}
    names = re.compile(r"(?:CA|RE|SM|MM)[0-9a-f]{32}|\b[0-9a-f]{32,64}\b")
    return names.sub(lambda found: seen.setdefault(found[0], f"<{len(seen)}>"), text)
