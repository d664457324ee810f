"""Copies: sound while others write, whole or not there, and refused where they are not what they say."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select, text

from logbook.calls import calls
from logbook.database.engine import Database
from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError
from logbook.database.tables import calls as call_rows
from logbook.recordings.files import RecordingFolder
from logbook.retention import backup, backup_contents, restore
from logbook.retention.backup import Backup
from logbook.retention.restore import RestoreRefusedError
from tests.logbook.worded_case import Case, closed_case
from tests.one_kind import on_postgresql, on_sqlite
from tests.suite.waiting import until

HOUSE = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> RecordingFolder:
    return RecordingFolder(tmp_path / "recordings")


@pytest.fixture
def case(database: Database, folder: RecordingFolder, now: datetime) -> Case:
    return closed_case(database, folder, now)


def make(database: Database, folder: RecordingFolder, now: datetime) -> Backup:
    return backup.make(database, folder.path, folder.path.parent / "backups", now)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.row("F-16")
def test_a_copy_tells_what_is_in_it_and_is_private(
    database: Database, folder: RecordingFolder, case: Case, now: datetime
) -> None:
    made = make(database, folder, now)
    assert (made.rows["tickets"], made.rows["calls"], len(made.sounds), made.missing) == (1, 1, 1, ())
    assert made.newest == now
    assert backup.of_file(made.path) == made
    kept = files(made.path.parent)
    assert len(kept) == 3
    for name in kept:
        assert (made.path.parent / name).stat().st_mode & 0o077 == 0
    assert made.path.parent.stat().st_mode & 0o077 == 0


def test_a_second_copy_of_the_same_second_stands_beside_the_first(
    database: Database, folder: RecordingFolder, case: Case, now: datetime
) -> None:
    first, second = make(database, folder, now), make(database, folder, now)
    assert first.path != second.path
    assert backup.listed(first.path.parent) == [second, first]
    assert backup.digest(first.path) == first.sha256


def test_a_recording_that_is_missing_or_changed_is_named_and_not_copied(
    database: Database, folder: RecordingFolder, case: Case, now: datetime
) -> None:
    other = closed_case(database, folder, now, digit="b")
    with database.reading() as conn:
        names = {one.name: one for one in backup_contents._sounds(database)}
        assert conn is not None
    first, second = sorted(names)
    folder.file(first).unlink()
    folder.file(second).write_bytes(b"x")
    made = make(database, folder, now)
    assert (made.sounds, sorted(made.missing)) == ((), [first, second])
    assert other.recording_id != case.recording_id


def test_a_copy_of_a_night_is_no_copy_without_its_manifest_or_with_another_size(
    database: Database, folder: RecordingFolder, case: Case, now: datetime
) -> None:
    made = make(database, folder, now)
    later = make(database, folder, now + timedelta(days=1))
    at = now + timedelta(days=2)
    assert backup.newest(made.path.parent, at) == later
    with later.path.open("ab") as file:
        file.write(b"x")
    assert backup.newest(made.path.parent, at) == made
    made.path.with_suffix(".json").write_text("{}")
    assert backup.newest(made.path.parent, at) is None
    assert [one.path for one in backup.listed(made.path.parent)] == [later.path]


@pytest.mark.row("F-17")
def test_a_book_whose_tables_are_behind_is_not_backed_up(
    database: Database, folder: RecordingFolder, now: datetime
) -> None:
    with database.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(UnsoundBackupError, match="0001"):
        make(database, folder, now)
    assert files(folder.path.parent / "backups") == []


@pytest.mark.row("F-16")
def test_a_damaged_copy_is_refused_for_restoring(
    database: Database, folder: RecordingFolder, case: Case, now: datetime
) -> None:
    made = make(database, folder, now)
    content = bytearray(made.path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = b"\0" * 4096
    made.path.write_bytes(content)
    with pytest.raises(RestoreRefusedError, match="manifest"):
        restore.checked(made.path)
    made.path.with_suffix(".json").unlink()
    with pytest.raises(RestoreRefusedError, match="Bản sao không dùng được"):
        restore.checked(made.path)


@pytest.mark.row("F-17")
@on_sqlite  # the revision is read the same way from a dump
def test_a_copy_from_a_newer_program_is_refused_for_restoring(
    database: Database, folder: RecordingFolder, now: datetime
) -> None:
    made = make(database, folder, now)
    with closing(Database(f"sqlite:///{made.path}")) as copy, copy.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    made.path.with_suffix(".json").unlink()
    with pytest.raises(RestoreRefusedError, match="9999, mới hơn"):
        restore.checked(made.path)


@on_postgresql  # SQLite needs no program
def test_without_its_program_postgresql_is_not_copied(
    database: Database, folder: RecordingFolder, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackupFailedError, match="pg_dump is not installed"):
        make(database, folder, now)
    assert files(folder.path.parent / "backups") == []


def test_when_a_dump_fails_the_error_is_told_and_not_its_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "pg_dump"
    failing.write_text(
        "#!/bin/sh\nprintf 'pg_dump: error: connection lost\\npg_dump: detail: Query\\n' >&2\nexit 1\n"
    )
    failing.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(BackupFailedError, match=r"error: connection lost$"):
        backup_contents.run(make_url("postgresql://127.0.0.1/office"), "pg_dump")


WRITER = """
    import sys, time
    from logbook.calls import calls
    from logbook.clock import Clock
    from logbook.database.engine import Database

    database, number = Database(sys.argv[1]), 0
    while True:
        with database.writing() as conn:
            calls.begin(conn, sid=f"CA{number}", direction="inbound", caller_raw="x", caller_number=None,
                        called="y", language="vi", place="{}", time_shift=0, now=Clock().now())
        sys.stdout.write(f"{number} {time.monotonic()}\\n")
        sys.stdout.flush()
        number += 1
"""


@pytest.mark.row("F-16")
@pytest.mark.proof
def test_everything_acknowledged_before_the_copy_began_is_in_it_while_another_process_writes(
    database: Database, database_url: str, folder: RecordingFolder, now: datetime, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    with ledger.open("w") as seen:
        command = [sys.executable, "-c", textwrap.dedent(WRITER), database_url]
        writer = subprocess.Popen(command, stdout=seen, cwd=HOUSE)
    try:
        assert until(lambda: ledger.read_text().count("\n") > 20)
        for copy in range(3):
            begun = time.monotonic()
            made = make(database, folder, now + timedelta(days=copy))
            lines = [line.split() for line in ledger.read_text().splitlines()[:-1]]
            before = [number for number, at in lines if float(at) < begun]
            assert len(before) >= 20
            assert made.rows["calls"] >= len(before)
            if database.is_sqlite:
                with closing(Database(f"sqlite:///{made.path}")) as book, book.reading() as conn:
                    there = set(conn.execute(select(call_rows.c.sid)).scalars())
                assert {f"CA{number}" for number in before} <= there
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    with database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(call_rows)).scalar_one() > made.rows["calls"]


FULL = """
    import resource, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from logbook.database import sqlite_copy
    from logbook.retention import backup
    from logbook.database.engine import Database

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    data = Path(sys.argv[2])
    try:
        backup.make(Database(sys.argv[1]), data / "recordings", data / "backups", datetime.now(UTC))
    except (sqlite_copy.BackupFailedError, sqlite_copy.UnsoundBackupError) as problem:
        print("refused", problem)
"""


@pytest.mark.row("F-10")
@on_sqlite  # a dump of so small a database does not fill a disk
def test_on_a_full_disk_a_half_copy_never_counts_and_is_removed(
    database: Database, database_url: str, folder: RecordingFolder, case: Case, now: datetime, tmp_path: Path
) -> None:
    assert database.file.stat().st_size > 200_000
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", textwrap.dedent(FULL), database_url, str(tmp_path)]
    done = subprocess.run(
        command, cwd=HOUSE, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.stdout.startswith("refused"), done.stderr
    assert files(tmp_path / "backups") == []
    assert make(database, folder, now).rows["tickets"] == 1


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-25T00:00", True),
        ("2026-11-24T02:00", "2026-11-25T01:29", False),
        ("2026-11-24T02:00", "2026-11-25T01:30", True),
        ("2026-11-25T01:30", "2026-11-25T01:31", False),
        ("2026-11-25T01:29", "2026-11-25T01:31", True),
        ("2026-11-20T12:00", "2026-11-25T00:10", True),
    ],
)
def test_a_copy_is_due_once_a_local_night(last: str | None, now: str, due: bool) -> None:
    def local(moment: str) -> datetime:
        return datetime.fromisoformat(f"{moment}:00+07:00")

    assert backup.due(local(last) if last else None, local(now), "01:30") is due


def test_the_copy_holds_what_a_call_said(database: Database, folder: RecordingFolder, now: datetime) -> None:
    case = closed_case(database, folder, now)
    made = make(database, folder, now)
    contents = (
        backup_contents.of_sqlite(made.path) if database.is_sqlite else backup_contents.of_dump(made.path)
    )
    assert contents.rows == made.rows
    assert contents.rows["turns"] == 1
    with database.reading() as conn:
        assert calls.answer_of(conn, case.call_id, 0) is not None
