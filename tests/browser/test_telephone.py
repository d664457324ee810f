"""The telephone in a real browser: heard, not read; spoken into; by keyboard; without harm to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from ivr.phone import sound
from logbook.ids import PersonId
from logbook.prompts import clips
from logbook.prompts.clips import ClipSource
from logbook.prompts.sound import RATE, read_wave
from tests.browser.conftest import PHONE, SPEECH
from tests.browser.office import Office
from tests.browser.test_pages import BROADER, violations
from tests.browser.waiting import MILLISECONDS, Keyboard

DESK = ViewportSize(width=1280, height=900)
LISTENS = """
(() => {
  const connect = AudioNode.prototype.connect;
  window.heard = [];
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && !this.context.tap) {
      const tap = this.context.tap = this.context.createScriptProcessor(4096, 1, 1);
      tap.onaudioprocess = (event) => window.heard.push(event.inputBuffer.getChannelData(0).slice());
      connect.call(tap, this.context.destination);
    }
    if (to instanceof AudioDestinationNode) connect.call(this, this.context.tap);
    return connect.call(this, to, ...more);
  };
  window.taken = () => {
    const all = window.heard.splice(0);
    const out = new Int16Array(all.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of all) { out.set(Array.from(each, (value) => value * 32767), at); at += each.length; }
    let text = "";
    for (const byte of new Uint8Array(out.buffer)) text += String.fromCharCode(byte);
    return btoa(text);
  };
})();
"""
"""Put before the page's own script: what goes to the loudspeaker is kept as well."""


NOTES = """
(() => {
  window.noted = [];
  const note = (what) => window.noted.push(what);
  const { fetch } = window;
  window.fetch = (address, options) => {
    note(String(address).split("/").at(-1).split("?")[0]);
    return fetch(address, options);
  };
  const decode = BaseAudioContext.prototype.decodeAudioData;
  BaseAudioContext.prototype.decodeAudioData = function (...given) {
    note("decodes");
    return decode.apply(this, given);
  };
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...given) {
    note("SOUND");
    return start.apply(this, given);
  };
  addEventListener("keydown", () => note("KEY"), true);
})();
"""
"""Put before the page's own script: what lies between a key and the first sound after it."""
VIETNAMESE_VOICE = """
() => {
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const voices = [{ name: "Samantha", lang: "en-US" }, { name: "Hoài My", lang: "vi-VN" }];
  Object.defineProperty(window, "speechSynthesis", { configurable: true, value: {
    getVoices: () => voices,
    cancel: () => window.spoken.at(-1)?.onend(),
    speak: (one) => {
      window.spoken.push(one);
      setTimeout(() => {
        one.onboundary({ charIndex: 4 });
        if (window.endsAlone && !one.text.includes("phím")) one.onend();
      }, 50);
    },
  } });
}
"""
"""A browser that has a Vietnamese voice, among others."""


@contextmanager
def telephone(browser: Browser, office: Office, number: str = "", **options: Any) -> Iterator[Page]:
    """A tab with the telephone; whatever its script throws fails the test."""
    context = browser.new_context(**{"viewport": DESK, "locale": "vi", "base_url": office.address, **options})
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.add_init_script(LISTENS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.goto(f"/phone?so={number}" if number else "/phone")
    expect(page.locator("#own")).not_to_be_empty()
    yield page
    context.close()
    assert wrong == []


def said(page: Page, words: str) -> Locator:
    """A sentence as it is being spoken, with these words in it."""
    return page.locator(".said.now", has_text=words)


@pytest.mark.proof
def test_somebody_presses_the_green_key_hears_the_hotline_speaks_and_sees_the_ticket(
    office: Office, chromium: Browser
) -> None:
    with telephone(chromium, office) as page:
        Keyboard(page).press("Enter")
        expect(said(page, "Xin kính chào quý khách")).to_be_visible()
        expect(page.locator(".word.lit")).to_have_count(1)
        expect(said(page, "bấm phím hai")).to_be_visible()
        Keyboard(page).press("2")
        expect(said(page, "cá nhân")).to_be_visible()
        page.locator("[data-key='1']").click()
        expect(said(page, "sẽ ghi âm lời nói")).to_be_visible()
        expect(said(page, "Nếu đồng ý")).to_be_visible()
        Keyboard(page).press("1")
        microphone_key = page.locator("#microphone")
        expect(microphone_key).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(3000)
        Keyboard(page).press("#")
        expect(said(page, "Để gửi")).to_be_visible()
        Keyboard(page).press("1")
        code = page.locator(".ticket strong").inner_text()
        expect(page.locator("#map .here")).to_have_attribute("data-state", "complaint.filed")
        expect(page.locator("#webhooks > li")).not_to_have_count(0)
        Keyboard(page).press("Escape")
        expect(page.locator("#status")).to_have_text("Quý vị đã gác máy")
    ticket = office.ticket(code)
    assert ticket.caller_number == "+84912345678"
    (kept,) = (office.hotline.settings.data_folder / "provider" / "recordings").glob("*.wav")
    kept_words, spoken = samples_of(kept.read_bytes()), samples_of(SPEECH.read_bytes())
    assert likeness(spoken + spoken, kept_words) > 0.9, "the microphone hears the sample over and over"


@pytest.mark.proof
def test_what_the_browser_plays_is_the_recorded_prompt(office: Office, chromium: Browser) -> None:
    greeting = office.hotline.greeting_at
    assert greeting is not None
    now = office.hotline.clock.now()
    with office.hotline.database.writing() as conn:
        first = greeting(conn, now)[0]
        speech = read_wave(sound.shortened(SPEECH.read_bytes(), 5.0))
        clip = clips.add(
            conn,
            language="vi",
            prompt="any",
            text=first,
            wave=clips.mended_wave(speech),
            source=ClipSource.UPLOAD,
            person_id=PersonId(office.ids["clerk"]),
            now=now,
        )
        stored = clips.sounds(conn, [clip])[clip][0]
    office.hotline.prompts.announce()
    with telephone(chromium, office) as page:
        page.click("#call")
        expect(said(page, first[:30])).to_be_visible()
        expect(page.locator(".said", has_text="phím đồng ý")).to_be_visible()
        played, rate = listened(page)
    assert likeness(at_telephone_rate(played, rate), samples_of(stored)) > 0.95


@pytest.mark.proof
def test_no_second_round_trip_lies_between_a_key_and_the_sound_it_leads_to(
    office: Office, chromium: Browser
) -> None:
    with telephone(chromium, office) as page:
        page.add_init_script(NOTES)
        page.reload()
        expect(page.locator("#own")).not_to_be_empty()
        page.click("#call")
        for key in "454":
            expect(page.locator("body[data-foreseen]")).to_be_attached()
            page.evaluate("() => { delete document.body.dataset.foreseen; window.noted.length = 0; }")
            Keyboard(page).press(key)
            page.wait_for_function("() => window.noted.includes('SOUND')")
            noted = page.evaluate("window.noted.slice(window.noted.indexOf('KEY'))")
            between = set(noted[1 : noted.index("SOUND")])
            assert between <= {"press", "done", "events"}, "one request brings the key, its answer the sound"
        page.click("#hang-up")


@pytest.mark.proof
def test_a_vietnamese_voice_of_the_browser_speaks_before_the_machine_and_a_key_stops_it(
    office: Office, chromium: Browser
) -> None:
    with telephone(chromium, office) as page:
        page.evaluate(VIETNAMESE_VOICE)
        page.click("#call")
        expect(said(page, "Xin kính chào quý khách")).to_be_visible()
        expect(page.locator("#voice-used")).to_contain_text("Hoài My")
        expect(page.locator(".word.lit")).to_have_count(1)
        page.evaluate("window.spoken.at(-1).onend()")
        page.evaluate("window.endsAlone = true")
        expect(said(page, "bấm phím hai")).to_be_visible()
        Keyboard(page).press("2")
        expect(said(page, "cá nhân")).to_be_visible()
        page.wait_for_function("() => window.spoken.some((one) => one.text.includes('cá nhân'))")
        spoken = page.evaluate("window.spoken.map((one) => [one.text, one.voice.name, one.lang])")
        assert {(name, lang) for _, name, lang in spoken} == {("Hoài My", "vi-VN")}
        assert "Xin kính chào quý khách" in spoken[0][0]
        page.click("#hang-up")


@pytest.mark.proof
def test_the_telephone_shuts_nobody_out(office: Office, chromium: Browser) -> None:
    with telephone(chromium, office, bypass_csp=True) as page:
        expect(page.locator("#map svg")).to_be_visible()
        page.click("#call")
        expect(page.locator(".word.lit")).to_be_visible()
        expect(page.locator("#webhooks details")).not_to_have_count(0)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert violations(page) == []
        page.set_viewport_size(PHONE)
        assert page.evaluate(BROADER) <= 0
        assert violations(page) == []


@pytest.mark.proof
def test_the_clerks_telephone_rings_in_another_tab(office: Office, chromium: Browser) -> None:
    with (
        telephone(chromium, office, "0258.3842.111") as clerk,
        telephone(chromium, office, "0987.654.321") as citizen,
    ):
        citizen.click("#call")
        expect(said(citizen, "Xin kính chào")).to_be_visible()
        expect(said(citizen, "bấm phím hai")).to_be_visible()
        Keyboard(citizen).press("0")
        expect(clerk.locator("#status")).to_contain_text("gọi đến")
        clerk.click("#call")
        expect(clerk.locator("#status")).to_contain_text("Đang nói chuyện")
        clerk.click("#hang-up")
        expect(clerk.locator("#call")).to_be_enabled()
        expect(citizen.locator(".said", has_text="đánh giá").last).to_be_visible()
        citizen.click("#hang-up")


@pytest.mark.proof
def test_without_a_microphone_a_sample_speaks(office: Office, chromium: Browser) -> None:
    with telephone(chromium, office) as page:
        page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')); }"
        )
        page.click("#call")
        expect(said(page, "bấm phím hai")).to_be_visible()
        Keyboard(page).press("2")
        expect(said(page, "cá nhân")).to_be_visible()
        Keyboard(page).press("1")
        expect(said(page, "Nếu đồng ý")).to_be_visible()
        Keyboard(page).press("1")
        expect(page.locator("#status")).to_contain_text("Không dùng được micrô")
        page.click("#sample")
        expect(said(page, "Để gửi")).to_be_visible()
        page.click("#hang-up")
        expect(page.locator(".ticket strong")).to_be_visible()
    (kept,) = (office.hotline.settings.data_folder / "provider" / "recordings").glob("*.wav")
    assert likeness(samples_of(kept.read_bytes()), samples_of(SPEECH.read_bytes())) > 0.95


def listened(page: Page) -> tuple[list[float], float]:
    """What the loudspeaker got so far, and its samples a second."""
    import base64
    from array import array

    words = array("h", base64.b64decode(page.evaluate("window.taken()")))
    rate = page.evaluate("new AudioContext().sampleRate")
    return [float(word) for word in words], float(rate)


def samples_of(wave: bytes) -> list[float]:
    return [float(word) for word in sound.read(wave).samples]


def at_telephone_rate(samples: list[float], rate: float) -> list[float]:
    import numpy as np
    import soxr

    return [float(one) for one in soxr.resample(np.array(samples), rate, RATE)]


def likeness(heard: list[float], prompt: list[float]) -> float:
    """How much a piece of what was heard is the middle of a prompt: 1 is the same, 0 is something else."""
    import numpy as np

    needle = np.array(prompt[len(prompt) // 4 : len(prompt) // 4 + 3 * RATE // 2])
    hay = np.array(heard)
    size = len(hay) + len(needle)
    found = np.fft.irfft(np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size)), size)[: len(hay)]
    power = np.sqrt(np.convolve(hay**2, np.ones(len(needle)))[len(needle) - 1 :])
    whole = len(hay) - len(needle) + 1
    return float((found[:whole] / (power[:whole] * np.linalg.norm(needle) + 1.0)).max())
