"""Where does my complaint stand: with code and proof, and not otherwise."""

from typing import Any

import pytest

from tests.caller import Caller
from tests.journeys.town import Town, complain
from tests.people import FARMER, HIDDEN, NEIGHBOUR

ANSWER = "Đoạn mương trước nhà ông Sáu đã được nạo vét xong trong tháng mười một."
PROOF = FARMER[-4:]
WRONG = "0000"


def ask(caller: Caller, code: str, proof: str) -> Caller:
    """Key in code and proof at the question for the code."""
    return caller.press(code).press(proof)


def filed(town: Town, number: str = FARMER) -> str:
    caller = complain(town.ring(number))
    caller.hang_up()
    return town.ticket(caller).code


def other(code: str) -> str:
    """A code nobody has."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def answered(town: Town) -> str:
    caller = complain(town.ring())
    caller.hang_up()
    ticket = town.ticket(caller)
    town.settle(
        ticket,
        ("classify", {"kind": "feedback"}),
        ("assign", {"to": "binh"}),
        ("answer", {"answer": ANSWER}),
    )
    return ticket.code


def test_code_and_last_four_digits_tell_where_it_stands_and_by_when(town: Town) -> None:
    caller = ask(town.ring().press("3"), filed(town), PROOF)
    assert town.keys(caller.just_heard) == ["status_result", "status_after"]
    assert "hiện đã tiếp nhận" in caller.just_heard[0]
    assert "ngày chín tháng mười hai" in caller.just_heard[0]
    assert town.call(caller).purpose == "status"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("classify", {"kind": "feedback"})], "đang xử lý"),
        (
            [("classify", {"kind": "feedback"}), ("transfer", {"to": "Công an xã", "reason": "trật tự"})],
            "đã chuyển cơ quan có thẩm quyền",
        ),
        (
            [("classify", {"kind": "feedback"}), ("ask_more", {"question": "Ở thôn nào?"})],
            "cần bổ sung thông tin",
        ),
    ],
)
def test_the_state_is_told_in_the_words_of_the_office(
    town: Town, steps: list[tuple[str, dict[str, Any]]], words: str
) -> None:
    caller = complain(town.ring())
    caller.hang_up()
    ticket = town.ticket(caller)
    town.settle(ticket, *steps)
    later = ask(town.ring().press("3"), ticket.code, PROOF)
    assert words in later.just_heard[0]


def test_an_answer_is_heard_on_request(town: Town) -> None:
    caller = ask(town.ring().press("3"), answered(town), PROOF)
    assert town.keys(caller.just_heard) == ["status_answered", "status_answered_after"]
    assert ANSWER not in " ".join(caller.heard)
    caller.press("1")
    assert ANSWER in caller.just_heard[0]


def test_somebody_with_a_withheld_number_proves_it_with_the_pin_that_was_spoken(town: Town) -> None:
    complained = complain(town.ring(HIDDEN))
    code = town.ticket(complained).code
    (pin,) = [
        digits for digits in (f"{n:04d}" for n in range(10_000))
        if f": {town.spoken(digits, 4)}. Xin" in complained.just_heard[1]
    ]  # fmt: skip
    assert town.keys(ask(town.ring(HIDDEN).press("3"), code, pin).just_heard)[0] == "status_result"
    wrong = f"{(int(pin) + 1) % 10_000:04d}"
    assert town.keys(ask(town.ring(HIDDEN).press("3"), code, wrong).just_heard)[0] == "status_not_found"


@pytest.mark.row("T-12")
def test_a_wrong_code_and_a_wrong_proof_sound_alike(town: Town) -> None:
    code = filed(town)
    no_code = ask(town.ring(NEIGHBOUR).press("3"), other(code), PROOF).just_heard
    no_proof = ask(town.ring(NEIGHBOUR).press("3"), code, WRONG).just_heard
    assert no_code == no_proof
    assert town.keys(no_code) == ["status_not_found", "status_ask"]


@pytest.mark.row("T-12")
def test_after_three_tries_even_the_right_pair_is_not_looked_at_in_this_call(town: Town) -> None:
    code = filed(town)
    caller = town.ring(NEIGHBOUR).press("3")
    ask(caller, code, WRONG)
    ask(caller, code, WRONG)
    ask(caller, code, WRONG)
    assert town.keys(caller.just_heard) == ["status_refused"]
    caller.stay_silent().press("9").press("3")
    ask(caller, code, PROOF)
    assert town.keys(caller.just_heard) == ["status_refused"]


@pytest.mark.row("T-12")
def test_right_answers_cost_no_tries(town: Town) -> None:
    code = filed(town)
    caller = town.ring().press("3")
    for _ in range(5):
        ask(caller, code, PROOF)
        assert town.keys(caller.just_heard)[0] == "status_result"
        caller.press("3")


@pytest.mark.row("T-12")
def test_a_number_that_guesses_all_day_is_refused_and_others_are_not(town: Town) -> None:
    town.with_rate_limits(status_failures_per_number_per_day=4)
    code = filed(town)
    for _ in range(4):
        ask(town.ring(NEIGHBOUR).press("3"), code, WRONG).hang_up()
    assert town.keys(ask(town.ring(NEIGHBOUR).press("3"), code, PROOF).just_heard) == ["status_refused"]
    assert town.keys(ask(town.ring().press("3"), code, PROOF).just_heard)[0] == "status_result"


@pytest.mark.row("T-12")
def test_withheld_numbers_share_one_budget(town: Town) -> None:
    town.with_rate_limits(status_failures_hidden_per_day=2)
    code = filed(town)
    for _ in range(2):
        ask(town.ring(HIDDEN).press("3"), code, WRONG).hang_up()
    assert town.keys(ask(town.ring(HIDDEN).press("3"), code, PROOF).just_heard) == ["status_refused"]


@pytest.mark.row("T-12")
def test_the_owner_calling_from_the_own_number_is_served_when_the_common_budget_is_spent(
    town: Town,
) -> None:
    town.with_rate_limits(status_failures_total_per_hour=2)
    code = filed(town)
    for _ in range(2):
        ask(town.ring(NEIGHBOUR).press("3"), code, WRONG).hang_up()
    assert town.keys(ask(town.ring(NEIGHBOUR).press("3"), code, PROOF).just_heard) == ["status_refused"]
    assert town.keys(ask(town.ring().press("3"), code, PROOF).just_heard)[0] == "status_result"


@pytest.mark.row("T-12")
def test_somebody_who_borrows_a_number_and_guesses_does_not_lock_its_owner_out(town: Town) -> None:
    town.with_rate_limits(status_failures_per_number_per_day=2)
    code = filed(town)
    for _ in range(2):
        ask(town.ring().press("3"), "999999", WRONG).hang_up()
    assert town.keys(ask(town.ring().press("3"), "999998", WRONG).just_heard) == ["status_refused"]
    assert town.keys(ask(town.ring().press("3"), code, PROOF).just_heard)[0] == "status_result"


@pytest.mark.row("T-12")
def test_both_budgets_spent_refuse_even_the_own_number(town: Town) -> None:
    town.with_rate_limits(status_failures_per_number_per_day=2, status_failures_total_per_hour=2)
    code = filed(town)
    for _ in range(2):
        ask(town.ring().press("3"), "999999", WRONG).hang_up()
    assert town.keys(ask(town.ring().press("3"), code, PROOF).just_heard) == ["status_refused"]


@pytest.mark.row("T-12")
def test_the_common_budget_is_whole_again_after_an_hour(town: Town) -> None:
    town.with_rate_limits(status_failures_total_per_hour=1)
    code = filed(town)
    ask(town.ring(NEIGHBOUR).press("3"), code, WRONG).hang_up()
    assert town.keys(ask(town.ring(NEIGHBOUR).press("3"), code, PROOF).just_heard) == ["status_refused"]
    town.clock.set("2026-11-25T10:30:00+07:00")
    assert town.keys(ask(town.ring(NEIGHBOUR).press("3"), code, PROOF).just_heard)[0] == "status_result"


@pytest.mark.row("T-11")
@pytest.mark.parametrize("number", [FARMER, NEIGHBOUR])
def test_a_caller_number_alone_opens_nothing_of_a_case(town: Town, number: str) -> None:
    code = answered(town)
    caller = town.ring(number)
    caller.press("3").press(code).press(WRONG).press(other(code)).press(PROOF).stay_silent().hang_up()
    forbidden = [
        ANSWER,
        "mương",
        code,
        town.spoken(code),
        PROOF,
        FARMER,
        town.spoken(FARMER[-4:], 4),
        "ngày hai mươi lăm tháng mười một",
        "đã trả lời",
        "đã tiếp nhận",
        "đang xử lý",
    ]
    documents = [each.body.decode() for each in caller.sent]
    spoken = " ".join([*caller.heard, *documents])
    assert [word for word in forbidden if word in spoken] == []


@pytest.mark.row("T-11")
def test_code_and_proof_are_not_readable_in_the_turns(town: Town) -> None:
    code = filed(town)
    caller = ask(town.ring().press("3"), code, PROOF)
    heard = " ".join(turn.heard for turn in town.timeline(caller).turns)
    assert code not in heard
    assert PROOF not in heard
    assert "••••••" in heard


def test_too_few_digits_are_asked_again_and_cost_nothing(town: Town) -> None:
    code = filed(town)
    caller = town.ring().press("3").press("12#").press("34#")
    assert town.keys(caller.just_heard) == ["invalid_key", "status_ask"]
    assert town.keys(ask(caller, code, PROOF).just_heard)[0] == "status_result"


def test_zero_and_hash_lead_from_the_code_to_the_clerk(town: Town) -> None:
    assert town.ring().press("3").press("0#").waiting_for == "clerk"
