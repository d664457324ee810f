"""A promise to call back, to the number that is calling or to another one."""

from __future__ import annotations

from callflows.office import Office
from callflows.states import Go, State, go
from callflows.vocabulary import (
    CallbackOwed,
    Digits,
    Ended,
    Goodbye,
    Heard,
    Keys,
    Place,
    Press,
    Silence,
    Turn,
    say,
)

LONGEST_NUMBER = 11
SHORTEST_NUMBER = 9
GROUP = 4
"""How a number is read back: 0258 3842 102."""


def ask(office: Office, place: Place) -> Turn:
    """Which number? Without one that is known the caller has to key it in."""
    key = "callback_confirm" if office.caller_known else "callback_number"
    return Turn(place, (say(key),), Press(LONGEST_NUMBER, seconds=10, private=True))


def hear(office: Office, place: Place, heard: Heard) -> Go | None:
    """`1` or silence takes the number that is calling."""
    match heard:
        case Keys(pressed="1") | Silence() if office.caller_known:
            return go(place, "farewell", CallbackOwed("asked"), say("callback_noted"))
        case Keys(pressed=number) if _could_be_number(number):
            noted = say("callback_noted_number", number=Digits(number, GROUP))
            return go(place, "farewell", CallbackOwed("asked", number), noted)
        case Keys(pressed="2"):
            return go(place, "complaint.type")
        case _:
            return None


def _could_be_number(text: str) -> bool:
    return (
        text.isascii()
        and text.isdigit()
        and text[0] == "0"
        and SHORTEST_NUMBER <= len(text) <= LONGEST_NUMBER
    )


def give_up(office: Office, place: Place) -> Go:
    """No number after three questions."""
    if office.caller_known:
        return go(place, "farewell", CallbackOwed("asked"), say("callback_noted"))
    return go(place, "goodbye", say("call_again_in_hours"))


def hang_up(office: Office, place: Place) -> Turn:
    """Hanging up at this question takes the number that is calling."""
    owed = (CallbackOwed("asked"),) if office.caller_known else ()
    return Turn(place.move("over"), (), Goodbye(), (*owed, Ended("hung_up")))


STATES = {"callback": State(ask, hear, give_up=give_up, hung_up=hang_up)}
