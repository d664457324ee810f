"""A telephone picked up is not yet a talk: who gets a callback, who is asked for marks (B-07, R3)."""

import pytest
from sqlalchemy import select

from logbook.calendar.of_settings import working_times
from logbook.calls import callbacks, talks
from logbook.database.tables import calls, legs
from logbook.reports.sections import calls as call_section
from logbook.search import calls as call_search
from tests.caller import Caller
from tests.journeys.faults.storm import Line, words_of
from tests.journeys.town import Town


def counts(town: Town, *callers: Caller) -> dict[str, list[str]]:
    """Which of these callers a report counts under what."""
    with town.database.reading() as conn:
        of = {str(row.id): row.sid for row in conn.execute(select(calls.c.id, calls.c.sid))}
        now = town.clock.now()
        day = now.replace(hour=0, minute=0)
        figures = call_section.of_calls(conn, working_times(town.settings).hotline, day, day.replace(hour=23))
    names = {caller.call_sid: str(number) for number, caller in enumerate(callers, 1)}
    return {one.key: [names[of[case]] for case in one.cases if of[case] in names] for one in figures}


def owed(town: Town) -> list[tuple[str, str]]:
    with town.database.reading() as conn:
        return [(one.reason, one.state) for one in callbacks.owed(conn)]


@pytest.mark.row("B-07")
def test_a_clerk_who_is_there_for_no_second_is_not_reached_the_next_is_rung_then_a_call_is_owed(
    town: Town,
) -> None:
    caller = town.ring().press("0").clerk_answers(0)
    assert town.keys(caller.just_heard) == ["connect_next"]
    for _ in range(2):
        caller.clerk_answers(0)
    assert town.keys(caller.just_heard) == ["clerk_unavailable"]
    caller.hang_up()
    assert owed(town) == [("missed", "owed")]
    with town.database.reading() as conn:
        assert set(conn.execute(select(legs.c.outcome)).scalars()) == {"no-answer"}
        assert len(call_search.find(conn, call_search.CallFilters(missed=True), 10)) == 1
    found = counts(town, caller)
    assert (found["answered"], found["missed"], found["brief"]) == ([], ["1"], [])


@pytest.mark.row("B-07")
@pytest.mark.parametrize(
    ("fields", "reached"),
    [
        ({"DialCallStatus": "completed", "DialCallDuration": "0"}, False),
        ({"DialCallStatus": "answered", "DialCallDuration": "0"}, False),
        ({"DialCallStatus": "Completed", "DialCallDuration": "00"}, False),
        ({"DialCallStatus": "completed", "DialBridged": "false", "DialCallDuration": "20"}, False),
        ({"DialCallStatus": "completed", "DialBridged": "false"}, False),
        ({"DialCallStatus": "completed", "DialCallDuration": "20"}, True),
        ({"DialCallStatus": "completed"}, True),
        ({"DialCallStatus": "answered", "DialCallDuration": "x", "DialBridged": "true"}, True),
    ],
)
def test_only_seconds_of_talk_lead_to_the_rating(town: Town, fields: dict[str, str], reached: bool) -> None:
    line, sid = Line(town.hotline, town.app), "CA" + "7" * 32
    line.post("/ivr/voice", words_of(sid))
    line.post("/ivr/turn/1", words_of(sid, Digits="0"))
    line.post("/ivr/turn/2", words_of(sid, **fields))
    with town.database.reading() as conn:
        place = str(conn.execute(select(calls.c.place)).scalar_one())
    assert ('"at":"rating.offer"' in place, '"at":"transfer.ringing"' in place) == (reached, not reached)


@pytest.mark.row("R3")
def test_a_talk_of_a_moment_stays_owed_and_is_shown_apart(town: Town) -> None:
    """The clerk's own voice mail box picks up, and the caller hangs up after two seconds."""
    machine = town.ring().press("0").clerk_answers(2, caller_ends=True)
    assert owed(town) == [("brief", "owed")]
    talked = town.ring("+84987654321").press("0").clerk_answers(5, caller_ends=True)
    assert owed(town) == [("brief", "owed")]
    with town.database.reading() as conn:
        ends = {row.sid: row.outcome for row in conn.execute(select(calls.c.sid, legs.c.outcome).join(legs))}
    assert (ends[machine.call_sid], ends[talked.call_sid]) == ("brief", "completed")
    found = counts(town, machine, talked)
    assert (found["answered"], found["missed"], found["brief"]) == (["2"], ["1"], ["1"])
    for language in ("vi", "en"):
        words = town.hotline.texts[language].sentences
        assert {"queue_reason_brief", "call_leg_brief", "report_calls_brief"} <= words.keys()


@pytest.mark.row("R3")
def test_after_a_moments_talk_whoever_stays_on_the_line_is_put_through_to_the_next(town: Town) -> None:
    caller = town.ring().press("0").clerk_answers(2)
    assert town.keys(caller.just_heard) == ["connect_next"]
    caller.clerk_answers(60)
    assert "rating_offer" in town.keys(caller.just_heard)
    caller.hang_up()
    assert owed(town) == []
    assert counts(town, caller)["brief"] == []


@pytest.mark.row("R3")
def test_one_judge_says_whether_they_talked() -> None:
    assert [talks.judge("completed", seconds, 5) for seconds in (None, 0, 1, 4, 5)] == [
        "completed",
        "no-answer",
        "brief",
        "brief",
        "completed",
    ]
    assert talks.judge("completed", 1, 0) == "completed"
    assert talks.judge("completed", None, 5, bridged=False) == "no-answer"
    assert [talks.judge(word, 30, 5) for word in ("busy", "brief", "a new word")] == [
        "busy",
        "failed",
        "failed",
    ]
