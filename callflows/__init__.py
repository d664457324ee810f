"""Decides what the line says next on a call: pure decisions, standard library only.

`begin` and its sisters for the calls we place, and `advance`, are the public face: the host does what a
`Turn` says and brings back what it heard. It asks here, too, what may still arrive at a state: no state's
name stands outside this package.
"""

from callflows import (
    callback,
    citizen_news,
    complaint,
    duty_reminder,
    farewell,
    guidance,
    main_menu,
    official,
    results,
    returned_call,
    satisfaction,
    states,
    studio,
    survey,
    ticket_status,
    transfer,
)
from callflows.office import Office
from callflows.vocabulary import Heard, Place, RecordedFor, Turn

STATES: states.States = {
    **main_menu.STATES,
    **guidance.STATES,
    **complaint.STATES,
    **ticket_status.STATES,
    **survey.STATES,
    **transfer.STATES,
    **callback.STATES,
    **farewell.STATES,
    **official.STATES,
    **results.STATES,
    **duty_reminder.STATES,
    **returned_call.STATES,
    **citizen_news.STATES,
    **satisfaction.STATES,
    **studio.STATES,
}


def begin(office: Office) -> Turn:
    """The first turn of an incoming call."""
    return states.arrive(STATES, office, main_menu.begin(office))


def begin_for_official(office: Office, call_attempt: str) -> Turn:
    """The first turn of a call to an official; `call_attempt` names what it was placed for."""
    return states.arrive(STATES, office, official.begin(office, call_attempt))


def begin_with_results(office: Office, call_attempt: str) -> Turn:
    """The first turn of a call that reads an official the results of cases."""
    return states.arrive(STATES, office, results.begin(office, call_attempt))


def begin_with_duty(office: Office, call_attempt: str) -> Turn:
    """The first turn of a call that reminds somebody of tomorrow's duty."""
    return states.arrive(STATES, office, duty_reminder.begin(office, call_attempt))


def begin_returned_call(office: Office, call_attempt: str) -> Turn:
    """The first turn of a call that rings a clerk, and after their key the citizen who waits for it."""
    return states.arrive(STATES, office, returned_call.begin(office, call_attempt))


def begin_for_citizen(office: Office, call_attempt: str) -> Turn:
    """The first turn of a call that brings a citizen news; `call_attempt` names what it was placed for."""
    return states.arrive(STATES, office, citizen_news.begin(office, call_attempt))


def advance(office: Office, place: Place, heard: Heard) -> Turn:
    """The turn after `heard`, for a call standing at `place`."""
    return states.respond(STATES, office, place, heard)


def recorded_for(at: str | None) -> RecordedFor | None:
    """What a recording is made for of which a call standing at `at` may bring news; None: there is none."""
    state = STATES.get(at or "")
    return None if state is None else state.records


def is_left_behind(at: str | None) -> bool:
    """Whether whoever stood at `at` is gone, and news of what they left may still come."""
    state = STATES.get(at or "")
    return state is not None and state.left_behind


def waits_for_leg(at: str) -> bool:
    """Whether whoever stood at `at` is gone, and the end of the ringing they left is still to come."""
    return is_left_behind(at) and recorded_for(at) is None


def is_over(at: str) -> bool:
    """Whether the dialogue has ended at `at`."""
    return at == states.OVER


def may_hear_late(at: str) -> bool:
    """Whether a recording that arrives now still changes something for a call that ended at `at`."""
    return is_over(at) or (is_left_behind(at) and recorded_for(at) is not None)


__all__ = [
    "STATES",
    "advance",
    "begin",
    "begin_for_citizen",
    "begin_for_official",
    "begin_returned_call",
    "begin_with_duty",
    "begin_with_results",
    "is_left_behind",
    "is_over",
    "may_hear_late",
    "recorded_for",
    "waits_for_leg",
]
