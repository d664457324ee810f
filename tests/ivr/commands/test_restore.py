"""`tongdai restore`: asks, replaces, keeps the replaced database, and says what stands there now."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.commands.backup import backup
from ivr.commands.restore import restore
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.recordings.files import RecordingFolder
from logbook.retention import backup as copies
from logbook.tickets import tickets
from tests.logbook.worded_case import closed_case

pytestmark = pytest.mark.alone


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose database has a case more than its copy."""
    folder = tmp_path / "data"
    monkeypatch.setenv("TONGDAI_DATA", str(folder))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    with closing(Database(f"sqlite:///{folder / 'tongdai.db'}")) as book:
        book.upgrade(Clock().now())
        closed_case(book, RecordingFolder(folder / "recordings"), Clock().now())
        assert CliRunner().invoke(backup).exit_code == 0
        closed_case(book, RecordingFolder(folder / "recordings"), Clock().now(), digit="b")
    return folder


def copy_in(data: Path) -> str:
    return str(copies.listed(data / "backups")[0].path)


def run(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(restore, list(words), input=answer)


def count(data: Path) -> int:
    with closing(Database(f"sqlite:///{data / 'tongdai.db'}")) as book, book.reading() as conn:
        return len(tickets.recent(conn, 9))


@pytest.mark.row("F-16")
def test_a_copy_is_restored_and_what_stands_there_is_told(data: Path) -> None:
    done = run(copy_in(data), "--yes")
    assert done.exit_code == 0, done.output
    assert "Đã khôi phục 1 phiếu, 1 cuộc gọi, 1 bản ghi âm, cuộc gọi mới nhất lúc" in done.output
    assert "còn nguyên vẹn" in done.output
    (beside,) = data.glob("tongdai.db.before-restore-*")
    assert str(beside) in done.output
    assert count(data) == 1


def test_without_a_yes_nothing_is_changed(data: Path) -> None:
    refused = run(copy_in(data), answer="n\n")
    assert refused.exit_code == 1
    assert count(data) == 2
    assert run(copy_in(data), answer="y\n").exit_code == 0
    assert count(data) == 1


@pytest.mark.row("F-16")
def test_a_running_book_and_a_wrong_file_are_refused_in_one_line(data: Path, tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{data / 'tongdai.db'}")) as running:
        with running.reading() as conn:
            tickets.recent(conn, 1)
        refused = run(copy_in(data), "--yes")
        assert (refused.exit_code, "Hãy dừng hẳn chương trình" in refused.output) == (1, True)
    (tmp_path / "x").write_text("không phải sổ")
    for file in (tmp_path / "x", tmp_path / "nothing"):
        refused = run(str(file), "--yes")
        assert (refused.exit_code, "Bản sao không dùng được" in refused.output) == (1, True)
    assert count(data) == 2


def test_a_bare_database_file_is_restored_and_said_to_bring_no_sound(data: Path) -> None:
    file = Path(copy_in(data))
    bare = file.rename(data / "bare.db")
    done = run(str(bare), "--yes")
    assert (done.exit_code, "chỉ khôi phục sổ" in done.output) == (0, True)
    assert "Đã khôi phục 1 phiếu, 1 cuộc gọi, 0 bản ghi âm" in done.output


def test_a_recording_that_is_nowhere_is_named(data: Path) -> None:
    for store in (data / "recordings", data / "backups" / "recordings"):
        for path in store.rglob("*.wav"):
            path.unlink()
    done = run(copy_in(data), "--yes")
    assert done.exit_code == 0
    assert "Bản ghi âm không có trong bản sao: " in done.output
