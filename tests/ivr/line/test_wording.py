"""What a dialogue says becomes a sentence of the call's language."""

from datetime import date, datetime

import pytest

from callflows.vocabulary import Digits, Each, Hours, Plain, Play, Say, Term, When, Word, say
from ivr.line.wording import kept, sentence
from logbook.clock import ZONE
from logbook.texts.catalogue import Catalogue, TextError, load_texts
from logbook.texts.spoken import SPELLERS

TODAY = date(2026, 11, 25)
WORDS: list[tuple[Word, str, str]] = [
    (Plain("xã Đại Lãnh"), "xã Đại Lãnh", "xã Đại Lãnh"),
    (Term("state_closed"), "đã kết thúc", "is closed"),
    (21, "hai mươi mốt", "21"),
    (0, "không", "zero"),
    (date(2026, 4, 30), "ngày ba mươi tháng tư", "30 April"),
    (Digits("004217"), "không không bốn, hai một bảy", "zero zero four, two one seven"),
    (Digits("1234", group=4), "một hai ba bốn", "one two three four"),
    (When(datetime(2026, 11, 25, 14, tzinfo=ZONE), TODAY), "mười bốn giờ hôm nay", "14:00 today"),
    (Hours(((480, 660),)), "buổi sáng từ tám giờ đến mười một giờ", "8:00 to 11:00"),
]


def catalogue(language: str = "vi") -> Catalogue:
    sentences = {
        "answer": "<{word}>",
        "row": "{name}={key}.",
        "bare": "Xin chào.",
        "state_closed": load_texts()[language].sentences["state_closed"],
    }
    return Catalogue(language, sentences, SPELLERS[language])


@pytest.mark.parametrize(("word", "vietnamese", "english"), WORDS)
def test_every_kind_of_word_is_spelled_for_the_ear(word: Word, vietnamese: str, english: str) -> None:
    assert sentence(say("answer", word=word), catalogue("vi")) == f"<{vietnamese}>"
    assert sentence(say("answer", word=word), catalogue("en")) == f"<{english}>"


def test_rows_become_one_sentence_each() -> None:
    rows = Each("row", ((("name", Plain("khai sinh")), ("key", 1)), (("name", Plain("kết hôn")), ("key", 2))))
    assert sentence(say("answer", word=rows), catalogue()) == "<khai sinh=một. Kết hôn=hai.>"


def test_no_rows_are_no_words() -> None:
    assert sentence(say("answer", word=Each("row", ())), catalogue()) == "<>"


def test_a_sentence_without_words_is_said_as_it_stands() -> None:
    assert sentence(Say("bare"), catalogue()) == "Xin chào."


def test_the_offices_own_words_are_never_filled_in_again() -> None:
    assert sentence(say("answer", word=Plain("{word} {0} %s")), catalogue()) == "<{word} {0} %s>"


@pytest.mark.parametrize("said", [Say("nothing"), Say("answer"), say("answer", word=Term("nothing"))])
def test_what_the_catalogue_lacks_is_said_to_be_missing(said: Say) -> None:
    with pytest.raises(TextError):
        sentence(said, catalogue())


def test_the_log_of_a_call_keeps_questions_but_no_code_and_no_answer() -> None:
    catalogue = load_texts()["vi"]
    question = say("rating_question", number=2, question=Plain("Thái độ?"), lowest=1, highest=5)
    words = {"number": "hai", "question": "Thái độ?", "lowest": "một", "highest": "năm"}
    assert kept(question, catalogue) == ["rating_question", words]
    assert kept(say("ticket_filed", code=Digits("004217"), days=10), catalogue) == [
        "ticket_filed",
        {"days": "mười"},
    ]
    assert kept(say("status_answer", answer=Plain("bí mật")), catalogue) == "status_answer"
    assert kept(Play("3"), catalogue) == "play"
