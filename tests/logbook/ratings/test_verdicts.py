"""Shares, intervals and verdicts: exact at the target, and as sure as they say."""

from __future__ import annotations

import random
from datetime import date

from logbook.ratings import spans
from logbook.ratings.verdicts import Verdict, judge, together, wilson


def test_the_target_is_judged_exactly_and_the_minimum_only_withholds() -> None:
    cases = {
        (90, 100, 10): Verdict.REACHED,
        (899, 1000, 10): Verdict.MISSED,
        (89_999, 100_000, 10): Verdict.MISSED,
        (2, 2, 10): Verdict.TOO_FEW,
        (0, 0, 1): Verdict.TOO_FEW,
        (9, 10, 10): Verdict.REACHED,
        (8, 10, 10): Verdict.MISSED,
    }
    assert {case: judge(case[0], case[1], 90, case[2]) for case in cases} == cases
    assert together([Verdict.REACHED, Verdict.TOO_FEW, Verdict.MISSED]) is Verdict.MISSED
    assert together([Verdict.REACHED, Verdict.TOO_FEW]) is Verdict.TOO_FEW
    assert together([Verdict.REACHED]) is Verdict.REACHED
    assert together([]) is Verdict.TOO_FEW


def test_the_interval_is_wilsons() -> None:
    assert wilson(0, 0) is None
    known = {
        (9, 10): (0.5958, 0.9821),
        (90, 100): (0.8256, 0.9448),
        (0, 10): (0.0, 0.2775),
        (10, 10): (0.7225, 1),
    }
    for (count, answers), (low, high) in known.items():
        found = wilson(count, answers)
        assert found is not None
        assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_the_interval_covers_a_known_share_about_as_often_as_it_says() -> None:
    draw = random.Random(20261130)
    for share, answers in ((0.9, 40), (0.5, 30), (0.97, 120)):
        covered = 0
        for _ in range(2000):
            found = wilson(sum(draw.random() < share for _ in range(answers)), answers)
            assert found is not None
            covered += found[0] <= share <= found[1]
        assert 0.92 <= covered / 2000 <= 0.98, (share, answers, covered)


def test_a_span_is_named_as_people_name_it() -> None:
    seen = {
        "2026-11": (date(2026, 11, 1), date(2026, 11, 30)),
        "2026-12": (date(2026, 12, 1), date(2026, 12, 31)),
        "2024-02": (date(2024, 2, 1), date(2024, 2, 29)),
        "2026-q4": (date(2026, 10, 1), date(2026, 12, 31)),
        "2026-W48": (date(2026, 11, 23), date(2026, 11, 29)),
        "2026-W53": (date(2026, 12, 28), date(2027, 1, 3)),
        "2026": (date(2026, 1, 1), date(2026, 12, 31)),
    }
    for name, (first, last) in seen.items():
        span = spans.read(name)
        assert span is not None, name
        assert (span.first, span.last) == (first, last)
    odd = (
        "",
        "2026-13",
        "2026-00",
        "2026-W54",
        "2025-W53",
        "11/2026",
        "2026-11-01",
        "٢٠٢٦-11",
        "nháp",
        "2026-Q5",
    )
    assert [name for name in odd if spans.read(name) is not None] == []
    half = spans.read("2026-06")
    assert half is not None
    assert (half.year_to_date().first, half.year_to_date().last) == (date(2026, 1, 1), date(2026, 6, 30))
