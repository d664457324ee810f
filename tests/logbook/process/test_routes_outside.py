"""A proxy in the environment is for the world outside: this machine reaches itself directly (B-20)."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.request import urlopen

import pytest
import requests
from apprise import Apprise

from ivr.phone.transport import HttpTransport, UnreachableError
from logbook.process.routes_outside import exempt, is_loopback, proxies_for, spare_loopback
from logbook.provider import ProviderError, Telephone
from logbook.recordings.fetch import FetchError, RecordingFetcher
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
DEAD = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
SID = "RE" + "0" * 32


class _Peer(BaseHTTPRequestHandler):
    seen: list[str]

    def _answer(self) -> None:
        self.seen.append(self.path)
        body = b'{"sid": "CA1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[tuple[str, list[str]]]:
    """Something that answers on this machine; what was asked of it, a proxy's whole addresses included."""
    seen: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Peer", (_Peer,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose every proxy variable names a proxy that leads nowhere."""
    for name in PROXIES:
        monkeypatch.setenv(name, DEAD)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "intranet.example")


@pytest.mark.row("B-20")
@pytest.mark.usefixtures("behind_a_proxy")
def test_every_client_of_the_house_reaches_this_machine_past_the_proxy(peer: tuple[str, list[str]]) -> None:
    url, seen = peer
    assert Telephone(url, "AC" + "0" * 32, "token").text(to="+84912345678", sender="x", body="y") == "CA1"
    assert RecordingFetcher(url, "AC1", "token", 1000, 5).fetch is not None
    with pytest.raises(FetchError):  # it answers with something that is no sound
        RecordingFetcher(url, "AC1", "token", 5, 5).fetch(SID)
    assert HttpTransport().send("POST", f"{url}/ivr/voice", {}, b"", 5).status == 200  # type: ignore[arg-type]
    spare_loopback(os.environ)
    assert requests.get(f"{url}/readyz", timeout=PATIENCE).ok
    with urlopen(f"{url}/urllib", timeout=PATIENCE) as answer:
        assert answer.status == 200
    assert Apprise(f"json://{url.removeprefix('http://')}/apprise").notify("x")
    assert len(seen) == 6
    assert all(path.startswith("/") for path in seen)


@pytest.mark.row("B-20")
def test_addresses_outside_still_use_the_proxy(
    peer: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, seen = peer
    for name in PROXIES:
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    spare_loopback(os.environ)
    outside = "http://provider.invalid"
    Telephone(outside, "AC" + "0" * 32, "token").text(to="+84912345678", sender="x", body="y")
    with pytest.raises(FetchError):
        RecordingFetcher(outside, "AC1", "token", 5, 5).fetch(SID)
    HttpTransport().send("GET", f"{outside}/x", {}, b"", 5)  # type: ignore[arg-type]
    assert requests.get(f"{outside}/y", timeout=PATIENCE).ok
    assert len(seen) == 4
    assert all(path.startswith(outside) for path in seen)


@pytest.mark.row("B-20")
@pytest.mark.usefixtures("behind_a_proxy")
def test_what_the_office_exempted_stays_exempt_and_calling_twice_changes_nothing() -> None:
    spare_loopback(os.environ)
    once = (os.environ["no_proxy"], os.environ["NO_PROXY"])
    spare_loopback(os.environ)
    assert once == (os.environ["no_proxy"], os.environ["NO_PROXY"])
    assert once[0].startswith("intranet.example,")
    assert proxies_for("http://intranet.example/x").get("http") is None
    assert proxies_for("https://api.twilio.com")["https"] == DEAD
    for host in ("127.0.0.1:8000", "127.9.9.9", "localhost:1", "[::1]:8000", "LOCALHOST", "a.localhost"):
        assert proxies_for(f"http://{host}/x") == {}, host
    assert exempt("https://api.twilio.com") == {}
    everything: dict[str, str] = {"NO_PROXY": "*"}
    spare_loopback(everything)
    assert everything == {"NO_PROXY": "*"}
    assert not any(map(is_loopback, ("10.0.0.1", "mylocalhost", "127.0.0.1.example.vn", None, "")))


@pytest.mark.row("B-20")
@pytest.mark.usefixtures("behind_a_proxy")
def test_without_the_exemption_the_proxy_would_have_been_asked() -> None:
    with pytest.raises(ProviderError):
        Telephone("http://provider.invalid", "AC" + "0" * 32, "token", timeout=PATIENCE).state("CA1")
    with pytest.raises(UnreachableError):
        HttpTransport().send("GET", "http://provider.invalid/", {}, b"", 2)  # type: ignore[arg-type]
