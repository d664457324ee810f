"""The wishes of a call as commands of Asterisk: what it is asked, and what never happens on such a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.phone import sound
from ivr.phone.line import CallerHungUpError, PlaySound, ReadAloud, RingOut, TakeRecording
from ivr.phone.verbs import Party
from tests.ivr.gateway.equipment import CLERK, SID, line_of
from tests.ivr.gateway.scripted_asterisk import ScriptedAsterisk

NOTICE = ReadAloud("Thông báo", "vi-VN", "", interruptible=False)
ASKED = ReadAloud("Xin bấm phím", "vi-VN", "", interruptible=True)


def ring(number: str) -> RingOut:
    return RingOut((Party("number", number),), "", 20, 60, record=False)


def test_a_notice_is_heard_out_and_a_recording_somebody_made_is_lent_for_as_long_as_it_plays(
    tmp_path: Path,
) -> None:
    exchange = ScriptedAsterisk()
    line = line_of(tmp_path, exchange)
    line.answer()
    line.speak(NOTICE)
    line.speak(ASKED)
    line.play(PlaySound("https://x/audio/1", sound.tone(0.5), 0.5, interruptible=False))
    notice, asked, lent = exchange.commands("STREAM FILE")
    assert exchange.asked[0] == "EXEC Answer 0,i"  # which does not wait for the caller's first sound
    assert notice.endswith(' ""')
    assert asked.endswith(' "0123456789*#"')
    assert "lent-" in lent
    assert not list((tmp_path / "sounds").glob("lent-*"))
    exchange.close()


@pytest.mark.row("F-04")
def test_a_recording_lies_under_the_name_of_its_call_until_somebody_has_kept_it(tmp_path: Path) -> None:
    exchange = ScriptedAsterisk(spoken=sound.tone(1.0), ends="#")
    line = line_of(tmp_path, exchange)
    line.record(TakeRecording(5, 60, "#", beep=True))
    (command,) = exchange.commands("RECORD FILE")
    assert command.endswith('wav "#" 60000 s=5')
    named = [one for one in exchange.asked if "SPOKEN" in one or "SPEAKS" in one]
    path = command.split('"')[1]
    assert named == [
        'SET VARIABLE SPEAKS "5,60,kq"',
        f'SET VARIABLE SPOKEN "{path}"',
        'SET VARIABLE SPOKEN ""',
    ]
    assert exchange.asked.index(command) == exchange.asked.index(named[-1]) - 1
    (lies,) = (tmp_path / "spoken").glob(f"{SID}.*.wav")
    assert line.spoken == lies
    line.forget_recording()
    assert not lies.exists()
    exchange.close()


@pytest.mark.row("T-25")
def test_a_number_that_is_never_rung_fails_and_asterisk_hears_nothing_of_it(tmp_path: Path) -> None:
    exchange = ScriptedAsterisk(dialled=("ANSWER", 10))
    line = line_of(tmp_path, exchange, an_hour=1)
    for number in ("1900 1234", "+14155552671", "0987000111", "113"):
        assert line.ring_out(ring(number)).status == "failed"
    assert exchange.commands("EXEC Dial") == []
    assert line.ring_out(ring(CLERK)).status == "completed"
    assert line.ring_out(ring(CLERK)).status == "failed"  # the ceiling of an hour
    (dialled,) = exchange.commands("EXEC Dial")
    assert dialled == 'EXEC Dial "PJSIP/02583842111@trunk,20,grL(60000)"'
    assert exchange.variables["DIALSTATUS"] == ""  # the dialplan goes by it, should we be killed later
    exchange.close()


@pytest.mark.parametrize(
    ("left", "talked", "status"),
    [("ANSWER", "73", "completed"), ("ANSWER", "", "no-answer"), ("BUSY", "", "busy"), ("", "", None)],
)
def test_what_dial_left_behind_says_once_how_the_leg_ended_that_nobody_watched(
    tmp_path: Path, left: str, talked: str, status: str | None
) -> None:
    exchange = ScriptedAsterisk()
    exchange.variables |= {"DIALSTATUS": left, "ANSWEREDTIME": talked}
    line = line_of(tmp_path, exchange)
    leg = line.leg_behind()
    assert (leg and (leg.status, leg.talked)) == (status and (status, float(talked or 0)))
    assert line.leg_behind() is None
    exchange.close()


def test_no_line_is_taken_from_callers_by_whoever_is_rung_and_each_is_given_back(tmp_path: Path) -> None:
    exchange = ScriptedAsterisk(dialled=("BUSY", 0))
    line = line_of(tmp_path, exchange, lines=1)
    assert line.ring_out(ring(CLERK)).status == "busy"
    assert line.ring_out(ring(CLERK)).status == "busy"
    assert len(exchange.commands("EXEC Dial")) == 2
    exchange.close()


@pytest.mark.row("L1")
def test_a_caller_of_a_hotline_that_is_gone_is_left_to_the_exchange_and_one_who_went_is_not(
    tmp_path: Path,
) -> None:
    exchange = ScriptedAsterisk()
    line = line_of(tmp_path, exchange)
    assert line.let_go(11205)
    assert line.left_to_exchange
    assert exchange.commands("HANGUP") == []
    exchange.close()
    gone = ScriptedAsterisk("x")
    line = line_of(tmp_path, gone)
    with pytest.raises(CallerHungUpError):
        line.speak(ASKED)
    assert not line.let_go(11205)
    gone.close()
