"""Builds the timeline of one call: what was said, which keys, who was rung, in order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from logbook.calls.history import ConsentKept, Leg, SoundKept, Timeline, TurnKept
from logbook.sentences import written
from logbook.settings.config_file import DutyPart
from logbook.texts.catalogue import Catalogue

LONGEST = 140
_WORD = re.compile(r"\{(\w*)\}(\.?)")


@dataclass(frozen=True, slots=True)
class Did:
    """What the caller did in a turn: `kind` names a text `call_did_…`, with its words."""

    kind: str
    keys: str = ""
    seconds: int = 0
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class LegShown:
    """A leg as it is shown: how long the telephone rang and how long they talked, in whole seconds."""

    who: str
    number: str
    outcome: str
    rang: int | None
    talked: int

    @property
    def answered(self) -> bool:
        """Whether they talked, for longer than a moment."""
        return self.outcome == "completed" and self.talked > 0


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One turn of the story: what the caller did, what the line said, and what came of it."""

    number: int
    at: datetime
    did: Did | None
    said: tuple[str, ...]
    rung: LegShown | None
    consent: ConsentKept | None
    sounds: tuple[SoundKept, ...]


def steps_shown(
    timeline: Timeline,
    consents: list[ConsentKept],
    sounds: list[SoundKept],
    catalogue: Catalogue,
    duty: DutyPart,
) -> tuple[TimelineStep, ...]:
    """Return the turns of a call with everything that happened in each, in order."""
    answers = {one.turn: one for one in consents}
    called = {leg.turn: _rung(leg, duty) for leg in timeline.legs}
    return tuple(
        TimelineStep(
            turn.number,
            turn.at,
            did(turn.heard),
            said(turn, catalogue),
            called.pop(turn.number, None),
            answers.get(turn.number),
            tuple(sound for sound in sounds if sound.turn == turn.number),
        )
        for turn in timeline.turns
    )


def legs(timeline: Timeline, duty: DutyPart) -> tuple[LegShown, ...]:
    """Return everybody who was rung, in order (000-03, 000-10)."""
    return tuple(_rung(leg, duty) for leg in timeline.legs)


def did(heard: str) -> Did | None:
    """What the caller did, from the turn's JSON; None for the moment the call began.

    Private keys are dots in the database already (T-18); anything unreadable is shown as nothing known.
    """
    try:
        found = json.loads(heard)
    except ValueError:
        return Did("unknown")
    if not isinstance(found, Mapping):
        return Did("unknown")
    match found.get("heard"):
        case None:
            return None
        case "Keys":
            return Did("pressed", keys=str(found.get("pressed", "")))
        case "Voice":
            return Did("spoke", seconds=_whole(found.get("seconds")))
        case "Silence":
            return Did("silent")
        case "LegEnded":
            return Did("leg", outcome=str(found.get("outcome", "")), seconds=_whole(found.get("seconds")))
        case "HungUp":
            return Did("left")
        case _:
            return Did("unknown")


def said(turn: TurnKept, catalogue: Catalogue) -> tuple[str, ...]:
    """The sentences of a turn, shortened; words that were not kept (codes, answers) are left out."""
    try:
        details = json.loads(turn.said)
    except ValueError:
        return ()
    return tuple(shortened(sentence) for each in details if (sentence := _sentence(each, catalogue)))


def _sentence(details: object, catalogue: Catalogue) -> str:
    match details:
        case [str(key), dict(words)]:
            pass
        case str(key):
            words = {}
        case _:
            return ""
    text, words = catalogue.sentences.get(key, ""), {**catalogue.names(), **words}
    filled = _WORD.sub(lambda word: f"{words[word[1]]}{word[2]}" if word[1] in words else "…", text)
    return written(filled)


def shortened(text: str, longest: int = LONGEST) -> str:
    """`text` up to the last whole word that fits into `longest` characters."""
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + " …"


def _rung(leg: Leg, duty: DutyPart) -> LegShown:
    names = {person.id: person.name for person in duty.people}
    talked = leg.seconds or 0
    rang = None
    if leg.ended_at is not None:
        rang = max(0, int((leg.ended_at - leg.dialled_at) / timedelta(seconds=1)) - talked)
    return LegShown(names.get(leg.person_id, leg.person_id), leg.number, leg.outcome or "", rang, talked)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
