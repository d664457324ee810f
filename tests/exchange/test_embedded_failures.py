"""The embedded line when parts of the program are killed in the middle of calls."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.phone import sound
from ivr.provider.files import Drawer
from logbook.database.tables import recordings, tickets
from logbook.phone_numbers import parse
from logbook.recordings.files import RecordingFolder
from tests.exchange.conftest import running
from tests.exchange.embedded_office import EmbeddedOffice
from tests.exchange.hearing import likeness
from tests.exchange.softphone import Call
from tests.exchange.test_failures import message_ticket, sound_named
from tests.exchange.test_real_calls import MIDDLE, SPEECH, fetched, press_through, row_of
from tests.exchange.test_strangers import listening
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedOffice]:
    with running(EmbeddedOffice, tmp_path_factory.mktemp("embedded")) as office:
        assert isinstance(office, EmbeddedOffice)
        yield office


def until(so: Callable[[], Any]) -> Any:
    """What `so` returns once it is something; nothing after a long while."""
    by = time.monotonic() + PATIENCE
    while not (found := so()) and time.monotonic() < by:
        time.sleep(0.2)
    return found


def hears(call: Call, said: list[int]) -> bool:
    return bool(until(lambda: likeness(call.samples(), said[400:5000]) > 0.9))


def open_rows(office: EmbeddedOffice) -> list[str]:
    rows = Drawer(office.folders.store).all("Calls")
    return [row["sid"] for row in rows if row["status"] == "in-progress"]


@pytest.mark.row("L1")
def test_the_hotline_goes_away_and_the_caller_waits_and_goes_on_at_the_same_question(
    office: EmbeddedOffice,
) -> None:
    call = office.carrier.call(office.sip_port, caller="0912000501")
    assert call.answered.wait(PATIENCE)
    call.wait_heard(3200)
    office.stop_hotline()
    call.press("4")
    assert hears(call, sound_named(office, "one-moment")), office.log("line")
    before = call.loud
    office.start_hotline()
    assert until(lambda: call.loud > before + 6000)
    press_through(call, "45")
    call.wait_quiet()
    call.hang_up()
    row = row_of(office, "0912000501")
    assert (row.status, row.outcome) == ("completed", "hung_up")
    assert until(lambda: not open_rows(office))


def leave_message(office: EmbeddedOffice) -> Path:
    """Call while no hotline answers, agree, speak, hang up; return the file."""
    call = office.carrier.call(office.sip_port, caller="0912000511")
    assert call.answered.wait(PATIENCE), office.log("line")
    for name in ("greeting", "hours", "consent"):
        assert hears(call, sound_named(office, name)), (name, office.log("line"))
    call.press("1")
    time.sleep(0.8)  # the tone, which may be over before anybody listens for it
    call.say(SPEECH)
    call.hang_up()
    time.sleep(0.5)
    (left,) = office.folders.messages.glob("*.wav")
    return left


@pytest.mark.row("F-09")
def test_the_hotline_is_away_and_the_message_the_line_takes_is_one_ticket(office: EmbeddedOffice) -> None:
    office.stop_hotline()
    office.carrier.behave = lambda _number: "busy"  # should the real clock say that the line is open
    try:
        left = leave_message(office)
    finally:
        office.carrier.behave = lambda _number: "answer"
        office.start_hotline()
    os.utime(left, (left.stat().st_atime, left.stat().st_mtime - 60))
    copy = left.read_bytes(), left.name
    ticket = until(lambda: message_ticket(office, "0912000511"))
    assert ticket is not None, office.log("line")
    again = office.folders.messages / copy[1]
    until(lambda: not left.exists())
    again.write_bytes(copy[0])
    os.utime(again, (0, 0))
    assert until(lambda: not again.exists())
    with office.hotline.database.reading() as conn:
        filed = conn.execute(select(tickets).where(tickets.c.caller_number == parse("0912000511").e164)).all()
        kept = conn.execute(select(recordings).where(recordings.c.id == ticket.recording_id)).one()
    assert len(filed) == 1
    folder = RecordingFolder(office.settings.data_folder / "recordings")
    heard = list(sound.read(folder.file(kept.file_name).read_bytes()).samples)
    assert likeness(heard, MIDDLE) > 0.97
    assert until(lambda: not open_rows(office))


@pytest.mark.row("F-01")
def test_the_line_is_killed_under_calls_and_nothing_spoken_is_lost_and_no_call_stays_open(
    office: EmbeddedOffice,
) -> None:
    speaking = office.carrier.call(office.sip_port, caller="0912000521")
    others = [office.carrier.call(office.sip_port, caller=f"09120005{30 + number}") for number in range(6)]
    assert speaking.answered.wait(PATIENCE)
    assert all(call.answered.wait(PATIENCE) for call in others)
    press_through(speaking, "21")
    speaking.wait_quiet()
    speaking.press("1")
    speaking.wait_quiet()
    said = threading.Thread(target=speaking.say, args=(SPEECH,), daemon=True)
    said.start()
    time.sleep(2.2)
    office.kill_line()
    said.join()
    office.start_line()
    office.wait_for_line()
    assert all(call.ended.wait(PATIENCE) for call in (speaking, *others)), office.log("line")
    row = row_of(office, "0912000521")
    assert row is not None
    assert row.status == "completed"
    with office.hotline.database.reading() as conn:
        kept = conn.execute(select(recordings).where(recordings.c.call_id == row.id)).all()
    assert len(kept) == 1, office.log("line")
    assert likeness(fetched(office, kept[0].sid), SPEECH[3000:14000]) > 0.97
    for number in range(6):
        assert row_of(office, f"09120005{30 + number}").ended_at is not None
    assert until(lambda: not open_rows(office))
    assert not list(office.folders.spoken.glob("*"))
    assert until(lambda: not list(office.folders.dialogs.glob("*")))
    after = office.carrier.call(office.sip_port, caller="0912000541")
    assert after.answered.wait(PATIENCE)
    after.hang_up()


@pytest.mark.row("T-25")
def test_nothing_listens_but_sip_and_sound_at_their_address_and_the_api_on_loopback(
    office: EmbeddedOffice,
) -> None:
    own = office.exchange
    wanted = {("tcp", "127.0.0.1", own.api_port), ("udp", "127.0.0.1", own.sip_port)}
    assert until(lambda: listening(office.line_pid) == wanted), "the call before has not ended yet"
    call = office.carrier.call(office.sip_port, caller="0912000551")
    assert call.answered.wait(PATIENCE)
    here = listening(office.line_pid)
    call.hang_up()
    heard = {one for one in here - wanted if one[0] == "udp" and own.rtp_port <= one[2] < own.rtp_port + 1000}
    assert wanted <= here
    assert len(heard) == 1
    assert here - wanted - heard == set()
