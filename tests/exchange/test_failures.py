"""What callers hear, and what the book has, when parts of the program are killed in the middle of calls."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest
from sqlalchemy import select

from ivr.phone import sound
from logbook.database.tables import consents, recordings, tickets
from logbook.phone_numbers import parse
from logbook.provider import ProviderError, telephone_of
from logbook.recordings.files import RecordingFolder
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.kills import kill_under_calls
from tests.exchange.softphone import Call
from tests.exchange.test_real_calls import MIDDLE, SPEECH, fetched, press_through, row_of
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof
CALLERS, KILLS = 30, 3


def question(office: ExchangeOffice, key: str, **words: str) -> list[int]:
    return noise(office.hotline.texts["vi"].sentence(key, words))


def sound_named(office: ExchangeOffice, name: str) -> list[int]:
    from ivr.gateway import fallback

    return noise(fallback.sentences(office.settings, office.hotline.texts["vi"])[name])


@pytest.mark.row("F-01")
def test_the_line_is_killed_again_and_again_under_calls_and_nothing_is_dropped_lost_or_doubled(
    office: ExchangeOffice,
) -> None:
    report = kill_under_calls(office, KILLS, CALLERS)
    assert report.trouble == {}, f"{report}\n{office.log('line')}"
    assert (report.kills, report.complaints >= CALLERS // 3) == (KILLS, True)


@pytest.mark.row("F-01")
def test_killed_at_the_question_of_consent_it_is_asked_again_and_silence_is_no_answer(
    office: ExchangeOffice,
) -> None:
    call = office.carrier.call(office.sip_port, caller="0912000205")
    assert call.answered.wait(PATIENCE)
    press_through(call, "21")
    asks = question(office, "consent_question")[400:5000]
    assert until(lambda: likeness(call.samples(), asks) > 0.9)
    office.kill_line()
    before = len(call.heard)
    time.sleep(6.5)  # so long that no key counts as silence
    office.start_line()
    office.wait_for_line()
    assert until(lambda: likeness(call.samples()[before:], asks) > 0.9, every=0.2), office.log("line")
    assert not call.ended.is_set()
    call.wait_quiet()
    call.press("1")
    call.wait_quiet()
    call.hang_up()
    row = row_of(office, "0912000205")
    with office.hotline.database.reading() as conn:
        given = conn.execute(select(consents.c.given).where(consents.c.call_id == row.id)).scalars().all()
    assert given == [True]


def test_killed_while_the_caller_speaks_no_word_is_lost(office: ExchangeOffice) -> None:
    call = office.carrier.call(office.sip_port, caller="0912000202")
    assert call.answered.wait(PATIENCE)
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
    review = question(office, "record_review_unheard")[400:5000]  # nobody has fetched it yet
    assert until(lambda: likeness(call.samples(), review) > 0.9, every=0.3), office.log("line")
    call.press("1")
    call.wait_quiet()
    call.hang_up()
    row = row_of(office, "0912000202")
    with office.hotline.database.reading() as conn:
        kept = conn.execute(select(recordings).where(recordings.c.call_id == row.id)).all()
        filed = len(conn.execute(select(tickets).where(tickets.c.call_id == row.id)).all())
    assert (len(kept), filed) == (1, 1), office.log("line")
    assert likeness(fetched(office, kept[0].sid), MIDDLE) > 0.97


@pytest.mark.row("F-09")
def test_nothing_of_ours_runs_and_the_message_becomes_one_ticket_when_we_are_back(
    office: ExchangeOffice,
) -> None:
    office.kill_line()
    call = office.carrier.call(office.sip_port, caller="0912000301")
    assert call.answered.wait(PATIENCE), office.log("messages")
    assert call.wait_heard(1600, PATIENCE)
    consent = sound_named(office, "consent")
    by = time.monotonic() + PATIENCE
    while time.monotonic() < by and likeness(call.samples(), consent[400:5000]) < 0.9:
        time.sleep(0.2)
    call.press("1")
    call.wait_quiet()
    call.say(SPEECH)
    call.hang_up()
    time.sleep(0.5)
    (left,) = office.folders.messages.glob("*.wav")
    os.utime(left, (left.stat().st_atime, left.stat().st_mtime - 60))
    copy = left.read_bytes(), left.name
    office.start_line()
    office.wait_for_line()
    ticket = None
    by = time.monotonic() + PATIENCE
    while time.monotonic() < by and ticket is None:
        time.sleep(0.3)
        ticket = message_ticket(office, "0912000301")
    assert ticket is not None, office.log("line")
    assert not left.exists()
    again = office.folders.messages / copy[1]
    again.write_bytes(copy[0])
    os.utime(again, (0, 0))
    by = time.monotonic() + PATIENCE
    while time.monotonic() < by and again.exists():
        time.sleep(0.3)
    with office.hotline.database.reading() as conn:
        rows = conn.execute(select(tickets).where(tickets.c.caller_number == parse("0912000301").e164)).all()
        kept = conn.execute(select(recordings).where(recordings.c.id == ticket.recording_id)).one()
    assert len(rows) == 1
    folder = RecordingFolder(office.settings.data_folder / "recordings")
    heard = list(sound.read(folder.file(kept.file_name).read_bytes()).samples)
    assert likeness(heard, MIDDLE) > 0.97


def message_ticket(office: ExchangeOffice, caller: str) -> Any:
    with office.hotline.database.reading() as conn:
        return conn.execute(select(tickets).where(tickets.c.caller_number == parse(caller).e164)).first()


@pytest.mark.row("L1")
def test_the_hotline_is_gone_and_the_exchange_speaks_vietnamese_at_once(office: ExchangeOffice) -> None:
    call = office.carrier.call(office.sip_port, caller="0912000401")
    assert call.answered.wait(PATIENCE)
    call.wait_heard(3200)
    office.stop_hotline()
    begun = time.monotonic()
    call.press("4")
    wait = sound_named(office, "one-moment")
    while time.monotonic() - begun < 12 and likeness(call.samples(), wait[400:5000]) < 0.9:
        time.sleep(0.2)
    took = time.monotonic() - begun
    office.start_hotline()
    asked = len(call.heard)
    call.wait_heard(call.loud + 6000, PATIENCE)
    assert len(call.heard) > asked
    assert not call.ended.is_set()
    call.press("4")
    call.wait_quiet(seconds=10)
    call.hang_up()
    row = row_of(office, "0912000401")
    assert took < 9
    assert row is not None
    assert (row.status, row.turn >= 1) == ("completed", True)


@pytest.mark.row("000-13")
def test_a_call_we_place_rings_somebody_of_the_settings_and_nobody_else(office: ExchangeOffice) -> None:
    telephone = telephone_of(office.settings)
    chairman = office.settings.notifications.officials[0].number
    public = office.settings.public_url

    def ring(to: str) -> str:
        return telephone.ring(
            to=to,
            caller_id=office.settings.line.number,
            answer_url=f"{public}/ivr/goodbye",
            status_url=f"{public}/ivr/status",
            seconds=10,
        )

    before = len(office.carrier.rung)
    answered: list[Call] = []
    office.carrier.on_answer = answered.append
    try:
        sid = ring(chairman)
        by = time.monotonic() + PATIENCE
        while time.monotonic() < by and not telephone.state(sid).over:
            time.sleep(0.2)
    finally:
        office.carrier.on_answer = lambda _call: None
    assert telephone.state(sid).status == "completed", office.log("line")
    assert office.carrier.rung[before:] == ["0" + chairman.removeprefix("+84")]
    words = office.hotline.texts["vi"].sentence("system_error_goodbye")
    assert likeness(answered[0].samples(), noise(words)[400:5000]) > 0.95
    office.carrier.behave = lambda _number: "busy"
    try:
        sid = ring(chairman)
        by = time.monotonic() + PATIENCE
        while time.monotonic() < by and not telephone.state(sid).over:
            time.sleep(0.2)
    finally:
        office.carrier.behave = lambda _number: "answer"
    assert telephone.state(sid).status == "busy"
    for number in ("+84987000111", "+14155552671"):
        with pytest.raises(ProviderError) as refused:
            ring(number)
        assert refused.value.permanent
    with pytest.raises(ProviderError) as refused:
        telephone.text(to=chairman, sender="UBND", body="x")
    assert refused.value.permanent
    assert len(office.carrier.rung) == before + 2
