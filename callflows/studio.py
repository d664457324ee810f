"""Records the office's own voice over the telephone: a code from the console, a sentence, a tone, a key.

It is offered by no menu: while a code is valid, the star key of the main menu asks for it. Whoever hangs up
before the key that keeps has changed nothing.
"""

from __future__ import annotations

from callflows.office import Office
from callflows.prompts import KeepsPrompt, OpensStudio, PromptCodeRefused, PromptToRead, WhatToRecord
from callflows.states import OVER, Go, Manners, State, go
from callflows.vocabulary import (
    Ask,
    Audio,
    Ended,
    Goodbye,
    Heard,
    IsAudioHere,
    Keys,
    Place,
    Plain,
    Play,
    Press,
    Silence,
    Speak,
    Turn,
    Voice,
    say,
)

CODE_DIGITS = 6
LONGEST = 60
"""Seconds of one sentence."""
SILENCE = 4
MANNERS = Manners(say("studio_no_input"), say("studio_wrong"), zero_is_clerk=False)


def ask_code(office: Office, place: Place) -> Turn:
    """Ask for the six digits that the console shows."""
    return Turn(place, (say("studio_code"),), Press(CODE_DIGITS, office.key_seconds, private=True))


def hear_code(_office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Look the code up; the sentence to read, or another try, or the end."""
    match heard:
        case Keys(pressed=pressed) if len(pressed) == CODE_DIGITS and pressed.isdigit():
            return Turn(place, (), Ask(OpensStudio(pressed)))
        case PromptToRead() as found:
            return _read(place, found)
        case PromptCodeRefused(tries_left=left) if left > 0:
            return go(place, "studio.code", say("studio_code_wrong"))
        case PromptCodeRefused():
            return Go(place.move("studio.end"), (say("studio_code_refused"),))
        case _:
            return None


def to_menu(_office: Office, place: Place) -> Go:
    """Whoever came here by mistake is asked what they called for."""
    return go(place, "menu")


def ask_next(_office: Office, place: Place) -> Turn:
    """Which sentence comes after the one that was kept or left out."""
    return Turn(place, (), Ask(WhatToRecord(place.get("code"), after=place.get("prompt"))))


def _read(place: Place, found: PromptToRead) -> Go:
    if not found.text:
        return Go(place.move("studio.end"), (say("studio_done"),))
    kept = place.keep(code=found.code, prompt=found.prompt, text=found.text, recording="")
    return go(kept, "studio.read")


def ask_speech(_office: Office, place: Place) -> Turn:
    """Read the sentence, then the tone."""
    text = Plain(place.get("text"))
    return Turn(
        place,
        (say("studio_read", text=text),),
        Speak(LONGEST, SILENCE, "prompt"),
    )


def hear_speech(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """A sentence that was spoken is looked at; an empty one is asked again."""
    match heard:
        case Voice(hung_up=True):
            return end(office, place)
        case Voice(recording=recording, seconds=seconds) if seconds > 0:
            return go(place.keep(recording=recording), "studio.review")
        case Silence() | Voice() if not place.get("empty"):
            return go(place.keep(empty="1"), "studio.read", say("studio_empty"))
        case Silence() | Voice():
            return go(place, "studio.end", say("studio_empty"))
        case _:
            return None


def ask_review(_office: Office, place: Place) -> Turn:
    """Whether the sound can be played back depends on its having arrived."""
    return Turn(place.keep(empty=""), (), Ask(IsAudioHere(place.get("recording"))))


def review(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Keep it, hear it, speak again, or leave this sentence out."""
    match heard:
        case Audio(here=here):
            asked = say("studio_review" if here else "studio_review_unheard")
            return Turn(place.keep(here="1" if here else ""), (asked,), Press(seconds=office.key_seconds))
        case PromptToRead() as found:
            return _read(place, found)
        case PromptCodeRefused():
            return Go(place.move("studio.end"), (say("studio_code_refused"),))
        case Keys(pressed="1"):
            kept = KeepsPrompt(
                place.get("code"), place.get("prompt"), place.get("text"), place.get("recording")
            )
            return Turn(place, (say("studio_kept"),), Ask(kept))
        case Keys(pressed="2") if place.get("here"):
            return go(place, "studio.review", Play(place.get("recording")))
        case Keys(pressed="3"):
            return go(place, "studio.read")
        case Keys(pressed="4"):
            return ask_next(office, place)
        case _:
            return None


def goodbye(_office: Office, place: Place) -> Turn:
    """The last word."""
    return Turn(place.move(OVER), (say("studio_goodbye"),), Goodbye(), (Ended("goodbye"),))


def never(_office: Office, _place: Place, _heard: Heard) -> None:
    """Nothing is awaited here."""


def end(_office: Office, place: Place) -> Turn:
    """Whoever is gone has changed nothing but what a key kept."""
    return Turn(place.move(OVER), (), Goodbye(), (Ended("hung_up"),))


STATES = {
    "studio.code": State(ask_code, hear_code, give_up=to_menu, hung_up=end, manners=MANNERS),
    "studio.read": State(
        ask_speech, hear_speech, give_up=goodbye, hung_up=end, manners=MANNERS, records="prompt"
    ),
    "studio.review": State(ask_review, review, give_up=goodbye, hung_up=end, manners=MANNERS),
    "studio.end": State(goodbye, never, give_up=goodbye, hung_up=end, manners=MANNERS),
}
