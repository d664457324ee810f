"""While the database is held by somebody else, callers wait or hear a way on; nothing is half done."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from ivr.phone.verbs import Dial, Redirect, SayVerb
from logbook.database.engine import Database
from logbook.tickets import history
from tests.journeys.faults.storm import Line, everything_in, open_line, verbs_of, way_on, words_of
from tests.suite.waiting import PATIENCE

SID = "CA" + "8" * 32
SPOKEN = "RE" + "8" * 32
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
held.execute("COMMIT")
"""
KEYS = ({"Digits": "2"}, {"Digits": "1"}, {"Digits": "1"})
WORDS = {"RecordingSid": SPOKEN, "RecordingDuration": "9", "Digits": "#"}


@contextmanager
def held_by_somebody_else(database: Database) -> Iterator[None]:
    """A second process (SQLite) or session (PostgreSQL) keeps writers out until the end."""
    if database.is_sqlite:
        command = [sys.executable, "-c", HOLD, str(database.file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            try:
                yield
            finally:
                other.stdin.close()
                other.wait(PATIENCE)
        return
    same = Database(database.url.render_as_string(hide_password=False))
    with closing(same), same.writing() as conn:
        conn.execute(text("LOCK TABLE calls"))
        yield


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


def as_far_as_the_beep(line: Line) -> None:
    line.post("/ivr/voice", words_of(SID))
    for number, keys in enumerate(KEYS, start=1):
        line.post(f"/ivr/turn/{number}", words_of(SID, **keys))


@pytest.mark.row("F-08")
@pytest.mark.parametrize("seconds", [1, 5])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.proof
def test_a_lock_shorter_than_the_wait_is_only_a_pause(
    database: Database, tmp_path: Path, seconds: float
) -> None:
    line = open_line(database, tmp_path)
    as_far_as_the_beep(line)
    with ThreadPoolExecutor(1) as caller:
        with held_by_somebody_else(database):
            asked = caller.submit(line.post, "/ivr/turn/4", words_of(SID, **WORDS))
            with pytest.raises(TimeoutError):
                asked.result(seconds)
        answer = asked.result(PATIENCE)
    assert way_on(verbs_of(answer)) == "/ivr/turn/5"
    assert line.post("/ivr/turn/5", words_of(SID, Digits="1")).status_code == 200
    assert len(everything_in(database)["tickets"]) == 1


@pytest.mark.row("F-08")
@pytest.mark.row("F-11")
@pytest.mark.proof
def test_a_lock_longer_than_the_wait_is_an_apology_with_a_way_on_and_the_words_are_kept(
    database_url: str, tmp_path: Path
) -> None:
    with closing(Database(database_url, wait_seconds=0.6)) as database:
        line = open_line(database, tmp_path)
        as_far_as_the_beep(line)
        before = everything_in(database)
        with held_by_somebody_else(database):
            sorry = line.post("/ivr/turn/4", words_of(SID, **WORDS))  # while it is still held
            assert line.post("/ivr/status", words_of(SID, "ringing")).status_code == 503
            heard = verbs_of(sorry)
            assert [type(verb) for verb in heard] == [SayVerb, Redirect]
            path, _, query = way_on(heard).partition("?")
            again = line.post(path, words_of(SID), query=query)
            path, _, query = way_on(verbs_of(again)).partition("?")
        assert everything_in(database) == before
        goes_on = line.post(path, words_of(SID), query=query)
        assert way_on(verbs_of(goes_on)) == "/ivr/turn/5"
        line.post("/ivr/turn/5", words_of(SID, Digits="1"))
        after = everything_in(database)
        assert (len(after["tickets"]), len(after["recordings"])) == (1, 1)
        with database.reading() as conn:
            assert history.verify(conn) is None


@pytest.mark.row("F-08")
def test_after_three_failures_the_caller_reaches_a_person(database_url: str, tmp_path: Path) -> None:
    with closing(Database(database_url, wait_seconds=0.2)) as database:
        line = open_line(database, tmp_path)
        line.post("/ivr/voice", words_of(SID))
        path, query = "/ivr/turn/1", ""
        with held_by_somebody_else(database):
            for _ in range(2):
                reply = verbs_of(line.post(path, words_of(SID), query=query))
                path, _, query = way_on(reply).partition("?")
            last = verbs_of(line.post(path, words_of(SID), query=query))
            assert isinstance(last[-1], Dial)
            for unreadable in ("", "²", "99999999999999999999", "-1", "1 OR 1"):
                assert line.post("/ivr/turn/1", words_of(SID), query=f"again={unreadable!s}").status_code in (
                    200,
                    403,
                )


@pytest.mark.row("F-11")
def test_no_webhook_talks_to_the_network(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL is spoken to by libpq, which does not use Python's sockets."""
    line = open_line(database, tmp_path)

    def refused(*_what: Any, **_how: Any) -> NoReturn:
        raise AssertionError("a webhook opened a connection")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    caller = (
        line.caller().press("2").press("1").press("1").speak(12).press("2").press("1").press("4").press("1")
    )
    caller.hang_up()
    line.caller().press("0").clerk_answers(10).hang_up()
    line.post(
        "/ivr/fallback", words_of(SID, ErrorCode="11200", ErrorUrl="https://tongdai.example/ivr/turn/1")
    )
    assert {exchange.path.split("/")[2] for exchange in caller.sent} == {
        "voice",
        "turn",
        "recording",
        "status",
    }
    assert {exchange.status for exchange in caller.sent} == {200, 204}
    assert len(everything_in(database)["tickets"]) == 1
