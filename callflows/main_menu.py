"""Greets the caller and offers the main menu, in and out of hours (000-01, 000-12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    Term,
    Turn,
    say,
)


@dataclass(frozen=True)
class MenuKey:
    """One key of the menu: where it leads, why the caller pressed it, and what the menu offers it for.

    `offered` is said while somebody answers, `closed` while nobody does; `last_when_closed` is what helps
    least then.
    """

    key: Literal["1", "2", "3", "4", "5", "6", "7", "8"]
    to: str
    purpose: Purpose
    offered: Term
    closed: Term
    last_when_closed: bool = False


MENU = (
    MenuKey(
        "1",
        "guidance",
        Purpose("guidance"),
        Term("menu_guidance"),
        Term("menu_closed_guidance"),
        last_when_closed=True,
    ),
    MenuKey(
        "2", "complaint.type", Purpose("complaint"), Term("menu_complaint"), Term("menu_closed_complaint")
    ),
    MenuKey("3", "status.code", Purpose("status"), Term("menu_status"), Term("menu_closed_status")),
    MenuKey("4", "rating", Purpose("rating"), Term("menu_rating"), Term("menu_closed_rating")),
)
"""The menu in the order in which it is read; 9 and 0 mean the same in every dialogue (`callflows.states`)."""


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
    menu = (
        say("menu", choices=_choices(office))
        if office.staffed
        else say("menu_closed", choices=_choices_closed(office))
    )
    return Turn(place, (*closed_since(office, place), menu), Press(seconds=office.key_seconds))


def entries(office: Office) -> tuple[MenuKey, ...]:
    """The entries that the office offers, in its order."""
    if office.menu is None:
        return MENU
    known = {one.purpose.name: one for one in MENU}
    return tuple(known[name] for name in office.menu if name in known)


def _choices(office: Office) -> Each:
    rows = tuple((("wish", one.offered), ("key", int(one.key))) for one in entries(office))
    return Each("menu_choice", rows)


def _choices_closed(office: Office) -> Each:
    order = sorted(entries(office), key=lambda one: office.menu is None and one.last_when_closed)
    return Each("menu_choice", tuple((("wish", one.closed), ("key", int(one.key))) for one in order))


def hear(office: Office, place: Place, heard: Heard) -> Go | None:
    """Follow the key into its dialogue; the star is for those who phone sentences in."""
    match heard:
        case Keys(pressed="*") if office.studio:
            return go(place, "studio.code")
        case Keys(pressed=key):
            return next((go(place, one.to, one.purpose) for one in entries(office) if one.key == key), None)
        case _:
            return None


STATES = {"menu": State(ask, hear)}
