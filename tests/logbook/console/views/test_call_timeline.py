"""A turn's JSON as what a person did and heard."""

import json
from datetime import UTC, datetime

import pytest

from logbook.calls.history import TurnKept
from logbook.console.views.call_timeline import LONGEST, Did, did, said, shortened
from logbook.sentences import written
from logbook.texts.catalogue import load_texts

VIETNAMESE = load_texts()["vi"]


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("{}", None),
        ('{"heard": "Keys", "pressed": "2"}', Did("pressed", keys="2")),
        ('{"heard": "Voice", "recording": "3", "seconds": 7}', Did("spoke", seconds=7)),
        ('{"heard": "Silence"}', Did("silent")),
        ('{"heard": "LegEnded", "outcome": "busy", "seconds": 0}', Did("leg", outcome="busy")),
        ('{"heard": "HungUp"}', Did("left")),
        ('{"heard": "Voice", "seconds": "x"}', Did("spoke")),
        ('{"heard": "Later"}', Did("unknown")),
        ("[]", Did("unknown")),
        ("no json", Did("unknown")),
    ],
)
def test_what_was_heard_is_told_whatever_stands_in_the_book(heard: str, meant: Did | None) -> None:
    assert did(heard) == meant


def test_sentences_are_told_without_their_words_and_unknown_ones_are_left_out() -> None:
    turn = TurnKept(1, datetime(2026, 11, 25, tzinfo=UTC), "{}", '["status_answered", "nothing", 5]', "x")
    assert said(turn, VIETNAMESE) == ("Phản ánh mã … đã được trả lời …",)
    assert said(TurnKept(1, turn.at, "{}", "no json", "x"), VIETNAMESE) == ()


def test_a_long_sentence_ends_at_a_whole_word() -> None:
    text = max(VIETNAMESE.sentences.values(), key=len)
    short = shortened(text)
    assert len(short) <= LONGEST + 1
    assert text.startswith(short.removesuffix(" …"))
    assert text[len(short) - 2] in " ,.;:"
    assert shortened("ngắn") == "ngắn"


def test_words_that_were_kept_stand_in_their_sentence_and_others_are_left_out() -> None:
    at = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
    kept = json.dumps(
        [["rating_question", {"number": "hai", "lowest": "một", "highest": "năm"}], "goodbye", 7]
    )
    seen = said(TurnKept(1, at, "{}", kept, "x"), VIETNAMESE)
    assert seen[0] == "Câu hai. … Xin bấm từ một đến năm."
    assert len(seen) == 2


@pytest.mark.row("U4")
def test_what_was_said_begins_with_a_capital_whatever_word_comes_first() -> None:
    at = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
    kept = json.dumps(
        [
            [
                "guidance_answer",
                {"procedure": "chứng thực bản sao", "papers": "bản chính. bản sao.", "where": "ủy ban."},
            ],
            ["guidance_option", {"procedure": "đăng ký khai sinh", "number": "hai"}],
        ]
    )
    seen = said(TurnKept(1, at, "{}", kept, "x"), VIETNAMESE)
    assert seen[0].startswith("Chứng thực bản sao. Về hồ sơ: bản chính. Bản sao. Về lệ phí: …")
    assert seen[1] == "Đăng ký khai sinh, xin bấm phím hai."


@pytest.mark.row("U4")
def test_only_beginnings_become_capitals_and_numbers_and_names_stay_as_they_are() -> None:
    for text, wanted in (
        ("", ""),
        ("đã trả lời. xin cảm ơn! được không? vâng", "Đã trả lời. Xin cảm ơn! Được không? Vâng"),
        ("gọi 0258.3842.102, xem a.b.vn", "Gọi 0258.3842.102, xem a.b.vn"),
        ("… xin bấm. … tiếp", "… xin bấm. … tiếp"),
        ("5 ngày. 3 bản", "5 ngày. 3 bản"),
        ("TP. Huế, e-mail", "TP. Huế, e-mail"),
        ("u\u031b\u0309 ban", "U\u031b\u0309 ban"),
    ):
        assert written(text) == wanted
