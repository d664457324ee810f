"""The call of the README: its words are those of the program, its sound is small and says whose it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from logbook.clock import Clock, parse_moment
from logbook.settings.loading import load_settings
from tests import frozen
from tests.house import ROOT
from tests.suite import recorded_call

MOST_BYTES = 300 * 1024


def test_the_recorded_call_says_what_the_program_says_today(tmp_path: Path) -> None:
    kept = load_settings({**frozen.OFFICE, "TONGDAI_DATA": str(tmp_path)})
    settings = replace(kept, public_url=recorded_call.PUBLIC, data_folder=tmp_path)
    hotline = open_hotline(settings, Clock(parse_moment(recorded_call.AT)))
    prepare(hotline)
    said = recorded_call.written(recorded_call.placed(hotline, audible=False))
    hotline.database.close()
    assert recorded_call.TEXT.read_text("utf-8") == said, "make recording"


def test_the_recording_is_short_small_marked_as_a_machines_and_the_readme_leads_to_it() -> None:
    sound = recorded_call.SOUND.read_bytes()
    assert sound.startswith(b"ID3")
    assert b"espeak-ng" in sound[:2000].replace(b"\0", b"")
    assert 100_000 < len(sound) < MOST_BYTES
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "(docs/recording/call.mp3)" in readme
    assert "(docs/recording/call.txt)" in readme
    assert "espeak-ng" in readme
