"""Asking the provider for calls: what is sent, and what each trouble means."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
        self.body: dict[str, Any] = CALL
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
        answer_url="https://h/ivr/told/1?call=1",
        status_url="https://h/ivr/told/1/status?call=1",
        seconds=25,
    )


def test_a_call_is_placed_with_everything_it_needs(api: Api) -> None:
    assert ring(api) == CALL["sid"]
    ((method, path, form),) = api.asked
    assert (method, path) == ("POST", "/2010-04-01/Accounts/AC1/Calls.json")
    assert {name: values[0] for name, values in form.items()} == {
        "To": "+84905111111",
        "From": "+842583842102",
        "Url": "https://h/ivr/told/1?call=1",
        "Method": "POST",
        "Timeout": "25",
        "StatusCallback": "https://h/ivr/told/1/status?call=1",
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": "completed",
    }


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (404, True), (408, False), (500, False), (503, False)]
)
def test_a_refusal_is_final_and_a_fault_is_not(api: Api, status: int, permanent: bool) -> None:
    api.status, api.body = status, {"code": 1, "message": "no", "status": status}
    with pytest.raises(ProviderError) as trouble:
        ring(api)
    assert trouble.value.permanent is permanent
    assert not trouble.value.later


@pytest.mark.row("F-07")
@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20006), (429, 20429)])
def test_too_much_at_once_or_a_closed_account_has_done_nothing_and_may_be_tried_later(
    api: Api, status: int, code: int
) -> None:
    api.status, api.body = status, {"code": code, "message": "not now", "status": status}
    with pytest.raises(ProviderError) as trouble:
        ring(api)
    assert (trouble.value.later, trouble.value.permanent) == (True, True)


@pytest.mark.row("F-07")
@pytest.mark.parametrize("body", [{}, {"sid": None}, {"sid": ""}, [], "text", None])
def test_an_answer_that_is_no_answer_leaves_it_open(api: Api, body: Any) -> None:
    api.body = body
    with pytest.raises(ProviderError) as trouble:
        ring(api)
    assert (trouble.value.later, trouble.value.permanent) == (False, False)


def test_nobody_there_is_no_refusal() -> None:
    with running() as api:
        pass
    with pytest.raises(ProviderError) as trouble:
        ring(api)
    assert not trouble.value.permanent
    assert trouble.value.later


MADE = {
    "sid": "CA" + "2" * 32,
    "direction": "outbound-api",
    "date_created": "Wed, 25 Nov 2026 02:10:00 +0000",
}


@pytest.mark.row("F-06")
def test_calls_are_looked_for_by_both_numbers_and_only_our_own_of_late_count(api: Api, now: datetime) -> None:
    old = {**MADE, "sid": "CA3", "date_created": "Wed, 25 Nov 2026 02:08:59 +0000"}
    leg = {**MADE, "sid": "CA4", "direction": "outbound-dial"}
    undated = {**MADE, "sid": "CA5", "date_created": None}
    page = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": "/x"}
    api.status, api.body = 200, {**page, "calls": [MADE, old, leg, undated]}
    found = Telephone(api.url, "AC1", "token").rung(
        to="+84905111111", caller_id="+842583842102", since=now - timedelta(minutes=1)
    )
    assert found == [MADE["sid"]]
    asked = parse_qs(urlsplit(api.asked[0][1]).query)
    assert (asked["To"], asked["From"]) == (["+84905111111"], ["+842583842102"])


@pytest.mark.row("F-06")
def test_messages_are_looked_for_by_number_words_and_time(api: Api, now: datetime) -> None:
    page = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": "/x"}
    ours = {**MADE, "sid": "SM1", "body": "Phieu 004217", "from": "AUTOMSG"}
    other = {**ours, "sid": "SM2", "body": "Phieu 004218"}
    api.status, api.body = 200, {**page, "messages": [ours, other]}
    telephone = Telephone(api.url, "AC1", "token")
    assert telephone.texted(to="+84905111111", body="Phieu 004217", since=now) == ["SM1"]
    assert telephone.texted(to="+84905111111", body="Phieu 004217", since=now + timedelta(seconds=1)) == []


def test_a_text_is_sent_with_everything_it_needs(api: Api) -> None:
    api.body = {"sid": "SM" + "1" * 32}
    sid = Telephone(api.url, "AC1", "token").text(to="+84905111111", sender="UBND", body="Phieu 004217")
    ((method, path, form),) = api.asked
    assert (sid, method, path) == (api.body["sid"], "POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert form == {"To": ["+84905111111"], "From": ["UBND"], "Body": ["Phieu 004217"]}


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
