"""Decides what the line says next on a call: pure decisions, standard library only.

`begin` and its sisters for the calls we place, and `advance`, are the whole public face: the host does what a
`Turn` says and brings back what it heard.
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
    satisfaction,
    states,
    survey,
    ticket_status,
    transfer,
)
from callflows.office import Office
from callflows.vocabulary import Heard, Place, Turn

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
    **citizen_news.STATES,
    **satisfaction.STATES,
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


def begin_for_citizen(office: Office, call_attempt: str) -> Turn:
    """The first turn of a call that brings a citizen news; `call_attempt` names what it was placed for."""
    return states.arrive(STATES, office, citizen_news.begin(office, call_attempt))


def advance(office: Office, place: Place, heard: Heard) -> Turn:
    """The turn after `heard`, for a call standing at `place`."""
    return states.respond(STATES, office, place, heard)


__all__ = [
    "STATES",
    "advance",
    "begin",
    "begin_for_citizen",
    "begin_for_official",
    "begin_with_duty",
    "begin_with_results",
]
