"""Reads a dialogue as a caller would, without telephone and without database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Literal, Self, TypeVar

from callflows import advance, begin
from callflows.atlas import example_office
from callflows.escalations import (
    Acknowledge,
    CallBackTo,
    CaseEnd,
    CheckNews,
    DutyHours,
    DutyTomorrow,
    GivesVerdict,
    HandOn,
    Instruct,
    Judged,
    Listening,
    MayListen,
    Noted,
    OpenEscalation,
    Results,
    WaitingEscalations,
    WhatDuty,
    WhatResults,
    WhatWaits,
    WhomToCallBack,
)
from callflows.office import Office
from callflows.prompts import KeepsPrompt, OpensStudio, PromptToRead, WhatToRecord
from callflows.vocabulary import (
    Answer,
    Ask,
    Audio,
    CaseUnknown,
    CheckCase,
    Fact,
    Filed,
    FileTicket,
    Goodbye,
    Heard,
    HungUp,
    IsAudioHere,
    Keys,
    LegEnded,
    MayBeCalled,
    MayCall,
    Place,
    Question,
    Said,
    Say,
    Silence,
    Turn,
    Voice,
)

CODE = "004217"
PIN = "8046"
DAY = date(2026, 11, 20)
MOMENT = datetime.fromisoformat("2026-11-25T09:15:00+07:00")
MATTER = OpenEscalation(
    "5", "new", MOMENT, CODE, "thái độ phục vụ", sound="here", next_title="Phó Chủ tịch", can_instruct=True
)
Kind = TypeVar("Kind")
LookUp = Callable[[Question], Answer]


def ordinary(question: Question) -> Answer:  # noqa: C901 - one flat line a question
    """A logbook on an ordinary day: tickets are filed, no code is known, no sound is here yet.

    One escalation waits for the official, whose PIN is right.
    """
    match question:
        case FileTicket():
            return Filed(CODE, None)
        case CheckCase() | CheckNews():
            return CaseUnknown(2)
        case WhomToCallBack():
            return CallBackTo("+84912345678", "0912")
        case MayBeCalled(number=number):
            return MayCall(number if number.startswith("0") and len(number) > 9 else None)
        case IsAudioHere():
            return Audio(here=False)
        case WhatWaits():
            return WaitingEscalations("Chủ tịch", 1, MATTER)
        case Acknowledge() | HandOn() | Instruct():
            return Noted(MOMENT, "Phó Chủ tịch")
        case MayListen():
            return Listening("7")
        case WhatDuty():
            return DutyTomorrow("Lan", MOMENT.date(), (DutyHours("slip_team", ((480, 600),)),))
        case WhatResults():
            return Results("Chủ tịch", (CaseEnd(CODE, "answered"),))
        case GivesVerdict():
            return Judged(first=True)
        case OpensStudio() | WhatToRecord() | KeepsPrompt():
            return PromptToRead("1", "goodbye", "Xin chào quý khách.")


class Reader:
    """One call; `learnt`, `asked` and `told` remember everything, `said` the keys of the last turn."""

    def __init__(
        self,
        office: Office | None = None,
        look_up: LookUp = ordinary,
        opening: Callable[[Office], Turn] = begin,
    ) -> None:
        self.office = office or example_office()
        self.look_up = look_up
        self.learnt: list[Fact] = []
        self.asked: list[Question] = []
        self.told: list[Said] = []
        self.turn = self._settled(opening(self.office))

    @property
    def at(self) -> str:
        return self.turn.place.at

    @property
    def said(self) -> list[str]:
        return [each.key if isinstance(each, Say) else "(play)" for each in self.turn.says]

    @property
    def over(self) -> bool:
        return isinstance(self.turn.awaits, Goodbye)

    def words(self, key: str) -> dict[str, object]:
        """The words of the sentence `key` of the last turn."""
        return next(dict(each.words) for each in self.turn.says if isinstance(each, Say) and each.key == key)

    def facts(self, kind: type[Kind]) -> list[Kind]:
        """Everything learnt of one kind, in order."""
        return [fact for fact in self.learnt if isinstance(fact, kind)]

    def press(self, *keys: str) -> Self:
        for key in keys:
            self.hear(Keys(key))
        return self

    def be_silent(self, times: int = 1) -> Self:
        for _ in range(times):
            self.hear(Silence())
        return self

    def speak(self, recording: str = "7", seconds: int = 12, *, hung_up: bool = False) -> Self:
        return self.hear(Voice(recording, seconds, hung_up))

    def clerk(
        self,
        outcome: Literal["completed", "busy", "no-answer", "failed", "canceled"],
        *,
        hung_up: bool = False,
    ) -> Self:
        return self.hear(LegEnded(outcome, 60 if outcome == "completed" else 0, hung_up))

    def hang_up(self) -> Self:
        return self.hear(HungUp())

    def hear(self, heard: Heard) -> Self:
        self.turn = self._settled(advance(self.office, self.turn.place, heard))
        return self

    def _settled(self, turn: Turn) -> Turn:
        self.learnt += turn.learnt
        while isinstance(turn.awaits, Ask):
            self.asked.append(turn.awaits.question)
            after = advance(self.office, turn.place, self.look_up(turn.awaits.question))
            self.learnt += after.learnt
            turn = replace(after, says=turn.says + after.says)
        self.told += turn.says
        return turn


def standing(at: str, office: Office | None = None, look_up: LookUp = ordinary, **kept: str) -> Reader:
    """A reader dropped at the state `at`, e.g. to see what an odd event does there."""
    reader = Reader(office, look_up)
    reader.turn = Turn(Place(at).keep(**kept), (), Goodbye())
    reader.learnt.clear()
    return reader
