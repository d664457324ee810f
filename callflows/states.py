"""Defines what a state of a dialogue is, and what all states have in common.

`9` says the question again everywhere, and `0` leads a citizen to the clerk, or to a call back while nobody
can be rung. Silence and keys nobody offered are asked again twice; a citizen is then handed on to a person.
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
    Plain,
    Press,
    Purpose,
    RecordedFor,
    Said,
    Say,
    Silence,
    Slip,
    Term,
    Turn,
    When,
    say,
)

SOMEBODY, NOBODY = "1", "0"
"""Whether somebody could be rung when a question was asked, as its place keeps it."""
AGAIN = "9"
CLERK = "0"
REPEATS = 2
SLIPS = 3
"""How often in a row a slip is asked again for nothing; the next one is silence, so that every call ends."""
FINISHING = "#*"
OVER = "over"
"""Where every dialogue ends."""


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
    """What hanging up means where no callback is open."""
    return Turn(place.move(OVER), (), Goodbye(), (Ended("hung_up"),))


def hand_on(_office: Office, place: Place) -> Go:
    """What happens after two repeats: a person, now or by a call back."""
    return go(place, "transfer", say("too_many_errors"))


def zero(office: Office) -> Term:
    """What `0` offers at this moment, as the end of a question."""
    return Term("zero_clerk" if office.staffed else "zero_call_me")


def zero_then_hash(office: Office) -> Term:
    """As `zero`, where more than one key is awaited."""
    return Term("zero_clerk_hash" if office.staffed else "zero_call_me_hash")


def to_person(office: Office, place: Place, *before: Said | Fact) -> Go:
    """Where `0` leads: the clerk, or a call back while nobody can be rung.

    What `0` offered when the question was asked decides what is said first: whoever was offered the clerk
    hears that the line has closed meanwhile, and whoever was offered a call hears that it has opened.
    """
    offered = place.get("staffed")
    if office.staffed:
        opened = (say("clerk_here_now"),) if offered == NOBODY else ()
        return go(place, "transfer", *before, *opened)
    if offered == NOBODY:
        return go(place, "callback", *before, Purpose("clerk"))
    return go(place, "transfer", *before)


def opening(office: Office) -> Say:
    """When the line works again."""
    if office.next_opening is None:
        return say("next_opening_unknown")
    return say("next_opening", opening=When(office.next_opening, office.today))


def why_closed(office: Office) -> tuple[Say, ...]:
    """Why nobody can be rung now, and when the line opens."""
    if office.open:
        return (say("clerk_none"),)
    if office.state == "lunch" and not office.midday:
        return (say("now_break"), opening(office))
    return (say(f"now_{office.state}", reason=Plain(office.reason)), opening(office))


def closed_since(office: Office, place: Place) -> tuple[Say, ...]:
    """The reason, where the question before this one still offered the clerk."""
    return why_closed(office) if place.get("staffed") == SOMEBODY and not office.staffed else ()


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
    records: RecordedFor | None = None
    """What a recording is made for that is asked for here, or whose news may still reach this state."""
    left_behind: bool = False
    """Nobody is there any more, but the provider may still bring news of what they left."""


States = Mapping[str, State]


def arrive(states: States, office: Office, step: Turn | Go) -> Turn:
    """Follow walks until a turn that needs the caller, or the logbook, again."""
    while isinstance(step, Go):
        arrived = states[step.place.at].ask(office, step.place)
        step = replace(arrived, says=step.says + arrived.says, learnt=step.learnt + arrived.learnt)
    return _asked(office, step)


def _asked(office: Office, turn: Turn) -> Turn:
    """The turn whose place remembers what its question offered, and how long it waits for a key."""
    if not isinstance(turn.awaits, Press):
        kept = tuple(one for one in turn.place.kept if one[0] != "waits")
        return turn if kept == turn.place.kept else replace(turn, place=replace(turn.place, kept=kept))
    staffed, waits = SOMEBODY if office.staffed else NOBODY, str(turn.awaits.seconds)
    if turn.place.get("staffed") == staffed and turn.place.get("waits") == waits:
        return turn
    return replace(turn, place=turn.place.keep(staffed=staffed, waits=waits))


def respond(states: States, office: Office, place: Place, heard: Heard) -> Turn:
    """The turn that follows when `heard` reaches a call standing at `place`."""
    state = states[place.at]
    if isinstance(heard, HungUp):
        return arrive(states, office, state.hung_up(office, place))
    slips, slipped = place.get("slips"), _is_slip(heard)
    fresh = place
    if slips and isinstance(heard, Keys | Silence | Slip):  # an answer of the logbook ends no row of slips
        fresh = replace(place, kept=tuple(one for one in place.kept if one[0] != "slips"))
    if isinstance(heard, Slip) and len(slips) >= SLIPS:
        heard = Silence()
    step = None if isinstance(heard, Slip) else state.hear(office, fresh, heard)
    if step is None and slipped and len(slips) < SLIPS:
        step = Go(fresh.keep(slips=f"{slips}#"))
    if step is None:
        step = _otherwise(state, office, place if slipped else fresh, heard)
    return arrive(states, office, step)


def _is_slip(heard: Heard) -> bool:
    """A slip, or finishing keys where the question did not offer them."""
    return isinstance(heard, Slip) or (isinstance(heard, Keys) and not heard.pressed.strip(FINISHING))


def _otherwise(state: State, office: Office, place: Place, heard: Heard) -> Turn | Go:
    match heard:
        case Keys(pressed=key) if key == AGAIN:
            return Go(replace(place, tries=0))
        case Keys(pressed=key) if key == CLERK and state.manners.zero_is_clerk:
            return to_person(office, place)
        case _ if place.tries >= REPEATS:
            return state.give_up(office, place)
        case Silence():
            return Go(replace(place, tries=place.tries + 1), (state.manners.silent,))
        case _:
            return Go(replace(place, tries=place.tries + 1), (state.manners.wrong,))
