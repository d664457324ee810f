"""The evening call that reminds somebody of tomorrow's duty; `9` says it again (ASK-29)."""

from __future__ import annotations

from callflows.escalations import CallAttemptOver, DutyHours, DutyTomorrow, WhatDuty
from callflows.office import Office
from callflows.states import TO_OFFICIALS, Go, State, go
from callflows.vocabulary import (
    Ask,
    Ended,
    Goodbye,
    Heard,
    Hours,
    Keys,
    Place,
    Plain,
    Press,
    Say,
    Silence,
    Turn,
    say,
)


def begin(_office: Office, call_attempt: str) -> Go:
    """The first turn of the call."""
    return Go(Place("official.duty").keep(call_attempt=call_attempt))


def ask(_office: Office, place: Place) -> Turn:
    """Each time anew: the week sheet may have changed since the call was placed."""
    return Turn(place, (), Ask(WhatDuty(place.get("call_attempt"))))


def hear(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """When and for what; nothing where somebody else has the duty by now."""
    match heard:
        case DutyTomorrow(name=name, day=day, sessions=sessions):
            greeting = say("duty_call_greeting", name=Plain(name), office=Plain(office.name))
            if day is None or not sessions:
                return _over(place, greeting, say("duty_call_none"))
            says = (greeting, say("duty_call_day", day=day), *map(_sentence, sessions), say("duty_call_keys"))
            return Turn(place, says, Press(seconds=office.key_seconds))
        case Keys(pressed="9"):
            return go(place, "official.duty")
        case Silence():
            return _over(place, say("duty_call_end"))
        case _:
            return None


def _sentence(one: DutyHours) -> Say:
    hours = Hours(one.windows)
    match one.kind:
        case "hotline":
            return say("duty_call_hotline", hours=hours)
        case "slip_team":
            return say("duty_call_slip_team", hours=hours)
        case "qr_guide":
            return say("duty_call_qr_guide", hours=hours)


def enough(_office: Office, place: Place) -> Turn:
    """Keys that mean nothing: it was heard."""
    return _over(place, say("duty_call_end"))


def _over(place: Place, *says: Say) -> Turn:
    facts = (CallAttemptOver(place.get("call_attempt"), "told"), Ended("goodbye"))
    return Turn(place.move("over"), says, Goodbye(), facts)


def hang_up(_office: Office, place: Place) -> Turn:
    """Whoever picked up heard it, or at least whose call it was."""
    facts = (CallAttemptOver(place.get("call_attempt"), "told"), Ended("hung_up"))
    return Turn(place.move("over"), (), Goodbye(), facts)


STATES = {"official.duty": State(ask, hear, enough, hang_up, TO_OFFICIALS)}
