"""One line of the list for going live: what was looked at, how it stands, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How one thing stands."""

    DONE = "done"
    TODO = "todo"
    WRONG = "wrong"
    """It does not work: calls or cases would be lost."""
    UNKNOWN = "unknown"
    """It could not be looked at here and now."""

    @property
    def mark(self) -> str:
        """The mark before the line on a screen or on paper."""
        return {"done": "[x]", "todo": "[ ]", "wrong": "[!]", "unknown": "[?]"}[self.value]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line; `key` is stable for programs, `text` and `to_do` are Vietnamese, `to_do` empty when done."""

    key: str
    state: CheckState
    text: str
    to_do: str = ""

    def shown(self) -> list[str]:
        """The line as it is printed, and below it what to do."""
        return [f"  {self.state.mark} {self.text}", *([f"      → {self.to_do}"] if self.to_do else [])]


def done(key: str, text: str) -> CheckLine:
    """A line about something that is as it should be."""
    return CheckLine(key, CheckState.DONE, text)


def to_do(key: str, text: str, what: str) -> CheckLine:
    """A line about something that still has to be done."""
    return CheckLine(key, CheckState.TODO, text, what)


def wrong(key: str, text: str, what: str) -> CheckLine:
    """A line about something broken."""
    return CheckLine(key, CheckState.WRONG, text, what)


def unknown(key: str, text: str, what: str) -> CheckLine:
    """A line about something nobody could look at."""
    return CheckLine(key, CheckState.UNKNOWN, text, what)
