"""Sending the outbox: one send for one row, whatever fails, and never under a lease that is lost."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from logbook.database import heartbeats
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import deliveries as table
from logbook.database.tables import tickets
from logbook.ids import EscalationId
from logbook.outbox import deliveries, escalations
from logbook.sending import claims, lateness
from tests.scheduler.fake_provider import Fault, Ledger
from tests.scheduler.outbox import (
    CLERK,
    HOTLINE,
    PUBLIC_URL,
    VICE,
    Outbox,
    StandingClock,
    by_text,
    settings_with,
    to_chairman,
)
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_an_official_is_rung_from_the_hotlines_number_once(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    assert (outbox.send(), outbox.send()) == (1, 0)
    (call,) = provider.taken
    address = f"{PUBLIC_URL}/ivr/told/{number}"
    assert call["To"] == "+842583842100"
    assert call["From"] == HOTLINE
    assert (call["Url"], call["StatusCallback"]) == (f"{address}?call=1", f"{address}/status?call=1")
    assert call["Timeout"] == str(outbox.settings.duty.ring_seconds + 20)
    row = outbox.row(number)
    assert (row.state, row.attempts, row.provider_sid, row.ended_at) == ("sent", 1, call["sid"], None)


@pytest.mark.row("F-06")
def test_the_row_is_claimed_and_committed_before_the_provider_is_asked(
    outbox: Outbox, provider: Ledger
) -> None:
    number = to_chairman(outbox)
    seen: list[tuple[str, int, int | None]] = []

    def look() -> None:
        row = outbox.row(number)
        seen.append((row.state, row.attempts, row.epoch))

    provider.at_send = look
    outbox.send(epoch=7)
    assert seen == [("sending", 1, 7)]


@pytest.mark.row("F-11")
def test_a_hanging_provider_holds_no_transaction(outbox: Outbox, provider: Ledger) -> None:
    ticket = outbox.ticket()
    number = to_chairman(outbox)
    hanging = threading.Event()
    provider.usual = lambda: "hang"
    provider.at_send = hanging.set
    sender = threading.Thread(target=outbox.send)
    sender.start()
    try:
        assert hanging.wait(PATIENCE)
        with outbox.database.writing() as conn:
            conn.execute(tickets.update().where(tickets.c.id == ticket).values(summary="đã ghi"))
            escalations.acknowledge(
                conn,
                EscalationId(outbox.row(number).escalation_id or 0),
                how="click",
                who="x",
                now=outbox.clock.now(),
            )
        assert outbox.row(number).state == "sending"
    finally:
        provider.release.set()
        sender.join()
    assert outbox.row(number).state == "unsure"


@pytest.mark.row("F-07")
@pytest.mark.parametrize(
    ("fault", "state", "result", "taken"),
    [
        ("429", "due", None, 0),
        ("401", "due", None, 0),
        ("400", "refused", "refused", 0),
        ("500", "unsure", None, 0),
        ("hang", "unsure", None, 0),
        ("reset", "unsure", None, 0),
        ("bad_json", "unsure", None, 1),
        ("nameless", "unsure", None, 1),
        ("lost", "unsure", None, 1),
        ("drip", "unsure", None, 1),
    ],
)
def test_each_fault_leads_to_what_is_known_after_it(
    outbox: Outbox, provider: Ledger, fault: Fault, state: str, result: str | None, taken: int
) -> None:
    provider.faults = [fault]
    number = to_chairman(outbox)
    timeout, total = (1.0 if fault == "hang" else PATIENCE), (1.0 if fault == "drip" else PATIENCE)
    assert replace(outbox, timeout=timeout, total=total).send() == 0
    provider.release.set()
    row = outbox.row(number)
    assert (row.state, row.result, len(provider.taken)) == (state, result, taken)
    assert row.last_error
    for _ in range(4):
        outbox.wait(seconds=40)
        outbox.reconcile()
        outbox.send()
    row = outbox.row(number)
    assert row.state == ("refused" if fault == "400" else "sent")
    assert len(provider.taken) == (0 if fault == "400" else 1)


@pytest.mark.row("S4")
@pytest.mark.row("F-27")
def test_a_call_taken_by_a_provider_that_is_never_done_answering_is_found_and_not_placed_twice(
    outbox: Outbox, provider: Ledger
) -> None:
    provider.faults = ["drip"]
    call, text = to_chairman(outbox), outbox.put("other", channel="sms")
    quick = replace(by_text(outbox), total=3.0)
    assert quick.send() == 1
    assert {outbox.row(text).state, outbox.row(call).state} == {"sent", "unsure"}
    outbox.wait(minutes=1)
    assert (quick.reconcile(), quick.send()) == (1, 0)
    assert {outbox.row(text).state, outbox.row(call).state} == {"sent"}
    assert len(provider.taken) == 2
    provider.release.set()


@pytest.mark.row("F-07")
def test_a_provider_that_is_down_for_six_hours_loses_nothing(outbox: Outbox) -> None:
    number = to_chairman(outbox, kind="urgent", escalation_id=outbox.matter("urgent", urgent=True))
    nobody = replace(outbox, provider_url="http://127.0.0.1:9")
    tries = 0
    for _ in range(6 * 60):
        nobody.send()
        outbox.wait(minutes=1)
        tries = outbox.row(number).attempts
    assert 8 <= tries <= 16
    assert (outbox.row(number).state, outbox.row(number).duplicates) == ("due", 0)
    outbox.wait(hours=1, minutes=15)
    assert outbox.send() == 1
    assert outbox.row(number).state == "sent"


@pytest.mark.row("F-07")
@pytest.mark.row("F-24")
@pytest.mark.parametrize("fault", ["429", "reset"])
def test_what_is_tried_in_vain_is_unsent_since_its_first_try_whatever_the_next_one_waits_for(
    outbox: Outbox, provider: Ledger, fault: Fault
) -> None:
    def unsent_for() -> timedelta:
        with outbox.database.reading() as conn:
            return outbox.clock.now() - (lateness.oldest_unsent(conn) or outbox.clock.now())

    provider.usual, provider.asking = (lambda: fault), fault
    outbox.wait(hours=-2)
    escalation = outbox.matter("urgent", urgent=True)
    to_chairman(outbox, escalation_id=escalation, due_at=outbox.clock.now() + timedelta(hours=2))
    outbox.wait(hours=2)
    outbox.send()
    assert unsent_for() == timedelta(0)
    for minutes in range(1, 121):
        outbox.wait(minutes=1)
        outbox.reconcile()
        outbox.send()
        assert unsent_for() <= timedelta(minutes=minutes)
        assert minutes < 20 or unsent_for() >= timedelta(minutes=minutes) / 2
    provider.usual, provider.asking = (lambda: "ok"), "ok"
    outbox.wait(hours=1, minutes=15)
    for _ in range(2):
        outbox.reconcile()
        outbox.send()
    assert unsent_for() == timedelta(0)


@pytest.mark.row("F-07")
def test_after_a_day_of_tries_it_is_given_up_and_said(outbox: Outbox) -> None:
    nobody = replace(outbox, provider_url="http://127.0.0.1:9")
    number = to_chairman(outbox, kind="urgent", escalation_id=outbox.matter("urgent", urgent=True))
    begun = outbox.clock.now()
    while outbox.row(number).state == "due":
        nobody.send()
        outbox.wait(minutes=30)
        assert outbox.clock.now() - begun < timedelta(days=5)
    row = outbox.row(number)
    assert (row.state, row.result, row.duplicates) == ("failed", "gave_up", 0)
    assert row.ended_at is not None
    assert row.ended_at - begun >= timedelta(hours=24)


def test_waits_grow_with_some_chance_and_spread_over_the_day_that_is_promised() -> None:
    first = {claims.wait_after(1) for _ in range(20)}
    assert len(first) > 1
    assert all(timedelta(seconds=30) <= wait <= timedelta(seconds=38) for wait in first)
    nominal = [30, 60, 120, 240, 480, 900, 1800, 3600, 3600]
    for tries, seconds in enumerate(nominal, start=1):
        assert seconds <= claims.wait_after(tries).total_seconds() <= seconds * 1.25
        assert claims.tried_for(tries) == timedelta(seconds=sum(nominal[:tries]))


def test_a_way_in_trouble_does_not_hold_up_the_others(outbox: Outbox, provider: Ledger) -> None:
    settings = settings_with(channels={"CHU_TICH_ZALO": "json://127.0.0.1:9/"})
    outbox = replace(outbox, settings=settings)
    broken = [to_chairman(outbox, f"escalation:{n}", channel="zalo") for n in range(2)]
    call = to_chairman(outbox, "escalation:9")
    assert outbox.send() == 1
    assert outbox.row(call).state == "sent"
    assert [(outbox.row(n).state, outbox.row(n).attempts) for n in broken] == [("due", 1), ("due", 0)]


@pytest.mark.row("F-20")
def test_a_runner_that_lost_its_lease_cannot_undo_what_the_next_one_did(outbox: Outbox) -> None:
    number = to_chairman(outbox)
    now = outbox.clock.now()
    with outbox.database.writing() as conn:
        old = claims.claim(conn, outbox.row_in(conn, number), 1, now)
        claims.reclaim(conn, now, 2)
        assert old is not None
        assert not claims.handed_over(conn, old, "CA9", now)
        assert not claims.later(conn, old, now, "late")
        assert not claims.unclear(conn, old, now, "late")
        assert not claims.gave_up(conn, old, "gave_up", now, "late")
        unsure = outbox.row_in(conn, number)
        assert claims.send_once_more(conn, unsure, now)
        new = claims.claim(conn, outbox.row_in(conn, number), 2, now)
        assert new is not None
        assert not claims.handed_over(conn, old, "CA9", now)
        assert claims.handed_over(conn, new, "CA8", now)
    row = outbox.row(number)
    assert (row.state, row.provider_sid, row.attempts, row.duplicates) == ("sent", "CA8", 2, 1)


def test_a_row_that_cannot_be_put_into_words_is_set_aside_and_holds_up_nobody(
    outbox: Outbox, provider: Ledger
) -> None:
    strange = to_chairman(outbox, "escalation:1", kind="unheard-of")
    usual = to_chairman(outbox, "escalation:2", recipient=VICE)
    assert outbox.send() == 1
    assert outbox.row(usual).state == "sent"
    row = outbox.row(strange)
    assert (row.state, row.attempts) == ("due", 0)
    assert row.due_at == outbox.clock.now() + timedelta(minutes=5)
    assert "unheard-of" in str(row.last_error)
    outbox.wait(minutes=4)
    with outbox.database.reading() as conn:
        assert lateness.oldest_unsent(conn) == outbox.clock.now() - timedelta(minutes=4)


@pytest.mark.row("F-24")
def test_much_that_is_due_is_sent_in_stretches_each_followed_by_a_sign_of_life(
    outbox: Outbox, provider: Ledger
) -> None:
    watch = [0.0]

    class Slow(StandingClock):
        def monotonic(self) -> float:
            return watch[0]

    def takes_long() -> None:
        watch[0] += 5.0

    provider.at_send = takes_long
    slow = replace(by_text(outbox), clock=Slow(outbox.clock.now()))
    for n in range(24):
        slow.put(f"n{n}", ticket_id=slow.ticket(f"{n:06d}"), number=f"+849120000{n:02d}", channel="sms")
    stretches = []
    while len(provider.taken) < 24:
        begun = watch[0]
        assert slow.send() > 0
        stretches.append(watch[0] - begun)
    assert max(stretches) < heartbeats.SILENT_AFTER.total_seconds() / 2


def test_whoever_lost_the_lease_sends_nothing(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    assert outbox.sender().send(lambda: False, 1) == 0
    assert (outbox.row(number).state, provider.taken) == ("due", [])


def test_every_word_a_row_ended_with_is_a_known_one(outbox: Outbox, provider: Ledger) -> None:
    to_chairman(outbox, "escalation:1", channel="zalo")
    to_chairman(outbox, "escalation:2", recipient="nobody", channel="call")
    to_chairman(outbox, "escalation:3", recipient=CLERK)
    outbox.put("n", ticket_id=outbox.ticket(state="guided"))
    outbox.send()
    assert {row.result for row in outbox.rows()} - {None} <= set(deliveries.RESULTS)


# --- the database is busy when the answer comes ------------------------------------------------------------


@dataclass
class Holding:
    """Somebody else who keeps a row, or the whole file, to themselves from the moment of the send on."""

    database: Database
    pauses: list[float] = field(default_factory=list)
    kept: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def begin(self, number: int) -> None:
        conn = self.kept.enter_context(self.database.writing())
        conn.execute(select(table.c.id).where(table.c.id == number).with_for_update())

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) == 2:
            self.kept.close()


@pytest.fixture
def holding(database_url: str) -> Iterator[Holding]:
    with contextlib.closing(Database(database_url)) as other:
        made = Holding(other)
        with made.kept:
            yield made


@pytest.fixture
def impatient(outbox: Outbox, database_url: str) -> Iterator[Outbox]:
    """The outbox, over a database that is busy after half a second."""
    with contextlib.closing(Database(database_url, wait_seconds=0.5)) as database:
        yield replace(outbox, database=database)


@pytest.mark.row("F-08")
@pytest.mark.parametrize(("fault", "state"), [("ok", "sent"), ("429", "due"), ("400", "refused")])
def test_what_became_of_a_send_is_written_down_as_soon_as_the_book_is_free(
    impatient: Outbox, provider: Ledger, holding: Holding, fault: Fault, state: str
) -> None:
    number = to_chairman(impatient)
    provider.faults, provider.at_send = [fault], lambda: holding.begin(number)
    replace(impatient.sender(), pause=holding.pause).send(lambda: True, 1)
    assert len(holding.pauses) == 2
    row = impatient.row(number)
    assert (row.state, row.attempts, row.provider_sid is None) == (state, 1, fault != "ok")


@pytest.mark.row("F-08")
def test_a_book_that_stays_busy_is_given_up_after_a_minute_and_the_row_is_asked_about(
    impatient: Outbox, provider: Ledger, holding: Holding
) -> None:
    number = to_chairman(impatient)
    provider.at_send = lambda: holding.begin(number)
    watch = iter(range(0, 1000, 20))

    class Quick(StandingClock):
        def monotonic(self) -> float:
            return next(watch)

    sender = replace(impatient.sender(), pause=lambda _: None, clock=Quick(impatient.clock.now()))
    with pytest.raises(DatabaseBusyError):
        sender.send(lambda: True, 1)
    holding.kept.close()
    assert impatient.row(number).state == "sending"
    for seconds in (121, 31):
        impatient.wait(seconds=seconds)
        impatient.reconcile()
    assert impatient.row(number).provider_sid == provider.taken[0]["sid"]
    assert len(provider.taken) == 1
