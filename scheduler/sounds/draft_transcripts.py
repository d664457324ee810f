"""Writes recordings down by machine as drafts, one after the other, and deletes drafts nobody needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.recordings.files import RecordingFolder
from logbook.settings.transcripts import TranscriptsPart
from logbook.transcripts import drafts
from logbook.transcripts.attempt import AttemptLimits, TranscriptEngine, attempt, engine_of
from logbook.transcripts.drafts import WaitingRecording

GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class TranscriptsDue:
    """The recordings of one office that wait for a draft; nothing leaves this machine."""

    database: Database
    clock: Clock
    part: TranscriptsPart
    data_folder: Path

    def run_once(self, held: Callable[[], bool]) -> int:
        """Write down what waits, oldest first, while `held()`; how many were tried."""
        self._forget()
        engine = engine_of(self.data_folder) if self.part.enabled else None
        tried = 0
        while engine is not None and held():
            waiting = self._claimed()
            if waiting is None:
                break
            self._try(waiting, engine, held)
            tried += 1
        return tried

    def _forget(self) -> None:
        with self.database.reading() as conn:
            over = drafts.needless(conn)
        if over:
            with self.database.writing() as conn:
                for recording_id in over:
                    drafts.forget(conn, recording_id)

    def _claimed(self) -> WaitingRecording | None:
        now, hold = self.clock.now(), timedelta(minutes=self.part.minutes) + GRACE
        with self.database.reading() as conn:
            waiting = drafts.next_waiting(conn, now)
        if waiting is None:
            return None
        with self.database.writing() as conn:
            if waiting.attempts >= drafts.TRIES:  # killed in every try
                drafts.failed(conn, waiting, "every try was killed", now)
                return None
            return waiting if drafts.claim(conn, waiting, now, hold) else None

    def _try(self, waiting: WaitingRecording, engine: TranscriptEngine, held: Callable[[], bool]) -> None:
        recording = waiting.recording
        log = structlog.get_logger("scheduler").bind(recording=recording.sid)
        limits = AttemptLimits(self.part.minutes * 60, self.part.memory_mb)
        try:
            sound = RecordingFolder(self.data_folder / "recordings").file(recording.file_name or "")
            came = attempt(sound, engine, limits, self.data_folder / "transcribing", held)
        except (OSError, ValueError) as error:
            with self.database.writing() as conn:
                drafts.failed(conn, waiting, type(error).__name__, self.clock.now())
            log.warning("recording not written down", error=type(error).__name__)
            return
        if came.out_of_time and not held():
            return  # another runner takes it over when the claim ends
        last = waiting.attempts + 1 >= drafts.TRIES
        with self.database.writing() as conn:
            now = self.clock.now()
            if came.trouble is None or (came.text and (came.out_of_time or last)):
                complete, name = came.trouble is None, engine.name
                drafts.finish(conn, recording.id, came.text, now, complete=complete, engine=name)
            else:
                drafts.failed(conn, waiting, came.trouble, now)
        log.info("recording written down", pieces=len(came.texts), trouble=came.trouble)
