"""Reminds the office of a report some days before it is drawn, once (004-07)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from logbook.clock import local
from logbook.database.tables import escalations as escalations_table
from logbook.outbox import escalations
from logbook.reports.made import SOON, escalation_key, of_period
from logbook.reports.periods import Period


def announced(conn: Connection, period: Period) -> bool:
    """Whether the office was reminded that this report is drawn soon, or has it already."""
    key = f"{escalation_key(period.kind, period.name)}:soon"
    details = conn.execute(select(escalations_table.c.id).where(escalations_table.c.key == key)).first()
    return details is not None or of_period(conn, period.kind, period.name) is not None


def announce(conn: Connection, period: Period, now: datetime) -> bool:
    """Remind the office that a report will be drawn soon; False when it was reminded before (004-07)."""
    if announced(conn, period):
        return False
    due = local(period.due_at).isoformat()
    details = escalations.open_once(
        conn,
        key=f"{escalation_key(period.kind, period.name)}:soon",
        kind=SOON,
        ladder="office",
        params={"kind": period.kind, "period": period.name, "due": due},
        now=now,
    )
    return details is not None
