"""The stand-in's switchboard: who takes a ringing call, and what becomes of one that nobody takes."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier

import pytest

from ivr.provider.switchboard import Switchboard
from tests.suite.waiting import PATIENCE, until

CHAIRMAN, CLERK = "+842583842100", "+842583842111"
CALL: Mapping[str, str] = {"CallSid": "CA1", "To": CHAIRMAN}


@pytest.fixture
def board() -> Switchboard:
    return Switchboard()


@pytest.fixture
def people() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(12) as pool:
        yield pool


def begun(board: Switchboard, people: ThreadPoolExecutor, seconds: float) -> "Future[bool]":
    ringing = people.submit(board.ring, CALL, seconds)
    assert until(lambda: board.ringing_at(CHAIRMAN), every=0.001)
    return ringing


def test_a_call_rings_at_its_number_only_until_it_is_taken(
    board: Switchboard, people: ThreadPoolExecutor
) -> None:
    ringing = begun(board, people, PATIENCE)
    assert board.ringing_at(CHAIRMAN) == [CALL]
    assert board.ringing_at(CLERK) == []
    assert board.take("CA2") is None
    assert board.take("CA1") == CALL
    assert ringing.result(PATIENCE) is True
    assert board.ringing_at(CHAIRMAN) == []
    assert board.take("CA1") is None


def test_a_call_that_nobody_takes_stops_ringing(board: Switchboard, people: ThreadPoolExecutor) -> None:
    assert begun(board, people, 2).result(PATIENCE) is False
    assert board.ringing_at(CHAIRMAN) == []
    assert board.take("CA1") is None


def test_exactly_one_of_many_telephones_takes_a_call(board: Switchboard, people: ThreadPoolExecutor) -> None:
    for _ in range(30):
        ringing = begun(board, people, PATIENCE)
        start = Barrier(10)

        def grab(start: Barrier = start) -> bool:
            start.wait(PATIENCE)
            return board.take("CA1") is not None

        taken = [people.submit(grab) for _ in range(10)]
        assert sum(each.result(PATIENCE) for each in taken) == 1
        assert ringing.result(PATIENCE) is True


def test_a_telephone_waits_from_when_it_asks_until_it_asks_no_longer(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not board.waits_at(CLERK)
    board.ringing_at(CLERK)
    assert board.waits_at(CLERK)
    assert not board.waits_at(CHAIRMAN)
    late = board._monotonic() + 6
    monkeypatch.setattr(board, "_monotonic", lambda: late)
    assert not board.waits_at(CLERK)
