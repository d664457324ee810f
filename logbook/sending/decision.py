"""Decides at the last moment about a due delivery: cancel, channel, destination, time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection, select

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import Closure
from logbook.clock import local
from logbook.database.tables import deliveries as table
from logbook.duty import part_reminders, reminders
from logbook.duty.on_duty import to_ring
from logbook.guests import NOT_SENT
from logbook.outbox import escalation_policy, escalations, returned_calls
from logbook.outbox.deliveries import CALL, CITIZEN, PLAN_TASK, Delivery
from logbook.outbox.kinds import RETURNED_CALL, policy_of
from logbook.sending import calls as ringing
from logbook.sending import limits, trial
from logbook.sending.gateways import ways
from logbook.sending.quiet_hours import TellingHours
from logbook.settings import own_numbers
from logbook.settings.channels import kind_of
from logbook.settings.loading import Settings
from logbook.tickets import results, tickets
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.tickets import Ticket

ANSWERED = "answered"
CLOSED = "closed"
_TO_THE_REGISTER = (reminders.DELIVERY, part_reminders.DELIVERY, PLAN_TASK)
"""Kinds that go to people of the register, whom the settings may not name."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody needs it any more; `why`: settled, guided, concerned, overtaken, expired, too_many."""

    why: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It may not or cannot be sent; `why`: not_set_up, not_allowed, no_way, trial."""

    why: str


@dataclass(frozen=True, slots=True)
class PickChannel:
    """A citizen is notified by `channel`; `call_too` when a call follows the text."""

    channel: str
    call_too: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """It comes too early; decide again at an aware instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now to a number, or to the address of a channel that is set up; its rate limit is counted."""

    to: str


Decision: TypeAlias = Cancel | Refuse | PickChannel | Wait | Send


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a decision needs to know: the settings, the calendars and the closures of this moment."""

    settings: Settings
    times: WorkingTimes
    closures: Sequence[Closure]


def decide(conn: Connection, row: Delivery, office: DecisionContext, now: datetime) -> Decision:
    """Decide what to do with a due row; `Send` has spent its rate limit in this transaction (T-13)."""
    why = why_not(conn, row, office.settings)
    if why is not None:
        return Cancel(why)
    if row.kind == RETURNED_CALL:
        return _returned(conn, row, office.settings, now)
    if row.kind == reminders.DELIVERY and reminders.is_overtaken(
        conn, office.settings, office.times, row, now
    ):
        return Cancel("overtaken")
    if row.kind == PLAN_TASK and _is_proved(conn, row, office, now):
        return Cancel("overtaken")
    if row.channel is None:
        return _way(row, office.settings)
    if row.recipient == CITIZEN and not ways.is_set_up(row, row.channel, office.settings):
        return Refuse("no_way")
    to = _on_duty(conn, row, row.channel, office, now) or where(row, row.channel, office.settings)
    to = to or _of_register(conn, row, row.channel, office.settings)
    if to is None:
        return Refuse("not_allowed" if kind_of(row.channel).by_number else "not_set_up")
    if trial.is_held_back(office.settings, row, to):
        return Refuse(NOT_SENT)
    hour = _hour(conn, row, row.channel, office, now)
    if hour > now:
        return Wait(hour)
    return _paid(conn, row, to, office.settings, now)


def _returned(conn: Connection, row: Delivery, settings: Settings, now: datetime) -> Decision:
    """Ring a clerk who asked for it a moment ago, at any hour, for a citizen who may be rung (T-13)."""
    patience, callback = policy_of(row.kind).patience, returned_calls.waiting(conn, row)
    if callback is None or (patience is not None and now - row.made_at > patience):
        return Cancel("expired")
    to = limits.destination(row, CALL, settings)
    citizen = own_numbers.callable_citizen(callback.number, own_numbers.of_office(settings))
    if to is None or citizen is None:
        return Refuse("not_allowed")
    if trial.is_held_back(settings, row, to) or trial.is_held_back(settings, row, citizen):
        return Refuse(NOT_SENT)
    return _paid(conn, row, to, settings, now)


def _is_proved(conn: Connection, row: Delivery, office: DecisionContext, now: datetime) -> bool:
    from logbook.plan.figures import FigureContext  # what proves tasks reads half the logbook: not in a call
    from logbook.plan.reminders import is_overtaken

    return is_overtaken(conn, FigureContext(office.settings, office.times.office, now), row)


def why_not(conn: Connection, row: Delivery, settings: Settings) -> str | None:
    """Return why a row need not be sent any more, None when it must be."""
    ticket = None if row.ticket_id is None else tickets.of_id(conn, row.ticket_id)
    if ticket is not None and ticket.state is TicketState.GUIDED:
        return "guided"
    if row.recipient == CITIZEN:
        overtaken = ticket is not None and (_stale(row, ticket) or _newer_news(conn, row, ticket))
        return "overtaken" if overtaken else None
    if row.kind == RETURNED_CALL:
        return "settled" if returned_calls.waiting(conn, row) is None else None
    if row.kind == results.DELIVERY:
        return "overtaken" if results.is_empty(conn, row, settings) else None
    escalation = None if row.escalation_id is None else escalations.of_id(conn, row.escalation_id)
    if row.escalation_id is not None and (escalation is None or escalation.settled_at is not None):
        return "settled"
    official = settings.notifications.official(row.recipient)
    away = escalation_policy.conflict_of_interest(conn, row.ticket_id)
    concerned = official is not None and away.keeps_away(
        official, "" if escalation is None else escalation.ladder
    )
    return "concerned" if concerned else None


def news_of(row: Delivery) -> str:
    """Return the key of the news a citizen's row brings; the text, the call and repeats of it share one."""
    return row.param("news") or row.key


def _stale(row: Delivery, ticket: Ticket) -> bool:
    """Whether the row is out of date for its ticket, or the ticket's caller gets no notification at all."""
    if not ticket.kind.tells_its_caller:
        return True
    if row.kind == ANSWERED:
        judged = ticket.verdict_at is not None and ticket.verdict_at >= (ticket.answered_at or row.made_at)
        return judged or ticket.state not in (TicketState.ANSWERED, TicketState.CLOSED)
    if ticket.state is TicketState.ANSWERED:
        return True
    if ticket.state is TicketState.CLOSED:
        return row.kind == "extended" or not tickets.end_is_news(ticket)
    if row.kind == "transferred":
        return ticket.state is not TicketState.TRANSFERRED
    return row.kind == CLOSED or (row.kind == "accepted" and ticket.noticed_at is not None)


def _newer_news(conn: Connection, row: Delivery, ticket: Ticket) -> bool:
    """Whether a later piece of news, still true, says what this one would have said."""
    query = select(table).where(
        table.c.ticket_id == row.ticket_id,
        table.c.recipient == CITIZEN,
        table.c.id > row.id,
        table.c.state != "cancelled",
    )
    later = (Delivery(*other) for other in conn.execute(query))
    return any(news_of(other) != news_of(row) and not _stale(other, ticket) for other in later)


def _way(row: Delivery, settings: Settings) -> Decision:
    """By text where possible, else by call; an answer is always brought by a call as well."""
    if row.recipient != CITIZEN:
        return Refuse("not_set_up")
    calls, text = settings.citizens.calls, ways.first_text(row, settings)
    if text is not None:
        return PickChannel(text, call_too=calls and row.kind == ANSWERED)
    return PickChannel(CALL, call_too=False) if calls else Refuse("no_way")


def where(row: Delivery, channel: str, settings: Settings) -> str | None:
    """Return the number or the address `row` is brought to by `channel`; None when there is none."""
    if kind_of(channel).by_number:
        return limits.destination(row, channel, settings)
    return None if row.recipient == CITIZEN else settings.channel_address(row.recipient, channel)


def _on_duty(
    conn: Connection, row: Delivery, channel: str, office: DecisionContext, now: datetime
) -> str | None:
    """The number of whoever is on duty, for an official who stands for them (000-03); None: their own."""
    official = office.settings.notifications.official(row.recipient)
    if official is None or not official.on_duty or not kind_of(channel).by_number:
        return None
    part = office.settings.duty
    order = to_ring(conn, part, office.times, now)
    found = (limits.reached(part.person(one).number, channel, office.settings) for one in order)
    return next((number for number in found if number is not None), None)


def _of_register(conn: Connection, row: Delivery, channel: str, settings: Settings) -> str | None:
    """The number in the register, for whoever is reminded of duty, the team's part, or a task of the plan."""
    if row.kind not in _TO_THE_REGISTER or not kind_of(channel).by_number:
        return None
    return limits.reached(reminders.number_of(conn, settings, row.recipient), channel, settings)


def _hour(conn: Connection, row: Delivery, channel: str, office: DecisionContext, now: datetime) -> datetime:
    notifications = office.settings.notifications
    if row.recipient == CITIZEN:
        quiet = notifications.quiet_hours
        return limits.citizen_hour(channel, now, quiet, office.times.office, office.closures)
    if row.kind == reminders.DELIVERY:  # it is said in the evening, when nobody works
        return limits.out_of(notifications.quiet_hours, local(now)).astimezone(UTC)
    escalation = None if row.escalation_id is None else escalations.of_id(conn, row.escalation_id)
    urgent = escalation is not None and escalation.urgent
    return TellingHours(notifications, office.times.office).earliest(now, urgent=urgent)


def _paid(conn: Connection, row: Delivery, to: str, settings: Settings, now: datetime) -> Decision:
    """Count the send; the rate limit's row also makes two senders check for a busy line in turn."""
    if not limits.spend(conn, row, to, settings, now):
        return Cancel("too_many") if policy_of(row.kind).patience else Wait(limits.next_day(now))
    longest = timedelta(seconds=settings.duty.talk_limit_seconds + settings.duty.ring_seconds)
    if row.channel == CALL and ringing.another_call(conn, row, to, now - longest):
        limits.give_back(conn, row, to, settings, now)
        return Wait(now + ringing.LINE_BUSY)
    return Send(to)
