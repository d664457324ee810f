"""Copies of public pages at the front: readers cost the pages little, and nobody reads what is not theirs."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
from werkzeug.test import Client

from ivr.app import create_app
from ivr.line.hotline import Hotline
from ivr.running.forwarding import Forwarder, Pages, behind_front
from ivr.running.kept_answers import LARGEST, LONGEST, MOST, KeptAnswers
from ivr.running.listening import PAGES_ADDRESS, PAGES_WORD
from ivr.running.pools import Pool, Pools, RequestKind
from ivr.running.port import open_port
from ivr.running.web_server import WebServer
from ivr.worker import application_of
from logbook.accounts import accounts
from logbook.ids import PersonId
from logbook.publications import publications
from logbook.publications.publications import PublicDraft
from tests.ivr.test_public_pages import NOW, published
from tests.suite.waiting import PATIENCE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.test import TestResponse

WORD = "word"
PUBLIC = [("Cache-Control", "public, max-age=60"), ("Surrogate-Control", "max-age=1")]
SURROGATE = PUBLIC[1]
NOT_KEPT: dict[str, list[tuple[str, str]]] = {
    "without the word": PUBLIC[:1],
    "without public": [SURROGATE],
    "private": [("Cache-Control", "private, max-age=60"), SURROGATE],
    "no-store": [("Cache-Control", "no-store"), SURROGATE],
    "two of a field": [*PUBLIC, ("Cache-Control", "private")],
    "a cookie": [*PUBLIC, ("Set-Cookie", "session=1")],
    "varies": [*PUBLIC, ("Vary", "Cookie")],
    "no seconds": [PUBLIC[0], ("Surrogate-Control", "no-store")],
}


@dataclass
class Asked:
    """The pages' process: what stands behind it, and which addresses it was asked for."""

    application: WSGIApplication
    port: int = 0
    paths: Counter[str] = field(default_factory=Counter)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.paths[environ["REQUEST_URI"]] += 1
        return self.application(environ, start_response)


@dataclass
class Told:
    """An application that answers as it is told."""

    fields: list[tuple[str, str]]
    status: str = "200 OK"
    body: bytes = b"read"

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, [("Content-Length", str(len(self.body))), *self.fields])
        return [self.body]


@contextmanager
def pages_of(application: WSGIApplication) -> Iterator[Asked]:
    listener = open_port("127.0.0.1", 0)
    asked = Asked(behind_front(application, WORD), listener.getsockname()[1])
    pools = Pools({kind: Pool(1) for kind in RequestKind})
    server = WebServer(cast("WSGIApplication", asked), listener, pools)
    running = threading.Thread(target=server.run)
    running.start()
    try:
        yield asked
    finally:
        server.end()
        running.join(PATIENCE)
        assert not running.is_alive()


def browser_of(application: WSGIApplication) -> Client:
    def from_somewhere(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return application({**environ, "REMOTE_ADDR": "192.0.2.7"}, start_response)

    return Client(from_somewhere, use_cookies=False)


@dataclass
class Front:
    """A front whose time stands still until the test moves it."""

    hotline: Hotline
    port: int
    seconds: float = 1000.0

    def __post_init__(self) -> None:
        self.kept = KeptAnswers(lambda host: host == "danh-gia.lan", lambda: self.seconds)
        catalogue = self.hotline.texts[self.hotline.settings.line.language]
        application = Forwarder(Pages("127.0.0.1", self.port, WORD), catalogue, self.kept)
        self.client = browser_of(cast("WSGIApplication", application))

    def get(self, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers=named, buffered=True)


@pytest.fixture
def pages(hotline: Hotline) -> Iterator[Asked]:
    with pages_of(create_app(hotline, ["web"])) as asked:
        yield asked


@pytest.fixture
def front(hotline: Hotline, pages: Asked) -> Front:
    return Front(hotline, pages.port)


@pytest.mark.row("002-23")
def test_many_readers_of_a_public_page_cost_the_pages_one_answer_a_second(
    hotline: Hotline, pages: Asked, front: Front
) -> None:
    published(hotline, PublicDraft("Đường thôn Tây bị ngập.", "Cống đã được khơi thông.", ""))
    addresses = ("/", "/ket-qua", "/tra-loi", "/tra-loi/1", "/gio-lam-viec.ics", "/style.css")
    for second in (1, 2):
        for path in addresses:
            answers = [front.get(path) for _ in range(5)]
            first = answers[0]
            assert {one.status_code for one in answers} == {200}, path
            assert {one.data for one in answers} == {first.data}, path
            for one in answers:
                told = {name: value for name, value in one.headers if name != "Age"}
                assert told == dict(first.headers), path
                assert "Surrogate-Control" not in one.headers
            assert answers[1].headers["Age"] == "0"
            again = front.get(path, If_None_Match=first.headers["ETag"])
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
            assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
            assert front.get(path, If_None_Match='"another"').status_code == 200
            assert pages.paths[path] == second, path
        front.seconds += 1


def test_what_is_withdrawn_is_gone_from_the_front_a_second_later_and_stays_gone(
    hotline: Hotline, front: Front
) -> None:
    published(hotline, PublicDraft("Đường thôn Tây bị ngập.", "Cống đã được khơi thông.", ""))
    assert all("bị ngập" in front.get(path).text for path in ("/tra-loi", "/tra-loi/1"))
    with hotline.database.writing() as conn:
        writer = accounts.find(conn, PersonId(1))
        assert writer is not None
        assert publications.withdraw(conn, 1, "nhầm", writer, NOW)
    front.seconds += 1
    for _ in range(3):
        assert "bị ngập" not in front.get("/tra-loi").text
        assert front.get("/tra-loi/1").status_code == 404


def test_whoever_asks_for_more_than_an_address_is_answered_by_the_pages_themselves(
    pages: Asked, front: Front
) -> None:
    assert front.get("/").status_code == 200
    more: dict[str, dict[str, str]] = {
        "cookie": {"Cookie": "session=1"},
        "authorization": {"Authorization": "Basic eDp4"},
        "range": {"Range": "bytes=0-1"},
        "the form's own address": {"Host": "danh-gia.lan"},
    }
    for number, (what, headers) in enumerate(more.items(), 2):
        front.client.get("/", headers=headers, buffered=True)
        assert pages.paths["/"] == number, what
    for what in ("head", "post", "options"):
        number = pages.paths["/"]
        front.client.open("/", method=what.upper(), buffered=True)
        assert pages.paths["/"] == number + 1, what
    spellings = (
        "/?",
        "/?x=1",
        "//",
        "/%74ra-loi",
        "/Tra-loi",
        "/ket-qua?",
        "/tra-loi?tim=a",
        "/tra-loi?trang=1",
    )
    for path in (*spellings, "/" + "0" * 100, "/r/nobody", "/console/sign-in"):
        before = pages.paths.total()
        front.get(path)
        front.get(path)
        assert pages.paths.total() == before + 2, path


def test_only_what_the_pages_call_public_is_kept(hotline: Hotline) -> None:
    told = Told([])
    with pages_of(told) as pages:
        front = Front(hotline, pages.port)
        cases = {
            **{name: Told(fields) for name, fields in NOT_KEPT.items()},
            "not found": Told(PUBLIC, "404 Not Found"),
            "failed": Told(PUBLIC, "500 Internal Server Error"),
            "led elsewhere": Told([*PUBLIC, ("Location", "/x")], "303 See Other"),
            "too large": Told(PUBLIC, body=b"x" * (LARGEST + 1)),
        }
        kept = []
        for number, (name, case) in enumerate({**cases, "the page": Told(PUBLIC)}.items()):
            told.fields, told.status, told.body = case.fields, case.status, case.body
            first, second = front.get(f"/a{number}"), front.get(f"/a{number}")
            assert (first.status, first.data) == (second.status, second.data) == (case.status, case.body), (
                name
            )
            if pages.paths[f"/a{number}"] == 1:
                kept.append(name)
        assert kept == ["the page"]


def test_an_answer_that_breaks_off_is_neither_given_nor_kept(hotline: Hotline) -> None:
    with pages_of(_Short()) as pages:
        front = Front(hotline, pages.port)
        assert [front.get("/").status_code for _ in range(2)] == [503, 503]
        assert pages.paths["/"] == 2


class _Short:
    """Says that more comes than does."""

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "99"), *PUBLIC])
        return [b"short"]


def test_strangers_fill_no_memory_and_drive_no_page_out_that_is_read(hotline: Hotline) -> None:
    with pages_of(Told(PUBLIC)) as pages:
        front = Front(hotline, pages.port)
        for number in range(4 * MOST):
            front.get("/")
            front.get(f"/tra-loi/{number}")
        assert pages.paths["/"] == 1
        found = sum(front.kept.find(f"/tra-loi/{number}", "") is not None for number in range(4 * MOST))
        assert found == MOST - 1
        assert front.kept.find(f"/tra-loi/{4 * MOST - 1}", "") is not None


def test_while_the_pages_take_long_one_reader_waits_and_the_others_read_the_copy() -> None:
    moment = [0.0]
    kept = KeptAnswers(monotonic=lambda: moment[0])
    kept.keep("/", [], b"old", 1.0, 0.0)
    moment[0] = 1.5
    assert kept.find("/", "") is None  # this one asks
    for moment[0] in (1.5, LONGEST - 0.1):
        found = kept.find("/", "")
        assert found is not None
        assert found[2] == b"old"
    moment[0] = LONGEST
    assert [kept.find("/", "") for _ in range(2)] == [None, None]
    kept.keep("/", [], b"new", 1.0, 4.8)
    kept.keep("/", [], b"came late", 1.0, 1.5)
    found = kept.find("/", "")
    assert found is not None
    assert found[2] == b"new"


def test_the_line_gives_copies_but_none_at_the_address_of_the_form(hotline: Hotline, pages: Asked) -> None:
    settings = replace(hotline.settings, wifi_url="http://danh-gia.lan")
    between = {PAGES_ADDRESS: f"127.0.0.1:{pages.port}", PAGES_WORD: WORD}
    line = browser_of(application_of("line", replace(hotline, settings=settings), between))
    begun = time.monotonic()
    assert {line.get("/", buffered=True).status_code for _ in range(50)} == {200}
    asked = pages.paths["/"]
    assert asked <= math.ceil(time.monotonic() - begun) + 1
    for number in (1, 2):
        line.get("/", headers={"Host": "danh-gia.lan"}, buffered=True)
        assert pages.paths["/"] == asked + number
