"""`tongdai phone` at a hotline of a few lines with the stand-in provider below it, over a real connection."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from ivr.commands.phone import phone
from ivr.provider.app import create_provider, desk_of
from ivr.provider.handset import Handset, StandInUnreachableError
from ivr.provider.outbound import places_calls
from ivr.provider.sdk import client
from logbook.clock import Clock, parse_moment
from logbook.settings.loading import Settings, load_settings
from tests.people import WEDNESDAY
from tests.suite.waiting import PATIENCE, until

CHAIRMAN, HOTLINE = "+842583842100", "+842583842102"
PAGES = {
    "/ivr/told/1": '<Gather numDigits="1" action="/ivr/turn/1"><Say>Có phản ánh mới</Say></Gather>'
    "<Say>Chưa ai xác nhận</Say>",
    "/ivr/turn/1": "<Say>Đã ghi nhận</Say><Hangup/>",
    "/ivr/speak": '<Record action="/ivr/turn/1" finishOnKey="#"/>',
    "/ivr/join": "<Dial><Number>+84912345678</Number></Dial>",
    "/status": "",
}


class Office:
    """The toy hotline and its provider, and what the hotline was asked."""

    def __init__(self, settings: Settings, provider: Any) -> None:
        self.settings = settings
        self.provider = provider
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.while_asked: Callable[[str], None] = lambda path: None

    def answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append((request.path, request.form.to_dict()))
        self.while_asked(request.path)
        body = f"<Response>{PAGES[request.path]}</Response>"
        return Response(body, content_type="text/xml")(environ, start_response)

    def api(self) -> Any:
        settings = self.settings
        return client(settings.provider_url, settings.account_sid, settings.auth_token.get_secret_value())

    def ring(self, page: str = "/ivr/told/1", to: str = CHAIRMAN, seconds: int = 600) -> str:
        home = self.settings.public_url
        api = self.api()
        made = api.calls.create(
            to=to, from_=HOTLINE, url=home + page, status_callback=home + "/status", timeout=seconds
        )
        api.http_client.session.close()
        return str(made.sid)

    def row(self, sid: str) -> Mapping[str, str]:
        found = desk_of(self.provider).drawer.get("Calls", sid)
        assert found is not None
        return found

    def handset(self, number: str = CHAIRMAN) -> Handset:
        settings = self.settings
        token = settings.auth_token.get_secret_value()
        return Handset(settings.provider_url, settings.account_sid, token, number)

    def notified_of_the_end(self) -> list[str]:
        return [form["CallStatus"] for path, form in self.asked if path == "/status"]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("TONGDAI_MODE", "demo")
    monkeypatch.setenv("TONGDAI_NOW", "2026-11-25T09:10")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    token = settings.auth_token.get_secret_value()
    provider = create_provider(
        tmp_path / "provider", settings.account_sid, token, clock=Clock(parse_moment(WEDNESDAY))
    )
    desk = desk_of(provider)
    desk.place_call = places_calls(desk.drawer, token, switchboard=desk.switchboard, clock=desk.clock)
    made: list[Office] = []

    def hotline(environ: Any, start_response: Any) -> Any:
        return made[0].answer(environ, start_response)

    server = make_server(
        "127.0.0.1", 0, DispatcherMiddleware(hotline, {"/provider": provider}), threaded=True
    )
    monkeypatch.setenv("TONGDAI_PUBLIC_URL", f"http://127.0.0.1:{server.server_port}")
    made.append(Office(load_settings(), provider))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made[0]
    server.shutdown()
    thread.join()
    server.server_close()


def pick_up(*options: str, typed: str = "") -> Result:
    return CliRunner().invoke(phone, ["0258.3842.100", "--wait", str(PATIENCE), *options], input=typed)


@pytest.mark.row("000-13")
def test_the_telephone_rings_is_answered_and_presses_its_key(office: Office) -> None:
    sid = office.ring()
    shown = pick_up("--keys", "1", "--once")
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert lines[0] == "☎ Máy 0258.3842.100 đang chờ cuộc gọi (Ctrl-C để thôi)"
    assert lines[1] == "☎ Chuông reo 09:10 25/11/2026: cuộc gọi từ 0258.3842.102 đến 0258.3842.100"
    assert lines[2:] == [
        "☎ Nhấc máy",
        "◀ Có phản ánh mới",
        "▶ bấm 1",
        "◀ Đã ghi nhận",
        "☎ Tổng đài kết thúc cuộc gọi",
    ]
    assert [path for path, _ in office.asked] == ["/ivr/told/1", "/ivr/turn/1", "/status"]
    assert office.asked[1][1]["Digits"] == "1"
    assert {form["CallSid"] for _, form in office.asked} == {sid}
    assert office.notified_of_the_end() == ["completed"]
    assert office.row(sid)["status"] == "completed"
    assert int(office.row(sid)["duration"]) >= 1


def test_it_asks_before_it_picks_up_when_nobody_said_which_keys(office: Office) -> None:
    sid = office.ring()
    shown = pick_up("--once", typed="\n1\n")
    assert "  Enter: nghe máy, x: không nhận" in shown.output
    assert "▶ bấm 1" in shown.output
    assert office.row(sid)["status"] == "completed"


@pytest.mark.parametrize("how", [("--busy",), ()], ids=["told to be", "refused by a key"])
def test_a_busy_telephone_hears_nothing_and_the_hotline_learns_it(
    office: Office, how: tuple[str, ...]
) -> None:
    sid = office.ring()
    shown = pick_up("--once", *how, typed="x\n")
    assert shown.exit_code == 0, shown.output
    assert "☎ Máy bận" in shown.output
    assert [path for path, _ in office.asked] == ["/status"]
    assert office.notified_of_the_end() == ["busy"]
    assert office.row(sid)["status"] == "busy"


def test_a_telephone_that_is_let_ring_ends_as_not_answered(office: Office) -> None:
    sid = office.ring(seconds=3)
    shown = pick_up("--no-answer", "--once")
    assert "☎ Không ai nghe máy, chuông đã tắt" in shown.output
    assert until(office.notified_of_the_end)
    assert office.notified_of_the_end() == ["no-answer"]
    assert until(lambda: office.row(sid)["status"] != "ringing")
    assert office.row(sid)["status"] == "no-answer"


def test_a_call_for_another_number_does_not_ring_here(office: Office) -> None:
    office.ring(to="+842583842101")
    shown = CliRunner().invoke(phone, ["0258.3842.100", "--keys", "1", "--wait", "0.6"])
    assert shown.exit_code == 1
    assert "Không có cuộc gọi nào đến 0258.3842.100" in shown.output
    assert office.asked == []


def test_two_telephones_of_one_number_never_answer_the_same_call(office: Office) -> None:
    sid = office.ring()
    assert until(lambda: office.handset().look().ringing)
    assert [shown["CallSid"] for shown in office.handset().look().ringing] == [sid]
    with ThreadPoolExecutor(8) as phones:
        taken = list(phones.map(lambda _: office.handset().take(sid), range(8)))
    assert sum(each is not None for each in taken) == 1
    assert office.row(sid)["status"] == "in-progress"


def test_what_is_said_into_it_is_recorded_at_the_provider(office: Office) -> None:
    office.ring("/ivr/speak")
    shown = pick_up("--keys", "1", "--say", "complaint.wav", "--once")
    assert "▶ (đã nói 7 giây)" in shown.output
    form = dict(office.asked)["/ivr/turn/1"]
    assert form["RecordingUrl"].startswith(office.settings.provider_url)
    assert desk_of(office.provider).drawer.get_sound(form["RecordingSid"]) is not None


def test_it_can_be_joined_to_somebody_else(office: Office) -> None:
    office.ring("/ivr/join")
    shown = pick_up("--keys", "1", "--once")
    assert "☎ Máy +84912345678: đổ chuông …" in shown.output
    assert "☎ Bên kia nghe máy, nói chuyện 30 giây" in shown.output


def test_messages_are_shown_once_by_a_telephone_that_waits(office: Office) -> None:
    api = office.api()
    made = api.messages.create(to=CHAIRMAN, from_="UBND", body="Phan anh moi")
    api.messages.create(to="+842583842101", from_="UBND", body="Tin cho nguoi khac")
    quick = ["0258.3842.100", "--wait", "0.2"]
    shown = CliRunner().invoke(phone, quick).output
    assert "✉ Tin nhắn 09:10 25/11/2026 từ UBND: Phan anh moi" in shown
    assert "nguoi khac" not in shown
    assert "Phan anh moi" not in CliRunner().invoke(phone, quick).output
    assert api.messages(made.sid).fetch().status == "delivered"
    api.http_client.session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is a signal of POSIX")
def test_ctrl_c_hangs_up_and_the_hotline_is_told(office: Office) -> None:
    before = signal.getsignal(signal.SIGINT)
    sid = office.ring()

    def press(path: str) -> None:
        if path == "/ivr/told/1":
            os.kill(os.getpid(), signal.SIGINT)

    office.while_asked = press
    shown = pick_up("--keys", "1", "--once")
    assert shown.exit_code == 0, shown.output
    assert "▶ gác máy" in shown.output
    assert "▶ bấm 1" not in shown.output
    assert office.notified_of_the_end() == ["completed"]
    assert office.row(sid)["status"] == "completed"
    assert signal.getsignal(signal.SIGINT) is before


def test_nobody_can_end_a_call_that_was_not_taken(office: Office) -> None:
    sid = office.ring()
    assert until(lambda: office.handset().look().ringing)
    office.handset().ended(sid, "completed", 5)
    assert office.row(sid)["status"] == "ringing"
    assert office.handset().take("CA" + "0" * 32) is None


def test_a_wrong_token_reaches_no_telephone(office: Office) -> None:
    settings = office.settings
    stranger = Handset(settings.provider_url, settings.account_sid, "wrong", CHAIRMAN)
    with pytest.raises(StandInUnreachableError) as refused:
        stranger.look()
    assert refused.value.status == 401


def test_a_hotline_that_does_not_run_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_PUBLIC_URL", "http://127.0.0.1:9")
    shown = CliRunner().invoke(phone, ["0258.3842.100"])
    assert shown.exit_code == 1
    assert "tongdai serve" in shown.output


def test_told_to_wait_it_waits_for_a_hotline_that_does_not_run_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_PUBLIC_URL", "http://127.0.0.1:9")
    shown = CliRunner().invoke(phone, ["0258.3842.100", "--wait", "1.5"])
    assert shown.output.count("Chưa liên lạc được với tổng đài") == 1
    assert "Không có cuộc gọi nào" in shown.output


def test_a_call_ends_before_it_was_picked_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.ring()
    monkeypatch.setattr(Handset, "take", lambda *_: None)
    shown = pick_up("--keys", "1", "--once")
    assert "☎ Cuộc gọi đã dứt trước khi nhấc máy" in shown.output
    assert office.asked == []


def test_what_is_no_number_is_refused() -> None:
    assert CliRunner().invoke(phone, ["chủ tịch"]).exit_code == 2


def test_it_exists_in_demonstrations_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TONGDAI_MODE": "production",
        "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": "a token nobody knows",
        "SECRET_KEY": "a secret nobody knows",
    }.items():
        monkeypatch.setenv(name, value)
    shown = CliRunner().invoke(phone, ["0258.3842.100"])
    assert (shown.exit_code, "chỉ dùng khi chạy thử" in shown.output) == (1, True)
