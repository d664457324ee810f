"""Malformed requests on the wire: one answer at most, no fault of ours, no call smuggled in (T-17)."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import pytest
from sqlalchemy import select

from ivr.phone.parameters import new_sid
from logbook.database.engine import Database
from logbook.database.tables import calls
from logbook.settings.environment import DEMO_AUTH_TOKEN
from tests.journeys.faults.storm import encoded, sign, words_of
from tests.journeys.faults.test_kill import HOTLINE, House, house_of
from tests.suite.waiting import PATIENCE

QUIET = 0.5
"""Seconds without a further byte after which an answer is taken to be the last one."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def signed_start(house: House, sid: str, host: str = "Host: x") -> bytes:
    """A good first request of a call: whoever gets this through, has a call in the database."""
    fields = words_of(sid)
    body = encoded(fields)
    head = (
        f"POST /ivr/voice HTTP/1.1\r\n{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {sign(DEMO_AUTH_TOKEN, f'{house.url}/ivr/voice', fields)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


HEAD = b"POST /ivr/voice HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n0\r\n\r\n"
HIDDEN = b"<hidden>"
"""Where a good request stands that must not count as one of its own."""
LENGTH = b"<length>"
"""The number of bytes after the empty line that ends the head."""

MALFORMED: dict[str, bytes] = {
    "a length and chunks, ended early": HEAD + CHUNKED + b"Content-Length: <length>\r\n" + END + HIDDEN,
    "chunks and a short length": HEAD + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n3\r\na=b\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: <length>\r\n\r\na=b" + HIDDEN,
    "two lengths, the long one first": HEAD
    + b"Content-Length: <length>\r\nContent-Length: 3\r\n\r\na=b"
    + HIDDEN,
    "a list of lengths": HEAD + b"Content-Length: 3, 3\r\n\r\na=b" + HIDDEN,
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length with a plus": HEAD + b"Content-Length: +3\r\n\r\na=b" + HIDDEN,
    "a hexadecimal length": HEAD + b"Content-Length: 0x3\r\n\r\na=b" + HIDDEN,
    "a length with a space": HEAD + b"Content-Length: 1 0\r\n\r\na=b" + HIDDEN,
    "an empty length": HEAD + b"Content-Length:\r\n\r\n" + HIDDEN,
    "a length beyond all numbers": HEAD + b"Content-Length: 99999999999999999999\r\n\r\na=b" + HIDDEN,
    "a space before the colon": HEAD + b"Content-Length : <length>\r\n\r\n" + HIDDEN,
    "a space before the colon of chunks": HEAD + b"Transfer-Encoding : chunked\r\n" + END + HIDDEN,
    "a length behind a lone line feed": GET + b"X: y\nContent-Length: <length>\r\n\r\n" + HIDDEN,
    "a length behind a lone carriage return": GET + b"X: y\rContent-Length: <length>\r\n\r\n" + HIDDEN,
    "a length behind a zero byte": GET + b"X: y\0Content-Length: <length>\r\n\r\n" + HIDDEN,
    "a folded line": HEAD + b"X: y\r\n Content-Length: <length>\r\n\r\n" + HIDDEN,
    "a folded coding": HEAD + b"Transfer-Encoding:\r\n chunked\r\n" + END + HIDDEN,
    "a body with a GET": GET + b"Content-Length: <length>\r\n\r\n" + HIDDEN,
    "nothing but line feeds": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "no coding": HEAD + b"Transfer-Encoding: identity\r\n\r\n" + HIDDEN,
    "an unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n" + END + HIDDEN,
    "chunks that are not last": HEAD + b"Transfer-Encoding: chunked, identity\r\n" + END + HIDDEN,
    "two codings": HEAD + CHUNKED + b"Transfer-Encoding: identity\r\n" + END + HIDDEN,
    "a coding behind a tab": HEAD + b"Transfer-Encoding: \x0bchunked\r\n" + END + HIDDEN,
    "chunks before they were invented": HEAD.replace(b"/1.1", b"/1.0") + CHUNKED + END + HIDDEN,
    "chunks of garbage": HEAD + CHUNKED + b"\r\nzz\r\na=b" + END + HIDDEN,
    "a negative chunk": HEAD + CHUNKED + b"\r\n-3\r\na=b" + END + HIDDEN,
    "a chunk beyond all numbers": HEAD + CHUNKED + b"\r\nffffffffffffffffff\r\na=b" + END + HIDDEN,
    "a chunk with a prefix": HEAD + CHUNKED + b"\r\n0x3\r\na=b" + END + HIDDEN,
    "chunks with lone line feeds": HEAD + CHUNKED + b"\r\n3\na=b\n0\n\n" + HIDDEN,
    "a chunk longer than it says": HEAD + CHUNKED + b"\r\n3\r\na=bcd" + END + HIDDEN,
    "a line feed in a chunk's extension": HEAD + CHUNKED + b"\r\n3;x\ny\r\na=b" + END + HIDDEN,
    "a zero byte in a name": GET + b"X\0: y\r\n\r\n",
    "brackets in a name": GET + b"X(): y\r\n\r\n",
    "letters with marks in a name": GET + "Đ: y\r\n\r\n".encode(),
    "no name": GET + b": y\r\n\r\n",
    "no colon": GET + b"X\r\n\r\n",
    "a first line that is folded": b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n",
    "an underscore for a hyphen": HEAD + b"Content_Length: 3\r\nContent-Length: 0\r\n\r\n",
    "a huge header": GET + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
    "countless headers": GET + b"X: y\r\n" * 5000 + b"\r\n",
    "a huge address": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a zero byte in the address": b"GET /health\0z HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes that are no text in the address": b"GET /%ff%00%0d%0aX:%20y HTTP/1.1\r\nHost: x\r\n\r\n",
    "letters with marks in the address": "GET /đ HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a word too many": b"GE T /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version of the future": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "a version of the past": b"GET /healthz\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
    "two hosts": GET + b"Host: y\r\n\r\n",
    "a host that is none": b"GET /ivr/ HTTP/1.1\r\nHost: [::1:99999999 /<>\r\n\r\n",
    "a signature that is no text": HEAD + b"X-Twilio-Signature: \xff\xfe\r\nContent-Length: 3\r\n\r\na=b",
    "a charset that is none": HEAD.replace(b"encoded\r\n", b"encoded; charset=zz\r\n")
    + b"Content-Length: 3\r\n\r\na=b",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One line for all of these requests."""
    folder = tmp_path_factory.mktemp("front-door")
    with house_of(HOTLINE, f"sqlite:///{folder}/logbook.db", folder) as built:
        yield built


def answers(house: House, stream: bytes, wanted: int = 1) -> list[int]:
    """Send bytes as they are, and return the status of every answer that comes back, at least `wanted`."""
    got = b""
    with closing(socket.create_connection(("127.0.0.1", house.port), timeout=PATIENCE)) as wire:
        try:
            wire.sendall(stream)
            while part := wire.recv(65536):
                got += part
                if len(_STATUS.findall(got)) >= wanted:
                    wire.settimeout(QUIET)
        except (ConnectionError, TimeoutError):
            pass
    return [int(status) for status in _STATUS.findall(got)]


def in_the_book(house: House) -> set[str]:
    with closing(Database(house.environment["TONGDAI_DATABASE_URL"])) as database, database.reading() as conn:
        return set(conn.execute(select(calls.c.sid)).scalars())


def filled(house: House, malformed: bytes, sid: str) -> bytes:
    """The request with the hidden one in its place, and the length of everything after the head."""
    whole = malformed.replace(HIDDEN, signed_start(house, sid))
    head, _, rest = whole.partition(b"\r\n\r\n")
    return head.replace(LENGTH, str(len(rest)).encode()) + b"\r\n\r\n" + rest


@pytest.mark.row("T-17")
def test_a_malformed_request_gets_one_answer_at_most_and_smuggles_nothing_in(house: House) -> None:
    sids = {name: new_sid("CA") for name in MALFORMED}
    streams = [filled(house, malformed, sids[name]) for name, malformed in MALFORMED.items()]
    with ThreadPoolExecutor(8) as side_by_side:
        got = dict(
            zip(MALFORMED, side_by_side.map(lambda stream: answers(house, stream), streams), strict=True)
        )
    assert {name: statuses for name, statuses in got.items() if len(statuses) > 1} == {}
    refused = {name for name, statuses in got.items() if all(400 <= status < 500 for status in statuses)}
    understood = {name for name in got if got[name] == [200] and MALFORMED[name].startswith(b"GET /healthz")}
    assert refused | understood == set(got), got
    assert in_the_book(house) & set(sids.values()) == set()
    assert sum(map(len, got.values())) >= 40, "most of them are answered at all"


@pytest.mark.row("T-17")
def test_two_good_requests_in_one_go_get_two_answers_and_one_gets_one(house: House) -> None:
    first, second = new_sid("CA"), new_sid("CA")
    assert answers(house, signed_start(house, first) + signed_start(house, second), wanted=2) == [200, 200]
    assert answers(house, GET + b"\r\n") == [200]
    assert {first, second} <= in_the_book(house)


@pytest.mark.row("T-17")
def test_whoever_is_connected_is_answered_while_others_break_off_malformed_requests(house: House) -> None:
    with closing(HTTPConnection("127.0.0.1", house.port, timeout=PATIENCE)) as before:
        assert alive(before)
        wire = before.sock
        for malformed in MALFORMED.values():
            with closing(socket.create_connection(("127.0.0.1", house.port), PATIENCE)) as other:
                other.sendall(filled(house, malformed, new_sid("CA"))[:60_000])
        assert alive(before)
        assert before.sock is wire, "over the same connection, so by the same process"
    assert house.running is not None
    assert house.running.poll() is None


def alive(line: HTTPConnection) -> bool:
    line.request("GET", "/healthz")
    return line.getresponse().read() == b'{"alive":true}\n'
