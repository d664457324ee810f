"""`tongdai serve` and `voice` as they run: strangers, hung and killed processes, and who answers then."""

import os
import signal
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ivr.phone.parameters import new_sid
from ivr.running.security_headers import of_bare_answers
from ivr.running.web_server import Deadlines
from logbook.clock import Clock, put_to
from logbook.database.engine import Database
from logbook.process.priority import GIVES_WAY
from logbook.retention.restore import refuse_while_running
from logbook.settings.environment import DEMO_AUTH_TOKEN
from tests.journeys.faults.runners import MORNING
from tests.journeys.faults.storm import encoded, sign, words_of
from tests.journeys.faults.test_kill import HOTLINE, House, house_of
from tests.suite.waiting import PATIENCE, until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc names the processes"),
]
LATE = 60.0
"""Seconds a busy machine may be late; who is never shown out stays longer."""
SERVE = (sys.executable, "-m", "ivr", "serve")
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
SILENT = [
    f"POST {path} HTTP/1.1\r\nHost: x\r\n{FORM}{rest}".encode()
    for path in ("/ivr/voice", "/ivr/turn/1", "/console/sign-in", "/", "/healthz")
    for rest in ("Content-Length: 1000\r\n\r\na", "Transfer-Encoding: chunked\r\n\r\n5\r\na", "X: ")
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Everything in one place, as an office runs it."""
    folder = tmp_path_factory.mktemp("serve")
    with house_of(SERVE, f"sqlite:///{folder}/logbook.db", folder, TONGDAI_NOW=put_to(MORNING)) as built:
        assert until(lambda: get(built, "/")[0] == 200)
        yield built


def get(house: House, path: str, timeout: float = PATIENCE / 3) -> tuple[int, str, dict[str, str], float]:
    """Status, text, headers and seconds of one page; status 0 for no answer."""
    begun = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", house.port, timeout=timeout)) as line:
        try:
            line.request("GET", path)
            answer = line.getresponse()
            text = answer.read().decode()
        except OSError:
            return 0, "", {}, time.monotonic() - begun
        return answer.status, text, dict(answer.getheaders()), time.monotonic() - begun


def call(house: House, timeout: float = PATIENCE / 3) -> tuple[bool, float]:
    """Begin a call: whether the greeting came, and after how many seconds."""
    fields, begun = words_of(new_sid("CA")), time.monotonic()
    signature = sign(DEMO_AUTH_TOKEN, f"{house.url}/ivr/voice", fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    with closing(HTTPConnection("127.0.0.1", house.port, timeout=timeout)) as line:
        try:
            line.request("POST", "/ivr/voice", encoded(fields), headers)
            said = line.getresponse().read().decode()
        except OSError:
            return False, time.monotonic() - begun
    return "Xin kính chào" in said, time.monotonic() - begun


def processes(house: House) -> dict[str, int]:
    """The house's processes by what they are for."""
    assert house.running is not None
    found = {}
    children = Path(f"/proc/{house.running.pid}/task/{house.running.pid}/children").read_text().split()
    for each in children:
        try:
            words = Path(f"/proc/{each}/cmdline").read_text().split("\0")
        except OSError:
            continue
        if len(words) > 1:  # one that has just died has none
            found[words[-2]] = int(each)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.row("S1")
@pytest.mark.row("T-26")
@pytest.mark.row("T-16")
def test_silent_strangers_keep_no_caller_waiting_and_are_shown_out(house: House) -> None:
    alone = statistics.median(call(house)[1] for _ in range(10))
    begun = time.monotonic()
    strangers = []
    for first in SILENT * 6:
        wire = socket.create_connection(("127.0.0.1", house.port), PATIENCE)
        wire.sendall(first)
        strangers.append((first, wire))
    assert len(strangers) >= 80
    calls = [call(house) for _ in range(25)]
    health = [get(house, "/healthz")[3] for _ in range(5)]
    assert all(answered for answered, _ in calls)
    limit = Deadlines()
    for waits in ([took for _, took in calls], health):
        assert statistics.median(waits) < limit.webhook / 2 + 3 * alone, (waits, alone)
    stay = []
    for first, wire in strangers:
        form = first.startswith((b"POST /console", b"POST / ")) and not first.endswith(b"X: ")
        wire.settimeout(max(0.1, begun + limit.webhook + LATE - time.monotonic()))
        with closing(wire):
            try:
                while wire.recv(4096):
                    pass
            except ConnectionError:
                pass
            except TimeoutError:
                if not form:
                    stay.append(first)
    assert stay == []


@pytest.mark.row("S13")
def test_the_running_line_refuses_nonsense_with_the_headers_of_every_answer(house: House) -> None:
    with closing(socket.create_connection(("127.0.0.1", house.port), PATIENCE)) as wire:
        wire.sendall(b"nonsense\r\n\r\n")
        said = b"".join(iter(lambda: wire.recv(4096), b"")).decode()
    head = said.partition("\r\n\r\n")[0].split("\r\n")
    assert " 400 " in head[0]
    assert [each for each in of_bare_answers(house.url) if ": ".join(each) not in head] == []


@pytest.mark.row("P2")
def test_pages_give_way_to_the_line_in_every_thread_and_whoever_often_writes_does_not(house: House) -> None:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    nicer = min(usual + GIVES_WAY, 19)
    wanted = {"line": {usual}, "pages": {nicer}, "scheduler": {usual}}
    assert until(lambda: set(processes(house)) == set(wanted))
    found = {}
    for name, pid in processes(house).items():
        threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
        found[name] = {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}
    assert found == wanted


@pytest.mark.row("P2")
def test_pages_that_hang_or_die_cost_no_caller_anything_and_come_back(house: House) -> None:
    pages = processes(house)["pages"]
    os.kill(pages, signal.SIGSTOP)
    try:
        for _ in range(3):
            assert call(house)[0], "which pages that hang would keep waiting for ever"
        assert get(house, "/readyz")[0] == 200
        status, said, headers, _ = get(house, "/console/")
        assert (status, "Retry-After" in headers) == (503, True)
        assert "điện thoại vẫn được trả lời" in said
    finally:
        os.kill(pages, signal.SIGCONT)
    page_itself = "/tra-loi?trang=1"  # of a bare address the front may give its copy
    assert until(lambda: get(house, page_itself)[0] == 200)
    os.kill(processes(house)["pages"], signal.SIGKILL)
    assert call(house)[0]
    assert until(lambda: get(house, page_itself)[0] == 200)
    assert processes(house)["pages"] != pages


@pytest.mark.row("P2")
def test_nobody_reaches_the_pages_past_the_front_or_says_who_they_are(house: House) -> None:
    pages = processes(house)["pages"]
    inodes = {str(each.readlink()) for each in Path(f"/proc/{pages}/fd").iterdir() if each.is_symlink()}
    ports = set()
    for row in Path(f"/proc/{pages}/net/tcp").read_text().splitlines()[1:]:
        fields = row.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
            address, _, port = fields[1].partition(":")
            ports.add((address, int(port, 16)))
    assert {address for address, _ in ports} == {"0100007F"}, "the loopback address alone"
    for _, number in ports:
        with closing(HTTPConnection("127.0.0.1", number, timeout=PATIENCE)) as line:
            line.request("GET", "/console/", headers={"X-Tongdai-Front": "guessed 10.0.0.1"})
            assert line.getresponse().status == 403


@pytest.mark.row("S7")
@pytest.mark.row("F-29")
def test_whoever_of_the_house_is_killed_leaves_nobody_behind_and_all_can_start_again_at_once(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/logbook.db"
    with house_of(SERVE, url, tmp_path, TONGDAI_NOW=put_to(MORNING)) as house:
        assert until(lambda: len(processes(house)) == 3 and get(house, "/")[0] == 200)
        children = processes(house)
        os.kill(children["scheduler"], signal.SIGSTOP)  # one that cannot notice anything by itself
        assert house.running is not None
        os.kill(house.running.pid, signal.SIGKILL)
        house.running.wait()
        assert until(lambda: not any(map(alive, children.values()))), children
        with closing(Database(url)) as database:
            refuse_while_running(database, Clock().now().replace(year=2100))
        house.start()
        assert call(house)[0]


@pytest.mark.row("S8")
@pytest.mark.row("F-29")
def test_a_line_whose_worker_is_killed_again_and_again_is_started_again_each_time(tmp_path: Path) -> None:
    with house_of(
        HOTLINE, f"sqlite:///{tmp_path}/logbook.db", tmp_path, TONGDAI_NOW=put_to(MORNING)
    ) as house:
        killed: set[int] = set()
        for _ in range(4):
            assert until(lambda: bool(set(processes(house).values()) - killed))
            for pid in set(processes(house).values()) - killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        assert until(lambda: call(house)[0])
        assert house.running is not None
        assert house.running.poll() is None
