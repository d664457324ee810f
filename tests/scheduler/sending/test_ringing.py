"""One telephone rings for one call at a time, and one call brings everything that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from logbook.ids import EscalationId, TicketId
from logbook.outbox import escalations
from tests.scheduler.fake_provider import Fault, Ledger
from tests.scheduler.outbox import CHAIRMAN, VICE, Outbox, first_told, to_chairman

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_one_official_is_called_by_one_call_at_a_time(outbox: Outbox, provider: Ledger) -> None:
    first, other = to_chairman(outbox, "escalation:1"), to_chairman(outbox, "escalation:3", recipient=VICE)
    assert outbox.send() == 2
    second = to_chairman(outbox, "escalation:2")
    assert outbox.send() == 0
    assert [outbox.row(number).state for number in (first, second, other)] == ["sent", "due", "sent"]
    outbox.wait(seconds=31)
    assert outbox.send() == 0
    assert outbox.ended(first, "answered")
    outbox.wait(seconds=31)
    assert outbox.send() == 1
    assert outbox.row(second).attempts == 1


def test_ten_matters_ring_a_telephone_nobody_answers_once(outbox: Outbox, provider: Ledger) -> None:
    waiting = [to_chairman(outbox, f"escalation:{n}") for n in range(10)]
    others = [
        to_chairman(outbox, "vice", recipient=VICE),
        outbox.put("mail", recipient=CHAIRMAN, channel="x"),
    ]
    later = to_chairman(outbox, "later", due_at=outbox.clock.now() + timedelta(hours=1))
    outbox.send()
    assert len(provider.sends("To")) == 2
    assert [outbox.row(number).result for number in waiting[1:]] == ["joined"] * 9
    assert [outbox.row(number).state for number in (waiting[0], *others)] == ["sent", "sent", "refused"]
    assert outbox.ended(waiting[0], "no_answer")
    outbox.wait(minutes=5)
    assert outbox.send() == 0
    assert outbox.row(later).state == "due"


def test_a_call_of_which_nobody_tells_the_end_blocks_the_line_no_longer_than_a_talk(outbox: Outbox) -> None:
    to_chairman(outbox, "escalation:1")
    outbox.send()
    second = to_chairman(outbox, "escalation:2", escalation_id=outbox.matter("u", urgent=True))
    outbox.wait(seconds=outbox.settings.duty.talk_limit_seconds + outbox.settings.duty.ring_seconds + 1)
    outbox.send()
    assert outbox.row(second).state == "sent"


@pytest.mark.parametrize("fault", ["400", "429", "reset"])
def test_a_call_that_was_not_placed_brings_nothing_and_the_others_ring_for_themselves(
    outbox: Outbox, provider: Ledger, fault: Fault
) -> None:
    first, second = (to_chairman(outbox, f"escalation:{n}") for n in range(2))
    provider.faults = [fault]
    outbox.send()
    with outbox.database.writing() as conn:
        escalation = outbox.row(first).escalation_id or 0
        escalations.acknowledge(
            conn, EscalationId(escalation), how="click", who=CHAIRMAN, now=outbox.clock.now()
        )
    for _ in range(4):
        outbox.wait(seconds=31)
        outbox.reconcile()
        outbox.send()
    assert outbox.row(first).state in ("cancelled", "refused")
    assert outbox.row(second).state == "sent"
    assert len(provider.taken) == 1


def test_one_telephone_that_two_officials_share_is_rung_by_one_call_at_a_time(
    outbox: Outbox, provider: Ledger
) -> None:
    notifications = outbox.settings.notifications
    same = notifications.officials[0].number
    officials = tuple(one.model_copy(update={"number": same}) for one in notifications.officials)
    notifications = notifications.model_copy(update={"officials": officials})
    outbox = replace(outbox, settings=replace(outbox.settings, notifications=notifications))
    first, second = to_chairman(outbox, "a"), to_chairman(outbox, "b", recipient=VICE)
    assert outbox.send() == 1
    assert (outbox.row(first).state, outbox.row(second).state) == ("sent", "due")
    outbox.ended(first, "no_answer")
    outbox.wait(seconds=31)
    assert outbox.send() == 1
    assert outbox.row(second).state == "sent"


def test_a_call_brings_nothing_that_must_not_be_told(outbox: Outbox, provider: Ledger) -> None:
    in_conflict = outbox.ticket(conflict=True)
    brings = to_chairman(outbox, "a")
    escalation = outbox.matter("m", ticket_id=TicketId(in_conflict))
    kept_away = to_chairman(outbox, "b", ticket_id=in_conflict, escalation_id=escalation)
    outbox.send()
    outbox.ended(brings, "no_answer")
    outbox.wait(minutes=1)
    outbox.send()
    assert outbox.row(kept_away).result == "concerned"
    assert first_told(outbox, kept_away) is None
