"""Signs of stuffing in populations whose fraud is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from logbook.clock import ZONE
from logbook.ratings import stuffing
from logbook.ratings.stuffing import StuffingKind, StuffingSign, SurveyAnswer

INSTRUMENTS = {
    "hotline": ("dai-lanh-5", 1, 5),
    "paper": ("thuong-lo-5", 1, 5),
    "qr": ("van-gia-qr", 1, 3),
    "qr_open": ("van-gia-qr", 1, 3),
}
PER_DAY = {"hotline": 6, "paper": 25, "qr": 20, "qr_open": 2}
CLERKS = ("Nguyễn Văn An", "Trần Thị Bình")
MORNING = datetime(2026, 11, 2, 8, tzinfo=ZONE)


class Town:
    """A commune whose citizens answer as people do: many are satisfied with everything alike."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.count = 0

    def marks(self, many: int) -> tuple[int | None, ...]:
        usual = self.chance.choice((5, 5, 5, 4, 4, 3, 2))
        if self.chance.random() < 0.55:
            return (usual,) * many
        drawn = (min(5, max(1, usual + self.chance.choice((-1, 0, 0, 1)))) for _ in range(many))
        return tuple(None if self.chance.random() < 0.03 else mark for mark in drawn)

    def answer(
        self, channel: str, at: datetime, marks: tuple[int | None, ...] | None = None, by: str = ""
    ) -> SurveyAnswer:
        self.count += 1
        key, version, many = INSTRUMENTS[channel]
        source = "keyboard" if channel == "paper" else ""
        said = self.marks(many) if marks is None else marks
        return SurveyAnswer(self.count, at, (key, version), channel, said, source, by)

    def days(self, first: datetime, count: int) -> list[SurveyAnswer]:
        """Working days; citizens come in the morning twice as often, slips are keyed in one go at the end."""
        found: list[SurveyAnswer] = []
        for day in (first + timedelta(days=number) for number in range(count)):
            if day.weekday() > 4:
                continue
            for channel, per_day in PER_DAY.items():
                for number in range(self.chance.randrange(per_day + 1) + per_day // 2):
                    hours = self.chance.choice((0, 0, 5)) + self.chance.random() * 3
                    at, by = day + timedelta(hours=hours), ""
                    if channel == "paper":
                        at, by = day + timedelta(hours=8.5, seconds=8 * number), CLERKS[day.day % 2]
                    found.append(self.answer(channel, at, by=by))
        return found


def month(seed: int) -> tuple[Town, list[SurveyAnswer], list[SurveyAnswer]]:
    town = Town(seed)
    before = town.days(MORNING - timedelta(days=91), 89)
    return town, town.days(MORNING, 28), before


def of_kind(signs: list[StuffingSign], kind: StuffingKind) -> list[StuffingSign]:
    return [one for one in signs if one.kind is kind]


@pytest.mark.row("T-19")
def test_an_honest_month_shows_no_sign_in_twenty_towns() -> None:
    found = {}
    for seed in range(20):
        _, now, before = month(seed)
        assert len(now) > 600
        if signs := stuffing.signs(now, before):
            found[seed] = [(one.kind, len(one.cases)) for one in signs]
    assert found == {}


@pytest.mark.row("T-19")
def test_planted_fraud_is_found_with_exactly_its_answers() -> None:
    town, now, before = month(7)
    noon = MORNING + timedelta(days=9, hours=4)
    burst = [town.answer("qr", noon + timedelta(seconds=9 * number)) for number in range(25)]
    open_burst = [town.answer("qr_open", noon + timedelta(seconds=20 * number)) for number in range(12)]
    evening = MORNING + timedelta(days=10, hours=10)
    streak = [
        town.answer("paper", evening + timedelta(seconds=number), (5, 4, 5, 5, 4), CLERKS[0])
        for number in range(10)
    ]
    token = town.answer("qr", MORNING + timedelta(days=3, hours=4, minutes=7), (5, 5, 5))
    earlier = tuple((token.at + timedelta(hours=hour), (hour, 3, 3)) for hour in (1, 2, 3))
    changed = SurveyAnswer(token.response_id, token.at, token.instrument, "qr", token.marks, earlier=earlier)
    signs = stuffing.signs([*now, *burst, *open_burst, *streak, changed], before)
    assert [one.kind for one in signs] == [
        StuffingKind.BURST,
        StuffingKind.BURST,
        StuffingKind.STREAK,
        StuffingKind.REPLACED,
    ]
    planted = {one.response_id for one in burst}
    shown = {one.response_id for one in signs[0].cases}
    assert planted <= shown
    assert len(shown - planted) <= 3  # honest ones who came in the same minutes
    assert {one.response_id for one in open_burst} <= {one.response_id for one in signs[1].cases}
    assert signs[0].minutes <= 20
    assert [one.response_id for one in signs[2].cases] == [one.response_id for one in streak]
    assert [one.marks for one in signs[3].cases] == [(1, 3, 3), (2, 3, 3), (3, 3, 3), (5, 5, 5)]
    assert [one.was_replaced for one in signs[3].cases] == [True, True, True, False]


@pytest.mark.row("T-19")
def test_more_straight_lines_than_usual_are_a_sign_and_a_first_month_has_nothing_to_compare() -> None:
    town, now, before = month(11)
    at = MORNING + timedelta(days=1, hours=1)
    planted = [town.answer("hotline", at + timedelta(hours=5 * number), (5,) * 5) for number in range(90)]
    signs = stuffing.signs([*now, *planted], before)
    assert [(one.kind, one.cases[0].channel) for one in signs] == [(StuffingKind.STRAIGHT, "hotline")]
    shown = {one.response_id for one in signs[0].cases}
    assert {one.response_id for one in planted} <= shown
    assert all(one.is_straight for one in signs[0].cases)
    asked = [one for one in [*now, *planted] if one.channel == "hotline"]
    assert signs[0].total == len(asked)
    usual = [one for one in before if one.channel == "hotline"]
    assert signs[0].usual == sum(len({*one.marks} - {None}) == 1 for one in usual) / len(usual)
    assert stuffing.signs([*now, *planted], []) == []


@pytest.mark.row("T-19")
def test_two_bursts_hours_apart_are_two_signs_and_a_busy_office_is_none() -> None:
    town = Town(1)
    first = [town.answer("qr", MORNING + timedelta(seconds=10 * number)) for number in range(20)]
    second = [town.answer("qr", MORNING + timedelta(hours=5, seconds=10 * number)) for number in range(20)]
    assert [len(one.cases) for one in stuffing.signs([*first, *second], [])] == [20, 20]
    busy = [
        town.answer("qr", MORNING + timedelta(days=day, seconds=60 * number))
        for day in range(20)
        for number in range(480)
    ]
    assert of_kind(stuffing.signs(busy, []), StuffingKind.BURST) == []
    assert stuffing.signs([], []) == []


@pytest.mark.row("T-19")
def test_what_is_all_the_same_everywhere_is_no_streak_and_ten_of_one_kind_with_nothing_else_are() -> None:
    town = Town(2)
    fives = [
        town.answer("paper", MORNING + timedelta(seconds=number), (5,) * 5, CLERKS[number % 2])
        for number in range(200)
    ]
    assert of_kind(stuffing.signs(fives[:40], fives[40:]), StuffingKind.STREAK) == []
    alone = [
        town.answer("paper", MORNING + timedelta(seconds=number), (5, 4, 3, 4, 5), "") for number in range(12)
    ]
    assert [len(one.cases) for one in of_kind(stuffing.signs(alone, []), StuffingKind.STREAK)] == [12]
