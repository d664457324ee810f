"""The calls we place to officials, heard to their end (000-13, F-25; rules B10)."""

import json
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher

from ivr.phone.behaviour import Behaviour
from ivr.phone.scripted import Action, ClerkBusy, ClerkSilent
from logbook.accounts import audit_log, phone_pin
from logbook.database.tables import recordings, turns
from logbook.ids import PersonId, TicketId
from logbook.outbox import deliveries, escalations
from logbook.sending import inbox
from logbook.tickets import history, results, tickets
from logbook.tickets import moves as handling
from logbook.tickets.tickets import Ticket
from tests.caller import Caller
from tests.ivr.conftest import Provider, everything_in
from tests.journeys.outgoing_calls import CHAIRMAN, DEPUTY, Told
from tests.journeys.town import Town, complain
from tests.people import FARMER
from tests.town_hall import move

CHAIRMANS_NUMBER = "+842583842100"
PIN = "5927"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_pin, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def told(town: Town) -> Told:
    return Told(town)


def complaint(town: Town) -> Ticket:
    caller = complain(town.ring())
    caller.hang_up()
    town.bring_sound_home(caller)
    return town.ticket(caller)


def placed(told: Told, **more: Any) -> tuple[int, Caller]:
    """A new complaint, and the call to the chairman about it."""
    delivery = told.about(told.matter(complaint(told.town)))
    return delivery, told.ring(delivery, number=CHAIRMANS_NUMBER, **more)


def events(town: Town, ticket: Ticket, verb: str) -> list[history.Event]:
    with town.database.reading() as conn:
        return [event for event in history.of(conn, ticket.id) if event.verb == verb]


def recording_of(event: history.Event) -> object:
    return json.loads(event.details)["recording_id"]


@pytest.mark.row("000-13")
def test_the_chairman_presses_one_and_the_matter_is_settled(town: Town, told: Told) -> None:
    person = told.account()
    escalation = told.matter(complaint(town))
    delivery = told.about(escalation)
    call = told.ring(delivery, number=CHAIRMANS_NUMBER)
    assert town.keys(call.heard)[:3] == ["chair_greeting", "chair_count", "chair_escalation"]
    assert "Chủ tịch Ủy ban nhân dân xã" in call.heard[0]
    call.press("1")
    assert town.keys(call.just_heard) == ["chair_confirmed", "chair_done"]
    assert "chín giờ mười phút hôm nay" in call.just_heard[0]
    settled = told.again(escalation)
    assert (settled.settled_how, settled.settled_who, settled.settled_by) == ("key", CHAIRMAN, person)
    row = told.row(delivery)
    assert (row.result, row.state, row.provider_sid) == ("acknowledged", "sent", call.call_sid)
    kept = town.call(call)
    assert (kept.direction, kept.caller_number) == ("outbound-api", CHAIRMANS_NUMBER)
    assert kept.called == town.settings.line.number


@pytest.mark.row("000-13")
def test_category_and_urgency_are_told_but_nothing_of_the_citizen_or_the_content(
    town: Town, told: Told
) -> None:
    ticket = town.settle(
        complaint(town),
        ("classify", {"kind": "feedback", "topic": "attitude", "urgent": True}),
        ("write", {"content": "Mương thối", "caller_name": "Trần Văn Lựu", "caller_address": "thôn Tây"}),
    )
    call = told.ring(told.about(told.matter(ticket)), number=CHAIRMANS_NUMBER)
    heard = " ".join(call.press("2").heard).casefold()
    assert "thái độ phục vụ" in heard
    assert "mức độ: khẩn" in heard
    assert town.spoken(ticket.code) in heard
    for secret in ("mương", "lựu", "thôn tây", FARMER, town.spoken(FARMER[-4:], 4)):
        assert secret.casefold() not in heard.replace(town.spoken(ticket.code), "")


@pytest.mark.row("F-25")
@pytest.mark.parametrize(
    "keys",
    [
        (None, None, None),
        ("7", "*", "8", "6"),
        ("0", "0", "0"),
        ("#", "6", None, None),
        ("2", None, "8", None),
    ],
)
def test_voicemail_silence_and_a_childs_keys_acknowledge_nothing(
    told: Told, keys: tuple[str | None, ...]
) -> None:
    told.account()
    delivery, call = placed(told)
    for key in keys:
        call.stay_silent() if key is None else call.press(key)
    assert call.ended
    assert told.town.keys(call.just_heard) == ["chair_no_key"]
    row = told.row(delivery)
    assert row.result == "answered"
    assert row.escalation_id is not None
    with told.town.database.reading() as conn:
        assert [each.id for each in outgoing_waiting(told, conn)] == [row.escalation_id]


def outgoing_waiting(told: Told, conn: Any) -> list[Any]:
    return inbox.waiting_for(conn, CHAIRMAN, told.town.settings, told.town.clock.now())


@pytest.mark.row("F-25")
@pytest.mark.parametrize("keys", [(), ("2",), ("3",)])
def test_hanging_up_early_acknowledges_nothing(told: Told, keys: tuple[str, ...]) -> None:
    delivery, call = placed(told)
    for key in keys:
        call.press(key)
    call.hang_up()
    assert told.row(delivery).result == "answered"
    with told.town.database.reading() as conn:
        assert len(outgoing_waiting(told, conn)) == 1


@pytest.mark.row("F-25")
@pytest.mark.parametrize(("first", "result"), [(ClerkBusy(), "busy"), (ClerkSilent(), "no_answer")])
def test_a_call_nobody_picks_up_says_so_and_leaves_the_matter(told: Told, first: Action, result: str) -> None:
    delivery, call = placed(told, first=first)
    assert call.heard == []
    assert told.row(delivery).result == result
    with told.town.database.reading() as conn:
        assert len(outgoing_waiting(told, conn)) == 1


def test_one_call_brings_everything_that_waits_its_own_matter_first(town: Town, told: Told) -> None:
    older, newer = complaint(town), complaint(town)
    told.about(told.matter(older))
    call = told.ring(told.about(told.matter(newer)), number=CHAIRMANS_NUMBER)
    assert town.spoken(newer.code) in call.heard[2]
    assert "hai việc" in call.heard[1]
    assert town.spoken(older.code) in " ".join(call.press("1").just_heard)
    call.press("1")
    assert town.keys(call.just_heard) == ["chair_confirmed", "chair_done"]


@pytest.mark.row("000-13")
def test_a_calls_own_matter_is_told_and_settled_however_much_else_waits(town: Town, told: Told) -> None:
    escalation = told.matter(complaint(town))
    delivery = told.about(escalation)
    with town.database.writing() as conn:
        for number in range(inbox.AT_MOST):
            escalations.open_once(
                conn, key=f"m{number}", kind="alarm", ladder="complaint", urgent=True, now=town.clock.now()
            )
    call = told.ring(delivery, number=CHAIRMANS_NUMBER)
    assert town.keys(call.heard)[2] == "chair_escalation"
    assert town.keys(call.press("1").just_heard)[0] == "chair_confirmed"
    assert told.again(escalation).settled_how == "key"
    assert told.row(delivery).result is None
    call.hang_up()
    assert told.row(delivery).result == "acknowledged"


def test_what_was_settled_is_acknowledged_by_this_call_although_the_next_matter_was_not(
    town: Town, told: Told
) -> None:
    other = told.matter(complaint(town))
    told.about(other)
    delivery, call = placed(told)
    call.press("1").stay_silent().hang_up()
    assert told.row(delivery).result == "acknowledged"
    assert told.again(other).settled_at is None


@pytest.mark.row("T-10")
def test_a_matter_that_turns_out_to_concern_the_chairman_is_not_told_any_more(town: Town, told: Told) -> None:
    person = told.account()
    ticket = complaint(town)
    escalation = told.matter(ticket)
    delivery = told.about(escalation)
    call = told.ring(delivery, number=CHAIRMANS_NUMBER)
    town.settle(ticket, ("concern", {"subject_ids": [person], "reason": "nêu đích danh"}))
    call.press("1")
    assert town.keys(call.just_heard) == ["chair_gone", "chair_done"]
    assert told.again(escalation).settled_at is None
    assert told.row(delivery).result == "answered"


@pytest.mark.row("T-10")
@pytest.mark.parametrize("key", ["2", "3", "4", "5"])
def test_no_other_key_opens_it_either(town: Town, told: Told, key: str) -> None:
    person = told.account()
    ticket = complaint(town)
    with town.database.writing() as conn:
        phone_pin.set_pin(conn, PersonId(person), PIN)
    escalation = told.matter(ticket)
    call = told.ring(told.about(escalation), number=CHAIRMANS_NUMBER)
    town.settle(ticket, ("concern", {"subject_ids": [person], "reason": "nêu đích danh"}))
    call.press(key)
    for _ in range(6):
        if call.waiting_for == "speech":
            call.speak(5)
        elif call.waiting_for == "key":
            call.press(PIN if key == "3" else "1")
    assert call.ended
    assert call.played == []
    assert told.again(escalation).settled_at is None
    assert events(town, ticket, "instruct") == []
    assert town.spoken(ticket.code) not in " ".join(call.heard[10:])


def test_four_hands_it_to_the_deputy(town: Town, told: Told) -> None:
    escalation = told.matter(complaint(town))
    delivery = told.about(escalation)
    call = told.ring(delivery, number=CHAIRMANS_NUMBER).press("4")
    assert town.keys(call.just_heard) == ["chair_handed_on", "chair_done"]
    assert "Phó Chủ tịch" in call.just_heard[0]
    assert told.again(escalation).settled_how == "handed_on"
    assert told.row(delivery).result == "acknowledged"
    with town.database.reading() as conn:
        assert outgoing_waiting(told, conn) == []


@pytest.mark.row("F-09")
@pytest.mark.row("F-25")
def test_when_everything_fails_the_call_ends_rings_nobody_and_acknowledges_nothing(
    town: Town, told: Told
) -> None:
    delivery, call = placed(told)
    with town.failing(3):
        call.press("1")
    assert town.keys(call.just_heard) == ["system_error", "system_error", "outgoing_error"]
    assert call.ended
    assert call.line.rung == [CHAIRMANS_NUMBER]
    assert told.row(delivery).result == "answered"
    with town.database.reading() as conn:
        assert len(outgoing_waiting(told, conn)) == 1


@pytest.mark.row("F-08")
def test_a_key_pressed_while_the_book_is_busy_still_acknowledges(town: Town, told: Told) -> None:
    delivery, call = placed(told)
    with town.failing(2):
        call.press("1")
    assert town.keys(call.just_heard)[2:] == ["chair_confirmed", "chair_done"]
    assert told.row(delivery).result == "acknowledged"


@pytest.mark.row("T-10")
@pytest.mark.parametrize("key", ["1", "4"])
def test_what_turns_out_to_concern_the_chairman_while_the_key_waits_is_not_settled_by_it(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    ticket = complaint(town)
    escalation = told.matter(ticket)
    call = told.ring(told.about(escalation), number=CHAIRMANS_NUMBER)
    wait = escalations.lock_ticket

    def waited(conn: Any, ticket_id: TicketId | None) -> None:
        monkeypatch.setattr(escalations, "lock_ticket", wait)
        move(conn, ticket.id, "concern", actor="x", now=town.clock.now(), reason="nêu tên", conflict=True)

    monkeypatch.setattr(escalations, "lock_ticket", waited)
    call.press(key)
    assert town.keys(call.just_heard) == ["chair_gone", "chair_done"]
    assert (told.again(escalation).settled_at, told.again(escalation).ladder) == (None, "conflict")


@pytest.mark.row("T-10")
@pytest.mark.parametrize("verb", ["concern", "guide"])
def test_an_instruction_whose_ticket_is_moved_while_it_waits_is_not_written_into_it(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    told.account()
    ticket = complaint(town)
    call = told.ring(told.about(told.matter(ticket)), number=CHAIRMANS_NUMBER).press("5").speak(6)
    moves: dict[str, dict[str, Any]] = {"concern": {"conflict": True}, "guide": {"kind": "denunciation"}}
    wait = tickets.locked

    def waited(conn: Any, ticket_id: TicketId) -> Ticket:
        for module in (tickets, handling):
            monkeypatch.setattr(module, "locked", wait)
        move(conn, ticket_id, verb, actor="x", now=town.clock.now(), reason="nêu tên", **moves[verb])
        return wait(conn, ticket_id)

    for module in (tickets, handling):
        monkeypatch.setattr(module, "locked", waited)
    call.press("1")
    assert town.keys(call.just_heard)[0] == "chair_gone"
    assert events(town, ticket, "instruct") == []


@pytest.mark.parametrize(("kind", "name"), [("weekly", "báo cáo tuần"), ("monthly", "báo cáo tháng")])
def test_a_report_is_named_and_nobody_else_can_be_given_it(
    town: Town, told: Told, kind: str, name: str
) -> None:
    words = {"kind": kind, "period": "2026-W48"}
    with town.database.writing() as conn:
        opened = escalations.open_once(
            conn, key="report", kind="report", ladder="report", now=town.clock.now(), params=words
        )
        (escalation,) = escalations.unsettled(conn)
    assert escalation.id == opened
    call = told.ring(told.about(escalation), number=CHAIRMANS_NUMBER)
    assert name in " ".join(call.heard)
    assert "chair_key_hand_on" not in town.keys(call.heard)
    assert town.keys(call.press("4").just_heard)[0] == "chair_invalid_key"
    assert town.keys(call.press("1").just_heard) == ["chair_confirmed", "chair_done"]
    assert told.again(escalation).settled_how == "key"


# --- the recording ----------------------------------------------------------------------------------------


def listening(town: Town, told: Told) -> tuple[Ticket, Caller]:
    person = told.account()
    with town.database.writing() as conn:
        phone_pin.set_pin(conn, PersonId(person), PIN)
    ticket = complaint(town)
    return ticket, told.ring(told.about(told.matter(ticket)), number=CHAIRMANS_NUMBER).press("3")


@pytest.mark.row("000-13")
def test_the_recording_plays_after_the_pin_and_the_journal_says_who_heard_it(town: Town, told: Told) -> None:
    ticket, call = listening(town, told)
    call.press(PIN)
    assert len(call.played) == 1
    assert f"/{ticket.recording_id}" in call.played[0]
    with town.database.reading() as conn:
        (entry,) = audit_log.recent(conn, 10, act="listen_by_phone")
    assert (entry.who, entry.subject) == ("chutich", f"ticket:{ticket.id}")
    heard = [turn.heard for turn in town.rows(turns, call)]
    assert "••••" in " ".join(heard)
    assert all(PIN not in text for text in heard)


def test_three_wrong_pins_play_nothing_and_the_budget_lasts_over_calls(town: Town, told: Told) -> None:
    _, call = listening(town, told)
    for _ in range(3):
        call.press("8046")
    assert town.keys(call.just_heard)[0] == "chair_pin_refused"
    assert town.keys(call.press("3").just_heard)[0] == "chair_pin_refused"
    assert call.played == []
    tries = town.settings.notifications.pin_tries_per_day
    with town.database.writing() as conn:
        spent = [
            phone_pin.check(conn, PersonId(1), "8046", tries_per_day=tries, now=town.clock.now())
            for _ in range(tries)
        ]
    assert spent.count("wrong") == tries - 3
    with town.database.reading() as conn:
        assert audit_log.recent(conn, 10, act="listen_by_phone") == []


def test_without_an_account_or_a_pin_nothing_is_played(town: Town, told: Told) -> None:
    _, call = placed(told)
    assert "chair_key_listen" not in town.keys(call.heard)
    assert town.keys(call.press("3").just_heard)[0] == "chair_invalid_key"
    told.account()
    assert "chair_key_listen" in town.keys(call.press("2").just_heard)
    assert town.keys(call.press("3").just_heard)[0] == "chair_pin_missing"


# --- an instruction ---------------------------------------------------------------------------------------


@pytest.mark.row("000-13")
def test_an_instruction_by_voice_goes_into_the_history_and_acknowledges(town: Town, told: Told) -> None:
    told.account()
    ticket = complaint(town)
    escalation = told.matter(ticket)
    delivery = told.about(escalation)
    call = told.ring(delivery, number=CHAIRMANS_NUMBER).press("5")
    assert town.keys(call.just_heard) == ["chair_instruct"]
    call.speak(6).press("1")
    assert town.keys(call.just_heard) == ["chair_instructed", "chair_done"]
    (spoken,) = town.rows(recordings, call)
    assert spoken.purpose == "instruction"
    (event,) = events(town, ticket, "instruct")
    assert event.actor == "chutich"
    assert recording_of(event) == spoken.id
    assert told.again(escalation).settled_how == "key"
    assert told.row(delivery).result == "acknowledged"


@pytest.mark.row("F-25")
@pytest.mark.row("F-04")
@pytest.mark.parametrize("recording", ["before", "after", "late"])
@pytest.mark.parametrize("status_first", [False, True])
def test_hanging_up_while_speaking_keeps_the_words_in_every_order_and_acknowledges_nothing(
    town: Town, told: Told, recording: Any, *, status_first: bool
) -> None:
    told.account()
    ticket = complaint(town)
    escalation = told.matter(ticket)
    behaviour = Behaviour(recording_callback=recording, status_before_last_action=status_first)
    delivery = told.about(escalation)
    call = told.ring(delivery, number=CHAIRMANS_NUMBER, behaviour=behaviour).press("5")
    call.speak(6, "hang-up")
    call.deliver_held()
    (event,) = events(town, ticket, "instruct")
    (spoken,) = town.rows(recordings, call)
    assert (spoken.purpose, recording_of(event)) == ("instruction", spoken.id)
    assert told.again(escalation).settled_at is None
    assert told.row(delivery).result == "answered"


def test_hanging_up_before_a_word_was_said_keeps_nothing(town: Town, told: Told) -> None:
    told.account()
    ticket = complaint(town)
    call = told.ring(told.about(told.matter(ticket)), number=CHAIRMANS_NUMBER).press("5")
    assert call.waiting_for == "speech"
    call.hang_up()
    assert events(town, ticket, "instruct") == []


# --- repeated and late requests ---------------------------------------------------------------------------


@pytest.mark.row("T-02")
def test_every_request_of_the_call_repeated_changes_no_row(town: Town, told: Told) -> None:
    person = told.account()
    with town.database.writing() as conn:
        phone_pin.set_pin(conn, PersonId(person), PIN)
    _, call = placed(told)
    call.press("3").press("8046").press(PIN).press("5").speak(6).press("1")
    assert call.ended
    before = everything_in(town.database)
    sent = [exchange for exchange in call.sent if exchange.method == "POST"]
    assert len(sent) > 8
    for number, exchange in enumerate([*sent, *reversed(sent)]):
        answer = call.replay(exchange, token=f"another-{number}")
        assert answer.status == exchange.status
        if "/told/" not in exchange.path:
            assert answer.body == exchange.body
    assert everything_in(town.database) == before


@pytest.mark.row("T-02")
def test_a_repeated_first_request_of_the_call_under_way_is_answered_alike(told: Told) -> None:
    _, call = placed(told)
    (first,) = [exchange for exchange in call.sent if "/told/" in exchange.path]
    before = everything_in(told.town.database)
    assert call.replay(first, token="again").body == first.body
    assert everything_in(told.town.database) == before


@pytest.mark.row("T-02")
def test_a_call_of_an_earlier_attempt_hears_a_last_word_and_changes_nothing(town: Town, told: Told) -> None:
    delivery = told.about(told.matter(complaint(town)))
    told.try_number(delivery, 2)
    before = everything_in(town.database)
    for attempt in (0, 1, 3):
        call = told.ring(delivery, attempt=attempt)
        assert town.keys(call.heard) == ["outgoing_over"]
        assert call.ended
    assert everything_in(town.database) == before
    assert told.row(delivery).state in deliveries.OPEN
    told.ring(delivery, number=CHAIRMANS_NUMBER, attempt=2).press("1")
    assert told.row(delivery).result == "acknowledged"


@pytest.mark.row("T-02")
def test_a_second_call_of_the_same_attempt_does_not_disturb_the_first(town: Town, told: Told) -> None:
    delivery, call = placed(told)
    assert town.keys(told.ring(delivery, number=CHAIRMANS_NUMBER).heard) == ["outgoing_over"]
    call.press("1")
    assert told.row(delivery).result == "acknowledged"


def test_the_deputys_call_brings_what_was_handed_on(town: Town, told: Told) -> None:
    ticket = complaint(town)
    told.ring(told.about(told.matter(ticket)), number=CHAIRMANS_NUMBER).press("4")
    call = told.ring(told.about(told.matter(ticket), DEPUTY), number="+842583842101")
    assert "Phó Chủ tịch" in call.heard[0]
    assert town.spoken(ticket.code) in call.heard[2]
    assert town.keys(call.press("1").just_heard) == ["chair_confirmed", "chair_done"]


@pytest.mark.row("F-04")
def test_the_words_are_kept_although_only_the_news_of_the_recording_arrives(town: Town, told: Told) -> None:
    told.account()
    ticket = complaint(town)
    delivery = told.about(told.matter(ticket))
    call = told.ring(delivery, number=CHAIRMANS_NUMBER).press("5")
    provider = Provider(town.app, town.settings.auth_token.get_secret_value())
    words = {"CallSid": call.call_sid, "CallStatus": "completed", "Direction": "outbound-api"}
    assert provider.post(f"/ivr/told/{delivery}/status", words, query="call=1").status_code == 204
    spoken = {"RecordingSid": "RE" + "5" * 32, "RecordingStatus": "completed", "RecordingDuration": "6"}
    assert provider.post("/ivr/recording/2", {**words, **spoken}).status_code == 204
    (row,) = town.rows(recordings, call)
    (event,) = events(town, ticket, "instruct")
    assert (row.purpose, recording_of(event)) == ("instruction", row.id)
    assert told.row(delivery).result == "answered"


@pytest.mark.row("T-10")
def test_an_official_without_an_account_leaves_no_words_on_what_concerns_their_role(
    town: Town, told: Told
) -> None:
    notifications = town.settings.notifications
    officials = tuple(each.model_copy(update={"login": None}) for each in notifications.officials)
    town.settings = replace(
        town.settings, notifications=notifications.model_copy(update={"officials": officials})
    )
    town.open()
    person = told.account()
    ticket, other = complaint(town), complaint(town)
    call = told.ring(told.about(told.matter(other)), number=CHAIRMANS_NUMBER).press("5").speak(5).press("1")
    assert len(events(town, other, "instruct")) == 1
    call = told.ring(told.about(told.matter(ticket)), number=CHAIRMANS_NUMBER).press("5")
    town.settle(ticket, ("concern", {"subject_ids": [person], "reason": "nêu đích danh"}))
    call.speak(5).press("1")
    assert town.keys(call.just_heard)[0] == "chair_gone"
    assert events(town, ticket, "instruct") == []


@pytest.mark.row("R9")
def test_a_call_about_results_says_code_and_outcome_and_ends_without_a_key(town: Town, told: Told) -> None:
    first, second = (
        town.settle(
            complaint(town),
            ("classify", {"kind": "feedback"}),
            ("write", {"content": "Mương thối"}),
            ("answer", {"answer": "Đã nạo vét."}),
        )
        for _ in range(2)
    )
    town.settle(
        second, ("close", {"outcome": "partly", "cause": "Thiếu xe", "remedy": "Đã thuê xe của hợp tác xã"})
    )
    with town.database.writing() as conn:
        chairman = results.chairman(town.settings)
        assert chairman is not None
        delivery = results.put(conn, "results:1", chairman, "call", town.clock.now())
        assert delivery is not None
        found = results.waiting(conn, town.clock.now(), 10)
        results.bind(conn, [one.row.id for one in found], delivery)
    told.try_number(delivery, 1)
    call = told.ring(delivery, number=CHAIRMANS_NUMBER)
    assert call.ended
    assert town.keys(call.heard) == [
        *("chair_greeting", "chair_results", "chair_result", "chair_result"),
        "chair_results_end",
    ]
    heard = " ".join(call.heard)
    assert f"Phiếu mã {town.spoken(first.code)}: đã trả lời." in heard
    assert f"Phiếu mã {town.spoken(second.code)}: đã đóng, giải quyết một phần." in heard
    assert "mương" not in heard.casefold()
    assert told.row(delivery).result == "told"
