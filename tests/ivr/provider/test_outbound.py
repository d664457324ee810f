"""Created calls: who picks up by themselves, who must be rung, and what is reported when nobody answers."""

from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ivr.phone.parameters import new_sid
from ivr.phone.transport import WsgiTransport
from ivr.provider.files import Drawer
from ivr.provider.outbound import hang_up_what_rang, places_calls
from ivr.provider.switchboard import Switchboard
from logbook.clock import Clock, parse_moment
from tests.ivr.phone.toy_hotline import TOKEN, ToyHotline
from tests.people import WEDNESDAY
from tests.suite.waiting import PATIENCE, until

HOME = "https://tongdai.example"
CHAIRMAN, CLERK = "+842583842100", "+842583842111"


def told(to: str, page: str = "/ivr/told/1", seconds: str = "0.2") -> dict[str, str]:
    return {
        "AccountSid": "AC" + "1" * 32,
        "CallSid": new_sid("CA"),
        "From": "+842583842102",
        "To": to,
        "Url": f"{HOME}{page}",
        "StatusCallback": f"{HOME}/status",
        "Timeout": seconds,
        "made": "2026-11-25T02:10:00+00:00",
    }


RETURNED = "/ivr/told/2?call=1&kind=returned_call"
PAGES: Mapping[str, Any] = {"/ivr/told/1": "<Say>Kính chào</Say>", "/ivr/told/2": "<Say>Xin chào</Say>"}


class Office:
    """A toy hotline whose calls are placed by the stand-in."""

    def __init__(self, folder: Path) -> None:
        self.drawer = Drawer(folder)
        self.board = Switchboard()
        self.toy = ToyHotline({**PAGES, "/status": ""})
        transport = WsgiTransport(self.toy, HOME)
        clock = Clock(parse_moment(WEDNESDAY))
        self.place = places_calls(
            self.drawer, TOKEN, transport=transport, switchboard=self.board, clock=clock
        )

    def kept(self, call: Mapping[str, str]) -> dict[str, str]:
        row = self.drawer.get("Calls", call["CallSid"])
        assert row is not None
        return row


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_nobody_takes_the_call_so_the_hotline_is_told_as_by_a_real_provider(office: Office) -> None:
    call = told(CHAIRMAN)
    office.place(call)
    row = office.kept(call)
    assert (row["status"], row["duration"]) == ("no-answer", "0")
    assert row["ended"].startswith("2026-11-25T02:")
    assert office.toy.paths() == ["/status"], "nobody heard anything"
    (form,) = office.toy.forms("/status")
    assert (form["CallStatus"], form["CallDuration"], form["Direction"]) == ("no-answer", "0", "outbound-api")
    assert form["CallSid"] == call["CallSid"]


def test_while_it_rings_the_call_says_so_and_whoever_takes_it_carries_it_out(office: Office) -> None:
    call = told(CHAIRMAN, seconds="600")
    placing = Thread(target=office.place, args=(call,))
    placing.start()
    assert until(lambda: office.board.ringing_at(CHAIRMAN), every=0.001)
    assert office.kept(call)["status"] == "ringing"
    assert office.board.take(call["CallSid"]) == call
    placing.join(PATIENCE)
    assert not placing.is_alive()
    assert office.toy.paths() == [], "the stand-in does nothing more about it"
    assert office.kept(call)["status"] == "ringing"


def test_a_clerk_who_asked_for_the_call_picks_up_by_themselves(office: Office) -> None:
    call = told(CLERK, RETURNED, seconds="20")
    office.place(call)
    assert office.kept(call)["status"] == "completed"
    assert office.toy.paths() == ["/ivr/told/2", "/status"]


def test_the_clerks_number_rings_truly_when_the_clerk_is_told_something(office: Office) -> None:
    call = told(CLERK)
    office.place(call)
    assert office.kept(call)["status"] == "no-answer"


def test_a_telephone_that_waits_at_the_clerks_number_is_not_forestalled(office: Office) -> None:
    office.board.ringing_at(CLERK)
    call = told(CLERK, RETURNED)
    office.place(call)
    assert office.kept(call)["status"] == "no-answer"


def test_what_rang_when_the_stand_in_stopped_rings_no_more(office: Office) -> None:
    left = {status: told(CHAIRMAN) for status in ("queued", "ringing", "in-progress", "completed")}
    for status, call in left.items():
        office.drawer.put("Calls", call["CallSid"], {**call, "sid": call["CallSid"], "status": status})
    hang_up_what_rang(office.drawer)
    found = {status: office.kept(call)["status"] for status, call in left.items()}
    assert found == {
        "queued": "no-answer",
        "ringing": "no-answer",
        "in-progress": "in-progress",
        "completed": "completed",
    }
