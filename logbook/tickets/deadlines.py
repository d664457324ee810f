"""Deadlines of a ticket, each with its length and legal basis (rules B1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from logbook.calendar.working_time import WorkingTime
from logbook.clock import ZONE, local
from logbook.outbox.escalations import Escalation
from logbook.settings.config_file import TicketsPart
from logbook.settings.loading import Settings
from logbook.tickets.lifecycle import TicketKind, TicketState, TransitionRefusedError
from logbook.tickets.tickets import TicketHead

ENDED = tuple(state for state in TicketState if not state.awaits_answer)
"""States in which no deadline runs."""
WITHOUT_TERMS = tuple(kind for kind in TicketKind if not kind.has_deadlines)
"""Kinds that have no clock of ours: a wrong number, and what the law gives clocks of its own (rules B1)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline: its name (notify, classify, transfer, notice, answer), its end, its length and its basis.

    `days` are working days; a deadline shorter than a day has 0 of them and `minutes` of working time.
    """

    name: str
    due_at: datetime
    days: int
    basis: str
    standing: str
    extended: bool = False
    minutes: int = 0


def running(ticket: TicketHead) -> frozenset[str]:
    """Return the names of the deadlines in days that still run, by nothing but the ticket itself.

    The notice of acceptance (Law 42/2013 Art 28) runs until the caller got it; where there is no number to
    send it to, it ends with the classification, and an anonymous caller gets none. A ticket that was answered
    once and reopened has the answer's deadline only.
    """
    if not (ticket.state.awaits_answer and ticket.kind.has_deadlines):
        return frozenset()
    if ticket.answered_at is not None:
        return frozenset({"answer"})
    sorting = ticket.state.is_sorting
    names = {"answer"}
    if ticket.state is TicketState.NEW:
        names.add("classify")
    if sorting:
        names.add("transfer")
    if ticket.noticed_at is None and not ticket.anonymous and (sorting or ticket.caller_number is not None):
        names.add("notice")
    return frozenset(names)


def of_ticket(
    ticket: TicketHead,
    settings: Settings,
    office: WorkingTime,
    now: datetime,
    soon: timedelta,
    first: Escalation | None = None,
    *,
    extended: bool = False,
) -> list[Deadline]:
    """Return the deadlines that still run, the first to end first; none for answered, closed, guided ones.

    `standing` is late, soon or fine, as the badges are called. Notifying the chairman (000-13) has a deadline
    as well while `first`, the escalation the ticket opened with, has notified nobody. Whether the answer's
    deadline was `extended` its history says: the end alone cannot, since days off may be entered or taken
    back later.
    """
    part, complaint, opened = settings.tickets, settings.complaint, ticket.opened_at
    names = running(ticket)
    terms: list[Deadline] = []

    def add(
        name: str, due: datetime, days: int, basis: str, extended: bool = False, minutes: int = 0
    ) -> None:
        standing = "late" if due < now else "soon" if due < now + soon else "fine"
        terms.append(Deadline(name, due, days, basis, standing, extended, minutes))

    if names and first is not None and first.first_sent_at is None and first.settled_at is None:
        due = notify_due(opened, settings, office)
        add("notify", due, 0, part.basis.notify, minutes=settings.notifications.notify_minutes)
    if "classify" in names:
        add("classify", office.add_days(opened, part.classify_days), part.classify_days, part.basis.classify)
    if "transfer" in names:
        add("transfer", office.add_days(opened, part.transfer_days), part.transfer_days, part.basis.transfer)
    if "notice" in names:
        add("notice", ticket.notice_due_at, complaint.notice_days, part.basis.notice)
    if "answer" in names:
        basis = part.basis.extension if extended else part.basis.answer
        add("answer", ticket.answer_due_at, complaint.answer_days, basis, extended)
    return sorted(terms, key=lambda term: term.due_at)


def notify_due(opened_at: datetime, settings: Settings, office: WorkingTime) -> datetime:
    """Return by when the chairman must be notified of a ticket opened then: some working minutes (000-13)."""
    return office.add(opened_at, timedelta(minutes=settings.notifications.notify_minutes))


def reminded_at(due_at: datetime, opened_at: datetime, days: int, office: WorkingTime) -> datetime:
    """Return when to remind of a deadline: the beginning of the day `days` working days before it.

    Never on the day of receipt: the reminder of a one-day deadline comes in its last morning (UTC).
    """
    day, left, first = local(due_at).date(), days, local(opened_at).date()
    while left > 0 and day > first:
        day -= timedelta(days=1)
        left -= 1 if office.days.is_working_day(day) and office.day_windows(day) else 0
    day = max(day, first + timedelta(days=1))
    while not office.day_windows(day) and day < local(due_at).date():
        day += timedelta(days=1)
    windows = office.windows_on(day)
    begins = windows[0][0] if windows else datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return min(begins, local(due_at)).astimezone(UTC)


def extended_to(
    ticket: TicketHead, days: int | None, part: TicketsPart, office: WorkingTime, now: datetime
) -> datetime:
    """Return the answer's deadline after an extension by `days` working days, for the verb `extend`.

    One extension adds at most `tickets.extension_days`, counted from the present end, or from today once that
    has passed: nobody gets a new date that is over. TransitionRefusedError ("due") for more, for none
    and for a number nobody gave.
    """
    if days is None or not 1 <= days <= part.extension_days:
        raise TransitionRefusedError(f"extend takes 1 to {part.extension_days} working days", "due")
    return office.add_days(max(ticket.answer_due_at, now), days)
