"""Telephone numbers: read without ever failing, kept in E.164, shown as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logbook.numbers import RAW_LIMIT, callable_in_vietnam, dotted, masked, parse


@pytest.mark.row("000-11")
@pytest.mark.parametrize(
    "raw",
    ["02583842102", "0258.3842.102", "+842583842102", "842583842102", "+84 258 384 2102", " 84 2583842102"],
)
def test_the_hotlines_number_is_known_however_it_is_written(raw: str) -> None:
    number = parse(raw)
    assert (number.e164, number.hidden) == ("+842583842102", False)
    assert dotted("+842583842102") == "0258.3842.102"


def test_a_number_of_the_old_area_code_is_not_repaired_into_a_landline() -> None:
    assert parse("0583842102").e164 == "+84583842102"


@pytest.mark.parametrize(
    "raw",
    [
        "anonymous", "Anonymous", "+266696687", "+7378742833", "+86282452253", "client:bob",
        "client:0912345678",
        "sip:0912345678@example.vn", "", "  ", "\x00\x01", None, 5, "Restricted", "unknown",
    ],
)  # fmt: skip
def test_a_withheld_caller_has_no_number_but_keeps_the_raw_text(raw: object) -> None:
    number = parse(raw)
    assert (number.e164, number.hidden) == (None, True)
    assert number.raw == (raw.strip().strip("\x00\x01") if isinstance(raw, str) else "")


@pytest.mark.parametrize("raw", ["01682345678", "113", "12", "+84", "999999999999999999"])
def test_a_bad_number_is_kept_as_it_came_and_is_not_called_withheld(raw: str) -> None:
    number = parse(raw)
    assert (number.raw, number.e164, number.hidden) == (raw, None, False)


def test_control_characters_and_endless_text_do_not_get_in() -> None:
    number = parse("09\x0012\n345\u202e678")
    assert (number.raw, number.e164) == ("0912345678", "+84912345678")
    assert len(parse("9" * 10_000).raw) == RAW_LIMIT
    assert parse("\ud800abc").raw == "abc"


@given(st.text(max_size=200))
def test_no_text_whatever_makes_reading_fail(raw: str) -> None:
    number = parse(raw)
    assert len(number.raw) <= RAW_LIMIT
    number.raw.encode("utf-8")
    assert number.raw.isprintable() or any(sign.isspace() for sign in number.raw)
    assert number.e164 is None or number.e164[1:].isdecimal()


@pytest.mark.row("T-13")
@pytest.mark.parametrize(
    "raw",
    ["19001234", "18001091", "113", "114", "115", "069123456", "+12125550100", "+8613800138000", "anonymous",
     "02583842102;ext=5", "0258 3842 102 ext. 5", "0912345678,,1", "+882123456789", "1022"],
)  # fmt: skip
def test_only_vietnamese_landlines_and_mobiles_may_be_dialled(raw: str) -> None:
    assert callable_in_vietnam(raw) is None


def test_landlines_and_mobiles_may_be_dialled() -> None:
    assert callable_in_vietnam("0912 345 678") == "+84912345678"
    assert callable_in_vietnam("024 3825 1234") == "+842438251234"


def test_numbers_are_shown_dotted_and_masked() -> None:
    assert dotted("+84912345678") == "0912.345.678"
    assert dotted("+842438251234") == "024.3825.1234"
    assert dotted("+12125550100") == "+12125550100"
    assert dotted("+8419001234") == "019001234"
    assert masked("+84912345678") == "0912••••••"
    assert masked("+842583842102") == "0258••••••"
    assert masked("12345") == "••••••"
