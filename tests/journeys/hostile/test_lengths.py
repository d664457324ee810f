"""Lengths of time and counts as the caller hears them (B-18)."""

from dataclasses import replace

import pytest

from tests.journeys.town import Town, complain


@pytest.mark.row("B-18")
@pytest.mark.parametrize(
    ("seconds", "said"),
    [(45, "bốn mươi lăm giây"), (90, "một phút ba mươi giây"), (180, "ba phút")],
)
def test_the_longest_recording_is_told_exactly(town: Town, seconds: int, said: str) -> None:
    complaint = town.settings.complaint.model_copy(update={"max_seconds": seconds})
    town.settings = replace(town.settings, complaint=complaint)
    town.open()
    caller = town.ring().press("2").press("1").press("1")
    assert f"Thời gian tối đa là {said}." in caller.just_heard[0]


@pytest.mark.row("B-18")
def test_one_of_something_is_told_in_the_singular_in_english(town: Town) -> None:
    one = {"criteria": town.settings.ratings.criteria[:1], "version": 99}
    ratings = town.settings.ratings.model_copy(update=one)
    complaint = town.settings.complaint.model_copy(update={"notice_days": 1})
    line = town.settings.line.model_copy(update={"language": "en"})
    town.settings = replace(town.settings, complaint=complaint, line=line, ratings=ratings)
    town.open()
    assert "within one working day at most" in complain(town.ring()).just_heard[0]
    assert "to answer one question." in town.ring().press("4").just_heard[0]
