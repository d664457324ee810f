"""Whose voice says a sentence: the office's clips, whole or joined; a supplied voice; a machine."""

from __future__ import annotations

import itertools
import math
import stat
from array import array
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from logbook.accounts.rights import Person
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.prompts import clips, edits
from logbook.prompts.clips import ClipSource
from logbook.prompts.current import OfficePrompts
from logbook.prompts.joining import JoinedPiece, name_of, pieces_of
from logbook.prompts.sound import RATE, UnusableSoundError, measured, mended, read_wave
from logbook.prompts.spelled import spelled
from logbook.prompts.voice import PromptVoice, VoiceOrigin
from logbook.prompts.wording import digest
from logbook.texts.catalogue import load_texts
from logbook.texts.spoken import SPELLERS
from tests.conftest import NOW
from tests.logbook.book_of_cases import hire
from tests.town_hall import SETTINGS

RESULT = "Phản ánh mã không không bốn, hai một bảy đã được trả lời ngày hai mươi tháng mười một."


def tone(seconds: float, hertz: float, level: float = 0.5, quiet: float = 0.2) -> array[int]:
    """A note with `quiet` seconds at both ends; one without begins at its loudest, as if it were cut off."""
    around, begin = [0] * round(RATE * quiet), 0.0 if quiet else math.pi / 2
    steps = (2 * math.pi * hertz * n / RATE for n in range(round(seconds * RATE)))
    return array("h", around + [round(32767 * level * math.sin(begin + step)) for step in steps] + around)


class Studio:
    """An office whose clerk records clips."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.settings = replace(SETTINGS, data_folder=folder)
        with database.writing() as conn:
            self.clerk: Person = hire(conn, NOW)["clerk"]
        self.prompts = OfficePrompts(self.settings, Clock(NOW), load_texts())
        self.voice = PromptVoice(self.settings, database, self.prompts)

    def record(self, text: str, hertz: float = 400, quiet: float = 0.2) -> int:
        with self.database.writing() as conn:
            number = clips.add(
                conn,
                language="vi",
                prompt="any",
                text=text,
                wave=clips.mended_wave(tone(0.4, hertz, quiet=quiet)),
                source=ClipSource.UPLOAD,
                person_id=self.clerk.id,
                now=NOW,
            )
        self.look()
        return number

    def look(self) -> None:
        self.prompts.announce()
        with self.database.reading() as conn:
            self.prompts.now(conn)


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    return Studio(database, tmp_path)


def test_a_recorded_sentence_is_played_as_long_as_its_words_stay(studio: Studio) -> None:
    number = studio.record("Để tra cứu kết quả")
    assert studio.voice.recorded("để tra cứu kết quả.", "vi") == str(number)
    assert studio.voice.recorded("Để tra cứu hồ sơ", "vi") is None
    heard = studio.voice.sound("Để tra cứu kết quả", "vi-VN")
    assert heard is not None
    assert (heard.origin, heard.is_synthetic) == (VoiceOrigin.RECORDED, False)


def test_a_later_recording_of_the_same_words_counts_and_one_taken_back_does_not(studio: Studio) -> None:
    first = studio.record("Xin chào", 300)
    second = studio.record("xin chào!", 700)
    assert studio.voice.recorded("Xin chào", "vi") == str(second)
    with studio.database.writing() as conn:
        assert clips.retire(conn, "vi", second, NOW)
        assert not clips.retire(conn, "vi", second, NOW)
    studio.look()
    assert studio.voice.recorded("Xin chào", "vi") == str(first)


def test_codes_and_dates_are_joined_from_clips_without_gaps_and_clicks(studio: Studio) -> None:
    spoken = ("Phản ánh mã", "không", "bốn", "hai", "một", "bảy", "đã được trả lời")
    for at, text in enumerate((*spoken, "ngày", "hai mươi", "tháng", "mười một")):
        studio.record(
            text, 300 + 40 * at, quiet=0.2 * (at % 2)
        )  # every other one was cut off while it sounded
    heard = studio.voice.sound(RESULT, "vi")
    assert heard is not None
    assert heard.origin is VoiceOrigin.JOINED
    assert heard.text.split()[:6] == ["Phản", "ánh", "mã", "không", "không", "bốn"]
    samples = read_wave(heard.wav)
    quiet, longest = 0, 0
    for one in samples:
        quiet = quiet + 1 if abs(one) < 200 else 0
        longest = max(longest, quiet)
    steepest = max(abs(after - before) for before, after in itertools.pairwise(samples))
    loudest_tone = 2 * math.pi * 700 / RATE * 32767 * 10 ** (-3 / 20)
    print(f"longest gap {1000 * longest / RATE:.0f} ms, steepest step {steepest} of {loudest_tone:.0f}")
    assert longest <= RATE * 0.25
    assert steepest <= loudest_tone * 1.05, "a step no tone has is a click"


def test_one_word_without_a_clip_leaves_the_whole_sentence_to_another_voice(studio: Studio) -> None:
    for text in ("Phản ánh mã", "không", "bốn", "hai", "một", "đã được trả lời", "ngày", "hai mươi", "tháng"):
        studio.record(text)
    assert studio.voice.recorded(RESULT, "vi") is None


def test_names_of_joined_sounds_can_be_read_back() -> None:
    pieces = (JoinedPiece(12), JoinedPiece(7, 120), JoinedPiece(7, 180), JoinedPiece(900))
    assert name_of(pieces) == "12-7~7.900"
    assert pieces_of("12-7~7.900") == pieces


def test_a_changed_sentence_and_a_new_clip_are_known_to_another_process_without_a_question(
    studio: Studio,
) -> None:
    other = OfficePrompts(studio.settings, Clock(NOW), load_texts())
    with studio.database.reading() as conn:
        before = other.now(conn)
        assert other.now(conn) is before
    asked: list[str] = []
    with studio.database.reading() as conn:
        event.listen(conn, "before_cursor_execute", lambda *told: asked.append(told[2]))
        for _ in range(50):
            other.now(conn)
        assert asked == [], "a turn of a call asks nothing about prompts"
    with studio.database.writing() as conn:
        edits.change(conn, edits.sentence("vi", "no_input"), "Xin bấm một phím.", 0, studio.clerk, NOW)
    with studio.database.reading() as conn:
        assert other.now(conn) is before, "nobody has announced anything yet"
        studio.prompts.announce()
        other.now(conn)
        assert other.texts["vi"].sentence("no_input") == "Xin bấm một phím."
        assert other.texts["en"].sentence("no_input") == load_texts()["en"].sentence("no_input")


def test_a_machine_speaks_what_nobody_recorded_and_is_marked(studio: Studio) -> None:
    heard = studio.voice.sound("Xin kính chào quý khách.", "vi")
    assert heard is not None
    assert heard.origin is VoiceOrigin.SYNTHETIC
    assert heard.is_synthetic
    assert heard.seconds > 0.8
    assert not measured(read_wave(heard.wav)).troubles
    assert studio.voice.sound("Xin kính chào quý khách.", "vi") is heard
    studio.voice.close()


def test_a_voice_in_the_office_s_folder_comes_before_the_machine(studio: Studio) -> None:
    folder = studio.settings.data_folder / "voice"
    folder.mkdir()
    (folder / "one.wav").write_bytes(b"")
    program = folder / "speak"
    with (folder / "one.wav").open("wb") as file:
        from logbook.prompts.sound import write_wave

        file.write(write_wave(tone(0.3, 500)))
    program.write_text(f"#!/bin/sh\ncat >/dev/null\ncat {folder}/one.wav\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    heard = studio.voice.sound("Xin chào", "vi")
    assert heard is not None
    assert (heard.origin, heard.is_synthetic) == (VoiceOrigin.SUPPLIED, True)
    program.write_text("#!/bin/sh\nexit 3\n")
    other = studio.voice.sound("Tạm biệt", "vi")
    assert other is not None
    assert other.origin is VoiceOrigin.SYNTHETIC
    studio.voice.close()


def test_a_recording_is_mended_and_what_is_poor_is_said() -> None:
    good = measured(mended(tone(1, 440, 0.05)))
    assert -3.2 < good.peak_dbfs < -2.8
    assert good.quiet_before_ms <= 40
    assert good.quiet_after_ms <= 40
    assert good.troubles == ()
    clipped = array("h", [max(-32768, min(32767, one * 4)) for one in tone(1, 440, 0.9)])
    assert measured(clipped).troubles == ("prompts_sound_clipped",)
    assert measured(tone(1, 440, 0.01)).troubles == ("prompts_sound_quiet",)
    assert measured([0] * RATE).troubles == ("prompts_sound_silent",)
    with pytest.raises(UnusableSoundError, match="prompts_sound_silent"):
        mended([3] * RATE)


def test_numbers_hours_dates_money_and_abbreviations_are_written_out_for_the_ear() -> None:
    said = {
        "Nộp 50.000 đ tại UBND xã": "Nộp năm mươi nghìn đồng tại Ủy ban nhân dân xã",
        "16h30 ngày 19/3/2026": "mười sáu giờ ba mươi phút ngày mười chín tháng ba"
        " năm hai nghìn không trăm hai mươi sáu",
        "lúc 8:00, 3/4": "lúc tám giờ, ngày ba tháng tư",
        "gọi 0258.3842.102": "gọi không hai năm tám, ba tám bốn hai, một không hai",
        "giảm 12,5%": "giảm mười hai phẩy năm phần trăm",
        "1.234.567 và 007": "một triệu hai trăm ba mươi bốn nghìn năm trăm sáu mươi bảy và không không bảy",
        "ngày 31/2/2026": "ngày ba mươi mốt/hai/hai nghìn không trăm hai mươi sáu",
        "không có số": "không có số",
    }
    wrong = {
        text: spelled(text, SPELLERS["vi"])
        for text, want in said.items()
        if spelled(text, SPELLERS["vi"]) != want
    }
    assert not wrong
    assert spelled("16h30", SPELLERS["en"]) == "16h30"


def test_texts_of_the_same_words_have_one_name() -> None:
    assert digest("Để nghe lại, xin bấm phím chín.") == digest("để nghe lại xin bấm phím CHÍN")
    assert digest("phím chín") != digest("phím tám")
