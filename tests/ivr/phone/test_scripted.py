"""The caller with a plan: what happens when the plan ends, or does not fit the call."""

import pytest

from ivr.phone.carrier import Carrier
from ivr.phone.executor import CallEnd, Executor
from ivr.phone.line import drive
from ivr.phone.parameters import CallSetup
from ivr.phone.scripted import Action, ClerkBusy, GoAway, OutOfTurnError, PressAt, ScriptedLine
from ivr.phone.transport import WsgiTransport
from tests.caller import STARTED
from tests.ivr.phone.toy_hotline import TOKEN, ToyHotline, call

BASE = "https://tongdai.example"
ENDLESS = '<Gather timeout="10"><Say>Mời bấm phím</Say></Gather><Redirect>/ivr/voice</Redirect>'


def driven(line: ScriptedLine, voice: str) -> CallEnd:
    toy = ToyHotline({"/ivr/voice": voice})
    setup = CallSetup("AC" + "0" * 32, "+84912345678", "+842583842102", f"{BASE}/ivr/voice", STARTED)
    return drive(Executor(setup, Carrier(WsgiTransport(toy, BASE), TOKEN)).run(), line)


def test_a_caller_whose_plan_is_over_is_silent_and_hangs_up_when_out_of_patience() -> None:
    line = ScriptedLine(patience=35)
    end = driven(line, ENDLESS)
    assert end.ended_by == "caller"
    assert len(line.heard) == 4


def test_a_plan_runs_a_call_without_waiting_for_real_time() -> None:
    end = driven(ScriptedLine(PressAt("1"), GoAway()), ENDLESS)
    assert end.ended_by == "caller"
    assert end.seconds > 10


def test_hanging_up_in_the_middle_of_a_sentence_ends_the_call_there() -> None:
    line = ScriptedLine(GoAway(at_once=True))
    end = driven(line, "<Say>Một</Say><Say>Hai</Say>")
    assert (line.heard, end.ended_by) == (["Một"], "caller")


@pytest.mark.parametrize("voice", ["<Gather/>", "<Record/>"])
def test_a_clerk_who_acts_while_nobody_rings_is_a_mistake_in_the_plan(voice: str) -> None:
    with pytest.raises(OutOfTurnError):
        driven(ScriptedLine(ClerkBusy()), voice)


@pytest.mark.parametrize("action", [PressAt("1"), GoAway()])
def test_a_caller_cannot_act_after_the_end(action: Action) -> None:
    caller, _ = call({"/ivr/voice": "<Say>Chào</Say>"})
    assert caller.ended
    with pytest.raises(AssertionError, match="after the call was over"):
        caller.press("1") if isinstance(action, PressAt) else caller.hang_up()


def test_a_dial_nobody_spoke_of_is_not_answered_when_the_caller_goes_on() -> None:
    voice = "<Dial>+842583842111</Dial>" + '<Gather numDigits="1" action="/next"><Say>Bấm</Say></Gather>'
    caller, toy = call({"/ivr/voice": voice, "/next": "<Say>Tốt</Say>"})
    caller.press("2")
    assert (toy.forms("/next")[0]["Digits"], caller.heard) == ("2", ["Bấm", "Tốt"])
