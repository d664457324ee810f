"""A press and its end: one delivery for one version of a callback, and every end is written into it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

import pytest
from alembic import command
from sqlalchemy import insert, select

from logbook.calls import callbacks
from logbook.calls.callbacks import TRIED
from logbook.database import schema
from logbook.database.engine import Database
from logbook.database.errors import StaleVersionError
from logbook.database.tables import callbacks as rows
from logbook.database.tables import calls, legs, turns
from logbook.database.tables import deliveries as table
from logbook.ids import CallbackId, DeliveryId, PersonId
from logbook.outbox import deliveries, returned_calls
from logbook.outbox.deliveries import RESULTS, CallResult
from logbook.outbox.kinds import RETURNED_CALL
from logbook.outbox.state_machine import DeliveryEvent
from logbook.retention import erasure
from logbook.sending import claims, outcomes
from tests.logbook.outbox.wanted_call import CITIZEN, CLERK, found, kept, owed, press, wanted

MINUTE = timedelta(minutes=1)


@pytest.mark.row("T-13")
def test_one_press_is_one_delivery_to_the_clerks_telephone(database: Database, now: datetime) -> None:
    row, delivery = wanted(database, now)
    assert (row.state, row.delivery_id, row.last_result) == ("wanted", delivery.id, None)
    assert (delivery.kind, delivery.channel, delivery.number) == (RETURNED_CALL, "call", CLERK)
    assert (delivery.state, delivery.due_at, CITIZEN in delivery.params) == ("due", now, False)


@pytest.mark.row("T-13")
def test_the_same_press_twice_and_one_on_an_old_page_write_no_second_delivery(
    database: Database, now: datetime
) -> None:
    row, _ = wanted(database, now)
    for version in (row.version - 1, row.version - 2):
        with pytest.raises(StaleVersionError), database.writing() as conn:
            returned_calls.press(conn, row.id, version, telephone=CLERK, person_id=PersonId(1), now=now)
    with database.reading() as conn:
        assert len(conn.execute(select(table.c.id)).all()) == 1
    assert kept(database, row) == row


@pytest.mark.parametrize("result", sorted({*get_args(CallResult), *RESULTS}))
def test_every_result_of_a_delivery_settles_its_callback_or_leaves_it_owed_with_a_word(
    database: Database, now: datetime, result: str
) -> None:
    row, delivery = wanted(database, now)
    with database.writing() as conn:
        claimed = claims.claim(conn, delivery, 1, now, CLERK)
        assert claimed is not None
        assert outcomes.end(conn, DeliveryEvent.CALL_ENDED, claimed, result, now)
        assert not outcomes.call_ended(conn, claimed, "talked", now)
    after = kept(database, row)
    assert after.state == ("settled" if result == "talked" else "owed")
    assert after.last_result is not None
    assert (after.settled_at is not None) == (after.state == "settled")
    assert after.tries == (1 if after.last_result in TRIED else 0)
    assert after.version == row.version + 1


def test_a_try_counts_only_when_the_citizens_telephone_was_rung(database: Database, now: datetime) -> None:
    said = {"citizen_busy": ("busy", 1), "citizen_absent": ("no_answer", 1), "brief": ("brief", 1)}
    said |= dict.fromkeys(("answered", "no_answer", "busy", "failed"), ("clerk_absent", 0))
    said |= {"gave_up": ("not_placed", 0), "unclear": ("lost", 0), "not_allowed": ("refused", 0)}
    row, delivery = wanted(database, now)
    for result, (word, tries) in said.items():
        with database.writing() as conn:
            before = found(conn, row)
            returned_calls.ended(conn, delivery, result, now)
            after = found(conn, row)
            assert (after.last_result, after.tries - before.tries) == (word, tries)
            delivery = press(conn, row, now)


@pytest.mark.row("T-02")
def test_the_end_of_an_earlier_call_changes_nothing_in_a_later_one(database: Database, now: datetime) -> None:
    row, first = wanted(database, now)
    with database.writing() as conn:
        callbacks.tried_by_hand(
            conn, row.id, row.version, talked=False, note="", person_id=PersonId(row.owner_id or 0), now=now
        )
        second = press(conn, row, now)
        before = found(conn, row)
        assert returned_calls.waiting(conn, first) is None
        assert returned_calls.waiting(conn, second) == before
        returned_calls.ended(conn, first, "talked", now)
        assert found(conn, row) == before


def test_a_callback_that_was_settled_meanwhile_stays_as_it_is(database: Database, now: datetime) -> None:
    row, delivery = wanted(database, now)
    with database.writing() as conn:
        callbacks.settle(conn, row.call_id, now)
        before = found(conn, row)
        returned_calls.ended(conn, delivery, "citizen_busy", now + MINUTE)
        assert found(conn, row) == before


def test_what_somebody_changed_meanwhile_is_not_wanted(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        row = owed(conn, now)
        callbacks.change(conn, row.id, row.version, note="đang gọi tay")
    with pytest.raises(StaleVersionError), database.writing() as conn:
        returned_calls.press(conn, row.id, row.version, telephone=CLERK, person_id=PersonId(1), now=now)
    with database.reading() as conn:
        assert conn.execute(select(table.c.id)).all() == []


@pytest.mark.row("T-22")
def test_erasing_a_caller_erases_the_number_from_the_call_that_was_returned(
    database: Database, now: datetime
) -> None:
    row, delivery = wanted(database, now)
    with database.writing() as conn:
        placed = owed(conn, now, CLERK).call_id
        conn.execute(
            calls.update().where(calls.c.id == placed).values(sid="CAback", direction="outbound-api")
        )
        conn.execute(table.update().where(table.c.id == delivery.id).values(provider_sid="CAback"))
        dialled = f"<Response><Dial><Number>{CITIZEN}</Number></Dial></Response>"
        turn = {"call_id": placed, "number": 1, "at": now, "heard": "{}", "said": "[]", "place": "x"}
        conn.execute(insert(turns).values(**turn, answer=dialled))
        leg = {"call_id": placed, "turn": 2, "person_id": "citizen", "number": CITIZEN, "dialled_at": now}
        conn.execute(insert(legs).values(**leg))
        erasure.erase_call(conn, row.call_id, "retention.call_months = 24", now)
        left = [
            *conn.execute(select(turns.c.answer)).scalars(),
            *conn.execute(select(legs.c.number)).scalars(),
        ]
    assert left == ["", ""]


@pytest.mark.row("F-05")
def test_what_was_wanted_or_under_way_at_the_upgrade_is_owed_again_and_rings_nobody(
    empty_database: Database, now: datetime
) -> None:
    began = [("owed", "busy"), ("wanted", None), ("calling", "dialled"), ("settled", "talked")]
    with empty_database.writing() as conn:
        command.upgrade(schema.config(conn), "0041")
        for number, (state, result) in enumerate(began, 1):
            call = {"id": number, "sid": f"CA{number}", "direction": "inbound", "caller_raw": "", "turn": 1}
            more = {"called": "", "language": "vi", "started_at": now, "status": "completed", "place": "{}"}
            conn.execute(insert(calls).values(**call, **more, time_shift=0, status_sequence=0))
            callback = {"id": number, "call_id": number, "number": f"+8490511110{number}", "caller_raw": ""}
            stands = {"state": state, "last_result": result, "owed_since": now, "reason": "asked"}
            stands["settled_at"] = now if state == "settled" else None
            conn.execute(insert(rows).values(**callback, **stands))
    empty_database.upgrade(now)
    with empty_database.reading() as conn:
        listed = [callbacks.find(conn, CallbackId(number)) for number in range(1, 5)]
        assert [(row.state, row.last_result, row.delivery_id) for row in listed if row] == [
            ("owed", "busy", None),
            ("owed", "expired", None),
            ("owed", "lost", None),
            ("settled", "talked", None),
        ]
        assert deliveries.of_id(conn, DeliveryId(1)) is None
    with empty_database.writing() as conn:  # one open row a number still holds
        waits = callbacks.find(conn, CallbackId(2))
        assert waits is not None
        assert press(conn, waits, now).number == CLERK
