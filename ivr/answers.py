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
        times, _ = self.hotline.office_now.times(self.conn)
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

        Only wrong guesses cost; a caller from the very number of the ticket is still served when the
        common budget is spent, so that a guesser locks nobody out.
        """
        limits = self.hotline.settings.budgets
        if self._spent(self._scope_call, WHOLE_CALL) >= limits.status_tries_per_call:
            return TooManyGuesses()
        if self._spent(self._scope_number, DAY) >= self._number_limit:
            return TooManyGuesses()
        ticket = tickets.find(self.conn, question.code)
        own = ticket is not None and ticket.caller_number == self.call.caller_number is not None
        if self._spent("status:all", HOUR) >= limits.status_failures_total_per_hour and not own:
            return TooManyGuesses()
        secret = self.hotline.settings.secret_key.get_secret_value()
        if ticket is not None and tickets.proves(ticket, question.proof, secret):
            return self._found(ticket)
        return self._wrong_guess()

    def _wrong_guess(self) -> Answer:
        limits = self.hotline.settings.budgets
        within = [
            budgets.spend(self.conn, scope, window, limit, self.now)
            for scope, window, limit in (
                ("status:all", HOUR, limits.status_failures_total_per_hour),
                (self._scope_number, DAY, self._number_limit),
                (self._scope_call, WHOLE_CALL, limits.status_tries_per_call),
            )
        ]
        if not all(within):
            return TooManyGuesses()
        left = limits.status_tries_per_call - self._spent(self._scope_call, WHOLE_CALL)
        return CaseUnknown(tries_left=max(0, left))

    def _found(self, ticket: tickets.Ticket) -> CaseFound:
        return CaseFound(
            state=tickets.spoken_state(ticket),
            received=local(ticket.opened_at).date(),
            due=local(ticket.answer_due_at).date(),
            answered=local(ticket.answered_at).date() if ticket.answered_at else None,
            answer=ticket.answer,
        )

    def _spent(self, scope: str, window: timedelta) -> int:
        return budgets.used(self.conn, scope, window, self.now)

    @property
    def _scope_call(self) -> str:
        return f"status:call:{self.call.id}"

    @property
    def _scope_number(self) -> str:
        return f"status:number:{self.call.caller_number or 'hidden'}"

    @property
    def _number_limit(self) -> int:
        limits = self.hotline.settings.budgets
        if self.call.caller_number is None:
            return limits.status_failures_hidden_per_day
        return limits.status_failures_per_number_per_day
