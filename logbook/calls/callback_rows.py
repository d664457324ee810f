"""Reads a callback, a promise to call somebody back, from its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

REASONS = ("asked", "missed", "brief", "message")
STATES = ("owed", "wanted", "calling", "settled")
"""Waiting for somebody; a clerk wants the line to ring; the line is ringing; done."""
TRIED = frozenset({"talked", "brief", "no_answer", "busy", "failed"})
"""Results after which the citizen's telephone has been rung, so that a try counts."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One row of `callbacks`; `number` is E.164, None when the caller's number is withheld.

    `wanted_from` is the clerk's telephone that is rung first; `calls_placed` counts the calls the line has
    placed for this row, `return_sid` names the last one at the provider. `call_id` is the call it began with;
    `merged_into` is the row its calls have joined.
    """

    id: int
    call_id: int
    number: str | None
    caller_raw: str
    reason: str
    state: str
    owed_since: datetime
    settled_at: datetime | None
    recording_id: int | None
    owner_id: int | None
    note: str | None
    tries: int
    tried_at: datetime | None
    wanted_at: datetime | None
    wanted_from: str | None
    version: int
    last_result: str | None
    claimed_at: datetime | None
    calls_placed: int
    return_sid: str | None
    merged_into: int | None
