"""The scheduler's part of a call we place: what is due is sent, at a time the test chooses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.tables import calls, deliveries, escalations
from logbook.phone_numbers import parse
from scheduler.advance_escalations import EscalationsDue
from scheduler.send_deliveries import deliveries_due
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.softphone import Answering, Call
from tests.exchange.voice import noise
from tests.logbook.outbox import wanted_call
from tests.suite.waiting import PATIENCE, until

RINGS = 4
"""Seconds for which somebody is rung here."""


def send(office: ExchangeOffice, later: timedelta = timedelta(0)) -> list[Any]:
    """Take what is due so much later, ring whom it names, and wait until those calls are over."""
    settings, database = office.settings, office.hotline.database
    clock = Clock(office.hotline.clock.now() + later)
    EscalationsDue(database, clock, settings, Calendars(settings, clock)).advance(lambda: True)
    sender = deliveries_due(settings, database, clock)
    replace(sender, calls=replace(sender.calls, seconds=RINGS)).send(lambda: True, 1)
    assert until(lambda: not under_way(office), every=0.1), office.log("line")
    return rows(office)


def rows(office: ExchangeOffice) -> list[Any]:
    """All deliveries by call, the oldest first."""
    with office.hotline.database.reading() as conn:
        query = select(deliveries).where(deliveries.c.channel == "call")
        return list(conn.execute(query.order_by(deliveries.c.id)))


def under_way(office: ExchangeOffice) -> list[Any]:
    """Calls of which nobody has heard the end."""
    there = rows(office)
    return [one for one in there if one.provider_sid and one.ended_at is None and one.result is None]


CHAIRMAN, DEPUTY = "02583842100", "02583842101"
CLERK, CITIZEN = "0" + wanted_call.CLERK[3:], "0" + wanted_call.CITIZEN[3:]


@contextmanager
def carrier(
    office: ExchangeOffice, behave: Callable[[str], Answering], on_answer: Callable[[Call], None]
) -> Iterator[None]:
    """Whoever is rung does this meanwhile."""
    office.carrier.behave, office.carrier.on_answer = behave, on_answer
    try:
        yield
    finally:
        office.carrier.behave, office.carrier.on_answer = lambda _number: "answer", lambda _call: None


def matter(office: ExchangeOffice, number: int) -> Any:
    with office.hotline.database.reading() as conn:
        return conn.execute(select(escalations).where(escalations.c.id == number)).one()


def press_when_asked(call: Call, key: str) -> None:
    call.wait_heard(call.loud + 3200, PATIENCE)
    call.press(key)
    call.wait_quiet(seconds=8)


def placed_call(office: ExchangeOffice, number: str) -> Any:
    """The newest call that rang `number`, once it is over."""
    query = select(calls).where(calls.c.caller_number == parse(number).e164).order_by(calls.c.id.desc())

    def newest() -> Any:
        with office.hotline.database.reading() as conn:
            return conn.execute(query).first()

    assert until(lambda: (found := newest()) and found.status != "in-progress", every=0.1), (
        newest(),
        office.log("line"),
    )
    return newest()


def wait_for_call(office: ExchangeOffice) -> int:
    """A citizen waits to be called back, and a clerk has pressed the button."""
    callback, _ = wanted_call.wanted(office.hotline.database, office.hotline.clock.now())
    return int(callback.id)


CLERKS_WORDS, CITIZENS_WORDS = noise("cán bộ gọi lại", 1.5), noise("người dân trả lời", 1.5)


@dataclass
class Talk:
    """A clerk who presses one and talks to whoever is joined to them; `meanwhile` happens in the middle."""

    meanwhile: Callable[[], None] = lambda: None
    clerk: list[Call] = field(default_factory=list)
    citizen: list[Call] = field(default_factory=list)

    def picked_up(self, call: Call) -> None:
        """Either of them picks up; the citizen hangs up at the end."""
        if call.number == CLERK:
            self.clerk.append(call)
            press_when_asked(call, "1")
            return
        self.citizen.append(call)
        call.say(CITIZENS_WORDS)
        self.meanwhile()
        self.clerk[0].say(CLERKS_WORDS)
        time.sleep(0.3)
        call.hang_up()

    def was_heard(self) -> None:
        """Both heard each other."""
        assert likeness(self.clerk[0].samples(), CITIZENS_WORDS[2000:10000]) > 0.95
        assert likeness(self.citizen[0].samples(), CLERKS_WORDS[2000:10000]) > 0.95
