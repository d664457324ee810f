"""The terms of a ticket: which run in which state, how they stand, and the rule behind each."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from logbook import deadlines
from logbook.book import Ticket
from logbook.database import Database
from logbook.settings import load_settings
from logbook.transitions import STATES

SETTINGS = load_settings({"TONGDAI_CONFIG": str(Path(__file__).parents[2] / "config.yaml")})
OFFICE = SETTINGS.working_times().office
SOON = timedelta(days=2)


@pytest.fixture
def ticket(database: Database, phone: Any, complain: Any, now: datetime) -> Ticket:
    with database.writing() as conn:
        found: Ticket = complain(conn, phone(conn)).ticket
    due = OFFICE.add_days(now, SETTINGS.complaint.answer_days)
    return dataclasses.replace(found, answer_due_at=due, notice_due_at=due)


def names(ticket: Ticket, now: datetime) -> list[str]:
    return sorted(term.name for term in deadlines.of_ticket(ticket, SETTINGS, OFFICE, now, SOON))


def test_the_terms_follow_the_state(ticket: Ticket, now: datetime) -> None:
    running = {state: names(dataclasses.replace(ticket, state=state), now) for state in STATES}
    assert running == {
        "new": ["answer", "classify", "notice", "transfer"],
        "classified": ["answer", "notice", "transfer"],
        "assigned": ["answer"],
        "transferred": ["answer"],
        "waiting_for_caller": ["answer"],
        "answered": [],
        "closed": [],
        "guided": [],
    }


def test_each_term_is_counted_in_working_days_and_names_its_basis(ticket: Ticket, now: datetime) -> None:
    first, *others = deadlines.of_ticket(ticket, SETTINGS, OFFICE, now, SOON)
    assert (first.name, first.due_at, first.days) == ("classify", OFFICE.add_days(now, 1), 1)
    transfer = next(term for term in others if term.name == "transfer")
    assert (transfer.due_at, transfer.basis) == (OFFICE.add_days(now, 5), "Nghị định 20/2008/NĐ-CP, Điều 9")


def test_a_term_is_fine_then_soon_then_late_and_says_when_it_was_extended(
    ticket: Ticket, now: datetime
) -> None:
    assigned = dataclasses.replace(ticket, state="assigned")
    due = ticket.answer_due_at
    for moment, standing in (
        (now, "fine"),
        (due - SOON, "fine"),
        (due - SOON + timedelta(seconds=1), "soon"),
        (due, "soon"),
        (due + timedelta(seconds=1), "late"),
    ):
        (term,) = deadlines.of_ticket(assigned, SETTINGS, OFFICE, moment, SOON)
        assert (term.standing, term.extended) == (standing, False)
    longer = dataclasses.replace(assigned, answer_due_at=due + timedelta(days=1))
    assert deadlines.of_ticket(longer, SETTINGS, OFFICE, now, SOON)[0].extended
