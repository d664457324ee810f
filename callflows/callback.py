"""Promises a callback, to the caller's number or another one, only where the line may dial it."""

from __future__ import annotations

from dataclasses import replace

from callflows.office import Office
from callflows.states import REPEATS, Go, State, go
from callflows.vocabulary import (
    Ask,
    CallbackOwed,
    Digits,
    Ended,
    Goodbye,
    Heard,
    Keys,
    MayBeCalled,
    MayCall,
    Place,
    Press,
    Say,
    Silence,
    Turn,
    say,
)

LONGEST_NUMBER = 15
"""The longest there is (E.164), so that the hash which ends a number never falls into the next question."""
SHORTEST_NUMBER = 3
"""Fewer keys are no try at a number."""
GROUP = 4
"""How a number is read back: 0258 3842 102."""


def ask(office: Office, place: Place) -> Turn:
    """Which number? Without one that may be called the caller has to key it in."""
    return Turn(place, (_question(office),), Press(LONGEST_NUMBER, seconds=10, private=True))


def _question(office: Office) -> Say:
    if office.caller_callable:
        return say("callback_confirm")
    return say("callback_number_not_ours" if office.caller_known else "callback_number")


def hear(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """`1` or silence takes the number that is calling; another one is checked before it is promised."""
    match heard:
        case Keys(pressed="1") | Silence() if office.caller_callable:
            return go(place, "farewell", CallbackOwed("asked"), say("callback_noted"))
        case Keys(pressed=number) if len(number) >= SHORTEST_NUMBER:
            return check(office, replace(place.keep(number=number), at="callback.checking"))
        case Keys(pressed="2"):
            return go(place, "complaint.type")
        case _:
            return None


def check(_office: Office, place: Place) -> Turn:
    """Ask the logbook whether the line would dial it."""
    return Turn(place, (), Ask(MayBeCalled(place.get("number"))))


def checked(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """The number is read back, or asked for again; after three that are not right there are other ways."""
    kept = tuple(one for one in place.kept if one[0] != "number")
    asked = replace(place, at="callback", kept=kept)
    match heard:
        case MayCall(number=str(number), renewed=renewed):
            noted = say("callback_noted_number", number=Digits(number, GROUP))
            before = (say("callback_number_renewed"),) if renewed else ()
            return go(asked, "farewell", CallbackOwed("asked", number), *before, noted)
        case MayCall() if place.tries >= REPEATS:
            return give_up(office, asked)
        case MayCall():
            return Go(replace(asked, tries=place.tries + 1), (say("callback_number_wrong"),))
        case _:
            return None


def give_up(office: Office, place: Place) -> Go:
    """No number after three questions."""
    if office.caller_callable:
        return go(place, "farewell", CallbackOwed("asked"), say("callback_noted"))
    return go(place, "goodbye", say("call_again_in_hours"))


def hang_up(office: Office, place: Place) -> Turn:
    """Hanging up at this question takes the number that is calling."""
    owed = (CallbackOwed("asked"),) if office.caller_callable else ()
    return Turn(place.move("over"), (), Goodbye(), (*owed, Ended("hung_up")))


STATES = {
    "callback": State(ask, hear, give_up=give_up, hung_up=hang_up),
    "callback.checking": State(check, checked, give_up=give_up, hung_up=hang_up),
}
