"""Say what a ticket is (002-26)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.outbox import escalations
from logbook.tickets.lifecycle import (
    AT_WORK,
    GUIDED_KINDS,
    KINDS,
    TicketState,
    TicketTopic,
    TransitionRefusedError,
)
from logbook.tickets.notifications import Move, tell_citizen
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.guide import GuideElsewhere
from logbook.tickets.verbs.verb import Changes, Left, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class Classify(
    Verb,
    name="classify",
    from_states=AT_WORK | {TicketState.NEW},
    leads=TicketState.CLASSIFIED,
    right=Act.CLASSIFY,
    choices={"kind": KINDS, "topic": tuple(TicketTopic)},
    in_bulk=True,
):
    """The kind, and whatever else is known by now."""

    reason: str = ""
    kind: str
    topic: str | Left = Left.OUT
    category: str | Left | None = Left.OUT
    tag: str | Left | None = Left.OUT
    urgent: bool | Left = Left.OUT

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """Kind and topic are required (002-26); a category that escalates makes the ticket urgent (002-17).

        Whoever chooses khiếu nại or tố cáo guides.
        """
        kind, topic = filled.words("kind"), filled.words("topic")
        if kind not in (*KINDS, *GUIDED_KINDS):
            raise TransitionRefusedError("classify needs kind", "field")
        if kind in GUIDED_KINDS:
            return GuideElsewhere(kind=kind, reason=filled.words("reason"))
        category = filled.part.category(filled.words("category"))
        tag = filled.part.tag(filled.words("tag"))
        topic = topic or (category.topic if category else "")
        if not topic:
            raise TransitionRefusedError("classify needs topic", "field")
        if (filled.words("category") and category is None) or (filled.words("tag") and tag is None):
            raise TransitionRefusedError("no such category or tag", "choice")
        return cls(
            kind=kind,
            topic=topic,
            category=category.key if category else None,
            tag=tag.key if tag else None,
            urgent=filled.ticked("urgent") or (category is not None and category.escalates),
            reason=filled.words("reason"),
        )

    def changes(self, _: MoveContext, /) -> Changes:
        """Everything that was given."""
        return dict(self.details())

    def notify(self, conn: Connection, move: Move) -> None:
        """A wrong number needs no notification; else the caller hears it is accepted (rules B1)."""
        before, after = move.before, move.after
        if after.kind.is_wrong_number:
            escalations.settle_all(conn, after.id, now=move.now, who=move.actor)
        elif before.state is TicketState.NEW or not before.kind.tells_its_caller:
            tell_citizen(conn, move, "accepted")
