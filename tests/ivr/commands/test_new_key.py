"""A database under another SECRET_KEY: check, start, restore say what is lost, `db new-key` goes on (S12)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.commands.backup import backup
from ivr.commands.check import check
from ivr.commands.db import db
from ivr.commands.restore import restore
from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from logbook.accounts import accounts, second_factor
from logbook.accounts.key_check import KeyChangedError
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.ids import PersonId
from logbook.retention import backup as copies
from logbook.settings.loading import load_settings

pytestmark = pytest.mark.alone

OLD, NEW = "the key of the first day", "another key of the office"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOST = "hai lớp của 1 người"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose database was begun with the old key and holds a second factor; it has a copy."""
    folder = tmp_path / "data"
    monkeypatch.setenv("TONGDAI_DATA", str(folder))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    monkeypatch.setenv("SECRET_KEY", OLD)
    start()
    with book(folder) as made, made.writing() as conn:
        now = Clock().now()
        lan = accounts.add(conn, login="lan", name="Lan", role="clerk", password="correct horse", now=now)
        second_factor.keep(conn, lan, SECRET, OLD)
    assert run(backup).exit_code == 0
    return folder


def book(folder: Path) -> closing[Database]:
    return closing(Database(f"sqlite:///{folder / 'tongdai.db'}"))


def run(command: object, *words: str) -> Result:
    return CliRunner().invoke(command, list(words))  # type: ignore[arg-type]


def start() -> None:
    hotline = open_hotline(load_settings())
    try:
        prepare(hotline)
    finally:
        hotline.database.close()


@pytest.mark.row("S12")
def test_under_another_key_start_check_and_restore_say_what_never_fits_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    assert run(check).exit_code == 0
    monkeypatch.setenv("SECRET_KEY", NEW)
    with pytest.raises(KeyChangedError, match=LOST):
        start()
    seen = run(check)
    assert (seen.exit_code, LOST in seen.output, "Traceback" in seen.output) == (1, True, False)
    (copy,) = copies.listed(data / "backups")
    done = run(restore, str(copy.path), "--yes")
    assert (done.exit_code, LOST in done.output, "tongdai db new-key" in done.output) == (0, True, True)
    for secret in (OLD, NEW):
        assert secret not in seen.output + done.output


@pytest.mark.row("S12")
def test_a_new_key_is_taken_on_purpose_and_only_then_the_house_starts(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "không có gì phải đổi" in run(db, "new-key").output
    monkeypatch.setenv("SECRET_KEY", NEW)
    assert run(db, "new-key").exit_code == 1, "nobody said yes"
    with pytest.raises(KeyChangedError):
        start()
    done = run(db, "new-key", "--yes")
    assert (done.exit_code, LOST in done.output) == (0, True)
    start()
    assert run(check).exit_code == 0
    with book(data) as made, made.reading() as conn:
        assert not second_factor.is_set(conn, PersonId(1))


@pytest.mark.row("S12")
def test_a_copy_restored_under_its_own_key_says_nothing_of_keys(data: Path) -> None:
    (copy,) = copies.listed(data / "backups")
    assert "SECRET_KEY" not in run(restore, str(copy.path), "--yes").output
