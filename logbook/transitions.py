"""What may happen to a ticket, as one table: from which states, to which, and what must be given."""

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("inquiry", "feedback", "proposal", "emergency", "nuisance")
"""What a clerk may classify a ticket as (glossary); spoken ones begin as 'unclassified'."""
GUIDED_KINDS = ("formal_complaint", "denunciation")
"""Khiếu nại and tố cáo are guided, never handled as feedback (rules.md B1)."""
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


class TransitionRefused(Exception):  # noqa: N818
    """The verb does not apply in this state, or something it needs is missing; the message says which."""


class Outdated(Exception):  # noqa: N818
    """Somebody changed the ticket since it was read; look again before deciding."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: `fields` must be given, and those with choices must be one of them."""

    from_states: frozenset[str]
    to_state: str
    needs_reason: bool = False
    fields: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] | None = None


TRANSITIONS: Mapping[str, Transition] = {
    "classify": Transition(
        frozenset({"new"}) | _AT_WORK, "classified", fields=("kind",), choices={"kind": KINDS}
    ),
    "assign": Transition(_AT_WORK | {"transferred"}, "assigned", fields=("to",)),
    "transfer": Transition(_AT_WORK, "transferred", needs_reason=True, fields=("to",)),
    "ask_more": Transition(_AT_WORK, "waiting_for_caller", fields=("question",)),
    "supply": Transition(frozenset({"waiting_for_caller"}), BACK, fields=("content",)),
    "extend": Transition(
        _AT_WORK | {"new", "waiting_for_caller"}, STAY, needs_reason=True, fields=("answer_due_at",)
    ),
    "answer": Transition(_AT_WORK | {"transferred", "answered"}, "answered", fields=("answer",)),
    "close": Transition(
        _OPEN - {"new"}, "closed", needs_reason=True, fields=("outcome",), choices={"outcome": OUTCOMES}
    ),
    "reopen": Transition(frozenset({"answered", "closed"}), "classified", needs_reason=True),
    "guide": Transition(
        frozenset({"new"}) | _AT_WORK,
        "guided",
        needs_reason=True,
        fields=("kind",),
        choices={"kind": GUIDED_KINDS},
    ),
    "note": Transition(frozenset(STATES), STAY, needs_reason=True),
}


def checked(verb: str, state: str, reason: str, details: Mapping[str, object]) -> Transition:
    """Return the row for `verb` when it may be applied in `state`; TransitionRefused when not."""
    transition = TRANSITIONS.get(verb)
    if transition is None:
        raise TransitionRefused(f"no such verb: {verb}")
    if state not in transition.from_states:
        raise TransitionRefused(f"{verb} does not apply to a ticket that is {state}")
    if transition.needs_reason and not reason.strip():
        raise TransitionRefused(f"{verb} needs a reason")
    for field in transition.fields:
        given = details.get(field)
        if given is None or (isinstance(given, str) and not given.strip()):
            raise TransitionRefused(f"{verb} needs {field}")
        if transition.choices and given not in transition.choices.get(field, (given,)):
            raise TransitionRefused(f"{verb}: {field} cannot be {given!r}")
    return transition
