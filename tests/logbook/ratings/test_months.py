"""Twelve months read at once say what twelve readings say; intervals cover what they promise."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

from logbook.calls import rating_counts
from logbook.database.engine import Database
from logbook.officials import first_filling
from logbook.ratings import by_token, index, instruments, spans, tokens, trend
from logbook.ratings.by_token import Sent
from logbook.ratings.verdicts import wilson
from logbook.settings.loading import load_settings
from tests import frozen
from tests.rated import call_rated, slip


def test_months_read_at_once_are_equal_to_each_month_read_by_itself(database: Database) -> None:
    settings, draw = load_settings(frozen.OFFICE), random.Random(11)
    begins = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)  # close to midnight in Vietnam, at the end of a month
    with database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), begins)
        first_filling.fill(conn, settings, begins)
        for number in range(90):
            at = begins + timedelta(
                days=draw.choice((-40, 0, 1, 28, 29, 58, 200)), minutes=draw.randrange(60)
            )
            call_rated(conn, settings, [draw.choice((None, 1, 4, 5)) for _ in range(5)], at)
            if number % 3 == 0:
                slip(conn, settings, number + 1, [draw.randint(1, 5) for _ in range(5)], at)
            if number % 2:
                code = tokens.make(conn, 1, "x", at)[0]
                by_token.store(conn, settings, code, Sent((draw.randint(1, 5), 4, 3), None, "", ""), at)
        assert rating_counts.wrong(conn) == []
        months = trend.months(begins.date() + timedelta(days=250))
        for officials in (True, False):
            each = [index.figures(conn, settings, one) for one in months]
            if not officials:
                each = [
                    index.for_everybody(conn, settings, one, found)
                    for one, found in zip(months, each, strict=True)
                ]
            assert index.of_months(conn, settings, months, officials=officials) == each
        people = [sum(one.n for one in found if one.channel != index.ALL) for found in each]
        assert sum(people) > 100
        year = spans.read("2026")
        assert year is not None
        assert index.for_everybody(conn, settings, year, index.figures(conn, settings, year))


def _coverage(share: float, answers: int) -> float:
    """How often the interval holds the true share, from all outcomes with their probabilities."""
    covered = 0.0
    for count in range(answers + 1):
        found = wilson(count, answers)
        assert found is not None
        if found[0] <= share <= found[1]:
            logs = math.lgamma(answers + 1) - math.lgamma(count + 1) - math.lgamma(answers - count + 1)
            covered += math.exp(logs + count * math.log(share) + (answers - count) * math.log(1 - share))
    return covered


def test_the_interval_covers_the_true_share_95_times_in_100_over_shares_and_sizes() -> None:
    """Exact, without chance. A single share may lie below (Wilson's waves), the mean of many may not."""
    shares = [at / 50 for at in range(1, 50)]
    for answers in (10, 30, 100, 300):
        found = [_coverage(share, answers) for share in shares]
        assert 0.94 <= sum(found) / len(found) <= 0.965, answers
        assert min(found) >= 0.83, answers
    assert all(_coverage(share, 1000) >= 0.94 for share in (0.5, 0.7, 0.9, 0.95))
