"""When an escalation counts as notified: once a channel took it, and not while it waits in the outbox."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import pytest

from logbook.calendar.of_settings import working_times
from logbook.database.engine import DatabaseBusyError
from logbook.ids import DeliveryId
from logbook.reports.counting import counted
from logbook.reports.periods import week_of
from logbook.sending import claims, outcomes
from logbook.tickets import notifications
from tests.scheduler.fake_provider import Fault, Ledger
from tests.scheduler.outbox import CHAIRMAN, CITIZEN, VICE, Outbox, first_told, to_chairman
from tests.suite.waiting import PATIENCE
from tests.town_hall import MINUTE, advancing, file_ticket, local_time

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
NOBODY = "http://127.0.0.1:9"


@pytest.mark.row("000-13")
@pytest.mark.parametrize(("minutes_down", "met"), [(0, 1), (120, 0)])
def test_a_provider_that_is_down_for_two_hours_makes_the_chairman_told_late(
    outbox: Outbox, minutes_down: int, met: int
) -> None:
    clock, settings = outbox.clock, outbox.settings
    opened = clock.now()
    with outbox.database.writing() as conn:
        notifications.opened(conn, file_ticket(conn, "004217", opened))
    advancing(outbox.database, clock, settings).advance(lambda: True)
    down = replace(outbox, provider_url=NOBODY)
    for _ in range(minutes_down):
        down.send()
        clock.move(MINUTE)
    row = outbox.rows()[0].id
    assert first_told(outbox, row) is None
    while outbox.row(row).state == "due":
        outbox.send()
        clock.move(MINUTE)
    assert first_told(outbox, row) == outbox.row(row).sent_at
    times = working_times(settings)
    with outbox.database.reading() as conn:
        week = week_of(local_time("2026-11-25 00:00").date(), settings, times)
        terms = counted(conn, week, settings, times, week.due_at, None).section("terms")
    notify = next(one for one in terms if one.key == "notify")
    assert (notify.value, notify.of) == (met, 1)


def test_only_the_first_hand_over_counts(outbox: Outbox, now: datetime) -> None:
    first = to_chairman(outbox)
    outbox.send()
    outbox.ended(first, "no_answer")
    outbox.wait(minutes=15)
    second = outbox.put(
        "again",
        kind="new",
        recipient=CHAIRMAN,
        channel="call",
        escalation_id=outbox.row(first).escalation_id,
    )
    outbox.send()
    assert outbox.row(second).state == "sent"
    assert first_told(outbox, second) == now


@pytest.mark.row("F-06")
@pytest.mark.parametrize("fault", ["429", "400", "500", "reset"])
def test_what_was_not_taken_has_told_nobody(outbox: Outbox, provider: Ledger, fault: Fault) -> None:
    provider.usual = lambda: fault
    number = to_chairman(outbox)
    for _ in range(4):
        outbox.send()
        outbox.wait(seconds=31)
        outbox.reconcile()
    assert first_told(outbox, number) is None


@pytest.mark.row("F-06")
def test_what_is_found_at_the_provider_was_told_when_it_was_sent(
    outbox: Outbox, provider: Ledger, now: datetime
) -> None:
    number = to_chairman(outbox)
    provider.faults = ["lost"]
    outbox.send()
    assert first_told(outbox, number) is None
    outbox.wait(minutes=40)
    assert outbox.reconcile() >= 1
    assert first_told(outbox, number) == now


def test_a_webhook_that_comes_before_the_answer_proves_that_it_was_told(
    outbox: Outbox, provider: Ledger, now: datetime
) -> None:
    number = to_chairman(outbox)

    def webhook() -> None:
        with outbox.database.writing() as conn:
            row = outcomes.current_call(conn, DeliveryId(number), 1)
            assert row is not None
            outcomes.known_as(conn, row, "CA7")

    provider.at_send, provider.faults = webhook, ["lost"]
    outbox.send()
    assert first_told(outbox, number) == now


def test_all_that_one_call_brings_was_told_with_it(outbox: Outbox, now: datetime) -> None:
    rows = [to_chairman(outbox, f"escalation:{n}") for n in range(3)]
    other = to_chairman(outbox, "escalation:9", recipient=VICE, channel="mail")
    outbox.send()
    assert [outbox.row(row).result for row in rows] == [None, "joined", "joined"]
    assert [first_told(outbox, row) for row in (*rows, other)] == [now, now, now, None]


@pytest.mark.row("F-12")
@pytest.mark.parametrize("recipient", [CHAIRMAN, "citizen"])
def test_an_answer_and_a_webhook_that_come_together_do_not_wait_in_a_circle(
    outbox: Outbox, now: datetime, recipient: str
) -> None:
    ticket = outbox.ticket()
    about = {"recipient": recipient, "channel": "call", "ticket_id": ticket, "number": CITIZEN}
    row = to_chairman(outbox, "a matter", **about) if recipient == CHAIRMAN else outbox.put("news", **about)
    with outbox.database.writing() as conn:
        claimed = claims.claim(conn, outbox.row_in(conn, row), 1, now)
    assert claimed is not None
    trouble: list[DatabaseBusyError] = []
    begun = threading.Event()

    def answered() -> None:
        begun.set()
        try:
            with outbox.database.writing() as conn:
                claims.handed_over(conn, claimed, "CA1", now)
        except DatabaseBusyError as busy:
            trouble.append(busy)

    answer = threading.Thread(target=answered)
    with outbox.database.writing() as conn:
        current = outcomes.current_call(conn, DeliveryId(row), 1)
        assert current is not None
        answer.start()
        begun.wait(PATIENCE)
        answer.join(0.5)
        outcomes.known_as(conn, current, "CA1")
        assert outcomes.call_ended(conn, current, "busy", now)
    answer.join()
    assert trouble == []
    assert (outbox.row(row).state, outbox.row(row).result) == ("sent", "busy")
