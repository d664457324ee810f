"""A machine that writes recordings down: it gets pieces it can hold, and nothing it does harms anybody."""

from __future__ import annotations

import array
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from logbook.clock import Clock
from logbook.process.priority import GIVES_WAY
from logbook.transcripts import pieces
from logbook.transcripts.attempt import Attempt, AttemptLimits, attempt, engine_of
from tests.logbook.transcripts import stand_ins
from tests.logbook.transcripts.stand_ins import put_program, silence, still_runs, tone, wave_of

LIMITS = AttemptLimits(30, 400)


def tried(folder: Path, script: str, content: bytes, limits: AttemptLimits = LIMITS) -> Attempt:
    put_program(folder, script)
    sound = folder / "lời nói.wav"
    sound.write_bytes(content)
    engine = engine_of(folder)
    assert engine is not None
    came = attempt(sound, engine, limits, folder / "work")
    assert not (folder / "work").exists(), "nothing of the caller's voice is left lying about"
    return came


def ends(pid: int) -> None:
    """A killed process is gone in a moment; waits for that."""
    by = Clock().monotonic() + 60
    while still_runs(pid):
        assert Clock().monotonic() < by


def lengths(samples: list[int]) -> list[float]:
    speech = pieces.Speech(array.array("h", samples), stand_ins.RATE)
    return [round(len(one) / stand_ins.RATE, 1) for one in pieces.pieces(speech)]


def test_speech_is_cut_where_nobody_speaks_and_no_piece_is_longer_than_half_a_minute() -> None:
    assert lengths(tone(12)) == [12]
    assert lengths(tone(26) + silence(1) + tone(20)) == [27, 20]
    assert all(length <= 30 for length in lengths(tone(95)))
    assert sum(lengths(tone(95))) == 95
    assert lengths(silence(70)) == []
    assert lengths(silence(40) + tone(3)) == [13.0]
    assert lengths([]) == []


def test_a_long_recording_reaches_the_engine_in_pieces_that_are_all_there(tmp_path: Path) -> None:
    counted = '#!/bin/sh\nstat -c %s "$1"\n'
    came = tried(tmp_path, counted, wave_of(tone(70)))
    sizes = [int(text) for text in came.texts]
    assert came.trouble is None
    assert len(sizes) == 3
    assert max(sizes) <= 44 + 30 * stand_ins.RATE * 2
    assert sum(sizes) - 44 * len(sizes) == 70 * stand_ins.RATE * 2


@pytest.mark.row("P2")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such priority")
def test_what_computes_for_minutes_gives_way_to_whoever_answers_callers(tmp_path: Path) -> None:
    came = tried(tmp_path, "#!/bin/sh\nnice\n", wave_of(tone(2)))
    assert int(came.text) == min(os.getpriority(os.PRIO_PROCESS, 0) + GIVES_WAY, 19)


def test_both_sides_of_a_call_other_rates_and_mp3_are_written_down_too(tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    stereo = [value for value in tone(2) for _ in range(2)]
    mp3 = tmp_path / "x.mp3"
    soundfile.write(mp3, np.array(tone(2), dtype=np.int16), stand_ins.RATE)
    sounds = (wave_of(stereo, channels=2), wave_of(tone(4), 44_100), mp3.read_bytes())
    for content in sounds:
        assert tried(tmp_path, stand_ins.HEARD, content).text == "đường thôn Đông hỏng nặng"


def test_whatever_a_program_does_is_a_trouble_with_a_name_and_nothing_worse(tmp_path: Path) -> None:
    speech = wave_of(tone(2))
    found = {
        "fails": tried(tmp_path, stand_ins.FAILS, speech),
        "floods": tried(tmp_path, stand_ins.FLOODS, speech),
        "greedy": tried(tmp_path, stand_ins.GREEDY, speech),
        "no sound": tried(tmp_path, stand_ins.HEARD, b"MZ\x90\x00 no sound" * 40),
        "cut off": tried(tmp_path, stand_ins.HEARD, speech[:30]),
        "empty": tried(tmp_path, stand_ins.HEARD, b""),
    }
    assert {name: came.text for name, came in found.items()} == dict.fromkeys(found, "")
    assert all(came.trouble for came in found.values()), found
    assert found["greedy"].trouble == "the program ended with 1"
    assert found["floods"].trouble == "the program writes without end"
    assert tried(tmp_path, stand_ins.HEARD, wave_of(silence(3))) == Attempt(())


def test_hostile_words_come_through_as_words(tmp_path: Path) -> None:
    came = tried(tmp_path, stand_ins.HOSTILE, wave_of(tone(1)))
    assert came.trouble is None
    assert "<script>window.__pwned=1</script>" in came.text


def test_a_program_that_hangs_is_killed_with_everything_it_started_and_what_came_before_stays(
    tmp_path: Path,
) -> None:
    pid = tmp_path / "pid"
    once = f"[ -e '{tmp_path}/once' ] || {{ : > '{tmp_path}/once'; echo 'một'; exit; }}\n"
    script = f"#!/bin/sh\n{once}sleep 600 &\necho $! > '{pid}'\nwait\n"
    came = tried(tmp_path, script, wave_of(tone(40)), AttemptLimits(4, 400))
    assert (came.text, came.out_of_time) == ("một", True)
    ends(int(pid.read_text("utf-8")))


def test_nobody_waits_for_a_machine_that_has_lost_its_turn(tmp_path: Path) -> None:
    put_program(tmp_path, stand_ins.HANGS.format(pid=tmp_path / "pid"))
    (tmp_path / "x.wav").write_bytes(wave_of(tone(1)))
    engine = engine_of(tmp_path)
    assert engine is not None
    begun = Clock().monotonic()
    came = attempt(tmp_path / "x.wav", engine, AttemptLimits(600, 400), tmp_path / "work", lambda: False)
    assert came.out_of_time
    assert Clock().monotonic() - begun < 300


@pytest.mark.proof
def test_the_machine_ends_with_the_scheduler_even_when_that_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    put_program(tmp_path, stand_ins.HANGS.format(pid=pid))
    (tmp_path / "x.wav").write_bytes(wave_of(tone(1)))
    code = f"""
        from pathlib import Path
        from logbook.transcripts.attempt import AttemptLimits, attempt, engine_of
        folder = Path({str(tmp_path)!r})
        attempt(folder / "x.wav", engine_of(folder), AttemptLimits(600, 400), folder / "work")
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    gone = Clock().monotonic() + 60
    while not (pid.exists() and pid.read_text("utf-8").strip()):
        assert Clock().monotonic() < gone
        assert parent.poll() is None
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    ends(int(pid.read_text("utf-8")))
