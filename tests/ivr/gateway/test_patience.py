"""The patience of a line with a hotline that is away: it is whole again once the hotline has answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from ivr.gateway.asterisk_calls import AsteriskCalls
from ivr.gateway.asterisk_line import AsteriskLine
from ivr.gateway.hotline_transport import NotingTransport
from ivr.phone.transport import Reply, Transport, UnreachableError
from ivr.provider.files import Drawer
from tests.ivr.gateway.equipment import SID, equipment, line_of, own_settings
from tests.ivr.gateway.scripted_asterisk import ScriptedAsterisk

GOODBYE = Reply(
    200,
    Headers({"Content-Type": "text/xml"}),
    '<Response><Say language="vi-VN">Xin chào</Say><Hangup/></Response>'.encode(),
)
STANDS_AT_7 = Reply(
    200,
    Headers({"Content-Type": "text/xml"}),
    b'<Response><Redirect method="POST">https://tongdai.example/ivr/turn/7?resumed=1</Redirect></Response>',
)
AWAY = 'SET VARIABLE AWAY ""'


@dataclass
class Hotline:
    """Answers what it is told to; None is a hotline that is not there."""

    answers: list[Reply | None]
    asked: list[str] = field(default_factory=list)

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        del method, headers, body, timeout
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise UnreachableError
        return answer


@dataclass
class Calls(AsteriskCalls):
    """The calls of a line whose hotline is in this process."""

    hotline: Transport = field(default_factory=lambda: Hotline([None]))

    def _transport(self) -> Transport:
        return self.hotline


def carried(
    folder: Path, hotline: Hotline, *, resumed: bool, exchange: ScriptedAsterisk | None = None
) -> tuple[AsteriskLine, list[str]]:
    """What Asterisk was asked while one call was carried."""
    exchange = exchange or ScriptedAsterisk()
    line = line_of(folder, exchange)
    settings, _ = own_settings(folder)
    drawer = Drawer(folder / "store")
    calls = Calls(
        settings, equipment=equipment(folder), drawer=drawer, local_url="http://127.0.0.1:1", hotline=hotline
    )
    setup = calls.setup_in("0912345678", SID)
    calls.begin(setup)
    calls.carry(setup, line, resumed=resumed)
    exchange.close()
    return line, exchange.asked


@pytest.mark.row("L1")
@pytest.mark.parametrize("resumed", [False, True], ids=["at its begin", "taken up again"])
def test_a_call_that_the_hotline_answers_may_wait_for_it_as_long_again(tmp_path: Path, resumed: bool) -> None:
    line, asked = carried(tmp_path, Hotline([GOODBYE]), resumed=resumed)
    assert not line.left_to_exchange
    assert asked.count(AWAY) == 1
    assert asked.index(AWAY) < next(at for at, one in enumerate(asked) if one.startswith("STREAM FILE"))


@pytest.mark.row("L1")
@pytest.mark.parametrize("answer", [None, Reply(503)], ids=["gone", "in trouble"])
def test_a_hotline_that_does_not_answer_gives_no_patience_back(tmp_path: Path, answer: Reply | None) -> None:
    line, asked = carried(tmp_path, Hotline([answer]), resumed=True)
    assert line.left_to_exchange
    assert AWAY not in asked


@pytest.mark.row("F-01")
@pytest.mark.parametrize(("answer", "left"), [(None, "ANSWER"), (Reply(503), "ANSWER"), (STANDS_AT_7, "")])
def test_how_a_talk_ended_stays_with_the_exchange_until_the_hotline_can_be_told(
    tmp_path: Path, answer: Reply | None, left: str
) -> None:
    exchange = ScriptedAsterisk()
    exchange.variables |= {"DIALSTATUS": "ANSWER", "ANSWEREDTIME": "40"}
    hotline = Hotline([answer, GOODBYE if left == "" else answer])
    carried(tmp_path, hotline, resumed=True, exchange=exchange)
    assert exchange.variables["DIALSTATUS"] == left
    assert any(url.partition("#")[0].endswith("/ivr/turn/7") for url in hotline.asked) == (left == "")


def test_the_first_answer_that_is_no_error_is_told_once() -> None:
    told: list[str] = []
    hotline = Hotline([Reply(502), GOODBYE, GOODBYE])
    noting = NotingTransport(hotline, lambda: told.append("back"))
    for expected in (0, 1, 1):
        noting.send("POST", "https://x/ivr/voice", Headers(), b"", 1.0)
        assert len(told) == expected
