"""Reads short answers on the procedures people ask about most, and offers the clerk (000-01)."""

from __future__ import annotations

from callflows.office import Office
from callflows.states import Go, State, go, zero
from callflows.vocabulary import Each, Heard, Keys, Place, Plain, Press, Silence, Turn, say


def choose(office: Office, place: Place) -> Turn | Go:
    """Read the list of procedures; an office without a list sends the caller to the clerk."""
    if not office.procedures:
        return go(place, "transfer", say("guidance_none"))
    rows = tuple(
        (("procedure", Plain(procedure.name)), ("number", key))
        for key, procedure in enumerate(office.procedures, start=1)
    )
    return Turn(
        place,
        (say("guidance_choose", options=Each("guidance_option", rows), zero=zero(office)),),
        Press(seconds=office.key_seconds),
    )


def chosen(office: Office, place: Place, heard: Heard) -> Go | None:
    """Take the procedure of that key."""
    match heard:
        case Keys(pressed=key) if key in [str(n) for n in range(1, len(office.procedures) + 1)]:
            return go(place.keep(procedure=key), "guidance.told")
        case _:
            return None


def tell(office: Office, place: Place) -> Turn | Go:
    """Papers, fee, time limit and where."""
    number = int(place.get("procedure", "0"))
    if not 1 <= number <= len(office.procedures):
        return go(place, "guidance")
    procedure = office.procedures[number - 1]
    answer = say(
        "guidance_answer",
        procedure=Plain(procedure.name),
        papers=Plain(procedure.papers),
        fee=Plain(procedure.fee),
        time_limit=Plain(procedure.time_limit),
        where=Plain(procedure.where),
    )
    return Turn(place, (answer, say("guidance_after", zero=zero(office))), Press(seconds=office.key_seconds))


def after(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Another procedure, or nothing more."""
    match heard:
        case Keys(pressed="1"):
            return go(place, "guidance")
        case Silence():
            return go(place, "farewell")
        case _:
            return None


STATES = {"guidance": State(choose, chosen), "guidance.told": State(tell, after)}
