"""An own line on the hotline's machine: the signed name stays https, delivery goes to this machine (L4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers

from ivr.phone.carrier import Carrier
from ivr.phone.transport import HttpTransport, UnreachableError
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings
from tests.frozen import CONFIG

PUBLIC, TOKEN = "https://tongdai.invalid", "canary-token-1234567890"


@pytest.fixture
def here() -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """This machine's own port, and what came in at it."""
    seen: list[tuple[str, dict[str, str]]] = []

    class Hotline(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.path, dict(self.headers)))
            self.send_response(200)
            answer = b"<Response><Hangup/></Response>"
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hotline)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.row("L4")
def test_what_is_signed_for_the_public_name_is_brought_to_this_machine(
    here: tuple[str, list[tuple[str, dict[str, str]]]],
) -> None:
    local, seen = here
    carrier = Carrier(HttpTransport(PUBLIC, local), TOKEN)
    fields = {"CallSid": "CA1", "From": "+84912345678"}
    carrier.fetch(f"{PUBLIC}/ivr/voice?x=1", "POST", fields)
    ((path, headers),) = seen
    assert (path, headers["Host"]) == ("/ivr/voice?x=1", "tongdai.invalid")
    signature = headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(f"{PUBLIC}/ivr/voice?x=1", fields, signature)


@pytest.mark.row("L4")
def test_other_addresses_are_left_alone(here: tuple[str, list[tuple[str, dict[str, str]]]]) -> None:
    local, seen = here
    for url in (f"{PUBLIC}.example.invalid/x", "https://other.invalid/ivr/voice"):
        with pytest.raises(UnreachableError):
            HttpTransport(PUBLIC, local).send("POST", url, Headers(), b"", 2)
    assert seen == []


@pytest.mark.row("L4")
def test_the_setting_names_this_machine_only() -> None:
    production = {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_MODE": "production",
        "TONGDAI_PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "SECRET_KEY": "canary-secret-1234567890",
    }
    settings = load_settings({**production, "TONGDAI_LOCAL_URL": "http://127.0.0.1:8000/"})
    assert (settings.local_url, settings.voice_url) == ("http://127.0.0.1:8000", f"{PUBLIC}/ivr/voice")
    assert load_settings(production).local_url is None
    for wrong in ("http://10.0.0.5:8000", "https://127.0.0.1", "tongdai.invalid", "http://127.0.0.1.evil.vn"):
        with pytest.raises(SettingsError) as refused:
            load_settings({**production, "TONGDAI_LOCAL_URL": wrong})
        assert [problem.key for problem in refused.value.problems] == ["TONGDAI_LOCAL_URL"]
