"""Real calls that we place, on both lines: to the chairman and to a citizen who waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from logbook.database.tables import callbacks, escalations, legs
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.sending import (
    CHAIRMAN,
    CITIZEN,
    CLERK,
    DEPUTY,
    Talk,
    carrier,
    matter,
    placed_call,
    press_when_asked,
    rows,
    send,
    wait_for_call,
)
from tests.exchange.softphone import Answering, Call
from tests.exchange.test_real_calls import complain, row_of
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.proof
BOX = noise("hộp thư thoại", 1.5)


@pytest.fixture(scope="module")
def office(office_on_either_line: ExchangeOffice) -> ExchangeOffice:
    return office_on_either_line


@pytest.mark.row("000-13")
def test_the_chairman_is_rung_until_somebody_presses_one_and_a_voice_mail_box_acknowledges_nothing(
    office: ExchangeOffice,
) -> None:
    complain(office, "0912000701", "#")
    row_of(office, "0912000701")
    with office.hotline.database.reading() as conn:
        (first,) = conn.execute(select(escalations.c.id)).scalars()

    def picked_up(call: Call) -> None:
        if call.number == DEPUTY:
            press_when_asked(call, "1")
        else:  # a voice mail box: it says its own words, keeps what it hears, and hangs up
            call.say(BOX)
            call.wait_quiet(seconds=PATIENCE)
            call.hang_up()

    ways: list[Answering] = ["busy", "answer", "silent", "answer"]
    told = iter(ways)
    rung = len(office.carrier.rung)
    with carrier(office, lambda _number: next(told), picked_up):
        for tries in range(4):
            send(office, timedelta(minutes=16 * tries))
            assert (matter(office, first).settled_at is None) == (tries < 3), tries
    assert office.carrier.rung[rung:] == [CHAIRMAN, CHAIRMAN, CHAIRMAN, DEPUTY]
    assert [(one.recipient, one.result) for one in rows(office)] == [
        ("chu-tich", "busy"),
        ("chu-tich", "answered"),
        ("chu-tich", "no_answer"),
        ("pho-chu-tich", "acknowledged"),
    ]
    assert (matter(office, first).settled_how, matter(office, first).settled_who) == ("key", "pho-chu-tich")


@pytest.mark.row("T-13")
def test_a_call_is_returned_the_clerk_presses_one_the_citizen_is_rung_and_the_two_talk(
    office: ExchangeOffice,
) -> None:
    callback, talk = wait_for_call(office), Talk()
    rung = len(office.carrier.rung)
    with carrier(office, lambda _number: "answer", talk.picked_up):
        send(office)
    assert office.carrier.rung[rung:] == [CLERK, CITIZEN]
    talk.was_heard()
    call = placed_call(office, CLERK)
    with office.hotline.database.reading() as conn:
        kept = conn.execute(select(callbacks).where(callbacks.c.id == callback)).one()
        leg = conn.execute(select(legs).where(legs.c.call_id == call.id)).one()
    assert (kept.state, kept.last_result, kept.tries) == ("settled", "talked", 1)
    assert (call.status, leg.outcome, rows(office)[-1].result) == ("completed", "completed", "talked")
