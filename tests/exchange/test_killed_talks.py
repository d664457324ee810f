"""The line is killed while people talk, are asked, or are about to speak."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial

import pytest
from sqlalchemy import select

from ivr.gateway.sounds import BEEP_HERTZ, BEEP_SECONDS
from ivr.phone import sound
from logbook.database.tables import callbacks, escalations, legs, recordings, tickets
from tests.exchange.callers import at_once
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.sending import (
    CHAIRMAN,
    CITIZEN,
    CLERK,
    Talk,
    carrier,
    matter,
    placed_call,
    press_when_asked,
    rows,
    send,
    wait_for_call,
)
from tests.exchange.softphone import Call
from tests.exchange.test_real_calls import MIDDLE, SPEECH, complain, fetched, press_through, row_of
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof
WORDS, ANSWER = noise("cán bộ trực trả lời", 1.5), noise("người dân hỏi", 1.5)
LEAVES, STAYS = "0912000801", "0912000802"


@dataclass
class Everybody:
    """Whoever is rung: the chairman is asked, a clerk returns a call, the desks talk to callers."""

    back: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    talking: threading.Event = field(default_factory=threading.Event)
    desks: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.returned = Talk(self.talk)

    def talk(self) -> None:
        self.talking.set()
        self.back.wait(PATIENCE)

    def picked_up(self, call: Call) -> None:
        if call.number in (CLERK, CITIZEN):
            self.returned.picked_up(call)
        elif call.number == CHAIRMAN:
            call.wait_heard(3200, PATIENCE)
            self.asked.set()
            self.back.wait(PATIENCE)
            press_when_asked(call, "1")
        else:
            press_when_asked(call, "1")
            self.desks.append(call)


def asks_for_the_clerk(office: ExchangeOffice, caller: str, everybody: Everybody) -> tuple[Call, Call]:
    """A caller and the desk they are joined to."""
    before = len(everybody.desks)
    call = office.carrier.call(office.sip_port, caller=caller)
    assert call.answered.wait(PATIENCE)
    press_through(call, "0")
    assert until(lambda: len(everybody.desks) > before), office.log("line")
    return call, everybody.desks[-1]


@pytest.mark.row("F-01")
def test_talks_go_on_their_ends_are_in_the_book_and_the_chairman_is_asked_again_when_the_line_is_killed(
    office: ExchangeOffice,
) -> None:
    everybody, callback = Everybody(), wait_for_call(office)
    with carrier(office, lambda _number: "answer", everybody.picked_up):
        complaining = threading.Thread(target=complain, args=(office, "0912000800", "hang-up"))
        complaining.start()
        pairs = [asks_for_the_clerk(office, one, everybody) for one in (LEAVES, STAYS)]
        complaining.join()
        row_of(office, "0912000800")
        sending = threading.Thread(target=send, args=(office,))
        sending.start()
        assert everybody.asked.wait(PATIENCE)
        assert everybody.talking.wait(PATIENCE)
        office.kill_line()
        at_once(
            [
                partial(one.say, said)
                for pair in pairs
                for one, said in zip(pair, (ANSWER, WORDS), strict=True)
            ]
        )
        office.start_line()
        office.wait_for_line()
        everybody.back.set()
        pairs[0][0].hang_up()
        pairs[1][1].hang_up()
        sending.join()
        stays = pairs[1][0]
        assert stays.wait_heard(stays.loud + 1600, PATIENCE)
        stays.hang_up()
    for call, desk in pairs:
        assert likeness(call.samples(), WORDS[2000:10000]) > 0.95
        assert likeness(desk.samples(), ANSWER[2000:10000]) > 0.95
    everybody.returned.was_heard()
    over = [row_of(office, LEAVES), row_of(office, STAYS), placed_call(office, CLERK)]
    with office.hotline.database.reading() as conn:
        ended = {
            one: conn.execute(select(legs.c.outcome, legs.c.seconds).where(legs.c.call_id == one.id)).all()
            for one in over
        }
        kept = conn.execute(select(callbacks).where(callbacks.c.id == callback)).one()
        (told,) = conn.execute(select(escalations.c.id)).scalars()
    assert [[leg.outcome for leg in ended[one]] for one in over] == [["completed"]] * 3, office.log("line")
    assert all(leg.seconds >= 3 for one in over for leg in ended[one])
    assert [one.status for one in over] == ["completed"] * 3
    assert (kept.state, kept.last_result, kept.tries) == ("settled", "talked", 1)
    assert {(one.recipient, one.result) for one in rows(office)} == {
        ("clerk", "talked"),
        ("chu-tich", "acknowledged"),
    }
    assert matter(office, told).settled_how == "key"
    assert sorted(office.carrier.rung) == sorted([CLERK, CITIZEN, CHAIRMAN, *["02583842111"] * 2])


@pytest.mark.row("000-16")
def test_killed_between_tone_and_recording_the_exchange_records_and_not_a_word_is_lost(
    office: ExchangeOffice,
) -> None:
    tone = list(sound.read(sound.tone(BEEP_SECONDS, BEEP_HERTZ, 0.2)).samples)
    office.die_before_recording.touch()
    call = office.carrier.call(office.sip_port, caller="0912000811")
    assert call.answered.wait(PATIENCE)
    press_through(call, "21")
    call.wait_quiet()
    call.press("1")
    assert until(lambda: not office.die_before_recording.exists())
    since = len(call.heard)
    office.kill_line()
    assert until(lambda: likeness(call.samples()[since:], tone) > 0.9, every=0.1)
    call.say(SPEECH)
    call.press("#")
    office.start_line()
    office.wait_for_line()
    review = noise(office.hotline.texts["vi"].sentence("record_review_unheard", {}))[400:5000]
    assert until(lambda: likeness(call.samples(), review) > 0.9, every=0.2), office.log("line")
    call.press("1")
    call.wait_quiet()
    call.hang_up()
    row = row_of(office, "0912000811")
    with office.hotline.database.reading() as conn:
        (kept,) = conn.execute(select(recordings.c.sid).where(recordings.c.call_id == row.id)).scalars()
        filed = conn.execute(select(tickets.c.id).where(tickets.c.call_id == row.id)).all()
    assert len(filed) == 1
    assert likeness(fetched(office, kept), MIDDLE) > 0.97
