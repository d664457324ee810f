"""Wave files: their length, their level, and what is no wave file at all."""

from pathlib import Path

import pytest

import ivr.phone
from ivr.phone import sound


def test_a_tone_lasts_as_long_as_asked_and_is_heard() -> None:
    assert sound.duration(sound.tone(2.5)) == pytest.approx(2.5)
    assert not sound.is_silent(sound.tone(0.5))


def test_silence_and_line_noise_count_as_nobody_speaking_but_a_whisper_does_not() -> None:
    assert sound.is_silent(sound.silence(3))
    assert sound.is_silent(sound.silence(0))
    assert sound.is_silent(sound.tone(1, level=0.002))
    assert not sound.is_silent(sound.tone(1, level=0.01))


def test_shortening_cuts_the_end_off_and_leaves_shorter_sound_alone() -> None:
    assert sound.duration(sound.shortened(sound.tone(5), 2)) == 2
    assert sound.shortened(sound.tone(1), 2) == sound.tone(1)


def test_trimming_silence_leaves_nothing() -> None:
    assert sound.duration(sound.trimmed(sound.silence(2))) == 0


def test_writing_and_reading_keeps_every_sample() -> None:
    once = sound.read(sound.tone(0.1))
    assert sound.read(sound.write(once)) == once


@pytest.mark.parametrize("broken", [b"", b"RIFF", b"<html>", sound.tone(1)[:900], b"\xff" * 100])
def test_what_is_no_whole_wave_file_is_refused(broken: bytes) -> None:
    with pytest.raises(sound.NotAWaveError):
        sound.read(broken)


def test_the_sample_complaint_is_short_enough_to_ship_and_loud_enough_to_hear() -> None:
    sample = Path(str(ivr.phone.__file__)).parent / "sounds" / "complaint.wav"
    heard = sound.read(sample.read_bytes())
    assert sample.stat().st_size < 160_000
    assert (heard.rate, heard.channels) == (sound.RATE, 1)
    assert 6 <= heard.seconds <= 8
    assert not sound.is_silent(sample.read_bytes(), below=-12)
