"""Handles one turn of a webhook: take the turn, hear, advance the dialogue, record, answer.

Everything happens in the caller's transaction. Natural keys decide what is new: the call, the number of
its turn, the recording (T-02, F-04).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

import callflows
from callflows.office import Office
from callflows.vocabulary import Heard, HungUp, Keys, Place, Press, Silence, Slip, Turn
from ivr.line.conversation import carry_on, open_call, place_from_text, place_to_text
from ivr.line.hotline import Hotline
from ivr.line.lookups import Lookups
from ivr.line.provider_form import RecordingNews, Request, StatusNews, heard
from ivr.line.recorded_speech import RecordedSpeech
from ivr.line.recorder import Recorder
from ivr.line.twiml import NOTHING, Speaker
from ivr.line.wording import kept
from logbook import phone_numbers
from logbook.calls import calls, legs, open_calls
from logbook.calls.calls import Call, CallNotes
from logbook.recordings import recordings

MOST_TURNS = 500
"""Beyond this a call is a loop, not a conversation."""
CLOCK_SLACK = 1
"""Seconds by which a host's idea of a question's time may be shorter than ours."""
log = structlog.get_logger("ivr.line.exchange")


@dataclass(frozen=True)
class Exchange:
    """The line's exchanges within one transaction."""

    hotline: Hotline
    speaker: Speaker
    conn: Connection

    @property
    def _speech(self) -> RecordedSpeech:
        return RecordedSpeech(self.hotline, self.conn)

    def first(self, request: Request, opening: Callable[[Office], Turn] = callflows.begin) -> str:
        """Begin with `opening`, the greeting of our telephone; a repeated first request is answered alike."""
        call = self._begin(request)

        def open_up(office: Office, desk: Lookups) -> Turn:
            return open_call(office, opening, desk)

        return self._once(call, 0, lambda: self._take(call, 0, None, open_up, request))

    def next(self, request: Request, number: int) -> str:
        """Answer turn `number`; whoever repeats a turn gets its answer again."""
        call = calls.take(self.conn, request.sid)
        if call is None or number == 0:
            return self.first(request)
        if number > MOST_TURNS:
            return NOTHING
        if number > call.turn:
            return self.speaker.go_to_turn(call.turn)
        answer = self._once(call, number, lambda: self._go_on(call, number, request))
        if request.over and (moved := calls.take(self.conn, request.sid)) is not None:
            self._ask_about_what_is_missing(self._settle(moved, number))
        return answer

    def gone(self, news: StatusNews) -> None:
        """Handle the status callback; after the end the dialogue hears the hang-up."""
        call = calls.take(self.conn, news.sid)
        if call is None:
            return
        now = self._now(call)
        if news.recording is not None:
            self._speech.mentioned(call, news.recording)
        call = calls.hear_status(self.conn, call, news.status, news.sequence, news.seconds, now)
        if call.status in calls.OVER:
            if news.status == calls.LOST:
                calls.end(self.conn, call.id, calls.LOST, now)
            call = self._offstage(call, HungUp(), now)
            if recordings.any_of(self.conn, call.id):
                call = self._settle(call, call.turn)
                self._speech.file_unheard(call, now)
            self._ask_about_what_is_missing(call)

    def recorded(self, news: RecordingNews, number: int) -> None:
        """The callback of a recording, before or after the caller's own request brings it (TEL-5)."""
        call = calls.take(self.conn, news.sid)
        if call is None:
            return
        if news.absent and news.recording.sid is None:
            return
        kept = self._speech.keep(call, number, news.recording)
        if news.absent:
            recordings.absent(self.conn, kept, news.error_code)
            return
        call = self._settle(call, number)
        if call.status in calls.OVER:
            self._speech.file_unheard(call, self._now(call))
        self._ask_about_what_is_missing(call)

    def _go_on(self, call: Call, number: int, request: Request) -> str:
        did = self._hear(call, number, request)

        def advance(office: Office, desk: Lookups) -> Turn:
            return carry_on(office, place_from_text(call.place), did, desk)

        return self._take(call, number, did, advance, request)

    def _begin(self, request: Request) -> Call:
        shift, now = self._shift(request), self.hotline.clock.now()
        caller = phone_numbers.parse(request.caller)
        outgoing = request.direction.startswith("outbound")
        ours = not outgoing and caller.e164 in self.hotline.office_now.numbers
        return calls.begin(
            self.conn,
            sid=request.sid,
            direction=request.direction,
            caller_raw=caller.raw,
            caller_number=None if ours else caller.e164,
            called=phone_numbers.parse(request.called).e164 or request.called,
            language=self.hotline.settings.line.language,
            place="",
            time_shift=shift,
            now=now + timedelta(seconds=shift),
            ask_at=now + timedelta(minutes=self.hotline.settings.line.ask_after_minutes),
        )

    def _shift(self, request: Request) -> int:
        """In a demonstration a call may bring its own time; seconds ahead of the clock."""
        if request.own_time is None or not self.hotline.settings.is_demo:
            return 0
        return math.ceil((request.own_time - self.hotline.clock.now()).total_seconds())

    def _now(self, call: Call | None) -> datetime:
        return self.hotline.clock.now() + timedelta(seconds=call.time_shift if call else 0)

    def _once(self, call: Call, number: int, take: Callable[[], str]) -> str:
        if number < call.turn:
            return calls.answer_of(self.conn, call.id, number) or NOTHING
        return take()

    def _hear(self, call: Call, number: int, request: Request) -> Heard:
        """What the caller did; a recording whose own request got lost is found by its turn."""
        recording = None
        if request.recording is not None:
            recording = str(self._speech.keep(call, number, request.recording))
        shortest = self.hotline.settings.duty.shortest_talk_seconds
        request, accepted = self._since_the_key(call, number, request)
        did, place = heard(request, recording, shortest, accepted=accepted), place_from_text(call.place)
        if isinstance(did, Silence | Slip) and callflows.recorded_for(place.at):
            return self._speech.waiting(call, number, hung_up=request.over) or did
        if isinstance(did, Silence) and self._came_too_soon(call, number, place, request):
            return Slip()
        return did

    def _since_the_key(self, call: Call, number: int, request: Request) -> tuple[Request, bool]:
        """The end of a leg as heard, and whether the key that was asked for was pressed (R3).

        Some hosts count the seconds from picking up: a talk is no longer than what has passed since the key.
        On a clock of its own a telephone of ours counts by itself.
        """
        leg = legs.rung(self.conn, call.id, number) if request.leg_outcome is not None else None
        if leg is None or not leg.key_asked:
            return request, True
        virtual = request.pause is not None and self.hotline.settings.is_demo
        if leg.accepted_at is not None and request.leg_seconds is not None and not virtual:
            since = math.ceil((self._now(call) - leg.accepted_at).total_seconds())
            request = replace(request, leg_seconds=min(request.leg_seconds, max(since, 0)))
        return request, leg.accepted

    def _came_too_soon(self, call: Call, number: int, place: Place, request: Request) -> bool:
        """Whether a turn without a key came back before the question's time was over: nobody was silent.

        On some hosts a finishing key ends a question unreported (TEL-4). A call on a clock of its own
        brings the pause itself, in a demonstration only.
        """
        waits = place.get("waits")
        asked = calls.answered_at(self.conn, call.id, number - 1) if waits else None
        if request.over or asked is None:
            return False
        pause = (self._now(call) - asked).total_seconds()
        if request.pause is not None and self.hotline.settings.is_demo:
            pause = request.pause
        return pause < int(waits) - CLOCK_SLACK

    def _take(
        self,
        call: Call,
        number: int,
        did: Heard | None,
        decide: Callable[[Office, Lookups], Turn],
        request: Request,
    ) -> str:
        now = self._now(call)
        office = self.hotline.office_now.at(self.conn, now, call.caller_number)
        turn = decide(office, Lookups(self.hotline, self.conn, call, now))
        noted = self._record(call, number, turn, request.leg_sid, now)
        catalogue = self.hotline.texts[call.language]
        answer = self.speaker.render(turn, catalogue, number + 1, call.sid)
        calls.keep_turn(
            self.conn,
            call,
            number=number,
            heard=_heard_text(did, call.place),
            said=json.dumps([kept(each, catalogue) for each in turn.says], ensure_ascii=False),
            place=place_to_text(_with_privacy(turn)),
            place_name=turn.place.at,
            answer=answer,
            next_turn=number + 1,
            now=now,
            noted=noted,
        )
        return answer

    def _record(self, call: Call, number: int, turn: Turn, leg_sid: str | None, now: datetime) -> CallNotes:
        criteria, ours = self.hotline.settings.ratings, self.hotline.office_now.numbers
        return Recorder(self.conn, call, criteria, ours, number, leg_sid, now).record(turn)

    def _offstage(self, call: Call, did: Heard, now: datetime) -> Call:
        """The call after something heard without the caller waiting for an answer: no turn of its own."""
        if call.place in ("", calls.ERASED):
            calls.end(self.conn, call.id, "hung_up", now)
            return call
        office = self.hotline.office_now.at(self.conn, now, call.caller_number)
        desk = Lookups(self.hotline, self.conn, call, now)
        turn = carry_on(office, place_from_text(call.place), did, desk)
        noted, place = self._record(call, call.turn, turn, None, now), place_to_text(turn.place)
        calls.move(self.conn, call.id, place, call.turn, noted)
        return replace(call, place=place, caller_type=noted.caller_type or call.caller_type)

    def _ask_about_what_is_missing(self, call: Call) -> None:
        """The callback of an ended call's last recording, or of ringing a clerk, may never come."""
        if call.status not in calls.OVER or not call.place:
            return
        missing = callflows.is_left_behind(place_from_text(call.place).at)
        if missing and call.ask_at is None:
            minutes = self.hotline.settings.line.ask_after_minutes
            open_calls.ask(self.conn, call.id, self.hotline.clock.now() + timedelta(minutes=minutes))
        elif call.ask_at is not None and not missing:
            open_calls.ask(self.conn, call.id, None)

    def _settle(self, call: Call, number: int) -> Call:
        """A caller cut off while speaking in turn `number`, and a recording nobody claimed: file it now."""
        if not call.place or number < call.turn - 1:
            return call
        at = place_from_text(call.place).at
        if not callflows.may_hear_late(at):
            return call
        voice = self._speech.waiting(call, number, hung_up=True)
        if voice is None:
            return call
        if not callflows.is_over(at):
            return self._offstage(call, voice, self._now(call))
        self._speech.replace_earlier(call, number, voice, self._now(call))
        return call


def _with_privacy(turn: Turn) -> Place:
    """Remember at the place whether the keys to come are private."""
    private = isinstance(turn.awaits, Press) and turn.awaits.private
    if private == bool(turn.place.get("private")):
        return turn.place
    return turn.place.keep(private="1" if private else "")


def _heard_text(did: Heard | None, place: str) -> str:
    """What was heard as JSON; private keys (codes, PINs, numbers) are only counted."""
    if did is None:
        return "{}"
    if isinstance(did, Keys) and place_from_text(place).get("private"):
        did = replace(did, pressed="•" * len(did.pressed))
    return json.dumps({"heard": type(did).__name__, **asdict(did)}, ensure_ascii=False)
