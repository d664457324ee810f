"""What a ticket can be: its states, kinds, topics, ways in and outcomes, each with what follows from it."""

from enum import StrEnum


class TicketState(StrEnum):
    """Where a ticket stands; khiếu nại and tố cáo leave the path of a ticket (rules B1)."""

    NEW = "new"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    WAITING_FOR_CALLER = "waiting_for_caller"
    ANSWERED = "answered"
    CLOSED = "closed"
    GUIDED = "guided"

    @property
    def is_final(self) -> bool:
        """Whether nobody has to do anything about it any more."""
        return self in (TicketState.CLOSED, TicketState.GUIDED)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to deal with it."""
        return not self.is_final

    @property
    def awaits_answer(self) -> bool:
        """Whether the caller still waits for an answer; only then a deadline runs."""
        return self.is_open and self is not TicketState.ANSWERED

    @property
    def is_sorting(self) -> bool:
        """Whether it is not yet clear who deals with it."""
        return self in (TicketState.NEW, TicketState.CLASSIFIED)


class TicketKind(StrEnum):
    """What a ticket is (glossary); spoken ones begin unclassified."""

    UNCLASSIFIED = "unclassified"
    INQUIRY = "inquiry"
    FEEDBACK = "feedback"
    PROPOSAL = "proposal"
    EMERGENCY = "emergency"
    NUISANCE = "nuisance"
    FORMAL_COMPLAINT = "formal_complaint"
    DENUNCIATION = "denunciation"

    @property
    def is_guided(self) -> bool:
        """Whether it is a khiếu nại or tố cáo: guided, never handled as feedback (rules B1)."""
        return self in (TicketKind.FORMAL_COMPLAINT, TicketKind.DENUNCIATION)

    @property
    def is_wrong_number(self) -> bool:
        """Whether it needs no notification: nobody wanted anything."""
        return self is TicketKind.NUISANCE

    @property
    def has_deadlines(self) -> bool:
        """Whether clocks of ours run on it: not where the law has its own."""
        return not (self.is_wrong_number or self.is_guided)

    @property
    def tells_its_caller(self) -> bool:
        """Whether messages and calls of ours go to its caller; in an emergency a person sees to them."""
        return not (self.is_wrong_number or self is TicketKind.EMERGENCY)


class TicketTopic(StrEnum):
    """What a ticket complains of: the three of the action plan and the rest (002-26)."""

    REGULATION = "regulation"
    PROCESS = "process"
    ATTITUDE = "attitude"
    OTHER = "other"


class BroughtBy(StrEnum):
    """Who brings a case (000-01)."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class CameBy(StrEnum):
    """The way a ticket came in (002-24)."""

    HOTLINE = "hotline"
    WALK_IN = "walk_in"
    LETTER_BOX = "letter_box"
    SUGGESTION_BOOK = "suggestion_book"
    PHONE_TALK = "phone_talk"
    EMAIL = "email"

    @property
    def is_written_down(self) -> bool:
        """Whether a clerk writes it down, not the line."""
        return self is not CameBy.HOTLINE

    @property
    def is_opened(self) -> bool:
        """Whether it lay in something that is opened, with minutes."""
        return self in (CameBy.LETTER_BOX, CameBy.SUGGESTION_BOOK)


class TicketOutcome(StrEnum):
    """How a ticket ended; what closing needs follows from it (`verbs.close.needs`, 002-34)."""

    RESOLVED = "resolved"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"
    NOT_OURS = "not_ours"
    WITHDRAWN = "withdrawn"

    @property
    def counts_as_resolved(self) -> bool:
        """Whether the office did what was asked, at least in part."""
        return self in (TicketOutcome.RESOLVED, TicketOutcome.PARTLY)

    @property
    def answers_the_case(self) -> bool:
        """Whether it speaks of the case itself, so that it needs content, answer, cause and remedy."""
        return self.counts_as_resolved or self is TicketOutcome.UNFOUNDED


GUIDED_KINDS = tuple(kind for kind in TicketKind if kind.is_guided)
KINDS = tuple(kind for kind in TicketKind if kind is not TicketKind.UNCLASSIFIED and not kind.is_guided)
"""What a clerk may classify a ticket as, to be handled here."""
ALL_STATES = frozenset(TicketState)
OPEN_STATES = frozenset(state for state in TicketState if state.is_open)
FINAL_STATES = ALL_STATES - OPEN_STATES
AT_WORK = frozenset({TicketState.CLASSIFIED, TicketState.ASSIGNED})


def is_guided(state: TicketState | str, kind: TicketKind | str) -> bool:
    """Whether a ticket is a khiếu nại or tố cáo, or was guided as one: the one answer to this (rules B1)."""
    return state == TicketState.GUIDED or kind in GUIDED_KINDS


class TransitionRefusedError(Exception):
    """The verb does not apply in this state, or something it needs is missing; the message says which.

    `why` is one word for it: verb, state, reason, field, choice, due, assignee, group or other, or
    what a ticket lacks to be closed: lacks_content, lacks_answer, lacks_cause, lacks_remedy, lacks_to or
    lacks_reason.
    """

    def __init__(self, message: str, why: str = "field") -> None:
        """Refuse with a sentence for the log and a word for the page."""
        super().__init__(message)
        self.why = why
