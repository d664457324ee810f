"""What the logbook has of one call, as the page beside the telephone shows it; numbers are masked."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from ivr.line.conversation import place_from_text
from logbook.calls import history
from logbook.calls.history import Call
from logbook.clock import local
from logbook.installation import Installation
from logbook.phone_numbers import masked
from logbook.recordings import recordings
from logbook.tickets import tickets
from logbook.tickets.tickets import TicketHead

Line = tuple[str, str]


def kept(installation: Installation, call_sid: str) -> dict[str, object] | None:
    """Return the place in the dialogue, lines of label and value, and the tickets; None for no such call."""
    with installation.database.reading() as conn:
        call = history.of_sid(conn, call_sid)
        if call is None:
            return None
        return _Kept(installation, conn, call).shown()


class _Kept:
    def __init__(self, installation: Installation, conn: Connection, call: Call) -> None:
        self._conn, self._call = conn, call
        settings = installation.settings
        self._says = installation.texts[settings.line.language].sentence
        self._console = f"{settings.public_url}/console"

    def shown(self) -> dict[str, object]:
        place = place_from_text(self._call.place).at if self._call.place else ""
        outgoing = self._call.direction.startswith("outbound")
        return {
            "state": place,
            "lines": [] if outgoing else list(self._lines()),
            "tickets": [] if outgoing else [self._ticket(each) for each in self._tickets()],
        }

    def _tickets(self) -> list[TicketHead]:
        return tickets.of_call(self._conn, self._call.id)

    def _lines(self) -> Iterator[Line]:
        call, says = self._call, self._says
        caller = masked(call.caller_number) if call.caller_number else says("phone_withheld")
        yield says("phone_kept_call"), f"{call.id} · {caller} · {local(call.started_at):%H:%M %d/%m/%Y}"
        yield says("phone_kept_purpose"), says(f"call_purpose_{call.purpose or 'unknown'}")
        if call.caller_type:
            yield says("phone_kept_who"), says(f"phone_kept_{call.caller_type}")
        for consent in history.consents_of(self._conn, call.id):
            answer = says("phone_kept_agreed" if consent.given else "phone_kept_refused")
            yield says("phone_kept_consent"), f"{answer} · {consent.wording_version}"
        for sound in history.sounds_of(self._conn, call.id):
            length = f"{sound.seconds} s · " if sound.seconds is not None else ""
            yield says("phone_kept_sound"), length + says(f"phone_sound_{sound.state}")
        rating = history.rating_of(self._conn, call.id)
        if rating is not None:
            yield says("phone_kept_rating"), ", ".join(str(value) for value in rating.values) or "–"
        yield says("phone_kept_outcome"), says(f"call_outcome_{call.outcome or 'unknown'}")

    def _ticket(self, ticket: TicketHead) -> dict[str, str]:
        says = self._says
        audio = None if ticket.recording_id is None else recordings.find(self._conn, ticket.recording_id)
        return {
            "code": ticket.code,
            "state": says(f"ticket_state_{ticket.state}"),
            "due": f"{local(ticket.answer_due_at):%H:%M %d/%m/%Y}",
            "audio": says(f"phone_sound_{audio.state}") if audio else says("phone_sound_absent"),
            "address": f"{self._console}/tickets/{ticket.code}",
        }
