"""The nightly work: what is over is gone everywhere, also from copies made later; one sound copy a night."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import recordings as sounds
from logbook.database.tables import tombstones
from logbook.recordings import recordings
from logbook.recordings.fetch import RecordingFetcher
from logbook.recordings.files import RecordingFolder
from logbook.retention import backup, legal_holds
from logbook.settings.loading import load_settings
from scheduler.delete_expired import BackupsDue, RetentionDue
from scheduler.housekeeping import RecordingsDue
from tests import frozen
from tests.logbook import worded_case
from tests.logbook.worded_case import Case, closed_case
from tests.one_kind import on_sqlite
from tests.provider_server import Provider, provider_server

PART = load_settings(frozen.OFFICE).retention
YEARS = timedelta(days=366 * 11)


def always() -> bool:
    return True


def leave_freed_pages(raw: Any, _record: object) -> None:
    raw.execute("PRAGMA secure_delete=OFF")


@dataclass
class House:
    """One office's data folder, and the work of the night at any moment."""

    database: Database
    data: Path
    provider: Provider
    now: datetime

    @property
    def folder(self) -> RecordingFolder:
        return RecordingFolder(self.data / "recordings")

    def sweep(self, moment: datetime) -> int:
        fetcher = RecordingFetcher(self.provider.url, "AC1", "token", 100_000, 5)
        return RetentionDue(self.database, fetcher, self.folder, Clock(moment), PART, self.data).sweep(always)

    def back_up(self, moment: datetime, kept: int = 14) -> bool:
        part = PART.model_copy(update={"backups_kept": kept})
        due = BackupsDue(self.database, Clock(moment), part, self.folder.path, self.data / "backups")
        return due.make(always)

    def sound(self, case: Case) -> recordings.Recording:
        with self.database.reading() as conn:
            found = recordings.find(conn, case.recording_id)
        assert found is not None
        return found


@pytest.fixture
def house(database: Database, tmp_path: Path, now: datetime) -> Iterator[House]:
    with provider_server() as provider:
        yield House(database, tmp_path, provider, now)


@pytest.fixture
def case(house: House) -> Case:
    return closed_case(house.database, house.folder, house.now)


@pytest.mark.row("T-22")
def test_after_its_time_no_trace_is_left_in_database_files_or_a_copy_made_later(house: House) -> None:
    if house.database.is_sqlite:  # some builds overwrite what is freed by themselves, others do not
        event.listen(house.database._writer, "connect", leave_freed_pages)
    for digit in "abc":
        closed_case(house.database, house.folder, house.now, digit=digit)
    worded_case.written_case(house.database, house.now)
    worded_case.rated_call(house.database, house.now)
    assert worded_case.files_with_traces(house.data) != []
    moment = house.now + YEARS
    assert house.sweep(moment) == 3 + 4 + 1 + 1  # recordings, tickets, the call without one, its rating
    assert worded_case.traces(house.database) == []
    assert house.back_up(moment)
    assert len(list((house.data / "backups").iterdir())) >= 2
    assert worded_case.files_with_traces(house.data) == []
    if not house.database.is_sqlite:
        dump = next((house.data / "backups").glob("*.dump"))
        params = ["pg_restore", "--file=-", str(dump)]
        seen = subprocess.run(params, capture_output=True, check=True).stdout
        assert [trace for trace in worded_case.TRACES if trace.encode() in seen] == []
    assert house.sweep(moment) == 0


@pytest.mark.row("T-22")
def test_a_ticket_on_hold_loses_nothing(house: House, case: Case) -> None:
    with house.database.writing() as conn:
        head = worded_case.person(conn, "head_of_office", house.now)
        legal_holds.place(conn, case.ticket_id, head, "tòa án yêu cầu", house.now)
    before = set(worded_case.traces(house.database)) - {"budgets.scope"}
    assert house.sweep(house.now + YEARS) == 0
    assert set(worded_case.traces(house.database)) == before
    assert house.folder.digest(house.sound(case).file_name or "") == house.sound(case).sha256
    assert house.provider.asked == []


@pytest.mark.row("T-08")
def test_sound_goes_before_the_ticket_and_at_the_provider_too(house: House, case: Case) -> None:
    kept = house.sound(case).file_name
    assert kept is not None
    assert house.sweep(house.now + timedelta(days=731 + 31)) == 1
    assert house.sound(case).state == "removed"
    assert house.sound(case).provider_deleted_at is not None
    assert not house.folder.file(kept).exists()
    assert [method for method, *_ in house.provider.asked] == ["DELETE"]
    with house.database.reading() as conn:
        stone = conn.execute(tombstones.select()).one()
    assert (stone.kind, stone.subject, stone.rule) == (
        "recording",
        str(case.recording_id),
        "retention.recording_months = 24",
    )
    assert "tickets.content" in worded_case.traces(house.database)


@pytest.mark.row("F-15")
def test_a_provider_that_does_not_answer_is_asked_again_and_the_file_goes_at_once(
    house: House, case: Case
) -> None:
    kept, moment = house.sound(case).file_name, house.now + timedelta(days=800)
    assert kept is not None
    house.provider.deleting = [500, 204]
    assert house.sweep(moment) == 1
    assert not house.folder.file(kept).exists()
    assert (house.sound(case).state, house.sound(case).provider_deleted_at) == ("removed", None)
    assert house.sweep(moment) == 1
    assert house.sound(case).provider_deleted_at is not None
    assert house.sweep(moment) == 0
    assert [method for method, *_ in house.provider.asked] == ["DELETE", "DELETE"]


def test_a_process_killed_between_the_file_and_the_row_is_finished_by_the_next_sweep(
    house: House, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = house.now + timedelta(days=800)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("logbook.retention.erasure.recording_removed", killed)
        with pytest.raises(KeyboardInterrupt):
            house.sweep(moment)
    assert house.sound(case).state == "stored"
    fetcher = RecordingFetcher(house.provider.url, "AC1", "token", 100_000, 5)
    later = Clock(moment + timedelta(hours=1))
    RecordingsDue(house.database, fetcher, house.folder, later, 5, 24, True).fetch(always)
    assert house.sweep(moment + timedelta(hours=2)) == 1
    assert house.sound(case).state == "removed"


def test_whoever_lost_the_lease_deletes_nothing(house: House, case: Case) -> None:
    fetcher = RecordingFetcher(house.provider.url, "AC1", "token", 100_000, 5)
    due = RetentionDue(house.database, fetcher, house.folder, Clock(house.now + YEARS), PART, house.data)
    assert due.sweep(lambda: False) == 0
    assert house.sound(case).state == "stored"


@pytest.mark.row("T-22")
@on_sqlite  # PostgreSQL cleans its own files
def test_a_file_that_could_not_be_written_anew_is_written_at_the_next_sweep(house: House, case: Case) -> None:
    reader = house.database.reading()
    conn = reader.__enter__()
    conn.execute(text("SELECT count(*) FROM tickets"))
    with pytest.raises(DatabaseBusyError):
        house.sweep(house.now + YEARS)
    reader.__exit__(None, None, None)
    assert worded_case.files_with_traces(house.data) != []
    house.sweep(house.now + YEARS)
    assert worded_case.files_with_traces(house.data) == []


def test_whole_books_kept_beside_go_when_the_oldest_copy_would(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [
        f"tongdai.db.before-upgrade-{house.now - timedelta(days=days):%Y%m%dT%H%M%S}123456Z"
        for days in (3, 15)
    ]
    names.append(f"tongdai.db.before-restore-{house.now - timedelta(days=15):%Y%m%dT%H%M%S}Z")
    names.append("tongdai.db.before-lunchZ")
    for name in names:
        (house.data / name).write_bytes(b"")
    forgotten: list[datetime] = []
    monkeypatch.setattr(
        "logbook.retention.restore.forget_replaced", lambda _database, before: forgotten.append(before)
    )
    house.sweep(house.now)
    assert [(house.data / name).exists() for name in names] == [True, False, False, True]
    (before,) = forgotten
    assert (
        timedelta(days=PART.backups_kept)
        >= house.now - before
        > timedelta(days=PART.backups_kept, minutes=-5)
    )


@pytest.mark.row("T-22")
def test_what_a_killed_process_left_goes_when_its_time_is_over(house: House, case: Case) -> None:
    """A sound fetched and never recorded, one half written, a database half restored."""
    stray = house.folder.keep(worded_case.WAV, "audio/wav", house.now).name
    half = house.folder.file(stray).with_suffix(".part")
    half.write_bytes(worded_case.WAV)
    restoring = house.data / f"{getattr(house.database, 'file', house.data).name}.restoring"
    if house.database.is_sqlite:
        restoring.write_bytes(worded_case.WAV)
    house.sweep(house.now + timedelta(days=731 - 31))
    assert (house.folder.file(stray).exists(), half.exists(), restoring.exists()) == (True, True, False)
    with house.database.writing() as conn:
        head = worded_case.person(conn, "head_of_office", house.now)
        legal_holds.place(conn, case.ticket_id, head, "tòa án yêu cầu", house.now)
    house.sweep(house.now + timedelta(days=731 + 31))
    assert (house.folder.file(stray).exists(), half.exists()) == (False, False)
    assert house.folder.file(house.sound(case).file_name or "").exists()


# --- copies -----------------------------------------------------------------------------------------------


@pytest.mark.row("F-16")
def test_one_copy_is_made_a_night_and_caught_up_after_a_night_without_power(house: House) -> None:
    assert PART.backup_at == "01:30"
    evening = datetime.fromisoformat("2026-11-25T20:00:00+07:00")
    assert house.back_up(evening)
    assert not house.back_up(evening + timedelta(hours=5, minutes=29))
    assert house.back_up(evening + timedelta(hours=5, minutes=30))
    assert not house.back_up(evening + timedelta(hours=24))
    assert house.back_up(evening + timedelta(days=3))
    assert len(backup.listed(house.data / "backups")) == 3


@pytest.mark.row("F-16")
def test_only_so_many_copies_are_kept_and_no_sound_nobody_names(house: House) -> None:
    case = closed_case(house.database, house.folder, house.now)
    for day in range(3):
        house.back_up(house.now + timedelta(days=day), kept=2)
    copies = backup.listed(house.data / "backups")
    assert [f"{one.made_at:%d/%m}" for one in copies] == ["27/11", "26/11"]
    store = house.data / "backups" / "recordings"
    assert len([path for path in store.rglob("*") if path.is_file()]) == 1
    with house.database.writing() as conn:
        conn.execute(sounds.update().values(state="removed", file_name=None))
    assert house.sound(case).state == "removed"
    for day in (3, 4):
        house.back_up(house.now + timedelta(days=day), kept=2)
    assert [path for path in store.rglob("*") if path.is_file()] == []


@pytest.mark.row("T-22")
def test_a_copy_that_was_killed_half_way_stays_no_longer_than_the_others(house: House) -> None:
    folder = house.data / "backups"
    assert house.back_up(house.now)
    half = folder / f"{backup.PREFIX}{house.now + timedelta(hours=1):%Y%m%dT%H%M%SZ}.db"
    for ending in (".db", ".part", ".db-journal"):
        half.with_suffix(ending).write_bytes(worded_case.WAV)
    assert house.back_up(house.now + timedelta(days=1), kept=2)
    assert half.exists()
    assert house.back_up(house.now + timedelta(days=2), kept=2)
    assert list(folder.glob(f"{half.stem}*")) == []
    assert len(backup.listed(folder)) == 2


@pytest.mark.row("F-13")
def test_a_copy_made_under_a_clock_that_ran_ahead_neither_counts_nor_stays(house: House) -> None:
    house.back_up(house.now + timedelta(days=400))
    assert house.back_up(house.now)
    assert not house.back_up(house.now + timedelta(minutes=1))
    assert house.back_up(house.now + timedelta(days=1), kept=2)
    copies = backup.listed(house.data / "backups")
    assert [f"{one.made_at:%d/%m/%Y}" for one in copies] == ["26/11/2026", "25/11/2026"]


@pytest.mark.row("F-10")
def test_a_copy_that_fails_is_said_and_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    closed_case(house.database, house.folder, house.now)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("logbook.retention.backup.put", full)
        assert not house.back_up(house.now)
    assert [path for path in (house.data / "backups").rglob("*") if path.is_file()] == []
    assert house.back_up(house.now)


def test_whoever_lost_the_lease_makes_no_copy(house: House) -> None:
    due = BackupsDue(house.database, Clock(house.now), PART, house.folder.path, house.data / "backups")
    assert not due.make(lambda: False)
    with contextlib.suppress(FileNotFoundError):
        assert list((house.data / "backups").iterdir()) == []
