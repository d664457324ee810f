"""How requests are made: signed, with tokens, retries, redirects, the fallback URL and every mishap."""

import re

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from ivr.phone.behaviour import Behaviour, ConnectionOverrides, split_overrides
from ivr.phone.carrier import Carrier, CarrierError
from ivr.phone.last_words import last_words
from ivr.phone.transport import HttpTransport, Reply, UnreachableError, WsgiTransport
from tests.ivr.phone.toy_hotline import TOKEN, ToyHotline, call, twiml

ASK = '<Gather numDigits="1" action="/next"><Say>Mời bấm phím</Say></Gather>'
BASE = "https://tongdai.example"


class Notebook:
    """A transport that only notes what it was given and answers what it is given."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = list(replies)
        self.seen: list[tuple[str, str, Headers, bytes, float]] = []

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        self.seen.append((method, url, headers, body, timeout))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def page(status: int = 200, /, **headers: str) -> Reply:
    return Reply(status, Headers({"Content-Type": "text/xml", **headers}), b"<Response/>")


@pytest.mark.row("T-03")
def test_a_request_is_signed_as_configured_without_its_fragment() -> None:
    notebook = Notebook(page())
    params = {"CallSid": "CA1", "FromCity": "", "To": "+84 2"}
    Carrier(notebook, TOKEN).fetch("https://h.vn:8443/ivr/voice?a=1#rc=2&rt=5000", "POST", params)
    _, url, headers, body, timeout = notebook.seen[0]
    assert url == "https://h.vn:8443/ivr/voice?a=1"
    assert RequestValidator(TOKEN).validate(url, params, headers["X-Twilio-Signature"])
    assert body == b"CallSid=CA1&FromCity=&To=%2B84+2"
    assert timeout == 5.0


def test_a_request_has_the_headers_of_the_provider() -> None:
    notebook = Notebook(page())
    Carrier(notebook, TOKEN).fetch(f"{BASE}/a", "POST", {})
    headers = notebook.seen[0][2]
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["Accept"] == "*/*"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert re.fullmatch("[0-9a-f]{32}", headers["I-Twilio-Idempotency-Token"])
    assert notebook.seen[0][4] == 15.0


@pytest.mark.row("F-04")
def test_a_failed_connection_is_retried_with_the_same_token_and_a_new_request_has_a_new_one() -> None:
    notebook = Notebook(UnreachableError(), page(), page())
    carrier = Carrier(notebook, TOKEN)
    carrier.fetch(f"{BASE}/a", "POST", {})
    carrier.fetch(f"{BASE}/a", "POST", {})
    first, retry, second = (seen[2]["I-Twilio-Idempotency-Token"] for seen in notebook.seen)
    assert first == retry != second


def test_an_error_status_is_retried_only_when_the_fragment_says_so() -> None:
    with pytest.raises(CarrierError) as failed:
        Carrier(Notebook(page(503), page()), TOKEN).fetch(f"{BASE}/a", "POST", {})
    assert (failed.value.code, failed.value.status) == (11200, 503)
    retried = Notebook(page(503), page(404), page())
    Carrier(retried, TOKEN).fetch(f"{BASE}/a#rc=2&rp=all", "POST", {})
    assert len(retried.seen) == 3


def test_redirects_are_followed_with_the_method_they_ask_for_and_become_the_document_url() -> None:
    notebook = Notebook(page(307, Location="/b"), page(302, Location="c"), page())
    document = Carrier(notebook, TOKEN).fetch(f"{BASE}/x/a", "POST", {"A": "1"})
    assert [(method, url) for method, url, *_ in notebook.seen] == [
        ("POST", f"{BASE}/x/a"),
        ("POST", f"{BASE}/b"),
        ("GET", f"{BASE}/c?A=1"),
    ]
    assert document.url == f"{BASE}/c"


def test_endless_redirects_are_a_fetch_error() -> None:
    notebook = Notebook(*[page(307, Location="/a")] * 20)
    with pytest.raises(CarrierError, match="too many redirects"):
        Carrier(notebook, TOKEN).fetch(f"{BASE}/a", "POST", {})


def test_a_redirect_to_something_that_is_no_web_address_is_a_fetch_error() -> None:
    with pytest.raises(CarrierError, match="11200"):
        Carrier(Notebook(page(302, Location="file:///etc/passwd")), TOKEN).fetch(f"{BASE}/a", "POST", {})


def test_cookies_are_kept_and_returned_within_a_call() -> None:
    notebook = Notebook(page(200, **{"Set-Cookie": "place=4; Path=/"}), page())
    carrier = Carrier(notebook, TOKEN)
    carrier.fetch(f"{BASE}/a", "POST", {})
    carrier.fetch(f"{BASE}/b", "POST", {})
    assert "Cookie" not in notebook.seen[0][2]
    assert notebook.seen[1][2]["Cookie"] == "place=4"


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (Response("oh", 500), "11200"),
        (Response("oh", 404), "11200"),
        (Response("oh", content_type="text/plain"), "12300"),
        (Response("<Response>", content_type="text/xml"), "12100"),
        (twiml("<Pause/>"), "12200"),
        (Response(b"a" * 65537, content_type="text/xml"), "11750"),
        (twiml("<Play>/missing.wav</Play>"), "11200"),
    ],
)
def test_the_fallback_url_takes_over_with_the_error_and_the_call_goes_on(broken: Response, code: str) -> None:
    caller, toy = call({"/ivr/voice": broken, "/ivr/fallback": ASK, "/next": "<Say>Tốt</Say>"})
    caller.press("1")
    form = toy.forms("/ivr/fallback")[0]
    assert form["ErrorCode"] == code
    assert form["ErrorUrl"].startswith(BASE)
    assert form["CallSid"] == caller.call_sid
    assert caller.heard[-1] == "Tốt"
    assert caller.end.failure is None


def test_without_a_working_fallback_the_caller_hears_the_application_error() -> None:
    for pages in ({"/ivr/voice": Response(status=500)}, {"/ivr/fallback": Response(status=403)}):
        caller, _ = call(pages)
        assert caller.heard == [last_words().text]
        assert caller.end.ended_by == "failure"
        assert caller.end.status == "completed"


def test_a_hotline_with_another_token_is_heard_as_an_error_of_status_403() -> None:
    toy = ToyHotline({"/ivr/voice": ASK})
    with pytest.raises(CarrierError) as failed:
        Carrier(WsgiTransport(toy, BASE), "another").fetch(f"{BASE}/ivr/voice", "POST", {})
    assert failed.value.status == 403


@pytest.mark.row("F-04")
def test_a_lost_answer_is_asked_for_again_with_the_same_token() -> None:
    caller, toy = call({"/ivr/voice": ASK, "/next": ""}, behaviour=Behaviour(lost_answers=frozenset({1})))
    caller.press("1")
    assert toy.paths() == ["/ivr/voice", "/next", "/next"]
    assert len({exchange.token for exchange in caller.requests_to("/next")}) == 1
    assert caller.end.failure is None


@pytest.mark.row("F-04")
def test_an_undelivered_request_is_sent_again() -> None:
    caller, toy = call({"/ivr/voice": ASK, "/next": ""}, behaviour=Behaviour(unreachable=frozenset({1})))
    caller.press("1")
    assert toy.paths() == ["/ivr/voice", "/next"]
    assert [exchange.note for exchange in caller.requests_to("/next")] == ["unreachable", ""]


@pytest.mark.row("F-04")
def test_an_answer_that_comes_too_late_leads_to_the_fallback_although_it_was_delivered() -> None:
    pages = {"/ivr/voice": ASK, "/next": "", "/ivr/fallback": "<Say>Xin lỗi</Say>"}
    caller, toy = call(pages, behaviour=Behaviour(timed_out=frozenset({1})))
    caller.press("1")
    assert toy.paths() == ["/ivr/voice", "/next", "/ivr/fallback"]
    assert toy.forms("/ivr/fallback")[0]["ErrorCode"] == "11205"
    assert caller.just_heard == ["Xin lỗi"]


@pytest.mark.row("F-04")
def test_duplicated_requests_carry_the_same_token_and_the_first_answer_counts() -> None:
    answers = iter(["<Say>Đầu</Say>", "<Say>Sau</Say>"])
    caller, toy = call({"/ivr/voice": lambda _: next(answers)}, behaviour=Behaviour(request_copies=2))
    assert caller.heard == ["Đầu"]
    assert toy.paths() == ["/ivr/voice", "/ivr/voice"]
    assert len({exchange.token for exchange in caller.sent}) == 1


@pytest.mark.row("T-02")
def test_an_earlier_request_can_be_replayed_with_its_own_or_a_new_token() -> None:
    caller, toy = call({"/ivr/voice": ASK, "/next": ""})
    caller.press("1")
    earlier = caller.requests_to("/next")[0]
    again, fresh = caller.replay(earlier), caller.replay(earlier, token="f" * 32)
    assert (again.status, again.token, fresh.token) == (200, earlier.token, "f" * 32)
    assert toy.forms("/next")[0] == toy.forms("/next")[2]


def test_a_callback_that_fails_does_not_disturb_the_call() -> None:
    caller, toy = call({"/ivr/voice": "<Say>Chào</Say>", "/ivr/status": Response(status=500)})
    assert caller.end.failure is None
    assert toy.paths() == ["/ivr/voice", "/ivr/status"]


@pytest.mark.parametrize(
    ("url", "delivery"),
    [
        ("https://h/a", ConnectionOverrides(1, frozenset({"ct"}), 15.0)),
        ("https://h/a#rc=5&rp=4xx,rt&rt=100", ConnectionOverrides(5, frozenset({"4xx", "rt"}), 0.1)),
        ("https://h/a#rc=9&rp=bad&rt=99", ConnectionOverrides(1, frozenset({"ct"}), 15.0)),
    ],
)
def test_overrides_are_read_from_the_fragment_within_their_ranges(
    url: str, delivery: ConnectionOverrides
) -> None:
    assert split_overrides(url) == ("https://h/a", delivery)


def test_a_path_in_the_public_url_is_cut_off_before_the_application_as_a_proxy_does() -> None:
    toy = ToyHotline({})
    WsgiTransport(toy, BASE + "/xa").send("GET", BASE + "/xa/ivr/voice?b=%C3%A1", Headers(), b"", 1)
    assert toy.paths() == ["/ivr/voice"]


def test_a_foreign_host_is_unreachable_inside_the_process() -> None:
    with pytest.raises(UnreachableError):
        WsgiTransport(ToyHotline({}), BASE).send("GET", "https://other.example/", Headers(), b"", 1)


def test_a_closed_port_is_unreachable_over_the_network() -> None:
    with pytest.raises(UnreachableError):
        HttpTransport().send("POST", "http://127.0.0.1:9/", Headers(), b"", 1)
