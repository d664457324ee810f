"""The TwiML that is spoken: inside the portable subset, well-formed whatever has to be said."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callflows.vocabulary import (
    Ask,
    Awaited,
    Digits,
    Goodbye,
    IsAudioHere,
    Place,
    Plain,
    Play,
    Press,
    Ring,
    Said,
    Speak,
    Turn,
    say,
)
from ivr.line.twiml import (
    LONGEST_SAY,
    MOST_REMEMBERED,
    NOTHING,
    ProviderVoice,
    Speaker,
    WebhookAddresses,
    pieces,
    xml_safe,
)
from ivr.phone import verbs
from ivr.phone.document import parse
from ivr.phone.verbs import Dial, Gather, Hangup, Party, Record, Redirect, Verb
from logbook.texts.catalogue import Catalogue
from logbook.texts.spoken import SPELLERS

HERE = "https://tongdai.example/đây"
TURN_7 = f"{HERE}/ivr/turn/7"
CATALOGUE = Catalogue("vi", {"one": "Câu một.", "two": "Câu hai.", "name": "Xin chào {who}."}, SPELLERS["vi"])
VOICE = ProviderVoice("vi-VN", "Google.vi-VN-Wavenet-A")
SPEAKER = Speaker(WebhookAddresses(HERE), VOICE, "+842583842102")
HOSTILE = [chr(code) for code in range(0x20)] + [
    "\x7f",
    "\x85",
    "\ufffe",
    "\uffff",
    "\ud800",
    "\udfff",
    "\ud800\udc00",
    "\U0001fffe",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "</Say></Gather><Dial>+1900</Dial>",
    "<Dial>",
    "&lt;&#0;&bogus;&",
    "<?xml?>",
    "<!DOCTYPE x [<!ENTITY y 'z'>]>",
    "\"'",
    "{who}",
]


def verbs_of(document: str) -> tuple[Verb, ...]:
    return parse(document.encode(), "text/xml")


def spoken(awaits: Awaited, *says: Said) -> tuple[Verb, ...]:
    return verbs_of(SPEAKER.render(Turn(Place("here"), says, awaits), CATALOGUE, 7))


def aloud(text: str) -> verbs.SayVerb:
    return verbs.SayVerb(text, "vi-VN", "Google.vi-VN-Wavenet-A")


def test_a_question_is_a_gather_that_any_key_interrupts_and_silence_still_answers() -> None:
    gather = Gather((aloud("Câu một."), aloud("Câu hai.")), TURN_7, "POST", 6, "", 1)
    assert spoken(Press(), say("one"), say("two")) == (gather, Redirect(TURN_7))


def test_several_keys_may_be_finished_with_the_hash() -> None:
    gather, _ = spoken(Press(6, seconds=10), say("one"))
    assert gather == Gather((aloud("Câu một."),), TURN_7, "POST", 10, "#", 6)


@pytest.mark.row("000-01")
def test_a_sentence_that_must_be_heard_out_stands_before_the_gather_with_all_before_it() -> None:
    notice = say("two", barge_in=False)
    assert spoken(Press(), say("one"), notice, say("one")) == (
        aloud("Câu một."),
        aloud("Câu hai."),
        Gather((aloud("Câu một."),), TURN_7, "POST", 6, "", 1),
        Redirect(TURN_7),
    )


def test_speech_is_recorded_until_any_key_and_news_of_it_come_to_its_own_address() -> None:
    assert spoken(Speak(180, 8), say("one")) == (
        aloud("Câu một."),
        Record(
            action=TURN_7,
            timeout=8,
            finish_on_key="0123456789*#",
            max_length=180,
            callback=f"{HERE}/ivr/recording/7",
            callback_events=("completed", "absent"),
        ),
        Redirect(TURN_7),
    )


def test_a_ring_rings_one_number_shows_ours_and_records_nothing() -> None:
    number = "+842583842111"
    assert spoken(Ring("clerk", number, 20, 3600), say("one")) == (
        aloud("Câu một."),
        Dial((Party("number", number),), TURN_7, "POST", 20, 3600, "+842583842102", record=False),
    )


def test_without_a_number_to_show_the_provider_chooses_one() -> None:
    speaker = Speaker(WebhookAddresses(HERE), VOICE, None)
    (dial,) = verbs_of(
        speaker.render(Turn(Place("x"), (), Ring("clerk", "+842583842111", 20, 60)), CATALOGUE, 1)
    )
    assert isinstance(dial, Dial)
    assert dial.caller_id == ""


def test_goodbye_hangs_up() -> None:
    assert spoken(Goodbye(), say("one")) == (aloud("Câu một."), Hangup())


def test_where_there_is_nothing_left_to_say_the_document_hangs_up() -> None:
    assert verbs_of(NOTHING) == (Hangup(),)


def test_a_recording_is_played_from_its_own_address_within_the_turn() -> None:
    gather, _ = spoken(Press(), Play("42"))
    assert isinstance(gather, Gather)
    assert gather.prompts == (verbs.PlayVerb(f"{HERE}/ivr/audio/7/42"),)


def test_a_voice_nobody_named_is_left_to_the_provider() -> None:
    speaker = Speaker(WebhookAddresses(HERE), ProviderVoice("en-GB", None), None)
    said, _ = verbs_of(speaker.render(Turn(Place("x"), (say("one"),), Goodbye()), CATALOGUE, 1))
    assert said == verbs.SayVerb("Câu một.", "en-GB", "")


def test_a_question_to_the_logbook_is_never_spoken() -> None:
    with pytest.raises(ValueError, match="cannot be spoken"):
        spoken(Ask(IsAudioHere("1")))


@pytest.mark.row("T-05")
@pytest.mark.parametrize("awaits", [Press(), Speak(60, 5), Ring("a", "+842583842111", 20, 60), Goodbye()])
def test_no_sign_breaks_the_document_or_adds_a_verb(awaits: Awaited) -> None:
    harmless = [type(verb) for verb in spoken(awaits, say("name", who=Plain("a b")))]
    for hostile in HOSTILE:
        found = spoken(awaits, say("name", who=Plain(f"a{hostile}b")))
        assert ([type(verb) for verb in found], len(texts_of(found))) == (harmless, 1), repr(hostile)


def texts_of(found: tuple[Verb, ...]) -> list[str]:
    prompts = [each for verb in found for each in (verb.prompts if isinstance(verb, Gather) else (verb,))]
    return [each.text for each in prompts if isinstance(each, verbs.SayVerb)]


words = st.lists(st.one_of(st.text(st.characters()), st.sampled_from(HOSTILE)), max_size=8).map("".join)


@pytest.mark.row("T-05")
@settings(deadline=None)
@given(words)
@example("".join(chr(code) for code in range(0x20)))
@example("\ud800" * 5000)
@example("<" * 9000)
def test_whatever_is_said_is_heard_as_it_was_meant_and_nothing_else_happens(text: str) -> None:
    found = spoken(Press(), say("name", who=Plain(text)))
    assert [type(verb) for verb in found] == [Gather, Redirect]
    heard = texts_of(found)
    assert all(len(part) <= LONGEST_SAY for part in heard)
    meant = xml_safe(f"Xin chào {text}.")
    # a sentence begins with a capital letter, whatever it is made of
    assert squeezed("".join(heard)).casefold() == squeezed(meant).casefold()


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(st.text(st.characters()))
def test_signs_that_xml_can_hold_stay(text: str) -> None:
    kept = xml_safe(text)
    assert [sign for sign in text if sign in kept] == list(kept)
    assert all(sign in "\t\n\r" or sign >= " " for sign in kept)
    assert all(not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff" for sign in kept)
    assert xml_safe("Đại Lãnh 🙂\t<&>") == "Đại Lãnh 🙂\t<&>"


def test_a_long_text_is_cut_at_the_ends_of_its_sentences() -> None:
    assert pieces("Một. Hai! Ba? Bốn; năm.", 9) == ["Một. Hai!", "Ba? Bốn;", "năm."]


def test_a_sentence_too_long_by_itself_is_cut_where_it_must_be() -> None:
    assert pieces("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


@given(st.text("ab .!?;", max_size=200), st.integers(1, 30))
def test_no_piece_is_too_long_and_no_word_is_lost(text: str, longest: int) -> None:
    parts = pieces(text, longest)
    assert all(len(part) <= longest for part in parts)
    assert squeezed("".join(parts)) == squeezed(text)


@pytest.mark.parametrize("sign", ["&", "ệ", "🙂", "<", "\r", "ệ. "])
def test_the_longest_answer_still_makes_a_document_the_provider_takes(sign: str) -> None:
    answer = say("name", who=Plain((sign * 20_000)[:20_000]))
    found = spoken(Press(), answer, *[say("one")] * 5)
    assert len(texts_of(found)) > 6


def test_an_answer_as_long_as_the_book_keeps_is_heard_to_its_end() -> None:
    sentence = "Ủy ban nhân dân xã đã nhận được phản ánh, kiến nghị của quý khách và đã giải quyết xong. "
    answer = (sentence * 300)[:20_000]
    heard = texts_of(spoken(Press(), say("name", who=Plain(answer))))
    assert squeezed("".join(heard)) == squeezed(f"Xin chào {answer}.")


def test_two_lines_speak_side_by_side() -> None:
    other = Speaker(WebhookAddresses("https://other.example"), replace(VOICE, language="en-GB"), None)
    turn = Turn(Place("x"), (say("one"),), Press())
    assert "other.example" not in SPEAKER.render(turn, CATALOGUE, 1)
    assert "tongdai.example" not in other.render(turn, CATALOGUE, 1)


MENU = Turn(Place("menu"), (say("one"), say("name", who=Plain("Lan"))), Press(seconds=6))
SPOKEN = Turn(Place("speak"), (say("two"),), Speak(60, 5))
FAREWELL = Turn(Place("over"), (say("one"),), Goodbye())


def test_a_document_that_is_remembered_reads_as_if_it_were_written_anew() -> None:
    content = object()
    remembering = Speaker(WebhookAddresses(HERE), VOICE, None, content=lambda: content)
    for turn in (MENU, SPOKEN, FAREWELL) * 2:
        for number in (7, 8, 500):
            found = remembering.render(turn, CATALOGUE, number)
            assert found == SPEAKER.render(turn, CATALOGUE, number)
            assert "\0" not in found
    assert len(remembering._documents[1]) == 3


def test_a_changed_sentence_or_clip_is_heard_at_once() -> None:
    content = [object()]
    clips: list[str | None] = [None]
    speaker = Speaker(
        WebhookAddresses(HERE), VOICE, None, recorded=lambda _: clips[0], content=lambda: content[0]
    )
    assert "Câu một." in speaker.render(MENU, CATALOGUE, 1)
    other = replace(CATALOGUE, sentences={**CATALOGUE.sentences, "one": "Câu khác."})
    assert "Câu khác." in speaker.render(MENU, other, 1)
    clips[0], content[0] = "0-1", object()
    assert "/ivr/prompt/0-1" in speaker.render(MENU, other, 1)


def test_nothing_that_opens_a_case_is_remembered_nor_more_than_a_few_documents() -> None:
    content = object()
    speaker = Speaker(WebhookAddresses(HERE), VOICE, None, content=lambda: content)
    code = Turn(Place("code"), (say("name", who=Digits("482915")),), Press(seconds=6))
    answer = Turn(Place("answer"), (say("status_answer", answer=Plain("Đã xong.")),), Goodbye())
    texts = replace(CATALOGUE, sentences={**CATALOGUE.sentences, "status_answer": "{answer}"})
    sound = Turn(Place("play"), (Play("12"),), Goodbye())
    for turn in (code, answer, sound):
        assert speaker.render(turn, texts, 3) == Speaker(WebhookAddresses(HERE), VOICE, None).render(
            turn, texts, 3
        )
    assert speaker._documents[1] == {}
    for number in range(3 * MOST_REMEMBERED):
        speaker.render(Turn(Place("menu"), (say("name", who=Plain(str(number))),), Goodbye()), texts, 3)
        assert len(speaker._documents[1]) <= MOST_REMEMBERED
