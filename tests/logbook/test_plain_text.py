"""Words from outside: what remains is storable everywhere and still what was meant."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logbook.plain_text import plain_text, small_number


@given(st.text(st.characters()), st.integers(0, 50))
def test_whatever_comes_in_is_short_enough_encodable_and_free_of_controls(value: str, limit: int) -> None:
    text = plain_text(value, limit)
    assert len(text) <= limit
    text.encode()
    assert not any(unicodedata.category(letter) == "Cc" and letter not in "\n\t" for letter in text)
    assert plain_text(text, limit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\x00b\x0b\x1b[31mc\ud800", "ab[31mc"),
        ("Tiê\u0301ng\tViệt\n", "Tiếng\tViệt\n"),
        ("Ti\ud800e\ud800\u0302\x00\u0301ng", "Tiếng"),
        ("Đại Lãnh\r\n", "Đại Lãnh\n"),
    ],
)
def test_words_stay_and_controls_go(value: str, text: str) -> None:
    assert plain_text(value, 100) == text


def test_numbers_fit_every_database() -> None:
    assert [small_number(value) for value in (None, -1, 7, 2**63)] == [None, 0, 7, 2**31 - 1]
