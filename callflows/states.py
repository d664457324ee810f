"""The shape of one state of a dialogue, and what every state has in common.

`9` says the question again everywhere, and `0` leads a citizen to the clerk. Silence and keys nobody offered
are asked again twice; a citizen is then handed on to a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from callflows.office import Office
from callflows.vocabulary import (
    Ended,
    Fact,
    Goodbye,
    Heard,
    HungUp,
    Keys,
    Place,
    Said,
    Say,
    Silence,
    Turn,
    say,
)

AGAIN = "9"
CLERK = "0"
REPEATS = 2


@dataclass(frozen=True)
class Go:
    """Walk to another state and ask its question there."""

    place: Place
    says: tuple[Said, ...] = ()
    learnt: tuple[Fact, ...] = ()


def go(place: Place, to: str, *before: Said | Fact, **carried: str) -> Go:
    """A walk from `place` to the state `to`, saying and learning `before` on the way.

    What was kept stays within its room, except what is `carried` along.
    """
    turn = Turn(place, (), Goodbye()).after(*before)
    return Go(place.move(to).keep(**carried), turn.says, turn.learnt)


def leave(_office: Office, place: Place) -> Turn:
    """What hanging up means where nothing is owed."""
    return Turn(place.move("over"), (), Goodbye(), (Ended("hung_up"),))


def hand_on(_office: Office, place: Place) -> Go:
    """What happens after two repeats: a person, now or by a call back."""
    return go(place, "transfer", say("too_many_errors"))


@dataclass(frozen=True)
class Manners:
    """How a question is asked again after silence and after a wrong key, and whether `0` is the clerk."""

    silent: Say
    wrong: Say
    zero_is_clerk: bool


TO_CITIZENS = Manners(say("no_input"), say("invalid_key"), zero_is_clerk=True)
TO_OFFICIALS = Manners(say("chair_no_input"), say("chair_invalid_key"), zero_is_clerk=False)


@dataclass(frozen=True)
class State:
    """One state: its question, what an answer means, and what giving up and hanging up mean.

    `hear` answers None for what it did not offer.
    """

    ask: Callable[[Office, Place], Turn | Go]
    hear: Callable[[Office, Place, Heard], Turn | Go | None]
    give_up: Callable[[Office, Place], Turn | Go] = hand_on
    hung_up: Callable[[Office, Place], Turn | Go] = leave
    manners: Manners = TO_CITIZENS


States = Mapping[str, State]


def arrive(states: States, office: Office, step: Turn | Go) -> Turn:
    """Follow walks until a turn that needs the caller, or the logbook, again."""
    while isinstance(step, Go):
        arrived = states[step.place.at].ask(office, step.place)
        step = replace(arrived, says=step.says + arrived.says, learnt=step.learnt + arrived.learnt)
    return step


def respond(states: States, office: Office, place: Place, heard: Heard) -> Turn:
    """The turn that follows when `heard` reaches a call standing at `place`."""
    state = states[place.at]
    if isinstance(heard, HungUp):
        return arrive(states, office, state.hung_up(office, place))
    step = state.hear(office, place, heard)
    return arrive(states, office, step if step is not None else _otherwise(state, office, place, heard))


def _otherwise(state: State, office: Office, place: Place, heard: Heard) -> Turn | Go:
    match heard:
        case Keys(pressed=key) if key == AGAIN:
            return Go(replace(place, tries=0))
        case Keys(pressed=key) if key == CLERK and state.manners.zero_is_clerk:
            return go(place, "transfer")
        case _ if place.tries >= REPEATS:
            return state.give_up(office, place)
        case Silence():
            return Go(replace(place, tries=place.tries + 1), (state.manners.silent,))
        case _:
            return Go(replace(place, tries=place.tries + 1), (state.manners.wrong,))
