"""What nobody knows: a send is found at the provider, repeated once, or given up; silent calls too."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from logbook.database.tables import deliveries as table
from logbook.ids import DeliveryId, EscalationId, TicketId
from logbook.outbox import escalations
from logbook.outbox.deliveries import Delivery
from logbook.sending import claims, outcomes
from scheduler.channels import Parcel
from tests.logbook.outbox import wanted_call
from tests.scheduler.fake_provider import Fault, Ledger, at_random
from tests.scheduler.outbox import (
    CHAIRMAN,
    CITIZEN,
    CLERK,
    HOTLINE,
    VICE,
    Outbox,
    by_text,
    settings_with,
    to_chairman,
)

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.mark.row("F-06")
@pytest.mark.parametrize("channel", ["call", "sms"])
def test_a_lost_answer_is_found_at_the_provider_and_nothing_is_sent_twice(
    outbox: Outbox, provider: Ledger, channel: str
) -> None:
    outbox = by_text(outbox)
    number = outbox.put("news", ticket_id=outbox.ticket(), channel=channel)
    provider.faults = ["lost"]
    outbox.send()
    assert outbox.row(number).state == "unsure"
    assert outbox.reconcile() == 0
    outbox.wait(seconds=31)
    assert outbox.reconcile() == 1
    row = outbox.row(number)
    assert (row.state, row.duplicates, row.provider_sid) == ("sent", 0, provider.taken[0]["sid"])
    assert (outbox.send(), len(provider.taken)) == (0, 1)
    assert outbox.told(TicketId(row.ticket_id or 0)) == (
        [("accepted", "sms", "accepted")] if channel == "sms" else []
    )


@pytest.mark.row("F-06")
def test_a_call_that_belongs_to_another_row_is_not_taken_for_the_lost_one(
    outbox: Outbox, provider: Ledger
) -> None:
    first = to_chairman(outbox, "escalation:1")
    outbox.send()
    outbox.ended(first, "busy")
    second = to_chairman(outbox, "escalation:2")
    provider.faults = ["reset"]
    outbox.send()
    outbox.wait(seconds=31)
    outbox.reconcile()
    assert (outbox.row(second).state, outbox.row(second).duplicates) == ("due", 1)


@pytest.mark.row("F-06")
def test_an_unclear_send_is_repeated_once_and_then_given_up(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    provider.usual = lambda: "reset"
    for _ in range(10):
        outbox.send()
        outbox.wait(seconds=31)
        outbox.reconcile()
    row = outbox.row(number)
    assert (row.state, row.result, row.attempts, row.duplicates) == ("failed", "unclear", 2, 1)


@pytest.mark.row("F-06")
def test_while_the_provider_cannot_be_asked_nothing_is_sent_again(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    provider.faults, provider.asking = ["reset"], "500"
    outbox.send()
    for _ in range(20):
        outbox.wait(minutes=5)
        assert (outbox.reconcile(), outbox.send()) == (0, 0)
    assert (outbox.row(number).state, outbox.row(number).attempts) == ("unsure", 1)
    outbox.wait(hours=24)
    assert outbox.reconcile() == 1
    assert (outbox.row(number).state, outbox.row(number).result) == ("failed", "unclear")


@pytest.mark.row("F-06")
def test_what_a_dead_runner_began_is_asked_about_by_the_next(outbox: Outbox, provider: Ledger) -> None:
    numbers = [to_chairman(outbox, "escalation:1"), to_chairman(outbox, "escalation:2", recipient=VICE)]
    with outbox.database.writing() as conn:
        for number in numbers:
            claims.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now())
    assert outbox.send(epoch=1) == 0
    assert [outbox.row(number).state for number in numbers] == ["sending", "sending"]
    outbox.send(epoch=2)
    assert [outbox.row(number).state for number in numbers] == ["unsure", "unsure"]
    outbox.wait(seconds=31)
    assert (outbox.reconcile(), outbox.send(epoch=2)) == (2, 2)
    assert sorted(provider.sends("To").values()) == [1, 1]


@pytest.mark.row("F-06")
def test_a_send_that_says_nothing_for_two_minutes_is_asked_about(outbox: Outbox) -> None:
    number = to_chairman(outbox)
    with outbox.database.writing() as conn:
        claims.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now())
    outbox.wait(seconds=119)
    outbox.reconcile()
    assert outbox.row(number).state == "sending"
    outbox.wait(seconds=2)
    outbox.reconcile()
    assert outbox.row(number).state == "unsure"


def test_a_webhook_that_comes_before_the_answer_settles_that_the_call_was_placed(
    outbox: Outbox, provider: Ledger
) -> None:
    number = to_chairman(outbox)

    def webhook() -> None:
        with outbox.database.writing() as conn:
            row = outcomes.current_call(conn, DeliveryId(number), 1)
            assert row is not None
            outcomes.known_as(conn, row, "CA7")

    provider.at_send, provider.faults = webhook, ["lost"]
    outbox.send()
    row = outbox.row(number)
    assert (row.state, row.provider_sid, row.due_at) == ("sent", "CA7", None)


def test_mail_of_which_nobody_can_be_asked_is_repeated_once(outbox: Outbox) -> None:
    outbox = replace(outbox, settings=settings_with(channels={"CHU_TICH_MAIL": "json://127.0.0.1:9/"}))
    number = to_chairman(outbox, channel="mail")
    for extra, state in ((1, "due"), (1, "failed")):
        with outbox.database.writing() as conn:
            claims.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now())
        outbox.wait(minutes=3)
        outbox.reconcile()
        outbox.wait(minutes=1)
        outbox.reconcile()
        assert (outbox.row(number).state, outbox.row(number).duplicates) == (state, extra)


@pytest.mark.parametrize(
    ("state", "result"),
    [("completed", "answered"), ("no-answer", "no_answer"), ("busy", "busy"), ("canceled", "failed")],
)
def test_a_call_that_fell_silent_is_asked_about(
    outbox: Outbox, provider: Ledger, state: str, result: str
) -> None:
    ticket = outbox.ticket()
    number = outbox.put("n", ticket_id=ticket)
    outbox.send()
    provider.states[provider.taken[0]["sid"]] = state
    outbox.wait(minutes=1)
    assert outbox.reconcile() == 0
    outbox.wait(minutes=2)
    assert outbox.reconcile() == 1
    assert outbox.row(number).result == result
    assert outbox.told(TicketId(ticket)) == [("accepted", "call", result)]


@pytest.mark.row("F-25")
@pytest.mark.parametrize(("who", "result"), [(CHAIRMAN, "acknowledged"), (VICE, "answered")])
def test_a_silent_call_whose_matter_its_own_official_settled_by_a_key_was_acknowledged(
    outbox: Outbox, provider: Ledger, who: str, result: str
) -> None:
    number = to_chairman(outbox)
    outbox.send()
    with outbox.database.writing() as conn:
        escalation = outbox.row(number).escalation_id or 0
        escalations.acknowledge(conn, EscalationId(escalation), how="key", who=who, now=outbox.clock.now())
    provider.states[provider.taken[0]["sid"]] = "completed"
    outbox.wait(minutes=3)
    assert outbox.reconcile() == 1
    assert outbox.row(number).result == result


def test_a_call_that_goes_on_is_left_alone_and_given_up_in_the_end(outbox: Outbox, provider: Ledger) -> None:
    number = outbox.put("n", ticket_id=outbox.ticket())
    outbox.send()
    outbox.wait(minutes=5)
    assert outbox.reconcile() == 0
    provider.asking = "500"
    outbox.wait(seconds=outbox.settings.duty.talk_limit_seconds + 300)
    assert outbox.reconcile() == 1
    assert outbox.row(number).result == "failed"


@pytest.mark.row("F-06")
def test_two_senders_with_lost_answers_and_deaths_send_every_row_and_at_most_one_extra(
    outbox: Outbox, provider: Ledger
) -> None:
    outbox = by_text(outbox)
    count = 120
    settings = outbox.settings
    settings = replace(
        settings,
        notifications=settings.notifications.model_copy(update={"sends_per_day": 100_000}),
        citizens=settings.citizens.model_copy(update={"calls": False}),
    )
    outbox = replace(outbox, settings=settings)
    for n in range(count):
        ticket = outbox.ticket(f"{n:06d}")
        outbox.put(f"ticket:{ticket}:accepted:1", ticket_id=ticket, number=f"+84912{n:06d}")
    provider.usual = at_random(20261125, 0.15, "lost", "reset", "bad_json")
    trouble: list[BaseException] = []
    for step in range(12):
        epoch = step + 1
        first = threading.Thread(target=work_or_die, args=(outbox, epoch, step % 3 == 0, trouble))
        second = threading.Thread(target=work_or_die, args=(outbox, epoch, False, trouble))
        for thread in (first, second):
            thread.start()
        for thread in (first, second):
            thread.join()
        outbox.wait(seconds=61)
        outbox.reconcile()
    assert trouble == []
    rows, sends = outbox.rows(), provider.sends("To")
    unsent = [row for row in rows if row.state != "sent"]
    assert len(rows) == count
    assert all(row.result == "unclear" and row.attempts == 2 for row in unsent)
    assert len(unsent) <= count * 0.15**2 * 3
    assert all(sends[str(row.number)] >= 1 for row in rows if row.state == "sent")
    assert max(sends.values()) <= 2
    assert all(sends[str(row.number)] <= 1 + row.duplicates for row in rows)
    assert sum(sends.values()) - len(sends) == 0


class Died(BaseException):
    """The process is no more."""


def work_or_die(outbox: Outbox, epoch: int, dies: bool, trouble: list[BaseException]) -> None:
    sends = 0

    def have_lease() -> bool:
        return True

    try:
        sender = outbox.sender()
        if dies:
            text = sender.texts.telephone.text

            class Dying:
                def text(self, **form: Any) -> str:
                    nonlocal sends
                    sends += 1
                    sid = text(**form)
                    if sends % 7 == 0:
                        raise Died
                    return sid

                def texted(self, **form: object) -> list[str]:
                    raise AssertionError(form)

            sender = replace(sender, texts=replace(sender.texts, telephone=Dying()))
        for _ in range(5):
            sender.send(have_lease, epoch)
    except Died:
        pass
    except BaseException as error:
        trouble.append(error)


def test_a_row_that_cannot_be_put_into_words_any_more_holds_up_nobody_who_is_asked_about(
    outbox: Outbox, provider: Ledger
) -> None:
    outbox = by_text(outbox)
    strange, usual = (
        outbox.put(key, ticket_id=outbox.ticket(code), channel=channel)
        for key, code, channel in (("a", "111111", "sms"), ("b", "222222", "call"))
    )
    provider.faults = ["lost", "lost"]
    outbox.send()
    with outbox.database.writing() as conn:
        conn.execute(table.update().where(table.c.id == strange).values(kind="unheard-of"))
    outbox.wait(seconds=31)
    assert outbox.reconcile() == 1
    assert [outbox.row(number).state for number in (strange, usual)] == ["unsure", "sent"]
    outbox.wait(days=1)
    outbox.reconcile()
    assert (outbox.row(strange).state, outbox.row(strange).result) == ("failed", "unclear")


# --- who took what, when two could have sent it -----------------------------------------------------------


def the_same_news(outbox: Outbox, ticket: int, key: str) -> int:
    """A row that says the same to the same number as its like, by a text."""
    seen = {"kind": "extended", "ticket_id": ticket, "channel": "sms"}
    return outbox.put(key, params={"news": "the same"}, **seen)


def begin(outbox: Outbox, number: int, to: str = CITIZEN) -> Delivery:
    """The sender has claimed a row."""
    with outbox.database.writing() as conn:
        claimed = claims.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now(), to)
    assert claimed is not None
    return claimed


@pytest.mark.row("F-06")
def test_a_text_whose_answer_is_still_on_its_way_is_not_taken_for_a_lost_one_that_says_the_same(
    outbox: Outbox, provider: Ledger
) -> None:
    outbox = by_text(outbox)
    ticket = outbox.ticket()
    lost, on_its_way = (the_same_news(outbox, ticket, key) for key in ("a", "b"))
    begin(outbox, lost)
    outbox.wait(minutes=2, seconds=1)
    outbox.reconcile()
    assert outbox.row(lost).state == "unsure"
    outbox.wait(seconds=31)
    row = begin(outbox, on_its_way)
    with outbox.database.reading() as conn:
        parcel = Parcel(row, outbox.sender().news.letter(conn, row), CITIZEN)
    sid = outbox.sender().texts.send(parcel)
    assert outbox.reconcile() == 0
    assert outbox.row(lost).provider_sid is None
    with outbox.database.writing() as conn:
        assert claims.handed_over(conn, row, sid, outbox.clock.now())
    outbox.wait(minutes=5)
    outbox.reconcile()
    outbox.send()
    sids = [outbox.row(number).provider_sid for number in (lost, on_its_way)]
    assert sids == [each["sid"] for each in reversed(provider.taken)]
    assert (outbox.row(lost).state, outbox.row(lost).duplicates) == ("sent", 1)


@pytest.mark.row("F-06")
@pytest.mark.parametrize("faults", [["reset", "lost"], ["lost", "reset"], ["lost", "lost"]])
@pytest.mark.parametrize("apart", [0, 20, 100])
def test_of_two_lost_texts_that_say_the_same_each_is_found_once_or_sent_again(
    outbox: Outbox, provider: Ledger, faults: list[Fault], apart: int
) -> None:
    outbox = by_text(outbox)
    provider.faults = list(faults)
    ticket, both = outbox.ticket(), []
    for key in ("a", "b"):
        both.append(the_same_news(outbox, ticket, key))
        outbox.send()
        outbox.wait(seconds=apart)
    for _ in range(8):
        outbox.wait(seconds=31)
        outbox.reconcile()
        outbox.send()
    sids = [outbox.row(number).provider_sid for number in both]
    assert sorted(map(str, sids)) == sorted(each["sid"] for each in provider.taken)
    assert len(provider.taken) == 2
    assert sum(outbox.row(number).duplicates for number in both) == faults.count("reset")


@pytest.mark.row("F-06")
def test_a_call_that_the_line_returns_is_not_taken_for_a_lost_one_to_the_same_telephone(
    outbox: Outbox, provider: Ledger, now: datetime
) -> None:
    clerk = outbox.put("k", kind="new", recipient=CLERK, channel="call", escalation_id=outbox.matter("m"))
    telephone = "+842583842111"
    begin(outbox, clerk, telephone)
    with outbox.database.writing() as conn:
        claims.reclaim(conn, now, 2)
        returned = wanted_call.press(conn, wanted_call.owed(conn, now), now, telephone)
    begin(outbox, returned.id, telephone)
    outbox.sender().calls.telephone.ring(
        to=telephone, caller_id=HOTLINE, answer_url="x", status_url="x", seconds=1
    )
    outbox.wait(seconds=31)
    assert outbox.reconcile() == 0
    assert outbox.row(clerk).state == "unsure"
    with outbox.database.writing() as conn:
        row = outcomes.current_call(conn, returned.id, 1)
        assert row is not None
        outcomes.known_as(conn, row, provider.taken[0]["sid"])
    outbox.wait(seconds=31)
    assert outbox.reconcile() == 1
    assert (outbox.row(clerk).state, outbox.row(clerk).provider_sid) == ("due", None)


def test_the_number_that_was_rung_is_asked_about_even_when_the_settings_have_another_by_then(
    outbox: Outbox, provider: Ledger
) -> None:
    number = outbox.put("k", kind="new", recipient=CHAIRMAN, channel="call")
    provider.faults = ["lost"]
    outbox.send()
    notifications = outbox.settings.notifications
    moved = tuple(one.model_copy(update={"number": "0258.3842.199"}) for one in notifications.officials)
    settings = replace(outbox.settings, notifications=notifications.model_copy(update={"officials": moved}))
    outbox.wait(seconds=31)
    assert replace(outbox, settings=settings).reconcile() == 1
    assert outbox.row(number).provider_sid == provider.taken[0]["sid"]


@pytest.mark.row("F-07")
def test_many_unclear_texts_to_one_number_come_clear_in_one_look(outbox: Outbox, provider: Ledger) -> None:
    outbox = by_text(outbox)
    provider.usual = lambda: "reset"
    for n in range(3):
        outbox.put(f"n{n}", ticket_id=outbox.ticket(f"{n:06d}"), channel="sms")
        outbox.send()
        outbox.wait(seconds=1)
    provider.usual = lambda: "ok"
    outbox.wait(seconds=31)
    assert outbox.reconcile() == 3
    assert outbox.send() == 3
    assert len(provider.taken) == 3
