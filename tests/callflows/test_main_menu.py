"""The greeting and the main menu."""

from dataclasses import replace
from datetime import datetime

import pytest

from callflows.atlas import example_office
from callflows.office import LineState
from callflows.vocabulary import Digits, Each, Hours, Plain, Purpose, When
from tests.callflows.reader import Reader

OPENING = datetime.fromisoformat("2026-11-26T08:00:00+07:00")
CLOSED: tuple[LineState, ...] = ("before", "lunch", "after", "weekend", "holiday", "closure")


def test_an_open_line_greets_by_name_says_when_it_records_and_reads_the_menu() -> None:
    reader = Reader()
    assert reader.said == ["greeting_open", "recording_notice", "menu"]
    assert reader.words("greeting_open") == {"office": Plain("xã Mẫu")}


@pytest.mark.row("000-01")
@pytest.mark.parametrize(
    ("key", "purpose", "to"),
    [
        ("1", "guidance", "guidance"),
        ("2", "complaint", "complaint.type"),
        ("3", "status", "status.code"),
        ("4", "rating", "rating.question"),
        ("0", "clerk", "transfer.ringing"),
    ],
)
def test_every_key_of_the_menu_leads_to_its_dialogue_with_its_purpose(
    key: str, purpose: str, to: str
) -> None:
    reader = Reader().press(key)
    assert reader.at == to
    assert [fact.name for fact in reader.facts(Purpose)] == [purpose]


@pytest.mark.row("000-12")
@pytest.mark.parametrize("state", CLOSED)
def test_a_closed_line_gives_one_reason_and_the_next_opening_before_the_menu(state: LineState) -> None:
    office = replace(example_office(state), reason="bão số chín")
    reader = Reader(office)
    assert [key for key in reader.said if key.startswith(("closed_", "greeting_"))] == [f"closed_{state}"]
    assert reader.said.index(f"closed_{state}") < reader.said.index("next_opening")
    assert reader.said[-1] == "menu_closed"
    assert reader.words("next_opening") == {"opening": When(OPENING, office.today)}
    assert reader.words(f"closed_{state}")["reason"] == Plain("bão số chín")
    assert reader.words(f"closed_{state}")["hours"] == Hours(office.windows)


def test_a_line_closed_until_further_notice_does_not_invent_an_opening() -> None:
    reader = Reader(replace(example_office("closure"), next_opening=None))
    assert "next_opening_unknown" in reader.said
    assert "next_opening" not in reader.said


@pytest.mark.parametrize("state", [state for state in CLOSED if state != "lunch"])
def test_out_of_hours_the_emergency_numbers_are_read_digit_by_digit(state: LineState) -> None:
    numbers = Reader(example_office(state)).words("emergency_line")["numbers"]
    row = (("purpose", Plain("police")), ("number", Digits("113")))
    assert numbers == Each("emergency_number", (row,))


def test_at_lunch_nobody_has_to_listen_to_emergency_numbers() -> None:
    assert "emergency_line" not in Reader(example_office("lunch")).said


def test_an_office_without_emergency_numbers_does_not_announce_any() -> None:
    assert "emergency_line" not in Reader(replace(example_office("after"), emergencies=())).said


@pytest.mark.parametrize("key", ["2", "3", "4", "1"])
def test_out_of_hours_everything_but_the_clerk_works_as_in_hours(key: str) -> None:
    assert Reader(example_office("after")).press(key).at == Reader().press(key).at


def test_out_of_hours_zero_promises_a_call_back_at_once_as_the_menu_says() -> None:
    reader = Reader(example_office("after")).press("0")
    assert reader.said == ["callback_confirm"]
    assert [fact.name for fact in reader.facts(Purpose)] == ["clerk"]


def test_the_line_may_open_while_a_caller_still_listens() -> None:
    reader = Reader(example_office("before"))
    reader.office = example_office("open")
    assert reader.press("9").said == ["menu"]
    assert reader.press("0").at == "transfer.ringing"
