"""Puts the caller through to the clerk on duty, rings the next person, and always offers a choice.

Source: 000-01, 000-03, 000-10; nobody is rung out of hours.
"""

from __future__ import annotations

from typing import Literal

from callflows.office import Clerk, Office
from callflows.states import SOMEBODY, Go, State, go, to_person, why_closed
from callflows.vocabulary import (
    CallbackOwed,
    CallbackSettled,
    Ended,
    Fact,
    Goodbye,
    Heard,
    Keys,
    LegEnded,
    LegOver,
    Place,
    Press,
    Purpose,
    Rang,
    Ring,
    Turn,
    say,
)


def start(office: Office, place: Place) -> Turn | Go:
    """Ring the first on duty; out of hours say why nobody is there and offer the other ways."""
    if not office.open:
        return go(place, "transfer.closed", Purpose("clerk"))
    if not office.clerks:
        return _nobody(office, place, Purpose("clerk"))
    first = office.clerks[0]
    return _ring(office, place.keep(clerk_rung=""), first).after(Purpose("clerk"), say("connect_clerk"))


def _ring(office: Office, place: Place, clerk: Clerk) -> Turn:
    """Ring one person and keep who was rung: the order may change while this call rings."""
    called, key = ",".join([*_rung(place), clerk.person]), office.key_to_accept
    ring = Ring(clerk.person, clerk.number, office.ring_seconds, office.talk_seconds, key)
    place = place.keep(clerk_rung=called).move("transfer.ringing")
    return Turn(place, (), ring, (Rang(clerk.person, clerk.number, key),))


def _rung(place: Place) -> list[str]:
    return [person for person in place.get("clerk_rung").split(",") if person]


def _next(office: Office, place: Place) -> Clerk | None:
    """The first on duty whom this call has not rung yet."""
    called = _rung(place)
    left = (clerk for clerk in office.clerks if clerk.person not in called)
    return next(left, None) if office.open else None


def _missed(office: Office, reason: Literal["missed", "brief"] = "missed") -> tuple[CallbackOwed, ...]:
    return (CallbackOwed(reason),) if office.caller_callable else ()


def _nobody(office: Office, place: Place, *before: Fact) -> Go:
    """Nobody was reached: the number is noted, and the caller hears whether the line is still open."""
    to = "transfer.unavailable" if office.open else "transfer.closed"
    noted = "1" if office.caller_callable else ""
    return go(place, to, *before, *_missed(office), noted=noted)


def ring_again(office: Office, place: Place) -> Turn | Go:
    """The person this call stands at, should the question be repeated; the next if they are there no more."""
    *before, last = _rung(place) or [""]
    same = (clerk for clerk in office.clerks if clerk.person == last)
    clerk = next(same, None) if office.open else None
    if clerk is not None:
        return _ring(office, place.keep(clerk_rung=",".join(before)), clerk)
    following = _next(office, place)
    return _nobody(office, place) if following is None else _ring(office, place, following)


def leg_ended(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """A talk leads to the rating; anything else to the next person, then to a promise to call back.

    A moment's talk is no talk: it may have been the clerk's voice mail box.
    """
    match heard:
        case LegEnded(outcome="completed", seconds=seconds):
            return go(place, "rating.offer", LegOver("completed", seconds), CallbackSettled())
        case LegEnded(outcome="brief", seconds=seconds, hung_up=True):
            return _brief(office, place).after(LegOver("brief", seconds))
        case LegEnded(outcome=outcome, seconds=seconds, hung_up=True):
            return hang_up_unserved(office, place).after(LegOver(outcome, seconds))
        case LegEnded(outcome=outcome, seconds=seconds):
            over = LegOver(outcome, seconds)
        case _:
            over = LegOver("failed", 0)
    following = _next(office, place)
    if following is None:
        return _nobody(office, place, over)
    return _ring(office, place, following).after(over, say("connect_next"))


def hang_up_unserved(office: Office, place: Place) -> Turn:
    """Whoever asked for the clerk and reached nobody gets a callback."""
    return Turn(place.move("over"), (), Goodbye(), (*_missed(office), Ended("hung_up")))


def _brief(office: Office, place: Place) -> Turn:
    """The caller is gone after a moment's talk: a callback stays open, shown apart from missed calls."""
    return Turn(place.move("over"), (), Goodbye(), (*_missed(office, "brief"), Ended("hung_up")))


def hang_up_ringing(office: Office, place: Place) -> Turn:
    """As above, but how the ringing ended may still be on its way, and it may have been a talk."""
    return Turn(place.move("transfer.left"), (), Goodbye(), (*_missed(office), Ended("hung_up")))


def wait_for_news(_office: Office, place: Place) -> Turn:
    """Nobody is left to speak to."""
    return Turn(place, (), Goodbye())


def hear_late(office: Office, place: Place, heard: Heard) -> Turn:
    """The callback about the ringing came after the end of the call: a talk settles the open callback."""
    match heard:
        case LegEnded(outcome="completed", seconds=seconds):
            facts: tuple[Fact, ...] = (LegOver("completed", seconds), CallbackSettled())
        case LegEnded(outcome="brief", seconds=seconds):
            facts = (LegOver("brief", seconds), *_missed(office, "brief"))
        case LegEnded(outcome=outcome, seconds=seconds):
            facts = (LegOver(outcome, seconds),)
        case _:
            return wait_for_news(office, place)
    return Turn(place.move("over"), (), Goodbye(), facts)


def unavailable(office: Office, place: Place) -> Turn | Go:
    """All busy: the number is noted where it may be called, and the caller chooses."""
    if not office.open:
        return go(place, "transfer.closed")
    if office.staffed:
        said = say("clerk_unavailable" if office.caller_callable else "clerk_unavailable_hidden")
    else:
        said = say("clerk_nobody" if office.caller_callable else "clerk_nobody_hidden")
    return Turn(place, (said,), Press(seconds=office.key_seconds))


def hear_unavailable(office: Office, place: Place, heard: Heard) -> Go | None:
    """Try again where that was offered, be called back, or leave a complaint."""
    match heard:
        case Keys(pressed="1") if office.staffed or place.get("staffed") == SOMEBODY:
            return go(place, "transfer")
        case Keys(pressed="0"):
            return to_person(office, place)
        case _:
            return _other_ways(place, heard)


def closed(office: Office, place: Place) -> Turn | Go:
    """Nobody sits at the line now; who hears this again once it has opened is put through."""
    if office.open:
        return go(place, "transfer", say("clerk_here_now"))
    noted = (say("callback_missed"),) if place.get("noted") else ()
    ways = say("clerk_closed_ways_noted" if noted else "clerk_closed_ways")
    return Turn(place, (*why_closed(office), *noted, ways), Press(seconds=office.key_seconds))


def hear_closed(office: Office, place: Place, heard: Heard) -> Go | None:
    """Be called back or leave a complaint; `0` works again once the line has opened."""
    match heard:
        case Keys(pressed="0") if not office.open:
            return go(place, "callback")
        case _:
            return _other_ways(place, heard)


def _other_ways(place: Place, heard: Heard) -> Go | None:
    match heard:
        case Keys(pressed="2"):
            return go(place, "callback")
        case Keys(pressed="3"):
            return go(place, "complaint.type")
        case _:
            return None


def give_up(office: Office, place: Place) -> Go:
    """No choice after three questions: a callback is promised where the number is known."""
    if office.caller_callable:
        return go(place, "goodbye", CallbackOwed("missed"), say("callback_missed"))
    return go(place, "goodbye", say("call_again_in_hours"))


STATES = {
    "transfer": State(start, leg_ended, hung_up=hang_up_ringing),
    "transfer.ringing": State(ring_again, leg_ended, hung_up=hang_up_ringing),
    "transfer.left": State(wait_for_news, hear_late, wait_for_news, wait_for_news, left_behind=True),
    "transfer.unavailable": State(unavailable, hear_unavailable, give_up=give_up),
    "transfer.closed": State(closed, hear_closed, give_up=give_up, hung_up=hang_up_unserved),
}
