"""Asking the provider for calls: what is sent, and what each trouble means."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from logbook.provider import CallState, ProviderError, Telephone

CALL: dict[str, object] = {
    "sid": "CA" + "1" * 32,
    "status": "completed",
    "duration": "42",
    "parent_call_sid": None,
}


class Api:
    """A provider that answers every request with `status` and `body`, and remembers what was asked."""

    def __init__(self) -> None:
        self.status = 201
        self.body: dict[str, object] = CALL
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []
        self.url = ""


@contextmanager
def running() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            api.asked.append((self.command, self.path, parse_qs(self.rfile.read(length).decode())))
            body = json.dumps(api.body).encode()
            self.send_response(api.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as made:
        yield made


def ring(api: Api) -> str:
    return Telephone(api.url, "AC1", "token").ring(
        to="+84905111111",
        caller_id="+842583842102",
        answer_url="https://h/ivr/return/1?call=1",
        status_url="https://h/ivr/return/1/status?call=1",
        seconds=25,
    )


def test_a_call_is_placed_with_everything_it_needs(api: Api) -> None:
    assert ring(api) == CALL["sid"]
    ((method, path, form),) = api.asked
    assert (method, path) == ("POST", "/2010-04-01/Accounts/AC1/Calls.json")
    assert {name: values[0] for name, values in form.items()} == {
        "To": "+84905111111",
        "From": "+842583842102",
        "Url": "https://h/ivr/return/1?call=1",
        "Method": "POST",
        "Timeout": "25",
        "StatusCallback": "https://h/ivr/return/1/status?call=1",
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": "completed",
    }


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (404, True), (500, False), (503, False)])
def test_a_refusal_is_final_and_a_fault_is_not(api: Api, status: int, permanent: bool) -> None:
    api.status, api.body = status, {"code": 1, "message": "no", "status": status}
    with pytest.raises(ProviderError) as trouble:
        ring(api)
    assert trouble.value.permanent is permanent


def test_nobody_there_is_no_refusal() -> None:
    with running() as api:
        pass
    with pytest.raises(ProviderError) as trouble:
        ring(api)
    assert not trouble.value.permanent


def test_states_are_read_and_only_the_calls_own_leg_counts(api: Api) -> None:
    telephone = Telephone(api.url, "AC1", "token")
    api.status = 200
    assert telephone.state("CA1") == CallState("completed", 42)
    assert telephone.state("CA1").over
    page = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": "/x"}
    api.body = {**page, "calls": [{**CALL, "parent_call_sid": "CA9"}]}
    assert telephone.leg("CA1") is None
    api.body = {**page, "calls": [{**CALL, "status": "busy", "duration": None, "parent_call_sid": "CA1"}]}
    assert telephone.leg("CA1") == CallState("busy", 0)
