"""Words a message from ticket, escalation and catalogue: never content, to a citizen no code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from logbook import phone_numbers
from logbook.clock import local
from logbook.duty import part_reminders, reminders
from logbook.duty.sessions import DutyKind
from logbook.outbox import escalations
from logbook.outbox.deliveries import CITIZEN, PLAN_TASK, SMS, Delivery
from logbook.outbox.escalations import Escalation
from logbook.outbox.kinds import RETURNED_CALL
from logbook.sending import case_results
from logbook.sending.alarms import alarms
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue
from logbook.tickets import results, tickets
from logbook.tickets.tickets import Ticket

SMS_LIMIT = 160
"""Signs of one text message as long as all of them are in the basic alphabet (rules B8)."""
_SHORTEST_OFFICE = 12
_PAGE_OF = {"chairman": "leader", "vice_chairman": "leader", "head_of_office": "leader", "head_of_desk": ""}
"""Where who acknowledges finds what waits; nobody else is sent a link."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `subject` is empty for a text message and everything is for a call.

    `params` are what an approved template is filled with, where the channel sends by one.
    """

    subject: str
    text: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageTexts:
    """Words messages for one office."""

    settings: Settings
    catalogue: Catalogue

    def letter(self, conn: Connection, row: Delivery) -> Message:
        """Return the message of `row`; the same row and ticket always give the same message."""
        ticket = None if row.ticket_id is None else tickets.of_id(conn, row.ticket_id)
        if row.kind == RETURNED_CALL:
            return Message("", "")
        if row.recipient == CITIZEN:
            return Message("", self._to_citizen(row, ticket), self._params(row, ticket))
        if row.kind == results.DELIVERY:
            return self._results(conn, row)
        if row.kind == reminders.DELIVERY:
            return self._duty(conn, row)
        if row.kind == part_reminders.DELIVERY:
            return self._team_part(conn, row)
        if row.kind == PLAN_TASK:
            return self._plan_tasks(conn, row)
        escalation = None if row.escalation_id is None else escalations.of_id(conn, row.escalation_id)
        return self._short(row, ticket) if row.channel == SMS else self._long(row, escalation, ticket)

    def _to_citizen(self, row: Delivery, ticket: Ticket | None) -> str:
        """At most 160 signs without marks: what happened, and where to call.

        A text lies open to whoever holds the telephone: it names neither the escalation nor its code, which
        is the proof of who may hear more (T-11).
        """
        if ticket is None:
            return ""
        words = {
            "number": phone_numbers.dotted(self.settings.line.number),
            "due": _day(ticket.answer_due_at),
        }
        office = unmarked(self.settings.office.name_spoken)
        key = f"news_sms_{row.kind}"
        bare = unmarked(self._say(key, office="", **words))
        room = max(SMS_LIMIT - len(bare), _SHORTEST_OFFICE)
        return unmarked(self._say(key, office=office[:room].strip(), **words))[:SMS_LIMIT]

    def _params(self, row: Delivery, ticket: Ticket | None) -> Mapping[str, str]:
        """What the template of a citizen's news is filled with: as little as the text says."""
        if ticket is None:
            return {}
        params = {
            "office": self.settings.office.name_spoken,
            "number": phone_numbers.dotted(self.settings.line.number),
        }
        return params | ({"due": _day(ticket.answer_due_at)} if row.kind == "extended" else {})

    def _short(self, row: Delivery, ticket: Ticket | None) -> Message:
        text = self._say("news_sms_official", matter=self._headline(row, ticket))
        return Message("", unmarked(text)[:SMS_LIMIT])

    def _long(self, row: Delivery, escalation: Escalation | None, ticket: Ticket | None) -> Message:
        headline = self._headline(row, ticket)
        if escalation is not None and escalation.urgent:
            headline = self._say("news_urgent", matter=headline)
        official = self.settings.notifications.official(row.recipient)
        lines = [self._subject(row)]
        if official is not None:
            lines.insert(0, self._say("news_greeting", title=official.title))
        lines += (
            self._about_ticket(ticket, escalation) if ticket is not None else self._about_office(escalation)
        )
        if ticket is not None:
            link = f"{self.settings.public_url}/console/tickets/{ticket.code}"
            lines.append(self._say("news_open_ticket", link=link))
        page = _PAGE_OF.get(official.role) if official is not None else None
        if page is not None:
            link = f"{self.settings.public_url}/console/{page}"
            lines.append(self._say("news_acknowledge", link=link))
        lines.append(self._say("news_foot"))
        return Message(self._say("news_subject", matter=headline), "\n".join(lines))

    def _results(self, conn: Connection, row: Delivery) -> Message:
        """What became of the cases a delivery brings; a text message only says that there is news."""
        if row.channel == SMS:
            return Message("", unmarked(self._say("news_sms_results"))[:SMS_LIMIT])
        official = self.settings.notifications.official(row.recipient)
        if official is None:
            return Message("", "")
        found = results.of_delivery(conn, row, official)
        lines = case_results.lines(self.catalogue, self.settings.tickets, found)
        link = f"{self.settings.public_url}/console/leader"
        foot = (self._say("news_results_open", link=link), self._say("news_foot"))
        greeting = self._say("news_greeting", title=official.title)
        text = "\n".join((greeting, self._say("news_results", count=str(len(lines))), *lines, *foot))
        return Message(self._say("news_subject", matter=self._subject(row)), text)

    def _duty(self, conn: Connection, row: Delivery) -> Message:
        """When somebody is on duty tomorrow; a text message has no marks and no link."""
        short = row.channel == SMS
        key, each = ("news_sms_duty", "news_sms_duty_") if short else ("news_duty", "news_duty_")
        said = {kind: row.param(kind) for kind in DutyKind}
        said[DutyKind.HOTLINE] = said[DutyKind.HOTLINE] or row.param("hours")  # as older rows have it
        duties = "; ".join(self._say(f"{each}{kind}", hours=hours) for kind, hours in said.items() if hours)
        details = {"day": row.param("day"), "duties": duties}
        if short:
            return Message("", unmarked(self._say(key, **details))[:SMS_LIMIT])
        greeting = self._say("news_greeting", title=reminders.name_of(conn, self.settings, row.recipient))
        link = f"{self.settings.public_url}/console/duty"
        has_account = reminders.has_account(conn, self.settings, row.recipient)
        away = self._say("news_duty_away", link=link) if has_account else self._say("news_duty_away_leader")
        lines = (greeting, self._say("news_duty", **details), away)
        return Message(self._say("news_subject", matter=self._subject(row)), "\n".join(lines))

    def _team_part(self, conn: Connection, row: Delivery) -> Message:
        """Which week's part the leader of the team still has to hand in."""
        week = {name: row.param(name) for name in ("first", "last")}
        if row.channel == SMS:
            return Message("", unmarked(self._say("news_sms_team_part", **week))[:SMS_LIMIT])
        greeting = self._say("news_greeting", title=reminders.name_of(conn, self.settings, row.recipient))
        link = f"{self.settings.public_url}/console/reports"
        said = self._say("news_team_part", link=link, **week)
        return Message(self._say("news_subject", matter=self._subject(row)), f"{greeting}\n{said}")

    def _plan_tasks(self, conn: Connection, row: Delivery) -> Message:
        """Which tasks of the plan have no proof yet; a text message has no marks and no link."""
        details = {name: row.param(name) for name in ("count", "tasks", "until")}
        if row.channel == SMS:
            return Message("", unmarked(self._say("news_sms_plan_task", **details))[:SMS_LIMIT])
        greeting = self._say("news_greeting", title=reminders.name_of(conn, self.settings, row.recipient))
        link = f"{self.settings.public_url}/console/plan?lack=1"
        said = self._say("news_plan_task", link=link, **details)
        return Message(self._say("news_subject", matter=self._subject(row)), f"{greeting}\n{said}")

    def _about_ticket(self, ticket: Ticket, escalation: Escalation | None) -> list[str]:
        category = self.settings.tickets.category(ticket.category)
        topic = self._say(f"ticket_topic_{ticket.topic or 'other'}")
        urgent = ticket.urgent or (escalation is not None and escalation.urgent)
        lines = [
            self._say("news_code", code=ticket.code),
            self._say(
                "news_category",
                kind=self._say(f"ticket_kind_{ticket.kind}"),
                category=topic if category is None else category.name,
            ),
            self._say(
                "news_urgency", urgency=self._say("news_urgency_urgent" if urgent else "news_urgency_usual")
            ),
            self._say("news_received", received=_moment(ticket.opened_at)),
        ]
        due = _instant("" if escalation is None else escalation.param("due"))
        return lines if due is None else [*lines, self._say("news_due", due=_moment(due))]

    def _about_office(self, escalation: Escalation | None) -> list[str]:
        """What an escalation without a ticket says: an alarm its sentence, a report its period."""
        if escalation is None:
            return []
        said = alarms.sentence(self.catalogue, escalation)
        if escalation.param("period"):
            said = self._say("news_period", period=escalation.param("period"))
        due = _instant(escalation.param("due"))
        details = "" if due is None else self._say("news_due", due=_moment(due))
        return [line for line in (said, details) if line]

    def _subject(self, row: Delivery) -> str:
        return self._say(f"news_kind_{row.kind}")

    def _headline(self, row: Delivery, ticket: Ticket | None) -> str:
        escalation = self._subject(row)
        if ticket is None:
            return escalation
        return self._say("news_with_code", matter=escalation, code=ticket.code)

    def _say(self, key: str, **words: str) -> str:
        return self.catalogue.sentence(key, words)


def unmarked(text: str) -> str:
    """Return `text` in letters of the basic alphabet: đ becomes d, diacritics are left out."""
    decomposed = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D").replace("–", "-"))
    return "".join(sign for sign in decomposed if sign.isascii())


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _moment(instant: datetime) -> str:
    return local(instant).strftime("%d/%m/%Y %H:%M")


def _day(instant: datetime) -> str:
    return local(instant).strftime("%d/%m/%Y")
