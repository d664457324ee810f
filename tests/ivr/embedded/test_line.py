"""The embedded line on real UDP: what carriers, boxes and strangers do, and what is left of it."""

from __future__ import annotations

import array
import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ivr.embedded import tones
from ivr.embedded.digest import Credentials
from ivr.embedded.open_dialogs import OpenDialogs
from ivr.embedded.sip_message import SipMessage, parsed
from ivr.embedded.sip_trunk import SipTrunk
from ivr.embedded.wave_file import WaveFile
from ivr.phone import sound
from ivr.phone.line import AwaitKey, CallerHungUpError, RingOut, TakeRecording
from ivr.phone.sound import Samples
from ivr.phone.verbs import Party
from tests.exchange.hearing import likeness
from tests.exchange.softphone import Call, SoftPhone, end_listening
from tests.exchange.voice import noise
from tests.ivr.gateway.equipment import CLERK, own_settings
from tests.ivr.phone.contract_lines import LineMaker, Situation
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE

SPOKEN = noise("một người dân phản ánh", 1.0)
RING = RingOut((Party("number", CLERK),), "", 20, 60, record=False)
TAKE = TakeRecording(5, 60, "0123456789*#", beep=False)


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[LineMaker]:
    maker = LineMaker(tmp_path, [])
    yield maker
    for end in maker.ends:
        end()


def on_the_line(maker: LineMaker) -> Call:
    assert maker.call is not None
    assert maker.call.answered.wait(PATIENCE)
    return maker.call


def test_a_busy_tone_is_a_hang_up_and_no_part_of_what_was_said(maker: LineMaker) -> None:
    line = maker.embedded(Situation())
    line.answer()
    call = on_the_line(maker)
    busy = (tones.made((425.0,), 0.25, 4000) + array.array("h", bytes(4000))) * 5
    threading.Thread(target=call.say, args=([*SPOKEN, *[0] * 1600, *busy],), daemon=True).start()
    with pytest.raises(CallerHungUpError) as gone:
        line.record(TAKE)
    heard = list(sound.read(gone.value.sound).samples)
    assert likeness(heard, SPOKEN[1000:7000]) > 0.97
    assert len(heard) / 8000 == pytest.approx(1.3, abs=0.25)
    line.hang_up()
    assert call.ended.wait(PATIENCE)


def test_keys_are_taken_from_the_sound_where_nobody_sends_them_apart(maker: LineMaker) -> None:
    maker.phone = SoftPhone()
    maker.phone.codecs = (8,)
    line = maker.embedded(Situation())
    line.answer()
    said = [*tones.key_tone("4", 0.1), *[0] * 800, *tones.key_tone("#", 0.1), *[0] * 800]
    threading.Thread(target=on_the_line(maker).say, args=(said,), daemon=True).start()
    assert [line.await_key(AwaitKey(5, "", "")).key for _ in range(2)] == ["4", "#"]


@pytest.mark.row("T-02")
def test_a_recording_lies_on_the_disk_while_it_is_spoken(maker: LineMaker) -> None:
    line = maker.embedded(Situation())
    line.answer()
    call = on_the_line(maker)
    seen: list[int] = []

    def speak() -> None:
        call.say(SPOKEN)
        seen.extend(path.stat().st_size for path in (maker.folder / "spoken").glob("*.wav"))
        call.press("#")

    threading.Thread(target=speak, daemon=True).start()
    assert line.record(TAKE).key == "#"
    assert len(seen) == 1
    assert seen[0] > 12_000


@pytest.mark.row("T-02")
def test_a_full_disk_ends_the_recording_and_says_so_and_what_was_spoken_before_is_there(
    maker: LineMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put = WaveFile.put

    def put_until_full(file: WaveFile, samples: Samples, at: int) -> None:
        if at > 8000:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(file, samples, at)

    monkeypatch.setattr(WaveFile, "put", put_until_full)
    line = maker.embedded(Situation())
    line.answer()
    call, talks = on_the_line(maker), threading.Event()

    def talk() -> None:
        while not talks.is_set() and not call.ended.is_set():
            call.say(SPOKEN)

    threading.Thread(target=talk, daemon=True).start()
    taken = line.record(TAKE)
    assert likeness(list(sound.read(taken.sound).samples), SPOKEN[1000:6000]) > 0.97
    assert taken.seconds < 30
    assert line.call is not None
    with pytest.raises(OSError, match="No space left"):
        line.call.media.record(tmp_path / "message.wav", silence=5, longest=60, keys="#")
    talks.set()


@pytest.mark.row("T-25")
def test_a_stranger_gets_no_answer_whatever_they_send(maker: LineMaker) -> None:
    line = maker.embedded(Situation())
    line.answer()
    call, stranger = on_the_line(maker), SoftPhone("127.0.0.3", listens=False)
    maker.ends.append(stranger.close)
    tried = stranger.call(call.target[1])
    for method in ("OPTIONS", "REGISTER", "BYE"):
        stranger.raw(
            f"{method} sip:s@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.3:{stranger.port};branch=z9hG4bK{method}\r\n"
            f"From: <sip:a@b>;tag=1\r\nTo: {call.remote}\r\nCall-ID: {call.identity}\r\n"
            f"CSeq: 9 {method}\r\n\r\n",
            call.target[1],
        )
    time.sleep(0.3)
    assert (tried.state, stranger.said) == ("trying", [])
    assert not call.ended.is_set()
    call.press("7")
    assert line.await_key(AwaitKey(5, "", "")).key == "7"


def test_whoever_follows_a_killed_process_hangs_up_what_it_left(maker: LineMaker, tmp_path: Path) -> None:
    line = maker.embedded(Situation())
    line.answer()
    call = on_the_line(maker)
    dialogs = OpenDialogs(tmp_path / "dialogs")
    carried = line.call
    assert carried is not None
    dialogs.note(carried)
    carried.endpoint.dialogs.clear()  # the process that knew the call is gone
    assert OpenDialogs(tmp_path / "dialogs").end_all(carried.endpoint) == 1
    assert call.ended.wait(PATIENCE)
    assert list((tmp_path / "dialogs").iterdir()) == []
    carried.media.close()


def test_a_call_that_the_line_began_is_noted_while_it_is_up(maker: LineMaker, tmp_path: Path) -> None:
    line = maker.embedded(Situation(clerk="answers"))
    line.answer()
    noted: list[int] = []
    dialogs, dialog_files = OpenDialogs(tmp_path / "dialogs"), (tmp_path / "dialogs").glob

    def look(desk: Call) -> None:
        by = time.monotonic() + PATIENCE
        while not list(dialog_files("*.json")) and time.monotonic() < by:
            time.sleep(0.02)
        noted.append(len(list(dialog_files("*.json"))))
        desk.hang_up()

    assert maker.phone is not None
    assert maker.way is not None
    maker.phone.on_answer, maker.way.kept = look, dialogs.note
    assert line.ring_out(RING).status == "completed"
    assert (noted, list(dialog_files("*"))) == ([1], [])


class Registrar:
    """A PBX that lets in one user by digest."""

    def __init__(self, password: str) -> None:
        self.password, self.let_in, self.refused = password, threading.Event(), threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # its socket is closed at the end of the test
            while True:
                packet, source = self.socket.recvfrom(4096)
                if not packet:  # the end of listening
                    return
                request = parsed(packet)
                given = request.get("authorization")
                reply = SipMessage("SIP/2.0 401 Unauthorized" if not given else self._verdict(request, given))
                for name in ("via", "from", "to", "call-id", "cseq"):
                    reply.add(name, request.get(name))
                reply.add("www-authenticate", 'Digest realm="pbx", nonce="abc", algorithm=MD5')
                self.socket.sendto(reply.rendered(), source)

    def _verdict(self, request: SipMessage, given: str) -> str:
        asked = 'Digest realm="pbx", nonce="abc", algorithm=MD5'
        right = Credentials("102", self.password).answer(asked, "REGISTER", request.uri)
        if given == right:
            self.let_in.set()
            return "SIP/2.0 200 OK"
        self.refused.set()
        return "SIP/2.0 403 Forbidden"


def test_an_extension_of_a_pbx_registers_with_its_password_and_not_with_another(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    registrar = Registrar("right")
    request.addfinalizer(lambda: end_listening(registrar.socket))
    trunk = {"kind": "pbx", "host": f"127.0.0.1:{registrar.port}", "user": "102", "codecs": ["alaw"]}
    _, own = own_settings(
        tmp_path,
        local_address="127.0.0.1",
        sip_port=free_port(),
        trunk={**trunk, "lines": 2, "kept_for_callers": 1},
    )
    for password, event in (("wrong", registrar.refused), ("right", registrar.let_in)):
        way = SipTrunk(own, password, "842583842102")
        try:
            way.start()
            assert event.wait(PATIENCE)
            by = time.monotonic() + PATIENCE
            while not way.registered and password == "right" and time.monotonic() < by:
                time.sleep(0.02)
            assert way.registered == (password == "right")
        finally:
            way.close()
