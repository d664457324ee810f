"""What goes over the wire of the embedded line: messages, passwords, descriptions, sound and tones."""

from __future__ import annotations

import array
import contextlib
import random
from pathlib import Path

import pytest

from ivr.embedded import rtp, sdp, sip_message, tones
from ivr.embedded.digest import CannotAnswerError, Credentials
from ivr.embedded.embedded_calls import caller_of
from ivr.embedded.g711 import codec
from ivr.embedded.recording import CallerRecording
from ivr.embedded.rtp import ArrivalCount, RtpSender
from ivr.embedded.sip_message import NotSipError, SipMessage
from ivr.embedded.wave_file import WaveFile
from ivr.gateway.channel import sound_of
from ivr.phone import sound
from tests.exchange.phone_sound import LINEAR
from tests.exchange.voice import noise

LAWS = [codec("alaw"), codec("ulaw")]
INVITE = (
    "INVITE sip:102@10.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK1\r\n"
    "f: {caller}\r\nt: <sip:102@10.0.0.1>\r\ni: 1\r\nCSeq: 1 INVITE\r\n{more}\r\n"
)


def test_sound_goes_there_and_back_as_a_telephone_carries_it() -> None:
    assert list(codec("alaw").linear) == LINEAR
    said = array.array("h", noise("một câu", 0.5))
    for law in LAWS:
        back = law.decode(law.encode(said))
        assert all(abs(a - b) <= 16 + abs(a) / 16 for a, b in zip(said, back, strict=True)), law.name
        assert abs(law.linear[law.quiet]) <= 8
        assert all(law.encode([law.linear[code]])[0] in (code, law.quiet) for code in range(256)), law.name
    there = codec("alaw").encode(said).translate(codec("alaw").table_to(codec("ulaw")))
    assert all(abs(a - b) <= 40 + abs(a) / 8 for a, b in zip(said, codec("ulaw").decode(there), strict=True))


def test_messages_are_read_in_their_short_form_and_broken_ones_are_none() -> None:
    found = sip_message.parsed(INVITE.format(caller='"0912" <sip:0912345678@x>;tag=7', more="").encode())
    assert (found.method, found.uri, found.branch) == ("INVITE", "sip:102@10.0.0.1", "z9hG4bK1")
    assert sip_message.tag_of(found.get("from")) == "7"
    chance = random.Random(1)
    whole = INVITE.format(caller="<sip:a@b>;tag=7", more="").encode()
    for _ in range(3000):
        cut = bytearray(whole[: chance.randrange(1, len(whole))])
        for _ in range(chance.randrange(4)):
            cut[chance.randrange(len(cut))] = chance.randrange(256)
        with contextlib.suppress(NotSipError):
            assert sip_message.parsed(bytes(cut)).get("via")
    odd = whole.replace(b"INVITE sip:102@10.0.0.1 SIP/2.0", "SIP/2.0 ²³¹ OK".encode())
    for broken in (b"", b"\0" * 40, b"x" * 20_000, whole.replace(b"CSeq: 1", b"CSeq: x"), odd):
        with pytest.raises(NotSipError):
            sip_message.parsed(broken)


def test_nothing_of_a_stranger_becomes_a_field_of_ours() -> None:
    reply = SipMessage("SIP/2.0 200 OK").add("to", "<sip:a@b>\r\nEvil: 1\n\nEvil: 2")
    assert b"\nEvil" not in reply.rendered()


def test_the_callers_number_is_the_one_the_carrier_vouches_for() -> None:
    cases = {
        ('"x" <sip:0912345678@x>', ""): "0912345678",
        ("<sip:84912345678;phone-context=+84@x;user=phone>", ""): "84912345678",
        ("<sip:anonymous@anonymous.invalid>", "P-Asserted-Identity: <tel:+84912345678>\r\n"): "+84912345678",
        (
            "<sip:anonymous@anonymous.invalid>",
            "P-Asserted-Identity: <tel:+84912345678>\r\nPrivacy: id\r\n",
        ): "anonymous",
        ("<sip:10.0.0.9>", ""): "",
        ("<sip:09\udcff1\udc802@x>", ""): "0912",
    }
    wrong = {
        case: said
        for case, number in cases.items()
        if (
            said := caller_of(
                sip_message.parsed(
                    INVITE.format(caller=case[0], more=case[1]).encode("utf-8", "surrogateescape")
                )
            )
        )
        != number
    }
    assert wrong == {}


def test_a_challenge_is_answered_as_the_standard_shows() -> None:
    # RFC 2617, section 3.5, without the quality, which would need the client's own number
    asked = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"'
    said = Credentials("Mufasa", "Circle Of Life").answer(asked, "GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in said
    assert "Circle" not in said
    assert "qop=auth" in Credentials("a", "b").answer(f'{asked}, qop="auth,auth-int"', "GET", "/")
    assert "algorithm=SHA-256" in Credentials("a", "b").answer(f"{asked}, algorithm=SHA-256", "GET", "/")
    for unknown in ("Basic realm=x", f"{asked}, algorithm=MD5-sess", f'{asked}, qop="auth-int"'):
        with pytest.raises(CannotAnswerError):
            Credentials("a", "b").answer(unknown, "GET", "/")


def test_descriptions_agree_on_the_first_law_of_ours_and_refuse_the_rest() -> None:
    offered = (
        "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
        "m=video 5004 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"
    )
    found = sdp.agreed(offered, LAWS)
    assert (found.peer, found.codec.name, found.events) == (("10.0.0.9", 4000), "PCMA", 96)
    said = sdp.answer(("10.0.0.1", 6000), found, offered).decode()
    assert said.index("m=video 0 ") < said.index("m=audio 6000 RTP/AVP 8 96")
    assert sdp.agreed(offered.replace(" 96\r\na=", "\r\na="), LAWS).events is None
    assert sdp.agreed(f"{offered}a=sendonly\r\n", LAWS).on_hold
    for bad in ("", offered.replace("0 8 96", "9"), offered.replace("audio 4000", "audio 0")):
        with pytest.raises(sdp.NoCommonSoundError):
            sdp.agreed(bad, LAWS)


def _is_busy(samples: array.array[int]) -> bool:
    busy = tones.BusyTone()
    return any(
        busy.hear(tones.level(frame) > tones.LOUD and tones.is_network_tone(frame))
        for frame in (samples[at : at + tones.FRAME] for at in range(0, len(samples), tones.FRAME))
    )


def test_a_busy_tone_is_a_hang_up_and_speech_and_ringing_are_none() -> None:
    quiet = array.array("h", bytes(1600))
    for hertz in (425.0, 450.0):
        for half in (0.5, 0.25):
            cycle = tones.made((hertz,), half, 2000) + array.array("h", bytes(int(16000 * half)))
            assert _is_busy(quiet + cycle * 5), (hertz, half)
    speech = array.array("h", noise("nói rất lâu", 6.0))
    dotted = (tones.made((1000.0,), 0.5) + array.array("h", bytes(8000))) * 5
    for other in (speech, tones.ringing() * 3, dotted, tones.made((425.0,), 8.0)):
        assert not _is_busy(other)


def test_keys_in_the_sound_are_heard_once_each_and_speech_presses_none() -> None:
    ear, pressed = tones.KeyTone(), ""
    gap = array.array("h", bytes(960))
    said = array.array("h", noise("lời nói", 3.0))
    for key in rtp.KEYS:
        said += tones.key_tone(key) + gap
    said += tones.key_tone("5", 0.8) + gap
    for at in range(0, len(said), tones.FRAME):
        pressed += ear.hear(codec("alaw").decode(codec("alaw").encode(said[at : at + tones.FRAME])))
    assert pressed == f"{rtp.KEYS}5"


def test_packets_are_counted_with_those_that_never_came() -> None:
    sender, quality = RtpSender(number=65530), ArrivalCount()
    for number in range(20):
        packet = rtp.parsed(sender.packet(8, b"\xd5" * 160))
        assert packet is not None
        sender.stamp += 160
        if number not in (7, 8):
            quality.take(packet, number * 0.02)
    assert (quality.received, quality.lost, round(quality.jitter_ms)) == (18, 2, 0)
    assert rtp.parsed(b"short") is None
    assert rtp.key_of(rtp.event("#", 800, over=True)) == ("#", True)


def test_late_packets_are_counted_and_keys_new_streams_and_slow_clocks_are_no_trouble() -> None:
    sender, arrived, at = RtpSender(), ArrivalCount(), 0.0
    for number in range(3000):
        if number == 1500:
            sender = RtpSender()  # the other side begins a new stream: another count, another stamp
        packet = rtp.parsed(sender.packet(8, b"\xd5" * 160))
        assert packet is not None
        at += 0.020002  # two clocks are never the same
        arrived.take(packet, at + (0.09 if number in (700, 2000) else 0.0))
        if number % 500 == 0:
            for step in range(5):  # a key is down: its stamp stands still
                key = rtp.parsed(sender.packet(101, rtp.event("4", 160 * step, over=step == 4)))
                assert key is not None
                arrived.take(key, at + 0.02 * step, is_sound=False)
        sender.stamp += 160
    assert (arrived.received, arrived.lost, arrived.late) == (3030, 0, 2)
    assert arrived.jitter_ms < 1


def test_a_flood_of_packets_fills_no_disk(tmp_path: Path) -> None:
    sender, taken = RtpSender(), CallerRecording(tmp_path / "a.wav")
    for _ in range(3000):
        packet = rtp.parsed(sender.packet(8, b"\xd5" * 2000))
        assert packet is not None
        sender.stamp += 2000
        taken.hear(packet, codec("alaw").decode(packet.content), tone=False)
    taken.close()
    assert (tmp_path / "a.wav").stat().st_size < 12_000_000 / 4


@pytest.mark.row("T-02")
def test_a_recording_is_whole_on_the_disk_at_every_moment(tmp_path: Path) -> None:
    said = array.array("h", noise("lời", 0.1))
    file = WaveFile(tmp_path / "a.wav")
    file.put(said, 0)
    killed = sound.read(sound_of((tmp_path / "a.wav").read_bytes())).samples
    assert killed == said
    file.put(said[320:480], 480)  # one packet is late
    file.put(said[160:320], 320)
    file.close()
    whole = sound.read((tmp_path / "a.wav").read_bytes()).samples
    assert len(whole) == len(said)
    assert whole[320:480] == said[160:320]
