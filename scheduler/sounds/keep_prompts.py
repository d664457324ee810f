"""Makes clips of what the office phoned in, as soon as the provider's recording is on our disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from logbook.database.engine import Database
from logbook.prompts import phoned
from logbook.prompts.current import OfficePrompts
from logbook.recordings.files import RecordingFolder


@dataclass(frozen=True)
class PromptsDue:
    """The clips of one office that wait for their sound."""

    database: Database
    folder: RecordingFolder
    prompts: OfficePrompts

    def run_once(self, held: Callable[[], bool]) -> int:
        """Finish every clip whose recording has arrived; how many."""
        with self.database.reading() as conn:
            waiting = phoned.waiting(conn)
        done = 0
        for clip_id, state, file_name in waiting:
            if not held():
                break
            sound, troubles = phoned.finished(self.folder, state, file_name)
            with self.database.writing() as conn:
                phoned.finish(conn, clip_id, sound, troubles)
            done += 1
        if done:
            self.prompts.announce()
        return done
