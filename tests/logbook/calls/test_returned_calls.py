"""Returned calls: claimed once, within the rate limits, to allowed numbers, and ended by one result."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from logbook.accounts import accounts
from logbook.calls import callbacks, returned_calls
from logbook.calls.callbacks import Callback
from logbook.calls.returned_calls import DAY, PATIENCE, Limits
from logbook.database import rate_limits
from logbook.database.engine import Database
from logbook.database.errors import StaleVersionError

CITIZEN, CLERK, HOTLINE = "+84912345678", "+84905111111", "+842583842102"
LIMITS = Limits(per_number=2, in_all=3, own=frozenset({HOTLINE}))


def clerk_of(conn: Connection, now: datetime, telephone: str | None = CLERK) -> int:
    return accounts.add(
        conn,
        login="clerk",
        name="Lan",
        role="clerk",
        password="correct horse battery",
        now=now,
        telephone=telephone,
    )


def wanted(
    conn: Connection, phone: Any, now: datetime, number: str | None = CITIZEN, sid: str = "CA1"
) -> Callback:
    """A callback a clerk has asked the line to return."""
    person = returned_calls.telephone_of(conn, 1) and 1
    owed = callbacks.owe(conn, phone(conn, sid), "asked", number, now)
    returned_calls.want(
        conn, owed.id, owed.version, telephone=CLERK, person_id=person or clerk_of(conn, now), now=now
    )
    found = callbacks.find(conn, owed.id)
    assert found is not None
    return found


def kept(conn: Connection, row: Callback) -> Callback:
    found = callbacks.find(conn, row.id)
    assert found is not None
    return found


@pytest.mark.row("T-13")
def test_a_wanted_call_is_claimed_once(database: Database, phone: Any, now: datetime) -> None:
    with database.writing() as conn:
        row = wanted(conn, phone, now)
        assert returned_calls.wanted(conn, 5) == [row]
        claimed = returned_calls.claim(conn, row, LIMITS, now)
        assert claimed is not None
        assert (claimed.state, claimed.calls_placed, claimed.claimed_at) == ("calling", 1, now)
        assert returned_calls.claim(conn, row, LIMITS, now) is None
        assert returned_calls.wanted(conn, 5) == []
        assert returned_calls.being_called(conn, 5) == [claimed]
        assert rate_limits.used(conn, "return:all", DAY, now) == 1
        assert rate_limits.used(conn, f"return:number:{CITIZEN}", DAY, now) == 1


@pytest.mark.row("T-13")
@pytest.mark.parametrize("number", ["+8419001234", "+12025550123", HOTLINE, "113", None])
def test_other_numbers_are_never_rung(
    database: Database, phone: Any, now: datetime, number: str | None
) -> None:
    with database.writing() as conn:
        row = wanted(conn, phone, now, number)
        assert returned_calls.claim(conn, row, LIMITS, now) is None
        found = kept(conn, row)
        assert (found.state, found.last_result, found.tries) == ("owed", "refused", 0)
        assert rate_limits.used(conn, "return:all", DAY, now) == 0


@pytest.mark.row("T-13")
def test_a_days_budget_holds_for_one_number_and_for_all(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        results = []
        for each in range(3):
            row = wanted(conn, phone, now, sid=f"CA{each}")
            claimed = returned_calls.claim(conn, row, LIMITS, now)
            results.append(claimed is not None)
            if claimed is not None:
                returned_calls.ended(conn, claimed, "busy", now)
        assert results == [True, True, False]
        assert kept(conn, row).last_result == "too_many"
        others = [wanted(conn, phone, now, f"+8498765432{n}", f"CB{n}") for n in range(2)]
        assert [returned_calls.claim(conn, row, LIMITS, now) is not None for row in others] == [True, False]
        assert rate_limits.used(conn, "return:number:+84987654321", DAY, now) == 0


def test_a_clerk_who_asked_long_ago_is_not_rung_any_more(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        row = wanted(conn, phone, now)
        late = now + PATIENCE + timedelta(seconds=1)
        assert returned_calls.claim(conn, row, LIMITS, late) is None
        assert kept(conn, row).last_result == "expired"


@pytest.mark.parametrize(
    ("result", "state", "tries"),
    [("talked", "settled", 1), ("no_answer", "owed", 1), ("busy", "owed", 1), ("clerk_absent", "owed", 0)],
)
def test_every_result_settles_or_leaves_it_owed_and_counts_only_real_tries(
    database: Database, phone: Any, now: datetime, result: str, state: str, tries: int
) -> None:
    with database.writing() as conn:
        row = returned_calls.claim(conn, wanted(conn, phone, now), LIMITS, now)
        assert row is not None
        assert returned_calls.ended(conn, row, result, now)
        assert not returned_calls.ended(conn, row, "talked", now)
        found = kept(conn, row)
        assert (found.state, found.tries, found.last_result) == (state, tries, result)
        assert (found.settled_at is not None) == (state == "settled")
        assert (found.wanted_at, found.wanted_from) == (None, None)


@pytest.mark.row("T-02")
def test_news_of_an_earlier_call_finds_nothing(database: Database, phone: Any, now: datetime) -> None:
    with database.writing() as conn:
        first = returned_calls.claim(conn, wanted(conn, phone, now), LIMITS, now)
        assert first is not None
        returned_calls.ended(conn, first, "busy", now)
        again = kept(conn, first)
        returned_calls.want(
            conn, again.id, again.version, telephone=CLERK, person_id=again.owner_id or 0, now=now
        )
        second = returned_calls.claim(conn, kept(conn, first), LIMITS, now)
        assert second is not None
        assert returned_calls.current(conn, first.id, 1) is None
        assert returned_calls.current(conn, first.id, 2) == second
        assert not returned_calls.ended(conn, first, "talked", now)
        returned_calls.known_as(conn, second, "CA9")
        returned_calls.known_as(conn, second, "CA8")
        assert kept(conn, first).return_sid == "CA9"


def test_what_somebody_changed_meanwhile_is_not_wanted(database: Database, phone: Any, now: datetime) -> None:
    with database.writing() as conn:
        person = clerk_of(conn, now)
        owed = callbacks.owe(conn, phone(conn), "asked", CITIZEN, now)
        callbacks.take(conn, owed.id, person, owed.version)
        with pytest.raises(StaleVersionError):
            returned_calls.want(conn, owed.id, owed.version, telephone=CLERK, person_id=person, now=now)


def test_an_answer_without_a_second_of_talk_is_no_answer() -> None:
    assert returned_calls.leg_result("completed") == "talked"
    assert returned_calls.leg_result("brief") == "brief"
    assert returned_calls.leg_result("no-answer") == "no_answer"
    assert returned_calls.leg_result("busy") == "busy"
    assert returned_calls.leg_result("canceled") == returned_calls.leg_result(None) == "failed"
