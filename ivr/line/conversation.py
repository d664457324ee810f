"""Advances a dialogue until it needs the caller, and answers its questions from the logbook."""

from __future__ import annotations

import json
from collections.abc import Callable

import callflows
from callflows.office import Office
from callflows.vocabulary import Answer, Ask, Heard, Place, Question, Turn

LookUp = Callable[[Question], Answer]


def open_call(office: Office, opening: Callable[[Office], Turn], look_up: LookUp) -> Turn:
    """The first turn of a call that begins with `opening`."""
    return _until_the_caller_is_needed(office, opening(office), look_up)


def carry_on(office: Office, place: Place, heard: Heard, look_up: LookUp) -> Turn:
    """The next turn that needs the caller; questions to the logbook are answered by `look_up`."""
    return _until_the_caller_is_needed(office, callflows.advance(office, place, heard), look_up)


def _until_the_caller_is_needed(office: Office, turn: Turn, look_up: LookUp) -> Turn:
    while isinstance(turn.awaits, Ask):
        answer = look_up(turn.awaits.question)
        turn = callflows.advance(office, turn.place, answer).after(*turn.says, *turn.learnt)
    return turn


def place_to_text(place: Place) -> str:
    """A place as it stands on the call's row."""
    stored = {"at": place.at, "tries": place.tries, "kept": place.kept}
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))


def place_from_text(text: str) -> Place:
    """The place on the call's row; that of a call whose words were erased by rule is over."""
    stored = json.loads(text)
    if not stored:
        return Place("over")
    return Place(stored["at"], stored["tries"], tuple((name, value) for name, value in stored["kept"]))
