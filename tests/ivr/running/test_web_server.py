"""The web server by itself: strangers who are silent, slow or too many, and threads that are all taken."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.running import web_server
from ivr.running.pools import Pool, Pools, RequestKind
from ivr.running.port import open_port
from ivr.running.security_headers import Fields, of_bare_answers
from ivr.running.web_server import LARGEST_HEAD, Deadlines, WebServer
from tests.suite.waiting import PATIENCE, until
from tests.unavailable import unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SHORT = Deadlines(head=0.4, webhook=0.4, form=0.8, idle=5.0, stalled=0.6, ending=2.0, look=0.05)
"""For who is to be closed: that it comes to that is waited for, however busy the machine."""
LONG = Deadlines(head=600, webhook=600, form=600, idle=600, stalled=600, ending=10, look=0.05)
"""For who is to be answered: whoever had to wait for one of these would never be."""
HEAD = "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SILENT = {
    "nothing": b"",
    "half a line": b"POST /ivr/vo",
    "half a head": HEAD.format(path="/ivr/voice").encode(),
    **{
        f"{how} for {path}": (HEAD.format(path=path) + rest).encode()
        for path in ("/ivr/voice", "/console/sign-in", "/", "/healthz", "/readyz")
        for how, rest in {
            "a length": "Content-Length: 1000\r\n\r\na",
            "chunks": "Transfer-Encoding: chunked\r\n\r\n5\r\na",
            "a continue": "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        }.items()
    },
}
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"


class Held:
    """An application whose pages wait until they are let go; everything else answers at once."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.at_it = threading.Semaphore(0)
        self.asked: list[str] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
        self.asked.append(environ["REQUEST_URI"])
        if path == "/broken":
            raise RuntimeError("as the test wants")
        if path == "/slow":
            self.at_it.release()
            self.free.wait(PATIENCE)
        answer = [b"x" * 100_000] * 80 if path == "/large" else [path.encode() + b" " + body]
        start_response("200 OK", [("Content-Length", str(sum(map(len, answer))))])
        return [b""] if environ["REQUEST_METHOD"] == "HEAD" else answer


@contextmanager
def serving(
    deadlines: Deadlines = LONG, connections: int = 500, pages: int = 2, headers: Fields = ()
) -> Iterator[tuple[WebServer, Held, int]]:
    listener, application = open_port("127.0.0.1", 0), Held()
    port = listener.getsockname()[1]
    pools = Pools({kind: Pool(pages if kind is RequestKind.PAGE else 1) for kind in RequestKind})
    server = WebServer(
        application, listener, pools, deadlines=deadlines, connections=connections, headers=headers
    )
    running = threading.Thread(target=server.run)
    running.start()
    try:
        yield server, application, port
    finally:
        application.free.set()
        server.end()
        running.join(PATIENCE)
        assert not running.is_alive()


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as (_, _, port):
        yield port


@pytest.fixture
def strict_port() -> Iterator[int]:
    """A server with little patience."""
    with serving(SHORT) as (_, _, port):
        yield port


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes, float]:
    begun = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
        line.request(method, path, body)
        answer = line.getresponse()
        return answer.status, answer.read(), time.monotonic() - begun


def dial(port: int, first: bytes = b"") -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), PATIENCE)
    wire.sendall(first)
    return wire


def heard(wire: socket.socket, wanted: bytes) -> bool:
    """Whether these bytes come before the other side closes."""
    got = b""
    while wanted not in got and (part := wire.recv(65536)):
        got += part
    return wanted in got


def until_closed(wire: socket.socket, drip: bytes = b"") -> tuple[float, bytes]:
    """Seconds until the other side closes, and what it said; a byte of `drip` goes out now and then.

    One that is never closed fails the test.
    """
    begun, got = time.monotonic(), b""
    wire.settimeout(0.1 if drip else PATIENCE)
    with closing(wire):
        while True:
            assert time.monotonic() - begun < PATIENCE, "never closed"
            try:
                part = wire.recv(65536)
                if not part:
                    break
                got += part
            except TimeoutError:
                with contextlib.suppress(OSError):
                    wire.send(drip)
            except OSError:
                break
        return time.monotonic() - begun, got


@pytest.mark.row("S1")
@pytest.mark.row("T-26")
@pytest.mark.row("T-16")
def test_four_times_as_many_silent_strangers_as_threads_keep_no_caller_waiting(port: int) -> None:
    strangers = [dial(port, first) for first in SILENT.values() for _ in range(5)]
    for _ in range(30):
        assert ask(port, "/ivr/voice", "POST", b"a=b")[0] == 200
    for _ in range(5):
        assert ask(port, "/healthz")[0] == 200
    for wire in strangers:  # each of them is still there, and would be for ten minutes
        wire.close()


@pytest.mark.row("S1")
@pytest.mark.row("T-26")
@pytest.mark.row("T-16")
def test_strangers_who_send_no_whole_request_are_closed_though_they_are_many(strict_port: int) -> None:
    strangers = [dial(strict_port, first) for first in SILENT.values() for _ in range(5)]
    for wire in strangers:
        until_closed(wire)


@pytest.mark.row("S1")
@pytest.mark.row("T-26")
@pytest.mark.parametrize(
    "first", [b"POST /ivr", *(SILENT[f"{how} for /ivr/voice"] for how in ("a length", "chunks"))]
)
def test_a_stranger_who_drips_is_closed_like_a_silent_one(strict_port: int, first: bytes) -> None:
    drip = b"1" if b"chunked" not in first else b"a"
    _, said = until_closed(dial(strict_port, first), drip)
    assert said.startswith(b"HTTP/1.1 408 ")


@pytest.mark.row("S1")
def test_a_form_has_more_time_than_a_webhook_and_still_an_end(strict_port: int) -> None:
    slow = dial(strict_port, SILENT["a length for /console/sign-in"])
    took, said = until_closed(slow, b"1")
    assert took > SHORT.form - 0.2
    assert b" 408 " in said


@pytest.mark.row("P2")
@pytest.mark.row("S1")
def test_pages_that_take_all_their_threads_leave_callers_and_health_theirs() -> None:
    with serving() as (_, application, port):
        pages = [dial(port, SLOW) for _ in range(20)]
        assert application.at_it.acquire(timeout=PATIENCE)
        assert ask(port, "/ivr/turn/3", "POST", b"Digits=1")[:2] == (200, b"/ivr/turn/3 Digits=1")
        assert {ask(port, path)[0] for path in ("/healthz", "/readyz", "/readyz/clock")} == {200}
        # a proxy sends both kinds over one connection, one after the other
        mixed = dial(port, b"POST /ivr/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na" + SLOW)
        assert heard(mixed, b"/ivr/x a")
        assert ask(port, "//ivr/y")[0] == 200
        assert ask(port, "/%69vr/z")[0] == 200
        application.free.set()
        for wire in (*pages, mixed):
            assert heard(wire, b"/slow")
            wire.close()


@pytest.mark.row("S1")
def test_who_does_not_fetch_the_answer_holds_no_thread_and_is_closed() -> None:
    for deadlines in (LONG, SHORT):
        with serving(deadlines, pages=1) as (server, _, port):
            readers = [dial(port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(3)]
            if deadlines is LONG:
                assert ask(port, "/page")[0] == 200
            else:
                assert until(lambda: not server.active_channels)
            for wire in readers:
                wire.close()


@pytest.mark.row("S1")
def test_more_silent_connections_than_there_are_places_make_room_for_a_caller() -> None:
    with serving(connections=20) as (server, _, port):
        strangers = [dial(port) for _ in range(60)]
        for _ in range(3):
            assert ask(port, "/ivr/voice", "POST", b"a=b")[0] == 200
            assert len(server.active_channels) <= 20
        for wire in strangers:
            wire.close()


def test_a_connection_that_stays_open_is_not_closed_between_two_requests() -> None:
    with (
        serving(replace(LONG, head=0.4)) as (_, _, port),
        closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line,
    ):
        line.request("GET", "/healthz")
        line.getresponse().read()
        wire = line.sock
        time.sleep(0.7)
        line.request("POST", "/ivr/voice", b"a=b")
        assert line.getresponse().read() == b"/ivr/voice a=b"
        assert line.sock is wire


@pytest.mark.row("T-16")
@pytest.mark.parametrize(("path", "length"), [("/ivr/voice", 65_537), ("/healthz", 2000), ("/", 5_000_000)])
def test_a_body_that_is_too_long_is_refused_before_it_is_read(port: int, path: str, length: int) -> None:
    wire = dial(port, (HEAD.format(path=path) + f"Content-Length: {length}\r\n\r\n").encode())
    assert until_closed(wire)[1].startswith(b"HTTP/1.1 413 ")


@pytest.mark.row("002-32")
def test_a_file_of_the_desk_is_in_no_file_of_the_machine_while_it_comes_in(port: int) -> None:
    if not Path("/proc/self/fd").is_dir():
        unavailable("this system does not list the open files of a process")
    canary = b"Canary-0912345678-056090001234,"
    body = canary * (9 * 1024 * 1024 // len(canary))
    head = f"POST /console/dossiers/import HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with closing(dial(port, head.encode() + body[:-1])) as wire:
        time.sleep(0.5)
        open_files = [each for each in Path("/proc/self/fd").iterdir() if each.exists() and each.is_file()]
        found = [str(each.readlink()) for each in open_files if canary in each.read_bytes()]
        wire.sendall(body[-1:])
        assert heard(wire, b"200 OK")
    assert found == []


@pytest.mark.row("T-16")
def test_large_files_that_come_in_together_have_no_more_memory_than_is_set(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "MOST_LARGE", 20 * 1024 * 1024)
    head = "POST /console/dossiers/import HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
    large = head.format(size=9 * 1024 * 1024).encode()
    with closing(dial(port, large + b"a")), closing(dial(port, large + b"a")) as second:
        time.sleep(0.2)
        assert until_closed(dial(port, large))[1].startswith(b"HTTP/1.1 400 ")
        with closing(dial(port, head.format(size=1000).encode() + b"a" * 1000)) as small:
            assert heard(small, b"200 OK")
        second.close()
        time.sleep(0.2)
        with closing(dial(port, large + b"a" * (9 * 1024 * 1024))) as third:
            assert heard(third, b"200 OK")


REFUSED = {
    "a line that is none": (b"nonsense\r\n\r\n", 400),
    "a header without a colon": (b"GET / HTTP/1.1\r\nX y\r\n\r\n", 400),
    "a length beside chunks": (
        HEAD.format(path="/").encode() + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
    ),
    "a body that is too long": (
        HEAD.format(path="/ivr/voice").encode() + b"Content-Length: 99999999\r\n\r\n", 413,
    ),
    "a head that is too long": (
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * (LARGEST_HEAD + 1) + b"\r\n\r\n", 431,
    ),
    "a fault of the application": (b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n", 500),
    "a request that does not come": (b"POST /ivr", 408),
    "a body that does not come": (SILENT["a length for /ivr/voice"], 408),
}  # fmt: skip


@pytest.mark.row("S13")
@pytest.mark.parametrize("url", ["https://tongdai.example", "http://10.0.0.5:8000"])
def test_what_the_server_answers_by_itself_protects_its_reader_as_every_page_does(url: str) -> None:
    """Over real sockets: these never reach the application."""
    wanted = of_bare_answers(url)
    https = {"Strict-Transport-Security": "max-age=31536000"} if url.startswith("https") else {}
    assert dict(wanted) == https | {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }
    with serving(SHORT, headers=wanted) as (_, _, port):
        wires = {name: (dial(port, sent), status) for name, (sent, status) in REFUSED.items()}
        for name, (wire, status) in wires.items():
            head, _, _ = until_closed(wire)[1].partition(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            fields = [tuple(line.split(": ", 1)) for line in lines]
            assert first.startswith((f"HTTP/1.1 {status} ", f"HTTP/1.0 {status} ")), (name, first)
            assert [one for one in wanted if fields.count(one) != 1] == [], (name, fields)


@pytest.mark.row("S13")
def test_no_answer_names_the_server(port: int) -> None:
    for request in (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nX y\r\n\r\n",
    ):
        with closing(dial(port, request)) as wire:
            said = wire.recv(65536).lower()
        assert said.startswith(b"http/1.")
        assert b"\nserver:" not in said
        assert b"waitress" not in said


@pytest.mark.row("T-03")
def test_the_application_sees_the_address_as_it_was_sent() -> None:
    with serving() as (_, application, port):
        assert ask(port, "/ivr/turn/1?again=1&x=%2B%C4%91")[0] == 200
    assert application.asked == ["/ivr/turn/1?again=1&x=%2B%C4%91"]


def test_a_head_alone_a_pipeline_and_a_polite_client_are_answered_in_order(port: int) -> None:
    status, body, _ = ask(port, "/healthz", "HEAD")
    assert (status, body) == (200, b"")
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with closing(
        dial(
            port,
            one
            + one.replace(b"healthz", b"other")
            + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        )
    ) as wire:
        said = b"".join(iter(lambda: wire.recv(65536), b""))
    assert said.count(b"HTTP/1.1 200 OK") == 3
    assert said.index(b"/healthz") < said.index(b"/other") < said.rindex(b"/healthz")
    with closing(dial(port, SILENT["a continue for /ivr/voice"].replace(b"1000", b"3"))) as wire:
        assert heard(wire, b"HTTP/1.1 100 ")
        wire.sendall(b"a=b")
        assert heard(wire, b"/ivr/voice a=b")


@pytest.mark.row("F-03")
def test_told_to_end_it_answers_what_runs_and_takes_nothing_new() -> None:
    with serving(replace(LONG, ending=PATIENCE)) as (server, application, port):
        wire = dial(port, SLOW)
        assert application.at_it.acquire(timeout=PATIENCE)
        server.end()
        assert until(lambda: refused(port))
        application.free.set()
        assert heard(wire, b"/slow")
        wire.close()


def test_a_pool_whose_threads_are_all_at_one_request_for_too_long_counts_as_hung() -> None:
    pools = Pools({RequestKind.WEBHOOK: Pool(1, patience=0.05)})
    free = threading.Event()

    class Stuck:
        requests = [type("Asked", (), {"path": "/ivr/voice"})()]  # noqa: RUF012

        def service(self) -> None:
            free.wait(PATIENCE)

        def cancel(self) -> None: ...

    pools.add_task(Stuck())
    assert until(pools.hung)
    free.set()
    assert until(lambda: not pools.hung())
    pools.shutdown()


def refused(port: int) -> bool:
    try:
        dial(port).close()
    except OSError:
        return True
    return False
