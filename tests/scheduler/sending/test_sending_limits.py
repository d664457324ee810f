"""The limits of sending hold in the database, however many send: numbers, days, people."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from logbook.database import rate_limits
from tests.scheduler.fake_provider import Ledger
from tests.scheduler.outbox import CHAIRMAN, HOTLINE, Outbox, by_text, to_chairman
from tests.town_hall import local_time

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.mark.row("T-13")
def test_the_days_caps_hold_with_two_senders(outbox: Outbox, provider: Ledger) -> None:
    settings = outbox.settings
    settings = replace(
        settings,
        notifications=settings.notifications.model_copy(update={"sends_per_day": 9}),
        citizens=settings.citizens.model_copy(update={"sends_per_number_per_day": 2, "sms_sender": "UBND"}),
    )
    outbox = replace(outbox, settings=settings)
    for n in range(16):
        ticket = outbox.ticket(f"{n:06d}")
        outbox.put(f"ticket:{ticket}", ticket_id=ticket, number=f"+8491200000{n % 4}")
    threads = [threading.Thread(target=outbox.send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(provider.sends("To").values()) == 2
    assert len(provider.taken) == 8
    outbox.wait(days=1)
    outbox.send()
    assert len(provider.taken) == 16


@pytest.mark.row("T-13")
def test_everybodys_cap_holds_and_the_rest_goes_the_next_day(outbox: Outbox, provider: Ledger) -> None:
    notifications = outbox.settings.notifications.model_copy(update={"sends_per_day": 2})
    outbox = replace(by_text(outbox), settings=replace(by_text(outbox).settings, notifications=notifications))
    for n in range(3):
        outbox.put(f"n{n}", ticket_id=outbox.ticket(f"{n:06d}"), number=f"+8491200000{n}")
    assert (outbox.send(), outbox.send()) == (2, 0)
    assert outbox.rows()[2].due_at == local_time("2026-11-26 00:00")
    outbox.clock.moment = local_time("2026-11-26 07:00")
    assert outbox.send() == 1


@pytest.mark.row("T-13")
def test_what_was_not_sent_costs_nothing(outbox: Outbox, provider: Ledger) -> None:
    provider.faults = ["429", "400"]
    to_chairman(outbox, "escalation:1")
    outbox.send()
    to_chairman(outbox, "escalation:2")
    outbox.send()
    with outbox.database.reading() as conn:
        spent = [
            rate_limits.used(conn, scope, timedelta(days=1), outbox.clock.now())
            for scope in ("send:all", f"send:person:{CHAIRMAN}")
        ]
    assert spent == [0, 0]


@pytest.mark.row("T-13")
@pytest.mark.parametrize(
    "number", ["+841900123456", "+84113", "+14155550123", "+881612345678", HOTLINE, None, "113"]
)
def test_no_number_outside_the_list_is_rung(outbox: Outbox, provider: Ledger, number: str | None) -> None:
    row = outbox.put("n", ticket_id=outbox.ticket(), number=number, channel="call")
    outbox.send()
    assert (outbox.row(row).state, outbox.row(row).result) == ("refused", "not_allowed")
    assert provider.taken == []


@pytest.mark.row("T-13")
def test_an_official_is_rung_at_the_number_of_the_settings_whatever_stands_on_the_row(
    outbox: Outbox, provider: Ledger
) -> None:
    to_chairman(outbox, number="+84987654321")
    outbox.send()
    assert provider.taken[0]["To"] == "+842583842100"
