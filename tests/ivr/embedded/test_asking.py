"""Requests of the embedded line whose answers come twice, late, only half, or at once; no real clock."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.embedded import sip_trunk
from ivr.embedded.g711 import codec
from ivr.embedded.media import Media
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_endpoint import GIVE_UP, SipEndpoint
from ivr.embedded.sip_message import SipMessage, parsed
from ivr.embedded.sip_trunk import SipTrunk
from ivr.embedded.timers import Later, Timers
from tests.ivr.gateway.equipment import own_settings
from tests.suite.ports import free_port

NEVER = ("4294967295", "99999999999", "²", "x")
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

    def answered(self, request: SipMessage, status: str, *more: tuple[str, str]) -> None:
        reply = SipMessage(f"SIP/2.0 {status}").add("via", request.get("via")).add("from", "<sip:a@b>")
        reply.add("to", "<sip:b@c>;tag=1").add("call-id", request.get("call-id"))
        for name, value in more:
            reply.add(name, value)
        self._take(reply.add("cseq", request.get("cseq")).rendered(), PEER)


@pytest.fixture
def endpoint() -> Iterator[HandEndpoint]:
    made = HandEndpoint()
    yield made
    made.close()


@pytest.fixture
def way(endpoint: HandEndpoint, tmp_path: Path) -> SipTrunk:
    """A way to a registrar that answers by hand."""
    trunk = {"kind": "pbx", "host": "127.0.0.1", "user": "102", "codecs": ["alaw"], "lines": 2}
    _, own = own_settings(
        tmp_path, local_address="127.0.0.1", sip_port=free_port(), trunk={**trunk, "kept_for_callers": 1}
    )
    way = SipTrunk(own, "right", "842583842102")
    way.endpoint.close()
    way.endpoint = endpoint
    return way


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


def test_registering_anew_is_never_put_off_for_longer_than_was_asked_for(
    endpoint: HandEndpoint, way: SipTrunk
) -> None:
    way.start()
    for kept in NEVER:
        endpoint.hand.waits.clear()
        endpoint.answered(endpoint.sent[-1], "200 OK", ("expires", kept))
        assert [seconds for seconds, _ in endpoint.hand.waits] == [240.0], kept
        endpoint.hand.pass_by(240.0)
    endpoint.answered(endpoint.sent[-1], "200 OK", ("expires", "60"))
    assert endpoint.hand.waits[-1][0] == 48.0


def test_a_name_that_is_not_known_at_first_is_asked_for_again_soon_and_then_heard(
    endpoint: HandEndpoint, way: SipTrunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> object:
        raise OSError("Name or service not known")

    with monkeypatch.context() as before:
        before.setattr(socket, "getaddrinfo", unknown)
        way.start()
    assert (way.hosts, endpoint.sent) == (frozenset(), [])
    endpoint.hand.pass_by(sip_trunk.TRY_AGAIN)
    assert way.hosts == {"127.0.0.1"}
    assert [one.method for one in endpoint.sent] == ["REGISTER"]


def test_the_address_that_was_asked_last_is_heard_though_the_name_has_another_one_now(
    way: SipTrunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    way.start()
    moved = [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", ("10.0.0.7", 5060))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: moved)
    assert way.find() == ("10.0.0.7", 5060)
    assert way.hosts == {"127.0.0.1", "10.0.0.7"}
