"""Real calls: SIP and sound over loopback, our line, the real hotline, with Asterisk and without."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from logbook.database.tables import calls, legs, ratings, recordings, responses, tickets
from logbook.phone_numbers import parse
from logbook.recordings.fetch import RecordingFetcher
from tests.exchange.equipment import LONGEST, ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.softphone import Call
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def office(office_on_either_line: ExchangeOffice) -> ExchangeOffice:
    return office_on_either_line


SPEECH = noise("một người dân phản ánh", 3.0)
MIDDLE = SPEECH[6000:18000]
ON_AND_ON = noise("một người dân nói mãi", LONGEST + 1.5)
"""Longer than a complaint may be."""


def row_of(office: ExchangeOffice, caller: str, seconds: float = PATIENCE) -> Any:
    """The newest call of that number, once it is over."""
    number, by = parse(caller).e164, time.monotonic() + seconds
    while True:
        with office.hotline.database.reading() as conn:
            found = conn.execute(
                select(calls).where(calls.c.caller_number == number).order_by(calls.c.id.desc())
            ).first()
        if (found is not None and found.ended_at is not None) or time.monotonic() > by:
            return found
        time.sleep(0.1)


def fetched(office: ExchangeOffice, sid: str) -> list[int]:
    from ivr.phone import sound

    settings = office.settings
    fetcher = RecordingFetcher(
        settings.provider_url, settings.account_sid, settings.auth_token.get_secret_value(), 10_000_000, 20
    )
    return list(sound.read(fetcher.fetch(sid).content).samples)


def press_through(call: Call, keys: Sequence[str]) -> None:
    """Press one key at each prompt, as soon as it is heard."""
    for key in keys:
        begun = call.loud
        call.wait_heard(begun + 3200)
        call.press(key)


def complain(office: ExchangeOffice, caller: str, how: str) -> Call:
    """Leave a complaint; then press #, hang up, fall silent, or speak on and on; send it."""
    call = office.carrier.call(office.sip_port, caller=caller)
    assert call.answered.wait(PATIENCE)
    press_through(call, "21")
    call.wait_quiet()  # the notice and the question of consent are heard out
    call.press("1")
    call.wait_quiet()  # the instructions and the beep
    call.say(ON_AND_ON if how == "longest" else SPEECH)
    match how:
        case "#":
            call.press("#")
        case "hang-up":
            call.hang_up()
        case "silence":
            time.sleep(office.settings.complaint.silence_seconds + 0.5)
    call.wait_quiet(seconds=6)
    call.press("1")
    call.hang_up()
    return call


@pytest.mark.row("000-08")
def test_a_caller_rates_five_criteria_and_breaks_into_each_question(office: ExchangeOffice) -> None:
    call = office.carrier.call(office.sip_port, caller="0912000001")
    assert call.answered.wait(PATIENCE), office.log("messages")
    greeting = " ".join(
        office.hotline.texts["vi"].sentence("greeting_open", {"office": "xã Đại Lãnh"}).split()
    )
    press_through(call, "454535")
    call.wait_quiet()
    call.hang_up()
    row = row_of(office, "0912000001")
    assert row is not None
    assert (row.status, row.outcome) == ("completed", "hung_up")
    with office.hotline.database.reading() as conn:
        given = conn.execute(
            select(ratings.c.value)
            .join(responses)
            .where(responses.c.call_id == row.id)
            .order_by(ratings.c.criterion_id)
        ).scalars()
        assert list(given) == [5, 4, 5, 3, 5]
    assert likeness(call.samples(), noise(greeting)[400:3000]) > 0.95


@pytest.mark.row("000-16")
def test_complaints_end_by_key_hang_up_silence_and_the_longest_time_and_every_word_is_in_the_book(
    office: ExchangeOffice,
) -> None:
    ways = {"0912000011": "#", "0912000012": "hang-up", "0912000013": "silence", "0912000014": "longest"}
    threads = [threading.Thread(target=complain, args=(office, *pair)) for pair in ways.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for caller, how in ways.items():
        row = row_of(office, caller)
        with office.hotline.database.reading() as conn:
            kept = conn.execute(select(recordings).where(recordings.c.call_id == row.id)).all()
            filed = conn.execute(select(tickets).where(tickets.c.call_id == row.id)).all()
        assert (len(kept), len(filed)) == (1, 1), (how, office.log("line"))
        heard = fetched(office, kept[0].sid)
        said, seconds = (ON_AND_ON[8000:64000], LONGEST) if how == "longest" else (MIDDLE, 3)
        assert likeness(heard, said) > 0.97, how
        assert abs(len(heard) / 8000 - seconds) < 0.6, (how, len(heard) / 8000)
    assert not list(office.folders.spoken.glob("*"))


@pytest.mark.row("000-10")
@pytest.mark.row("R3")
def test_zero_rings_the_clerks_one_after_the_other_and_both_hear_each_other(office: ExchangeOffice) -> None:
    said, answer = noise("cán bộ trực nghe máy", 1.5), noise("người dân nói", 1.5)
    order: list[str] = []
    talks: list[Call] = []

    def behave(number: str) -> Any:
        order.append(number)
        return "busy" if len(order) == 1 else "answer"

    def talk(call: Call) -> None:
        call.wait_heard(3200, PATIENCE)
        if len(order) == 2:  # a voice mail box: it picks up and presses nothing
            return
        call.press("1")
        talks.append(call)
        time.sleep(0.5)
        call.say(said)
        call.wait_heard(9000, PATIENCE)

    office.carrier.behave, office.carrier.on_answer = behave, talk
    try:
        call = office.carrier.call(office.sip_port, caller="0912000021")
        assert call.answered.wait(PATIENCE)
        press_through(call, "0")
        deadline = time.monotonic() + PATIENCE
        while not talks and time.monotonic() < deadline:
            time.sleep(0.05)
        assert talks, (order, office.log("line"), office.log("messages"))
        time.sleep(2.5)
        call.say(answer)
        time.sleep(0.3)
        talks[0].hang_up()
        time.sleep(1.0)
        call.hang_up()
    finally:
        office.carrier.behave, office.carrier.on_answer = lambda _n: "answer", lambda _c: None
    assert likeness(call.samples(), said[2000:10000]) > 0.95
    assert likeness(talks[0].samples(), answer[2000:10000]) > 0.95
    row = row_of(office, "0912000021")
    with office.hotline.database.reading() as conn:
        ended = conn.execute(
            select(legs.c.outcome).where(legs.c.call_id == row.id).order_by(legs.c.turn)
        ).scalars()
        assert list(ended) == ["busy", "no-answer", "completed"]
    people = {person.number: person for person in office.settings.duty.people}
    assert all(parse(number).e164 in people for number in order)


@pytest.mark.row("000-10")
def test_one_lets_it_ring_one_is_unplugged_the_third_talks_and_a_caller_may_leave_while_it_rings(
    office: ExchangeOffice,
) -> None:
    said, answer = noise("cán bộ thứ ba nghe máy", 1.2), noise("người dân trình bày", 1.2)
    talks, leaves = threading.Event(), threading.Event()

    def talk(call: Call) -> None:
        call.wait_heard(3200, PATIENCE)
        call.press("1")
        time.sleep(0.4)
        call.say(said)
        talks.set()
        call.wait_heard(call.loud + 4000, PATIENCE)
        time.sleep(1.0)
        heard.append(call)
        call.hang_up()

    def behave(number: str) -> Any:
        order.append(number)
        if leaves.is_set():
            return "silent"
        return ("silent", "unplugged", "answer")[len(order) - 1]

    order: list[str] = []
    heard: list[Call] = []
    office.carrier.behave, office.carrier.on_answer = behave, talk
    try:
        call = office.carrier.call(office.sip_port, caller="0912000031")
        assert call.answered.wait(PATIENCE)
        press_through(call, "0")
        assert talks.wait(PATIENCE), (order, office.log("line"), office.log("messages"))
        call.say(answer)
        by = time.monotonic() + PATIENCE
        while not heard and time.monotonic() < by:
            time.sleep(0.05)
        call.hang_up()
        rung = [office.settings.duty.person(one).number for one in ("an", "binh", "chi")]
        assert [parse(number).e164 for number in order] == rung
        leaves.set()
        gone = office.carrier.call(office.sip_port, caller="0912000032")
        assert gone.answered.wait(PATIENCE)
        press_through(gone, "0")
        while len(order) < 4 and time.monotonic() < by:
            time.sleep(0.05)
        time.sleep(0.5)
        gone.hang_up()
        row, left = row_of(office, "0912000031"), row_of(office, "0912000032")
        while any(one.state == "ringing" for one in list(office.carrier.calls.values())):
            assert time.monotonic() < by, "the clerk's telephone rings on after the caller has gone"
            time.sleep(0.05)
    finally:
        office.carrier.behave, office.carrier.on_answer = lambda _n: "answer", lambda _c: None
    assert likeness(call.samples(), said[2000:8000]) > 0.95
    assert likeness(heard[0].samples(), answer[2000:8000]) > 0.95
    with office.hotline.database.reading() as conn:
        ended = {
            one: list(
                conn.execute(
                    select(legs.c.outcome).where(legs.c.call_id == one).order_by(legs.c.turn)
                ).scalars()
            )
            for one in (row.id, left.id)
        }
    assert ended[row.id][:2] in (["no-answer", "no-answer"], ["no-answer", "failed"])
    assert ended[row.id][2:] == ["completed"]
    assert ended[left.id] == ["canceled"]
    assert len(order) == 4
    assert until(lambda: row_of(office, "0912000032").status == "completed")
