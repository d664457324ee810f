"""Where a complaint stands: code, then proof, then what may be said."""

from datetime import timedelta

import pytest

from callflows.vocabulary import (
    Answer,
    CaseFound,
    CaseUnknown,
    CheckCase,
    Digits,
    Plain,
    Press,
    Question,
    Term,
    TooManyGuesses,
)
from tests.callflows.reader import DAY, LookUp, Reader

DUE = DAY + timedelta(days=14)


def book(answer: Answer) -> LookUp:
    def look_up(question: Question) -> Answer:
        assert isinstance(question, CheckCase)
        return answer

    return look_up


def asking(answer: Answer) -> Reader:
    return Reader(look_up=book(answer)).press("3", "004217", "5678")


def test_the_logbook_is_asked_only_with_code_and_proof_together() -> None:
    reader = Reader().press("3", "004217")
    assert reader.said == ["status_proof"]
    assert reader.asked == []
    assert reader.press("5678").asked == [CheckCase("004217", "5678")]


@pytest.mark.parametrize("state", ["received", "in_progress", "need_more"])
def test_a_case_at_work_tells_state_and_due_date(state: str) -> None:
    reader = asking(CaseFound(state, DAY, DUE))
    assert reader.said == ["status_result", "status_after"]
    assert reader.words("status_result") == {
        "code": Digits("004217"),
        "received": DAY,
        "state": Term(f"state_{state}"),
        "due": DUE,
    }


@pytest.mark.parametrize("state", ["transferred", "closed", "guided"])
def test_a_case_out_of_our_hands_promises_no_date(state: str) -> None:
    reader = asking(CaseFound(state, DAY, DUE))
    assert reader.said == ["status_result_no_due", "status_after"]
    assert "due" not in reader.words("status_result_no_due")


def test_an_answered_case_offers_the_answer_and_reads_it_on_one() -> None:
    reader = asking(CaseFound("answered", DAY, DUE, DUE, "Đã sửa đường."))
    assert reader.said == ["status_answered", "status_answered_after"]
    reader.press("1")
    assert reader.words("status_answer") == {"answer": Plain("Đã sửa đường.")}
    assert reader.press("1").said[0] == "status_answer"


def test_one_reads_no_answer_where_there_is_none() -> None:
    assert asking(CaseFound("received", DAY, DUE)).press("1").said[0] == "invalid_key"


def test_nine_says_the_state_again_without_another_look_up() -> None:
    reader = asking(CaseFound("received", DAY, DUE)).press("9", "9")
    assert reader.said == ["status_result", "status_after"]
    assert len(reader.asked) == 1


def test_three_asks_for_another_code_and_silence_ends() -> None:
    assert asking(CaseFound("received", DAY, DUE)).press("3").said == ["status_ask"]
    assert asking(CaseFound("received", DAY, DUE)).be_silent().at == "farewell"


@pytest.mark.row("T-12")
def test_a_wrong_pair_does_not_say_which_half_was_wrong() -> None:
    reader = asking(CaseUnknown(2))
    assert reader.said == ["status_not_found", "status_ask"]
    assert not reader.turn.place.get("code")


@pytest.mark.row("T-12")
@pytest.mark.parametrize("answer", [CaseUnknown(0), TooManyGuesses()])
def test_the_last_guess_and_a_spent_budget_sound_alike_and_lead_to_a_person(answer: Answer) -> None:
    reader = asking(answer)
    assert reader.said == ["status_refused"]
    assert asking(answer).press("0").at == "transfer.ringing"
    assert asking(answer).press("2").at == "complaint.type"
    assert reader.be_silent().at == "farewell"


@pytest.mark.row("T-11")
def test_the_proof_is_forgotten_as_soon_as_it_was_checked() -> None:
    reader = asking(CaseFound("received", DAY, DUE))
    assert "5678" not in dict(reader.turn.place.kept).values()


@pytest.mark.parametrize("keys", ["12345", "1234567", "12*456", "x"])
def test_anything_but_six_digits_is_no_code(keys: str) -> None:
    assert Reader().press("3", keys).said == ["invalid_key", "status_ask"]


@pytest.mark.parametrize("keys", ["123", "12345", "12#4"])
def test_anything_but_four_digits_is_no_proof(keys: str) -> None:
    reader = Reader().press("3", "004217", keys)
    assert reader.said == ["invalid_key", "status_proof"]
    assert reader.asked == []


def test_code_and_proof_are_private_keys_with_time_to_find_them() -> None:
    assert Reader().press("3").turn.awaits == Press(6, seconds=10, private=True)
    assert Reader().press("3", "004217").turn.awaits == Press(4, seconds=10, private=True)


def test_zero_alone_leads_to_the_clerk_while_a_code_is_asked() -> None:
    assert Reader().press("3", "0").at == "transfer.ringing"
    assert Reader().press("3", "004217", "0").at == "transfer.ringing"
