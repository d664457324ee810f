"""Only the provider may call our webhooks, whatever proxies and headers say (T-01, T-03, T-16)."""

import re
import time
from dataclasses import replace
from itertools import product
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from ivr.app import create_app
from ivr.line.hotline import Hotline
from ivr.line.signature import MOST_FIELDS, Signature
from logbook.database.engine import Database
from logbook.settings.loading import Settings
from tests.ivr.conftest import FORM, Provider, everything_in

TOKEN = "token-of-a-test"
SID = "CA" + "5" * 32
CALL = {"CallSid": SID, "From": "+84912345678", "To": "+842583842102", "CallStatus": "ringing"}
SPOOFS = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "127.0.0.1",
    "X-Original-URL": "/healthz",
    "X-Rewrite-URL": "/healthz",
    "X-HTTP-Method-Override": "GET",
    "Forwarded": "host=evil.example;proto=http",
}


def answers(
    public_url: str,
    signed: str,
    *,
    raw_path: str = "/ivr/voice",
    query: str = "",
    headers: dict[str, str] | None = None,
    base: str = "http://127.0.0.1:8000",
) -> int:
    """The status for a form whose signature was made over the address `signed`."""
    app = Flask("toy")
    seal = Signature(public_url, TOKEN)
    signature = RequestValidator(TOKEN).compute_signature(signed, CALL)
    sent = {**(headers or {}), "X-Twilio-Signature": signature}
    with app.test_request_context(
        raw_path, base_url=base, method="POST", query_string=query, data=CALL, headers=sent
    ):
        try:
            seal.demand(request)
        except HTTPException as refused:
            return refused.code or 0
        return 200


BASES = [
    f"{scheme}://tongdai.example{port}{prefix}"
    for scheme, port, prefix in product(("http", "https"), ("", ":8443"), ("", "/hotline", "/a/b"))
]
QUERIES = ["", "again=1", "a=b&a=c", "x=%C3%A1", "x=%c3%a1", "x=a+b%20c", "x=%2F%3F", "x=", "=", "x=%E1"]


@pytest.mark.row("T-03")
@pytest.mark.parametrize("public_url", BASES)
def test_the_right_signature_counts_whatever_the_proxy_says(public_url: str) -> None:
    bases = ("http://127.0.0.1:8000", "https://evil.example", "http://tongdai.example")
    for query, base in product(QUERIES, bases):
        signed = f"{public_url}/ivr/voice{'?' + query if query else ''}"
        assert answers(public_url, signed, query=query, base=base) == 200, (query, base)
        assert answers(public_url, signed, query=query, base=base, headers=SPOOFS) == 200, (query, base)


@pytest.mark.row("T-03")
@pytest.mark.parametrize("public_url", BASES)
def test_a_signature_over_the_address_a_stranger_claims_never_counts(public_url: str) -> None:
    host = urlsplit(public_url).netloc
    claimed = [
        "https://evil.example/ivr/voice",
        "https://evil.example:8443/evil/ivr/voice",
        "http://127.0.0.1:8000/ivr/voice",
        f"{public_url}/ivr/turn/1",
        f"{public_url}/ivr/voice/",
        f"{public_url}/ivr/voice?again=1",
        f"{public_url}/IVR/voice",
        f"{public_url}/evil/ivr/voice",
        f"{'http' if public_url.startswith('https') else 'https'}://{host}/ivr/voice",
    ]
    for signed in claimed:
        assert answers(public_url, signed) == 403, signed
        assert answers(public_url, signed, headers=SPOOFS, base="https://evil.example") == 403, signed


@pytest.mark.row("T-03")
def test_a_fragment_is_never_part_of_what_is_signed() -> None:
    assert answers("https://h.example", "https://h.example/ivr/voice#x") == 403


@pytest.mark.row("T-03")
@pytest.mark.parametrize("path", ["/ivr/voice", "/a b", "/đường", "/a;b=c", "/a%2", "/a:b@c!$&'()*+,;=~-._"])
def test_a_path_is_signed_as_it_was_sent(path: str) -> None:
    raw = quote(path, safe="/:@!$&'()*+,;=~-._")
    assert answers("https://h.example", f"https://h.example{raw}", raw_path=raw) == 200


@pytest.mark.row("T-03")
def test_the_query_stays_as_it_was_sent_while_the_frameworks_address_does_not() -> None:
    app = Flask("toy")
    with app.test_request_context("/ivr/voice", base_url="https://h.example", query_string="x=%C3%A1"):
        sent = "https://h.example/ivr/voice?x=%C3%A1"
        assert Signature("https://h.example", TOKEN).signed_url(request) == sent
        assert request.url != sent, "the reason why request.url is not what gets verified"


@pytest.mark.row("T-03")
@pytest.mark.parametrize("query", ["", "again=1", "x=%C3%A1", "%", "a;b", "a=b&&&c"])
def test_a_signed_call_goes_through_and_a_changed_query_does_not(provider: Provider, query: str) -> None:
    assert provider.post("/ivr/voice", CALL, query=query).status_code == 200
    signature = provider.sign(f"{provider.public_url}/ivr/voice{'?' + query if query else ''}", CALL)
    assert provider.post("/ivr/voice", CALL, query=query + "&y=1", signature=signature).status_code == 403


@given(
    st.text(max_size=20),
    st.lists(st.tuples(st.text(max_size=4), st.lists(st.text(max_size=4), min_size=1, max_size=3))),
)
def test_our_own_signature_is_the_validators_whatever_the_form_holds(
    path: str, fields: list[tuple[str, list[str]]]
) -> None:
    form = MultiDict([(name, value) for name, values in fields for value in values])
    url = f"https://tongdai.example/{path}"
    expected = RequestValidator("a token").compute_signature(url, form)
    assert Signature("https://tongdai.example", "a token").exact(url, form.lists()) == expected


def test_the_vector_of_the_telephony_contract_is_understood() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "From": "+14158675309",
        "Digits": "1234",
        "To": "+18005551212",
    }
    app = Flask("toy")
    with app.test_request_context(
        "/myapp.php",
        method="POST",
        query_string="foo=1&bar=2",
        data=fields,
        headers={"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    ):
        Signature("https://mycompany.com", "12345").demand(request)


def ways_to_be_refused(provider: Provider, path: str, method: str) -> dict[str, tuple[int, int]]:
    """Each way to knock at a webhook without being the provider: the status, and the one that is right."""
    right = provider.sign(provider.public_url + path, CALL if method == "POST" else None)
    body = "&".join(f"{name}={quote(value)}" for name, value in CALL.items()).encode()
    unsigned = {
        "none": {},
        "empty": {"X-Twilio-Signature": ""},
        "truncated": {"X-Twilio-Signature": right[:-1]},
        "longer": {"X-Twilio-Signature": right + "="},
        "other letters": {"X-Twilio-Signature": right.swapcase()},
        "not ASCII": {"X-Twilio-Signature": "é" * len(right)},
        "someone else's": {
            "X-Twilio-Signature": replace(provider, token="x").sign(provider.public_url + path, CALL)
        },
        "another algorithm": {
            "X-Twilio-Signature": right[:-2] + "A=",
            "X-Twilio-Webhooks-Signature-Settings": "key=x,algorithm=HMAC_SHA256",
        },
    }
    form = FORM if method == "POST" else ""
    found = {
        name: (provider.open(method, path, "", body if form else b"", form, headers).status_code, 403)
        for name, headers in unsigned.items()
    }
    signed = {"X-Twilio-Signature": right}
    others = (
        {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}
        - {method}
        - ({"HEAD"} if method == "GET" else set())
    )
    for other in others:
        found[other] = (provider.open(other, path, "", b"", "", signed).status_code, 405)
    if method == "POST":
        for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain", ""):
            found[kind or "no type"] = (provider.open("POST", path, "", body, kind, signed).status_code, 415)
    found["OPTIONS"] = (provider.open("OPTIONS", path, "", b"", "", {}).status_code, 403)
    return found


ANY_TYPE = "/ivr/zalo"
"""Zalo sends no form; by the provider's signature it is refused whatever it sends."""


@pytest.mark.row("T-01")
def test_every_webhook_answers_nobody_but_the_provider_and_the_book_stays_as_it_was(
    app: Flask, provider: Provider, database: Database
) -> None:
    before = everything_in(database)
    walked = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/ivr/"):
            continue
        walked += 1
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert len(methods) == 1, rule
        path = re.sub("<[^>]*>", "1", rule.rule)
        for way, (status, right) in ways_to_be_refused(provider, path, methods.pop()).items():
            refused = 403 if rule.rule == ANY_TYPE and right == 415 else right
            assert status == refused, f"{rule} with {way}"
    assert walked >= 7
    assert everything_in(database) == before


@pytest.mark.row("T-01")
def test_the_same_call_signed_is_let_in_and_written_down(provider: Provider, database: Database) -> None:
    before = everything_in(database)
    assert provider.post("/ivr/voice", CALL).status_code == 200
    assert everything_in(database) != before


@pytest.mark.row("T-01")
def test_one_offices_signature_opens_no_other_office(hotline: Hotline, settings: Settings) -> None:
    token = settings.auth_token.get_secret_value()
    here = Provider(create_app(hotline), token)
    elsewhere = Provider(here.app, token, public_url="https://other.example")
    assert here.post("/ivr/voice", CALL).status_code == 200
    assert elsewhere.post("/ivr/voice", CALL).status_code == 403


@pytest.mark.row("T-02")
def test_unknown_fields_are_verified_too_and_then_let_be(provider: Provider) -> None:
    more = {**CALL, **{f"NewField{n}": "x" for n in range(5)}}
    assert provider.post("/ivr/voice", more).status_code == 200
    stolen = provider.sign(f"{provider.public_url}/ivr/voice", CALL)
    assert provider.post("/ivr/voice", more, signature=stolen).status_code == 403


@pytest.mark.row("T-16")
def test_a_body_above_64_kilobytes_is_refused_at_once(provider: Provider) -> None:
    begun = time.process_time()
    assert provider.post("/ivr/voice", {**CALL, "CallerName": "a" * 65_536}).status_code == 413
    assert provider.post("/ivr/voice", {**CALL, "CallerName": "a" * 20_000_000}).status_code == 413
    assert time.process_time() - begun < 5


@pytest.mark.row("T-16")
def test_a_body_below_64_kilobytes_is_taken(provider: Provider) -> None:
    assert provider.post("/ivr/voice", {**CALL, "CallerName": "a" * 64_000}).status_code == 200


@pytest.mark.row("T-16")
def test_more_than_200_fields_are_refused_at_once_under_one_name_or_many(provider: Provider) -> None:
    room = MOST_FIELDS - len(CALL)
    begun = time.process_time()
    assert provider.post("/ivr/voice", {**CALL, "x": ["y"] * room}).status_code == 200
    assert provider.post("/ivr/voice", {**CALL, "x": ["y"] * (room + 1)}).status_code == 413
    assert provider.post("/ivr/voice", {**CALL, **{f"x{n}": "" for n in range(room + 1)}}).status_code == 413
    assert provider.open("POST", "/ivr/voice", "", b"x&" * 30_000, FORM, {}).status_code in (403, 413)
    assert provider.open("POST", "/ivr/voice", "", b"x=&" * 20_000, FORM, {}).status_code == 413
    assert time.process_time() - begun < 5
