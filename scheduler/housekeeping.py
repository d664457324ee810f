"""Fetches recordings: claim, fetch outside any transaction, store, then delete at the provider."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.recordings import recordings
from logbook.recordings.fetch import FetchError, RecordingFetcher
from logbook.recordings.files import RecordingFolder
from logbook.recordings.recordings import Recording

AT_ONCE = 10
"""How many recordings one tick handles; what is left is still due at the next."""


@dataclass(frozen=True, slots=True)
class RecordingsDue:
    """Everything that fetching recordings needs; hours and seconds as the settings name them."""

    database: Database
    fetcher: RecordingFetcher
    folder: RecordingFolder
    clock: Clock
    fetch_seconds: float
    retry_hours: int
    delete_at_provider: bool

    def fetch(self, have_lease: Callable[[], bool]) -> int:
        """Handle what is due while `have_lease()` and return how many advanced.

        A process killed anywhere leaves the row due again after the claim's time; at worst a file
        is fetched twice, under another name (F-15). Raises DatabaseBusyError.
        """
        with self.database.reading() as connection:
            due = recordings.due(connection, self.clock.now(), AT_ONCE)
        done = 0
        for recording in due:
            if not have_lease():
                break
            if self._claimed(recording):
                self._bring(recording)
                done += 1
        return done

    def _claimed(self, recording: Recording) -> bool:
        hold = timedelta(seconds=self.fetch_seconds + 30)
        with self.database.writing() as connection:
            return recordings.claim(connection, recording, hold, self.clock.now())

    def _bring(self, recording: Recording) -> None:
        log = structlog.get_logger("scheduler").bind(recording=recording.sid)
        try:
            if recording.state == "pending":
                self._store(recording)
                log.info("recording stored")
            if self.delete_at_provider:
                self._delete(recording)
                log.info("recording deleted at the provider")
        except (FetchError, OSError) as error:
            permanent = isinstance(error, FetchError) and error.permanent
            log.warning("recording not fetched", error=str(error), permanent=permanent)
            with self.database.writing() as connection:
                if permanent and recording.state == "pending":
                    recordings.unplayable(connection, recording.id, str(error))
                else:
                    recordings.failed(
                        connection, recording.id, str(error), self.clock.now(), self.retry_hours
                    )

    def _store(self, recording: Recording) -> None:
        sound = self.fetcher.fetch(recording.sid)
        file = self.folder.keep(sound.content, sound.media_type, self.clock.now())
        try:
            with self.database.writing() as connection:
                recordings.stored(
                    connection,
                    recording.id,
                    file_name=file.name,
                    sha256=file.sha256,
                    size=file.size,
                    media_type=file.media_type,
                    now=self.clock.now(),
                    delete_at_provider=self.delete_at_provider,
                )
        except BaseException:
            self.folder.remove(file.name)
            raise

    def _delete(self, recording: Recording) -> None:
        """Delete the provider's copy, but only while our own file is there and whole."""
        with self.database.reading() as connection:
            now_stored = recordings.find(connection, recording.id)
        if now_stored is None or now_stored.file_name is None or now_stored.sha256 is None:
            raise FetchError("not stored here, so the provider's copy stays")
        if self.folder.digest(now_stored.file_name) != now_stored.sha256:
            raise FetchError("our file is not what was stored, so the provider's copy stays")
        self.fetcher.delete(recording.sid)
        with self.database.writing() as connection:
            recordings.deleted_at_provider(connection, recording.id, self.clock.now())
