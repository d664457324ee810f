"""The life of a delivery: every event from every state, and nothing changes a state but the table."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.ids import DeliveryId
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.outbox.state_machine import TABLE, DeliveryEvent, DeliveryState, Guard, apply
from tests.house import ROOT, sources
from tests.logbook.outbox import diagram

LATER = timedelta(minutes=1)


def _call(database: Database, state: DeliveryState, now: datetime) -> Delivery:
    """A call in this state, on its second try under lease 3."""
    with database.writing() as conn:
        key = f"{state}:{len(deliveries_of(database))}"
        number = deliveries.put(conn, key=key, kind="new", recipient="chu-tich", channel="call", now=now)
        values = {"state": state.value, "attempts": 2, "epoch": 3, "claimed_at": now}
        conn.execute(table.update().where(table.c.id == number).values(**values))
        found = deliveries.of_id(conn, DeliveryId(number or 0))
    assert found is not None
    return found


def deliveries_of(database: Database) -> list[int]:
    with database.reading() as conn:
        return [row.id for row in conn.execute(table.select())]


def _after(database: Database, event: DeliveryEvent, row: Delivery, knows: Delivery, now: datetime) -> str:
    """The state of `row` when somebody lets `event` happen who knows it as `knows`."""
    waits = TABLE[event].after in (DeliveryState.DUE, DeliveryState.IN_DOUBT)
    with database.writing() as conn:
        apply(conn, event, knows, **({"due_at": now + LATER} if waits else {}))
        found = deliveries.of_id(conn, row.id)
    assert found is not None
    return found.state


@pytest.mark.row("F-04")
@pytest.mark.row("F-06")
def test_every_event_leads_from_its_states_and_changes_nothing_in_any_other(
    database: Database, now: datetime
) -> None:
    wrong = []
    for event, transition in TABLE.items():
        for state in DeliveryState:
            row = _call(database, state, now)
            wanted = transition.after if state in transition.before else state
            if (found := _after(database, event, row, row, now)) != wanted:
                wrong.append((event, state, found))
    assert wrong == []


@pytest.mark.row("F-20")
def test_who_knows_an_older_try_or_has_lost_the_lease_changes_nothing(
    database: Database, now: datetime
) -> None:
    wrong = []
    for event, transition in TABLE.items():
        for state in transition.before:
            row = _call(database, state, now)
            stale = {
                "older try": (replace(row, attempts=1), transition.guard is not Guard.NONE),
                "lost lease": (replace(row, epoch=2), transition.guard is Guard.SAME_LEASE),
            }
            for name, (knows, is_kept_out) in stale.items():
                if is_kept_out and _after(database, event, row, knows, now) != state:
                    wrong.append((event, state, name))
    assert wrong == []


def test_only_what_may_happen_to_any_try_has_no_guard() -> None:
    unguarded = {event for event, one in TABLE.items() if one.guard is Guard.NONE}
    assert unguarded == {
        DeliveryEvent.SENDER_DIED,
        DeliveryEvent.NOT_DELIVERED,
        DeliveryEvent.HEARD_OTHERWISE,
    }
    by_lease = {event for event, one in TABLE.items() if one.guard is Guard.SAME_LEASE}
    assert by_lease == {
        event
        for event, one in TABLE.items()
        if one.before == (DeliveryState.SENDING,) and event is not DeliveryEvent.SENDER_DIED
    }


def test_an_event_must_say_which_deliveries_it_means(database: Database) -> None:
    with database.writing() as conn, pytest.raises(ValueError, match="which deliveries"):
        apply(conn, DeliveryEvent.NOT_NEEDED)


A_STATE = re.compile(rf'\bstate(?:=|": ?)"(?:{"|".join(DeliveryState)})"')
"""A state written as a word of its own where a row is changed."""


def test_only_the_table_changes_the_state_of_a_delivery() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): written
        for path in sources()
        if re.search(r"tables import.*\bdeliveries\b", path.read_text("utf-8"))
        and (written := A_STATE.findall(path.read_text("utf-8")))
    }
    assert found == {}


def test_the_document_is_drawn_from_the_table() -> None:
    assert diagram.DOCUMENT.read_text("utf-8") == diagram.drawn()


def test_every_fault_of_sending_names_an_event_and_every_event_that_names_one_exists() -> None:
    faults = {fault for one in TABLE.values() for fault in one.faults}
    listed = set(re.findall(r"^\| (F-\d+) ", (ROOT / "docs/threats-and-faults.md").read_text("utf-8"), re.M))
    assert faults <= listed
    assert {"F-04", "F-05", "F-06", "F-07", "F-20", "F-25", "F-26", "F-27"} <= faults
