"""Hostile words in any field and at the keyboard stay words: no table is touched by them (T-21)."""

import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, inspect, select, table

from ivr.cli import tongdai
from logbook.database.engine import Database
from logbook.database.tables import calls
from logbook.plain_text import plain_text
from tests.frozen import CONFIG
from tests.journeys.faults.storm import Line, open_line, words_of

HOSTILE = (
    "'",
    "''",
    '"',
    "`",
    "\\",
    "\\'; DROP TABLE calls; --",
    "'; DROP TABLE tickets; --",
    "'); DELETE FROM calls; --",
    "' OR '1'='1",
    '" OR ""="',
    "1; UPDATE calls SET outcome='goodbye'",
    "/* */ -- #",
    "x' UNION SELECT sid, answer FROM turns --",
    "$$; DROP TABLE calls; $$",
    "E'\\047; DROP TABLE calls; --",
    "\x00'; DROP TABLE calls; --",
    "%s %(sid)s :sid ? ?1 $1 {sid}",
    "’ OR ’1’=’1",
    "ʼ; DROP TABLE calls; --",
    "＇; DROP TABLE calls; --",
    "%27%3B%20DROP%20TABLE%20calls",
    "1); ATTACH DATABASE 'x' AS x; --",
    "'); COMMIT; DROP TABLE calls; --",
)
TYPED = [words for words in HOSTILE if "\0" not in words]
"""Of these, what an operating system hands to a command."""
FIELDS = {
    "/ivr/voice": ("CallSid", "From", "To", "Direction", "CallStatus", "AccountSid", "TongdaiAt",
                   "CallerName"),
    "/ivr/turn/1": ("Digits", "RecordingSid", "RecordingDuration", "RecordingUrl", "SpeechResult",
                    "DialCallStatus", "DialCallSid", "DialCallDuration"),
    "/ivr/status": ("CallStatus", "SequenceNumber", "CallDuration"),
    "/ivr/recording/1": ("RecordingSid", "RecordingStatus", "RecordingDuration", "ErrorCode"),
    "/ivr/fallback": ("ErrorUrl", "ErrorCode"),
}  # fmt: skip


@pytest.fixture
def line(database: Database, tmp_path: Path) -> Line:
    return open_line(database, tmp_path)


def tables_and_rows(database: Database) -> dict[str, int]:
    """Every table there is, with the number of its rows."""
    with database.reading() as conn:
        there = sorted(inspect(conn).get_table_names())
        return {
            name: conn.execute(select(func.count()).select_from(table(name))).scalar_one() for name in there
        }


@pytest.mark.row("T-21")
def test_hostile_words_in_any_field_stay_words(
    line: Line, database: Database, logged: list[MutableMapping[str, Any]]
) -> None:
    before = tables_and_rows(database)
    begun = 0
    callers: dict[str, str] = {}
    cases = [(path, name, words) for path, names in FIELDS.items() for name in names for words in HOSTILE]
    for case, (path, name, words) in enumerate(cases):
        sid = f"CA{case:032x}"
        if path != "/ivr/voice":
            begun += line.post("/ivr/voice", words_of(sid)).status_code == 200
        reply = line.post(path, {**words_of(sid), name: words})
        assert reply.status_code < 500, (path, name, words)
        if path == "/ivr/voice" and reply.status_code == 200:
            begun += 1
            if name == "From":
                callers[sid] = plain_text(words, 128)
    after = tables_and_rows(database)
    assert after.keys() == before.keys()
    assert after["calls"] == begun > 400
    assert (after["tickets"], after["criteria"]) == (0, before["criteria"])
    with database.reading() as conn:
        kept = {row.sid: row.caller_raw for row in conn.execute(select(calls.c.sid, calls.c.caller_raw))}
    assert len(callers) == len(HOSTILE)
    assert {sid: kept[sid] for sid in callers} == callers, "kept as they came, without control characters"
    assert [entry for entry in logged if entry["event"] == "webhook failed"] == []


@pytest.mark.row("T-21")
def test_hostile_words_at_the_keyboard_stay_words(line: Line, database: Database, tmp_path: Path) -> None:
    line.caller().press("2").press("1").press("1").speak(9).press("1").hang_up()
    environment = {
        "TONGDAI_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(tmp_path),
    }
    before = tables_and_rows(database)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner(env=environment).invoke(tongdai, list(words))
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
        return done.exit_code, done.output

    for listing, rows in (("calls", 1), ("tickets", 1), ("ratings", 0)):
        for words in TYPED:
            assert run(listing, "--json", "--most", words)[0] == 2, words
            assert run(listing, words)[0] == 2, words
        code, seen = run(listing, "--json")
        assert (code, len([json.loads(row) for row in seen.splitlines()])) == (0, rows)
    closed = sum(run("close", words, "--by", words)[0] == 0 for words in TYPED)
    assert all(run("close", "gió", "--from", words)[0] == 2 for words in TYPED)
    assert closed == len(TYPED)
    assert tables_and_rows(database) == {**before, "closures": before["closures"] + closed}
