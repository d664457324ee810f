"""Answers a dialogue's questions from the logbook, within the transaction of the turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection

from callflows.vocabulary import (
    Answer,
    Audio,
    CaseFound,
    CaseUnknown,
    CheckCase,
    Filed,
    FileTicket,
    IsAudioHere,
    Question,
    TooManyGuesses,
)
from ivr.hotline import Hotline
from logbook import budgets, ratings, recordings, tickets
from logbook.calls import Call
from logbook.clock import local

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WHOLE_CALL = timedelta(days=3650)


@dataclass(frozen=True)
class _Budget:
    """So many tries within so long a window."""

    scope: str
    window: timedelta
    limit: int


@dataclass(frozen=True)
class Desk:
    """Answers for one call at one moment."""

    hotline: Hotline
    conn: Connection
    call: Call
    now: datetime

    def __call__(self, question: Question) -> Answer:
        """The answer to `question`."""
        match question:
            case FileTicket():
                return self._file(question)
            case CheckCase():
                return self._check(question)
            case IsAudioHere(recording=recording):
                found = recordings.find(self.conn, int(recording))
                return Audio(here=found is not None and found.state == "stored")
            case _:
                assert_never(question)

    def _file(self, question: FileTicket) -> Filed:
        times, _ = self.hotline.calendars.now(self.conn)
        complaint = self.hotline.settings.complaint
        response = ratings.of_call(self.conn, self.call.id) if question.why_low else None
        opened = tickets.open_by_phone(
            self.conn,
            call=self.call,
            recording_id=int(question.recording),
            caller_type=question.caller_type,
            response_id=response.id if response else None,
            notice_due_at=times.office.add_days(self.now, complaint.notice_days),
            answer_due_at=times.office.add_days(self.now, complaint.answer_days),
            now=self.now,
            secret=self.hotline.settings.secret_key.get_secret_value(),
        )
        return Filed(opened.ticket.code, opened.pin)

    def _check(self, question: CheckCase) -> Answer:
        """Code and proof together, within three budgets: this call, this number, all (T-11, T-12).

        A try is taken from every budget before it is looked at, so that no number of processes can try
        more than the budgets allow, and given back when it was right. A caller from the very number of the
        ticket is served while either the number's or the common budget lasts: a guesser who spends one of
        them, or borrows the number, locks nobody out.
        """
        limits = self.hotline.settings.budgets
        common = _Budget("status:all", HOUR, limits.status_failures_total_per_hour)
        own = _Budget(f"status:number:{self.call.caller_number or 'hidden'}", DAY, self._number_limit)
        here = _Budget(f"status:call:{self.call.id}", WHOLE_CALL, limits.status_tries_per_call)
        taken = [budget for budget in (common, own, here) if self._take(budget)]
        ticket = tickets.find(self.conn, question.code)
        from_its_number = ticket is not None and ticket.caller_number == self.call.caller_number is not None
        enough = 1 if from_its_number else 2
        if here not in taken or len({own, common}.intersection(taken)) < enough:
            return TooManyGuesses()
        secret = self.hotline.settings.secret_key.get_secret_value()
        if ticket is not None and tickets.proves(ticket, question.proof, secret):
            for budget in taken:
                budgets.give_back(self.conn, budget.scope, budget.window, self.now)
            return self._found(ticket)
        return CaseUnknown(here.limit - budgets.used(self.conn, here.scope, here.window, self.now))

    def _take(self, budget: _Budget) -> bool:
        return budgets.spend(self.conn, budget.scope, budget.window, budget.limit, self.now)

    def _found(self, ticket: tickets.Ticket) -> CaseFound:
        return CaseFound(
            state=tickets.spoken_state(ticket),
            received=local(ticket.opened_at).date(),
            due=local(ticket.answer_due_at).date(),
            answered=local(ticket.answered_at).date() if ticket.answered_at else None,
            answer=ticket.answer,
        )

    @property
    def _number_limit(self) -> int:
        limits = self.hotline.settings.budgets
        if self.call.caller_number is None:
            return limits.status_failures_hidden_per_day
        return limits.status_failures_per_number_per_day
