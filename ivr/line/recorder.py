"""Writes what a turn learnt into the logbook, one fact at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from callflows.escalations import AnswerHeard, CallAttemptOver
from callflows.vocabulary import (
    CallbackOwed,
    CallbackSettled,
    CallerType,
    Consent,
    Ended,
    Fact,
    Guided,
    LegOver,
    Purpose,
    Rang,
    Rated,
    RatingBegun,
    RatingEnded,
    Turn,
)
from ivr.line import outgoing_call
from logbook.calls import callbacks, calls, legs, ratings
from logbook.calls.calls import Call, CallNotes
from logbook.sending import citizen_calls
from logbook.settings import own_numbers
from logbook.settings.config_file import RatingsPart
from logbook.tickets import restricted


@dataclass(frozen=True)
class Recorder:
    """Records facts of one call in one transaction; `turn` is the number of the turn that taught them."""

    conn: Connection
    call: Call
    criteria_set: RatingsPart
    office_numbers: frozenset[str]
    turn: int
    leg_sid: str | None
    now: datetime

    def record(self, turn: Turn) -> CallNotes:
        """Record every fact of `turn`, and return what is written with the call's place.

        The call's purpose is the first thing it came for.
        """
        noted = calls.NOTHING
        for fact in turn.learnt:
            noted = self._record(fact, noted)
        return noted

    def _record(self, fact: Fact, noted: CallNotes) -> CallNotes:  # noqa: C901 - one flat line a fact
        conn, call, now = self.conn, self.call, self.now
        match fact:
            case Purpose(name=name):
                return noted if call.purpose else replace(noted, purpose=name)
            case CallerType(name=name):
                return replace(noted, caller_type=name)
            case Consent():
                self._consent(fact)
            case Guided():
                restricted.guided(conn, call, now)
            case RatingBegun():
                ratings.begin_response(conn, call.id, self.criteria_set.key, self.criteria_set.version, now)
            case Rated(criterion=criterion, value=value):
                ratings.rate(conn, call.id, criterion, value, now)
            case RatingEnded(state=state):
                ratings.finish(conn, call.id, state, now)
            case Rang(person=person, number=number, key=key):
                legs.ring(conn, call.id, self.turn + 1, person, number, now, key_asked=key)
            case LegOver(outcome=outcome, seconds=seconds):
                legs.leg_ended(conn, call.id, self.turn, outcome, seconds, self.leg_sid, now)
            case CallbackOwed(reason=reason, number=number):
                wanted = own_numbers.callable_citizen(number or call.caller_number, self.office_numbers)
                if wanted is not None:  # a number that is never dialled gets no callback either (T-13)
                    callbacks.owe(conn, call, reason, wanted, now)
            case CallbackSettled():
                callbacks.settle(conn, call.id, now)
            case CallAttemptOver(call_attempt=call_attempt, result=result):
                outgoing_call.end(conn, outgoing_call.CallAttempt.read(call_attempt), result, now)
            case AnswerHeard(answer=answer):
                ticket_id, event = outgoing_call.answer_named(answer)
                citizen_calls.heard_answer(conn, ticket_id, event, now)
            case Ended(outcome=outcome):
                return replace(noted, end=noted.end or (outcome, now))
            case _:
                assert_never(fact)
        return noted

    def _consent(self, fact: Consent) -> None:
        calls.consent(
            self.conn,
            call_id=self.call.id,
            turn=self.turn,
            purpose="complaint",
            wording_version=fact.wording,
            key=fact.key,
            given=fact.given,
            now=self.now,
        )
