"""Rate limits: whoever spends, and however many at once, the limit holds."""

import threading
from datetime import datetime, timedelta

import pytest

from logbook.database import rate_limits
from logbook.database.engine import Database

DAY = timedelta(days=1)


def test_a_budget_gives_exactly_its_limit_and_is_new_in_the_next_window(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        assert [rate_limits.spend(conn, "status:total", DAY, 3, now) for _ in range(5)] == [True] * 3 + [
            False
        ] * 2
        assert rate_limits.used(conn, "status:total", DAY, now) == 3
        assert rate_limits.spend(conn, "status:total", DAY, 3, now + DAY)
        assert rate_limits.spend(conn, "status:another", DAY, 3, now)
        assert not rate_limits.spend(conn, "status:none", DAY, 0, now)
        assert rate_limits.used(conn, "status:none", DAY, now) == 0


@pytest.mark.row("T-12")
def test_many_at_once_never_spend_more_than_the_limit(database: Database, now: datetime) -> None:
    given: list[bool] = []

    def guess() -> None:
        for _ in range(25):
            with database.writing() as conn:
                given.append(rate_limits.spend(conn, "guesses", DAY, 30, now))

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(given), sum(given)) == (100, 30)
