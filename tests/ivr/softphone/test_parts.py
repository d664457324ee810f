"""The parts of the telephone in the browser alone: listening, drawing, the events of a tab."""

from __future__ import annotations

import re
from threading import Thread
from xml.etree import ElementTree

import pytest

from callflows.atlas import START, Atlas, Exit
from ivr.phone import sound
from ivr.phone.line import CallerHungUpError
from ivr.softphone import softphone
from ivr.softphone.drawing import svg
from ivr.softphone.softphone import MOST_EVENTS, Softphone
from ivr.softphone.taking import HICCUP, Taking

SECOND = sound.read(sound.tone(1)).samples.tobytes()
QUIET = bytes(len(SECOND))


def test_a_recording_ends_after_silence_and_never_grows_beyond_its_longest() -> None:
    now = [0.0]
    taking = Taking(3, lambda: now[0])
    taking.take(SECOND)
    taking.take(QUIET + b"\1")
    assert (taking.seconds, round(taking.silent_for, 1), taking.full) == (2.0, 1.0, False)
    now[0] = HICCUP + 4
    assert round(taking.silent_for, 1) == HICCUP + 5, "a microphone that was switched off is silent"
    taking.take(SECOND * 5)
    assert (taking.seconds, taking.full, taking.silent_for) == (3.0, True, 0.0)
    assert sound.duration(taking.wave()) == 3.0


def test_keys_pressed_ahead_answer_the_next_question_until_they_are_forgotten() -> None:
    phone = Softphone("+84912345678", "Người dân")
    assert phone.claim()
    assert not phone.claim(), "one call at a time"
    phone.press("1")
    phone.press("2")
    assert phone.say("Xin chào", stops=True).key == "1"
    assert phone.await_key(5).key == "2"
    phone.press("3")
    phone.forget_keys()
    assert phone.await_key(0.01).key is None


def test_a_key_stops_what_may_be_stopped_and_waits_where_it_may_not() -> None:
    phone = Softphone("+84912345678", "Người dân")
    phone.claim()
    heard = []
    speaking = Thread(target=lambda: heard.append(phone.say("Thông báo", stops=False)))
    speaking.start()
    (spoken,) = phone.events_after(0, 5)
    phone.press("5")
    phone.done(1)
    speaking.join(5)
    assert (spoken["stops"], heard[0].key) == (False, None)
    assert phone.say("Xin bấm phím", stops=True).key == "5"


def test_whoever_hangs_up_or_whose_tab_is_gone_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Softphone("+84912345678", "Người dân")
    phone.claim()
    phone.hang_up()
    with pytest.raises(CallerHungUpError):
        phone.await_key(5)
    phone.free()
    phone.claim()
    monkeypatch.setattr(softphone, "GONE_SECONDS", -1.0)
    with pytest.raises(CallerHungUpError):
        phone.say("Xin chào", stops=True)


def test_a_tab_that_fetches_nothing_keeps_a_bounded_number_of_events() -> None:
    phone = Softphone("+84912345678", "Người dân")
    for number in range(MOST_EVENTS * 3):
        phone.emit("voice", samples=str(number))
    assert len(phone.events_after(0, 0)) == MOST_EVENTS


def test_every_state_is_a_box_with_its_name_and_every_way_has_both_ends() -> None:
    atlas = Atlas(
        {state: frozenset({"Press"}) for state in ("menu", "complaint.type", "brand<new.state", "over")},
        frozenset(
            {
                Exit(START, "call", "menu"),
                Exit("menu", "2", "complaint.type"),
                Exit("menu", "7", "brand<new.state"),
                Exit("complaint.type", "silence", "over"),
            }
        ),
    )
    drawn = svg(atlas, lambda state: f"tên {state}", lambda lane: f"làn {lane}", "Sơ đồ")
    root = ElementTree.fromstring(drawn)
    boxes = {each.get("data-state") for each in root.iter() if each.get("data-state")}
    ways = {(each.get("data-from"), each.get("data-to")) for each in root.iter() if each.get("data-from")}
    assert boxes == {"menu", "complaint.type", "brand<new.state", "over"}
    assert ways == {("menu", "complaint.type"), ("menu", "brand<new.state")}
    assert "làn brand&lt;new" in drawn
    assert re.findall(r"<script|on\w+=", drawn) == []
