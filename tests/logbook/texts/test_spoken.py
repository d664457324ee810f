"""Numbers, dates and times spelled for the ear, in Vietnamese and in English."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logbook.clock import ZONE
from logbook.texts.spoken import SPELLERS, English, Speller, Vietnamese

VI, EN = Vietnamese(), English()
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "không"),
        (1, "một"),
        (4, "bốn"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi bốn"),
        (25, "hai mươi lăm"),
        (91, "chín mươi mốt"),
        (100, "một trăm"),
        (101, "một trăm linh một"),
        (105, "một trăm linh năm"),
        (110, "một trăm mười"),
        (115, "một trăm mười lăm"),
        (121, "một trăm hai mươi mốt"),
        (1000, "một nghìn"),
        (1005, "một nghìn không trăm linh năm"),
        (1021, "một nghìn không trăm hai mươi mốt"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (9999, "chín nghìn chín trăm chín mươi chín"),
    ],
)
def test_vietnamese_numbers_are_read_as_people_say_them(value: int, words: str) -> None:
    assert VI.number(value) == words


UNITS = {word: value for value, word in enumerate(Vietnamese.ONES)} | {"mốt": 1, "lăm": 5}


def read_back(words: str) -> int:
    """The number a listener understands, word by word."""
    total = pending = 0
    for word in words.split():
        match word:
            case "nghìn":
                total, pending = total + pending * 1000, 0
            case "trăm":
                total, pending = total + pending * 100, 0
            case "mươi":
                total, pending = total + pending * 10, 0
            case "mười":
                total, pending = total + 10, 0
            case "linh":
                pending = 0
            case _:
                pending = UNITS[word]
    return total + pending


def test_a_listener_understands_every_vietnamese_number_as_it_was_meant() -> None:
    assert [read_back(VI.number(value)) for value in range(10_000)] == list(range(10_000))


@pytest.mark.parametrize("speller", SPELLERS.values())
@pytest.mark.parametrize("value", [-1, 10_000])
def test_numbers_nobody_spells_are_refused(speller: Speller, value: int) -> None:
    with pytest.raises(ValueError, match="not spelled"):
        speller.number(value)


def test_small_english_numbers_are_words_and_large_ones_are_left_to_the_voice() -> None:
    assert [EN.number(value) for value in (0, 3, 9, 10, 250)] == ["zero", "three", "nine", "10", "250"]


def test_a_code_is_read_digit_by_digit_in_two_groups() -> None:
    assert VI.digits("004217", 3) == "không không bốn, hai một bảy"
    assert EN.digits("004217", 3) == "zero zero four, two one seven"


def test_a_pin_is_read_in_one_group_and_a_number_keeps_its_rest() -> None:
    assert VI.digits("1050", 4) == "một không năm không"
    assert VI.digits("0912345678", 3) == "không chín một, hai ba bốn, năm sáu bảy, tám"


@given(st.text("0123456789", min_size=1, max_size=12), st.integers(1, 6))
def test_no_digit_is_lost_or_moved_in_any_language(digits: str, group: int) -> None:
    for speller, ones in ((VI, VI.ONES), (EN, EN.ONES)):
        spoken = speller.digits(digits, group)
        assert "".join(str(ones.index(word)) for word in spoken.replace(",", "").split()) == digits
        assert max(len(part.split()) for part in spoken.split(",")) <= group


@pytest.mark.parametrize(
    ("day", "vietnamese", "english"),
    [
        (date(2026, 3, 5), "ngày năm tháng ba", "5 March"),
        (date(2026, 4, 30), "ngày ba mươi tháng tư", "30 April"),
        (date(2026, 4, 4), "ngày bốn tháng tư", "4 April"),
        (date(2026, 1, 1), "ngày một tháng một", "1 January"),
        (date(2026, 11, 25), "ngày hai mươi lăm tháng mười một", "25 November"),
        (date(2028, 2, 29), "ngày hai mươi chín tháng hai", "29 February"),
    ],
)
def test_days_are_read_with_their_month(day: date, vietnamese: str, english: str) -> None:
    assert VI.day(day) == vietnamese
    assert EN.day(day) == english


@pytest.mark.parametrize(
    ("moment", "vietnamese", "english"),
    [
        ("2026-11-25T14:00", "mười bốn giờ hôm nay", "14:00 today"),
        (
            "2026-11-26T08:00",
            "tám giờ ngày mai, thứ năm, ngày hai mươi sáu tháng mười một",
            "8:00 tomorrow, Thursday 26 November",
        ),
        (
            "2026-11-30T07:30",
            "bảy giờ ba mươi phút, thứ hai, ngày ba mươi tháng mười một",
            "7:30 on Monday 30 November",
        ),
        (
            "2026-11-29T08:05",
            "tám giờ năm phút, chủ nhật, ngày hai mươi chín tháng mười một",
            "8:05 on Sunday 29 November",
        ),
    ],
)
def test_a_coming_moment_is_told_from_today(moment: str, vietnamese: str, english: str) -> None:
    then = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    assert VI.moment(then, WEDNESDAY) == vietnamese
    assert EN.moment(then, WEDNESDAY) == english


def test_new_years_day_is_tomorrow_on_the_last_of_december() -> None:
    then = datetime(2027, 1, 1, 8, 0, tzinfo=ZONE)
    assert VI.moment(then, date(2026, 12, 31)) == "tám giờ ngày mai, thứ sáu, ngày một tháng một"


@pytest.mark.row("000-12")
def test_the_hours_of_the_line_name_the_part_of_the_day() -> None:
    windows = [(8 * 60, 11 * 60), (14 * 60, 16 * 60 + 30)]
    assert VI.hours(windows) == (
        "buổi sáng từ tám giờ đến mười một giờ, buổi chiều từ mười bốn giờ đến mười sáu giờ ba mươi phút"
    )
    assert EN.hours(windows) == "8:00 to 11:00 and 14:00 to 16:30"


def test_noon_belongs_to_the_afternoon() -> None:
    assert VI.hours([(719, 720)]).startswith("buổi sáng")
    assert VI.hours([(720, 721)]).startswith("buổi chiều")


@pytest.mark.row("B-18")
def test_a_length_of_time_is_told_exactly_and_never_as_nothing() -> None:
    seen = {
        1: ("một giây", "one second"),
        30: ("ba mươi giây", "30 seconds"),
        45: ("bốn mươi lăm giây", "45 seconds"),
        60: ("một phút", "one minute"),
        90: ("một phút ba mươi giây", "one minute and 30 seconds"),
        180: ("ba phút", "three minutes"),
        3600: ("một giờ", "one hour"),
        3661: ("một giờ một phút một giây", "one hour and one minute and one second"),
    }
    assert {seconds: (VI.span(seconds), EN.span(seconds)) for seconds in seen} == seen
    for nothing in (0, -1, 90_000):
        with pytest.raises(ValueError, match="not told"):
            VI.span(nothing)
