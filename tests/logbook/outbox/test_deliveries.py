"""The outbox: one row for one cause, calls that end once, and what the history says citizens got."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select

from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.database.tables import tickets
from logbook.ids import DeliveryId, TicketId
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.sending import outcomes
from logbook.tickets import history
from tests.logbook import book_of_cases

NUMBER = "+84912345678"
Put = Callable[..., Delivery]


@pytest.fixture
def under_way(now: datetime) -> Put:
    """Puts a call that is being made, on its first try."""

    def put(conn: Connection, **columns: Any) -> Delivery:
        values = {"kind": "accepted", "recipient": "citizen", "channel": "call", "number": NUMBER} | columns
        number = deliveries.put(conn, key=values.pop("key", "k"), now=now, **values)
        conn.execute(
            table.update()
            .where(table.c.id == number)
            .values(state="sending", attempts=1, epoch=1, claimed_at=now)
        )
        return kept(conn, number or 0)

    return put


def kept(conn: Connection, number: int) -> Delivery:
    found = deliveries.of_id(conn, DeliveryId(number))
    assert found is not None
    return found


@pytest.mark.row("F-06")
def test_one_cause_makes_one_row(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        first = deliveries.put(conn, key="ticket:1:new", kind="new", recipient="chu-tich", now=now)
        assert deliveries.put(conn, key="ticket:1:new", kind="new", recipient="chu-tich", now=now) is None
        assert kept(conn, first or 0).due_at == now


def test_calling_off_needs_to_know_what(database: Database, now: datetime, under_way: Put) -> None:
    with database.writing() as conn:
        with pytest.raises(ValueError, match="needs an escalation or a ticket"):
            deliveries.cancel(conn, now)
        ticket = book_of_cases.write(conn, "004217", now)
        going = under_way(conn, ticket_id=ticket)
        waiting = deliveries.put(
            conn, key="w", kind="accepted", recipient="citizen", ticket_id=TicketId(ticket), now=now
        )
        deliveries.cancel(conn, now, ticket_id=TicketId(ticket))
        assert kept(conn, going.id).state == "sending"
        assert kept(conn, waiting or 0).state == "cancelled"


@pytest.mark.row("T-02")
def test_only_the_call_of_the_try_under_way_is_found(database: Database, under_way: Put) -> None:
    with database.writing() as conn:
        row = under_way(conn)
        assert outcomes.current_call(conn, row.id, 1) == row
        assert outcomes.current_call(conn, row.id, 0) is None
        assert outcomes.current_call(conn, row.id, 2) is None
        assert outcomes.current_call(conn, DeliveryId(row.id + 1), 1) is None
        conn.execute(table.update().values(state="due"))
        assert outcomes.current_call(conn, row.id, 1) is None
        conn.execute(table.update().values(state="unsure", channel="sms"))
        assert outcomes.current_call(conn, row.id, 1) is None


def test_the_first_name_of_a_call_stays_and_proves_that_it_was_placed(
    database: Database, now: datetime, under_way: Put
) -> None:
    with database.writing() as conn:
        row = under_way(conn)
        outcomes.known_as(conn, row, "CA1")
        outcomes.known_as(conn, row, "CA2")
        found = kept(conn, row.id)
        assert (found.provider_sid, found.state, found.sent_at, found.ended_at) == ("CA1", "sent", now, None)


@pytest.mark.row("F-25")
@pytest.mark.parametrize(
    "result", ["acknowledged", "answered", "told", "not_them", "no_answer", "busy", "failed"]
)
def test_a_call_ends_once_and_stands_in_the_tickets_history(
    database: Database, now: datetime, under_way: Put, result: Any
) -> None:
    with database.writing() as conn:
        ticket = book_of_cases.write(conn, "004217", now)
        row = under_way(conn, ticket_id=ticket)
        assert outcomes.call_ended(conn, row, result, now)
        assert not outcomes.call_ended(conn, row, "failed", now)
        assert outcomes.current_call(conn, row.id, 1) is None
        found = kept(conn, row.id)
        assert (found.state, found.result, found.ended_at, found.due_at) == ("sent", result, now, None)
        (event,) = history.of(conn, TicketId(ticket))
        assert (event.verb, event.actor) == ("tell", "line")
        assert json.loads(event.details) == {"what": "accepted", "channel": "call", "result": result}
        noticed = conn.execute(select(tickets.c.noticed_at)).scalar_one()
        assert noticed == (now if result == "told" else None)
        assert result in deliveries.RESULTS


@pytest.mark.row("T-02")
def test_news_of_an_earlier_try_ends_nothing(database: Database, now: datetime, under_way: Put) -> None:
    with database.writing() as conn:
        old = under_way(conn)
        conn.execute(table.update().values(attempts=2))
        assert not outcomes.call_ended(conn, old, "told", now)
        outcomes.known_as(conn, old, "CA1")
        assert (kept(conn, old.id).provider_sid, kept(conn, old.id).ended_at) == (None, None)


def test_an_officials_call_is_no_event_of_the_ticket(
    database: Database, now: datetime, under_way: Put
) -> None:
    with database.writing() as conn:
        ticket = book_of_cases.write(conn, "004217", now)
        row = under_way(conn, ticket_id=ticket, recipient="chu-tich", kind="new")
        assert outcomes.call_ended(conn, row, "acknowledged", now)
        assert history.of(conn, TicketId(ticket)) == []


def test_words_come_back_as_they_were_kept(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        number = deliveries.put(
            conn, key="k", kind="x", recipient="citizen", params={"who": "Đỗ Văn Hải"}, now=now
        )
        row = kept(conn, number or 0)
    assert (row.param("who"), row.param("nothing"), row.all_params()) == (
        "Đỗ Văn Hải",
        "",
        {"who": "Đỗ Văn Hải"},
    )
