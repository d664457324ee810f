"""Everything that is done with tickets, under one name: open, find, prove, move, read."""

from logbook.book import Ticket, case_of, find, of_call, of_id, recent, spoken_state
from logbook.handling import apply
from logbook.intake import OpenedTicket, open_by_phone, proves, replace_recording, set_recording
from logbook.transitions import Outdated, TransitionRefused

__all__ = [
    "OpenedTicket",
    "Outdated",
    "Ticket",
    "TransitionRefused",
    "apply",
    "case_of",
    "find",
    "of_call",
    "of_id",
    "open_by_phone",
    "proves",
    "recent",
    "replace_recording",
    "set_recording",
    "spoken_state",
]
