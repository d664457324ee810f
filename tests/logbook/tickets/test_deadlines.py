"""The deadlines of a ticket: which run in which state, when they are recalled, how they are extended."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from logbook.database.engine import Database
from logbook.outbox import escalations
from logbook.tickets import deadlines
from logbook.tickets.lifecycle import TicketKind, TicketState, TransitionRefusedError
from logbook.tickets.tickets import Ticket
from tests.town_hall import MINUTE, OFFICE, SETTINGS, local_time

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
    running = {state: names(dataclasses.replace(ticket, state=state), now) for state in TicketState}
    assert running == {
        "new": ["answer", "classify", "notice", "transfer"],
        "classified": ["answer", "notice", "transfer"],
        "assigned": ["answer", "notice"],
        "transferred": ["answer", "notice"],
        "waiting_for_caller": ["answer", "notice"],
        "answered": [],
        "closed": [],
        "guided": [],
    }


def test_the_notice_is_met_once_the_caller_was_told(ticket: Ticket, now: datetime) -> None:
    assert "notice" not in names(dataclasses.replace(ticket, noticed_at=now), now)
    assert "notice" not in names(dataclasses.replace(ticket, anonymous=True, caller_number=None), now)


def test_without_a_number_to_tell_it_to_the_notice_ends_with_the_sorting(
    ticket: Ticket, now: datetime
) -> None:
    by_letter = dataclasses.replace(ticket, caller_number=None)
    assert "notice" in names(by_letter, now)
    assert "notice" not in names(dataclasses.replace(by_letter, state=TicketState.ASSIGNED), now)


def test_answered_once_and_opened_again_only_the_answer_is_owed(ticket: Ticket, now: datetime) -> None:
    assert names(dataclasses.replace(ticket, state=TicketState.CLASSIFIED, answered_at=now), now) == [
        "answer"
    ]


@pytest.mark.parametrize("kind", [kind for kind in TicketKind if not kind.has_deadlines])
def test_a_wrong_number_and_what_the_law_counts_itself_have_no_clock_of_ours(
    ticket: Ticket, now: datetime, kind: TicketKind
) -> None:
    assert names(dataclasses.replace(ticket, kind=kind, state=TicketState.CLASSIFIED), now) == []


def test_each_term_is_counted_in_working_days_and_names_its_basis(ticket: Ticket, now: datetime) -> None:
    first, *others = deadlines.of_ticket(ticket, SETTINGS, OFFICE, now, SOON)
    assert (first.name, first.due_at, first.days) == ("classify", OFFICE.add_days(now, 1), 1)
    transfer = next(term for term in others if term.name == "transfer")
    assert (transfer.due_at, transfer.basis) == (OFFICE.add_days(now, 5), "Nghị định 20/2008/NĐ-CP, Điều 9")


def test_a_term_is_fine_then_soon_then_late_and_says_when_it_was_extended(
    ticket: Ticket, now: datetime
) -> None:
    assigned = dataclasses.replace(ticket, state=TicketState.ASSIGNED, noticed_at=now)
    due = ticket.answer_due_at
    for moment, standing in (
        (now, "fine"),
        (due - SOON, "fine"),
        (due - SOON + timedelta(seconds=1), "soon"),
        (due, "soon"),
        (due + timedelta(seconds=1), "late"),
    ):
        (term,) = deadlines.of_ticket(assigned, SETTINGS, OFFICE, moment, SOON)
        assert (term.standing, term.extended, term.basis) == (
            standing,
            False,
            SETTINGS.tickets.basis.answer,
        )
    (term,) = deadlines.of_ticket(assigned, SETTINGS, OFFICE, now, SOON, extended=True)
    assert (term.extended, term.basis) == (True, SETTINGS.tickets.basis.extension)


@pytest.mark.row("000-13")
def test_telling_the_chairman_is_a_term_of_working_minutes_until_somebody_was_told(
    ticket: Ticket, database: Database, now: datetime
) -> None:
    with database.reading() as conn:
        (first,) = escalations.unsettled(conn, ticket.id)
    shown = deadlines.of_ticket(ticket, SETTINGS, OFFICE, now + 16 * MINUTE, SOON, first)[0]
    assert (shown.name, shown.due_at, shown.days, shown.minutes) == ("notify", now + 15 * MINUTE, 0, 15)
    assert (shown.standing, shown.basis) == ("late", SETTINGS.tickets.basis.notify)
    seen = dataclasses.replace(first, first_sent_at=now + 15 * MINUTE)
    assert deadlines.of_ticket(ticket, SETTINGS, OFFICE, now, SOON, seen)[0].name == "classify"


def test_at_night_the_minutes_to_tell_the_chairman_begin_in_the_morning() -> None:
    due = deadlines.notify_due(local_time("2026-11-27 22:00"), SETTINGS, OFFICE)
    assert due == local_time("2026-11-30 07:45")


@pytest.mark.row("F-14")
@pytest.mark.parametrize(
    ("received", "due", "days", "recalled"),
    [
        ("2026-11-10 09:00", "2026-11-26 17:00", 1, "2026-11-25 07:30"),
        ("2026-11-10 09:00", "2026-11-30 17:00", 1, "2026-11-27 07:30"),
        ("2026-11-10 09:00", "2026-11-30 17:00", 2, "2026-11-26 07:30"),
        ("2026-02-02 09:00", "2026-02-23 17:00", 1, "2026-02-13 07:30"),
        ("2026-11-25 09:10", "2026-11-26 17:00", 1, "2026-11-26 07:30"),
        ("2026-11-27 09:10", "2026-11-30 17:00", 1, "2026-11-30 07:30"),
        ("2026-11-27 09:10", "2026-11-30 17:00", 30, "2026-11-30 07:30"),
    ],
)
def test_a_term_is_recalled_when_the_working_day_before_its_end_begins(
    received: str, due: str, days: int, recalled: str
) -> None:
    moment = deadlines.reminded_at(local_time(due), local_time(received), days, OFFICE)
    assert moment == local_time(recalled)


def test_a_term_without_any_working_day_before_its_end_is_recalled_at_its_end_at_the_latest() -> None:
    saturday = local_time("2026-11-28 05:00")
    assert deadlines.reminded_at(saturday, local_time("2026-11-27 22:00"), 1, OFFICE) <= saturday


def test_one_extension_adds_working_days_up_to_the_most_the_office_allows(
    ticket: Ticket, now: datetime
) -> None:
    most = SETTINGS.tickets.extension_days
    longest = deadlines.extended_to(ticket, most, SETTINGS.tickets, OFFICE, now)
    assert longest == OFFICE.add_days(ticket.answer_due_at, most)
    for days in (None, 0, -1, most + 1):
        with pytest.raises(TransitionRefusedError) as refused:
            deadlines.extended_to(ticket, days, SETTINGS.tickets, OFFICE, now)
        assert refused.value.why == "due"


def test_an_extension_of_a_term_that_has_passed_counts_from_today(ticket: Ticket) -> None:
    late = ticket.answer_due_at + timedelta(days=60)
    assert deadlines.extended_to(ticket, 3, SETTINGS.tickets, OFFICE, late) == OFFICE.add_days(late, 3)
