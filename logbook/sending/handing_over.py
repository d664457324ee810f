"""Hands an escalation from one official to the next, in a row of its own."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection

from logbook.ids import PersonId
from logbook.outbox import escalation_policy, escalations
from logbook.outbox.escalations import Escalation
from logbook.settings.loading import Settings
from logbook.settings.notifications import OfficialPart


def hand_on(
    conn: Connection,
    row: Escalation,
    *,
    by: str,
    settings: Settings,
    now: datetime,
    who: str,
    to_role: str = "vice_chairman",
    person_id: PersonId | None = None,
) -> OfficialPart | None:
    """Hand an escalation from the official with the id `by` to the next one; return who is notified now.

    That is as `ladders.next_hand` says: from the chairman the first of `to_role`, else the next on the
    ladder. The row is settled as handed on and another goes on in its place; `by` is not notified of
    it again. None, with nothing changed, when nobody is left or it was settled before.
    """
    escalations.lock_ticket(conn, row.ticket_id)
    passed = (*row.passed, by)
    away = escalation_policy.conflict_of_interest(conn, row.ticket_id)
    found = escalation_policy.next_hand(settings.notifications, row.ladder, to_role, away, passed)
    if found is None or not escalations.acknowledge(
        conn, row.id, how="handed_on", who=who, now=now, person_id=person_id
    ):
        return None
    ladder, step, official = found
    escalations.open_once(
        conn,
        key=f"escalation:{row.id}:handed_on",
        kind=row.kind,
        ladder=ladder,
        ticket_id=row.ticket_id,
        urgent=row.urgent,
        params={**json.loads(row.params), "passed": " ".join(passed)},
        now=now,
        step=step,
    )
    return official
