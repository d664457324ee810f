"""Takes in messages that an exchange kept while nothing of the program answered: one ticket each.

A message is a wave file named by its moment, its channel and its caller's number. What it is called is its
natural key: however often it is taken in, it makes one call, one recording and one ticket (F-09, T-02).
"""

from __future__ import annotations

import hashlib
import io
import re
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from logbook import phone_numbers
from logbook.calendar.working_time import WorkingTime
from logbook.calls import calls
from logbook.calls.calls import Call
from logbook.ids import RecordingId
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.tickets.open_by_phone import OpenedTicket, open_by_phone

FILE = re.compile(r"([0-9]{9,11})-([0-9]{1,24})-(\+?[0-9]{0,20})\.wav", re.ASCII)
WORDING = "exchange-1"
"""The version of the sentence by which the exchange asks for consent."""
PURPOSE = "complaint"


class NotAMessageError(ValueError):
    """The file is no message: another name, no sound, or nothing in it."""


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """One message: where it lies, when it was left, and its caller's number as the exchange knew it."""

    path: Path
    at: datetime
    caller: str

    @classmethod
    def of_file(cls, path: Path) -> LeftMessage:
        """Read what the name says (NotAMessageError)."""
        found = FILE.fullmatch(path.name)
        if found is None:
            raise NotAMessageError("not the name of a message")
        return cls(path, datetime.fromtimestamp(int(found[1]), UTC), found[3] or "anonymous")

    @property
    def key(self) -> str:
        """What the message is called for ever: 32 hexadecimal digits."""
        return hashlib.sha256(f"message:{self.path.name}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class TakingIn:
    """What opening tickets needs: the office's working time, the days of a deadline, the secret of PINs."""

    folder: RecordingFolder
    office: WorkingTime
    notice_days: int
    answer_days: int
    days: Mapping[str, int]
    secret: str
    line_number: str
    language: str
    office_numbers: frozenset[str]

    def open(self, conn: Connection, message: LeftMessage, now: datetime) -> OpenedTicket:
        """Open the ticket of a message, or return the one it has; the file may be deleted after the commit.

        NotAMessageError when nothing can be heard in it, OSError when the disk refuses.
        """
        content, seconds = _sound_of(message.path)
        call = self._call(conn, message)
        made = recordings.hear_of(
            conn,
            call_id=call.id,
            turn=0,
            sid=f"RE{message.key}",
            seconds=seconds,
            purpose=PURPOSE,
            now=message.at,
        )
        if made.state == "pending":
            self._keep(conn, made.id, content, now)
        calls.hear_status(conn, call, "completed", 0, seconds, message.at)
        calls.end(conn, call.id, "hung_up", message.at)
        return open_by_phone(
            conn,
            call=call,
            recording_id=made.id,
            caller_type=None,
            notice_due_at=self.office.add_days(message.at, self.notice_days),
            answer_due_at=self.office.add_days(message.at, self.answer_days),
            days=self.days,
            now=message.at,
            secret=self.secret,
        )

    def _call(self, conn: Connection, message: LeftMessage) -> Call:
        """The call the message was left in, with the consent its caller gave to the exchange."""
        caller = phone_numbers.parse(message.caller)
        call = calls.begin(
            conn,
            sid=f"CA{message.key}",
            direction="inbound",
            caller_raw=caller.raw,
            caller_number=None if caller.e164 in self.office_numbers else caller.e164,
            called=self.line_number,
            language=self.language,
            place=calls.ERASED,
            time_shift=0,
            now=message.at,
        )
        calls.consent(
            conn,
            call_id=call.id,
            turn=0,
            purpose=PURPOSE,
            wording_version=WORDING,
            key="1",
            given=True,
            now=message.at,
        )
        calls.note(conn, call.id, purpose=PURPOSE)
        return call

    def _keep(self, conn: Connection, recording_id: RecordingId, content: bytes, now: datetime) -> None:
        kept = self.folder.keep(content, "audio/wav", now)
        recordings.stored(
            conn,
            recording_id,
            file_name=kept.name,
            sha256=kept.sha256,
            size=kept.size,
            media_type=kept.media_type,
            now=now,
            delete_at_provider=False,
        )


def _sound_of(path: Path) -> tuple[bytes, int]:
    """The file and its length in whole seconds; a head written before the length was known is mended."""
    content = path.read_bytes()
    if content[:4] == b"RIFF" and len(content) > 44:
        data = len(content) - 44
        sizes = (len(content) - 8).to_bytes(4, "little"), data.to_bytes(4, "little")
        content = content[:4] + sizes[0] + content[8:40] + sizes[1] + content[44:]
    try:
        with wave.open(io.BytesIO(content)) as sound:
            seconds = sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as trouble:
        raise NotAMessageError("not a wave file") from trouble
    if seconds < 1:
        raise NotAMessageError("nothing was said")
    return content, round(seconds)
