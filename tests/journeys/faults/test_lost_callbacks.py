"""A message of the provider never comes: the line finds out and settles everything (S2, F-26)."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, cast

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from ivr.phone.behaviour import Behaviour
from logbook.calls import open_calls
from logbook.database.tables import callbacks, calls, legs, ratings, recordings, responses, tickets
from logbook.outbox import escalations
from logbook.provider import CallState, ProviderError
from logbook.recordings import at_provider
from logbook.recordings.at_provider import Held
from logbook.search import calls as call_search
from logbook.tickets import history
from scheduler.open_calls import OpenCallsDue
from scheduler.own_line import LineSilentError, OwnLine
from scheduler.send_deliveries import deliveries_due
from tests.caller import Caller
from tests.journeys.faults import storm
from tests.journeys.outgoing_calls import Told
from tests.journeys.town import Town, complain
from tests.people import WEDNESDAY

Name = Literal["recording", "action", "status"]
LOST: list[frozenset[Name]] = [
    frozenset({"status"}),
    frozenset({"status", "recording"}),
    frozenset({"status", "recording", "action"}),
    frozenset({"recording", "action"}),
]
EVERYTHING: frozenset[Name] = frozenset({"status", "recording", "action"})
TO_THE_TONE = "211"


def keys(pressed: str) -> Callable[[Caller], object]:
    """Press one key after the other, and hang up at the question that follows."""

    def call(caller: Caller) -> None:
        for key in pressed:
            caller.press(key)
        caller.hang_up()

    return call


def speaking(then: Callable[[Caller], object]) -> Callable[[Caller], object]:
    def call(caller: Caller) -> None:
        for key in TO_THE_TONE:
            caller.press(key)
        then(caller)

    return call


CALLS: dict[str, Callable[[Caller], object]] = {
    "at the greeting": keys(""),
    "at a procedure": keys("11"),
    "asked who speaks": keys("2"),
    "asked for consent": keys("21"),
    "refusing consent": keys("212"),
    "while speaking": speaking(lambda caller: caller.speak(9, then="hang-up")),
    "at the tone": speaking(lambda caller: caller.hang_up()),
    "at the review": speaking(lambda caller: caller.speak(9).hang_up()),
    "speaking once more": speaking(lambda caller: caller.speak(9).press("3").speak(7, then="hang-up")),
    "after the code": speaking(lambda caller: caller.speak(9).press("1").hang_up()),
    "in the survey": keys("454"),
    "asked why": keys("422222"),
    "asked for a code": keys("3"),
    "while it rings": keys("0"),
    "in a talk": lambda caller: caller.press("0").clerk_answers(40, caller_ends=True),
    "after a talk": lambda caller: caller.press("0").clerk_answers(40).hang_up(),
    "nobody there": lambda caller: caller.press("0").clerk_busy().clerk_busy().clerk_busy().hang_up(),
}
LEGS = {
    "in a talk": CallState("completed", 40),
    "after a talk": CallState("completed", 40),
    "while it rings": CallState("canceled", 0),
}


@dataclass
class Provider:
    """What the provider says of calls: how each stands, what it recorded, and whom it dialled out of it."""

    states: dict[str, CallState] = field(default_factory=dict)
    held: dict[str, list[Held]] = field(default_factory=dict)
    legs: dict[str, CallState] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def state(self, sid: str) -> CallState:
        self.asked.append(sid)
        if sid not in self.states:
            raise ProviderError("HTTP 404", permanent=True)
        return self.states[sid]

    def leg(self, sid: str) -> CallState | None:
        return self.legs.get(sid)

    def of_call(self, call_sid: str) -> list[Held]:
        return self.held.get(call_sid, [])

    def knows(self, caller: Caller, town: Town, leg: CallState | None = None) -> None:
        """This call is over there, and these are its recordings and its leg."""
        self.states[caller.call_sid] = CallState("completed", 30)
        made_at = town.clock.now()
        self.held[caller.call_sid] = [Held(sid, caller.call_sid, made_at, None) for sid in caller.recordings]
        if leg is not None:
            self.legs[caller.call_sid] = leg


@dataclass
class Wire:
    """The line reached within this process; `silent` while it cannot be."""

    town: Town
    silent: bool = False
    told: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def tell(self, path: str, fields: Mapping[str, str]) -> None:
        if self.silent:
            raise LineSilentError("ConnectionError")
        self.told.append((path, fields))
        reply = storm.Line(self.town.hotline, self.town.app).post(path, dict(fields))
        assert reply.status_code in (200, 204), (path, fields, reply.text)


@dataclass
class Sweep:
    """The sweep of one town, its provider, and time that goes by."""

    town: Town
    provider: Provider = field(default_factory=Provider)

    def __post_init__(self) -> None:
        self.wire = Wire(self.town)
        line = self.town.settings.line
        self.due = OpenCallsDue(
            self.town.database,
            self.town.clock,
            self.provider,
            self.provider,
            self.wire,
            timedelta(minutes=line.ask_after_minutes),
            timedelta(minutes=line.lost_after_minutes),
        )

    def after(self, **time: float) -> int:
        """Let time go by and look once; how many calls came to an end."""
        self.town.clock.set((self.town.clock.now() + timedelta(**time)).isoformat())
        return self.due.run_once(lambda: True)


@pytest.fixture
def sweep(town: Town) -> Sweep:
    return Sweep(town)


def left_behind(town: Town, caller: Caller) -> dict[str, Any]:
    """What the database says of one call, without what differs from call to call."""
    with town.database.reading() as conn:
        row = conn.execute(select(calls).where(calls.c.sid == caller.call_sid)).one()

        def of(table: Any, *columns: str, by: str = "call_id") -> list[tuple[object, ...]]:
            query = select(*[table.c[name] for name in columns]).where(table.c[by] == row.id)
            return sorted((tuple(one) for one in conn.execute(query)), key=repr)

        sound = select(recordings.c.sid).join(tickets, tickets.c.recording_id == recordings.c.id)
        marks = select(ratings.c.value).join(responses, responses.c.id == ratings.c.response_id)
        return {
            "call": (row.outcome, row.status, row.ended_at is not None, row.ask_at, row.purpose),
            "tickets": of(tickets, "state", "caller_type"),
            "sound": len(conn.execute(sound.where(recordings.c.call_id == row.id)).all()),
            "survey": of(responses, "state"),
            "marks": sorted(conn.execute(marks.where(responses.c.call_id == row.id)).scalars(), key=repr),
            "owed": [one for one in of(callbacks, "reason", "state") if one[1] != "settled"],
            "legs": of(legs, "outcome", "seconds"),
        }


@pytest.mark.row("S2")
@pytest.mark.row("F-26")
@pytest.mark.row("G8")
def test_whichever_messages_are_lost_wherever_the_caller_left_the_book_ends_alike(
    town: Town, sweep: Sweep
) -> None:
    wrong = []
    numbers = (f"+84912{number:06d}" for number in itertools.count(1))  # a callback belongs to a number
    for where, call in CALLS.items():
        town.clock.set(WEDNESDAY)
        whole = town.ring(next(numbers))
        call(whole)
        sweep.provider.knows(whole, town, LEGS.get(where))
        sweep.after(minutes=6)
        expected = left_behind(town, whole)
        for lost in LOST:
            behaviour = Behaviour(lost_callbacks=lost, end_names_recording=False)
            caller = town.ring(next(numbers), behaviour=behaviour)
            call(caller)
            sweep.provider.knows(caller, town, LEGS.get(where))
            sweep.after(minutes=6)
            found = left_behind(town, caller)
            if found != expected:
                wrong.append((where, sorted(lost), found, expected))
    assert wrong == [], "\n".join(str(each) for each in wrong)
    with town.database.reading() as conn:
        assert history.verify(conn) is None


@pytest.mark.row("S2")
def test_a_complaint_recorded_before_the_one_lost_message_is_a_ticket_a_leader_is_told_of(
    town: Town, sweep: Sweep
) -> None:
    caller = town.ring(behaviour=Behaviour(lost_callbacks=frozenset({"status"})))
    CALLS["at the review"](caller)
    assert left_behind(town, caller)["tickets"] == []
    sweep.provider.knows(caller, town)
    assert sweep.after(minutes=4) == 0, "a call is not asked about before its time"
    assert sweep.after(minutes=2) == 1
    ticket = town.ticket(caller)
    with town.database.reading() as conn:
        assert [row.kind for row in escalations.unsettled(conn, ticket.id)] == ["new"]


@pytest.mark.row("F-26")
def test_asking_again_and_news_that_come_late_after_all_change_nothing(town: Town, sweep: Sweep) -> None:
    held_back = Behaviour(hold_callbacks=True)
    caller = town.ring(behaviour=held_back)
    CALLS["while speaking"](caller)
    sweep.provider.knows(caller, town)
    assert sweep.after(minutes=6) == 1
    expected = left_behind(town, caller)
    assert (expected["sound"], len(expected["tickets"])) == (1, 1)
    seen = list(sweep.wire.told)
    assert [sweep.after(minutes=6) for _ in range(3)] == [0, 0, 0]
    for path, fields in seen:
        sweep.wire.tell(path, fields)
    caller.deliver_held()
    assert left_behind(town, caller) == expected


@pytest.mark.row("G8")
def test_a_call_that_goes_on_is_left_alone_however_long(town: Town, sweep: Sweep) -> None:
    caller = town.ring().press("2")
    sweep.provider.states[caller.call_sid] = CallState("in-progress", 0)
    assert [sweep.after(hours=1) for _ in range(5)] == [0] * 5
    caller.press("1")
    caller.press("1")
    caller.speak(9).press("1").hang_up()
    assert left_behind(town, caller)["call"][:2] == ("hung_up", "completed")


@pytest.mark.row("G8")
def test_a_call_nobody_can_say_anything_of_is_lost_in_time_and_what_it_left_is_settled(
    town: Town, sweep: Sweep
) -> None:
    """A provider without a REST API, or one that never heard of the call."""
    behaviour = Behaviour(lost_callbacks=frozenset({"status", "action"}))
    spoke, rated, rang = (town.ring(behaviour=behaviour) for _ in range(3))
    CALLS["at the review"](spoke)
    CALLS["in the survey"](rated)
    CALLS["while it rings"](rang)
    patience = town.settings.line.lost_after_minutes
    assert sweep.after(minutes=patience - 1) == 0
    assert sweep.after(minutes=6) == 3
    for caller in (spoke, rated, rang):
        assert left_behind(town, caller)["call"][:2] == ("lost", "lost")
    assert len(left_behind(town, spoke)["tickets"]) == 1
    assert left_behind(town, rated)["survey"] == [("partial",)]
    assert left_behind(town, rang)["owed"] == [("missed", "owed")]
    with town.database.reading() as conn:
        found = call_search.find(conn, call_search.CallFilters(outcome="lost"), 10)
    assert {one.sid for one in found} == {spoke.call_sid, rated.call_sid, rang.call_sid}


@pytest.mark.row("G8")
def test_the_end_that_comes_after_a_call_was_given_up_is_taken_in_without_harm(
    town: Town, sweep: Sweep
) -> None:
    caller = town.ring(behaviour=Behaviour(hold_callbacks=True))
    CALLS["at the review"](caller)
    sweep.after(minutes=town.settings.line.lost_after_minutes + 1)
    before = left_behind(town, caller)
    caller.deliver_held()
    after = left_behind(town, caller)
    assert after["call"][:2] == ("lost", "completed")
    assert {**before, "call": None} == {**after, "call": None}


@pytest.mark.row("F-26")
def test_while_the_line_cannot_be_told_nothing_is_forgotten(town: Town, sweep: Sweep) -> None:
    caller = town.ring(behaviour=Behaviour(lost_callbacks=frozenset({"status"})))
    CALLS["at the review"](caller)
    sweep.provider.knows(caller, town)
    sweep.wire.silent = True
    assert sweep.after(minutes=6) == 0
    sweep.wire.silent = False
    assert sweep.after(minutes=1) == 1
    assert len(left_behind(town, caller)["tickets"]) == 1


@pytest.mark.row("F-26")
def test_two_runners_bring_the_news_once(town: Town, sweep: Sweep) -> None:
    caller = town.ring(behaviour=Behaviour(lost_callbacks=frozenset({"status"})))
    CALLS["at the review"](caller)
    sweep.provider.knows(caller, town)
    town.clock.set((town.clock.now() + timedelta(minutes=6)).isoformat())
    with town.database.reading() as conn:
        (row,) = open_calls.to_ask(conn, town.clock.now(), 10)
    until = town.clock.now() + timedelta(minutes=5)
    with town.database.writing() as conn:
        assert [open_calls.claim(conn, row.call, until) for _ in range(2)] == [True, False]


@pytest.mark.row("F-26")
def test_what_was_recorded_while_the_line_was_down_and_asked_again_is_a_ticket_all_the_same(
    town: Town, sweep: Sweep
) -> None:
    """The request with the recording never arrived; the provider fell back, and the caller gave up."""
    lost: frozenset[Name] = frozenset({"recording", "status"})
    caller = town.ring(behaviour=Behaviour(lost_callbacks=lost, unreachable=frozenset({4})))
    for key in TO_THE_TONE:
        caller.press(key)
    caller.carrier.behaviour = replace(caller.carrier.behaviour, timed_out=frozenset(range(4, 5)))
    caller.speak(9)
    caller.hang_up()
    sweep.provider.knows(caller, town)
    sweep.after(minutes=6)
    found = left_behind(town, caller)
    assert (len(found["tickets"]), found["sound"]) == (1, 1)


@pytest.mark.row("F-26")
@pytest.mark.row("F-15")
def test_a_recording_the_provider_lists_only_after_it_was_asked_becomes_a_ticket_the_next_day(
    town: Town, sweep: Sweep
) -> None:
    caller = town.ring(behaviour=Behaviour(lost_callbacks=EVERYTHING, end_names_recording=False))
    CALLS["while speaking"](caller)
    sweep.provider.knows(caller, town)
    held, sweep.provider.held = sweep.provider.held, {}
    assert sweep.after(minutes=6) == 1
    assert left_behind(town, caller)["tickets"] == []
    sweep.provider.held = held
    with town.database.writing() as conn:
        assert at_provider.take_in(conn, held[caller.call_sid][0], town.clock.now())
    sweep.after(days=1)
    found = left_behind(town, caller)
    assert (len(found["tickets"]), found["sound"]) == (1, 1)


# --- over a real connection --------------------------------------------------------------------------------


@contextmanager
def listening(town: Town) -> Iterator[int]:
    """The line's webhooks at a port of this machine."""
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


@pytest.mark.row("F-26")
def test_the_line_is_told_on_this_machine_under_the_public_address_it_signs(
    town: Town, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    caller = town.ring(behaviour=Behaviour(lost_callbacks=frozenset({"status"})))
    CALLS["at the review"](caller)
    sweep.provider.knows(caller, town)
    with listening(town) as port:
        line = OwnLine(replace(town.settings, host="0.0.0.0", port=port))
        sweep.due = replace(sweep.due, line=line)
        assert sweep.after(minutes=6) == 1
        assert len(left_behind(town, caller)["tickets"]) == 1
        with pytest.raises(LineSilentError, match="403"):
            OwnLine(replace(town.settings, port=port, public_url=f"http://127.0.0.1:{port}/x")).tell(
                "/ivr/status", {"CallSid": caller.call_sid, "CallStatus": "completed"}
            )


# --- calls we placed ---------------------------------------------------------------------------------------


@pytest.mark.row("S2")
@pytest.mark.row("F-26")
@pytest.mark.parametrize("where", ["while speaking", "at the review"])
def test_an_officials_instruction_is_in_the_history_though_nobody_told_of_the_end(
    town: Town, sweep: Sweep, where: str
) -> None:
    seen = Told(town)
    seen.account()
    ticket = town.ticket(complain(town.ring()).hang_up())
    delivery = seen.about(seen.matter(ticket))
    lost = Behaviour(lost_callbacks=EVERYTHING, end_names_recording=False)
    call = seen.ring(delivery, behaviour=lost).press("5")
    if where == "while speaking":
        call.speak(6, then="hang-up")
    else:
        call.speak(6).hang_up()
    sweep.provider.knows(call, town)
    assert sweep.after(minutes=6) == 1
    with town.database.reading() as conn:
        events = [event for event in history.of(conn, ticket.id) if event.verb == "instruct"]
        kept = conn.execute(select(recordings.c.id).where(recordings.c.purpose == "instruction")).scalars()
        assert [json.loads(event.details)["recording_id"] for event in events] == list(kept)
    assert seen.row(delivery).result == "answered"


@pytest.mark.row("S2")
@pytest.mark.row("F-26")
def test_news_a_citizen_heard_is_settled_as_heard_and_not_called_about_again(
    town: Town, sweep: Sweep
) -> None:
    seen = Told(town)
    ticket = town.ticket(complain(town.ring()).hang_up())
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("write", {"content": "Mương thối", "caller_name": "Lựu", "caller_address": "thôn Tây"}),
        ("classify", {"kind": "feedback", "topic": "attitude", "urgent": True}),
        ("answer", {"answer": "Đã nạo vét xong."}),
    )
    ticket = town.settle(ticket, *steps)
    delivery = seen.news(ticket, "answered")
    lost = Behaviour(lost_callbacks=EVERYTHING)
    call = seen.ring(delivery, behaviour=lost).press("1").press(ticket.code).hang_up()
    heard = seen.row(delivery).result
    sender = deliveries_due(town.settings, town.database, town.clock)
    sender = replace(sender, calls=replace(sender.calls, telephone=cast("Any", sweep.provider)))
    sweep.provider.knows(call, town)
    town.clock.set((town.clock.now() + timedelta(minutes=3)).isoformat())
    sender.reconcile(lambda: True)
    assert seen.row(delivery).result == heard, "whoever was spoken to is heard of by the line"
    sweep.after(minutes=3)
    assert seen.row(delivery).result == "told"
