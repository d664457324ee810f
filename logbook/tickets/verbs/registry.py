"""Every verb of a ticket, in the order of the forms on its page: rights, forms and history follow from it."""

from __future__ import annotations

from collections.abc import Mapping

from logbook.tickets.lifecycle import TicketState
from logbook.tickets.verbs.answer import GiveAnswer
from logbook.tickets.verbs.ask_more import AskMore
from logbook.tickets.verbs.assign import Assign
from logbook.tickets.verbs.calendar_moves import HeardDue, Recount
from logbook.tickets.verbs.classify import Classify
from logbook.tickets.verbs.close import Close
from logbook.tickets.verbs.concern import NameSubjects
from logbook.tickets.verbs.extend import Extend
from logbook.tickets.verbs.grouping import JoinGroup, LeaveGroup
from logbook.tickets.verbs.guide import GuideElsewhere
from logbook.tickets.verbs.instruct import GiveInstruction
from logbook.tickets.verbs.mark_urgent import MarkUrgent
from logbook.tickets.verbs.note import AddNote
from logbook.tickets.verbs.reopen import Reopen
from logbook.tickets.verbs.supply import Supply
from logbook.tickets.verbs.tell import TellCaller
from logbook.tickets.verbs.transfer import Transfer
from logbook.tickets.verbs.verb import Verb
from logbook.tickets.verbs.verdicts import AcceptAnswer, RejectAnswer
from logbook.tickets.verbs.write import WriteContent

USUAL: tuple[type[Verb], ...] = (WriteContent, Classify, Assign, GiveAnswer, Supply, Close)
"""What comes up with nearly every ticket."""
RARER: tuple[type[Verb], ...] = (
    NameSubjects,
    Transfer,
    AskMore,
    Extend,
    GiveInstruction,
    TellCaller,
    MarkUrgent,
    JoinGroup,
    LeaveGroup,
    Reopen,
    AddNote,
)
WITHOUT_FORM: tuple[type[Verb], ...] = (GuideElsewhere, AcceptAnswer, RejectAnswer, Recount, HeardDue)
"""What follows from another form, or what the line does."""


def verbs() -> Mapping[str, type[Verb]]:
    """Return every verb by its name."""
    return {verb.name: verb for verb in (*USUAL, *RARER, *WITHOUT_FORM)}


def with_form() -> Mapping[str, type[Verb]]:
    """Return the verbs that have a form on a ticket's page, by name."""
    return {name: verb for name, verb in verbs().items() if verb.right is not None}


def in_bulk() -> Mapping[str, type[Verb]]:
    """Return the verbs that may be done to many tickets at once, by name."""
    return {name: verb for name, verb in verbs().items() if verb.in_bulk}


def verbs_from(state: TicketState) -> frozenset[str]:
    """Return the names of the verbs that may be applied to a ticket in `state`."""
    return frozenset(name for name, verb in verbs().items() if state in verb.from_states)
