"""The terms a ticket runs on, each with its length and the rule behind it (rules.md B1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from logbook.book import Ticket
from logbook.calendar import WorkingTime
from logbook.settings import Settings


@dataclass(frozen=True, slots=True)
class Deadline:
    """One term: its name (classify, transfer, notice, answer), its end, its working days and its basis."""

    name: str
    due_at: datetime
    days: int
    basis: str
    standing: str
    extended: bool = False


def of_ticket(
    ticket: Ticket, settings: Settings, office: WorkingTime, now: datetime, soon: timedelta
) -> list[Deadline]:
    """Return the terms that still run, the first to end first; none for answered, closed, guided ones.

    `standing` is late, soon or fine, as the badges are called. Guided matters have no clock of ours.
    """
    part, complaint = settings.tickets, settings.complaint
    opened = ticket.opened_at
    terms: list[tuple[str, datetime, int, str]] = []
    if ticket.state in ("answered", "closed", "guided"):
        return []
    if ticket.state == "new":
        due = office.add_days(opened, part.classify_days)
        terms.append(("classify", due, part.classify_days, part.basis.classify))
    if ticket.state in ("new", "classified"):
        due = office.add_days(opened, part.transfer_days)
        terms.append(("transfer", due, part.transfer_days, part.basis.transfer))
        terms.append(("notice", ticket.notice_due_at, complaint.notice_days, part.basis.notice))
    terms.append(("answer", ticket.answer_due_at, complaint.answer_days, part.basis.answer))
    promised = office.add_days(opened, complaint.answer_days)
    return [
        Deadline(
            name,
            due,
            days,
            basis,
            "late" if due < now else "soon" if due < now + soon else "fine",
            extended=name == "answer" and due > promised,
        )
        for name, due, days, basis in sorted(terms, key=lambda term: term[1])
    ]
