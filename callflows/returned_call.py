"""The call that returns a callback: a clerk picks up, presses one, and then the citizen is rung (R3).

A voice mail box presses nothing, so it is never joined to a citizen. `9` says again whom the call is for.
"""

from __future__ import annotations

from typing import Literal

from callflows.escalations import CallAttemptOver, CallBackTo, ReturnedResult, WhomToCallBack
from callflows.office import Office
from callflows.states import TO_OFFICIALS, Go, State, go
from callflows.vocabulary import (
    Ask,
    Digits,
    Ended,
    Fact,
    Goodbye,
    Heard,
    Keys,
    LegEnded,
    LegOver,
    Place,
    Plain,
    Press,
    Rang,
    Ring,
    Say,
    Turn,
    say,
)

CITIZEN = "citizen"
"""Who is rung, as a leg names them."""
_RESULTS: dict[str, ReturnedResult] = {
    "completed": "talked",
    "brief": "brief",
    "busy": "citizen_busy",
    "no-answer": "citizen_absent",
}


def begin(_office: Office, call_attempt: str) -> Go:
    """The first turn of the call."""
    return Go(Place("returned").keep(call_attempt=call_attempt))


def ask(_office: Office, place: Place) -> Turn:
    """Each time anew: the citizen may have been reached, or have named another number, meanwhile."""
    return Turn(place, (), Ask(WhomToCallBack(place.get("call_attempt"))))


def hear(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Say who is to be called back and ask for the one."""
    match heard:
        case CallBackTo(number=None):
            return _not_allowed(place, heard)
        case CallBackTo(head=head):
            hello = say("return_hello", office=Plain(office.name), head=Digits(head, 4))
            return Turn(place, (hello,), Press(seconds=office.key_seconds))
        case Keys(pressed="1"):
            return go(place, "returned.dial")
        case _:
            return None


def dial(office: Office, place: Place, heard: Heard) -> Turn:
    """Ring the citizen; from here on the call stands where nobody is rung again."""
    match heard:
        case CallBackTo(number=str(number)):
            ring = Ring(CITIZEN, number, office.ring_seconds, office.talk_seconds)
            rang = (Rang(CITIZEN, number),)
            return Turn(place.move("returned.ringing"), (say("return_connecting"),), ring, rang)
        case CallBackTo():
            return _not_allowed(place, heard)
        case _:
            return enough(office, place)


def leg_ended(_office: Office, place: Place, heard: Heard) -> Turn:
    """Say to the clerk whether they talked; whatever is no end of the ringing is a failed one."""
    facts, talked, hung_up = _leg_over(place, heard)
    said = say("return_talked" if talked else "return_not_reached")
    ended = Ended("hung_up" if hung_up else "goodbye")
    return Turn(place.move("over"), (said,), Goodbye(), (*facts, ended))


def failed(office: Office, place: Place) -> Turn:
    """Asked again while it rings: nobody is rung a second time."""
    return leg_ended(office, place, LegEnded("failed"))


def enough(_office: Office, place: Place) -> Turn:
    """No one was pressed: a voice mail box, or a clerk who cannot talk now."""
    return _over(place, say("return_not_now"), "answered")


def hang_up(_office: Office, place: Place) -> Turn:
    """The clerk is gone before the one."""
    facts = (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("hung_up"))
    return Turn(place.move("over"), (), Goodbye(), facts)


def hang_up_ringing(_office: Office, place: Place) -> Turn:
    """How the ringing ended may still be on its way, and it may have been a talk."""
    return Turn(place.move("returned.left"), (), Goodbye(), (Ended("hung_up"),))


def wait_for_news(_office: Office, place: Place) -> Turn:
    """Nobody is left to speak to."""
    return Turn(place, (), Goodbye())


def hear_late(_office: Office, place: Place, heard: Heard) -> Turn:
    """The callback about the ringing came after the end of the call: a talk counts all the same."""
    if not isinstance(heard, LegEnded):
        return Turn(place, (), Goodbye())
    return Turn(place.move("over"), (), Goodbye(), _leg_over(place, heard)[0])


def _leg_over(place: Place, heard: Heard) -> tuple[tuple[Fact, ...], bool, bool]:
    leg = heard if isinstance(heard, LegEnded) else LegEnded("failed")
    result = _RESULTS.get(leg.outcome, "citizen_failed")
    facts = (LegOver(leg.outcome, leg.seconds), CallAttemptOver(place.get("call_attempt"), result))
    return facts, result == "talked", leg.hung_up


def _not_allowed(place: Place, answer: CallBackTo) -> Turn:
    if answer.why == "over":
        return _over(place, say("return_over"), "answered")
    return _over(place, say("return_not_now"), answer.why)


def _over(place: Place, said: Say, result: Literal["answered", "not_allowed", "trial"]) -> Turn:
    facts = (CallAttemptOver(place.get("call_attempt"), result), Ended("goodbye"))
    return Turn(place.move("over"), (said,), Goodbye(), facts)


STATES = {
    "returned": State(ask, hear, enough, hang_up, TO_OFFICIALS),
    "returned.dial": State(ask, dial, enough, hang_up, TO_OFFICIALS),
    "returned.ringing": State(failed, leg_ended, failed, hang_up_ringing, TO_OFFICIALS),
    "returned.left": State(wait_for_news, hear_late, wait_for_news, wait_for_news, left_behind=True),
}
