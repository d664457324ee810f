"""Requests of the embedded line whose answers come twice, late, only half, or at once; no real clock."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from ivr.embedded.g711 import codec
from ivr.embedded.media import Media
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_endpoint import GIVE_UP, SipEndpoint
from ivr.embedded.sip_message import SipMessage, parsed
from ivr.embedded.timers import Later, Timers

PEER = ("127.0.0.1", 5060)


class HandTimers(Timers):
    """Nothing is due before the test says so."""

    def __init__(self) -> None:
        self.waits: list[tuple[float, Later]] = []

    def after(self, seconds: float, act: Callable[[], None]) -> Later:
        later = Later(act)
        self.waits.append((seconds, later))
        return later

    def end(self) -> None:
        self.waits.clear()

    def pass_by(self, seconds: float) -> None:
        """Do what waits for so long, once."""
        for one in [one for one in self.waits if one[0] == seconds]:
            self.waits.remove(one)
            if one[1].act is not None:
                one[1].act()


class HandEndpoint(SipEndpoint):
    """Keeps what is sent; what comes is given by `answered`."""

    def __init__(self) -> None:
        self.hand = HandTimers()
        super().__init__(_bound(), lambda _host: True, timers=self.hand)
        self.sent: list[SipMessage] = []
        self.at_once: Callable[[SipMessage], None] = lambda _request: None

    def send(self, packet: bytes, target: tuple[str, int]) -> None:
        del target
        message = parsed(packet)
        self.sent.append(message)
        self.at_once(message)

    def answered(self, request: SipMessage, status: str) -> None:
        reply = SipMessage(f"SIP/2.0 {status}").add("via", request.get("via")).add("from", "<sip:a@b>")
        reply.add("to", "<sip:b@c>;tag=1").add("call-id", request.get("call-id"))
        self._take(reply.add("cseq", request.get("cseq")).rendered(), PEER)


@pytest.fixture
def endpoint() -> Iterator[HandEndpoint]:
    made = HandEndpoint()
    yield made
    made.close()


def _bound() -> socket.socket:
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    here.bind(("127.0.0.1", 0))
    return here


def register(endpoint: HandEndpoint) -> tuple[SipMessage, list[int | None]]:
    heard: list[int | None] = []
    request = SipMessage("REGISTER sip:b SIP/2.0").add("via", endpoint.via()).add("from", "<sip:a@b>;tag=1")
    request.add("to", "<sip:a@b>").add("call-id", "1").add("cseq", "1 REGISTER")
    endpoint.ask(request, PEER, lambda reply: heard.append(reply.status if reply else None))
    return request, heard


def ringing(endpoint: HandEndpoint) -> SipCall:
    to, caller = "sip:1@127.0.0.1", "sip:2@127.0.0.1"
    return SipCall.begin(endpoint, Media(_bound()), [codec("alaw")], to, caller, PEER)


def test_an_answer_that_comes_twice_is_heard_once(endpoint: HandEndpoint) -> None:
    request, heard = register(endpoint)
    for _ in range(3):
        endpoint.answered(request, "200 OK")
    endpoint.hand.pass_by(GIVE_UP)
    assert heard == [200]


def test_a_registrar_that_only_says_it_is_trying_is_asked_on_and_given_up(endpoint: HandEndpoint) -> None:
    request, heard = register(endpoint)
    endpoint.answered(request, "100 Trying")
    endpoint.hand.pass_by(0.5)
    assert [one.method for one in endpoint.sent] == ["REGISTER"] * 2
    endpoint.hand.pass_by(GIVE_UP)
    assert heard == [None]


def test_a_refusal_that_is_there_before_the_asking_returns_is_acknowledged(endpoint: HandEndpoint) -> None:
    def refuse(request: SipMessage) -> None:
        if request.method == "INVITE":
            endpoint.answered(request, "486 Busy Here")

    endpoint.at_once = refuse
    call = ringing(endpoint)
    assert [one.method for one in endpoint.sent] == ["INVITE", "ACK"]
    assert (call.state, call.ended) == ("over", "busy")


def test_a_call_that_is_given_up_lets_its_port_go_though_nothing_comes_any_more(
    endpoint: HandEndpoint,
) -> None:
    call = ringing(endpoint)
    endpoint.answered(endpoint.sent[0], "180 Ringing")
    call.hang_up()
    endpoint.hand.pass_by(GIVE_UP)
    assert [one.method for one in endpoint.sent] == ["INVITE", "CANCEL"]
    assert call.is_over
    with pytest.raises(OSError, match="Bad file descriptor"):
        call.media.here  # noqa: B018 - its socket is closed
    endpoint.hand.pass_by(GIVE_UP)
    assert endpoint.dialogs == {}
