"""What callers hear, and what the book has, when parts of the program are killed in the middle of calls."""

from __future__ import annotations

import os
import threading
import time

import pytest
from sqlalchemy import select

from logbook.database.tables import calls, ratings, recordings, tickets
from logbook.phone_numbers import parse
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.softphone import likeness
from tests.exchange.test_real_calls import MIDDLE, SPEECH, fetched, press_through, row_of
from tests.exchange.voice import noise

pytestmark = pytest.mark.proof
CALLERS = 30
KILLS = int(os.environ.get("TONGDAI_TEST_KILLS", "5"))


def question(office: ExchangeOffice, key: str, **words: str) -> list[int]:
    return noise(office.hotline.texts["vi"].sentence(key, words))


def sound_named(office: ExchangeOffice, name: str) -> list[int]:
    from ivr.gateway import fallback

    return noise(fallback.sentences(office.settings, office.hotline.texts["vi"])[name])


@pytest.mark.row("F-01")
def test_the_line_is_killed_again_and_again_and_no_call_loses_its_place(office: ExchangeOffice) -> None:
    made = [office.carrier.call(office.sip_port, caller=f"09120001{number:02d}") for number in range(CALLERS)]
    for call in made:
        assert call.answered.wait(10), office.log("messages")
    time.sleep(1.0)
    for call in made:
        call.press("4", pause=0)
    back = []
    for kill in range(KILLS):
        time.sleep(1.5)
        office.kill_line()
        office.start_line()
        begun = time.monotonic()
        office.wait_for_line()
        back.append(time.monotonic() - begun)
        by = time.monotonic() + 12
        said = [call.loud for call in made]
        while time.monotonic() < by and any(
            call.loud == before for call, before in zip(made, said, strict=True)
        ):
            time.sleep(0.1)
        time.sleep(1.2)
        assert not [call for call in made if call.ended.is_set()], (kill, office.log("line"))
    for call in made:
        call.press("5", pause=0)
    time.sleep(2.0)
    for call in made:
        call.hang_up()
    numbers = [parse(f"09120001{number:02d}").e164 for number in range(CALLERS)]
    by = time.monotonic() + 15
    while time.monotonic() < by:
        with office.hotline.database.reading() as conn:
            rows = conn.execute(select(calls).where(calls.c.caller_number.in_(numbers))).all()
            rated = len(conn.execute(select(ratings).where(ratings.c.value == 5)).all())
        if all(row.ended_at for row in rows):
            break
        time.sleep(0.2)
    assert len(rows) == CALLERS
    assert all(row.status == "completed" for row in rows), [row.status for row in rows]
    assert rated == CALLERS
    wait = sound_named(office, "one-moment")
    assert likeness(made[0].samples(), wait[400:5000]) > 0.95


def test_killed_while_the_caller_speaks_no_word_is_lost(office: ExchangeOffice) -> None:
    call = office.carrier.call(office.sip_port, caller="0912000202")
    assert call.answered.wait(10)
    press_through(call, "21")
    call.wait_quiet()
    call.press("1")
    call.wait_quiet()
    threading.Thread(target=call.say, args=(SPEECH,), daemon=True).start()
    time.sleep(1.0)
    office.kill_line()
    office.start_line()
    time.sleep(2.3)
    call.press("#")
    office.wait_for_line()
    review = question(office, "record_review")
    by = time.monotonic() + 15
    while time.monotonic() < by and likeness(call.samples(), review[400:5000]) < 0.9:
        time.sleep(0.3)
    call.press("1")
    call.wait_quiet()
    call.hang_up()
    row = row_of(office, "0912000202")
    with office.hotline.database.reading() as conn:
        kept = conn.execute(select(recordings).where(recordings.c.call_id == row.id)).all()
        filed = len(conn.execute(select(tickets).where(tickets.c.call_id == row.id)).all())
    assert (len(kept), filed) == (1, 1), office.log("line")
    assert likeness(fetched(office, kept[0].sid), MIDDLE) > 0.97
