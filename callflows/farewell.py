"""The end of a call: one more choice, then goodbye."""

from __future__ import annotations

from callflows.office import Office
from callflows.states import OVER, Go, State, go, zero
from callflows.vocabulary import Ended, Goodbye, Heard, Keys, Place, Press, Silence, Turn, say


def ask(office: Office, place: Place) -> Turn:
    """Anything else? Silence means no."""
    return Turn(place, (say("anything_else", zero=zero(office)),), Press(seconds=office.key_seconds))


def hear(_office: Office, place: Place, heard: Heard) -> Go | None:
    """`9` reads the main menu again."""
    match heard:
        case Keys(pressed="9"):
            return go(place, "menu", staffed=place.get("staffed"))
        case Silence():
            return go(place, "goodbye")
        case _:
            return None


def goodbye(_office: Office, place: Place) -> Turn:
    """The last sentence."""
    return Turn(place.move(OVER), (say("goodbye"),), Goodbye(), (Ended("goodbye"),))


def over(_office: Office, place: Place) -> Turn:
    """A call that is over says nothing and learns nothing."""
    return Turn(place, (), Goodbye())


def hear_nothing(office: Office, place: Place, _heard: Heard) -> Turn:
    """Whatever arrives late changes nothing."""
    return over(office, place)


STATES = {
    "farewell": State(ask, hear),
    "goodbye": State(goodbye, hear_nothing, over, over),
    OVER: State(over, hear_nothing, over, over),
}
