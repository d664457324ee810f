"""Bringing recordings home: stored before deleted there, tried again after a fault, one runner at a time."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from logbook.calls import calls
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import recordings as table
from logbook.recordings import recordings
from logbook.recordings.fetch import RecordingFetcher
from logbook.recordings.files import RecordingFolder
from logbook.recordings.recordings import Recording
from scheduler.housekeeping import RecordingsDue
from tests.provider_server import WAV, Answer, Provider, provider_server

SID = "RE" + "a" * 32


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_server() as running:
        yield running


def due(
    database: Database, provider: Provider, folder: Path, now: datetime, hours: int = 24
) -> RecordingsDue:
    return RecordingsDue(
        database=database,
        fetcher=RecordingFetcher(provider.url, "AC1", "token", 100_000, 5),
        folder=RecordingFolder(folder),
        clock=Clock(now),
        fetch_seconds=5,
        retry_hours=hours,
        delete_at_provider=True,
    )


@pytest.fixture
def told(database: Database, now: datetime) -> Recording:
    """A recording the provider reported."""
    with database.writing() as conn:
        call = calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw="+84912345678",
            caller_number="+84912345678",
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        return recordings.hear_of(
            conn, call_id=call.id, turn=3, sid=SID, seconds=7, purpose="complaint", now=now
        )


def kept(database: Database, recording: Recording) -> Recording:
    with database.reading() as conn:
        found = recordings.find(conn, recording.id)
    assert found is not None
    return found


def make_due(database: Database, recording: Recording, now: datetime) -> None:
    with database.writing() as conn:
        conn.execute(table.update().values(next_try_at=now))


@pytest.mark.row("T-08")
def test_a_due_recording_is_stored_here_and_then_deleted_at_the_provider(
    database: Database, provider: Provider, told: Recording, tmp_path: Path, now: datetime
) -> None:
    assert due(database, provider, tmp_path / "r", now).fetch(lambda: True) == 1
    recording = kept(database, told)
    assert (recording.state, recording.size, recording.next_try_at) == ("stored", len(WAV), None)
    assert recording.provider_deleted_at is not None
    assert recording.file_name is not None
    assert RecordingFolder(tmp_path / "r").digest(recording.file_name) == recording.sha256
    assert [method for method, *_ in provider.asked] == ["GET", "DELETE"]
    assert due(database, provider, tmp_path / "r", now).fetch(lambda: True) == 0


@pytest.mark.row("F-15")
def test_a_recording_not_ready_yet_is_fetched_at_a_later_tick(
    database: Database, provider: Provider, told: Recording, tmp_path: Path, now: datetime
) -> None:
    provider.answers = [Answer(status=404), Answer()]
    work = due(database, provider, tmp_path / "r", now)
    work.fetch(lambda: True)
    recording = kept(database, told)
    assert (recording.state, recording.last_error) == ("pending", "HTTP 404")
    assert recording.next_try_at is not None
    assert recording.next_try_at > now
    make_due(database, told, now)
    work.fetch(lambda: True)
    assert kept(database, told).state == "stored"


@pytest.mark.row("F-15")
def test_a_page_instead_of_sound_is_unplayable_and_the_providers_copy_stays(
    database: Database, provider: Provider, told: Recording, tmp_path: Path, now: datetime
) -> None:
    provider.answers = [Answer(body=b"<html></html>")]
    due(database, provider, tmp_path / "r", now).fetch(lambda: True)
    assert kept(database, told).state == "unplayable"
    assert [method for method, *_ in provider.asked] == ["GET"]


@pytest.mark.row("F-15")
def test_a_failed_deletion_is_tried_again_without_fetching_again(
    database: Database, provider: Provider, told: Recording, tmp_path: Path, now: datetime
) -> None:
    provider.deleting = [500, 204]
    work = due(database, provider, tmp_path / "r", now)
    work.fetch(lambda: True)
    assert (kept(database, told).state, kept(database, told).provider_deleted_at) == ("stored", None)
    make_due(database, told, now)
    work.fetch(lambda: True)
    assert kept(database, told).provider_deleted_at is not None
    assert [method for method, *_ in provider.asked] == ["GET", "DELETE", "DELETE"]


@pytest.mark.row("F-15")
def test_the_providers_copy_stays_when_our_own_file_is_damaged(
    database: Database, provider: Provider, told: Recording, tmp_path: Path, now: datetime
) -> None:
    provider.deleting = [500]
    work = due(database, provider, tmp_path / "r", now)
    work.fetch(lambda: True)
    name = kept(database, told).file_name
    assert name is not None
    work.folder.file(name).write_bytes(b"damaged")
    make_due(database, told, now)
    provider.asked.clear()
    work.fetch(lambda: True)
    assert provider.asked == []
    assert "not what was stored" in (kept(database, told).last_error or "")


def test_whoever_lost_the_lease_fetches_nothing_more(
    database: Database, provider: Provider, told: Recording, tmp_path: Path, now: datetime
) -> None:
    assert due(database, provider, tmp_path / "r", now).fetch(lambda: False) == 0
    assert provider.asked == []


def test_a_store_that_failed_leaves_no_file_nobody_knows(
    database: Database,
    provider: Provider,
    told: Recording,
    tmp_path: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(recordings, "stored", fail)
    with pytest.raises(RuntimeError):
        due(database, provider, tmp_path / "r", now).fetch(lambda: True)
    assert [path for path in (tmp_path / "r").rglob("*") if path.is_file()] == []
    assert kept(database, told).state == "pending"
