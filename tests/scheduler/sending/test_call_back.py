"""Placing returned calls: one call for one press, whatever dies, and silent calls asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from logbook.calls import callbacks, calls, legs
from logbook.calls.callbacks import Callback
from logbook.database import rate_limits
from logbook.database.tables import callbacks as rows
from logbook.database.tables import calls as calls_table
from logbook.outbox import returned_calls
from logbook.outbox.deliveries import Delivery
from logbook.outbox.state_machine import DeliveryEvent, apply
from logbook.sending import claims, decision, outcomes, owed_numbers
from logbook.sending.limits import DAY
from tests.logbook.outbox import wanted_call
from tests.logbook.outbox.wanted_call import CITIZEN, CLERK, HOTLINE, kept
from tests.scheduler.fake_provider import Fault, Ledger
from tests.scheduler.outbox import Outbox, to_chairman

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def wanted(outbox: Outbox, number: str | None = CITIZEN) -> tuple[Callback, Delivery]:
    return wanted_call.wanted(outbox.database, outbox.clock.now(), number)


def pressed_again(outbox: Outbox, row: Callback) -> Delivery:
    with outbox.database.writing() as conn:
        return wanted_call.press(conn, row, outbox.clock.now())


def result(outbox: Outbox, row: Callback) -> tuple[str, str | None, int]:
    found = kept(outbox.database, row)
    return found.state, found.last_result, found.tries


def spent(outbox: Outbox) -> tuple[int, int]:
    now = outbox.clock.now()
    with outbox.database.reading() as conn:
        return (
            rate_limits.used(conn, f"return:number:{CITIZEN}", DAY, now),
            rate_limits.used(conn, "return:all", DAY, now),
        )


def with_limits(outbox: Outbox, per_number: int, in_all: int) -> Outbox:
    changed = {"returned_calls_per_number_per_day": per_number, "returned_calls_per_day": in_all}
    limits = outbox.settings.rate_limits.model_copy(update=changed)
    return replace(outbox, settings=replace(outbox.settings, rate_limits=limits))


@pytest.mark.row("T-13")
def test_the_clerk_is_rung_from_the_hotlines_number_once_for_one_press(
    outbox: Outbox, provider: Ledger
) -> None:
    _, delivery = wanted(outbox)
    assert (outbox.send(), outbox.send()) == (1, 0)
    (call,) = provider.taken
    assert (call["To"], call["From"]) == (CLERK, HOTLINE)
    assert call["Url"] == f"https://tongdai.example/ivr/told/{delivery.id}?call=1&kind=returned_call"
    assert call["StatusCallback"].startswith(f"https://tongdai.example/ivr/told/{delivery.id}/status?call=1")
    assert outbox.row(delivery.id).provider_sid == call["sid"]
    assert spent(outbox) == (1, 1)


@pytest.mark.row("F-06")
def test_the_row_is_claimed_and_committed_before_the_provider_is_asked(
    outbox: Outbox, provider: Ledger
) -> None:
    _, delivery = wanted(outbox)
    states: list[str] = []
    provider.at_send = lambda: states.append(outbox.row(delivery.id).state)
    outbox.send()
    assert states == ["sending"]


@pytest.mark.row("F-06")
@pytest.mark.parametrize("rang", [False, True])
def test_a_process_that_dies_while_ringing_rings_nobody_again(
    outbox: Outbox, provider: Ledger, rang: bool
) -> None:
    """Killed between the claim and the request, or between the request and its answer."""
    row, delivery = wanted(outbox)
    with outbox.database.writing() as conn:
        due = claims.lock(conn, delivery)
        assert due is not None
        claims.claim(conn, due, 1, outbox.clock.now(), CLERK)
    if rang:
        outbox.sender().calls.telephone.ring(
            to=CLERK, caller_id=HOTLINE, answer_url="x", status_url="x", seconds=1
        )
    for _ in range(20):
        outbox.wait(seconds=31)
        outbox.send(epoch=2)
        outbox.reconcile()
    assert len(provider.taken) == int(rang)
    assert outbox.row(delivery.id).state == ("sent" if rang else "failed")
    assert result(outbox, row) == (("wanted", None, 0) if rang else ("owed", "lost", 0))


@pytest.mark.row("F-06")
def test_a_lost_answer_is_found_and_ends_as_the_call_ends(outbox: Outbox, provider: Ledger) -> None:
    row, delivery = wanted(outbox)
    provider.faults = ["lost"]
    outbox.send()
    outbox.wait(seconds=31)
    assert outbox.reconcile() == 1
    assert (outbox.row(delivery.id).state, result(outbox, row)) == ("sent", ("wanted", None, 0))
    provider.states[provider.taken[0]["sid"]] = "no-answer"
    outbox.wait(minutes=3)
    assert outbox.reconcile() == 1
    assert result(outbox, row) == ("owed", "clerk_absent", 0)
    assert len(provider.taken) == 1


@pytest.mark.row("F-07")
def test_while_the_provider_cannot_be_asked_a_clerk_waits_ten_minutes_and_no_longer(
    outbox: Outbox, provider: Ledger
) -> None:
    row, _ = wanted(outbox)
    provider.faults, provider.asking = ["reset"], "500"
    outbox.send()
    for _ in range(9):
        outbox.wait(minutes=1)
        assert (outbox.reconcile(), outbox.send()) == (0, 0)
    assert result(outbox, row) == ("wanted", None, 0)
    for _ in range(12):
        outbox.wait(minutes=1)
        outbox.reconcile()
    assert result(outbox, row) == ("owed", "lost", 0)
    assert provider.taken == []


@pytest.mark.row("T-13")
@pytest.mark.parametrize("fault", ["400", "401", "429"])
def test_a_call_that_was_not_placed_is_owed_again_at_once_and_costs_nothing_of_the_day(
    outbox: Outbox, provider: Ledger, fault: Fault
) -> None:
    outbox = with_limits(outbox, 1, 1)
    row, delivery = wanted(outbox)
    provider.faults = [fault]
    assert outbox.send() == 0
    assert result(outbox, row) == ("owed", "not_placed", 0)
    assert outbox.row(delivery.id).state in ("failed", "refused")
    assert spent(outbox) == (0, 0)
    outbox.wait(hours=2)
    assert outbox.send() == 0, "nothing sends it a second time"
    pressed_again(outbox, row)
    assert (outbox.send(), len(provider.taken)) == (1, 1)


def test_no_event_brings_a_call_back_that_may_be_placed_once(outbox: Outbox) -> None:
    _, delivery = wanted(outbox)
    usual = to_chairman(outbox)
    seen = {}
    for number in (delivery.id, usual):
        with outbox.database.writing() as conn:
            row = claims.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now(), CLERK)
            assert row is not None
            put_off = apply(conn, DeliveryEvent.PUT_OFF, row, due_at=outbox.clock.now())
            claims.unclear(conn, row, outbox.clock.now(), "?")
            seen[number] = (put_off, claims.send_once_more(conn, row, outbox.clock.now()))
    assert seen == {delivery.id: (0, False), usual: (1, False)}


@pytest.mark.row("T-13")
@pytest.mark.parametrize("number", ["+8419001234", "+12025550123", HOTLINE, "113", None])
def test_other_numbers_are_never_rung(outbox: Outbox, provider: Ledger, number: str | None) -> None:
    row, delivery = wanted(outbox, number)
    assert outbox.send() == 0
    assert (provider.taken, spent(outbox)) == ([], (0, 0))
    assert outbox.row(delivery.id).state == "refused"
    assert result(outbox, row) == ("owed", "refused", 0)


@pytest.mark.row("T-13")
def test_a_days_limit_holds_for_one_number_and_for_all(outbox: Outbox, provider: Ledger) -> None:
    outbox = with_limits(outbox, 2, 3)
    row, delivery = wanted(outbox)
    said = []
    for _ in range(3):
        outbox.send()
        said.append(result(outbox, row)[1])
        outbox.ended(delivery.id, "citizen_busy")
        delivery = pressed_again(outbox, row)
    assert said == [None, None, "too_many"]
    others = [wanted(outbox, f"+8498765432{each}") for each in range(2)]
    for _, each in others:
        outbox.send()
        outbox.ended(each.id, "citizen_busy")
    assert [result(outbox, each)[1] for each, _ in others] == ["busy", "too_many"]
    assert len(provider.taken) == 3
    outbox.wait(hours=24)
    pressed_again(outbox, others[1][0])
    assert outbox.send() == 1


def test_a_clerk_who_asked_long_ago_is_not_rung_any_more(outbox: Outbox, provider: Ledger) -> None:
    row, delivery = wanted(outbox)
    outbox.wait(minutes=10, seconds=1)
    assert outbox.send() == 0
    assert (outbox.row(delivery.id).state, result(outbox, row)) == ("cancelled", ("owed", "expired", 0))
    assert provider.taken == []


@pytest.mark.row("T-13")
def test_a_callback_that_was_settled_meanwhile_rings_nobody(outbox: Outbox, provider: Ledger) -> None:
    row, delivery = wanted(outbox)
    with outbox.database.writing() as conn:
        callbacks.settle(conn, row.call_id, outbox.clock.now())
    assert (outbox.send(), provider.taken) == (0, [])
    assert (outbox.row(delivery.id).state, outbox.row(delivery.id).result) == ("cancelled", "settled")


def test_a_clerk_is_rung_at_any_hour_they_ask_for_it(outbox: Outbox, provider: Ledger) -> None:
    outbox.wait(hours=14)
    wanted(outbox)
    assert outbox.send() == 1


def test_a_clerk_whose_line_is_busy_waits_within_their_patience(outbox: Outbox, provider: Ledger) -> None:
    row, first = wanted(outbox)
    other, second = wanted(outbox, "+84987654321")
    assert outbox.send() == 1
    assert outbox.row(second.id).state == "due"
    outbox.ended(first.id, "talked")
    outbox.wait(seconds=31)
    assert outbox.send() == 1
    third = wanted(outbox, "+84987654322")[0]
    for _ in range(25):
        outbox.send()
        outbox.wait(seconds=31)
    assert result(outbox, third) == ("owed", "expired", 0)
    assert [result(outbox, each)[:2] for each in (row, other)] == [("settled", "talked"), ("wanted", None)]
    assert len(provider.taken) == 2


def test_a_clerk_who_waits_comes_before_what_has_been_due_longer(outbox: Outbox, provider: Ledger) -> None:
    to_chairman(outbox)
    outbox.wait(seconds=5)
    wanted(outbox)
    assert outbox.send() == 2
    assert provider.taken[0]["To"] == CLERK


def test_whoever_lost_the_lease_rings_nobody(outbox: Outbox, provider: Ledger) -> None:
    row, _ = wanted(outbox)
    assert outbox.sender().send(lambda: False, 1) == 0
    assert (provider.taken, result(outbox, row)) == ([], ("wanted", None, 0))


def picked_up(outbox: Outbox, provider: Ledger, delivery: Delivery, *, dialled: bool) -> str:
    """The clerk picks up and, if `dialled`, the citizen is rung; then nothing more is heard of the call."""
    now, sid = outbox.clock.now(), provider.taken[-1]["sid"]
    with outbox.database.writing() as conn:
        row = outcomes.current_call(conn, delivery.id, 1)
        assert row is not None
        outcomes.known_as(conn, row, sid)
        call = calls.begin(
            conn,
            sid=sid,
            direction="outbound-api",
            caller_raw=CLERK,
            caller_number=CLERK,
            called=HOTLINE,
            language="vi",
            place="",
            time_shift=0,
            now=now,
        )
        if dialled:
            legs.ring(conn, call.id, 2, "citizen", CITIZEN, now)
        conn.execute(update(calls_table).where(calls_table.c.id == call.id).values(status="completed"))
    return sid


@pytest.mark.parametrize(("dialled", "word"), [(False, "clerk_absent"), (True, "lost")])
def test_a_silent_call_is_asked_about_and_ends_as_the_provider_says(
    outbox: Outbox, provider: Ledger, dialled: bool, word: str
) -> None:
    row, delivery = wanted(outbox)
    outbox.send()
    sid = picked_up(outbox, provider, delivery, dialled=dialled)
    provider.states[sid] = "completed"
    outbox.wait(minutes=1)
    assert outbox.reconcile() == 0
    outbox.wait(minutes=2)
    assert outbox.reconcile() == 1
    assert result(outbox, row) == ("owed", word, 0)


def test_a_talk_whose_end_is_still_being_asked_about_is_not_given_up(
    outbox: Outbox, provider: Ledger
) -> None:
    """The clerk hung up, and how ringing the citizen ended is asked for by `open_calls`."""
    row, delivery = wanted(outbox)
    outbox.send()
    sid = picked_up(outbox, provider, delivery, dialled=True)
    provider.states[sid] = "completed"
    with outbox.database.writing() as conn:
        conn.execute(update(calls_table).values(ask_at=outbox.clock.now()))
    outbox.wait(minutes=3)
    assert (outbox.reconcile(), result(outbox, row)[0]) == (0, "wanted")
    outbox.wait(hours=3)
    assert (outbox.reconcile(), result(outbox, row)) == (1, ("owed", "lost", 0))


def test_a_call_that_goes_on_is_left_alone_and_given_up_in_the_end(outbox: Outbox, provider: Ledger) -> None:
    row, _ = wanted(outbox)
    outbox.send()
    outbox.wait(minutes=15)
    assert outbox.reconcile() == 0
    provider.asking = "500"
    assert outbox.reconcile() == 0
    outbox.wait(hours=2)
    assert outbox.reconcile() == 1
    assert result(outbox, row) == ("owed", "lost", 0)


@pytest.mark.row("T-10")
def test_an_ended_returned_call_is_offered_to_nobody_to_be_sent_again(outbox: Outbox) -> None:
    row, delivery = wanted(outbox, "+12025550123")
    outbox.send()
    ended = outbox.row(delivery.id)
    with outbox.database.reading() as conn:
        assert (ended.state, decision.why_not(conn, ended, outbox.settings)) == ("refused", "settled")
        assert returned_calls.under_way(conn, [kept(outbox.database, row)]) == frozenset()


def test_the_queue_says_whether_the_clerk_still_waits_or_is_rung(outbox: Outbox) -> None:
    row, _ = wanted(outbox)
    seen = []
    for step in (lambda: None, outbox.send):
        step()
        with outbox.database.reading() as conn:
            seen.append(returned_calls.under_way(conn, [kept(outbox.database, row)]) == {row.id})
    assert seen == [False, True]


def test_a_number_named_meanwhile_is_the_one_whose_day_is_spent(outbox: Outbox) -> None:
    row, _ = wanted(outbox)
    with outbox.database.writing() as conn:
        conn.execute(update(rows).where(rows.c.id == row.id).values(number="+84987654321"))
    outbox.send()
    assert spent(outbox) == (0, 1)


@pytest.mark.row("T-25")
def test_the_offices_own_line_may_ring_both_while_the_call_is_returned_and_neither_afterwards(
    outbox: Outbox, provider: Ledger
) -> None:
    def may_ring() -> tuple[bool, bool]:
        with outbox.database.reading() as conn:
            return owed_numbers.is_owed(conn, CLERK), owed_numbers.is_owed(conn, CITIZEN)

    seen = [may_ring()]
    _, delivery = wanted(outbox)
    seen.append(may_ring())
    provider.at_send = lambda: seen.append(may_ring())
    provider.faults = ["reset"]
    outbox.send()
    seen.append(may_ring())
    with outbox.database.writing() as conn:
        claims.found(conn, outbox.row_in(conn, delivery.id), "CA1", outbox.clock.now())
    seen.append(may_ring())
    outbox.ended(delivery.id, "citizen_busy")
    seen.append(may_ring())
    due, rung, unclear, talking = (False, True), (True, True), (True, True), (False, True)
    assert seen == [(False, False), due, rung, unclear, talking, (False, False)]
