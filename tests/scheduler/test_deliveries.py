"""Sending the outbox: one send for one row whatever fails, at a fit hour, by a fit way, within the limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from logbook import budgets, deliveries, escalations, people, sending
from logbook.database import Database
from logbook.tables import deliveries as table
from logbook.tables import tickets
from tests.scheduler.fake_provider import Fault, Ledger, at_random, fake_provider
from tests.scheduler.outbox import (
    CHAIRMAN,
    CITIZEN,
    CLERK,
    HOTLINE,
    LANDLINE,
    PUBLIC_URL,
    VICE,
    Outbox,
    StandingClock,
    settings_with,
)

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def provider() -> Iterator[Ledger]:
    with fake_provider() as ledger:
        yield ledger


@pytest.fixture
def outbox(database: Database, provider: Ledger, now: datetime) -> Outbox:
    clock = StandingClock(now)
    provider.now = clock.now
    return Outbox(database, clock, settings_with(), provider.url)


def by_text(outbox: Outbox) -> Outbox:
    """The office has a registered sender of text messages."""
    return replace(outbox, settings=settings_with(sms="UBNDDAILANH"))


def to_chairman(outbox: Outbox, key: str = "escalation:1:0:0:0", **columns: object) -> int:
    matter = outbox.matter(f"matter of {key}")
    values = {"kind": "new", "recipient": CHAIRMAN, "channel": "call", "escalation_id": matter} | columns
    return outbox.put(key, **values)


# --- one row, one send ------------------------------------------------------------------------------------


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
    sender = threading.Thread(target=replace(outbox, timeout=20.0).send)
    sender.start()
    try:
        assert hanging.wait(10)
        with outbox.database.writing() as conn:
            conn.execute(tickets.update().where(tickets.c.id == ticket).values(summary="đã ghi"))
            escalations.acknowledge(
                conn, outbox.row(number).escalation_id or 0, how="click", who="x", now=outbox.clock.now()
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
        ("400", "refused", "refused", 0),
        ("500", "unsure", None, 0),
        ("hang", "unsure", None, 0),
        ("reset", "unsure", None, 0),
        ("bad_json", "unsure", None, 1),
        ("nameless", "unsure", None, 1),
        ("lost", "unsure", None, 1),
    ],
)
def test_each_fault_leads_to_what_is_known_after_it(
    outbox: Outbox, provider: Ledger, fault: Fault, state: str, result: str | None, taken: int
) -> None:
    provider.faults = [fault]
    number = to_chairman(outbox)
    assert outbox.send() == 0
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
    assert (outbox.row(number).state, outbox.row(number).extra) == ("due", 0)
    outbox.wait(hours=1, minutes=15)
    assert outbox.send() == 1
    assert outbox.row(number).state == "sent"


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
    assert (row.state, row.result, row.extra) == ("failed", "gave_up", 0)
    assert row.ended_at is not None
    assert row.ended_at - begun >= timedelta(hours=24)


def test_waits_grow_with_some_chance_and_spread_over_the_day_that_is_promised() -> None:
    first = {sending.wait_after(1) for _ in range(20)}
    assert len(first) > 1
    assert all(timedelta(seconds=30) <= wait <= timedelta(seconds=38) for wait in first)
    nominal = [30, 60, 120, 240, 480, 900, 1800, 3600, 3600]
    for tries, seconds in enumerate(nominal, start=1):
        assert seconds <= sending.wait_after(tries).total_seconds() <= seconds * 1.25
        assert sending.tried_for(tries) == timedelta(seconds=sum(nominal[:tries]))


def test_a_way_in_trouble_does_not_hold_up_the_others(outbox: Outbox, provider: Ledger) -> None:
    settings = settings_with(channels={"CHU_TICH_ZALO": "json://127.0.0.1:9/"})
    outbox = replace(outbox, settings=settings)
    broken = [to_chairman(outbox, f"escalation:{n}", channel="zalo") for n in range(2)]
    call = to_chairman(outbox, "escalation:9")
    assert outbox.send() == 1
    assert outbox.row(call).state == "sent"
    assert [(outbox.row(n).state, outbox.row(n).attempts) for n in broken] == [("due", 1), ("due", 0)]


# --- what nobody knows --------------------------------------------------------------------------------------


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
    assert (row.state, row.extra, row.provider_sid) == ("sent", 0, provider.taken[0]["sid"])
    assert (outbox.send(), len(provider.taken)) == (0, 1)
    assert outbox.told(row.ticket_id or 0) == ([("accepted", "sms", "told")] if channel == "sms" else [])


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
    assert (outbox.row(second).state, outbox.row(second).extra) == ("due", 1)


@pytest.mark.row("F-06")
def test_an_unclear_send_is_repeated_once_and_then_given_up(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    provider.usual = lambda: "reset"
    for _ in range(10):
        outbox.send()
        outbox.wait(seconds=31)
        outbox.reconcile()
    row = outbox.row(number)
    assert (row.state, row.result, row.attempts, row.extra) == ("failed", "unclear", 2, 1)


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
            sending.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now())
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
        sending.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now())
    outbox.wait(seconds=119)
    outbox.reconcile()
    assert outbox.row(number).state == "sending"
    outbox.wait(seconds=2)
    outbox.reconcile()
    assert outbox.row(number).state == "unsure"


@pytest.mark.row("F-20")
def test_a_runner_that_lost_its_lease_cannot_undo_what_the_next_one_did(outbox: Outbox) -> None:
    number = to_chairman(outbox)
    now = outbox.clock.now()
    with outbox.database.writing() as conn:
        old = sending.claim(conn, outbox.row_in(conn, number), 1, now)
        sending.take_over(conn, now, 2)
        assert old is not None
        assert not sending.handed_over(conn, old, "CA9", now)
        assert not sending.later(conn, old, now, "late")
        assert not sending.unclear(conn, old, now, "late")
        assert not sending.gave_up(conn, old, "failed", "gave_up", now, "late")
        unsure = outbox.row_in(conn, number)
        assert sending.send_once_more(conn, unsure, now)
        new = sending.claim(conn, outbox.row_in(conn, number), 2, now)
        assert new is not None
        assert not sending.handed_over(conn, old, "CA9", now)
        assert sending.handed_over(conn, new, "CA8", now)
    row = outbox.row(number)
    assert (row.state, row.provider_sid, row.attempts, row.extra) == ("sent", "CA8", 2, 1)


def test_a_webhook_that_comes_before_the_answer_settles_that_the_call_was_placed(
    outbox: Outbox, provider: Ledger
) -> None:
    number = to_chairman(outbox)

    def webhook() -> None:
        with outbox.database.writing() as conn:
            row = deliveries.current_call(conn, number, 1)
            assert row is not None
            deliveries.known_as(conn, row, "CA7")

    provider.at_send, provider.faults = webhook, ["lost"]
    outbox.send()
    row = outbox.row(number)
    assert (row.state, row.provider_sid, row.due_at) == ("sent", "CA7", None)


def test_mail_of_which_nobody_can_be_asked_is_repeated_once(outbox: Outbox) -> None:
    outbox = replace(outbox, settings=settings_with(channels={"CHU_TICH_MAIL": "json://127.0.0.1:9/"}))
    number = to_chairman(outbox, channel="mail")
    for extra, state in ((1, "due"), (1, "failed")):
        with outbox.database.writing() as conn:
            sending.claim(conn, outbox.row_in(conn, number), 1, outbox.clock.now())
        outbox.wait(minutes=3)
        outbox.reconcile()
        outbox.wait(minutes=1)
        outbox.reconcile()
        assert (outbox.row(number).state, outbox.row(number).extra) == (state, extra)


@pytest.mark.row("F-06")
def test_two_senders_with_lost_answers_and_deaths_send_every_row_and_at_most_one_extra(
    outbox: Outbox, provider: Ledger
) -> None:
    outbox = by_text(outbox)
    count = 120
    settings = outbox.settings
    settings = replace(
        settings,
        telling=settings.telling.model_copy(update={"sends_per_day": 100_000}),
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
    assert all(sends[str(row.number)] <= 1 + row.extra for row in rows)
    assert sum(sends.values()) - len(sends) == 0


class Died(BaseException):
    """The process is no more."""


def work_or_die(outbox: Outbox, epoch: int, dies: bool, trouble: list[BaseException]) -> None:
    sends = 0

    def still_ours() -> bool:
        return True

    try:
        sender = outbox.sender()
        if dies:
            text = sender.texts.telephone.text

            class Dying:
                def text(self, **form: str) -> str:
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
            sender.send(still_ours, epoch)
    except Died:
        pass
    except BaseException as error:
        trouble.append(error)


# --- does it still make sense -------------------------------------------------------------------------------


@pytest.mark.row("000-13")
def test_what_was_acknowledged_is_not_told_any_more(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    provider.faults = ["429"]
    outbox.send()
    with outbox.database.writing() as conn:
        escalations.acknowledge(
            conn, outbox.row(number).escalation_id or 0, how="key", who=CHAIRMAN, now=outbox.clock.now()
        )
        conn.execute(table.update().values(state="due", due_at=outbox.clock.now()))
    assert outbox.send() == 0
    assert (outbox.row(number).state, outbox.row(number).result) == ("cancelled", "settled")
    assert provider.taken == []


@pytest.mark.parametrize("recipient", ["citizen", CHAIRMAN])
def test_nobody_is_told_of_a_guided_ticket(outbox: Outbox, provider: Ledger, recipient: str) -> None:
    ticket = outbox.ticket(state="guided", kind="denunciation")
    number = outbox.put("k", recipient=recipient, ticket_id=ticket, channel="call")
    outbox.send()
    assert (outbox.row(number).state, outbox.row(number).result) == ("cancelled", "guided")
    assert provider.taken == []


def test_nobody_is_told_of_a_ticket_that_concerns_them(
    outbox: Outbox, provider: Ledger, now: datetime
) -> None:
    with outbox.database.writing() as conn:
        person = people.add(
            conn,
            login="phochutich",
            name="G",
            role="vice_chairman",
            password="correct horse battery",
            now=now,
        )
    about_vice = outbox.ticket("111111", concerned_id=person, conflict=True)
    in_conflict = outbox.ticket("222222", conflict=True)
    rows = [
        outbox.put("a", recipient=VICE, kind="new", channel="call", ticket_id=about_vice),
        outbox.put("b", recipient=CHAIRMAN, kind="new", channel="call", ticket_id=in_conflict),
        outbox.put("c", recipient=VICE, kind="new", channel="call", ticket_id=in_conflict),
    ]
    outbox.send()
    assert [outbox.row(number).state for number in rows] == ["cancelled", "cancelled", "sent"]
    assert len(provider.taken) == 1


@pytest.mark.parametrize(
    ("kind", "state", "more", "told"),
    [
        ("accepted", "classified", {}, True),
        ("accepted", "answered", {}, False),
        ("accepted", "classified", {"kind": "nuisance"}, False),
        ("transferred", "transferred", {}, True),
        ("extended", "closed", {}, False),
        ("answered", "answered", {}, True),
        ("answered", "closed", {}, True),
        ("answered", "classified", {}, False),
    ],
)
def test_news_that_is_not_true_any_more_is_not_told(
    outbox: Outbox, provider: Ledger, kind: str, state: str, more: dict[str, str], told: bool
) -> None:
    number = outbox.put("n", kind=kind, ticket_id=outbox.ticket(state=state, **more))
    assert outbox.send() == int(told)
    assert outbox.row(number).state == ("sent" if told else "cancelled")
    assert outbox.row(number).result == (None if told else "overtaken")


def test_an_answer_that_was_judged_already_is_not_brought_again(outbox: Outbox, now: datetime) -> None:
    ticket = outbox.ticket(state="answered", answered_at=now, verdict="satisfied", verdict_at=now)
    number = outbox.put("n", kind="answered", ticket_id=ticket)
    outbox.send()
    assert outbox.row(number).state == "cancelled"


def test_of_two_pieces_of_news_only_the_later_is_told(outbox: Outbox, provider: Ledger) -> None:
    ticket = outbox.ticket(state="transferred")
    first = outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    second = outbox.put("ticket:1:transferred:3", kind="transferred", ticket_id=ticket)
    outbox.send()
    assert [outbox.row(number).state for number in (first, second)] == ["cancelled", "sent"]
    assert len(provider.taken) == 1


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


# --- when ---------------------------------------------------------------------------------------------------


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


@pytest.mark.parametrize(
    ("channel", "at", "until"),
    [
        ("call", "2026-11-25T11:30", "2026-11-25T13:30"),
        ("call", "2026-11-27T17:00", "2026-11-30T07:30"),
        ("sms", "2026-11-25T20:00", "2026-11-26T07:00"),
        ("sms", "2026-11-28T06:59", "2026-11-28T07:00"),
    ],
)
def test_a_citizen_is_disturbed_at_fit_hours_only_and_no_try_is_used(
    outbox: Outbox, provider: Ledger, channel: str, at: str, until: str
) -> None:
    outbox = by_text(outbox)
    outbox.clock.moment = local(at)
    number = outbox.put("n", ticket_id=outbox.ticket(), channel=channel)
    assert outbox.send() == 0
    row = outbox.row(number)
    assert (row.state, row.attempts, row.due_at) == ("due", 0, local(until))
    outbox.clock.moment = local(until)
    assert outbox.send() == 1


def test_an_official_is_told_in_working_time_and_an_urgent_matter_outside_of_it(
    outbox: Outbox, provider: Ledger
) -> None:
    outbox.clock.moment = local("2026-11-25T18:00")
    usual = to_chairman(outbox, "escalation:1")
    urgent = to_chairman(
        outbox, "escalation:2", recipient=VICE, escalation_id=outbox.matter("urgent", urgent=True)
    )
    assert outbox.send() == 1
    assert outbox.row(urgent).state == "sent"
    assert outbox.row(usual).due_at == local("2026-11-26T07:30")


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


# --- by which way -------------------------------------------------------------------------------------------


def test_a_mobile_gets_a_text_and_a_landline_a_call(outbox: Outbox, provider: Ledger) -> None:
    outbox = by_text(outbox)
    mobile = outbox.put("m", ticket_id=outbox.ticket("111111"))
    landline = outbox.put("l", ticket_id=outbox.ticket("222222"), number=LANDLINE)
    assert outbox.send() == 2
    assert (outbox.row(mobile).channel, outbox.row(landline).channel) == ("sms", "call")
    text = next(row for row in provider.taken if row["kind"] == "Messages")
    assert (text["To"], text["From"]) == (CITIZEN, "UBNDDAILANH")
    assert "111111" in text["Body"]
    assert (outbox.row(mobile).state, outbox.row(mobile).result) == ("sent", "accepted")


def test_a_text_that_was_taken_stands_in_the_history_at_once(outbox: Outbox) -> None:
    outbox = by_text(outbox)
    ticket = outbox.ticket()
    outbox.put("n", ticket_id=ticket)
    outbox.send()
    assert outbox.told(ticket) == [("accepted", "sms", "told")]


def test_without_a_registered_sender_citizens_are_called_and_without_calls_there_is_no_way(
    outbox: Outbox, provider: Ledger
) -> None:
    number = outbox.put("n", ticket_id=outbox.ticket())
    assert outbox.send() == 1
    assert outbox.row(number).channel == "call"
    citizens = outbox.settings.citizens.model_copy(update={"calls": False})
    silent = replace(outbox, settings=replace(outbox.settings, citizens=citizens))
    other = outbox.put("o", ticket_id=outbox.ticket("222222"))
    assert silent.send() == 0
    assert (outbox.row(other).state, outbox.row(other).result) == ("refused", "no_way")


def test_an_answer_is_texted_and_brought_by_a_call_too(outbox: Outbox, provider: Ledger) -> None:
    outbox = by_text(outbox)
    outbox.put("ticket:1:answered:4", kind="answered", ticket_id=outbox.ticket(state="answered"))
    assert outbox.send() == 2
    text, call = outbox.rows()
    assert (text.channel, call.channel, call.key) == ("sms", "call", "ticket:1:answered:4:call")
    assert [row["kind"] for row in provider.taken] == ["Messages", "Calls"]


@pytest.mark.row("F-07")
@pytest.mark.parametrize("fault", ["400", "429"])
def test_a_text_that_does_not_get_through_becomes_a_call(
    outbox: Outbox, provider: Ledger, fault: Fault
) -> None:
    outbox = by_text(outbox)
    tries = 1 if fault == "400" else outbox.settings.telling.fallback_after
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


@pytest.mark.parametrize("channel", ["zalo", "mail"])
def test_a_channel_that_was_not_set_up_is_refused_at_once(outbox: Outbox, channel: str) -> None:
    number = to_chairman(outbox, channel=channel)
    outbox.send()
    row = outbox.row(number)
    assert (row.state, row.result, row.attempts) == ("refused", "not_set_up", 0)


# --- calls to citizens that nobody heard -------------------------------------------------------------------


@pytest.mark.parametrize("result", ["no_answer", "busy", "failed", "answered"])
def test_news_nobody_heard_is_called_about_again_so_often_as_the_settings_say(
    outbox: Outbox, provider: Ledger, result: str
) -> None:
    ticket = outbox.ticket()
    outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    outbox.clock.moment = local("2026-11-25T16:00")
    due = [local("2026-11-26T08:30"), local("2026-11-26T10:30")]
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
    assert outbox.told(ticket) == [("accepted", "call", result)] * 3


@pytest.mark.parametrize("result", ["told", "not_them"])
def test_nobody_is_called_again_who_heard_the_news_or_is_not_the_one(outbox: Outbox, result: str) -> None:
    ticket = outbox.ticket()
    number = outbox.put("n", ticket_id=ticket)
    outbox.send()
    assert outbox.ended(number, result)
    assert not outbox.ended(number, "no_answer")
    assert outbox.again() == 0
    assert outbox.told(ticket) == [("accepted", "call", result)]


def test_a_call_is_not_made_again_once_its_news_is_overtaken(outbox: Outbox) -> None:
    ticket = outbox.ticket()
    number = outbox.put("n", ticket_id=ticket)
    outbox.send()
    outbox.ended(number, "busy")
    outbox.change(ticket, state="answered")
    assert outbox.again() == 0


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
    assert outbox.told(ticket) == [("accepted", "call", result)]


def test_a_call_that_goes_on_is_left_alone_and_given_up_in_the_end(outbox: Outbox, provider: Ledger) -> None:
    number = outbox.put("n", ticket_id=outbox.ticket())
    outbox.send()
    outbox.wait(minutes=5)
    assert outbox.reconcile() == 0
    provider.asking = "500"
    outbox.wait(seconds=outbox.settings.duty.talk_limit_seconds + 300)
    assert outbox.reconcile() == 1
    assert outbox.row(number).result == "failed"


# --- limits -------------------------------------------------------------------------------------------------


@pytest.mark.row("T-13")
def test_the_days_caps_hold_with_two_senders(outbox: Outbox, provider: Ledger) -> None:
    settings = outbox.settings
    settings = replace(
        settings,
        telling=settings.telling.model_copy(update={"sends_per_day": 9}),
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
    telling = outbox.settings.telling.model_copy(update={"sends_per_day": 2})
    outbox = replace(by_text(outbox), settings=replace(by_text(outbox).settings, telling=telling))
    for n in range(3):
        outbox.put(f"n{n}", ticket_id=outbox.ticket(f"{n:06d}"), number=f"+8491200000{n}")
    assert (outbox.send(), outbox.send()) == (2, 0)
    assert outbox.rows()[2].due_at == local("2026-11-26T07:00")
    outbox.clock.moment = local("2026-11-26T07:00")
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
            budgets.used(conn, scope, timedelta(days=1), outbox.clock.now())
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
