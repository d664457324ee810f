"""What is said next on a telephone call: pure decisions, standard library only.

`begin` and `advance` are the whole public face: the host does what a `Turn` says and brings back
what it heard.
"""

from callflows import (
    callback,
    complaint,
    farewell,
    guidance,
    main_menu,
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
}


def begin(office: Office) -> Turn:
    """The first turn of an incoming call."""
    return states.arrive(STATES, office, main_menu.begin(office))


def advance(office: Office, place: Place, heard: Heard) -> Turn:
    """The turn after `heard`, for a call standing at `place`."""
    return states.respond(STATES, office, place, heard)


__all__ = ["STATES", "advance", "begin"]
