"""Looks up the open escalations for an official's call, and applies the keys they press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never, cast

from sqlalchemy import Connection

from callflows.escalations import (
    Acknowledge,
    BecameName,
    CaseEnd,
    EscalationKind,
    HandOn,
    Instruct,
    Listening,
    MayListen,
    Noted,
    OpenEscalation,
    Results,
    TermName,
    WaitingEscalations,
    WhatResults,
    WhatWaits,
)
from ivr.line.hotline import Hotline
from ivr.line.outgoing_call import CallAttempt
from logbook.accounts import accounts, audit_log, phone_pin
from logbook.accounts.rights import ROLES, Act, Person, may
from logbook.clock import local
from logbook.ids import CallId, EscalationId, PersonId, RecordingId
from logbook.outbox import deliveries, escalation_policy, escalations
from logbook.outbox.deliveries import Delivery
from logbook.outbox.escalations import Escalation
from logbook.recordings import recordings
from logbook.sending import handing_over, inbox
from logbook.settings.notifications import OfficialPart
from logbook.tickets import moves, results, tickets
from logbook.tickets import tickets as book
from logbook.tickets.tickets import Ticket
from logbook.tickets.verbs.instruct import GiveInstruction

REPORT = "report"
"""A report is concluded by the chairman alone, on its page (004-18); nobody else can take it over."""
OfficialsQuestion = WhatWaits | Acknowledge | HandOn | MayListen | Instruct | WhatResults
NEXT = "vice_chairman"
"""Who an escalation is handed on to where the ladder names one."""


@dataclass(frozen=True)
class OfficialsDesk:
    """Answers for one call to one official at one moment; `language` is the call's."""

    hotline: Hotline
    conn: Connection
    call_id: CallId
    language: str
    now: datetime

    def answer(self, question: OfficialsQuestion) -> WaitingEscalations | Noted | Listening | Results:
        """The answer to `question`; checks each time whether the escalation is theirs (rules B10)."""
        row = self._delivery(question.call_attempt)
        match question:
            case WhatWaits(first=first):
                return self._waiting(row, first)
            case Acknowledge(escalation=escalation):
                return self._acknowledge(row.recipient, self._theirs(row, escalation))
            case HandOn(escalation=escalation):
                return self._hand_on(row.recipient, self._theirs(row, escalation))
            case MayListen(escalation=escalation, pin=pin):
                return self._listen(row.recipient, self._theirs(row, escalation), pin)
            case Instruct():
                return self._instruct(row.recipient, question)
            case WhatResults():
                return self._results(row)
            case _:
                assert_never(question)

    # -- what waits ----------------------------------------------------------------------------

    def _waiting(self, row: Delivery, first: str) -> WaitingEscalations:
        waiting = self._all(row.recipient)
        for wanted in (row.escalation_id, int(first) if first else None):
            found = None if wanted is None else self._one(row.recipient, EscalationId(wanted))
            if found is not None:
                waiting = [found, *(each for each in waiting if each.id != found.id)]
        official = self._official(row.recipient)
        title = "" if official is None else self._spoken(official.title)
        if official is None or not waiting:
            return WaitingEscalations(title, 0)
        return WaitingEscalations(title, len(waiting), self._escalation(official, waiting[0]))

    def _escalation(self, official: OfficialPart, row: Escalation) -> OpenEscalation:
        ticket = self._ticket(row)
        due = row.param("due")
        if row.kind == "extended" and ticket is not None:
            due = ticket.answer_due_at.isoformat()
        return OpenEscalation(
            id=str(row.id),
            kind=cast(EscalationKind, f"{row.param('kind')}_report" if row.kind == REPORT else row.kind),
            received=local(row.opened_at if ticket is None else ticket.opened_at),
            code="" if ticket is None else ticket.code,
            about="" if ticket is None else self._about(ticket),
            urgent=row.urgent or (ticket is not None and ticket.urgent),
            due=local(datetime.fromisoformat(due)) if due else None,
            term=cast(TermName, row.param("term")) if row.param("term") else None,
            sound=self._sound(official, ticket),
            next_title=self._next_title(official, row),
            can_instruct=ticket is not None and self._may_instruct(official, ticket),
        )

    def _about(self, ticket: Ticket) -> str:
        """The category, else the topic, once a clerk has classified it."""
        category = self.hotline.settings.tickets.category(ticket.category)
        if category is not None:
            return category.name
        return self.hotline.texts[self.language].sentences.get(f"ticket_topic_{ticket.topic}", "")

    def _sound(self, official: OfficialPart, ticket: Ticket | None) -> Literal["none", "no_pin", "here"]:
        person = self._person(official)
        if person is None or ticket is None or self._recording(person, ticket) is None:
            return "none"
        return "here" if phone_pin.has_pin(self.conn, person.id) else "no_pin"

    def _recording(self, person: Person, ticket: Ticket) -> RecordingId | None:
        """The stored recording of the ticket, if this person may hear it."""
        if ticket.recording_id is None or not may(person, Act.LISTEN, tickets.case_of(ticket)):
            return None
        found = recordings.find(self.conn, ticket.recording_id)
        return found.id if found is not None and found.state == "stored" else None

    def _next_title(self, official: OfficialPart, row: Escalation) -> str:
        if row.kind == REPORT:
            return ""
        away = escalation_policy.conflict_of_interest(self.conn, row.ticket_id)
        passed = (*row.passed, official.id)
        found = escalation_policy.next_hand(
            self.hotline.settings.notifications, row.ladder, NEXT, away, passed
        )
        return "" if found is None else self._spoken(found[2].title)

    def _may_instruct(self, official: OfficialPart, ticket: Ticket) -> bool:
        """Whoever directs may leave an instruction; without an account the role alone decides."""
        person = self._person(official)
        if ticket.state not in GiveInstruction.from_states:
            return False
        if person is None:
            return official.login is None and Act.INSTRUCT in ROLES[official.role]
        return may(person, Act.INSTRUCT, tickets.case_of(ticket))

    def _results(self, row: Delivery) -> Results:
        """What became of the cases this call was placed for, without those kept from the official by now."""
        official = self._official(row.recipient)
        if official is None:
            return Results("", ())
        found = results.of_delivery(self.conn, row, official)
        last = [group[-1] for group in results.by_ticket(found)]
        return Results(
            self._spoken(official.title),
            tuple(CaseEnd(one.ticket.code, cast(BecameName, one.became)) for one in last),
        )

    # -- what the keys mean --------------------------------------------------------------------

    def _acknowledge(self, official_id: str, row: Escalation | None) -> Noted:
        if row is None:
            return Noted(None)
        person_id = self._person_id(official_id)
        done = escalations.acknowledge(
            self.conn, row.id, how="key", who=official_id, now=self.now, person_id=person_id
        )
        return Noted(local(self.now) if done else None)

    def _hand_on(self, official_id: str, row: Escalation | None) -> Noted:
        if row is None:
            return Noted(None)
        to = handing_over.hand_on(
            self.conn,
            row,
            by=official_id,
            settings=self.hotline.settings,
            now=self.now,
            who=official_id,
            to_role=NEXT,
            person_id=self._person_id(official_id),
        )
        return Noted(None) if to is None else Noted(local(self.now), self._spoken(to.title))

    def _listen(self, official_id: str, row: Escalation | None, pin: str) -> Listening:
        """Play the recording to whoever may hear it and knows the PIN; the audit log says so (B4)."""
        official = self._official(official_id)
        person = None if official is None else self._person(official)
        ticket = None if row is None else self._ticket(row)
        recording = None if person is None or ticket is None else self._recording(person, ticket)
        if person is None or ticket is None or recording is None:
            return Listening(None, refused=True)
        tries = self.hotline.settings.notifications.pin_tries_per_day
        proof = phone_pin.check(self.conn, person.id, pin, tries_per_day=tries, now=self.now)
        if proof != "right":
            return Listening(None, refused=proof == "spent")
        audit_log.write(
            self.conn,
            person,
            "listen_by_phone",
            f"ticket:{ticket.id}",
            self.now,
            ticket=ticket.code,
            call=self.call_id,
        )
        return Listening(str(recording))

    def _instruct(self, official_id: str, question: Instruct) -> Noted:
        """Keep the instruction in the history; the escalation may have been settled while it was said."""
        row = escalations.of_id(self.conn, EscalationId(int(question.escalation)))
        official = self._official(official_id)
        named = None if row is None else row.ticket_id
        ticket = None if named is None else book.locked(self.conn, named)
        if row is None or official is None or ticket is None or self._is_kept_away(official, row):
            return Noted(None)
        if not self._may_instruct(official, ticket):
            return Noted(None)
        moves.apply(
            self.conn,
            ticket.id,
            GiveInstruction(
                instruction=self.hotline.texts[self.language].sentence("chair_by_voice"),
                recording_id=RecordingId(int(question.recording)),
            ),
            actor=official.login or official.id,
            now=self.now,
        )
        if question.acknowledges:
            self._acknowledge(official_id, row)
        return Noted(local(self.now))

    # -- whose it is ---------------------------------------------------------------------------

    def _delivery(self, call_attempt: str) -> Delivery:
        row = deliveries.of_id(self.conn, CallAttempt.read(call_attempt).delivery)
        if row is None:
            raise LookupError(f"no delivery for the errand {call_attempt}")
        return row

    def _all(self, official_id: str) -> list[Escalation]:
        return inbox.waiting_for(self.conn, official_id, self.hotline.settings, self.now)

    def _one(self, official_id: str, escalation: EscalationId) -> Escalation | None:
        """One escalation if it waits for them, however much else does."""
        settings = self.hotline.settings
        found = inbox.waiting_for(self.conn, official_id, settings, self.now, escalation_id=escalation)
        return found[0] if found else None

    def _theirs(self, row: Delivery, escalation: str) -> Escalation | None:
        """The escalation, if it is theirs once whoever moves its ticket has finished."""
        named = escalations.of_id(self.conn, EscalationId(int(escalation)))
        escalations.lock_ticket(self.conn, None if named is None else named.ticket_id)
        return self._one(row.recipient, EscalationId(int(escalation)))

    def _is_kept_away(self, official: OfficialPart, row: Escalation) -> bool:
        away = escalation_policy.conflict_of_interest(self.conn, row.ticket_id)
        return official.id in row.passed or away.keeps_away(official, row.ladder)

    def _official(self, official_id: str) -> OfficialPart | None:
        return self.hotline.settings.notifications.official(official_id)

    def _person(self, official: OfficialPart) -> Person | None:
        """The official's account, unless it is disabled."""
        login = None if official.login is None else accounts.spelt(official.login)
        return next(
            (person for person in accounts.listed(self.conn, self.now) if person.login == login), None
        )

    def _person_id(self, official_id: str) -> PersonId | None:
        official = self._official(official_id)
        person = None if official is None else self._person(official)
        return None if person is None else person.id

    def _ticket(self, row: Escalation) -> Ticket | None:
        return None if row.ticket_id is None else tickets.of_id(self.conn, row.ticket_id)

    def _spoken(self, title: str) -> str:
        """A title for the ear."""
        return title.replace("UBND", "Ủy ban nhân dân").replace("HĐND", "Hội đồng nhân dân")
