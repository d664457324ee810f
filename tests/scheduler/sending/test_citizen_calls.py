"""Calls to citizens instead of a text, and again while nobody heard the news."""

from __future__ import annotations

import pytest

from logbook.ids import TicketId
from logbook.sending import citizen_calls
from tests.scheduler.fake_provider import Fault, Ledger
from tests.scheduler.outbox import CITIZEN, Outbox, by_text
from tests.town_hall import local_time

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.mark.row("F-07")
@pytest.mark.parametrize("fault", ["400", "429"])
def test_a_text_that_does_not_get_through_becomes_a_call(
    outbox: Outbox, provider: Ledger, fault: Fault
) -> None:
    outbox = by_text(outbox)
    tries = 1 if fault == "400" else outbox.settings.notifications.fallback_after
    provider.faults = [fault] * tries
    text = outbox.put("n", ticket_id=outbox.ticket())
    for _ in range(tries):
        outbox.send()
        outbox.wait(minutes=3)
    outbox.send()
    call = outbox.rows()[-1]
    assert outbox.row(text).state == ("refused" if fault == "400" else "failed")
    assert (call.channel, call.instead_of, call.number, call.state) == ("call", text, CITIZEN, "sent")
    assert len(outbox.rows()) == 2


@pytest.mark.parametrize("result", ["no_answer", "busy", "failed", "answered"])
def test_news_nobody_heard_is_called_about_again_so_often_as_the_settings_say(
    outbox: Outbox, provider: Ledger, result: str
) -> None:
    ticket = outbox.ticket()
    outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    outbox.clock.moment = local_time("2026-11-25 16:00")
    due = [local_time("2026-11-26 08:30"), local_time("2026-11-26 10:30")]
    for number, at in enumerate([*due, None], start=1):
        assert outbox.send() == 1
        last = outbox.rows()[-1]
        assert outbox.ended(last.id, result)
        assert outbox.again() == (0 if at is None else 1)
        assert outbox.again() == 0
        if at is not None:
            planned = outbox.rows()[-1]
            assert (planned.key, planned.due_at) == (f"ticket:1:accepted:2:{number + 1}", at)
            outbox.clock.moment = at
    assert len(provider.taken) == outbox.settings.citizens.call_tries == 3
    assert outbox.told(TicketId(ticket)) == [("accepted", "call", result)] * 3
    assert [row.state for row in outbox.rows()] == ["sent", "sent", "failed"]


@pytest.mark.parametrize("result", ["told", "not_them"])
def test_nobody_is_called_again_who_heard_the_news_or_is_not_the_one(outbox: Outbox, result: str) -> None:
    ticket = outbox.ticket()
    number = outbox.put("n", ticket_id=ticket)
    outbox.send()
    assert outbox.ended(number, result)
    assert not outbox.ended(number, "no_answer")
    assert outbox.again() == 0
    assert outbox.told(TicketId(ticket)) == [("accepted", "call", result)]
    assert outbox.row(number).state == ("sent" if result == "told" else "failed")


def test_calls_that_need_no_other_do_not_hide_the_one_that_does(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.send_deliveries.AT_ONCE", 3)
    for code in ("000001", "000002", "000003", "000004"):
        number = outbox.put(code, ticket_id=outbox.ticket(code), number=f"+84912000{code[3:]}")
        outbox.send()
        outbox.ended(number, "no_answer")
        outbox.wait(seconds=1)
        if code != "000004":
            outbox.change(TicketId(outbox.row(number).ticket_id or 0), state="answered")
    assert outbox.again() == 1
    assert outbox.rows()[-1].key == "000004:2"


def test_a_call_is_not_made_again_once_its_news_is_overtaken(outbox: Outbox) -> None:
    ticket = outbox.ticket()
    number = outbox.put("n", ticket_id=ticket)
    outbox.send()
    outbox.ended(number, "busy")
    outbox.change(TicketId(ticket), state="answered")
    assert outbox.again() == 0


def test_whoever_calls_in_while_the_next_call_is_planned_is_not_called(outbox: Outbox) -> None:
    ticket = outbox.ticket(state="transferred")
    number = outbox.put("n", kind="transferred", ticket_id=ticket)
    outbox.send()
    outbox.ended(number, "no_answer")

    def calls_in() -> bool:
        with outbox.database.writing() as conn:
            citizen_calls.heard_calling_in(conn, TicketId(ticket), outbox.clock.now())
        return True

    assert outbox.sender().again(calls_in) == 0
    assert [(row.state, row.result) for row in outbox.rows()] == [("sent", "no_answer"), ("sent", "told")]
