"""What is sent at all, by which channel and at which hour; the rest is cancelled, waits or is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from logbook.accounts import accounts
from logbook.database.tables import deliveries as table
from logbook.ids import EscalationId, TicketId
from logbook.outbox import escalations
from tests.scheduler.fake_provider import Ledger
from tests.scheduler.outbox import CHAIRMAN, CITIZEN, LANDLINE, VICE, Outbox, by_text, to_chairman
from tests.town_hall import local_time

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.mark.row("000-13")
def test_what_was_acknowledged_is_not_told_any_more(outbox: Outbox, provider: Ledger) -> None:
    number = to_chairman(outbox)
    provider.faults = ["429"]
    outbox.send()
    with outbox.database.writing() as conn:
        escalations.acknowledge(
            conn,
            EscalationId(outbox.row(number).escalation_id or 0),
            how="key",
            who=CHAIRMAN,
            now=outbox.clock.now(),
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


@pytest.mark.parametrize("login", ["phochutich", None])
def test_nobody_is_told_of_a_ticket_that_concerns_them(
    outbox: Outbox, provider: Ledger, now: datetime, login: str | None
) -> None:
    notifications = outbox.settings.notifications
    officials = tuple(
        one.model_copy(update={"login": login}) if one.id == VICE else one for one in notifications.officials
    )
    outbox.settings = replace(
        outbox.settings, notifications=notifications.model_copy(update={"officials": officials})
    )
    with outbox.database.writing() as conn:
        person = accounts.add(
            conn,
            login="phochutich",
            name="G",
            role="vice_chairman",
            password="correct horse battery",
            now=now,
        )
    about_vice = outbox.ticket("111111", subject_ids=frozenset([person]), conflict=True)
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
        ("accepted", "classified", {"kind": "emergency"}, False),
        ("transferred", "transferred", {}, True),
        ("transferred", "assigned", {}, False),
        ("transferred", "waiting_for_caller", {}, False),
        ("extended", "closed", {}, False),
        ("transferred", "closed", {"outcome": "not_ours"}, True),
        ("accepted", "closed", {"outcome": "unfounded"}, True),
        ("accepted", "closed", {"outcome": "resolved", "answer": "Đã sửa."}, False),
        ("accepted", "closed", {"outcome": "withdrawn"}, False),
        ("closed", "closed", {"outcome": "partly"}, True),
        ("closed", "closed", {"outcome": "withdrawn"}, False),
        ("closed", "closed", {"outcome": "resolved", "answer": "Đã sửa."}, False),
        ("closed", "classified", {}, False),
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


def test_a_rejected_answer_is_no_reason_to_keep_the_end_from_its_caller(
    outbox: Outbox, now: datetime
) -> None:
    ticket = outbox.ticket(
        state="closed",
        outcome="unfounded",
        answer="Đã sửa.",
        answered_at=now,
        verdict="dissatisfied",
        verdict_at=now + timedelta(hours=1),
    )
    number = outbox.put("n", kind="closed", ticket_id=ticket)
    outbox.send()
    assert outbox.row(number).state == "sent"


def test_an_answer_that_was_judged_already_is_not_brought_again(outbox: Outbox, now: datetime) -> None:
    ticket = outbox.ticket(state="answered", answered_at=now, verdict="satisfied", verdict_at=now)
    number = outbox.put("n", kind="answered", ticket_id=ticket)
    outbox.send()
    assert outbox.row(number).state == "cancelled"


def test_news_is_not_overtaken_by_what_is_not_true_any_more(outbox: Outbox) -> None:
    ticket = outbox.ticket(state="assigned")
    first = outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    second = outbox.put("ticket:1:transferred:3", kind="transferred", ticket_id=ticket)
    outbox.send()
    assert [outbox.row(number).state for number in (first, second)] == ["sent", "cancelled"]


def test_of_two_pieces_of_news_only_the_later_is_told(outbox: Outbox, provider: Ledger) -> None:
    ticket = outbox.ticket(state="transferred")
    first = outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    second = outbox.put("ticket:1:transferred:3", kind="transferred", ticket_id=ticket)
    outbox.send()
    assert [outbox.row(number).state for number in (first, second)] == ["cancelled", "sent"]
    assert len(provider.taken) == 1


@pytest.mark.parametrize(
    ("channel", "at", "until"),
    [
        ("call", "2026-11-25 11:30", "2026-11-25 13:30"),
        ("call", "2026-11-27 17:00", "2026-11-30 07:30"),
        ("sms", "2026-11-25 20:00", "2026-11-26 07:00"),
        ("sms", "2026-11-28 06:59", "2026-11-28 07:00"),
    ],
)
def test_a_citizen_is_disturbed_at_fit_hours_only_and_no_try_is_used(
    outbox: Outbox, provider: Ledger, channel: str, at: str, until: str
) -> None:
    outbox = by_text(outbox)
    outbox.clock.moment = local_time(at)
    number = outbox.put("n", ticket_id=outbox.ticket(), channel=channel)
    assert outbox.send() == 0
    row = outbox.row(number)
    assert (row.state, row.attempts, row.due_at) == ("due", 0, local_time(until))
    outbox.clock.moment = local_time(until)
    assert outbox.send() == 1


def test_an_official_is_told_in_working_time_and_an_urgent_matter_outside_of_it(
    outbox: Outbox, provider: Ledger
) -> None:
    outbox.clock.moment = local_time("2026-11-25 18:00")
    usual = to_chairman(outbox, "escalation:1")
    urgent = to_chairman(
        outbox, "escalation:2", recipient=VICE, escalation_id=outbox.matter("urgent", urgent=True)
    )
    assert outbox.send() == 1
    assert outbox.row(urgent).state == "sent"
    assert outbox.row(usual).due_at == local_time("2026-11-26 07:30")


def test_a_mobile_gets_a_text_and_a_landline_a_call(outbox: Outbox, provider: Ledger) -> None:
    outbox = by_text(outbox)
    mobile = outbox.put("m", ticket_id=outbox.ticket("111111"))
    landline = outbox.put("l", ticket_id=outbox.ticket("222222"), number=LANDLINE)
    assert outbox.send() == 2
    assert (outbox.row(mobile).channel, outbox.row(landline).channel) == ("sms", "call")
    text = next(row for row in provider.taken if row["kind"] == "Messages")
    assert (text["To"], text["From"]) == (CITIZEN, "UBNDDAILANH")
    assert "da duoc tiep nhan" in text["Body"]
    assert (outbox.row(mobile).state, outbox.row(mobile).result) == ("sent", "accepted")


def test_a_text_that_was_taken_stands_in_the_history_at_once(outbox: Outbox) -> None:
    outbox = by_text(outbox)
    ticket = outbox.ticket()
    outbox.put("n", ticket_id=ticket)
    outbox.send()
    assert outbox.told(TicketId(ticket)) == [("accepted", "sms", "accepted")]


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


@pytest.mark.parametrize("channel", ["zalo", "mail"])
def test_a_channel_that_was_not_set_up_is_refused_at_once(outbox: Outbox, channel: str) -> None:
    number = to_chairman(outbox, channel=channel)
    outbox.send()
    row = outbox.row(number)
    assert (row.state, row.result, row.attempts) == ("refused", "not_set_up", 0)


def test_a_way_that_was_switched_off_is_not_used_by_what_waited_for_it(
    outbox: Outbox, provider: Ledger
) -> None:
    calls = outbox.put("c", ticket_id=outbox.ticket("000001"), channel="call")
    quiet = outbox.settings.citizens.model_copy(update={"calls": False})
    replace(outbox, settings=replace(outbox.settings, citizens=quiet)).send()
    assert (outbox.row(calls).state, outbox.row(calls).result) == ("refused", "no_way")
    text = outbox.put("t", ticket_id=outbox.ticket("000002"), channel="sms", number="+84912345679")
    outbox.send()
    assert (outbox.row(text).state, outbox.row(text).result) == ("refused", "no_way")
    assert [(call["kind"], call["To"]) for call in provider.taken] == [("Calls", "+84912345679")]
