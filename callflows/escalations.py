"""What outgoing calls ask, read and learn: escalations for an official, notifications for a citizen.

A `call_attempt` is the logbook's name for one call of one delivery; dialogues only carry it along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

EscalationKind = Literal[
    "new",
    "urgent",
    "dissatisfied",
    "extended",
    "soon",
    "late",
    "weekly_report",
    "monthly_report",
    "superior_report",
    "report_soon",
    "roster_gap",
    "holidays_missing",
    "alarm",
    "desk",
]
TermName = Literal["classify", "transfer", "notice", "answer"]
BecameName = Literal[
    "answered",
    "transferred",
    "closed_resolved",
    "closed_partly",
    "closed_unfounded",
    "closed_not_ours",
    "closed_withdrawn",
]
NewsKind = Literal["accepted", "transferred", "extended", "answered", "closed"]

# --- questions to the logbook -----------------------------------------------------------------------------


@dataclass(frozen=True)
class WhatWaits:
    """What waits for the official of this call, beginning with the escalation `first` if it still waits."""

    call_attempt: str
    first: str


@dataclass(frozen=True)
class Acknowledge:
    """The official acknowledged `escalation`: nobody else needs a notification (000-13)."""

    call_attempt: str
    escalation: str


@dataclass(frozen=True)
class HandOn:
    """The official hands `escalation` to the next one."""

    call_attempt: str
    escalation: str


@dataclass(frozen=True)
class MayListen:
    """Whether the official who keyed in `pin` may hear the recording of `escalation` (B4)."""

    call_attempt: str
    escalation: str
    pin: str


@dataclass(frozen=True)
class Instruct:
    """What the official said about `escalation` goes into its history; `acknowledges` when a key sent it."""

    call_attempt: str
    escalation: str
    recording: str
    acknowledges: bool


@dataclass(frozen=True)
class WhatDuty:
    """For which duty this call reminds somebody."""

    call_attempt: str


@dataclass(frozen=True)
class WhomToCallBack:
    """Which citizen this call returns a callback to."""

    call_attempt: str


@dataclass(frozen=True)
class WhatResults:
    """The results of the cases that this call reads to an official."""

    call_attempt: str


@dataclass(frozen=True)
class CheckNews:
    """Whether `code` is that of the ticket this call brings news of (T-11, T-12)."""

    call_attempt: str
    code: str


@dataclass(frozen=True)
class GivesVerdict:
    """The citizen's verdict on one answer; `call_attempt` is empty when the citizen called."""

    call_attempt: str
    answer: str
    satisfied: bool


# --- answers of the logbook -------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenEscalation:
    """One escalation as an official may hear it before any PIN: nothing of the citizen or the content.

    Instants are local. `due` and `term` are the time and the name of a deadline that falls soon or has
    passed. `about` are the office's words for what it concerns, `sound` says whether there is a recording
    this official may hear, and whether a PIN is set; `next_title` is whom it can be handed on to.
    """

    id: str
    kind: EscalationKind
    received: datetime
    code: str = ""
    about: str = ""
    urgent: bool = False
    due: datetime | None = None
    term: TermName | None = None
    sound: Literal["none", "no_pin", "here"] = "none"
    next_title: str = ""
    can_instruct: bool = False


@dataclass(frozen=True)
class WaitingEscalations:
    """How many escalations wait for the official of that title, and the first of them."""

    title: str
    count: int
    escalation: OpenEscalation | None = None


@dataclass(frozen=True)
class CaseEnd:
    """What became of one ticket; of a closed one with its outcome."""

    code: str
    became: BecameName


@dataclass(frozen=True)
class Results:
    """The results of cases for the official of that title, the oldest first."""

    title: str
    cases: tuple[CaseEnd, ...]


@dataclass(frozen=True)
class DutyHours:
    """One kind of duty and its sessions of a day, as (begins, ends) in minutes after midnight."""

    kind: Literal["hotline", "slip_team", "qr_guide"]
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DutyTomorrow:
    """Who has which duty on `day`; no day where there is nothing to remind of any more."""

    name: str
    day: date | None
    sessions: tuple[DutyHours, ...]


@dataclass(frozen=True)
class CallBackTo:
    """The citizen to ring (E.164) and the head of the number; no number: `why` nobody is rung.

    `over`: nobody waits for this call any more; the line may not dial the number; this is a trial.
    """

    number: str | None = None
    head: str = ""
    why: Literal["over", "not_allowed", "trial"] = "over"


@dataclass(frozen=True)
class Noted:
    """When the official's key was stored (local time); None when the escalation is no longer theirs."""

    at: datetime | None
    next_title: str = ""


@dataclass(frozen=True)
class Listening:
    """The recording to play; None when the PIN was wrong, or (`refused`) no recording is played at all."""

    recording: str | None
    refused: bool = False


@dataclass(frozen=True)
class CitizenNews:
    """What a citizen hears after the code; `answer_id` names an answer whose verdict is still open.

    `body` is whom it was passed on to, `state` the word for how a closed one ended.
    """

    kind: NewsKind
    body: str = ""
    state: str = ""
    due: date | None = None
    answered: date | None = None
    answer: str = ""
    answer_id: str = ""


@dataclass(frozen=True)
class Judged:
    """Whether this was the first verdict on that answer; `due` is by when it is answered anew, if it is.

    `overtaken`: no verdict was taken, because the answer was changed or withdrawn while it was heard.
    """

    first: bool
    due: date | None = None
    overtaken: bool = False


# --- facts ------------------------------------------------------------------------------------------------


ReturnedResult = Literal[
    "talked", "brief", "citizen_busy", "citizen_absent", "citizen_failed", "not_allowed", "trial"
]
"""What became of the citizen whom a clerk called back."""


@dataclass(frozen=True)
class CallAttemptOver:
    """What became of the call: the citizen heard the news, is somebody else, or no key was pressed."""

    call_attempt: str
    result: Literal["told", "not_them", "answered"] | ReturnedResult


@dataclass(frozen=True)
class AnswerHeard:
    """Whoever is on the line has heard that answer: no call of ours has to bring it any more."""

    answer: str


OutgoingQuestion = (
    WhatWaits
    | Acknowledge
    | HandOn
    | MayListen
    | Instruct
    | WhatResults
    | WhatDuty
    | WhomToCallBack
    | CheckNews
    | GivesVerdict
)
OutgoingAnswer = (
    WaitingEscalations | Noted | Listening | Results | DutyTomorrow | CallBackTo | CitizenNews | Judged
)
