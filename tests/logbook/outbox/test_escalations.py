"""Matters on a ladder: opened once, settled by a person, heard by those they are meant for, handed on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from logbook.accounts import accounts
from logbook.database.engine import Database
from logbook.database.tables import escalations as table
from logbook.database.tables import tickets as tickets_table
from logbook.ids import DeliveryId, PersonId
from logbook.outbox import deliveries, escalations
from logbook.outbox.escalations import Escalation
from logbook.sending import handing_over, inbox
from tests.town_hall import MINUTE, SETTINGS, HandClock, advancing, file_ticket, hire, matters, told

CHAIRMAN, VICE, HEAD, CLERK = "chu-tich", "pho-chu-tich", "chanh-van-phong", "truc"


@pytest.fixture
def ids(database: Database, now: datetime) -> dict[str, int]:
    with database.writing() as conn:
        return hire(conn, now)


@pytest.fixture
def opened(database: Database, now: datetime) -> Any:
    """Opens an escalation, about a ticket when columns of one are given; returns its row."""

    def one(key: str, at: datetime | None = None, ticket: dict[str, Any] | None = None, **more: Any) -> Any:
        with database.writing() as conn:
            ticket_id = None if ticket is None else file_ticket(conn, key, now, **ticket).id
            values = {"kind": "new", "ladder": "complaint", "ticket_id": ticket_id} | more
            number = escalations.open_once(conn, key=key, now=at or now, **values)
            assert number is not None
            return escalations.of_id(conn, number)

    return one


def waiting(database: Database, official: str, now: datetime) -> list[str]:
    with database.reading() as conn:
        return [row.key for row in inbox.waiting_for(conn, official, SETTINGS, now)]


def clickable(database: Database, ids: dict[str, int], login: str) -> list[str]:
    with database.reading() as conn:
        person = accounts.find(conn, PersonId(ids[login]))
        assert person is not None
        return [row.key for row in inbox.open_for(conn, person, SETTINGS)]


def hand_on(database: Database, row: Escalation, by: str, now: datetime, **more: Any) -> str | None:
    with database.writing() as conn:
        official = handing_over.hand_on(conn, row, by=by, settings=SETTINGS, now=now, who=by, **more)
        return None if official is None else official.id


@pytest.mark.row("F-05")
def test_a_matter_is_opened_once_for_its_key(opened: Any, database: Database, now: datetime) -> None:
    opened("matter")
    with database.writing() as conn:
        again = escalations.open_once(conn, key="matter", kind="late", ladder="overdue", now=now)
    assert again is None
    assert [row.kind for row in matters(database)] == ["new"]


@pytest.mark.row("000-13")
@pytest.mark.row("F-25")
def test_the_first_acknowledgement_settles_it_and_calls_off_what_is_due(
    opened: Any, database: Database, now: datetime, ids: dict[str, int]
) -> None:
    row = opened("matter")
    advancing(database, HandClock(now)).advance(lambda: True)
    with database.writing() as conn:
        assert escalations.acknowledge(
            conn, row.id, how="click", who="chutich", now=now, person_id=PersonId(ids["chutich"])
        )
        assert not escalations.acknowledge(conn, row.id, how="key", who=VICE, now=now + MINUTE)
    (kept,) = matters(database)
    assert (kept.settled_how, kept.settled_who, kept.settled_at, kept.next_at) == (
        "click",
        "chutich",
        now,
        None,
    )
    assert told(database) == [(CHAIRMAN, "call", "cancelled")]


def test_a_moved_matter_begins_a_new_round_and_a_stale_reader_moves_nothing(
    opened: Any, database: Database, now: datetime
) -> None:
    row = opened("matter")
    with database.writing() as conn:
        assert escalations.move(conn, row, now=now, step=2, ladder="conflict", urgent=True)
        assert not escalations.move(conn, row, now=now, step=0)
    (kept,) = matters(database)
    assert (kept.step, kept.tries, kept.cycle, kept.ladder, kept.urgent) == (2, 0, 1, "conflict", True)


def test_an_official_hears_what_the_ladder_has_come_to_and_nothing_above_it(
    opened: Any, database: Database, now: datetime
) -> None:
    opened("matter")
    clock = HandClock(now)
    due = advancing(database, clock)
    assert (waiting(database, CHAIRMAN, now), waiting(database, VICE, now)) == (["matter"], [])
    assert waiting(database, CHAIRMAN, now - MINUTE) == []
    for _ in range(3):
        due.advance(lambda: True)
        assert waiting(database, VICE, clock.at) == []
        clock.at += 15 * MINUTE
    assert waiting(database, VICE, clock.at) == ["matter"]
    due.advance(lambda: True)
    assert (waiting(database, VICE, now), waiting(database, HEAD, clock.at)) == (["matter"], [])
    assert waiting(database, "nobody", clock.at) == []


def test_what_was_told_before_waits_for_them_through_every_later_round(
    opened: Any, database: Database, now: datetime
) -> None:
    row = opened("matter")
    clock = HandClock(now)
    for _ in range(6):
        advancing(database, clock).advance(lambda: True)
        clock.at += 15 * MINUTE
    (kept,) = matters(database)
    assert (kept.cycle, kept.step) == (1, 0)
    assert kept.next_at > clock.at
    assert waiting(database, VICE, clock.at) == waiting(database, CHAIRMAN, clock.at) == [row.key]


def test_urgent_matters_come_first_then_the_oldest_and_twenty_at_most(
    opened: Any, database: Database, now: datetime
) -> None:
    for number in range(25):
        opened(f"m{number:02d}", at=now - number * MINUTE, urgent=number in (3, 7))
    heard = waiting(database, CHAIRMAN, now)
    assert heard[:4] == ["m07", "m03", "m24", "m23"]
    assert len(heard) == inbox.AT_MOST


def test_nobody_hears_what_concerns_them(
    opened: Any, database: Database, now: datetime, ids: dict[str, int]
) -> None:
    opened("000001", ticket={"conflict": True}, ladder="report")
    opened("000002", ticket={"subject_ids": [ids["canbotruc"]]}, ladder="reminder")
    opened("000003", ticket={"subject_ids": [ids["ketoan"]]}, ladder="reminder")
    opened("000004", ticket={"subject_ids": [ids["phochutich"]], "conflict": True}, ladder="conflict")
    assert waiting(database, CHAIRMAN, now) == []
    assert waiting(database, CLERK, now) == ["000003"]
    assert waiting(database, VICE, now) == []
    assert clickable(database, ids, "chutich") == []
    assert clickable(database, ids, "canbotruc") == ["000003"]
    assert clickable(database, ids, "phochutich") == []


@pytest.mark.row("T-10")
def test_a_click_may_settle_what_waits_for_its_hour_but_only_what_the_person_may_see(
    opened: Any, database: Database, now: datetime, ids: dict[str, int]
) -> None:
    opened("000001", ticket={})
    opened("000002", ticket={"state": "guided", "kind": "denunciation"})
    opened("alarm", ladder="office", kind="alarm")
    with database.writing() as conn:
        conn.execute(update(table).values(next_at=now + 600 * MINUTE))
    assert waiting(database, CHAIRMAN, now) == []
    assert clickable(database, ids, "chutich") == ["000001"]
    assert clickable(database, ids, "phochutich") == []
    assert clickable(database, ids, "chanhvanphong") == ["alarm"]
    assert clickable(database, ids, "ketoan") == []


def test_a_matter_handed_on_goes_to_the_vice_chairman_and_never_back(
    opened: Any, database: Database, now: datetime
) -> None:
    row = opened("000001", ticket={}, params={"who": "lan"})
    clock = HandClock(now)
    due = advancing(database, clock)
    due.advance(lambda: True)
    assert hand_on(database, row, CHAIRMAN, now) == VICE
    assert hand_on(database, row, CHAIRMAN, now) is None
    before, after = matters(database)
    assert (before.settled_how, before.settled_who) == ("handed_on", CHAIRMAN)
    assert (after.step, after.ladder, after.ticket_id) == (3, "complaint", before.ticket_id)
    assert waiting(database, CHAIRMAN, now) == []
    assert waiting(database, VICE, now) == [after.key]
    for _ in range(100):
        due.advance(lambda: True)
        clock.at += 30 * MINUTE
    assert told(database)[0] == (CHAIRMAN, "call", "cancelled")
    assert {who for who, *_ in told(database)[1:]} == {VICE}
    with database.reading() as conn:
        kept = escalations.of_id(conn, after.id)
    assert kept is not None
    assert (kept.param("who"), kept.passed) == ("lan", (CHAIRMAN,))


def test_handed_on_twice_it_goes_round_by_the_conflict_ladder_and_stays_with_the_last(
    opened: Any, database: Database, now: datetime
) -> None:
    row = opened("000001", ticket={})
    assert hand_on(database, row, CHAIRMAN, now) == VICE
    with database.reading() as conn:
        (second,) = escalations.unsettled(conn)
    assert hand_on(database, second, VICE, now) == HEAD
    with database.reading() as conn:
        (third,) = escalations.unsettled(conn)
    assert (third.ladder, third.step, third.passed) == ("conflict", 1, (CHAIRMAN, VICE))
    assert hand_on(database, third, HEAD, now) is None
    with database.reading() as conn:
        assert escalations.unsettled(conn) == [third]


def test_a_matter_without_a_ticket_is_handed_on_too(opened: Any, database: Database, now: datetime) -> None:
    row = opened("report:weekly", ladder="report", kind="report")
    assert hand_on(database, row, CHAIRMAN, now) == VICE


def test_only_the_kinds_asked_for_are_settled_as_no_longer_needed(
    opened: Any, database: Database, now: datetime
) -> None:
    row = opened("000001", ticket={})
    with database.writing() as conn:
        escalations.open_once(
            conn, key="late", kind="late", ladder="overdue", ticket_id=row.ticket_id, now=now
        )
        escalations.settle_all(conn, row.ticket_id, now=now, who="lan", kinds=("late",))
        assert [one.kind for one in escalations.unsettled(conn, row.ticket_id)] == ["new"]
        escalations.settle_all(conn, row.ticket_id, now=now, who="lan")
        assert escalations.unsettled(conn) == []
    assert [one.settled_how for one in matters(database)] == ["moot", "moot"]


def test_the_words_of_a_matter_are_read_by_name(opened: Any, database: Database) -> None:
    row = opened("matter", params={"term": "answer"})
    assert (row.param("term"), row.param("due"), row.passed) == ("answer", "", ())


def test_a_row_knows_every_column_of_its_table(opened: Any, database: Database) -> None:
    row = opened("matter")
    with database.reading() as conn:
        stored = conn.execute(select(table)).one()
        assert conn.execute(select(tickets_table.c.id)).all() == []
        assert deliveries.of_id(conn, DeliveryId(1)) is None
    assert {name: getattr(row, name) for name in table.c.keys()} == stored._asdict()  # noqa: SIM118
