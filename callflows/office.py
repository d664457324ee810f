"""What a dialogue needs to know about the office at this moment, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LineState = Literal["open", "before", "lunch", "after", "weekend", "holiday", "closure"]


@dataclass(frozen=True)
class Clerk:
    """A person who may be rung; `number` in E.164."""

    person: str
    number: str


@dataclass(frozen=True)
class Procedure:
    """The short spoken answer to one procedure people ask about (000-01)."""

    name: str
    papers: str
    fee: str
    time_limit: str
    where: str


@dataclass(frozen=True)
class Criterion:
    """One question of the rating, with its stable key (000-05 to 000-09)."""

    key: str
    question: str


@dataclass(frozen=True)
class Emergency:
    """A number for emergencies and what it is for."""

    number: str
    purpose: str


@dataclass(frozen=True)
class Office:
    """The office as one turn sees it; instants are local and aware."""

    name: str
    today: date
    state: LineState
    reason: str
    next_opening: datetime | None
    windows: tuple[tuple[int, int], ...]
    caller_known: bool
    caller_callable: bool
    """Whether the line may call the calling number back: what is not dialled is never promised (T-13)."""
    clerks: tuple[Clerk, ...]
    procedures: tuple[Procedure, ...]
    criteria: tuple[Criterion, ...]
    emergencies: tuple[Emergency, ...]
    consent_wording: str
    lowest: int = 1
    highest: int = 5
    low_at_most: int = 2
    speak_seconds: int = 180
    silence_seconds: int = 8
    ring_seconds: int = 20
    talk_seconds: int = 3600
    key_to_accept: bool = False
    """Whether a clerk who picks up presses a key before the caller is joined (R3)."""
    notice_days: int = 10
    key_seconds: int = 6
    trial: bool = False
    menu: tuple[str, ...] | None = None
    """The entries of the menu in their order, by purpose; None: all, as the program has them."""
    studio: bool = False
    """Whether somebody of the office may phone sentences in at this moment."""
    reception_place: str = ""
    week: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...] = ()
    """Runs of days that are alike, for an office whose days are not; see `Hours`."""
    midday: bool = True
    """Whether a pause between two windows is the one at noon."""

    @property
    def open(self) -> bool:
        """Whether the line is staffed now."""
        return self.state == "open"

    def offers(self, purpose: str) -> bool:
        """Whether the menu has that entry."""
        return self.menu is None or purpose in self.menu

    @property
    def staffed(self) -> bool:
        """Whether somebody can be rung now."""
        return self.open and bool(self.clerks)
