"""What is said into a browser is on disk at once, and in the logbook once, whoever is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from ivr.embedded.wave_file import WaveFile
from ivr.gateway.channel import sound_of
from ivr.phone import sound
from ivr.phone.parameters import new_sid
from ivr.softphone import left_behind
from ivr.softphone.left_behind import LeftBehind
from ivr.softphone.pages import SAMPLE
from ivr.softphone.spoken import SpokenFolder, spoken_folder
from logbook.database.tables import calls, recordings, tickets
from tests.browser.office import COMPLAINT, Office
from tests.ivr.softphone.conftest import Opens
from tests.ivr.softphone.tab import PIECE, Tab
from tests.suite.waiting import until

SPEECH = sound.read((SAMPLE / "complaint.wav").read_bytes()).samples
SPOKEN = SPEECH[: 4 * sound.RATE].tobytes()
PIECES = [SPOKEN[start : start + PIECE] for start in range(0, len(SPOKEN), PIECE)]


def speaking(phone: Tab) -> int:
    """Call, and come to the beep; the number of the recording."""
    take: int = phone.call().press("2").press("1").press("1").next("record")["take"]
    return take


def counted(office: Office) -> tuple[int, int]:
    """How many tickets and recordings the logbook has."""
    with office.hotline.database.reading() as conn:
        return (
            conn.execute(select(func.count()).select_from(tickets)).scalar_one(),
            conn.execute(select(func.count()).select_from(recordings)).scalar_one(),
        )


def killed_while_speaking(folder: Path, call_sid: str) -> Path:
    """The file of a call as it is on disk when its process is killed."""
    file = SpokenFolder(folder).begin(call_sid)
    file.put(SPOKEN, 0)
    (path,) = folder.glob(f"{call_sid}.wav")
    so_far = path.read_bytes()
    file.close()
    path.write_bytes(so_far)
    return path


def folder_of(office: Office) -> Path:
    return spoken_folder(office.hotline.settings)


def test_what_is_said_is_on_disk_while_it_is_said_and_only_so_long(office: Office, tab: Opens) -> None:
    phone = tab()
    take = speaking(phone)
    for number, piece in enumerate(PIECES[:5]):
        phone.voice(piece, take=take, at=number * PIECE // 2)
    (file,) = folder_of(office).glob("*.wav")
    assert sound.read(sound_of(file.read_bytes())).samples.tobytes() == b"".join(PIECES[:5])
    phone.act("hang-up")
    phone.next("ended")
    assert until(lambda: not list(folder_of(office).glob("*.wav")))
    assert counted(office) == (1, 1)


def test_doubled_late_and_wild_pieces_change_nothing_of_what_was_said(office: Office, tab: Opens) -> None:
    phone, stranger = tab(), tab("0987.654.321")
    take = speaking(phone)
    order = [1, 0, 0, 3, 2, 2, *range(4, len(PIECES)), 4]
    for number in order:
        phone.voice(PIECES[number], take=take, at=number * PIECE // 2)
    for wild in ({"take": take + 7}, {"take": 0}, {"take": take, "at": 999_999_999}):
        phone.voice(b"\x55\x55" * 1600, **wild)
    stranger.voice(b"\x55\x55" * 1600, take=take, at=0)
    (file,) = folder_of(office).glob("*.wav")
    assert sound.read(sound_of(file.read_bytes())).samples.tobytes() == SPOKEN
    phone.act("press", key="#")
    phone.press("1").next("kept", lambda event: bool(event["tickets"]))
    assert counted(office) == (1, 1)


def test_a_killed_process_loses_nothing_that_was_said_and_the_next_one_files_it_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_behind, "LOOK_SECONDS", 0.01)
    caller = office.ring()
    for key in COMPLAINT:
        caller.press(key)
    folder = SpokenFolder(folder_of(office))
    left = killed_while_speaking(folder_of(office), caller.call_sid)
    assert left.read_bytes()[4:8] != (left.stat().st_size - 8).to_bytes(4, "little"), "nobody mended its head"
    LeftBehind(office.hotline, folder).take_in()
    assert (counted(office), folder.left_behind()) == ((1, 1), {})
    with office.hotline.database.reading() as conn:
        status = conn.execute(select(calls.c.status)).scalar_one()
        sid, seconds = conn.execute(select(recordings.c.sid, recordings.c.seconds)).one()
    assert (status, seconds) == ("completed", 4)
    again = WaveFile(folder_of(office) / f"{caller.call_sid}.{sid}.wav")
    again.put(SPEECH[: 4 * sound.RATE], 0)
    again.close()
    LeftBehind(office.hotline, folder).take_in()
    assert (counted(office), folder.left_behind()) == ((1, 1), {}), "killed again before it was forgotten"


def test_silence_and_rubbish_that_were_left_behind_are_no_complaint(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_behind, "LOOK_SECONDS", 0.01)
    place = folder_of(office)
    place.mkdir(parents=True)
    (place / f"{new_sid('CA')}.wav").write_bytes(sound.silence(3))
    (place / "no-call.wav").write_bytes(b"RIFF")
    folder = SpokenFolder(place)
    LeftBehind(office.hotline, folder).take_in()
    assert (counted(office), folder.left_behind()) == ((0, 0), {})


def test_a_call_that_goes_on_is_left_alone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(left_behind, "MOST_LOOKS", 5)
    folder = SpokenFolder(folder_of(office))
    with folder.carried("CA1"):
        killed_while_speaking(folder_of(office), "CA1")
        LeftBehind(office.hotline, folder).take_in()
    assert len(folder.left_behind()) == 1
