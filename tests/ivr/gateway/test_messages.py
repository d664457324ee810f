"""Messages that the exchange took while nothing of ours answered: each becomes one ticket."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.gateway import messages
from ivr.line.hotline import Hotline
from ivr.phone import sound
from logbook.calls import calls as rows_of_calls
from logbook.clock import local
from logbook.database.tables import calls, recordings, tickets
from logbook.recordings.files import RecordingFolder

LEFT_AT = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)


def leave(folder: Path, name: str | None = None, wave: bytes | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{int(LEFT_AT.timestamp())}-17960000001-0912345678.wav")
    path.write_bytes(sound.tone(3.0) if wave is None else wave)
    os.utime(path, (0, 0))
    return path


@pytest.mark.row("F-09")
def test_a_message_becomes_one_ticket_with_its_own_time_however_often_it_is_taken_in(
    hotline: Hotline, tmp_path: Path
) -> None:
    folder, kept = tmp_path / "messages", RecordingFolder(hotline.settings.data_folder / "recordings")
    path = leave(folder)
    content = path.read_bytes()
    done = messages.take_in(hotline, folder)
    assert len(done.codes) == 1
    assert not path.exists()
    leave(folder)  # the process was killed before it deleted the file
    assert messages.take_in(hotline, folder).codes == done.codes
    with hotline.database.reading() as conn:
        ticket = conn.execute(select(tickets)).one()
        call = conn.execute(select(calls)).one()
        recording = conn.execute(select(recordings)).one()
    assert (ticket.opened_at, ticket.caller_number, ticket.code) == (LEFT_AT, "+84912345678", done.codes[0])
    assert local(ticket.answer_due_at) > local(LEFT_AT)
    assert (call.started_at, call.status, recording.state) == (LEFT_AT, "completed", "stored")
    assert recording.file_name is not None
    assert kept.file(recording.file_name).read_bytes() == content
    assert len(list(kept.path.rglob("*.wav"))) == 1


@pytest.mark.row("F-02")
def test_a_message_interrupted_anywhere_makes_one_ticket_in_the_end(
    hotline: Hotline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "messages"
    steps = ("begin", "consent", "note", "hear_status", "end")
    for step in steps:
        leave(folder)

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(rows_of_calls, step, die)
            with pytest.raises(KeyboardInterrupt):
                messages.take_in(hotline, folder)
        with hotline.database.reading() as conn:
            assert conn.execute(select(tickets)).all() == []
    assert len(messages.take_in(hotline, folder).codes) == 1
    with hotline.database.reading() as conn:
        assert len(conn.execute(select(tickets)).all()) == len(conn.execute(select(recordings)).all()) == 1


def test_a_withheld_caller_leaves_a_message_too_and_what_is_none_is_put_aside(
    hotline: Hotline, tmp_path: Path
) -> None:
    folder = tmp_path / "messages"
    leave(folder, f"{int(LEFT_AT.timestamp())}-2-.wav")
    leave(folder, "1790000000-3-0912345678.wav", b"no sound at all")
    leave(folder, "1790000000-4-0912345678.wav", sound.tone(0.2))
    leave(folder, "notes.wav")
    done = messages.take_in(hotline, folder)
    assert (len(done.codes), len(done.refused)) == (1, 3)
    assert len(list(folder.glob("*.empty"))) == 3
    with hotline.database.reading() as conn:
        assert conn.execute(select(tickets.c.caller_number, tickets.c.pin_digest)).one()[0] is None


def test_a_file_still_being_written_waits(hotline: Hotline, tmp_path: Path) -> None:
    path = leave(tmp_path / "messages")
    os.utime(path)
    assert messages.take_in(hotline, path.parent).codes == ()
    assert path.exists()
