"""Page of the outbox: what waits, what failed and why, and sending again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, request
from sqlalchemy import Connection, Row, Select, func, or_, select
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, Person
from logbook.console.frame import ConsoleFrame
from logbook.console.views import deliveries as delivery_lines
from logbook.console.views.deliveries import DeliveryShown
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations, tickets
from logbook.ids import DeliveryId, TicketId
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.outbox.kinds import WAITED_FOR
from logbook.search import ticket_filters
from logbook.sending import decision, receipts
from logbook.tickets.visibility import visible_to

PAGE = 50
LATELY = timedelta(days=7)
LOOKED_AT = 2000
"""Rows that are read to find what failed lately."""
LISTS: Mapping[str, tuple[str, ...]] = {
    "waiting": deliveries.OPEN,
    "failed": ("failed",),
    "refused": ("refused",),
    "unconfirmed": ("sent",),
    "all": (),
}
"""The lists of the page and the states each shows; none stands for every state."""
_LATER = outbox.alias("later")


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery with the code of the ticket it is about, and whether it may be tried again."""

    told: DeliveryShown
    code: str | None
    again: bool


def add(desk: ConsoleFrame) -> None:
    """`/console/told` and the button that tries again."""

    @desk.page("/told", Act.SEE_OUTBOX)
    def told() -> str:
        which = request.args.get("which", "")
        which = which if which in LISTS else "waiting"
        with desk.reading() as conn:
            found, older = page(desk, conn, which, ticket_filters.whole(request.args.get("before")))
            failed = lately_failed(conn, desk.person, desk.now) if which == "waiting" else 0
        return desk.show(
            "outbox.html", here="told", which=which, lists=LISTS, lines=found, older=older, failed=failed
        )

    @desk.page("/told/<int(max=9223372036854775807):delivery_id>/again", Act.SEE_OUTBOX, methods=("POST",))
    def tell_again(delivery_id: DeliveryId) -> Response:
        with desk.writing() as conn:
            row = conn.execute(_lines(desk.person).where(outbox.c.id == delivery_id)).first()
            if row is None:
                abort(404)
            done = _line(desk, conn, row).again and _again(desk, conn, _delivery(row), row.about)
        return desk.back(
            "told", "outbox_again_due" if done else "outbox_again_not", done=done, which=row.state
        )


def page(
    desk: ConsoleFrame, conn: Connection, which: str, before: int | None
) -> tuple[list[DeliveryRow], int | None]:
    """Return one page of a list, newest first, and the number to go on from (keyset paging)."""
    query = _lines(desk.person).order_by(outbox.c.id.desc()).limit(PAGE + 1)
    if LISTS[which]:
        query = query.where(outbox.c.state.in_(LISTS[which]))
    if which == receipts.UNCONFIRMED:
        query = query.where(outbox.c.receipt == receipts.UNCONFIRMED)
    if before is not None:
        query = query.where(outbox.c.id < before)
    rows = conn.execute(query).all()
    older = rows[PAGE - 1].id if len(rows) > PAGE else None
    return [_line(desk, conn, row) for row in rows[:PAGE]], older


def lately_failed(conn: Connection, person: Person, now: datetime) -> int:
    """Count deliveries that failed in the last days, among the newest rows: they need somebody (T-10).

    How a call ended that a clerk waited for, the clerk reads beside the callback.
    """
    newest = conn.execute(select(func.max(outbox.c.id))).scalar() or 0
    query = _lines(person).where(
        outbox.c.id > newest - LOOKED_AT,
        outbox.c.state == "failed",
        outbox.c.ended_at > now - LATELY,
        outbox.c.kind.not_in(WAITED_FOR),
    )
    return int(conn.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def _lines(person: Person) -> Select[Any]:
    """Every delivery `person` may know of: those about a ticket only where they may see it (T-10)."""
    about = func.coalesce(outbox.c.ticket_id, escalations.c.ticket_id)
    later = select(_LATER.c.id).where(_LATER.c.instead_of == outbox.c.id).exists()
    return (
        select(
            *outbox.c,
            tickets.c.id.label("about"),
            tickets.c.code.label("code"),
            later.label("later"),
        )
        .select_from(
            outbox.outerjoin(escalations, escalations.c.id == outbox.c.escalation_id).outerjoin(
                tickets, tickets.c.id == about
            )
        )
        .where(or_(about.is_(None), visible_to(person)))
    )


def _line(desk: ConsoleFrame, conn: Connection, row: Row[Any]) -> DeliveryRow:
    delivery = _delivery(row)
    ended = delivery.state in ("failed", "refused") and not row.later
    again = ended and decision.why_not(conn, delivery, desk.settings) is None
    return DeliveryRow(delivery_lines.lines([delivery], desk.settings.notifications)[0], row.code, again)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(*row[: len(outbox.c)])


def _again(desk: ConsoleFrame, conn: Connection, row: Delivery, ticket_id: TicketId | None) -> bool:
    """Write the same delivery into the outbox again; False when somebody did so before.

    The old row stays as it ended. The new one has its own hours to be tried in, and every limit of the
    sender holds for it as for any other (T-13).
    """
    words = {name: word for name, word in row.all_params().items() if name not in ("first", "try")}
    put = deliveries.put(
        conn,
        key=f"again:{row.id}",
        kind=row.kind,
        recipient=row.recipient,
        now=desk.now,
        channel=None if row.recipient == deliveries.CITIZEN else row.channel,
        number=row.number,
        escalation_id=row.escalation_id,
        ticket_id=row.ticket_id,
        params={**words, "news": decision.news_of(row)},
        instead_of=row.id,
    )
    if put is not None:
        subject = f"delivery:{row.id}" if ticket_id is None else f"ticket:{ticket_id}"
        audit_log.write(conn, desk.person, "tell_again", subject, desk.now, kind=row.kind, delivery=row.id)
    return put is not None
