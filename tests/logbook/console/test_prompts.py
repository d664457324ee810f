"""The prompt studio with what people really send it: each gets a sentence, and what was there stays."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.installation import Installation
from logbook.prompts import clips, sentences, uploads
from logbook.prompts.sound import UnusableSoundError, measured, read_wave
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.prompts.voices import voice_of_somebody, wave_of

GOODBYE = "/console/prompts/goodbye"


class Studio:
    def __init__(self, installation: Installation, browser: FlaskClient) -> None:
        self.installation = installation
        self.browser = browser
        self.says = installation.texts["vi"].sentence

    def send(self, path: str, version: str | None = None, **fields: object) -> TestResponse:
        shown = self.browser.get(GOODBYE).text
        seen = re.search(r'name="version" value="(\d+)"', shown)
        assert seen is not None
        known = {"form_token": form_token(shown), "version": version or seen[1]}
        return self.browser.post(f"{GOODBYE}/{path}", data={**known, **fields})

    def upload(self, content: bytes) -> TestResponse:
        return self.send("record", sound=(io.BytesIO(content), "câu.wav"))

    def kept(self) -> list[clips.PromptClip]:
        with self.installation.database.reading() as conn:
            return clips.listed(conn)


@pytest.fixture
def studio(installation: Installation, signed_in: SignIn) -> Studio:
    return Studio(installation, signed_in("clerk"))


def loud_stereo() -> bytes:
    at = np.arange(44_100 * 2) / 44_100
    heard = np.clip(np.sin(2 * np.pi * 440 * at) * 3, -1, 1) * 32767
    return wave_of(np.repeat(heard.astype(np.int16), 2), 44_100, 2)


def test_files_that_cannot_be_used_get_a_sentence_and_the_earlier_recording_stays(studio: Studio) -> None:
    assert studio.upload(voice_of_somebody()).status_code == 303
    bad = {
        "prompts_sound_unreadable": [
            b"MZ\x90\x00 this is no sound" * 40,
            b"\x00" * 4000,
            b"RIFF\x00\x00\x00\x00WAVE",
        ],
        "prompts_sound_none": [b""],
        "prompts_sound_m4a": [b"\x00\x00\x00\x20ftypM4A " + b"\x00" * 400],
        "prompts_sound_silent": [
            wave_of(np.zeros(8000 * 20, np.int16)),
            wave_of(np.zeros(4000, np.int16), 44_100),
        ],
    }
    wrong = {}
    for key, files in bad.items():
        for content in files:
            answer = studio.upload(content)
            if answer.status_code != 400 or studio.says(key) not in answer.text:
                wrong[key, content[:12]] = answer.status_code
    assert wrong == {}
    (only,) = studio.kept()
    assert only.troubles == ()


def test_an_hour_of_silence_and_too_long_a_file_are_refused_by_their_length() -> None:
    for samples, rate in ((8000 * 130, 8000), (4000 * 3600, 4000), (8000 * 1000, 8000)):
        with pytest.raises(UnusableSoundError, match="prompts_sound_long"):
            uploads.read(wave_of(np.zeros(samples // 2 * 2, np.int16), rate)[: uploads.LARGEST])
    with pytest.raises(UnusableSoundError, match="prompts_sound_large"):
        uploads.read(bytes(uploads.LARGEST + 1))


def test_a_file_of_500_mb_is_refused_by_its_size_before_it_is_read(studio: Studio) -> None:
    page = studio.browser.get(GOODBYE).text
    answer = studio.browser.post(
        f"{GOODBYE}/record",
        data={"form_token": form_token(page)},
        headers={"Content-Length": str(500 * 1024 * 1024)},
        environ_overrides={"CONTENT_LENGTH": str(500 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert studio.says("prompts_sound_large") in answer.text


def test_stereo_of_a_recorder_becomes_a_telephone_s_sound_and_clipping_is_said(studio: Studio) -> None:
    answer = studio.upload(loud_stereo())
    assert "said=prompts_said_poor" in answer.location
    (clip,) = studio.kept()
    assert clip.troubles == ("prompts_sound_clipped",)
    with studio.installation.database.reading() as conn:
        wav = clips.sounds(conn, [clip.id])[clip.id][0]
    found = measured(read_wave(wav))
    assert found.seconds == pytest.approx(2, abs=0.1)
    assert -3.3 < found.peak_dbfs < -2.7
    assert studio.says("prompts_sound_clipped") in studio.browser.get(GOODBYE).text


def test_a_compressed_file_is_read_where_the_decoder_is_there() -> None:
    import soundfile

    samples = np.frombuffer(voice_of_somebody()[44:], np.int16)
    for kind in ("MP3", "OGG", "FLAC"):
        target = io.BytesIO()
        soundfile.write(target, samples, 8000, format=kind)
        assert len(uploads.read(target.getvalue()).samples) > 8000, kind


def test_a_sentence_with_a_mistake_is_not_kept_and_the_words_come_back(studio: Studio) -> None:
    wrong = {}
    for text, key in {
        "Cảm ơn {ten} đã gọi {hotline}.": "prompts_edit_unknown",
        "Cảm ơn {hotline!r}.": "prompts_edit_braces",
        "Cảm ơn {hotline:>99999999}": "prompts_edit_braces",
        "Cảm ơn {0}": "prompts_edit_braces",
        "Cảm ơn {": "prompts_edit_braces",
        "...": "prompts_edit_empty",
        "": "prompts_edit_empty",
        "Cảm ơn. " * 200: "prompts_edit_long",
        "Xin cảm ơn. Để nghe lại, xin bấm phím chín.": "prompts_edit_keys",
    }.items():
        answer = studio.send("sentence", text=text, do="keep")
        begins = studio.installation.texts["vi"].sentences[key].partition("{")[0]
        if (
            answer.status_code != 400
            or begins not in answer.text
            or "Câu cũ vẫn được dùng" not in answer.text
        ):
            wrong[text] = answer.status_code
    assert wrong == {}
    assert studio.installation.texts["vi"].sentence("goodbye").startswith("Xin cảm ơn quý khách")


def test_two_people_who_edit_one_sentence_at_once_lose_no_words(studio: Studio) -> None:
    assert studio.send("sentence", version="0", text="Xin cảm ơn quý khách.", do="keep").status_code == 303
    late = studio.send("sentence", version="0", text="Xin chào quý khách.", do="keep")
    assert late.status_code == 409
    assert "Xin chào quý khách." in late.text
    assert "Xin cảm ơn quý khách." in late.text, "the history shows what the other one wrote"
    assert studio.says("prompts_edit_taken") in late.text
    assert studio.installation.texts["vi"].sentence("goodbye") == "Xin cảm ơn quý khách."
    assert 'name="version" value="1"' in late.text
    assert studio.send("sentence", version="1", text="Xin chào quý khách.", do="keep").status_code == 303


def test_what_the_law_needs_is_recorded_but_neither_changed_nor_emptied(studio: Studio) -> None:
    left = {}
    for key in sentences.LOCKED:
        names = [
            name
            for name in (key, f"{key}.1")
            if studio.browser.get(f"/console/prompts/{name}").status_code == 200
        ]
        page = studio.browser.get(GOODBYE).text
        for name in names:
            data = {"form_token": form_token(page), "version": "0", "text": "Xin mời nói.", "do": "keep"}
            answer = studio.browser.post(f"/console/prompts/{name}/sentence", data=data)
            if answer.status_code != 400 or studio.says("prompts_edit_locked") not in answer.text:
                left[name] = answer.status_code
        assert names, key
    assert left == {}


def test_a_preview_shows_the_sentence_filled_in_and_keeps_nothing(studio: Studio) -> None:
    answer = studio.send("sentence", text="Cảm ơn đã gọi {hotline}.", do="preview")
    assert "Cảm ơn đã gọi Tổng đài Cải cách hành chính." in answer.text
    assert "Xin cảm ơn quý khách" in studio.installation.texts["vi"].sentence("goodbye")
    heard = studio.browser.get("/console/prompts/heard.wav", query_string={"text": "Xin chào."})
    assert heard.headers["X-Voice"] == "synthetic"
    assert len(read_wave(heard.data)) > 4000
    studio.installation.voice.close()


def test_the_list_names_the_twenty_first_and_what_is_poor(studio: Studio) -> None:
    page = studio.browser.get("/console/prompts").text
    assert page.index("Đây là Tổng đài") < page.index(">không</a>") < page.index("Phản ánh mã")
    studio.upload(loud_stereo())
    assert "vỡ tiếng" in studio.browser.get("/console/prompts").text
    assert studio.browser.get("/console/prompts/no-such").status_code == 404
