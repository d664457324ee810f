"""Recordings of a call: kept whoever brings the news of them first, and filed when their speaker is gone.

Natural keys decide what is new: the provider's name of a recording, else its call and turn (TEL-5, F-04).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy import Connection

import callflows
from callflows.vocabulary import FileTicket, Voice
from ivr.line.conversation import place_from_text
from ivr.line.hotline import Hotline
from ivr.line.lookups import Lookups
from ivr.line.provider_form import SOME_SECONDS, Spoken
from logbook.calls import calls
from logbook.calls.calls import Call
from logbook.ids import RecordingId
from logbook.recordings import recordings, unfiled
from logbook.tickets import open_by_phone

log = structlog.get_logger("ivr.line.recorded_speech")


@dataclass(frozen=True)
class RecordedSpeech:
    """What callers and officials have spoken, within one transaction."""

    hotline: Hotline
    conn: Connection

    def keep(self, call: Call, number: int, spoken: Spoken) -> RecordingId:
        """Return our id of a recording made in turn `number`; its sound is fetched by the real clock.

        One without a usable name, or with the name of another call's, is recorded without its sound.
        """
        sid = spoken.sid
        other = recordings.by_sid(self.conn, sid) if sid else None
        if other is not None and other.call_id != call.id:
            sid = None
        elif other is not None and spoken.seconds in (None, other.seconds):
            return other.id  # this news tells nothing that is not known
        if sid is None:
            log.warning("recording without a usable name", call=call.sid, turn=number)
        return recordings.hear_of(
            self.conn,
            call_id=call.id,
            turn=number,
            sid=sid,
            seconds=spoken.seconds,
            purpose=callflows.recorded_for(calls.place_after(self.conn, call.id, number - 1)) or "complaint",
            now=self.hotline.clock.now(),
        ).id

    def mentioned(self, call: Call, spoken: Spoken) -> None:
        """The end of a call names its recording: the only news of it when both other ones were lost."""
        at = place_from_text(call.place).at if call.place else ""
        known = spoken.sid is not None and recordings.by_sid(self.conn, spoken.sid) is not None
        if callflows.recorded_for(at) and not known:
            self.keep(call, call.turn, spoken)

    def waiting(self, call: Call, number: int, *, hung_up: bool) -> Voice | None:
        """Return the recording of turn `number` of which no turn has heard, if it has sound."""
        found = unfiled.unclaimed(self.conn, call.id, number)
        if found is None or found.seconds == 0:
            return None
        return Voice(str(found.id), found.seconds or SOME_SECONDS, hung_up=hung_up)

    def file_unheard(self, call: Call, now: datetime) -> None:
        """What the caller said, but no turn of the call heard, becomes a ticket once they are gone."""
        found = unfiled.unheard(self.conn, call.id)
        if found is not None:
            desk = Lookups(self.hotline, self.conn, call, now)
            desk(FileTicket(str(found.id), _caller_type(call), why_low=False))

    def replace_earlier(self, call: Call, number: int, voice: Voice, now: datetime) -> None:
        """Whoever was cut off while speaking once more has a ticket already, with the earlier recording."""
        asked = calls.place_after(self.conn, call.id, number - 1)
        if callflows.recorded_for(asked) == "complaint" and not callflows.is_left_behind(asked):
            recording_id = RecordingId(int(voice.recording))
            open_by_phone.replace_recording(self.conn, call.id, recording_id, now)


def _caller_type(call: Call) -> Literal["individual", "organisation"] | None:
    match call.caller_type:
        case "individual" | "organisation" as known:
            return known
        case _:
            return None
