"""A database that is written as the line and the office write it, at any moment, for tests of the reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.calls import callbacks, calls, legs, ratings
from logbook.calls.calls import Call
from logbook.clock import ZONE
from logbook.database import tables
from logbook.ids import TicketId
from logbook.settings.loading import Settings
from logbook.tickets import open_by_phone, tickets
from logbook.tickets.tickets import Ticket
from tests.town_hall import move

CITIZEN = "+84912345678"


def at(text: str) -> datetime:
    """A moment in Vietnam, written as 2026-11-18 09:10."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class Book:
    """Writes calls, tickets and ratings; sids and codes count up by themselves."""

    conn: Connection
    settings: Settings
    times: WorkingTimes
    numbers: Any = field(default_factory=lambda: count(1))

    def call(self, when: str, *, leg: str | None = None, number: str | None = CITIZEN) -> Call:
        """A call, and with `leg` what became of ringing the clerk on duty."""
        call = calls.begin(
            self.conn,
            sid=f"CA{next(self.numbers)}",
            direction="inbound",
            caller_raw=number or "anonymous",
            caller_number=number,
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=at(when),
        )
        if leg is not None:
            legs.ring(self.conn, call.id, 1, "an", "+842583842111", at(when))
            legs.leg_ended(self.conn, call.id, 1, leg, 60, f"CB{call.id}", at(when))
        return call

    def owe(self, when: str, reason: str = "missed", number: str | None = None) -> Call:
        """A call that was promised a call back, to somebody of their own unless `number` is given."""
        call = self.call(when)
        callbacks.owe(self.conn, call, reason, number or f"+8490{call.id:07}", at(when))
        return call

    def ticket(self, when: str, call: Call | None = None, **classified: Any) -> Ticket:
        """A ticket spoken on the line; classified two hours later as given, or left new."""
        opened = at(when)
        made = open_by_phone.open_by_phone(
            self.conn,
            call=call or self.call(when),
            recording_id=None,
            caller_type="individual",
            notice_due_at=self.times.office.add_days(opened, self.settings.complaint.notice_days),
            answer_due_at=self.times.office.add_days(opened, self.settings.complaint.answer_days),
            now=opened,
            secret="a secret of the office",
            draw=lambda: f"{next(self.numbers):06d}",
        )
        if classified:
            self.do(made.ticket.id, "classify", when, **classified)
        return tickets.of_id(self.conn, made.ticket.id)

    def do(self, ticket: Ticket | int, verb: str, when: str, **details: Any) -> Ticket:
        """One move of a ticket."""
        ticket_id = ticket if isinstance(ticket, int) else ticket.id
        details.setdefault("reason", "")
        return move(self.conn, TicketId(ticket_id), verb, actor="an", now=at(when), **details)

    def close(self, ticket: Ticket, when: str, outcome: str = "resolved", **seen: Any) -> Ticket:
        """The end of a ticket, explained; content and answer stand there without an event of their own."""
        kept = {"content": "Đã có từ trước.", "answer": "Đã có từ trước."}
        this = tables.tickets.c.id == ticket.id
        self.conn.execute(tables.tickets.update().where(this).values(**kept))
        if outcome in ("withdrawn", "not_ours"):
            seen = {"reason": "gọi điện rút lại", "to": "Công an xã"} | seen
        words = {"cause": "thiếu người", "remedy": "bố trí thêm người"} | seen
        return self.do(ticket, "close", when, outcome=outcome, **words)

    def rate(self, when: str, *marks: int | None) -> Call:
        """A caller's marks for the criteria in order; None is a question skipped."""
        call, part = self.call(when), self.settings.ratings
        ratings.install_set(
            self.conn,
            key=part.key,
            version=part.version,
            title="Bộ câu hỏi",
            scale_min=part.lowest,
            scale_max=part.highest,
            asked=[ratings.StoredCriterion(one.key, one.name, one.text) for one in part.criteria],
            now=at(when),
        )
        ratings.begin_response(self.conn, call.id, part.key, part.version, at(when))
        for criterion, mark in zip(part.criteria, marks, strict=False):
            ratings.rate(self.conn, call.id, criterion.key, mark, at(when))
        return call
