"""Calls that the outbox places, as real calls: officials of a ladder, and a citizen called back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from logbook.calendar.current import Calendars
from logbook.calls import callbacks
from logbook.database.tables import deliveries
from logbook.database.tables import escalations as ladders
from logbook.ids import CallbackId, PersonId
from logbook.outbox import escalations, returned_calls
from logbook.outbox.deliveries import Delivery
from logbook.phone_numbers import parse
from scheduler.advance_escalations import EscalationsDue
from scheduler.send_deliveries import deliveries_due
from tests.exchange.conftest import running
from tests.exchange.embedded_office import EmbeddedOffice
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.softphone import Answering, Call, likeness
from tests.exchange.test_real_calls import press_through, row_of
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE, until
from tests.town_hall import HandClock, file_ticket, hire

pytestmark = pytest.mark.proof
RINGS_FOR = 4
LADDER = [
    {"official": "chu-tich", "channel": "call", "after_minutes": 0, "times": 1, "every_minutes": 15},
    {"official": "pho-chu-tich", "channel": "call", "after_minutes": 15, "times": 1, "every_minutes": 15},
]


@dataclass
class Outbox:
    """The scheduler's part of one office, at the moments of a clock that is moved by hand."""

    office: ExchangeOffice
    clock: HandClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = HandClock(self.office.hotline.clock.now())
        with self.office.hotline.database.writing() as conn:
            self.people = hire(conn, self.clock.now())

    def number_of(self, official: str) -> str:
        found = {one.id: one.number for one in self.office.settings.notifications.officials}
        return as_dialled(found[official])

    def tick(self, minutes: int = 0) -> None:
        """Time passes, then ladders and outbox are looked at once."""
        self.clock.at += timedelta(minutes=minutes)
        settings, database = self.office.settings, self.office.hotline.database
        EscalationsDue(database, self.clock, settings, Calendars(settings, self.clock)).advance(lambda: True)
        sender = deliveries_due(settings, database, self.clock)
        replace(sender, calls=replace(sender.calls, seconds=RINGS_FOR)).send(lambda: True, 1)

    def complaint(self, code: str) -> Any:
        """A complaint that the chairman is to hear of; the key of its escalation."""
        with self.office.hotline.database.writing() as conn:
            ticket = file_ticket(conn, code, self.clock.now())
            return escalations.open_once(
                conn,
                key=f"new:{code}",
                kind="new",
                ladder="complaint",
                ticket_id=ticket.id,
                now=self.clock.now(),
            )

    def ended(self, **where: Any) -> list[Delivery]:
        """The deliveries like that, once no call of theirs is under way any more."""
        conditions = [deliveries.c[name] == value for name, value in where.items()]
        found: list[Delivery] = []

        def over() -> bool:
            with self.office.hotline.database.reading() as conn:
                rows = conn.execute(select(deliveries).where(*conditions).order_by(deliveries.c.id))
                found[:] = [Delivery(*row) for row in rows]
            return bool(found) and all(row.ended_at for row in found)

        assert until(over), (found, self.office.log("line"), self.office.log("messages"))
        return found

    def press(self, conn: Any, callback: CallbackId, version: int, telephone: str) -> None:
        """The clerk presses the button at the number that waits."""
        person, now = PersonId(self.people["canbotruc"]), self.clock.now()
        returned_calls.press(conn, callback, version, telephone=telephone, person_id=person, now=now)

    def settled_how(self, escalation: Any) -> str | None:
        with self.office.hotline.database.reading() as conn:
            query = select(ladders.c.settled_how).where(ladders.c.id == escalation)
            how: str | None = conn.execute(query).scalar_one()
            return how


@pytest.fixture(scope="module", params=[ExchangeOffice, EmbeddedOffice], ids=["asterisk", "embedded"])
def outbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outbox]:
    changes: dict[str, Any] = {"notifications__ladders__complaint": LADDER}
    with running(request.param, tmp_path_factory.mktemp("office"), **changes) as office:
        yield Outbox(office)


@contextmanager
def behaving(
    office: ExchangeOffice, ways: dict[str, Answering], answers: Callable[[Call], None] = lambda _call: None
) -> Iterator[list[str]]:
    """Telephones that ring meanwhile do so; all that have rung, in order."""
    before = len(office.carrier.rung)
    rung: list[str] = []
    office.carrier.behave = lambda number: ways.get(number, "answer")
    office.carrier.on_answer = answers
    try:
        yield rung
    finally:
        office.carrier.behave, office.carrier.on_answer = lambda _n: "answer", lambda _c: None
        rung += office.carrier.rung[before:]


@pytest.mark.row("000-13")
def test_busy_and_unheard_calls_go_to_the_deputy_and_only_a_key_acknowledges(outbox: Outbox) -> None:
    chairman, deputy = outbox.number_of("chu-tich"), outbox.number_of("pho-chu-tich")
    silent = outbox.complaint("300001")

    def mailbox(call: Call) -> None:
        call.wait_heard(16000, PATIENCE)  # it records what is said, presses nothing and hangs up
        call.hang_up()

    def presses_one(call: Call) -> None:
        call.wait_heard(3200, PATIENCE)
        call.press("1")
        call.wait_quiet()
        call.hang_up()

    with behaving(outbox.office, {chairman: "silent"}, mailbox) as rung:
        outbox.tick()
        (unheard,) = outbox.ended(escalation_id=silent)
        assert outbox.settled_how(silent) is None
        outbox.tick(minutes=15)
        *_, told = outbox.ended(escalation_id=silent)
        assert outbox.settled_how(silent) is None
    assert (unheard.recipient, unheard.result) == ("chu-tich", "no_answer")
    assert (told.recipient, told.result) == ("pho-chu-tich", "answered")
    assert rung == [chairman, deputy]
    busy = outbox.complaint("300002")
    with behaving(outbox.office, {chairman: "busy"}, presses_one) as rung:
        outbox.tick()
        (refused,) = outbox.ended(escalation_id=busy)
        assert outbox.settled_how(busy) is None
        outbox.tick(minutes=15)
        *_, told = outbox.ended(escalation_id=busy)
    assert (refused.result, told.recipient, told.result) == ("busy", "pho-chu-tich", "acknowledged")
    assert outbox.settled_how(busy) == "key"
    assert (rung[0], rung[-1]) == (chairman, deputy)


@pytest.mark.row("000-10")
def test_a_citizen_is_called_back_the_clerk_says_one_first_and_both_hear_each_other(outbox: Outbox) -> None:
    office, citizen = outbox.office, "0912000081"
    said, answer = noise("cán bộ gọi lại", 1.5), noise("người dân nghe máy", 1.5)
    with behaving(office, {as_dialled(one.number): "busy" for one in office.settings.duty.people}):
        call = office.carrier.call(office.sip_port, caller=citizen)
        assert call.answered.wait(PATIENCE)
        press_through(call, "0")
        call.wait_quiet()
        call.hang_up()
        row_of(office, citizen)
    ends: dict[str, Call] = {}
    talked = threading.Event()

    def answers(call: Call) -> None:
        number = office.carrier.rung[-1]
        ends[number] = call
        call.wait_heard(3200, PATIENCE)
        if number == citizen:
            call.say(answer)
            return
        call.press("1")
        if not until(lambda: citizen in ends):
            return
        time.sleep(0.5)
        call.say(said)
        until(lambda: ends[citizen].loud > 8000)
        talked.set()

    with office.hotline.database.writing() as conn:
        (owed,) = [one for one in callbacks.owed(conn) if one.number == parse(citizen).e164]
        clerk = office.settings.duty.people[0].number
        outbox.press(conn, owed.id, owed.version, clerk)
    with behaving(office, {}, answers) as rung:
        outbox.tick()
        assert talked.wait(PATIENCE), (office.carrier.rung[-3:], office.log("line"), office.log("messages"))
        time.sleep(1.0)
        ends[citizen].hang_up()
        outbox.ended(kind="returned_call")
    assert rung == [as_dialled(clerk), citizen]
    assert likeness(ends[citizen].samples(), said[2000:10000]) > 0.95
    assert likeness(ends[rung[0]].samples(), answer[2000:10000]) > 0.95
    with office.hotline.database.reading() as conn:
        assert not [one for one in callbacks.owed(conn) if one.id == owed.id]


def as_dialled(number: str) -> str:
    """As the line dials it."""
    return "0" + number.removeprefix("+84")
