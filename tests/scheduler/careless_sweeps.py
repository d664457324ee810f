"""Careless sweeps, which the proofs of downtime and of a clock that jumps must find out."""

from __future__ import annotations

from datetime import datetime

from logbook.outbox.escalations import Escalation
from scheduler.advance_escalations import _Walk


def counted_from_what_was_due(walk: _Walk, stands: Escalation, minutes: int) -> datetime:
    """Counts a step from when the one before it was due, not from when that was really taken."""
    return walk.hours.after(stands.next_at or walk.now, minutes, urgent=stands.urgent)
