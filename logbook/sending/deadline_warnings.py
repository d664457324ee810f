"""Decides which reminders and warnings a ticket's deadlines need now, and updates the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, or_, select

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database.samples import is_real
from logbook.database.tables import escalations as table
from logbook.database.tables import tickets
from logbook.ids import TicketId
from logbook.outbox import escalations
from logbook.outbox.escalations import Escalation
from logbook.settings.loading import Settings
from logbook.tickets import deadlines
from logbook.tickets.notifications import TERMS, ladder_of
from logbook.tickets.tickets import TicketHead, heads

SOON, LATE = TERMS
SET_BACK = timedelta(days=1)
"""A clock set back further was wrong before: what seemed to have passed by it had not."""
WarningKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class DueWarning:
    """One escalation that a deadline needs: permanent key, kind, ladder, the deadline's name and time."""

    key: str
    kind: str
    ladder: str
    term: str
    due: str

    @property
    def warning_key(self) -> WarningKey:
        """What is said: the kind, the deadline and its end."""
        return self.kind, self.term, self.due


def tickets_after(conn: Connection, last: int, limit: int) -> list[TicketHead]:
    """Return tickets with deadlines or escalations for them, by id after `last`, without long texts."""
    details = exists().where(
        table.c.ticket_id == tickets.c.id, table.c.kind.in_(TERMS), table.c.next_at.is_not(None)
    )
    runs = tickets.c.state.not_in(deadlines.ENDED) & tickets.c.kind.not_in(deadlines.WITHOUT_TERMS)
    query = (
        select(*TicketHead.columns())
        .where(tickets.c.id > last, or_(runs, details), is_real("tickets", tickets.c.id))
        .order_by(tickets.c.id)
        .limit(limit)
    )
    return heads(conn, query)


@dataclass(frozen=True, slots=True)
class DeadlineWarnings:
    """What the deadlines ask for at one moment, by one state of the calendar."""

    settings: Settings
    office: WorkingTime
    now: datetime

    def wanted(self, ticket: TicketHead, known: Mapping[WarningKey, Escalation]) -> list[DueWarning]:
        """Return what the deadlines of a ticket need now: late once one has passed, soon on the day before.

        Of several that have passed the last one speaks for the ticket: whoever hears that the answer is late
        need not acknowledge each step that was late before it. What is `known` to have passed stays so when
        the clock is set back a little (F-13): else reminder and warning would go out once more.
        """
        asked = []
        for term in deadlines.of_ticket(ticket, self.settings, self.office, self.now, timedelta(0)):
            days = self.settings.notifications.remind_days
            begins = deadlines.reminded_at(term.due_at, ticket.opened_at, days, self.office)
            due = local(term.due_at)
            before = known.get((LATE, term.name, due.isoformat()))
            passed = term.due_at < self.now or (before is not None and before.opened_at < self.now + SET_BACK)
            kind = LATE if passed else SOON
            if begins <= self.now or kind == LATE:
                key = f"ticket:{ticket.id}:{term.name}:{due:%Y-%m-%dT%H:%M}:{kind}"
                asked.append(DueWarning(key, kind, ladder_of(ticket, kind), term.name, due.isoformat()))
        return [one for one in asked if one.kind == SOON] + [one for one in asked if one.kind == LATE][-1:]

    def wrong(self, conn: Connection, batch: Sequence[TicketHead]) -> list[TicketId]:
        """Return the ids of tickets in a batch whose escalations differ from what their deadlines need."""
        if not batch:
            return []
        rows = _known(conn, batch[0].id, batch[-1].id)
        known = {ticket.id: _latest(rows[ticket.id]) for ticket in batch}
        return [one.id for one in batch if _differs(self.wanted(one, known[one.id]), known[one.id])]

    def put_right(self, conn: Connection, ticket_id: TicketId) -> int:
        """Open what a ticket's deadlines ask for and end what they no longer do; return how many of both.

        A warning cancelled by a move that was taken back, such as an answer nobody was satisfied with,
        goes on in its own row; one that somebody acknowledged never comes again for the same end.
        """
        escalations.lock_ticket(conn, ticket_id)
        ticket = TicketHead.of_row(
            conn.execute(select(*TicketHead.columns()).where(tickets.c.id == ticket_id)).one()
        )
        known = _latest(_known(conn, ticket_id, ticket_id)[ticket_id])
        asked = {one.warning_key: one for one in self.wanted(ticket, known)}
        over = [row for details, row in known.items() if row.settled_at is None and details not in asked]
        done = sum(self._end(conn, row) for row in over)
        for details, one in asked.items():
            row = known.get(details)
            if row is None:
                done += self._open(conn, ticket, one)
            elif row.settled_how == "moot":
                done += escalations.reopen(conn, row, ladder=one.ladder, now=self.now)
        return done

    def _end(self, conn: Connection, row: Escalation) -> int:
        return int(escalations.acknowledge(conn, row.id, how="moot", who="terms", now=self.now))

    def _open(self, conn: Connection, ticket: TicketHead, one: DueWarning) -> int:
        opened = escalations.open_once(
            conn,
            key=one.key,
            kind=one.kind,
            ladder=one.ladder,
            ticket_id=ticket.id,
            urgent=False,
            params={"term": one.term, "due": one.due},
            now=self.now,
        )
        return int(opened is not None)


def _known(conn: Connection, first: int, last: int) -> Mapping[int, list[Escalation]]:
    """Return what was ever opened for deadlines, by ticket, of the tickets from one id to another."""
    query = select(table).where(table.c.ticket_id.between(first, last), table.c.kind.in_(TERMS))
    known: defaultdict[int, list[Escalation]] = defaultdict(list)
    for found in conn.execute(query):
        row = Escalation(*found)
        known[row.ticket_id or 0].append(row)
    return known


def _latest(rows: Iterable[Escalation]) -> Mapping[WarningKey, Escalation]:
    """Return the row that speaks for each deadline and end now: the last one where it was handed on."""
    return {
        (row.kind, row.param("term"), row.param("due")): row for row in sorted(rows, key=lambda row: row.id)
    }


def _differs(asked: list[DueWarning], known: Mapping[WarningKey, Escalation]) -> bool:
    """Whether a deadline lacks its warning, or an open warning is about one met, moved or passed since."""
    wanted = {one.warning_key for one in asked}
    lacking = any(details not in known or known[details].settled_how == "moot" for details in wanted)
    return lacking or any(row.settled_at is None and details not in wanted for details, row in known.items())
