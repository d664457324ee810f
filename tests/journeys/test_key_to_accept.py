"""The office wants a key from whoever picks up before a caller is joined; voice mail presses none (R3)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from logbook.database.tables import callbacks, legs
from tests.journeys.faults.storm import Line, words_of
from tests.journeys.town import Town

SID = "CA" + "7" * 32
ACCEPT, PRESSED = "/ivr/accept/2", "/ivr/accept/2/pressed"
TALKED = {"DialCallStatus": "completed", "DialCallDuration": "45"}
"""What a host may say of a leg that a voice mail box answered."""


@pytest.fixture(autouse=True)
def wanted(town: Town) -> None:
    duty = town.settings.duty.model_copy(update={"key_to_accept": True})
    town.settings = replace(town.settings, duty=duty)
    town.open()


def outcomes(town: Town) -> list[str | None]:
    with town.database.reading() as conn:
        return list(conn.execute(select(legs.c.outcome).order_by(legs.c.turn)).scalars())


def owed(town: Town) -> list[tuple[str, str]]:
    with town.database.reading() as conn:
        return [tuple(row) for row in conn.execute(select(callbacks.c.reason, callbacks.c.state))]


def leg(call: str = SID) -> dict[str, str]:
    """The leg of the person rung has a name of its own."""
    return {**words_of("CA" + "8" * 32), "Direction": "outbound-dial", "ParentCallSid": call}


def ring_a_clerk(town: Town) -> Line:
    line = Line(town.hotline, town.app)
    line.post("/ivr/voice", words_of(SID))
    line.post("/ivr/turn/1", words_of(SID, Digits="0"))
    return line


def ask(line: Line, path: str, call: str = SID, **fields: str) -> str:
    answer = line.post(path, {**leg(), **fields}, query=f"call={call}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.row("R3")
@pytest.mark.row("000-10")
def test_a_clerk_presses_one_and_is_joined_to_the_caller_who_heard_nothing_of_it(town: Town) -> None:
    caller = town.ring().press("0").clerk_answers(60)
    assert town.keys(caller.line.told_clerk) == ["accept_hello", "accept_joined"]
    assert "accept_hello" not in town.keys(caller.heard)
    assert "rating_offer" in town.keys(caller.just_heard)
    assert (outcomes(town), owed(town)) == (["completed"], [])


@pytest.mark.row("R3")
def test_a_voice_mail_box_reaches_nobody_the_next_is_rung_and_in_the_end_a_call_is_owed(town: Town) -> None:
    caller = town.ring().press("0").clerk_answers(60, presses="")
    assert town.keys(caller.just_heard) == ["connect_next"]
    assert town.keys(caller.line.told_clerk) == ["accept_hello", "accept_not_now"]
    for wrong in ("2", "#"):
        caller.clerk_answers(60, presses=wrong)
    assert town.keys(caller.heard)[-1] == "clerk_unavailable"
    assert caller.waiting_for == "key"
    caller.press("3")
    assert town.keys(caller.just_heard) == ["complaint_type"]
    assert (outcomes(town), owed(town)) == (["no-answer"] * 3, [("missed", "owed")])


@pytest.mark.row("R3")
def test_the_key_decides_whatever_the_provider_says_of_the_leg(town: Town) -> None:
    line = ring_a_clerk(town)
    assert "bấm phím một" in ask(line, ACCEPT)
    assert "<Hangup" in ask(line, PRESSED)
    line.post("/ivr/turn/2", words_of(SID, **TALKED))
    assert outcomes(town) == ["no-answer", None]
    line.post("/ivr/turn/3", words_of(SID, **TALKED, CallStatus="completed"))
    assert (outcomes(town), owed(town)) == (["no-answer"] * 2, [("missed", "owed")])


@pytest.mark.row("R3")
def test_a_moment_after_the_key_is_no_talk_though_the_provider_counts_from_picking_up(town: Town) -> None:
    line = ring_a_clerk(town)
    ask(line, ACCEPT)
    assert "<Hangup" not in ask(line, PRESSED, Digits="1")
    town.clock.set("2026-11-25T09:10:03+07:00")
    line.post("/ivr/turn/2", words_of(SID, **TALKED, CallStatus="completed"))
    assert (outcomes(town), owed(town)) == (["brief"], [("brief", "owed")])


@pytest.mark.row("R3")
def test_a_key_pressed_twice_late_or_for_a_caller_who_is_gone_changes_nothing(town: Town) -> None:
    line = ring_a_clerk(town)
    assert "<Hangup" in ask(line, PRESSED, call="CA" + "0" * 32, Digits="1")
    assert "<Hangup" in ask(line, "/ivr/accept/7", call=SID)
    assert "<Hangup" not in ask(line, PRESSED, Digits="1")
    with town.database.reading() as conn:
        first = conn.execute(select(legs.c.accepted_at)).scalar_one()
    town.clock.set("2026-11-25T09:11:00+07:00")
    assert "<Hangup" not in ask(line, PRESSED, Digits="1")
    with town.database.reading() as conn:
        assert conn.execute(select(legs.c.accepted_at)).scalar_one() == first
    line.post("/ivr/turn/2", words_of(SID, **TALKED))
    assert outcomes(town) == ["completed"]
    assert "<Hangup" in ask(line, ACCEPT)
    assert "<Hangup" in ask(line, PRESSED, Digits="1")
    other = ring_a_clerk(town)
    other.post("/ivr/status", words_of(SID, CallStatus="completed"))
    assert "<Hangup" in ask(line, PRESSED, Digits="1")


@pytest.mark.row("R3")
def test_nobody_asks_for_a_key_without_the_providers_signature(town: Town) -> None:
    line = ring_a_clerk(town)
    for path in (ACCEPT, PRESSED):
        unsigned = town.app.test_client().post(
            path, query_string={"call": SID}, data={**leg(), "Digits": "1"}
        )
        assert unsigned.status_code == 403
        forged = line.post(path, {**leg(), "Digits": "1"}, query=f"call={SID}", signed_as=leg())
        assert forged.status_code == 403
    line.post("/ivr/turn/2", words_of(SID, **TALKED))
    assert outcomes(town)[0] == "no-answer"


def test_without_the_setting_nobody_is_asked_and_whoever_answers_has_talked(town: Town) -> None:
    off = town.settings.duty.model_copy(update={"key_to_accept": False})
    town.settings = replace(town.settings, duty=off)
    town.open()
    caller = town.ring().press("0").clerk_answers(60, presses="")
    assert caller.line.told_clerk == []
    assert outcomes(town) == ["completed"]
