"""`tongdai call --sip`, and the settings of the demonstration it calls."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Queue

import pytest

from ivr.commands.call import TEXTS, keys_of
from ivr.commands.own_line import demonstration
from ivr.commands.own_line.sip_telephone import SipTelephone, target_of
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_trunk import SipTrunk
from ivr.phone import sound
from ivr.phone.line import AwaitKey, ReadAloud, Recorded, TakeRecording
from ivr.phone.scripted import Talk
from logbook.settings.loading import Settings, load_settings
from tests.exchange.hearing import likeness
from tests.exchange.voice import noise, speak
from tests.frozen import CONFIG
from tests.ivr.phone.contract_lines import embedded_line
from tests.suite.ports import free_port

ASKED = ReadAloud("Xin bấm phím hai", "vi-VN", "", interruptible=True)


def test_a_call_by_sip_presses_speaks_after_the_tone_and_keeps_what_it_heard(tmp_path: Path) -> None:
    settings = demonstration_settings(tmp_path)
    own = settings.line.own
    assert own is not None
    way, comes = SipTrunk(own, "", "842583842102"), Queue[SipCall]()
    way.endpoint.invited = lambda request, source: comes.put(
        SipCall.invited(way.endpoint, way.media(), way.codecs, request, source)
    )
    way.start()
    shown: list[str] = []
    got: list[object] = []
    wave = speak("lời của người dân", "vi")

    def line() -> None:
        there = embedded_line(tmp_path, settings, own, way, comes.get(timeout=10))
        there.answer()
        got.append(there.speak(ASKED).key or there.await_key(AwaitKey(8, "", "")).key)
        got.append(there.record(TakeRecording(6, 30, "#", beep=True)))
        there.hang_up()

    thread = threading.Thread(target=line, daemon=True)
    thread.start()
    telephone = SipTelephone(
        shown.append, TEXTS, keys_of("2"), Talk(wave), lambda: None, tmp_path / "heard.wav"
    )
    try:
        seconds = telephone.call(target_of(f"127.0.0.1:{own.sip_port}"), "0912345678", "02583842102")
    finally:
        thread.join(10)
        way.close()
    assert seconds is not None
    assert f"◀ {ASKED.text}" in shown
    key, taken = got
    assert key == "2"
    assert isinstance(taken, Recorded)
    assert taken.key == "#"
    recorded = list(sound.read(taken.sound).samples)
    assert likeness(recorded, noise("lời của người dân")[400:5000]) > 0.97
    heard = list(sound.read((tmp_path / "heard.wav").read_bytes()).samples)
    assert likeness(heard, noise(ASKED.text)[400:5000]) > 0.97


def test_nobody_there_is_said_and_not_waited_for_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.commands.own_line.sip_telephone.RINGS", 0.3)
    telephone = SipTelephone(lambda _text: None, TEXTS, (), None, lambda: None)
    assert telephone.call(("127.0.0.1", free_port()), "0912345678", "1") is None


def demonstration_settings(folder: Path) -> Settings:
    file = folder / "demo.yaml"
    demonstration.write(CONFIG, file, free_port())
    settings = load_settings({"TONGDAI_CONFIG": str(file), "TONGDAI_DATA": str(folder / "var")})
    assert settings.line.is_embedded
    return settings
