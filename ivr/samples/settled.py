"""Records the notifications of samples as sent: no sample ever rings a telephone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.ids import DeliveryId, EscalationId
from logbook.outbox import deliveries, escalations
from logbook.outbox.escalations import Escalation
from logbook.sending import claims, outcomes
from logbook.tickets import results

HEARD_AFTER = timedelta(minutes=6)
EPOCH = 0
"""The lease under which no sender ever works."""


def finish(month: SampleMonth, conn: Connection, new: Mapping[str, Collection[int]]) -> None:
    """Settle the escalations, deliveries and results that a transaction has opened, in that transaction."""
    for delivery_id in new.get("deliveries", ()):
        _deliver(month, conn, DeliveryId(delivery_id), "told")
    for escalation_id in new.get("escalations", ()):
        row = escalations.of_id(conn, EscalationId(escalation_id))
        if row is not None and row.settled_at is None:
            _acknowledge(month, conn, row)
    if "case_results" in new:
        results.end(conn, new["case_results"], "told", month.clock.now())


def _acknowledge(month: SampleMonth, conn: Connection, row: Escalation) -> None:
    notifications = month.hotline.settings.notifications
    steps = [step for step in notifications.ladder(row.ladder) if step.channel == deliveries.CALL]
    official = notifications.official(steps[0].official) if steps else None
    if official is not None:
        delivery_id = deliveries.put(
            conn,
            key=f"sample:{row.key}",
            kind=row.kind,
            recipient=official.id,
            channel=deliveries.CALL,
            number=official.number,
            escalation_id=row.id,
            ticket_id=row.ticket_id,
            now=month.clock.now(),
        )
        if delivery_id is not None:
            _deliver(month, conn, delivery_id, "acknowledged")
    who = next((one for one in month.people.values() if official and one.login == official.login), None)
    escalations.acknowledge(
        conn,
        row.id,
        how="key",
        who=who.login if who else "line",
        person_id=who.id if who else None,
        now=month.clock.now() + HEARD_AFTER,
    )


def _deliver(
    month: SampleMonth, conn: Connection, delivery_id: DeliveryId, result: deliveries.CallResult
) -> None:
    row = deliveries.of_id(conn, delivery_id)
    if row is None or row.state != "due":
        return
    claims.choose(conn, row, deliveries.CALL)
    row = deliveries.of_id(conn, delivery_id)
    claimed = row and claims.claim(conn, row, EPOCH, month.clock.now())
    if claimed:
        claims.handed_over(conn, claimed, f"CAmau{delivery_id}", month.clock.now() + timedelta(minutes=4))
        outcomes.call_ended(conn, claimed, result, month.clock.now() + HEARD_AFTER)
