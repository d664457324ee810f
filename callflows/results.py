"""The short call that reads the chairman the results of cases; it asks for no key (000-13)."""

from __future__ import annotations

from callflows.escalations import CallAttemptOver, CaseEnd, Results, WhatResults
from callflows.office import Office
from callflows.states import TO_OFFICIALS, Go, State
from callflows.vocabulary import Ask, Digits, Ended, Goodbye, Heard, Place, Plain, Say, Term, Turn, say

BECAME = {
    "answered": Term("chair_result_answered"),
    "transferred": Term("chair_result_transferred"),
    "closed_resolved": Term("chair_result_closed_resolved"),
    "closed_partly": Term("chair_result_closed_partly"),
    "closed_unfounded": Term("chair_result_closed_unfounded"),
    "closed_not_ours": Term("chair_result_closed_not_ours"),
    "closed_withdrawn": Term("chair_result_closed_withdrawn"),
}
"""What became of a case, in words."""


def begin(_office: Office, call_attempt: str) -> Go:
    """The first turn of the call."""
    return Go(Place("official.results").keep(call_attempt=call_attempt))


def ask(_office: Office, place: Place) -> Turn:
    """The results are looked up when somebody has picked up."""
    return Turn(place, (), Ask(WhatResults(place.get("call_attempt"))))


def hear(office: Office, place: Place, heard: Heard) -> Turn | None:
    """All of them at once, then goodbye."""
    match heard:
        case Results(title=title, cases=cases):
            greeting = say("chair_greeting", title=Plain(title), office=Plain(office.name))
            sentences = [
                say("chair_results", count=len(cases)),
                *map(_sentence, cases),
                say("chair_results_end"),
            ]
            facts = (CallAttemptOver(place.get("call_attempt"), "told"), Ended("goodbye"))
            says = (greeting, *(sentences if cases else [say("chair_results_none")]))
            return Turn(place.move("over"), says, Goodbye(), facts)
        case _:
            return None


def _sentence(case: CaseEnd) -> Say:
    return say("chair_result", code=Digits(case.code), became=BECAME[case.became])


def over(_office: Office, place: Place) -> Turn:
    """Nobody is on the line any more."""
    facts = (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("hung_up"))
    return Turn(place.move("over"), (), Goodbye(), facts)


STATES = {"official.results": State(ask, hear, over, over, TO_OFFICIALS)}
