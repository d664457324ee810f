"""Leases: one holder at a time, and every change of hands shows in the epoch."""

from datetime import datetime, timedelta

import pytest

from logbook.database import leases
from logbook.database.engine import Database


def later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def test_a_lease_is_one_owners_until_it_runs_out(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        assert leases.take(conn, "s", "a", 30, now) == 1
        assert leases.take(conn, "s", "b", 30, later(now, 29)) is None
        assert leases.take(conn, "s", "a", 30, later(now, 29)) == 1
        assert leases.take(conn, "s", "b", 30, later(now, 58)) is None
        assert leases.take(conn, "s", "b", 30, later(now, 59)) == 2
        assert leases.take(conn, "s", "a", 30, later(now, 60)) is None
        assert leases.take(conn, "s", "b", 30, later(now, 60)) == 2
        assert leases.take(conn, "s", "b", 30, later(now, 91)) == 3, "it had run out meanwhile"
        assert leases.holder(conn, "s") == ("b", later(now, 121))
        assert leases.holder(conn, "other") is None


def test_a_lease_let_go_is_free_at_once_but_only_by_its_owner(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        leases.take(conn, "s", "a", 30, now)
        leases.release(conn, "s", "b", 1, now)
        assert leases.take(conn, "s", "b", 30, now) is None
        leases.release(conn, "s", "a", 1, now)
        assert leases.take(conn, "s", "b", 30, now) == 2


@pytest.mark.row("F-13")
def test_a_lease_seen_without_a_renewal_for_its_whole_time_is_free_whatever_the_clock_says(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        leases.take(conn, "s", "a", 30, later(now, 3600))
        assert leases.take(conn, "s", "b", 30, now) is None
        assert leases.take(conn, "s", "b", 30, now, forsaken=later(now, 3629)) is None
        assert leases.take(conn, "s", "b", 30, now, forsaken=later(now, 3630)) == 2
