"""An instruction of whoever directs, in writing or by voice (000-13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from logbook.accounts.rights import Act
from logbook.database.tables import ticket_events
from logbook.ids import RecordingId, TicketId
from logbook.tickets.lifecycle import ALL_STATES, TicketState
from logbook.tickets.verbs.verb import REASON_LIMIT, Changes, Leads, Left, MoveContext, Verb, checked_text


@dataclass(frozen=True, kw_only=True)
class GiveInstruction(
    Verb,
    name="instruct",
    from_states=ALL_STATES - {TicketState.GUIDED},
    leads=Leads.NOWHERE,
    right=Act.INSTRUCT,
):
    """The words, and the recording where it was spoken."""

    reason: str = ""
    instruction: str
    recording_id: RecordingId | Left = Left.OUT

    @classmethod
    def told(cls, details: Mapping[str, object]) -> Mapping[str, object]:
        """A recording is heard where it is an instruction."""
        spoken = details.get("recording_id")
        return {**details, "sound": spoken} if isinstance(spoken, int) else details

    def changes(self, _: MoveContext, /) -> Changes:
        """Nothing; but what the history alone keeps is not cut either."""
        checked_text(self.instruction, REASON_LIMIT)
        return {}


def tickets_of(conn: Connection, recording_id: RecordingId) -> list[TicketId]:
    """Return the ids of the tickets whose history has this recording as an instruction (T-10)."""
    details = ticket_events.c.details  # canonical JSON: no blanks, and quotes inside a text are escaped
    named = (details.contains(f'"recording_id":{recording_id}{end}', autoescape=True) for end in ",}")
    spoken = ticket_events.c.verb == GiveInstruction.name
    query = select(ticket_events.c.ticket_id).where(spoken, or_(*named))
    return list(conn.execute(query.distinct()).scalars())
