"""Guide whoever brings a khiếu nại or tố cáo to its own procedure (rules B1)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from logbook.outbox import deliveries, escalations
from logbook.tickets.lifecycle import AT_WORK, GUIDED_KINDS, TicketState
from logbook.tickets.notifications import Move
from logbook.tickets.verbs.verb import Changes, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class GuideElsewhere(
    Verb,
    name="guide",
    from_states=AT_WORK | {TicketState.NEW},
    leads=TicketState.GUIDED,
    right=None,
    choices={"kind": GUIDED_KINDS},
):
    """The ticket leaves the path of a complaint; it has no form: whoever classifies chooses it."""

    kind: str

    def changes(self, _: MoveContext, /) -> Changes:
        """It stands in no group."""
        return {"kind": self.kind, "group_id": None}

    def notify(self, conn: Connection, move: Move) -> None:
        """It leaves the ladder: it is restricted and not ours to hand round (rules B1)."""
        escalations.settle_all(conn, move.after.id, now=move.now, who=move.actor)
        deliveries.cancel(conn, move.now, ticket_id=move.after.id)
