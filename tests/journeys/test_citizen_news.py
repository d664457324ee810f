"""The calls that bring a citizen news, heard to their end (T-11, T-12; Luật Tiếp công dân Art 28)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ivr.phone.scripted import Action, ClerkBusy, ClerkSilent
from logbook.clock import local
from logbook.database.tables import callbacks
from logbook.outbox import deliveries, escalations
from logbook.search import calls
from logbook.sending import calls as ringing
from logbook.tickets import history, tickets
from logbook.tickets.tickets import Ticket
from tests.caller import Caller
from tests.ivr.conftest import everything_in
from tests.journeys.outgoing_calls import Told
from tests.journeys.town import Town, complain
from tests.people import FARMER, NEIGHBOUR

ANSWER = "Đoạn mương trước nhà ông Lựu đã được nạo vét xong."
CORRECTED = "Đoạn mương đã được nạo vét và lát lại."
CONTENT = {"content": "Mương thối trước nhà", "caller_name": "Trần Văn Lựu", "caller_address": "thôn Tây"}
BODY = "Công an xã Mẫu"


@pytest.fixture
def told(town: Town) -> Told:
    return Told(town)


def classified(town: Town, *steps: tuple[str, dict[str, Any]]) -> Ticket:
    caller = complain(town.ring())
    caller.hang_up()
    first = (("write", CONTENT), ("classify", {"kind": "feedback", "topic": "attitude", "urgent": True}))
    return town.settle(town.ticket(caller), *first, *steps)


def answered(town: Town) -> Ticket:
    return classified(town, ("answer", {"answer": ANSWER}))


def now_of(town: Town, ticket: Ticket) -> Ticket:
    with town.database.reading() as conn:
        return tickets.of_id(conn, ticket.id)


def events(town: Town, ticket: Ticket, verb: str) -> list[history.Event]:
    with town.database.reading() as conn:
        return [event for event in history.of(conn, ticket.id) if event.verb == verb]


def results(town: Town, ticket: Ticket) -> list[object]:
    return [json.loads(event.details)["result"] for event in events(town, ticket, "tell")]


def proved(told: Told, ticket: Ticket, kind: str) -> tuple[int, Caller]:
    """The citizen is called, says that it is they, and keys in the code."""
    delivery = told.news(ticket, kind)
    return delivery, told.ring(delivery).press("1").press(ticket.code)


def forbidden(town: Town, ticket: Ticket) -> list[str]:
    """What nobody may learn who merely picks up."""
    plain = ["mương", "lựu", "thôn tây", "thái độ", "phản ánh", "kiến nghị", "khiếu nại", "khẩn", "trả lời"]
    states = [town.texts.sentences[key] for key in town.texts.sentences if key.startswith("state_")]
    numbers = [ticket.code, town.spoken(ticket.code), FARMER[-4:], town.spoken(FARMER[-4:], 4)]
    return [word.casefold() for word in (*plain, *states, *numbers, BODY, ANSWER)]


MOVES: dict[str, tuple[str, dict[str, Any]]] = {
    "accepted": ("note", {"reason": "đã xem"}),
    "transferred": ("transfer", {"to": BODY, "reason": "đúng thẩm quyền"}),
    "answered": ("answer", {"answer": ANSWER}),
    "closed": ("close", {"outcome": "withdrawn", "reason": "gọi lại xin rút"}),
}


@pytest.mark.row("T-11")
@pytest.mark.parametrize("kind", sorted(MOVES))
@pytest.mark.parametrize("keys", [(), ("1",), (None, None), ("8", "8"), ("1", "000000"), ("1", None), ("2",)])
def test_before_the_code_no_document_holds_a_word_of_the_case(
    town: Town, told: Told, kind: str, keys: tuple[str | None, ...]
) -> None:
    ticket = classified(town, MOVES[kind])
    call = told.ring(told.news(ticket, kind))
    for key in keys:
        call.stay_silent() if key is None else call.press(key)
    for exchange in call.sent:
        document = exchange.body.decode().casefold()
        assert [word for word in forbidden(town, ticket) if word in document] == []
    assert len(call.heard) >= 1


@pytest.mark.row("T-11")
def test_the_forbidden_words_are_there_after_the_code(town: Town, told: Told) -> None:
    ticket = answered(town)
    _, call = proved(told, ticket, "answered")
    document = call.sent[-1].body.decode().casefold()
    assert {"mương", "lựu", "trả lời"} <= {word for word in forbidden(town, ticket) if word in document}


def test_that_it_was_accepted_is_told_and_counts_as_the_notice(town: Town, told: Told) -> None:
    ticket = classified(town)
    delivery, call = proved(told, ticket, "accepted")
    assert town.keys(call.just_heard) == ["news_accepted", "news_after"]
    assert town.spoken(ticket.code) in call.just_heard[0]
    assert told.row(delivery).result is None
    call.stay_silent()
    assert told.row(delivery).result == "told"
    assert results(town, ticket) == ["told"]
    assert now_of(town, ticket).noticed_at == town.clock.now()


def test_to_whom_it_was_passed_on_and_until_when_it_was_extended_is_told(town: Town, told: Told) -> None:
    _, call = proved(told, classified(town, MOVES["transferred"]), "transferred")
    assert BODY in call.just_heard[0]
    ticket = classified(town)
    later = ticket.answer_due_at + timedelta(days=5)
    town.settle(ticket, ("extend", {"answer_due_at": later, "reason": "chờ kết quả"}))
    _, call = proved(told, ticket, "extended")
    assert town.keys(call.just_heard)[0] == "news_extended"
    assert town.texts.spell.day(later.date()) in call.just_heard[0]


def test_news_that_was_overtaken_tells_what_is_true_now(town: Town, told: Told) -> None:
    ticket = answered(town)
    delivery, call = proved(told, ticket, "accepted")
    assert town.keys(call.just_heard) == ["status_answered", "status_answer", "verdict_ask"]
    call.hang_up()
    assert told.row(delivery).result == "told"


@pytest.mark.row("T-11")
@pytest.mark.parametrize("keys", [(None, None, None), ("8", "7", "8"), ("1", None, None, None)])
def test_a_machine_or_a_child_learns_nothing_and_the_news_is_not_told(
    town: Town, told: Told, keys: tuple[str | None, ...]
) -> None:
    ticket = answered(town)
    delivery = told.news(ticket, "answered")
    call = told.ring(delivery)
    for key in keys:
        call.stay_silent() if key is None else call.press(key)
    assert town.keys(call.just_heard) == ["news_later"]
    assert call.ended
    assert told.row(delivery).result == "answered"
    assert results(town, ticket) == ["answered"]
    assert now_of(town, ticket).noticed_at is None


@pytest.mark.parametrize(("first", "result"), [(ClerkBusy(), "busy"), (ClerkSilent(), "no_answer")])
def test_a_call_nobody_picks_up_says_so(town: Town, told: Told, first: Action, result: str) -> None:
    ticket = answered(town)
    delivery = told.news(ticket, "answered")
    assert told.ring(delivery, first=first).heard == []
    assert told.row(delivery).result == result


def test_somebody_else_is_let_go_and_it_is_written_down(town: Town, told: Told) -> None:
    ticket = answered(town)
    delivery = told.news(ticket, "answered")
    call = told.ring(delivery).press("2")
    assert town.keys(call.just_heard) == ["news_not_them"]
    assert told.row(delivery).result == "not_them"
    assert results(town, ticket) == ["not_them"]


@pytest.mark.row("T-12")
def test_three_wrong_codes_end_the_guessing_and_cost_the_same_budgets(town: Town, told: Told) -> None:
    ticket = answered(town)
    delivery = told.news(ticket, "answered")
    call = told.ring(delivery).press("1")
    wrong = f"{(int(ticket.code) + 1) % 1_000_000:06d}"
    for _ in range(2):
        assert town.keys(call.press(wrong).just_heard) == ["status_not_found", "status_ask"]
    assert town.keys(call.press(wrong).just_heard) == ["status_refused"]
    call.hang_up()
    assert told.row(delivery).result == "answered"
    town.with_rate_limits(status_failures_per_number_per_day=3, status_failures_total_per_hour=3)
    told.try_number(delivery, 2)
    assert town.keys(told.ring(delivery, attempt=2).press("1").press(wrong).just_heard) == ["status_refused"]


@pytest.mark.row("T-12")
def test_the_code_of_another_ticket_opens_nothing(town: Town, told: Told) -> None:
    caller = complain(town.ring(NEIGHBOUR))
    caller.hang_up()
    call = told.ring(told.news(answered(town), "answered")).press("1").press(town.ticket(caller).code)
    assert town.keys(call.just_heard) == ["status_not_found", "status_ask"]


def test_zero_rings_the_clerk_in_hours_and_owes_a_call_otherwise(town: Town, told: Told) -> None:
    town.with_duty("an")
    call = told.ring(told.news(answered(town), "answered")).press("0")
    assert call.waiting_for == "clerk"
    call.clerk_does_not_answer().hang_up()
    (owed,) = town.rows(callbacks, call)
    assert (owed.reason, owed.number) == ("missed", FARMER)


# --- the verdict ------------------------------------------------------------------------------------------


def test_satisfied_is_kept_with_the_answer(town: Town, told: Told) -> None:
    ticket = answered(town)
    delivery, call = proved(told, ticket, "answered")
    assert town.keys(call.press("1").just_heard) == ["verdict_thanks", "anything_else"]
    after = now_of(town, ticket)
    assert (after.verdict, after.state) == ("satisfied", "answered")
    assert told.row(delivery).result == "told"
    verbs = [event.verb for event in events_of(town, ticket)][-2:]
    assert verbs == ["tell", "accept_answer"]


def events_of(town: Town, ticket: Ticket) -> list[history.Event]:
    with town.database.reading() as conn:
        return history.of(conn, ticket.id)


def test_not_satisfied_opens_the_ticket_again_and_reaches_the_leaders(town: Town, told: Told) -> None:
    ticket = answered(town)
    _, call = proved(told, ticket, "answered")
    assert town.keys(call.press("2").just_heard) == ["verdict_sorry", "anything_else"]
    after = now_of(town, ticket)
    assert (after.verdict, after.state) == ("dissatisfied", "classified")
    (event,) = events(town, ticket, "reject_answer")
    assert event.actor == "citizen"
    with town.database.reading() as conn:
        assert "dissatisfied" in {row.kind for row in escalations.unsettled(conn, ticket.id)}


def test_call_me_is_a_promise_to_call_back(town: Town, told: Told) -> None:
    ticket = answered(town)
    _, call = proved(told, ticket, "answered")
    call.press("3")
    (owed,) = town.rows(callbacks, call)
    assert (owed.reason, owed.number, owed.state) == ("asked", FARMER, "owed")
    with town.database.reading() as conn:
        assert calls.tickets_spoken_of(conn, [owed.call_id]) == {owed.call_id: ticket.code}


def test_whoever_calls_in_is_asked_after_hearing_the_answer(town: Town) -> None:
    ticket = answered(town)
    caller = town.ring().press("3").press(ticket.code).press(FARMER[-4:])
    assert town.keys(caller.just_heard) == ["status_answered", "status_answered_after"]
    assert town.keys(caller.press("1").just_heard) == ["status_answer", "verdict_ask"]
    caller.press("2")
    assert town.keys(caller.just_heard) == ["verdict_sorry", "anything_else"]
    assert now_of(town, ticket).verdict == "dissatisfied"


def test_a_second_verdict_on_the_same_answer_says_thank_you_and_changes_nothing(
    town: Town, told: Told
) -> None:
    ticket = answered(town)
    _, first = proved(told, ticket, "answered")
    second = town.ring().press("3").press(ticket.code).press(FARMER[-4:]).press("1")
    first.press("1")
    before = now_of(town, ticket)
    assert town.keys(second.press("2").just_heard) == ["verdict_before", "anything_else"]
    assert now_of(town, ticket) == before
    third = town.ring().press("3").press(ticket.code).press(FARMER[-4:]).press("1")
    assert town.keys(third.just_heard) == ["status_answer", "status_answered_after"]


def test_an_answer_that_was_rejected_is_none_any_more_to_whoever_asks(town: Town) -> None:
    ticket = answered(town)
    caller = asks(town, ticket).press("1").press("2")
    due = town.texts.spell.day(local(now_of(town, ticket).answer_due_at).date())
    assert due in caller.just_heard[0]
    again = asks(town, ticket)
    assert town.keys(again.just_heard) == ["status_result", "status_after"]
    assert town.texts.sentences["state_in_progress"] in again.just_heard[0]
    assert due in again.just_heard[0]


def test_an_answer_that_was_rejected_is_none_either_once_the_ticket_is_closed(town: Town) -> None:
    ticket = answered(town)
    asks(town, ticket).press("1").press("2")
    close = {"outcome": "unfounded", "cause": "không có thật", "remedy": "đã xem lại"}
    town.settle(now_of(town, ticket), ("write", {"content": "Mương bị tắc."}), ("close", close))
    again = asks(town, ticket)
    assert town.keys(again.just_heard) == ["status_result_no_due", "status_after"]
    assert town.texts.sentences["state_closed_unfounded"] in again.just_heard[0]


def test_a_ticket_passed_on_and_then_closed_is_still_told_to_whom(town: Town, told: Told) -> None:
    close = {"outcome": "not_ours", "cause": "việc của công an", "remedy": "đã chuyển đi"}
    ticket = classified(town, MOVES["transferred"], ("close", close))
    _, call = proved(told, ticket, "transferred")
    assert BODY in call.just_heard[0]
    assert town.texts.sentences["state_transferred"] in asks(town, ticket).just_heard[0]


@pytest.mark.parametrize("outcome", ["unfounded"])
def test_who_was_promised_a_new_date_is_called_when_it_is_closed_without_an_answer(
    town: Town, told: Told, outcome: str
) -> None:
    ticket = answered(town)
    asks(town, ticket).press("1").press("2")
    close = {"outcome": outcome, "cause": "mưa lớn", "remedy": "nạo vét mương"}
    town.settle(now_of(town, ticket), ("write", {"content": "Mương bị tắc."}), ("close", close))
    delivery, call = proved(told, ticket, "closed")
    assert town.keys(call.just_heard) == ["news_closed", "news_after"]
    assert town.texts.sentences[f"state_closed_{outcome}"] in call.just_heard[0]
    call.stay_silent()
    assert told.row(delivery).result == "told"


def test_closed_because_it_is_not_ours_the_caller_hears_to_whom_it_was_passed_on(
    town: Town, told: Told
) -> None:
    close = {"outcome": "not_ours", "cause": "việc của công an", "remedy": "đã chuyển đi"}
    _, call = proved(told, classified(town, MOVES["transferred"], ("close", close)), "closed")
    assert BODY in call.just_heard[0]


@pytest.mark.parametrize("outcome", ["withdrawn"])
def test_a_closed_ticket_is_told_with_its_outcome(town: Town, outcome: str) -> None:
    ticket = classified(town, ("close", {"outcome": outcome, "reason": "gọi lại xin rút"}))
    assert town.texts.sentences[f"state_closed_{outcome}"] in asks(town, ticket).just_heard[0]


# --- whoever calls in before our call comes ---------------------------------------------------------------


def asks(town: Town, ticket: Ticket) -> Caller:
    """The citizen calls in and asks where the ticket stands."""
    return town.ring().press("3").press(ticket.code).press(FARMER[-4:])


def outbox_of(town: Town, ticket: Ticket) -> list[tuple[str, str, str | None]]:
    with town.database.reading() as conn:
        rows = deliveries.of_ticket(conn, ticket.id)
    return [(row.kind, row.state, row.result) for row in rows if row.recipient == deliveries.CITIZEN]


def test_whoever_asked_where_it_stands_is_not_called_about_it_any_more(town: Town) -> None:
    ticket = classified(town)
    assert outbox_of(town, ticket) == [("accepted", "due", None)]
    for _ in range(2):
        asks(town, ticket)
        assert outbox_of(town, ticket) == [("accepted", "cancelled", None), ("accepted", "sent", "told")]
    assert results(town, ticket) == ["told"]
    assert now_of(town, ticket).noticed_at == town.clock.now()


def test_an_answer_is_called_about_until_it_was_read_aloud(town: Town) -> None:
    ticket = answered(town)
    waiting = ("answered", "due", None)
    asks(town, ticket).hang_up()
    assert outbox_of(town, ticket)[-1] == waiting
    asks(town, ticket).press("1").hang_up()
    assert outbox_of(town, ticket)[-2:] == [("answered", "cancelled", None), ("answered", "sent", "told")]
    assert results(town, ticket) == ["told"]


def test_a_verdict_given_while_our_call_rings_is_the_end_of_it(town: Town, told: Told) -> None:
    ticket = answered(town)
    delivery = told.news(ticket, "answered")
    asks(town, ticket).press("1").press("1")
    told.ring(delivery, first=ClerkBusy())
    with town.database.reading() as conn:
        assert ringing.unheard(conn, town.clock.now() - timedelta(days=1), 9) == []
    assert [event.verb for event in events_of(town, ticket)][-3:] == ["tell", "accept_answer", "tell"]


@pytest.mark.parametrize("key", ["1", "2", None])
def test_an_answer_changed_while_the_old_one_is_heard_is_brought_and_judged_anew(
    town: Town, key: str | None
) -> None:
    ticket = answered(town)
    caller = asks(town, ticket).press("1")
    town.settle(now_of(town, ticket), ("answer", {"answer": CORRECTED}))
    if key is None:
        caller.hang_up()
    else:
        assert town.keys(caller.press(key).just_heard) == ["verdict_overtaken", "anything_else"]
    assert (now_of(town, ticket).state, now_of(town, ticket).verdict) == ("answered", None)
    assert outbox_of(town, ticket)[-1] == ("answered", "due", None)
    assert CORRECTED in asks(town, ticket).press("1").just_heard[0]


def test_an_answer_told_by_a_call_placed_for_something_else_is_not_called_about_again(
    town: Town, told: Told
) -> None:
    ticket = classified(town)
    call = told.ring(told.news(ticket, "accepted")).press("1")
    town.settle(now_of(town, ticket), ("answer", {"answer": ANSWER}))
    assert town.keys(call.press(ticket.code).just_heard)[:2] == ["status_answered", "status_answer"]
    call.hang_up()
    assert outbox_of(town, ticket)[-2:] == [("answered", "cancelled", None), ("answered", "sent", "told")]
    assert results(town, ticket) == ["told", "told"]


@pytest.mark.row("T-12")
def test_a_wrong_proof_calls_nothing_off(town: Town) -> None:
    ticket = classified(town)
    town.ring().press("3").press(ticket.code).press("0000")
    assert outbox_of(town, ticket) == [("accepted", "due", None)]


@pytest.mark.row("T-02")
@pytest.mark.parametrize("keys", ["1", "2", "3"])
def test_every_request_of_the_call_repeated_changes_no_row(town: Town, told: Told, keys: str) -> None:
    ticket = answered(town)
    _, call = proved(told, ticket, "answered")
    call.press(keys).hang_up()
    before = everything_in(town.database)
    sent = [exchange for exchange in call.sent if exchange.method == "POST"]
    for number, exchange in enumerate([*sent, *reversed(sent)]):
        answer = call.replay(exchange, token=f"another-{number}")
        assert answer.status == exchange.status
        if "/told/" not in exchange.path:
            assert answer.body == exchange.body
    assert everything_in(town.database) == before
