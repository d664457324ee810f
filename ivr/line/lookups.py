"""Answers a dialogue's questions from the logbook, in the transaction of the turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection

from callflows.escalations import (
    Acknowledge,
    CheckNews,
    GivesVerdict,
    HandOn,
    Instruct,
    MayListen,
    WhatDuty,
    WhatResults,
    WhatWaits,
    WhomToCallBack,
)
from callflows.prompts import KeepsPrompt, OpensStudio, WhatToRecord
from callflows.vocabulary import (
    Answer,
    Audio,
    CaseUnknown,
    CheckCase,
    Filed,
    FileTicket,
    IsAudioHere,
    MayBeCalled,
    MayCall,
    Question,
    TooManyGuesses,
)
from ivr.line import callback_lookups, duty_lookups
from ivr.line.citizen_lookups import CitizensNews
from ivr.line.hotline import Hotline
from ivr.line.official_lookups import OfficialsDesk
from ivr.line.studio_lookups import StudioDesk
from logbook import phone_numbers
from logbook.calls import ratings
from logbook.calls.calls import Call
from logbook.database import rate_limits
from logbook.ids import RecordingId
from logbook.recordings import recordings
from logbook.settings import own_numbers
from logbook.tickets import open_by_phone, tickets
from logbook.tickets.tickets import Ticket

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
class Lookups:
    """Answers for one call at one moment."""

    hotline: Hotline
    conn: Connection
    call: Call
    now: datetime

    def __call__(self, question: Question) -> Answer:  # noqa: C901 - one flat line a question
        """The answer to `question`."""
        match question:
            case FileTicket():
                return self._file(question)
            case CheckCase(code=code, proof=proof):
                return self._check(code, proof)
            case CheckNews(call_attempt=call_attempt, code=code):
                return self._check_news(call_attempt, code)
            case GivesVerdict():
                return self._news.judge(question)
            case WhatWaits() | Acknowledge() | HandOn() | MayListen() | Instruct() | WhatResults():
                desk = OfficialsDesk(self.hotline, self.conn, self.call.id, self.call.language, self.now)
                return desk.answer(question)
            case OpensStudio() | WhatToRecord() | KeepsPrompt():
                return StudioDesk(self.hotline, self.conn, self.call.id, self.now).answer(question)
            case WhomToCallBack():
                return callback_lookups.whom(self.hotline, self.conn, question)
            case WhatDuty():
                return duty_lookups.tomorrow(self.hotline, self.conn, question)
            case MayBeCalled(number=number):
                return self._may_call(number)
            case IsAudioHere(recording=recording):
                found = recordings.find(self.conn, RecordingId(int(recording)))
                return Audio(here=found is not None and found.state == "stored")
            case _:
                assert_never(question)

    def _may_call(self, keyed: str) -> MayCall:
        """The keyed-in number as the line would dial it, by the rule of whoever dials (T-13)."""
        office = self.hotline.office_now.numbers
        e164 = own_numbers.callable_citizen(keyed, office)
        national = None if e164 is None else f"0{e164.removeprefix('+84')}"
        return MayCall(national, renewed=national is not None and phone_numbers.is_renewed(keyed))

    def _file(self, question: FileTicket) -> Filed:
        times, _ = self.hotline.calendars.now(self.conn)
        complaint = self.hotline.settings.complaint
        response = ratings.of_call(self.conn, self.call.id) if question.why_low else None
        opened = open_by_phone.open_by_phone(
            self.conn,
            call=self.call,
            recording_id=RecordingId(int(question.recording)),
            caller_type=question.caller_type,
            response_id=response.id if response else None,
            notice_due_at=times.office.add_days(self.now, complaint.notice_days),
            answer_due_at=times.office.add_days(self.now, complaint.answer_days),
            days=complaint.days,
            now=self.now,
            secret=self.hotline.settings.secret_key.get_secret_value(),
        )
        return Filed(opened.ticket.code, opened.pin)

    def _check(self, code: str, proof: str) -> Answer:
        """Code and proof together (T-11); the last digits of a number of ours prove nothing (B-02)."""
        secret, ours = self.hotline.settings.secret_key.get_secret_value(), self.hotline.office_now.numbers
        ticket = tickets.find(self.conn, code)

        def proved(found: Ticket) -> bool:
            return found.caller_number not in ours and open_by_phone.proves(found, proof, secret)

        return self._guess(ticket, proved, self._news.asked)

    def _check_news(self, call_attempt: str, code: str) -> Answer:
        """The code alone, of the ticket whose own number we rang; guesses spend the same rate limits."""
        ticket = self._news.ticket_of(call_attempt, code)
        return self._guess(ticket, lambda _: True, lambda found: self._news.of(call_attempt, found))

    def _guess(
        self, ticket: Ticket | None, proved: Callable[[Ticket], bool], found: Callable[[Ticket], Answer]
    ) -> Answer:
        """One guess within three rate limits: this call, this number, all (T-12).

        An attempt counts in every rate limit before it is checked, so that no number of processes can try
        more than the rate limits allow, and given back when it was right. A caller from the very number of
        the ticket is served while either the number's or the common rate limit lasts: a guesser who spends
        one of them, or borrows the number, locks nobody out.
        """
        limits = self.hotline.settings.rate_limits
        common = _Budget("status:all", HOUR, limits.status_failures_total_per_hour)
        own = _Budget(f"status:number:{self.call.caller_number or 'hidden'}", DAY, self._number_limit)
        here = _Budget(f"status:call:{self.call.id}", WHOLE_CALL, limits.status_tries_per_call)
        taken = [budget for budget in (common, own, here) if self._take(budget)]
        from_its_number = ticket is not None and ticket.caller_number == self.call.caller_number is not None
        enough = 1 if from_its_number else 2
        if here not in taken or len({own, common}.intersection(taken)) < enough:
            return TooManyGuesses()
        if ticket is not None and proved(ticket):
            for budget in taken:
                rate_limits.give_back(self.conn, budget.scope, budget.window, self.now)
            return found(ticket)
        return CaseUnknown(here.limit - rate_limits.used(self.conn, here.scope, here.window, self.now))

    def _take(self, budget: _Budget) -> bool:
        return rate_limits.spend(self.conn, budget.scope, budget.window, budget.limit, self.now)

    @property
    def _news(self) -> CitizensNews:
        times, _ = self.hotline.calendars.now(self.conn)
        due_anew = times.office.add_days(self.now, self.hotline.settings.complaint.answer_days)
        return CitizensNews(self.conn, self.now, due_anew, self.hotline.settings.complaint.answer_days)

    @property
    def _number_limit(self) -> int:
        limits = self.hotline.settings.rate_limits
        if self.call.caller_number is None:
            return limits.status_failures_hidden_per_day
        return limits.status_failures_per_number_per_day
