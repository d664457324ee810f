"""`tongdai db`: upgrades, copies, and says when somebody has been at the history."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ivr.commands.db import db
from logbook import callbacks, calls
from logbook.clock import Clock
from logbook.database import Database
from logbook.schema import head


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    return tmp_path / "data"


def run(*words: str) -> Result:
    return CliRunner().invoke(db, list(words))


def test_status_asks_for_an_upgrade_and_is_content_after_it(data: Path) -> None:
    before = run("status")
    assert (before.exit_code, "tongdai db upgrade" in before.output) == (1, True)
    assert f"phiên bản {head()}" in run("upgrade").output
    after = run("status")
    assert (after.exit_code, "nguyên vẹn" in after.output) == (0, True)


@pytest.mark.row("F-16")
def test_a_backup_is_made_once_and_holds_what_was_stored(data: Path, tmp_path: Path) -> None:
    run("upgrade")
    now = Clock().now()
    database = Database(f"sqlite:///{data / 'tongdai.db'}")
    with database.writing() as conn:
        call = calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw="x",
            caller_number=None,
            called="y",
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        callbacks.owe(conn, call, "asked", None, now)
    database.close()
    assert run("backup", str(tmp_path / "copy.db")).exit_code == 0
    again = run("backup", str(tmp_path / "copy.db"))
    assert (again.exit_code, "không ghi đè" in again.output) == (1, True)
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.reading() as conn:
        assert len(callbacks.owed(conn)) == 1
    copy.close()


@pytest.mark.row("F-17")
def test_tables_newer_than_the_program_are_refused_in_one_line(data: Path) -> None:
    run("upgrade")
    database = Database(f"sqlite:///{data / 'tongdai.db'}")
    with database.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    for command in ("status", "upgrade"):
        refused = run(command)
        assert (refused.exit_code, "mới hơn chương trình này" in refused.output) == (1, True)


def test_wrong_settings_end_with_two(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_MODE", "nonsense")
    assert run("status").exit_code == 2
