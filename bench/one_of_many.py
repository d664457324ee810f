"""A caller of one office among many: the call as its provider carries it to one address of the machine."""

from __future__ import annotations

import time
from collections.abc import Iterator

import requests

from ivr.phone.document import parse
from ivr.phone.parameters import new_sid
from tests.journeys.faults.storm import encoded, sign, way_on, words_of
from tests.logbook.offices.made import number_of, token_of

WEBHOOKS_A_CALL = 4
_SESSION = requests.Session()
_SESSION.trust_env = False


def host_of(code: str, port: int) -> str:
    """The name under which that office is reached."""
    return f"{code}.localhost:{port}"


def until_first_answer(port: int, code: str) -> None:
    """Ask again and again until the office takes a call."""
    while True:
        try:
            _ask(port, code, "/ivr/voice", words_of(new_sid("CA")))
        except requests.RequestException:
            time.sleep(0.02)
        else:
            return


def call(port: int, code: str) -> list[float]:
    """A whole call that rates the office; how long each of its webhooks took, in seconds."""
    return list(_call(port, code))


def _call(port: int, code: str) -> Iterator[float]:
    sid, path = new_sid("CA"), "/ivr/voice"
    over = {"SequenceNumber": "0", "CallDuration": "9"}
    for fields in (words_of(sid), words_of(sid, Digits="4"), words_of(sid, Digits="5")):
        begun = time.perf_counter()
        path = _ask(port, code, path, fields)
        yield time.perf_counter() - begun
    begun = time.perf_counter()
    _ask(port, code, "/ivr/status", words_of(sid, "completed", **over))
    yield time.perf_counter() - begun


def _ask(port: int, code: str, path: str, fields: dict[str, str]) -> str:
    host = host_of(code, port)
    fields = fields | {"To": number_of(code)}
    headers = {
        "X-Twilio-Signature": sign(token_of(code), f"http://{host}{path}", fields),
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": host,
    }
    url = f"http://127.0.0.1:{port}{path}"
    reply = _SESSION.post(url, data=encoded(fields), headers=headers, timeout=30)
    reply.raise_for_status()
    return way_on(parse(reply.content, "text/xml")) if reply.content else ""
