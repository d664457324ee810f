"""Recordings are written down one after the other, tried a few times, and only where it helps somebody."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import recordings as sounds
from logbook.database.tables import tickets, transcripts
from logbook.recordings.files import RecordingFolder
from logbook.recordings.recordings import Recording
from logbook.retention import erasure
from logbook.settings.transcripts import TranscriptsPart
from logbook.transcripts import drafts
from logbook.transcripts.drafts import DraftState
from scheduler.sounds.draft_transcripts import TranscriptsDue
from tests.logbook.transcripts import stand_ins
from tests.logbook.transcripts.stand_ins import give_sound, put_program, silence, tone, wave_of
from tests.logbook.worded_case import Case, closed_case

ON = TranscriptsPart(enabled=True, minutes=1, memory_mb=400)


class Office:
    """One recorded complaint whose content nobody has written yet, and the job."""

    def __init__(self, database: Database, folder: Path, now: datetime) -> None:
        self.database, self.folder, self.now = database, folder, now
        self.part = ON
        self.case = self.complaint("a")

    def complaint(self, digit: str, content: bytes | None = None) -> Case:
        case = closed_case(
            self.database, RecordingFolder(self.folder / "recordings"), self.now, digit=digit, close=False
        )
        with self.database.writing() as conn:
            conn.execute(tickets.update().where(tickets.c.id == case.ticket_id).values(content=None))
            sound = wave_of(tone(2)) if content is None else content
            give_sound(conn, self.folder, case.recording_id, sound, self.now)
        return case

    def run(self, after: timedelta = timedelta(0)) -> int:
        job = TranscriptsDue(self.database, Clock(self.now + after), self.part, self.folder)
        return job.run_once(lambda: True)

    def draft(self, case: Case | None = None) -> drafts.DraftTranscript | None:
        with self.database.reading() as conn:
            return drafts.of_recording(conn, (case or self.case).recording_id)

    def row(self) -> Any:
        with self.database.reading() as conn:
            return conn.execute(select(transcripts)).one()

    def change(self, case: Case, **values: object) -> None:
        with self.database.writing() as conn:
            conn.execute(tickets.update().where(tickets.c.id == case.ticket_id).values(**values))


@pytest.fixture
def office(database: Database, tmp_path: Path, now: datetime) -> Office:
    return Office(database, tmp_path, now)


def test_a_complaint_is_written_down_once_as_a_draft_that_says_who_wrote_it(office: Office) -> None:
    put_program(office.folder)
    assert office.run() == 1
    draft = office.draft()
    assert draft is not None
    assert (draft.state, draft.text) == (DraftState.DRAFT, "đường thôn Đông hỏng nặng")
    assert office.row().engine == "transcribe"
    assert office.run() == 0
    with office.database.reading() as conn:
        assert not conn.execute(select(tickets.c.content).where(tickets.c.content.is_not(None))).first()


def test_nothing_is_written_down_while_it_is_switched_off_or_no_engine_is_there(office: Office) -> None:
    put_program(office.folder)
    office.part = replace_enabled(office.part, enabled=False)
    assert office.run() == 0
    office.part = ON
    (office.folder / "transcripts" / "transcribe").unlink()
    assert office.run() == 0
    assert office.draft() is None


def replace_enabled(part: TranscriptsPart, *, enabled: bool) -> TranscriptsPart:
    return part.model_copy(update={"enabled": enabled})


def test_only_recordings_of_open_tickets_without_content_are_written_down(office: Office) -> None:
    put_program(office.folder)
    cases = {
        name: office.complaint(digit) for name, digit in (("closed", "b"), ("guided", "c"), ("new", "d"))
    }
    written = office.complaint("e")
    gone = office.complaint("f")
    for state, case in cases.items():
        office.change(case, state=state)
    office.change(written, content="Cán bộ đã ghi.")
    with office.database.writing() as conn:
        conn.execute(sounds.update().where(sounds.c.id == gone.recording_id).values(state="given_up"))
    assert office.run() == 2
    drafted = [
        name for name, case in {**cases, "written": written, "gone": gone}.items() if office.draft(case)
    ]
    assert drafted == ["new"]


def test_a_program_that_fails_is_tried_three_times_with_pauses_and_then_given_up(office: Office) -> None:
    put_program(office.folder, stand_ins.FAILS)
    assert office.run() == 1
    assert office.run() == 0, "not again at once"
    assert office.run(timedelta(minutes=6)) == 1
    assert office.run(timedelta(minutes=20)) == 1
    assert office.run(timedelta(days=3)) == 0
    draft = office.draft()
    assert draft is not None
    assert (draft.state, draft.text) == (DraftState.FAILED, "")
    assert office.row().last_error == "the program ended with 7"


def test_a_scheduler_killed_in_every_try_does_not_try_for_ever(office: Office) -> None:
    put_program(office.folder)
    for tries in range(drafts.TRIES):
        with office.database.writing() as conn:
            moment = office.now + timedelta(hours=tries)
            waiting = drafts.next_waiting(conn, moment)
            assert waiting is not None
            assert drafts.claim(conn, waiting, moment, timedelta(minutes=2))
            assert not drafts.claim(conn, waiting, moment, timedelta(minutes=2)), "two runners, one try"
    assert office.run(timedelta(hours=9)) == 0
    draft = office.draft()
    assert draft is not None
    assert draft.state == DraftState.FAILED


def test_silence_is_said_to_be_silence_and_a_file_that_is_gone_stops_nothing(office: Office) -> None:
    put_program(office.folder)
    quiet = office.complaint("b", wave_of(silence(4)))
    with office.database.reading() as conn:
        name = conn.execute(
            select(sounds.c.file_name).where(sounds.c.id == office.case.recording_id)
        ).scalar()
    (office.folder / "recordings" / str(name)).unlink()
    assert office.run() == 2
    drafted, lost = office.draft(quiet), office.draft()
    assert drafted is not None
    assert drafted.state == DraftState.SILENT
    assert lost is not None
    assert lost.state == DraftState.WORKING


def test_what_was_written_before_the_time_ran_out_is_kept_and_marked_as_a_part(office: Office) -> None:
    with office.database.writing() as conn:
        waiting = drafts.next_waiting(conn, office.now)
        assert waiting is not None
        drafts.claim(conn, waiting, office.now, timedelta(minutes=2))
        sound = office.case.recording_id
        drafts.finish(conn, sound, "một\x00 hai\x1b[2J", office.now, complete=False, engine="x")
    draft = office.draft()
    assert draft is not None
    assert (draft.state, draft.text) == (DraftState.PARTLY, "một hai[2J")


@pytest.mark.parametrize("how", ["recording", "call", "ticket", "closed", "guided"])
def test_a_draft_goes_with_its_recording_its_call_and_when_its_ticket_needs_none(
    office: Office, how: str
) -> None:
    put_program(office.folder)
    office.run()
    assert office.draft() is not None
    with office.database.writing() as conn:
        match how:
            case "recording":
                waiting = conn.execute(select(sounds)).one()
                erasure.recording_removed(conn, Recording(*waiting), "thời hạn", office.now, at_provider=True)
            case "call":
                erasure.erase_call(conn, office.case.call_id, "thời hạn", office.now)
            case "ticket":
                erasure.erase_ticket(conn, office.case.ticket_id, "thời hạn", office.now)
            case state:
                conn.execute(tickets.update().values(state=state))
    if how in ("closed", "guided"):
        office.part = replace_enabled(office.part, enabled=False)
        office.run()
    assert office.draft() is None
