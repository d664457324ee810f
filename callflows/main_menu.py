"""Greets the caller and offers the main menu, in and out of hours (000-01, 000-12)."""

from __future__ import annotations

from callflows.office import Office
from callflows.states import Go, State, closed_since, go, opening, why_closed
from callflows.vocabulary import (
    Digits,
    Each,
    Heard,
    Hours,
    Keys,
    Place,
    Plain,
    Press,
    Purpose,
    Said,
    Turn,
    say,
)

OPTIONS = {
    "1": ("guidance", Purpose("guidance")),
    "2": ("complaint.type", Purpose("complaint")),
    "3": ("status.code", Purpose("status")),
    "4": ("rating", Purpose("rating")),
}


def begin(office: Office) -> Go:
    """The first turn of a call: the greeting that fits this instant, then the menu."""
    trial = (say("trial_notice"),) if office.trial else ()
    return Go(Place("menu"), (*trial, *greeting(office)))


def greeting(office: Office) -> tuple[Said, ...]:
    """One greeting for exactly one state of the line; out of hours it names the next opening."""
    name = Plain(office.name)
    if office.open:
        nobody = () if office.staffed else why_closed(office)
        return (say("greeting_open", office=name), say("recording_notice"), *nobody)
    pause = office.state == "lunch" and not office.midday
    closed = say(
        "closed_break" if pause else f"closed_{office.state}",
        office=name,
        reason=Plain(office.reason),
        hours=Hours(office.windows, office.week),
    )
    return (closed, opening(office), *_emergencies(office))


def _emergencies(office: Office) -> tuple[Said, ...]:
    if office.state == "lunch" or not office.emergencies:
        return ()
    rows = tuple(
        (("purpose", Plain(each.purpose)), ("number", Digits(each.number))) for each in office.emergencies
    )
    return (say("emergency_line", numbers=Each("emergency_number", rows)),)


def ask(office: Office, place: Place) -> Turn:
    """Read the menu; where the one before still offered the clerk, why this one does not."""
    menu = say("menu" if office.staffed else "menu_closed")
    return Turn(place, (*closed_since(office, place), menu), Press(seconds=office.key_seconds))


def hear(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Follow the key into its dialogue."""
    match heard:
        case Keys(pressed=key) if key in OPTIONS:
            to, purpose = OPTIONS[key]
            return go(place, to, purpose)
        case _:
            return None


STATES = {"menu": State(ask, hear)}
