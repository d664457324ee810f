"""Reads a callback, a promise to call somebody back, from its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logbook.ids import CallbackId, CallId, DeliveryId, PersonId, RecordingId

REASONS = ("asked", "missed", "brief", "message")
STATES = ("owed", "wanted", "settled")
"""Waiting for somebody; a clerk wants the line to return it, which its delivery does; done."""
TRIED = frozenset({"talked", "brief", "no_answer", "busy", "failed"})
"""Results after which the citizen's telephone has been rung, so that a try counts."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One row of `callbacks`; `number` is E.164, None when the caller's number is withheld.

    `call_id` is the call it began with; `merged_into` is the row its calls have joined; `delivery_id` is the
    last call that was to return it.
    """

    id: CallbackId
    call_id: CallId
    number: str | None
    caller_raw: str
    reason: str
    state: str
    owed_since: datetime
    settled_at: datetime | None
    recording_id: RecordingId | None
    owner_id: PersonId | None
    note: str | None
    tries: int
    tried_at: datetime | None
    version: int
    last_result: str | None
    merged_into: CallbackId | None
    delivery_id: DeliveryId | None
