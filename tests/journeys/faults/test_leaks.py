"""Call after call on one process: memory in use and open files stay where they are (F-22)."""

import gc
import sqlite3
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from logbook.database.engine import Database
from logbook.database.tables import calls
from tests.journeys.faults.storm import KNOWN, Line, open_line, verbs_of, way_on, words_of

WARM_UP = 120
CALLS = 240
MOST_OBJECTS_A_CALL = 4
TRACED = 60
"""Calls whose every block of memory is followed, which makes them three times as slow."""
MOST_BYTES_A_CALL = 1024
SPOKEN = {"RecordingDuration": "9", "Digits": "#"}
KINDS: tuple[tuple[dict[str, str], ...], ...] = (
    ({"Digits": "2"}, {"Digits": "1"}, {"Digits": "1"}, SPOKEN, {"Digits": "1"}),
    ({"Digits": "1"}, {"Digits": "2"}),
    ({"Digits": "4"}, {"Digits": "5"}, {"Digits": "1"}, {"Digits": "*"}),
    ({"Digits": "3"}, {"Digits": "123456"}, {"Digits": "0000"}),
    ({"Digits": "0"}, {"DialCallStatus": "busy"}),
    ({},),
)
"""What callers do, turn by turn, before they hang up."""


def whole_calls(line: Line) -> Iterator[None]:
    """Place one call after the other, every kind in turn, each by somebody else."""
    number = 0
    while True:
        kind = KINDS[number % len(KINDS)]
        sid = f"CA{number:032x}"
        caller = f"{KNOWN[:-5]}{number:05}"
        path = way_on(verbs_of(line.post("/ivr/voice", words_of(sid, number=caller))))
        for did in kind:
            words = {"RecordingSid": f"RE{number:032x}"} if did is SPOKEN else {}
            path = way_on(verbs_of(line.post(path, words_of(sid, number=caller, **did, **words))))
        over = words_of(sid, "completed", number=caller, SequenceNumber="0", CallDuration="30")
        assert line.post("/ivr/status", over).status_code == 204
        number += 1
        yield


def place(calls_placed: Iterator[None], how_many: int) -> None:
    for _ in islice(calls_placed, how_many):
        pass
    gc.collect()


def bytes_kept(calls_placed: Iterator[None], how_many: int) -> int:
    """How many bytes more are in use after so many calls than before them."""
    tracemalloc.start()
    try:
        place(calls_placed, how_many // 5)
        before = tracemalloc.get_traced_memory()[0]
        place(calls_placed, how_many)
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def without_waiting_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    """Nothing is torn here, so what reaches the disk, and when, may wait."""
    connection.execute("PRAGMA synchronous=OFF")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.row("F-22")
@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_calls_leave_no_memory_and_no_file_behind(database: Database, tmp_path: Path) -> None:
    event.listen(database._writer, "connect", without_waiting_for_the_disk)
    placed = whole_calls(open_line(database, tmp_path))
    place(placed, WARM_UP)
    files, objects = open_files(), sys.getallocatedblocks()
    place(placed, CALLS)
    more_objects = sys.getallocatedblocks() - objects
    more_bytes = bytes_kept(placed, TRACED)
    assert open_files() == files
    assert more_objects / CALLS < MOST_OBJECTS_A_CALL
    assert more_bytes / TRACED < MOST_BYTES_A_CALL
    with database.reading() as conn:
        all_of_them, ended = conn.execute(select(func.count(), func.count(calls.c.outcome))).one()
    assert all_of_them == ended >= WARM_UP + CALLS + TRACED
