"""Placing returned calls: one call for one press, whatever dies, and silent calls asked about."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from logbook.accounts import accounts
from logbook.calls import callbacks, calls, returned_calls
from logbook.calls.callbacks import Callback
from logbook.calls.returned_calls import Limits
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import callbacks as table
from logbook.provider import CallState, ProviderError
from scheduler.call_back import ReturnsDue

CITIZEN, CLERK, HOTLINE = "+84912345678", "+84905111111", "+842583842102"


@dataclass
class Provider:
    """Remembers whom it rang; `trouble` is raised instead, `at_ring` happens while it rings."""

    rung: list[dict[str, object]] = field(default_factory=list)
    trouble: Exception | None = None
    now_is: CallState = field(default_factory=lambda: CallState("in-progress", 0))
    leg_is: CallState | None = None
    at_ring: Callable[[], object] = lambda: None

    def ring(self, *, to: str, caller_id: str, answer_url: str, status_url: str, seconds: int) -> str:
        self.rung.append(
            {"to": to, "from": caller_id, "answer": answer_url, "status": status_url, "seconds": seconds}
        )
        self.at_ring()
        if self.trouble is not None:
            raise self.trouble
        return "CA" + f"{len(self.rung):032x}"

    def state(self, sid: str) -> CallState:
        if self.trouble is not None:
            raise self.trouble
        return self.now_is

    def leg(self, sid: str) -> CallState | None:
        return self.leg_is


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def work(database: Database, provider: Provider, now: datetime) -> ReturnsDue:
    return ReturnsDue(
        database=database,
        telephone=provider,
        clock=Clock(now),
        limits=Limits(5, 10, frozenset({HOTLINE})),
        public_url="https://tongdai.example",
        caller_id=HOTLINE,
        ring_seconds=25,
        longest=timedelta(minutes=20),
        shortest_talk=5,
    )


@pytest.fixture
def wanted(database: Database, now: datetime) -> Callback:
    """A callback a clerk has just asked the line to return."""
    with database.writing() as conn:
        person = accounts.add(
            conn, login="lan", name="Lan", role="clerk", password="correct horse battery", now=now
        )
        call = calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw=CITIZEN,
            caller_number=CITIZEN,
            called=HOTLINE,
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        row = callbacks.owe(conn, call, "asked", CITIZEN, now)
        returned_calls.want(conn, row.id, row.version, telephone=CLERK, person_id=person, now=now)
    return row


def kept(database: Database, row: Callback) -> Callback:
    with database.reading() as conn:
        found = callbacks.find(conn, row.id)
    assert found is not None
    return found


def later(work: ReturnsDue, minutes: float) -> ReturnsDue:
    return replace(work, clock=Clock(work.clock.now() + timedelta(minutes=minutes)))


@pytest.mark.row("T-13")
def test_the_clerk_is_rung_from_the_hotlines_number_once_for_one_press(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    assert work.place(lambda: True) == 1
    assert work.place(lambda: True) == 0
    address = f"https://tongdai.example/ivr/return/{wanted.id}"
    assert provider.rung == [
        {
            "to": CLERK,
            "from": HOTLINE,
            "answer": f"{address}?call=1",
            "status": f"{address}/status?call=1",
            "seconds": 25,
        }
    ]
    assert (kept(database, wanted).state, kept(database, wanted).return_sid) == (
        "calling",
        "CA" + f"{1:032x}",
    )


@pytest.mark.row("F-06")
def test_the_row_is_claimed_and_committed_before_the_provider_is_asked(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    states: list[str] = []
    provider.at_ring = lambda: states.append(kept(database, wanted).state)
    work.place(lambda: True)
    assert states == ["calling"]


@pytest.mark.row("F-06")
def test_a_process_that_dies_while_ringing_rings_nobody_again(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    provider.trouble = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        work.place(lambda: True)
    provider.trouble = None
    assert work.place(lambda: True) == 0
    assert len(provider.rung) == 1
    assert later(work, 4).reconcile(lambda: True) == 0
    assert later(work, 6).reconcile(lambda: True) == 1
    found = kept(database, wanted)
    assert (found.state, found.last_result, found.tries) == ("owed", "lost", 0)


def test_a_refused_call_is_owed_again_at_once_and_an_unclear_one_is_not(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    provider.trouble = ProviderError("Timeout")
    work.place(lambda: True)
    assert kept(database, wanted).state == "calling"
    with database.writing() as conn:
        conn.execute(table.update().values(state="wanted"))
    provider.trouble = ProviderError("HTTP 400", permanent=True)
    work.place(lambda: True)
    assert (kept(database, wanted).state, kept(database, wanted).last_result) == ("owed", "not_placed")


def test_a_call_for_which_no_connection_came_about_is_owed_again_at_once(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    provider.trouble = ProviderError("ConnectionError", later=True)
    work.place(lambda: True)
    assert (kept(database, wanted).state, kept(database, wanted).last_result) == ("owed", "not_placed")


@pytest.mark.row("T-13")
def test_a_call_that_was_not_placed_costs_nothing_of_the_day(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database, now: datetime
) -> None:
    work = replace(work, limits=Limits(1, 1, frozenset({HOTLINE})))
    provider.trouble = ProviderError("ConnectionError", later=True)
    work.place(lambda: True)
    provider.trouble = None
    with database.writing() as conn:
        row = callbacks.find(conn, wanted.id)
        assert row is not None
        returned_calls.want(conn, row.id, row.version, telephone=CLERK, person_id=row.owner_id or 0, now=now)
    work.place(lambda: True)
    assert (kept(database, wanted).state, len(provider.rung)) == ("calling", 2)


def test_a_provider_that_is_asked_too_much_does_not_end_a_call_that_goes_on(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    work.place(lambda: True)
    provider.trouble = ProviderError("HTTP 429", permanent=True, later=True)
    assert later(work, 3).reconcile(lambda: True) == 0
    assert kept(database, wanted).state == "calling"
    provider.trouble = ProviderError("HTTP 404", permanent=True)
    assert later(work, 3).reconcile(lambda: True) == 1
    assert kept(database, wanted).last_result == "lost"


def test_whoever_lost_the_lease_rings_nobody(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    assert work.place(lambda: False) == 0
    assert provider.rung == []
    assert kept(database, wanted).state == "wanted"


@pytest.mark.parametrize(
    ("dialled", "state", "leg", "result"),
    [
        (False, CallState("no-answer", 0), None, "clerk_absent"),
        (False, CallState("completed", 8), None, "clerk_absent"),
        (True, CallState("completed", 80), CallState("completed", 60), "talked"),
        (True, CallState("completed", 30), CallState("busy", 0), "busy"),
        (True, CallState("completed", 30), CallState("completed", 0), "no_answer"),
        (True, CallState("completed", 30), CallState("completed", 2), "brief"),
        (True, CallState("completed", 30), None, "lost"),
    ],
)
def test_a_silent_call_is_asked_about_and_ends_as_the_provider_says(
    work: ReturnsDue,
    provider: Provider,
    wanted: Callback,
    database: Database,
    dialled: bool,
    state: CallState,
    leg: CallState | None,
    result: str,
) -> None:
    work.place(lambda: True)
    if dialled:
        with database.writing() as conn:
            returned_calls.dialled(conn, kept(database, wanted))
    provider.now_is, provider.leg_is = state, leg
    assert later(work, 1).reconcile(lambda: True) == 0
    assert later(work, 3).reconcile(lambda: True) == 1
    assert kept(database, wanted).last_result == result


def test_a_call_that_goes_on_is_left_alone_and_given_up_in_the_end(
    work: ReturnsDue, provider: Provider, wanted: Callback, database: Database
) -> None:
    work.place(lambda: True)
    assert later(work, 15).reconcile(lambda: True) == 0
    provider.trouble = ProviderError("HTTP 503")
    assert later(work, 15).reconcile(lambda: True) == 0
    assert later(work, 30).reconcile(lambda: True) == 1
    assert kept(database, wanted).last_result == "lost"
