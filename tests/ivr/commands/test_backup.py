"""`tongdai backup`: one checked copy, reported in Vietnamese."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.backup import backup
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.recordings.files import RecordingFolder
from logbook.retention import backup as copies
from tests.logbook.worded_case import closed_case


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a database of one case."""
    folder = tmp_path / "data"
    monkeypatch.setenv("TONGDAI_DATA", str(folder))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    book = Database(f"sqlite:///{folder / 'tongdai.db'}")
    book.upgrade(Clock().now())
    closed_case(book, RecordingFolder(folder / "recordings"), Clock().now())
    book.close()
    return folder


@pytest.mark.row("F-16")
def test_a_copy_is_made_in_the_data_folder_and_told(data: Path) -> None:
    done = CliRunner().invoke(backup)
    assert done.exit_code == 0, done.output
    assert "Có 1 phiếu, 1 cuộc gọi, 1 bản ghi âm." in done.output
    (made,) = copies.listed(data / "backups")
    assert str(made.path) in done.output


def test_a_copy_goes_to_another_folder_when_asked(data: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(backup, ["--to", str(tmp_path / "usb")])
    assert done.exit_code == 0
    assert len(copies.listed(tmp_path / "usb")) == 1
    assert not (data / "backups").exists()


@pytest.mark.row("F-13")
def test_a_copy_made_under_a_moved_clock_counts_for_this_night(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_NOW", "2039-12-10T09:00")
    assert CliRunner().invoke(backup).exit_code == 0
    assert copies.newest(data / "backups", Clock().now()) is not None


@pytest.mark.row("F-10")
def test_a_folder_that_cannot_be_written_is_one_line_and_exit_one(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(backup, ["--to", str(tmp_path / "file")])
    assert (done.exit_code, "Chưa sao lưu được" in done.output) == (1, True)


def test_a_missing_recording_is_named(data: Path) -> None:
    (sound,) = (data / "recordings").rglob("*.wav")
    sound.unlink()
    done = CliRunner().invoke(backup)
    assert done.exit_code == 0
    assert f"không sao lưu được: {sound.relative_to(data / 'recordings').as_posix()}" in done.output


def test_without_a_book_the_upgrade_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "empty"))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    assert "tongdai db upgrade" in CliRunner().invoke(backup).output
