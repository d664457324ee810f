"""A text the carrier took over is not yet received: receipts, their absence, and the next way (R15, L2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.provider.app import Faults, create_provider, desk_of
from ivr.running.prepare import prepare
from logbook.console.views import deliveries
from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.database.tables import escalations as escalation_rows
from logbook.ids import EscalationId, TicketId
from logbook.outbox import escalations
from logbook.outbox.deliveries import Delivery
from logbook.provider import ProviderError
from logbook.tickets import history
from scheduler.ask_receipts import ReceiptsDue
from tests.ivr.conftest import Provider, everything_in
from tests.scheduler.fake_provider import Ledger, fake_provider
from tests.scheduler.outbox import CHAIRMAN, Outbox, StandingClock, by_text, settings_with

OTHER = "SM" + "e" * 32


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with fake_provider() as made:
        yield made


@pytest.fixture
def outbox(database: Database, ledger: Ledger, now: Any) -> Outbox:
    clock = StandingClock(now)
    ledger.now = clock.now
    return by_text(Outbox(database, clock, settings_with(), ledger.url))


def line_of(outbox: Outbox) -> Provider:
    """The office's webhooks, and who signs for them."""
    hotline: Hotline = open_hotline(outbox.settings, outbox.clock, outbox.database)
    prepare(hotline)
    return Provider(create_app(hotline, ["voice"]), outbox.settings.auth_token.get_secret_value())


def texted(outbox: Outbox, key: str = "ticket:1:accepted:2", **columns: object) -> tuple[int, int]:
    """A text to a citizen that the carrier took; the ticket and the delivery."""
    ticket = outbox.ticket(state="classified")
    row = outbox.put(key, ticket_id=ticket, **columns)
    assert (outbox.send(), outbox.send()) in ((1, 0), (0, 1))
    return ticket, row


def told_of(outbox: Outbox, ticket: int) -> list[str]:
    """How each attempt to notify the citizen stands in the history."""
    return [result for _, _, result in outbox.told(TicketId(ticket))]


def receipt(line: Provider, row: Delivery, status: str, *, call: int = 1, sid: str | None = None) -> int:
    fields = {"MessageSid": sid or row.provider_sid or "", "MessageStatus": status, "ErrorCode": "30003"}
    return line.post(f"/ivr/texted/{row.id}", fields, query=f"call={call}").status_code


def shown(outbox: Outbox, row: int) -> tuple[str, str]:
    """The words on the pages, and how they are to be looked at."""
    (seen,) = deliveries.lines([outbox.row(row)], outbox.settings.notifications)
    line = open_hotline(outbox.settings, outbox.clock, outbox.database)
    return line.texts["vi"].sentences[f"outbox_outcome_{seen.outcome}"], seen.standing


@pytest.mark.row("R15")
def test_a_text_handed_over_is_received_when_its_receipt_says_so(outbox: Outbox, ledger: Ledger) -> None:
    ticket, number = texted(outbox)
    assert ledger.taken[0]["StatusCallback"].endswith(f"/ivr/texted/{number}?call=1")
    assert shown(outbox, number) == ("đã giao cho nhà mạng", "waiting")
    assert told_of(outbox, ticket) == ["accepted"]
    line, row = line_of(outbox), outbox.row(number)
    for status in ("queued", "sent", "a new word"):
        assert receipt(line, row, status) == 204
    assert shown(outbox, number) == ("đã giao cho nhà mạng", "waiting")
    assert receipt(line, row, "delivered") == 204
    assert shown(outbox, number) == ("đã nhận", "reached")
    assert told_of(outbox, ticket) == ["accepted", "told"]
    before = everything_in(outbox.database)
    for status in ("delivered", "sent", "undelivered", "failed"):
        assert receipt(line, row, status) == 204
    assert receipt(line, row, "failed", call=2) == receipt(line, row, "failed", sid=OTHER) == 204
    assert everything_in(outbox.database) == before, "what is final stays, whatever is repeated"
    with outbox.database.reading() as conn:
        assert history.verify(conn) is None


@pytest.mark.row("R15")
@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_a_text_that_did_not_arrive_is_followed_by_a_call_once(outbox: Outbox, status: str) -> None:
    ticket, number = texted(outbox)
    line, row = line_of(outbox), outbox.row(number)
    for _ in range(3):
        receipt(line, row, status)
    assert shown(outbox, number) == ("nhà mạng không giao được", "trouble")
    assert told_of(outbox, ticket) == ["accepted", "undelivered"]
    assert [(one.channel, one.state) for one in outbox.rows()] == [("sms", "failed"), ("call", "due")]
    assert outbox.rows()[1].instead_of == number


@pytest.mark.row("R15")
@pytest.mark.row("F-26")
def test_a_receipt_that_never_comes_is_asked_for_and_else_listed_as_not_confirmed(outbox: Outbox) -> None:
    ticket, number = texted(outbox)

    class Asked:
        words = iter(["sent"])

        def text_state(self, sid: str) -> str:
            return next(self.words)

    due = ReceiptsDue(outbox.database, outbox.clock, Asked(), outbox.settings)
    outbox.wait(minutes=outbox.settings.notifications.receipt_minutes - 1)
    assert due.run_once(lambda: True) == 0
    outbox.wait(minutes=2)
    assert due.run_once(lambda: True) == 1
    assert shown(outbox, number) == ("đã giao cho nhà mạng, chưa xác nhận đã nhận", "waiting")
    assert due.run_once(lambda: True) == 0, "asked once"
    receipt(line_of(outbox), outbox.row(number), "delivered")
    assert shown(outbox, number) == ("đã nhận", "reached")
    assert told_of(outbox, ticket) == ["accepted", "told"]


@pytest.mark.row("R15")
def test_a_provider_that_cannot_be_asked_leaves_the_text_unconfirmed(outbox: Outbox) -> None:
    _, number = texted(outbox)

    class Silent:
        def text_state(self, sid: str) -> str:
            raise ProviderError("HTTP 404", permanent=True)

    outbox.wait(minutes=61)
    assert ReceiptsDue(outbox.database, outbox.clock, Silent(), outbox.settings).run_once(lambda: True) == 1
    assert outbox.row(number).receipt == "unconfirmed"


@pytest.mark.row("R15")
def test_a_receipt_may_come_before_the_answer_that_was_lost(outbox: Outbox, ledger: Ledger) -> None:
    ledger.faults = ["lost"]
    ticket = outbox.ticket(state="classified")
    number = outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    outbox.send(), outbox.send()
    row = outbox.row(number)
    assert (row.state, row.provider_sid) == ("unsure", None)
    receipt(line_of(outbox), row, "delivered", sid=ledger.taken[0]["sid"])
    outbox.wait(minutes=1)
    outbox.reconcile()
    assert len(ledger.taken) == 1
    assert shown(outbox, number) == ("đã nhận", "reached")


@pytest.mark.row("R15")
def test_the_ladder_of_an_officials_matter_goes_on_when_the_text_did_not_arrive(outbox: Outbox) -> None:
    mobile = [
        one.model_copy(update={"number": "+84912000001"}) if one.id == CHAIRMAN else one
        for one in outbox.settings.notifications.officials
    ]
    notifications = outbox.settings.notifications.model_copy(update={"officials": tuple(mobile)})
    outbox = replace(outbox, settings=replace(outbox.settings, notifications=notifications))
    escalation = outbox.matter("m", TicketId(outbox.ticket(state="classified")))
    number = outbox.put(
        "escalation:1:0", kind="new", recipient=CHAIRMAN, channel="sms", escalation_id=escalation
    )
    outbox.send()
    assert outbox.row(number).state == "sent"
    with outbox.database.writing() as conn:
        later = outbox.clock.now() + timedelta(hours=1)
        conn.execute(escalation_rows.update().values(next_at=later))
    receipt(line_of(outbox), outbox.row(number), "undelivered")
    with outbox.database.reading() as conn:
        found = escalations.of_id(conn, EscalationId(escalation))
    assert found is not None
    assert (found.first_sent_at, found.settled_at) == (None, None)
    assert found.next_at is not None
    assert found.next_at <= outbox.clock.now()


@pytest.mark.row("R15")
def test_where_no_receipts_are_asked_for_a_text_handed_over_counts_as_told(
    outbox: Outbox, ledger: Ledger
) -> None:
    notifications = outbox.settings.notifications.model_copy(update={"receipts": False})
    plain = replace(outbox, settings=replace(outbox.settings, notifications=notifications))
    ticket, number = texted(plain)
    assert "StatusCallback" not in ledger.taken[0]
    assert shown(plain, number) == ("đã giao cho nhà mạng", "reached")
    assert told_of(plain, ticket) == ["told"]


@pytest.mark.row("R15")
@pytest.mark.row("T-01")
def test_a_receipt_nobody_signed_is_not_heard(outbox: Outbox) -> None:
    _, number = texted(outbox)
    line, row = line_of(outbox), outbox.row(number)
    fields = {"MessageSid": row.provider_sid or "", "MessageStatus": "failed"}
    answer = line.post(f"/ivr/texted/{number}", fields, query="call=1", signature="x")
    assert answer.status_code == 403
    assert outbox.row(number) == row


# --- a line that cannot text -------------------------------------------------------------------------------


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.mark.row("L2")
def test_news_that_a_line_cannot_text_is_brought_by_a_call(outbox: Outbox, tmp_path: Path) -> None:
    no_texts = Faults(creations=("no-texts",))
    app = create_provider(tmp_path, "AC1", "token", faults=no_texts, clock=outbox.clock)
    with serving(app) as url:
        on_a_line = replace(outbox, provider_url=url)
        ticket = on_a_line.ticket(state="classified")
        number = on_a_line.put("ticket:1:accepted:2", ticket_id=ticket)
        for _ in range(3):
            on_a_line.send()
        calls = desk_of(app).drawer.all("Calls")
    row = outbox.row(number)
    assert (row.channel, row.state, row.receipt) == ("sms", "refused", None)
    assert [one["To"] for one in calls] == [row.number]
    assert told_of(outbox, ticket) == []
    with outbox.database.reading() as conn:
        assert conn.execute(select(table.c.channel).where(table.c.instead_of == number)).scalars().all() == [
            "call"
        ]
