"""The table of a ticket's states and transitions: from which states, to which, what must be given."""

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("inquiry", "feedback", "proposal", "emergency", "nuisance")
"""What a clerk may classify a ticket as (glossary); spoken ones begin as 'unclassified'."""
GUIDED_KINDS = ("formal_complaint", "denunciation")
"""Khiếu nại and tố cáo are guided, never handled as feedback (rules B1)."""
TOPICS = ("regulation", "process", "attitude", "other")
"""What a ticket complains of: the three of the action plan and the rest (002-26)."""
CALLER_TYPES = ("individual", "organisation")
"""Who brings a case (000-01)."""
OUTCOMES = ("resolved", "partly", "unfounded", "not_ours", "withdrawn")
STATES = (
    "new",
    "classified",
    "assigned",
    "transferred",
    "waiting_for_caller",
    "answered",
    "closed",
    "guided",
)
BACK = "(back)"
"""As a target: the state the ticket was in before it was asked about."""
STAY = "(stay)"
"""As a target: the state does not change."""

_AT_WORK = frozenset({"classified", "assigned"})
_OPEN = frozenset({"new", "classified", "assigned", "transferred", "waiting_for_caller", "answered"})


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


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: `fields` must be given, and those with choices must be one of them."""

    from_states: frozenset[str]
    to_state: str
    needs_reason: bool = False
    fields: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] | None = None


TRANSITIONS: Mapping[str, Transition] = {
    "write": Transition(frozenset(STATES) - {"closed"}, STAY, fields=("content",)),
    "classify": Transition(
        frozenset({"new"}) | _AT_WORK,
        "classified",
        fields=("kind",),
        choices={"kind": KINDS, "topic": TOPICS},
    ),
    "guide": Transition(
        frozenset({"new"}) | _AT_WORK,
        "guided",
        needs_reason=True,
        fields=("kind",),
        choices={"kind": GUIDED_KINDS},
    ),
    "concern": Transition(frozenset(STATES), STAY, needs_reason=True),
    "mark_urgent": Transition(_OPEN, STAY, fields=("urgent",)),
    "assign": Transition(_AT_WORK | {"transferred"}, "assigned", fields=("to",)),
    "transfer": Transition(_AT_WORK, "transferred", needs_reason=True, fields=("to",)),
    "ask_more": Transition(_AT_WORK, "waiting_for_caller", fields=("question",)),
    "supply": Transition(frozenset({"waiting_for_caller"}), BACK, fields=("content",)),
    "extend": Transition(
        _AT_WORK | {"new", "waiting_for_caller"}, STAY, needs_reason=True, fields=("answer_due_at",)
    ),
    "answer": Transition(_AT_WORK | {"transferred", "answered"}, "answered", fields=("answer",)),
    "close": Transition(
        _OPEN - {"new"},
        "closed",
        fields=("outcome",),
        choices={"outcome": OUTCOMES},
    ),
    "reopen": Transition(frozenset({"answered", "closed"}), "classified", needs_reason=True),
    "tell": Transition(frozenset(STATES), STAY, fields=("what",)),
    "accept_answer": Transition(frozenset({"answered", "closed"}), STAY),
    "reject_answer": Transition(frozenset({"answered", "closed"}), "classified"),
    "instruct": Transition(frozenset(STATES) - {"guided"}, STAY, fields=("instruction",)),
    "join_group": Transition(frozenset(STATES) - {"guided"}, STAY, fields=("group_id",)),
    "leave_group": Transition(frozenset(STATES), STAY),
    "note": Transition(frozenset(STATES), STAY, needs_reason=True),
    "recount": Transition(_OPEN - {"answered"}, STAY),
    "heard_due": Transition(_OPEN, STAY),
}
"""What closing needs besides follows from its outcome (`closing.needs`, 002-34).

Khiếu nại and tố cáo leave the path of a ticket (rules B1)."""
BY_LINE = frozenset({"accept_answer", "reject_answer", "recount", "heard_due"})
"""Verbs without a button: whether the answer satisfied whoever asked; what the calendar moved, who heard."""


def checked(verb: str, state: str, reason: str, details: Mapping[str, object]) -> Transition:
    """Return the row for `verb` when it may be applied in `state`; TransitionRefusedError when not."""
    transition = TRANSITIONS.get(verb)
    if transition is None:
        raise TransitionRefusedError(f"no such verb: {verb}", "verb")
    if state not in transition.from_states:
        raise TransitionRefusedError(f"{verb} does not apply to a ticket that is {state}", "state")
    if transition.needs_reason and not reason.strip():
        raise TransitionRefusedError(f"{verb} needs a reason", "reason")
    for field in transition.fields:
        given = details.get(field)
        if given is None or (isinstance(given, str) and not given.strip()):
            raise TransitionRefusedError(f"{verb} needs {field}", "field")
    for field, allowed in (transition.choices or {}).items():
        if field in details and details[field] not in allowed:
            raise TransitionRefusedError(f"{verb}: {field} cannot be {details[field]!r}", "choice")
    return transition


def verbs_from(state: str) -> frozenset[str]:
    """Return the verbs that may be applied to a ticket in `state`."""
    return frozenset(verb for verb, row in TRANSITIONS.items() if state in row.from_states)
