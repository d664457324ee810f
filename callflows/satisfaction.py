"""Asks whether an answer helped: once per answer, in the call that brings it or the one that asks for it."""

from __future__ import annotations

from datetime import date

from callflows.escalations import AnswerHeard, CallAttemptOver, GivesVerdict, Judged
from callflows.office import Office
from callflows.states import Go, State, go, to_person
from callflows.vocabulary import (
    Ask,
    CallbackOwed,
    Ended,
    Fact,
    Goodbye,
    Heard,
    Keys,
    Place,
    Plain,
    Press,
    Turn,
    say,
)

SATISFIED = "1"


def ask(office: Office, place: Place) -> Turn:
    """The answer itself the first time and after `9`, then the question."""
    answer = () if place.get("read") else (say("status_answer", answer=Plain(place.get("answer"))),)
    question = say("verdict_ask" if office.staffed else "verdict_ask_closed")
    return Turn(place.keep(read="1"), (*answer, question), Press(seconds=office.key_seconds))


def hear(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Satisfied, not satisfied (the ticket opens again), or a callback (ASK-25)."""
    match heard:
        case Keys(pressed="1" | "2" as key):
            judging = place.keep(verdict=key).move("verdict.giving")
            return Turn(judging, (), Ask(_question(judging)), _heard(place))
        case Keys(pressed="3") if office.caller_callable:
            return go(place, "farewell", *_heard(place), CallbackOwed("asked"), say("callback_noted"))
        case Keys(pressed="3"):
            return go(place, "callback", *_heard(place))
        case Keys(pressed="9"):
            return go(place.keep(read=""), "verdict.ask", *_heard(place))
        case Keys(pressed="0"):
            return to_person(office, place, *_heard(place))
        case _:
            return None


def _question(place: Place) -> GivesVerdict:
    return GivesVerdict(place.get("call_attempt"), place.get("answer_id"), place.get("verdict") == SATISFIED)


def give(_office: Office, place: Place) -> Turn:
    """Write the verdict down."""
    return Turn(place, (), Ask(_question(place)))


def given(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Thanks, or by when it is answered anew; a second verdict, or one on an old answer, changes nothing."""
    match heard:
        case Judged(overtaken=True):
            return go(place, "farewell", say("verdict_overtaken"))
        case Judged(first=False):
            return go(place, "farewell", say("verdict_before"))
        case Judged(due=date() as due):
            return go(place, "farewell", say("verdict_sorry", due=due))
        case Judged():
            return go(place, "farewell", say("verdict_thanks"))
        case _:
            return None


def no_verdict(_office: Office, place: Place) -> Go:
    """No answer is no verdict."""
    return go(place, "farewell", *_heard(place))


def leave(_office: Office, place: Place) -> Turn:
    """Hanging up gives no verdict, but the answer was heard."""
    return Turn(place.move("over"), (), Goodbye(), (*_heard(place), Ended("hung_up")))


def _heard(place: Place) -> tuple[Fact, ...]:
    """The answer was heard, and with it whatever the call was placed for."""
    call_attempt, heard = place.get("call_attempt"), AnswerHeard(place.get("answer_id"))
    return (CallAttemptOver(call_attempt, "told"), heard) if call_attempt else (heard,)


STATES = {
    "verdict.ask": State(ask, hear, no_verdict, leave),
    "verdict.giving": State(give, given, no_verdict, leave),
}
