"""Looks up news for a citizen whose code fits, and records whether an answer satisfied them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from callflows.escalations import CitizenNews, GivesVerdict, Judged
from callflows.vocabulary import CaseFound
from ivr.line.outgoing_call import CallAttempt, answer_named, end
from logbook.clock import local
from logbook.outbox import deliveries
from logbook.sending import citizen_calls
from logbook.tickets import deadline_changes, satisfaction, tickets
from logbook.tickets import tickets as book
from logbook.tickets.lifecycle import AT_WORK, TicketState
from logbook.tickets.tickets import Ticket

ANSWERED = (TicketState.ANSWERED, TicketState.CLOSED)
_PAST_EXTENSION = (TicketState.ANSWERED, TicketState.TRANSFERRED, TicketState.GUIDED)
"""States in which nobody waits for a later deadline of ours."""


@dataclass(frozen=True)
class CitizensNews:
    """News within one transaction at one moment.

    A rejected answer is due again by `due_anew`, in `answer_days` working days.
    """

    conn: Connection
    now: datetime
    due_anew: datetime
    answer_days: int

    def ticket_of(self, call_attempt: str, code: str) -> Ticket | None:
        """The ticket this call is about, when `code` is its code."""
        row = deliveries.of_id(self.conn, CallAttempt.read(call_attempt).delivery)
        if row is None or row.ticket_id is None:
            return None
        ticket = tickets.of_id(self.conn, row.ticket_id)
        return ticket if ticket.code == code else None

    def of(self, call_attempt: str, ticket: Ticket) -> CitizenNews | CaseFound:
        """The news of this call; the ticket's present state, when the news is out of date."""
        row = deliveries.of_id(self.conn, CallAttempt.read(call_attempt).delivery)
        kind = "" if row is None else row.kind
        due = local(ticket.answer_due_at).date()
        answered = self._answered(ticket)
        if answered and ticket.answer:
            return CitizenNews(
                "answered",
                due=due,
                answered=local(answered).date(),
                answer=ticket.answer,
                answer_id=self.answer_id(ticket),
            )
        state = tickets.spoken_state(ticket)
        if state == "transferred" and ticket.transferred_to:
            return CitizenNews("transferred", ticket.transferred_to)
        if ticket.state is TicketState.CLOSED:
            return CitizenNews("closed", state=state)
        if kind == "accepted" and ticket.state in (*AT_WORK, TicketState.WAITING_FOR_CALLER):
            return CitizenNews("accepted", due=due)
        if kind == "extended" and ticket.state not in _PAST_EXTENSION:
            return CitizenNews("extended", due=due)
        return self.stands(ticket)

    def asked(self, ticket: Ticket) -> CaseFound:
        """The ticket's state, for whoever called in; no outgoing call is needed for it any more."""
        citizen_calls.heard_calling_in(self.conn, ticket.id, self.now)
        deadline_changes.heard(self.conn, ticket, self.now)
        return self.stands(ticket)

    def stands(self, ticket: Ticket) -> CaseFound:
        """Where the ticket stands (NĐ 20/2008 Art 12); an answer that was rejected is none (ASK-25)."""
        answered = self._answered(ticket)
        return CaseFound(
            state=tickets.spoken_state(ticket),
            received=local(ticket.opened_at).date(),
            due=local(ticket.answer_due_at).date(),
            answered=local(answered).date() if answered else None,
            answer=ticket.answer if answered else None,
            answer_id=self.answer_id(ticket),
        )

    def _answered(self, ticket: Ticket) -> datetime | None:
        """When the answer was given; None without one, and for one that was rejected, closed or not."""
        if ticket.state not in ANSWERED or not book.answer_holds(ticket):
            return None
        return ticket.answered_at

    def answer_id(self, ticket: Ticket) -> str:
        """The answer on which a verdict is still open, as a dialogue carries it; "" when there is none."""
        number = satisfaction.waiting_answer(self.conn, ticket.id) if ticket.answer else None
        return "" if number is None else f"{ticket.id}:{number}"

    def judge(self, question: GivesVerdict) -> Judged:
        """Write the verdict down, after the news that it follows."""
        ticket_id, answer = answer_named(question.answer)
        if question.call_attempt:
            end(self.conn, CallAttempt.read(question.call_attempt), "told", self.now)
        citizen_calls.heard_answer(self.conn, ticket_id, answer, self.now)
        first = satisfaction.give(
            self.conn,
            ticket_id,
            answer,
            satisfied=question.satisfied,
            now=self.now,
            due_anew=self.due_anew,
            days=self.answer_days,
        )
        if not first and not satisfaction.was_given(self.conn, ticket_id, answer):
            return Judged(first=False, overtaken=True)
        anew = first and not question.satisfied
        due = tickets.of_id(self.conn, ticket_id).answer_due_at if anew else None
        return Judged(first, local(due).date() if due else None)
