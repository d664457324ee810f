"""Before, lunch, after, week-end, holiday, make-up day, storm: one message, and the next opening in words."""

import re
from datetime import datetime

import pytest

from logbook.calendar import closures
from logbook.database.tables import callbacks
from tests.journeys.town import Town, complain
from tests.people import FARMER, NIGHT

EDGES = [
    ("2026-11-25T07:59:59+07:00", "before"),
    ("2026-11-25T08:00:00+07:00", "open"),
    ("2026-11-25T10:59:59+07:00", "open"),
    ("2026-11-25T11:00:00+07:00", "lunch"),
    ("2026-11-25T13:59:59+07:00", "lunch"),
    ("2026-11-25T14:00:00+07:00", "open"),
    ("2026-11-25T16:29:59+07:00", "open"),
    ("2026-11-25T16:30:00+07:00", "after"),
    ("2026-11-28T09:00:00+07:00", "weekend"),
    ("2026-11-29T09:00:00+07:00", "weekend"),
]
NEXT = [
    ("2026-11-25T07:10:00+07:00", "tám giờ hôm nay"),
    ("2026-11-25T12:00:00+07:00", "mười bốn giờ hôm nay"),
    ("2026-11-25T23:59:59+07:00", "tám giờ ngày mai, thứ năm, ngày hai mươi sáu tháng mười một"),
    ("2026-11-26T00:00:00+07:00", "tám giờ hôm nay"),
    ("2026-11-27T17:00:00+07:00", "tám giờ, thứ hai, ngày ba mươi tháng mười một"),
    ("2026-11-28T09:00:00+07:00", "tám giờ, thứ hai, ngày ba mươi tháng mười một"),
    ("2026-02-17T09:00:00+07:00", "tám giờ, thứ hai, ngày hai mươi ba tháng hai"),
    ("2026-01-02T09:00:00+07:00", "tám giờ, thứ hai, ngày năm tháng một"),
]


@pytest.mark.row("000-12")
@pytest.mark.parametrize(("moment", "state"), EDGES)
def test_at_every_edge_of_the_day_exactly_one_message_is_heard(town: Town, moment: str, state: str) -> None:
    town.clock.set(moment)
    keys = town.keys(town.ring().heard)
    expected = "greeting_open" if state == "open" else f"closed_{state}"
    assert [key for key in keys if key.startswith(("greeting_", "closed_"))] == [expected]
    assert keys[-1] == ("menu" if state == "open" else "menu_closed")


@pytest.mark.row("000-12")
@pytest.mark.parametrize(("moment", "words"), NEXT)
def test_the_next_opening_is_named_in_words(town: Town, moment: str, words: str) -> None:
    town.clock.set(moment)
    heard = town.ring().heard
    assert town.texts.sentence("next_opening", {"opening": words}) in heard
    assert not re.search(r"\d", " ".join(heard))


@pytest.mark.row("000-12")
@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-02-17T09:00:00+07:00", "Tết Nguyên đán"),
        ("2026-09-02T09:00:00+07:00", "Quốc khánh"),
        ("2026-01-02T09:00:00+07:00", "Tết Dương lịch"),
        ("2026-02-17T23:00:00+07:00", "Tết Nguyên đán"),
    ],
)
def test_a_holiday_is_called_by_its_name(town: Town, moment: str, name: str) -> None:
    town.clock.set(moment)
    caller = town.ring()
    assert town.keys(caller.heard)[0] == "closed_holiday"
    assert name in caller.heard[0]


@pytest.mark.row("000-12")
@pytest.mark.parametrize("moment", ["2026-08-22T09:00:00+07:00", "2026-01-10T15:00:00+07:00"])
def test_a_make_up_saturday_is_open_and_somebody_answers(town: Town, moment: str) -> None:
    town.clock.set(moment)
    caller = town.ring()
    assert town.keys(caller.heard)[0] == "greeting_open"
    caller.press("0").clerk_answers()
    assert town.keys(caller.just_heard) == ["rating_offer"]


@pytest.mark.row("000-12")
def test_a_storm_closes_the_line_with_its_reason_and_its_own_end(town: Town) -> None:
    with town.database.writing() as conn:
        closures.close_line(
            conn,
            datetime.fromisoformat("2026-11-25T09:00:00+07:00"),
            datetime.fromisoformat("2026-11-26T14:00:00+07:00"),
            "bão số mười lăm",
            "an",
            town.clock.now(),
        )
    caller = town.ring()
    assert town.keys(caller.heard)[:2] == ["closed_closure", "next_opening"]
    assert "bão số mười lăm" in caller.heard[0]
    assert "mười bốn giờ ngày mai" in caller.heard[1]
    caller.press("0")
    assert caller.line.rung == []
    town.clock.set("2026-11-26T14:00:00+07:00")
    assert town.keys(town.ring().heard)[0] == "greeting_open"


@pytest.mark.row("000-12")
def test_a_line_closed_until_further_notice_promises_no_time_and_opens_when_reopened(town: Town) -> None:
    with town.database.writing() as conn:
        closures.close_line(conn, town.clock.now(), None, "mất điện", "an", town.clock.now())
    assert "next_opening_unknown" in town.keys(town.ring().heard)
    with town.database.writing() as conn:
        closures.reopen_line(conn, town.clock.now())
    town.clock.set("2026-11-25T09:20:00+07:00")
    assert town.keys(town.ring().heard)[0] == "greeting_open"


def test_at_night_the_emergency_numbers_are_spoken_digit_by_digit(town: Town) -> None:
    town.clock.set(NIGHT)
    heard = " ".join(town.ring().heard)
    assert "an ninh trật tự, xin gọi một một ba." in heard
    assert "Cháy nổ, cứu nạn, xin gọi một một bốn." in heard
    assert "Cấp cứu y tế, xin gọi một một năm." in heard


@pytest.mark.row("000-12")
def test_at_night_a_complaint_is_taken_as_by_day(town: Town) -> None:
    town.clock.set(NIGHT)
    caller = complain(town.ring())
    assert town.spoken(town.ticket(caller).code) in caller.just_heard[0]


@pytest.mark.row("000-12")
def test_at_night_status_and_rating_work_as_by_day(town: Town) -> None:
    code = town.ticket(complain(town.ring()).hang_up()).code
    town.clock.set(NIGHT)
    caller = town.ring().press("3").press(code).press(FARMER[-4:])
    assert town.keys(caller.just_heard) == ["status_result", "status_after"]
    caller = town.ring().press("4").press("5").hang_up()
    response = town.response(caller)
    assert response is not None
    assert response.ratings == {"tc1": 5}


@pytest.mark.row("000-12")
def test_at_night_nobody_is_rung_and_the_caller_is_called_back(town: Town) -> None:
    town.clock.set(NIGHT)
    caller = town.ring().press("0")
    assert town.keys(caller.just_heard) == ["callback_confirm"]
    caller.hang_up()
    (owed,) = town.rows(callbacks, caller)
    assert (owed.number, owed.reason) == (FARMER, "asked")
    assert caller.line.rung == []


@pytest.mark.row("000-12")
def test_the_line_closing_in_the_middle_of_a_call_finishes_what_was_begun(town: Town) -> None:
    town.clock.set("2026-11-25T10:59:00+07:00")
    caller = town.ring().press("2").press("1").press("1")
    town.clock.set("2026-11-25T11:01:00+07:00")
    caller.speak().press("1")
    assert len(town.tickets(caller)) == 1
    assert any("Để được gọi lại, xin bấm phím không" in heard for heard in caller.just_heard)
    assert town.keys(caller.press("0").just_heard) == ["callback_confirm"]
