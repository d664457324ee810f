"""`tongdai db`: upgrades, and says when somebody has been at the history."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.command import upgrade
from click.testing import CliRunner, Result
from sqlalchemy import text

from ivr.commands.db import db
from logbook.database import schema
from logbook.database.engine import Database
from logbook.database.schema import head


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


@pytest.mark.row("F-17")
def test_tables_are_not_upgraded_without_a_copy_of_the_old_ones(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(f"sqlite:///{data / 'tongdai.db'}")) as old, old._writer.begin() as conn:
        upgrade(schema.config(conn), "0001")
    with monkeypatch.context() as patch:
        patch.setattr("logbook.database.sqlite_copy.sqlite3.connect", full_disk)
        refused = run("upgrade")
    assert refused.exit_code == 1
    assert "Chưa nâng cấp, vì chưa sao lưu được sổ" in refused.output
    assert "0001" in run("status").output
    assert list(data.glob("*.before-upgrade-*")) == []
    assert "Đã sao lưu trước khi nâng cấp" in run("upgrade").output


def full_disk(*_: object, **__: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


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
