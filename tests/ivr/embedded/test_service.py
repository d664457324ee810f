"""The process of the embedded line: how it begins beside a slow voice, and how it ends."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import pytest

from ivr.commands.own_line import embedded
from ivr.embedded import embedded_service
from ivr.embedded.embedded_service import EmbeddedService, open_embedded
from ivr.embedded.sdp import Address
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_message import SipMessage
from ivr.gateway.service import serve_api
from logbook.installation import open_installation
from tests.exchange.softphone import SoftPhone
from tests.exchange.voice import speak
from tests.ivr.gateway.equipment import own_settings
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until


@pytest.fixture
def phone() -> Iterator[SoftPhone]:
    phone = SoftPhone()
    yield phone
    phone.close()


def opened(folder: Path, phone: SoftPhone, voice: Callable[[str, str], bytes] = speak) -> EmbeddedService:
    """A line on which every call is picked up and nothing else happens."""
    trunk = {"kind": "address", "host": f"127.0.0.1:{phone.port}", "user": "", "codecs": ["alaw"]}
    settings, own = own_settings(
        folder,
        local_address="127.0.0.1",
        sip_port=free_port(),
        api_port=free_port(),
        trunk={**trunk, "lines": 4, "kept_for_callers": 1},
    )
    service = open_embedded(open_installation(settings), own, "http://127.0.0.1:1", voice)
    way = service.way

    def picked_up(request: SipMessage, source: Address) -> None:
        call = SipCall.invited(way.endpoint, way.media(), way.codecs, request, source)
        call.kept = way.kept
        threading.Thread(target=call.answer, daemon=True).start()

    way.endpoint.invited = picked_up
    return service


@contextmanager
def running(service: EmbeddedService) -> Iterator[None]:
    """The line in a thread, until the block ends."""
    ended = threading.Event()
    line = threading.Thread(target=embedded_service.run, args=(service, ended), daemon=True)
    line.start()
    try:
        yield
    finally:
        ended.set()
        line.join(PATIENCE)
        service.office.database.close()


def test_the_api_has_let_go_of_everything_once_it_was_told_to_end(tmp_path: Path, phone: SoftPhone) -> None:
    service = opened(tmp_path, phone)
    before = set(threading.enumerate())
    try:
        for _ in range(3):
            end = serve_api(service.calls, service.own.api_port)
            asked = socket.create_connection(("127.0.0.1", service.own.api_port), PATIENCE)
            end()
            assert not [each.name for each in set(threading.enumerate()) - before if each.name == "api"]
            asked.settimeout(PATIENCE)
            with suppress(ConnectionResetError):
                assert asked.recv(1) == b""
            asked.close()
    finally:
        service.way.close()
        service.office.database.close()


def test_a_call_that_was_given_up_and_never_answered_keeps_no_port_once_the_line_has_ended(
    tmp_path: Path, phone: SoftPhone
) -> None:
    service = opened(tmp_path, phone)
    with running(service):
        assert until(lambda: service.way.registered)
        phone.close()  # nothing answers there any more
        given_up, rings = service.way.ring("0905000001"), service.way.ring("0905000002")
        given_up.hang_up()
    assert (given_up.state, rings.state) == ("over", "over")
    assert given_up.media.gone
    assert rings.media.gone


def test_calls_are_ended_when_the_line_is_told_to_end(tmp_path: Path, phone: SoftPhone) -> None:
    service = opened(tmp_path, phone)
    with running(service):
        call = phone.call(service.own.sip_port)
        assert call.answered.wait(PATIENCE)
        by = time.monotonic() + PATIENCE
        while not list(service.folders.dialogs.glob("*.json")) and time.monotonic() < by:
            time.sleep(0.02)
        assert not call.ended.is_set()
    assert call.ended.wait(PATIENCE)


def test_calls_are_taken_while_a_slow_voice_makes_the_sounds(tmp_path: Path, phone: SoftPhone) -> None:
    goes_on = threading.Event()

    def slow(text: str, language: str) -> bytes:
        goes_on.wait(PATIENCE)
        return speak(text, language)

    service = opened(tmp_path, phone, slow)
    with running(service):
        call = phone.call(service.own.sip_port)
        assert call.answered.wait(PATIENCE)
        assert not goes_on.is_set()
        goes_on.set()


def test_a_port_of_the_api_that_is_taken_is_said_in_a_sentence(
    tmp_path: Path, phone: SoftPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = opened(tmp_path, phone)

    def taken(*_: object) -> None:
        raise OSError("Address already in use")

    monkeypatch.setattr(embedded_service, "serve_api", taken)
    monkeypatch.setattr(embedded_service, "open_embedded", lambda *_: service)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(click.ClickException, match=f"127.0.0.1:{service.own.api_port}"):
        embedded.run(service.office.settings, service.own)
    service.way.close()
    service.office.database.close()
