"""Draws a map of the whole dialogue by walking through it: every state with every exit it really has.

Nothing here is recorded twice: the map presses every key at every place it can reach, for every kind
of hour and caller, and notes where the call stands afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import callflows
from callflows.escalations import (
    Acknowledge,
    CallBackTo,
    CaseEnd,
    CheckNews,
    CitizenNews,
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
from callflows.office import Clerk, Criterion, Emergency, LineState, Office, Procedure
from callflows.prompts import KeepsPrompt, OpensStudio, PromptCodeRefused, PromptToRead, WhatToRecord
from callflows.vocabulary import (
    Answer,
    Ask,
    Audio,
    CaseFound,
    CaseUnknown,
    CheckCase,
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
    Press,
    Question,
    Ring,
    Silence,
    Speak,
    TooManyGuesses,
    Turn,
    Voice,
)

START = "start"
CALL, OFFICIAL_CALLED, CITIZEN_CALLED = "call", "an official is called", "a citizen is called"
CLERK_CALLED = "a clerk is called"
SILENCE = "silence"
HANG_UP = "hang up"
WRONG_KEY = "#"
MOMENT = datetime.fromisoformat("2026-11-20T09:15:00+07:00")
MOST_PLACES = 20_000
"""Far more than any caller can stand at; beyond it the dialogue never comes to an end."""


@dataclass(frozen=True)
class Exit:
    """One way out of a state: what was heard, and the state after it."""

    state: str
    heard: str
    to: str


@dataclass(frozen=True)
class Atlas:
    """All states a call can rest in, what each awaits, and all exits."""

    awaits: Mapping[str, frozenset[str]]
    exits: frozenset[Exit]

    def after(self, state: str, heard: str) -> frozenset[str]:
        """Where `heard` leads from `state`."""
        return frozenset(way.to for way in self.exits if way.state == state and way.heard == heard)


def example_office(
    state: LineState = "open",
    *,
    caller_known: bool = True,
    caller_callable: bool | None = None,
    clerks: int = 2,
) -> Office:
    """An office to walk through: two clerks, two procedures, two criteria; a known number may be called."""
    return Office(
        name="xã Mẫu",
        today=date(2026, 11, 25),
        state=state,
        reason="",
        next_opening=datetime.fromisoformat("2026-11-26T08:00:00+07:00"),
        windows=((480, 660), (840, 990)),
        caller_known=caller_known,
        caller_callable=caller_known if caller_callable is None else caller_callable,
        clerks=tuple(Clerk(f"clerk{n}", f"+8425838421{n:02}") for n in range(clerks)),
        procedures=tuple(Procedure(f"procedure {n}", "", "", "", "") for n in (1, 2)),
        criteria=tuple(Criterion(f"tc{n}", f"question {n}") for n in (1, 2)),
        emergencies=(Emergency("113", "police"),),
        consent_wording="1",
    )


def offices() -> Iterable[Office]:
    """Every kind of office a dialogue can meet: open, staffed, the number known, withheld or never called."""
    for state in ("open", "after"):
        for known in (True, False):
            for clerks in (2, 0):
                yield example_office(state, caller_known=known, clerks=clerks)
        yield example_office(state, caller_callable=False, clerks=2)
    yield replace(example_office(), studio=True)


def survey(walked: Iterable[Office] | None = None) -> Atlas:
    """Walk everywhere, or only as the offices `walked` do; ValueError when the places never end."""
    awaits: dict[str, set[str]] = {}
    exits: set[Exit] = set()
    for office in offices() if walked is None else walked:
        waiting: deque[Turn] = deque()
        for name, opening in _openings(office):
            for first in _settled(office, opening):
                exits.add(Exit(START, name, first.place.at))
                waiting.append(first)
        seen: set[Place] = set()
        while waiting:
            turn = waiting.popleft()
            here = turn.place
            if here.get("slips"):
                continue  # a finishing key too many leads nowhere new
            if here in seen:
                continue
            seen.add(here)
            if len(seen) > MOST_PLACES:
                raise ValueError(f"the walk never ends, for instance at {turn.place}")
            awaits.setdefault(turn.place.at, set()).add(type(turn.awaits).__name__)
            for name, heard in _can_be_heard(turn):
                for after in _settled(office, callflows.advance(office, turn.place, heard)):
                    exits.add(Exit(turn.place.at, name, after.place.at))
                    waiting.append(after)
    return Atlas({state: frozenset(kinds) for state, kinds in awaits.items()}, frozenset(exits))


def _openings(office: Office) -> Iterable[tuple[str, Turn]]:
    """Every way a call begins: somebody calls us, or we call an official, a clerk or a citizen."""
    yield CALL, callflows.begin(office)
    if office.caller_callable:
        yield OFFICIAL_CALLED, callflows.begin_for_official(office, "1")
        yield OFFICIAL_CALLED, callflows.begin_with_results(office, "1")
        yield OFFICIAL_CALLED, callflows.begin_with_duty(office, "1")
        yield CLERK_CALLED, callflows.begin_returned_call(office, "1")
        yield CITIZEN_CALLED, callflows.begin_for_citizen(office, "1")


def _can_be_heard(turn: Turn) -> Iterable[tuple[str, Heard]]:
    yield HANG_UP, HungUp()
    match turn.awaits:
        case Press(most=most):
            yield SILENCE, Silence()
            yield from ((key, Keys(key)) for key in "0123456789*#")
            if most > 1:
                yield "code", Keys("004217"[:most].ljust(most, "1")[:most])
                yield "number", Keys("0912345678")
        case Speak():
            yield SILENCE, Silence()
            yield "speech", Voice("1", 12)
            yield "speech, hang up", Voice("1", 12, hung_up=True)
        case Ring():
            yield "talked", LegEnded("completed", 60)
            yield "a moment's talk", LegEnded("brief", 2)
            yield "not reached", LegEnded("no-answer")
            yield "hung up ringing", LegEnded("canceled", hung_up=True)
        case Goodbye():
            yield "late speech", Voice("1", 12, hung_up=True)
            yield "late end of ringing", LegEnded("completed", 60, hung_up=True)
            yield "late moment's talk", LegEnded("brief", 2, hung_up=True)
        case Ask():
            raise ValueError("the walk stands at a question to the logbook")


def _settled(office: Office, turn: Turn) -> Iterable[Turn]:
    """The turns that follow once the logbook has answered, for every kind of answer."""
    if not isinstance(turn.awaits, Ask):
        yield turn
        return
    for answer in _answers(turn.awaits.question):
        after = callflows.advance(office, turn.place, answer)
        yield from _settled(office, replace(after, says=turn.says + after.says))


def _answers(question: Question) -> tuple[Answer, ...]:  # noqa: C901 - one flat line a question
    day = date(2026, 11, 20)
    match question:
        case FileTicket():
            return (Filed("004217", None), Filed("004217", "1234"))
        case CheckCase():
            return (*_cases(day), CaseUnknown(1), CaseUnknown(0), TooManyGuesses())
        case MayBeCalled(number=number):
            return (MayCall(number), MayCall(number, renewed=True), MayCall(None))
        case IsAudioHere():
            return (Audio(here=True), Audio(here=False))
        case WhatWaits():
            return tuple(
                WaitingEscalations("Chủ tịch", 1, escalation) for escalation in (*_escalations(), None)
            )
        case Acknowledge() | HandOn() | Instruct():
            return (Noted(MOMENT, "Phó Chủ tịch"), Noted(None))
        case WhatResults():
            return (Results("Chủ tịch", ()), Results("Chủ tịch", (CaseEnd("004217", "answered"),)))
        case WhatDuty():
            return (
                DutyTomorrow("Lan", day, (DutyHours("slip_team", ((480, 600),)),)),
                DutyTomorrow("Lan", None, ()),
            )
        case WhomToCallBack():
            return (CallBackTo("+84912345678", "0912"), CallBackTo(), CallBackTo(why="trial"))
        case MayListen():
            return (Listening("7"), Listening(None), Listening(None, refused=True))
        case OpensStudio() | WhatToRecord() | KeepsPrompt():
            return (
                PromptToRead("1", "menu", "text"),
                PromptToRead("1", "", ""),
                *map(PromptCodeRefused, (1, 0)),
            )
        case CheckNews():
            return (*_news(day), *_cases(day), CaseUnknown(1), CaseUnknown(0), TooManyGuesses())
        case GivesVerdict():
            return (Judged(first=True), Judged(first=True, due=day), Judged(first=False))


def _cases(day: date) -> tuple[CaseFound, ...]:
    return (
        CaseFound("received", day, day),
        CaseFound("answered", day, day, day, "answer"),
        CaseFound("answered", day, day, day, "answer", "1:5"),
    )


def _news(day: date) -> tuple[CitizenNews, ...]:
    return (
        CitizenNews("accepted", due=day),
        CitizenNews("transferred", body="body"),
        CitizenNews("extended", due=day),
        CitizenNews("closed", state="closed_resolved"),
        CitizenNews("answered", answered=day, answer="answer"),
        CitizenNews("answered", answered=day, answer="answer", answer_id="1:5"),
    )


def _escalations() -> tuple[OpenEscalation, ...]:
    return (
        OpenEscalation(
            "1", "new", MOMENT, "004217", "about", sound="here", next_title="Phó", can_instruct=True
        ),
        OpenEscalation("2", "late", MOMENT, "004217", urgent=True, due=MOMENT, sound="no_pin"),
        OpenEscalation("3", "alarm", MOMENT),
    )


def mermaid(atlas: Atlas) -> str:
    """The map as a Mermaid flowchart; exits that only repeat a state are left out."""
    lines = ["flowchart TD"]
    for state in sorted({START, *atlas.awaits}):
        kinds = ", ".join(sorted(atlas.awaits.get(state, ())))
        lines.append(f'  {_name(state)}["{state}{"<br/>" + kinds if kinds else ""}"]')
    ways: dict[tuple[str, str], list[str]] = {}
    for way in sorted(atlas.exits, key=lambda way: (way.state, way.to, way.heard)):
        if way.state != way.to:
            ways.setdefault((way.state, way.to), []).append(way.heard)
    for (state, to), heard in ways.items():
        lines.append(f'  {_name(state)} -->|"{", ".join(heard)}"| {_name(to)}')
    return "\n".join(lines)


def _name(state: str) -> str:
    return state.replace(".", "_")
