"""What a key leads to is at the telephone before the key is pressed: nobody waits for its sound."""

from __future__ import annotations

from logbook.prompts import clips
from logbook.prompts.clips import ClipSource
from logbook.prompts.sound import RATE, read_wave
from logbook.prompts.synthesis import EspeakVoice
from tests.browser.office import Office
from tests.ivr.softphone.conftest import Opens
from tests.ivr.softphone.tab import Event, Tab
from tests.logbook.book_of_cases import hire
from tests.suite.waiting import until

COMPLAINT = ("2", "1", "1")


def foreseen(phone: Tab, turns: int) -> list[str]:
    """The sounds that may be next, as soon as the tab knows them of so many turns."""

    def of_turns() -> list[list[str]]:
        return [event["sounds"] for event in phone.seen if event["kind"] == "foreseen"]

    assert until(lambda: len(of_turns()) >= turns), "nothing was foreseen"
    return of_turns()[-1]


def test_the_sound_after_each_key_was_foreseen_before_it(tab: Opens) -> None:
    phone, late = tab().call(), []
    for turn, key in enumerate(COMPLAINT, 1):
        known = foreseen(phone, turn)
        if phone.press(key).next("say")["sound"] not in known:
            late.append(key)
    assert late == []


def test_a_recorded_sentence_is_foreseen_and_comes_along_once_a_tab(office: Office, tab: Opens) -> None:
    first = tab().call().press("2")
    asks = first.next("say", lambda event: "cá nhân" in str(event["text"]))["text"]
    now = office.hotline.clock.now()
    with office.hotline.database.writing() as conn:
        clips.add(
            conn,
            language="vi",
            prompt="any",
            text=asks,
            wave=clips.mended_wave(read_wave(EspeakVoice("north").spoken(asks, "vi"))),
            source=ClipSource.UPLOAD,
            person_id=hire(conn, now)["clerk"].id,
            now=now,
        )
    office.hotline.prompts.announce()
    phone, other = tab("0987.654.321").call(), tab("0905.000.111").call()
    known = foreseen(phone, 1)
    fetched = [phone.sound(name).content for name in known]

    def is_it(event: Event) -> bool:
        return bool(event["text"] == asks)

    said = phone.press("2").next("say", is_it)
    assert (said["recorded"], said["sound"] in known, "wav" in said) == (True, True, False)
    assert fetched[known.index(said["sound"])]
    assert "wav" in other.press("2").next("say", is_it), "whoever fetched nothing gets it at once"


def test_nothing_is_foreseen_of_a_call_that_is_over(tab: Opens) -> None:
    phone = tab().call()
    phone.next("foreseen")
    phone.act("hang-up")
    phone.next("ended")
    assert until(lambda: any(event["kind"] == "kept" and "lines" in event for event in phone.seen[-2:]))
    assert [event["kind"] for event in phone.seen].count("foreseen") == 1


def test_a_machines_sentence_begins_within_fifteen_thousandths_of_a_second() -> None:
    voice = EspeakVoice("north")
    try:
        samples = read_wave(voice.spoken("Để phản ánh, kiến nghị, xin bấm phím hai.", "vi"))
    finally:
        voice.close()
    loud = next(at for at, value in enumerate(samples) if abs(value) > 0.004 * max(samples))
    assert loud / RATE < 0.015
