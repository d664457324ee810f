"""What a stand-in provider keeps between requests, and which faults it shows."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal, TypeAlias

from flask import Flask, Response, current_app, jsonify

from ivr.provider.files import Drawer
from ivr.provider.switchboard import Switchboard
from logbook.clock import Clock

PlaceCall: TypeAlias = Callable[[Mapping[str, str]], None]
"""Carries out a queued call: gets its parameters and the identifiers CallSid and AccountSid."""

CreationFault: TypeAlias = Literal[
    "too-many", "error", "no-texts", "hang", "reset", "bad-json", "lost-answer"
]
Problem: TypeAlias = tuple[Response, int]
Refuses: TypeAlias = Callable[[str, Mapping[str, str]], tuple[int, str] | None]
"""Says why a line does not do what is asked ("Calls" or "Messages" and its form): error code and words."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong when a recording's sound is fetched (F-15) or a call or message is created (F-07).

    `missing_times`: not found so often first. `shape`: what is delivered then; "slow" sends a byte each
    `pause_seconds`, "large" sends `large_bytes`, "wrong-type" says image/png.

    `creations`: one for each creation to come, used up in order, then all is well. "too-many" (429 with
    Retry-After), "error" (500), "no-texts" (a line that carries calls only), "hang" (no answer for
    `hang_seconds`) and "reset" keep nothing; "bad-json" and "lost-answer" do as asked, and only the answer
    cannot be read or is lost on the way back.
    """

    missing_times: int = 0
    shape: Literal["whole", "empty", "html", "truncated", "slow", "large", "wrong-type", "gone"] = "whole"
    pause_seconds: float = 1.0
    large_bytes: int = 500 * 1024 * 1024
    creations: tuple[CreationFault, ...] = ()
    retry_after: int = 7
    hang_seconds: float = 30.0


class ProviderState:
    """What one stand-in keeps between requests; `clock` is what its dates are written by."""

    def __init__(
        self,
        drawer: Drawer,
        faults: Faults,
        place_call: PlaceCall | None,
        clock: Clock,
        *,
        tell: Callable[[str, Mapping[str, str]], None] | None = None,
        refuses: Refuses = lambda _kind, _form: None,
    ) -> None:
        """Begin with the files already in the drawer; `tell` posts a signed form to the hotline."""
        self.tell = tell
        self.refuses = refuses
        self.drawer = drawer
        self.faults = faults
        self.place_call = place_call
        self.clock = clock
        self.switchboard = Switchboard()
        self.fetches: Counter[str] = Counter()
        self.lock = Lock()

    def next_fault(self) -> CreationFault | None:
        """Return what shall go wrong with the creation that just came in, and use it up."""
        with self.lock:
            if not self.faults.creations:
                return None
            fault, *left = self.faults.creations
            self.faults = replace(self.faults, creations=tuple(left))
        return fault


def desk_of(app: Flask) -> ProviderState:
    """Return what this stand-in keeps."""
    desk = app.extensions["desk"]
    if not isinstance(desk, ProviderState):
        raise TypeError("not a stand-in provider")
    return desk


def this_desk() -> ProviderState:
    """Return what the stand-in keeps that is being asked."""
    return desk_of(current_app)


def problem(code: int, message: str, status: int) -> Problem:
    """Refuse as the API does: its error code, words and HTTP status."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return jsonify(code=code, message=message, more_info=more, status=status), status


def not_found() -> Problem:
    """Answer 404."""
    return problem(20404, "The requested resource was not found", 404)
