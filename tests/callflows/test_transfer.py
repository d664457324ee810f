"""Through to the clerk on duty."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from callflows.atlas import example_office
from callflows.office import LineState, Office
from callflows.vocabulary import (
    CallbackOwed,
    CallbackSettled,
    Ended,
    LegOver,
    Purpose,
    Rang,
    Ring,
    Silence,
    When,
)
from tests.callflows.reader import Reader

OPENING = datetime.fromisoformat("2026-11-26T08:00:00+07:00")
OFFICE = replace(example_office(), ring_seconds=20, talk_seconds=900)
NOBODY = example_office(clerks=0)
HIDDEN = example_office(caller_known=False)


def ringing(office: Office = OFFICE) -> Reader:
    return Reader(office).press("0")


@pytest.mark.row("000-10")
def test_the_first_on_duty_is_rung_for_as_long_as_the_office_says() -> None:
    reader = ringing()
    first = OFFICE.clerks[0]
    assert reader.said == ["connect_clerk"]
    assert reader.turn.awaits == Ring(first.person, first.number, 20, 900)
    assert reader.facts(Rang) == [Rang(first.person, first.number)]


@pytest.mark.row("000-10")
@pytest.mark.parametrize("outcome", ["busy", "no-answer", "failed", "canceled"])
def test_the_next_is_rung_when_the_first_cannot_be_reached(outcome: str) -> None:
    reader = ringing().clerk(outcome)  # type: ignore[arg-type]
    assert reader.said == ["connect_next"]
    assert [fact.person for fact in reader.facts(Rang)] == ["clerk0", "clerk1"]
    assert reader.facts(LegOver) == [LegOver(outcome, 0)]


def test_after_the_last_the_call_is_owed_and_the_caller_chooses() -> None:
    reader = ringing().clerk("busy").clerk("no-answer")
    assert reader.said == ["clerk_unavailable"]
    assert reader.facts(CallbackOwed) == [CallbackOwed("missed")]
    assert len(reader.facts(LegOver)) == 2


@pytest.mark.parametrize(
    ("key", "to"),
    [("1", "transfer.ringing"), ("0", "transfer.ringing"), ("2", "callback"), ("3", "complaint.type")],
)
def test_who_reached_nobody_may_try_again_be_called_back_or_leave_a_complaint(key: str, to: str) -> None:
    assert ringing().clerk("busy").clerk("busy").press(key).at == to


def test_trying_again_begins_with_the_first_person() -> None:
    reader = ringing().clerk("busy").clerk("busy").press("1")
    assert [fact.person for fact in reader.facts(Rang)] == ["clerk0", "clerk1", "clerk0"]


def test_with_nobody_on_the_roster_the_clerk_is_not_offered_and_zero_is_a_call_back() -> None:
    reader = Reader(NOBODY)
    assert reader.said == ["greeting_open", "recording_notice", "clerk_none", "menu_closed"]
    assert reader.press("0").said == ["callback_confirm"]
    assert reader.facts(Rang) == []
    assert reader.hang_up().facts(CallbackOwed) == [CallbackOwed("asked")]


@pytest.mark.row("B-06")
def test_whoever_was_offered_a_clerk_who_has_left_since_is_noted_without_ringing() -> None:
    reader = Reader(OFFICE)
    reader.office = NOBODY
    assert reader.press("0").said == ["clerk_nobody"]
    assert reader.facts(CallbackOwed) == [CallbackOwed("missed")]
    assert reader.press("1").said == ["invalid_key", "clerk_nobody"]


def test_a_talk_settles_what_was_owed_and_offers_the_rating() -> None:
    reader = ringing().clerk("busy").clerk("busy").press("1").clerk("completed")
    assert reader.facts(CallbackSettled) == [CallbackSettled()]
    assert reader.said == ["rating_offer"]


def test_a_caller_who_hangs_up_after_the_talk_is_owed_nothing() -> None:
    reader = ringing().clerk("completed", hung_up=True).hang_up()
    assert reader.facts(CallbackOwed) == []
    assert reader.facts(CallbackSettled) == [CallbackSettled()]


def test_hanging_up_while_it_rings_is_a_missed_call_to_return() -> None:
    reader = ringing().clerk("canceled", hung_up=True)
    assert reader.over
    assert reader.learnt[-3:] == [LegOver("canceled", 0), CallbackOwed("missed"), Ended("hung_up")]


def test_hanging_up_while_it_rings_may_turn_out_to_have_been_a_talk() -> None:
    reader = ringing().hang_up()
    assert reader.facts(CallbackOwed) == [CallbackOwed("missed")]
    reader.clerk("completed", hung_up=True)
    assert reader.facts(CallbackSettled) == [CallbackSettled()]
    assert reader.facts(LegOver) == [LegOver("completed", 60)]


def test_late_news_that_nobody_was_reached_leaves_the_call_owed() -> None:
    reader = ringing().hang_up().clerk("no-answer", hung_up=True)
    assert reader.facts(CallbackSettled) == []
    assert reader.facts(LegOver) == [LegOver("no-answer", 0)]
    assert ringing().hang_up().hear(Silence()).at == "transfer.left"


def test_a_withheld_number_is_not_promised_what_cannot_be_kept() -> None:
    reader = ringing(HIDDEN).clerk("busy").clerk("busy")
    assert reader.said == ["clerk_unavailable_hidden"]
    assert reader.be_silent(3).said == ["call_again_in_hours", "goodbye"]
    assert reader.facts(CallbackOwed) == []


def test_silence_after_nobody_was_reached_ends_with_the_promise_already_made() -> None:
    reader = ringing().clerk("busy").clerk("busy").be_silent(3)
    assert reader.said == ["callback_missed", "goodbye"]
    assert set(reader.facts(CallbackOwed)) == {CallbackOwed("missed")}


def closing(state: LineState = "lunch", **more: Any) -> Reader:
    """Somebody who was offered the clerk, and presses zero when the line has closed."""
    reader = Reader(OFFICE)
    reader.office = replace(example_office(state), **more)
    return reader.press("0")


@pytest.mark.row("000-12")
@pytest.mark.row("B-06")
@pytest.mark.parametrize("state", ["before", "lunch", "after", "weekend", "holiday", "closure"])
def test_who_was_offered_the_clerk_hears_first_that_the_line_has_closed(state: LineState) -> None:
    reader = closing(state)
    assert reader.said == [f"now_{state}", "next_opening", "clerk_closed_ways"]
    assert reader.words("next_opening") == {"opening": When(OPENING, reader.office.today)}
    assert reader.facts(Rang) == []
    assert reader.facts(Purpose)[-1] == Purpose("clerk")


@pytest.mark.parametrize(("key", "to"), [("2", "callback"), ("0", "callback"), ("3", "complaint.type")])
def test_out_of_hours_the_caller_is_called_back_or_leaves_a_complaint(key: str, to: str) -> None:
    assert closing().press(key).at == to


@pytest.mark.row("B-06")
@pytest.mark.parametrize("key", ["0", "9"])
def test_the_clerk_is_rung_after_all_once_the_line_has_opened(key: str) -> None:
    reader = closing("before")
    reader.office = OFFICE
    assert reader.press(key).said == ["clerk_here_now", "connect_clerk"]


def test_a_line_closed_for_good_says_that_the_opening_is_not_known() -> None:
    assert closing("closure", next_opening=None).said[1] == "next_opening_unknown"


@pytest.mark.row("B-06")
def test_a_clerk_who_does_not_answer_after_the_end_of_hours_is_not_offered_again() -> None:
    reader = ringing()
    reader.office = example_office("lunch")
    reader.clerk("no-answer")
    assert reader.said == ["now_lunch", "next_opening", "callback_missed", "clerk_closed_ways_noted"]
    assert reader.facts(CallbackOwed) == [CallbackOwed("missed")]
    assert reader.press("1").said[0] == "invalid_key"


@pytest.mark.row("B-06")
def test_trying_again_when_the_line_has_closed_says_why() -> None:
    reader = ringing().clerk("busy").clerk("busy")
    reader.office = example_office("lunch")
    assert reader.press("1").said[:2] == ["now_lunch", "next_opening"]


@pytest.mark.row("B-03")
def test_a_number_the_line_never_calls_is_promised_nothing_when_nobody_answers() -> None:
    reader = ringing(example_office(caller_callable=False)).clerk("busy").clerk("busy")
    assert reader.said == ["clerk_unavailable_hidden"]
    assert reader.press("2").said == ["callback_number_not_ours"]
    assert ringing(example_office(caller_callable=False)).hang_up().facts(CallbackOwed) == []


def test_the_line_closing_while_it_rings_does_not_lose_the_talk() -> None:
    reader = ringing()
    reader.office = example_office("lunch")
    assert reader.clerk("completed").said == ["rating_offer"]


def test_the_line_closing_while_it_rings_rings_nobody_else() -> None:
    reader = ringing()
    reader.office = example_office("lunch")
    reader.clerk("busy")
    assert len(reader.facts(Rang)) == 1
    assert reader.at == "transfer.closed"


def test_a_roster_that_shrinks_while_it_rings_leads_to_a_promise() -> None:
    reader = ringing().clerk("busy")
    reader.office = replace(OFFICE, clerks=OFFICE.clerks[:1])
    assert reader.clerk("busy").at == "transfer.unavailable"


def test_an_answer_of_the_provider_without_an_outcome_counts_as_not_reached() -> None:
    reader = ringing().hear(Silence())
    assert reader.facts(LegOver) == [LegOver("failed", 0)]
    assert reader.said == ["connect_next"]
