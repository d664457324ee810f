"""Replaying, altering or stretching what the provider once signed changes nothing (T-02)."""

import random
from pathlib import Path

import pytest

from ivr.phone.parameters import WITHHELD
from logbook.database.engine import Database
from tests.caller import Caller
from tests.journeys.faults.storm import Line, everything_in, open_line, verbs_of, way_on, words_of

SID, OTHER = "CA" + "3" * 32, "CA" + "4" * 32
SPOKEN, LATER = "RE" + "3" * 32, "RE" + "4" * 32


def recorded_calls(line: Line) -> list[Caller]:
    """Calls of every kind, all over."""
    complaint = line.caller().press("2").press("1").press("1").speak(12).press("1").stay_silent()
    withheld = line.caller(number=WITHHELD).press("2").press("2").press("1").speak(20, "hang-up")
    rating = line.caller().press("4").press("5").press("1").press("*").hang_up()
    guesses = line.caller().press("3").press("123456").press("9999").press("654321").press("1111").hang_up()
    clerk = (
        line.caller().press("0").clerk_busy().clerk_does_not_answer().clerk_answers(40).press("1").press("3")
    )
    asked = (
        line.caller(started=complaint.setup.started.replace(hour=22), brings_time=True).press("0").press("1")
    )
    made = [complaint, withheld, rating, guesses, clerk.hang_up(), asked.hang_up()]
    assert all(caller.ended for caller in made)
    return made


@pytest.mark.row("T-02")
def test_every_request_of_finished_calls_replayed_ten_times_in_any_order_changes_no_row(
    database: Database, tmp_path: Path
) -> None:
    line = open_line(database, tmp_path)
    calls = recorded_calls(line)
    before = everything_in(database)
    requests = [
        (caller, exchange) for caller in calls for exchange in caller.sent if exchange.method == "POST"
    ]
    again = requests * 10
    random.Random(2).shuffle(again)
    assert len(before["tickets"]) == 2
    assert len(requests) > 30
    for number, (caller, exchange) in enumerate(again):
        answer = caller.replay(exchange, token=f"another-{number}")
        assert (answer.status, answer.body) == (exchange.status, exchange.body), exchange.path
    assert everything_in(database) == before


@pytest.mark.row("T-02")
def test_a_key_moved_from_the_value_into_the_name_changes_nothing(database: Database, tmp_path: Path) -> None:
    line = open_line(database, tmp_path)
    line.post("/ivr/voice", words_of(SID))
    line.post("/ivr/turn/1", words_of(SID, Digits="3"))
    code, moved = words_of(SID, Digits="12"), words_of(SID, Digits1="2")
    first = line.post("/ivr/turn/2", code)
    before = everything_in(database)
    second = line.post("/ivr/turn/2", moved, signed_as=code)
    assert second.status_code == 200, "both have the same signature"
    assert second.get_data() == first.get_data()
    assert everything_in(database) == before


@pytest.mark.row("T-02")
def test_a_call_named_twice_is_refused_and_a_key_said_twice_is_a_key_nobody_offered(
    database: Database, tmp_path: Path
) -> None:
    line = open_line(database, tmp_path)
    line.post("/ivr/voice", words_of(SID))
    before = everything_in(database)
    two_calls: dict[str, str | list[str]] = {**words_of(SID, Digits="1"), "CallSid": [SID, OTHER]}
    assert line.post("/ivr/turn/1", two_calls).status_code == 400
    assert everything_in(database) == before
    two_keys: dict[str, str | list[str]] = {**words_of(SID), "Digits": ["1", "2"]}
    assert way_on(verbs_of(line.post("/ivr/turn/1", two_keys))) == "/ivr/turn/2"
    with database.reading() as conn:
        assert conn.exec_driver_sql("SELECT purpose FROM calls").scalar_one() is None


@pytest.mark.row("T-02")
def test_five_names_nobody_knows_yet_do_no_harm(database: Database, tmp_path: Path) -> None:
    line = open_line(database, tmp_path)
    unknown = {f"Stir{number}": f"đ{number}" for number in range(5)}
    assert way_on(verbs_of(line.post("/ivr/voice", words_of(SID, **unknown)))) == "/ivr/turn/1"
    assert way_on(verbs_of(line.post("/ivr/turn/1", words_of(SID, Digits="2", **unknown)))) == "/ivr/turn/2"
    with database.reading() as conn:
        purpose = conn.exec_driver_sql("SELECT purpose FROM calls").scalar_one()
    assert purpose == "complaint"


@pytest.mark.row("T-02")
@pytest.mark.parametrize("left_at", ["the review", "the code", "the menu"])
def test_a_finished_call_takes_no_new_complaint(database: Database, tmp_path: Path, left_at: str) -> None:
    line = open_line(database, tmp_path)
    line.post("/ivr/voice", words_of(SID))
    number = 1
    if left_at != "the menu":
        said = {"RecordingSid": SPOKEN, "RecordingDuration": "9", "Digits": "#"}
        for keys in ({"Digits": "2"}, {"Digits": "1"}, {"Digits": "1"}, said, {"Digits": "1"}):
            if left_at == "the code" or number < 5:
                line.post(f"/ivr/turn/{number}", words_of(SID, **keys))
                number += 1
    over = words_of(SID, "completed", SequenceNumber="0", CallDuration="60")
    assert line.post("/ivr/status", over).status_code == 204
    seen = everything_in(database)["tickets"]
    assert len(seen) == (0 if left_at == "the menu" else 1)
    new = {"RecordingSid": LATER, "RecordingDuration": "30"}
    for later in range(number, number + 3):
        line.post(f"/ivr/turn/{later}", words_of(SID, **new))
        line.post(f"/ivr/turn/{later}", words_of(SID, "completed", Digits="hangup", **new))
    for turn in range(number + 4):
        line.post(f"/ivr/recording/{turn}", words_of(SID, RecordingStatus="completed", **new))
    assert everything_in(database)["tickets"] == seen
