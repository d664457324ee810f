"""`tongdai verify`: names the first broken link of histories and audit log, and recordings that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update

from ivr.commands.verify import verify
from logbook.accounts import audit_log
from logbook.calls import calls
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import journal as journal_table
from logbook.database.tables import tickets as table
from logbook.ids import TicketId
from logbook.recordings.files import RecordingFolder
from logbook.retention import erasure
from logbook.tickets import open_by_phone
from tests.logbook.worded_case import closed_case


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database with one ticket and three lines in the audit log."""
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    now = Clock().now()
    made = Database(f"sqlite:///{tmp_path / 'tongdai.db'}")
    made.upgrade(now)
    with made.writing() as conn:
        call = calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw="x",
            caller_number="+84912345678",
            called="y",
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        open_by_phone.open_by_phone(
            conn,
            call=call,
            recording_id=None,
            caller_type="individual",
            notice_due_at=now,
            answer_due_at=now,
            now=now,
            secret="a secret of the office",
        )
        for number in range(3):
            audit_log.write(conn, "lan", "listen", f"call:{number}", now)
    yield made
    made.close()


@pytest.mark.row("T-23")
def test_an_untouched_book_is_said_to_be_intact(book: Database) -> None:
    done = CliRunner().invoke(verify)
    assert (done.exit_code, done.output.count("còn nguyên vẹn")) == (0, 2)


@pytest.mark.row("T-23")
def test_an_edited_line_of_the_journal_is_named(book: Database) -> None:
    with book.writing() as conn:
        conn.execute(update(journal_table).where(journal_table.c.number == 2).values(reason="x"))
    done = CliRunner().invoke(verify)
    assert (done.exit_code, "NHẬT KÝ ĐÃ BỊ SỬA: từ dòng 2." in done.output) == (1, True)
    assert "Lịch sử các phiếu còn nguyên vẹn." in done.output


@pytest.mark.row("T-23")
def test_an_edited_event_of_a_ticket_is_named(book: Database) -> None:
    with book.writing() as conn:
        conn.execute(update(table).values(head_hash="x"))
    done = CliRunner().invoke(verify)
    assert (done.exit_code, "phiếu số 1, sự kiện 1" in done.output) == (1, True)
    assert "Nhật ký còn nguyên vẹn." in done.output


def test_a_book_that_is_not_there_yet_asks_for_the_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "empty"))
    assert "tongdai db upgrade" in CliRunner().invoke(verify).output


@pytest.mark.row("T-23")
@pytest.mark.parametrize("trouble", ["newer", "destroyed", "torn", "away"])
def test_a_book_that_cannot_be_read_is_one_line(
    book: Database, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "newer":
        with book.writing() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    book.close()
    whole = book.file.read_bytes()
    if trouble == "destroyed":
        book.file.write_bytes(b"x" * 10_000)
    if trouble == "torn":
        book.file.write_bytes(whole[:8192] + b"x" * (len(whole) - 8192))
    if trouble == "away":
        monkeypatch.setenv("TONGDAI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    done = CliRunner().invoke(verify)
    assert (done.exit_code, done.output.count("\n"), done.output[:7]) == (1, 1, "Error: ")


@pytest.fixture
def sounds(book: Database, tmp_path: Path) -> list[Path]:
    """The files of two recordings of the database."""
    folder = RecordingFolder(tmp_path / "recordings")
    for digit in "ab":
        closed_case(book, folder, Clock().now(), digit=digit)
    return sorted(folder.path.rglob("*.wav"))


@pytest.mark.row("F-16")
def test_recordings_that_are_gone_or_changed_are_named(book: Database, sounds: list[Path]) -> None:
    assert "Các bản ghi âm đủ và đúng (2)." in CliRunner().invoke(verify).output
    sounds[0].unlink()
    sounds[1].write_bytes(b"x")
    done = CliRunner().invoke(verify)
    assert done.exit_code == 1
    assert (
        f"KHÔNG CÒN TỆP {sounds[0].parent.parent.name}/{sounds[0].parent.name}/{sounds[0].name}"
        in done.output
    )
    assert (
        f"TỆP ĐÃ BỊ ĐỔI {sounds[1].parent.parent.name}/{sounds[1].parent.name}/{sounds[1].name}"
        in done.output
    )


@pytest.mark.row("T-23")
def test_words_erased_by_rule_leave_the_book_intact(book: Database, sounds: list[Path]) -> None:
    with book.writing() as conn:
        erasure.erase_ticket(conn, TicketId(2), "retention.ticket_years = 10", Clock().now())
    done = CliRunner().invoke(verify)
    assert (done.exit_code, done.output.count("còn nguyên vẹn")) == (0, 2)
