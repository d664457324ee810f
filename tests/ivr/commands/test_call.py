"""`tongdai call` against a hotline of a few lines, served over a real connection."""

import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from ivr.commands.call import call, caller_of, keys_of, voice_of
from ivr.phone import sound
from ivr.phone.parameters import WITHHELD
from ivr.phone.scripted import PressAt, StaySilent
from ivr.provider.app import create_provider, desk_of
from logbook.settings.loading import load_settings

MENU = (
    '<Gather numDigits="1" action="/ivr/turn/1"><Say>Mời quý khách bấm phím</Say></Gather>'
    "<Redirect>/ivr/bye</Redirect>"
)
PAGES = {
    "/ivr/voice": MENU,
    "/ivr/bye": "<Say>Xin chào quý khách</Say>",
    "/ivr/turn/1": '<Record action="/ivr/turn/2" finishOnKey="#"/><Say>Chưa nghe được</Say><Hangup/>',
    "/ivr/turn/2": "<Dial><Number>+842583842111</Number></Dial><Say>Cảm ơn quý khách</Say>",
    "/ivr/status": "",
}


class Served:
    """A toy hotline with the stand-in provider below it, and what it was asked."""

    def __init__(self, folder: Path, port_of: list[int]) -> None:
        settings = load_settings()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        self.pages = dict(PAGES)
        self.provider = create_provider(folder, settings.account_sid, settings.auth_token.get_secret_value())
        self.server = make_server(
            "127.0.0.1", 0, DispatcherMiddleware(self._answer, {"/provider": self.provider})
        )
        port_of.append(self.server.server_port)

    def _answer(self, environ, start_response):  # type: ignore[no-untyped-def]
        request = Request(environ)
        self.asked.append((request.path, request.form.to_dict()))
        body = f"<Response>{self.pages[request.path]}</Response>" if self.status == 200 else "no"
        return Response(body, self.status, content_type="text/xml")(environ, start_response)


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("TONGDAI_MODE", "demo")
    monkeypatch.chdir(tmp_path)
    ports: list[int] = []
    served = Served(tmp_path / "provider", ports)
    monkeypatch.setenv("TONGDAI_PUBLIC_URL", f"http://127.0.0.1:{ports[0]}")
    thread = threading.Thread(target=served.server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


def place(*options: str, typed: str = "") -> Result:
    return CliRunner().invoke(call, options, input=typed)


def test_a_whole_call_is_shown_and_its_recording_reaches_the_provider(hotline: Served) -> None:
    shown = place("--keys", "2", "--say", "complaint.wav", "--clerk", "answer")
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert "◀ Mời quý khách bấm phím" in lines
    assert lines.index("▶ bấm 2") < lines.index("▶ (đã nói 7 giây)") < lines.index("◀ Cảm ơn quý khách")
    assert "☎ Máy cán bộ +842583842111: đổ chuông …" in lines
    assert "☎ Tổng đài kết thúc cuộc gọi" in lines
    sid = dict(hotline.asked)["/ivr/turn/2"]["RecordingSid"]
    assert desk_of(hotline.provider).drawer.get_sound(sid) is not None


@pytest.mark.row("R3")
def test_whoever_picks_up_is_asked_alone_and_a_voice_mail_box_is_not_joined(hotline: Served) -> None:
    hotline.pages |= {
        "/ivr/turn/1": '<Dial action="/ivr/bye"><Number url="/ivr/accept">+842583842111</Number></Dial>',
        "/ivr/accept": '<Gather numDigits="1" action="/ivr/pressed"><Say>Xin bấm một</Say></Gather><Hangup/>',
        "/ivr/pressed": "<Say>Xin mời nói</Say>",
    }
    answered = place("--keys", "0", "--clerk", "answer", "--talk", "40").output.splitlines()
    heard = ["☎ ◀ (riêng cán bộ nghe) Xin bấm một", "☎ ▶ cán bộ bấm 1"]
    joined = ["☎ ◀ (riêng cán bộ nghe) Xin mời nói", "☎ Cán bộ nghe máy, nói chuyện 40 giây"]
    begins = answered.index("☎ Máy cán bộ có người nhấc") + 1
    assert answered[begins : begins + 4] == heard + joined
    machine = place("--keys", "0", "--clerk", "voicemail").output
    assert "☎ ▶ (máy cán bộ không bấm gì)" in machine
    assert "nói chuyện" not in machine
    told = [fields for path, fields in hotline.asked if path == "/ivr/bye"]
    assert [(one["DialBridged"], one["DialCallDuration"]) for one in told] == [("true", "40"), ("false", "0")]
    legs = [fields for path, fields in hotline.asked if path == "/ivr/accept"]
    assert all(leg["Direction"] == "outbound-dial" and leg["CallSid"] != leg["ParentCallSid"] for leg in legs)


def test_when_the_keys_are_used_up_the_caller_is_silent_until_the_hotline_ends_the_call(
    hotline: Served,
) -> None:
    shown = place("--keys", "s")
    assert shown.exit_code == 0, shown.output
    assert "▶ (im lặng)" in shown.output
    assert "◀ Xin chào quý khách" in shown.output
    assert place("--keys", "2").output.count("(không nói gì") == 1


def test_the_caller_hangs_up_when_asked_to(hotline: Served) -> None:
    shown = place("--keys", "2", "--hang-up-after", "1")
    assert shown.exit_code == 0, shown.output
    assert "▶ gác máy" in shown.output
    assert [path for path, _ in hotline.asked] == ["/ivr/voice", "/ivr/turn/1", "/ivr/status"]


def test_a_call_at_another_time_brings_that_time(hotline: Served) -> None:
    assert place("--keys", "s", "--at", "2026-11-25T09:10").exit_code == 0
    times = [form["TongdaiAt"] for _, form in hotline.asked]
    assert times[0] == "2026-11-25T09:10:00+07:00"
    assert len(times) == len(hotline.asked)


def test_without_another_time_none_is_brought(hotline: Served) -> None:
    place("--keys", "s")
    assert all("TongdaiAt" not in form for _, form in hotline.asked)


def test_keys_are_read_from_the_keyboard_and_the_end_of_input_hangs_up(hotline: Served) -> None:
    shown = place(typed="a\n2\n")
    assert shown.exit_code == 0, shown.output
    assert "Chỉ bấm được các phím" in shown.output
    assert "▶ bấm 2" in shown.output
    assert "▶ (đã nói 7 giây)" in shown.output
    hung_up = place(typed="")
    assert (hung_up.exit_code, "▶ gác máy" in hung_up.output) == (0, True)


def test_quiet_shows_nothing(hotline: Served) -> None:
    assert (place("--keys", "s", "--quiet").output, hotline.asked[0][0]) == ("", "/ivr/voice")


def test_a_wrong_token_is_explained(hotline: Served) -> None:
    hotline.status = 403
    shown = place("--keys", "s")
    assert shown.exit_code == 1
    assert "TWILIO_AUTH_TOKEN" in shown.output


def test_a_hotline_that_fails_is_reported_and_the_log_pointed_to(hotline: Served) -> None:
    hotline.status = 500
    shown = place("--keys", "s")
    assert shown.exit_code == 1
    assert "◀ Xin lỗi quý khách, hệ thống tổng đài đang gặp sự cố" in shown.output
    assert "application error" not in shown.output
    assert "tongdai check" in shown.output


def test_a_hotline_that_never_ends_the_call_is_reported(hotline: Served) -> None:
    hotline.pages["/ivr/bye"] = "<Redirect>/ivr/voice</Redirect>"
    shown = place("--keys", "s", "--quiet")
    assert shown.exit_code == 1
    assert "không tự kết thúc" in shown.output


def test_a_hotline_that_is_not_running_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_MODE", "demo")
    shown = place("--keys", "s", "--url", "http://127.0.0.1:9")
    assert shown.exit_code == 1
    assert "tongdai serve" in shown.output


@pytest.mark.parametrize(
    "options",
    [
        ("--keys", "4,z"),
        ("--keys", "x"),
        ("--at", "mai"),
        ("--from", "abc"),
        ("--say", "missing.wav", "--keys", "1"),
    ],
)
def test_wrong_options_end_with_status_2_before_anything_is_called(
    options: tuple[str, ...], hotline: Served
) -> None:
    assert place(*options).exit_code == 2
    assert hotline.asked == []


def test_keys_are_one_item_for_each_prompt() -> None:
    assert keys_of("4,123456#,s,,*") == (
        PressAt("4"),
        PressAt("123456#"),
        StaySilent(),
        StaySilent(),
        PressAt("*"),
    )


def test_a_withheld_number_is_sent_as_the_provider_sends_it() -> None:
    assert caller_of("anonymous") == WITHHELD
    assert caller_of("0912 345 678") == "+84912345678"


def test_a_file_in_the_current_folder_comes_before_the_sample_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "complaint.wav").write_bytes(sound.tone(1))
    assert voice_of("complaint.wav", tmp_path).what == sound.tone(1)
    (tmp_path / "bad.wav").write_text("no sound")
    with pytest.raises(click.BadParameter, match="WAV"):
        voice_of("bad.wav", tmp_path)
