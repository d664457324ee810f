"""Each verb rule of the voice contract (TEL-4) and each callback (TEL-5), with a hotline of a few lines."""

import re

import pytest
from werkzeug.wrappers import Response

from ivr.phone import sound
from ivr.phone.behaviour import Behaviour
from ivr.phone.executor import MOST_DOCUMENTS
from ivr.phone.last_words import last_words
from ivr.phone.scripted import ClerkAnswers, GoAway, PressAt
from tests.ivr.phone.toy_hotline import call

MENU = '<Gather numDigits="1" action="/next"><Say>Một</Say><Say>Hai</Say></Gather><Say>Không bấm</Say>'
RECORD = (
    '<Record action="/next" timeout="4" maxLength="60" finishOnKey="#" recordingStatusCallback="/ivr/rec"/>'
    "<Say>Chưa nghe được</Say>"
)
DIAL = '<Dial action="/next" timeout="20"><Number>+84258384211</Number></Dial><Say>Sau</Say>'


# -- TEL-1 the first request -----------------------------------------------------------------------


def test_the_first_request_carries_every_parameter_even_the_empty_places() -> None:
    caller, toy = call({"/ivr/voice": "<Say>Chào</Say>"})
    caller.dial()
    form = toy.forms("/ivr/voice")[0]
    assert re.fullmatch(r"CA[0-9a-f]{32}", form["CallSid"])
    assert form["From"] == form["Caller"] == "+84912345678"
    assert form["To"] == form["Called"] == "+842583842102"
    assert (form["CallStatus"], form["Direction"], form["ApiVersion"]) == ("ringing", "inbound", "2010-04-01")
    assert form["CallToken"]
    places = [name for name in form if re.fullmatch(r"(From|To|Caller|Called)(City|State|Zip|Country)", name)]
    assert len(places) == 16
    assert {form[name] for name in places} == {""}


def test_later_requests_are_in_progress_with_the_same_call_sid() -> None:
    caller, toy = call({"/ivr/voice": MENU, "/next": "<Hangup/>"})
    caller.press("1")
    first, second = toy.forms("/ivr/voice")[0], toy.forms("/next")[0]
    assert second["CallStatus"] == "in-progress"
    assert first["CallSid"] == second["CallSid"]


def test_a_call_that_brings_its_own_time_sends_it_on_every_request_and_it_moves_on() -> None:
    pages = {"/ivr/voice": MENU.replace("Một", "Một " * 20), "/next": "<Hangup/>", "/ivr/status": ""}
    caller, toy = call(pages, brings_time=True)
    caller.press("1")
    times = [form["TongdaiAt"] for _, form, _ in toy.requests]
    assert times[0] == "2026-11-25T09:10:00+07:00"
    assert len(times) == 3
    assert times == sorted(times)
    assert times[-1] > times[0]


# -- TEL-2 and TEL-4 ends, says and plays ----------------------------------------------------------


def test_the_end_of_the_document_ends_the_call_as_completed() -> None:
    caller, _ = call({"/ivr/voice": "<Say>Chào</Say>"})
    assert (caller.end.status, caller.end.ended_by) == ("completed", "hotline")
    assert caller.line.state == "ended"


def test_an_empty_response_answers_and_hangs_up() -> None:
    caller, _ = call({"/ivr/voice": ""})
    assert caller.end.status == "completed"
    assert caller.line.state == "ended"


def test_nothing_after_hangup_is_heard() -> None:
    caller, _ = call({"/ivr/voice": "<Say>Chào</Say><Hangup/><Say>Không tới</Say>"})
    assert caller.heard == ["Chào"]


def test_say_is_repeated_as_often_as_its_loop_and_takes_time_by_its_length() -> None:
    caller, _ = call({"/ivr/voice": f'<Say loop="3">{"a" * 15}</Say>'})
    assert caller.heard == ["a" * 15] * 3
    assert caller.end.seconds == pytest.approx(3.0)


def test_an_endless_say_ends_when_the_caller_hangs_up() -> None:
    caller, _ = call({"/ivr/voice": '<Say loop="0">Chờ</Say>'}, GoAway(at_once=True))
    assert caller.end.ended_by == "caller"


def test_play_fetches_the_sound_relative_to_the_document_and_lasts_as_long_as_it() -> None:
    wave = Response(sound.tone(2.5), content_type="audio/x-wav")
    caller, toy = call({"/ivr/voice": "<Play>sounds/a.wav</Play>", "/ivr/sounds/a.wav": wave})
    assert caller.played == ["https://tongdai.example/ivr/sounds/a.wav"]
    assert caller.end.seconds == pytest.approx(2.5)
    assert toy.paths() == ["/ivr/voice", "/ivr/sounds/a.wav"]


def test_a_sound_that_is_not_there_is_an_application_error() -> None:
    caller, _ = call({"/ivr/voice": "<Play>/a.wav</Play>"})
    assert caller.heard == [last_words().text]
    assert caller.end.failure is not None
    assert caller.end.failure.code == 11200


def test_reject_ends_the_call_without_an_answer_as_no_answer() -> None:
    caller, _ = call({"/ivr/voice": "<Reject/><Say>Không tới</Say>"})
    assert (caller.end.status, caller.heard, caller.line.state) == ("no-answer", [], "rejected")


def test_reject_for_being_busy_is_busy() -> None:
    caller, toy = call({"/ivr/voice": '<Reject reason="busy"/>', "/ivr/status": ""})
    assert (caller.end.status, caller.line.state) == ("busy", "busy")
    status = toy.forms("/ivr/status")[0]
    assert (status["CallStatus"], status["SipResponseCode"], status["CallDuration"]) == ("busy", "486", "0")


def test_redirect_goes_to_a_relative_url_and_leaves_the_rest_unsaid() -> None:
    pages = {"/ivr/voice": "<Redirect>turn/1</Redirect><Say>Không tới</Say>", "/ivr/turn/1": "<Say>Tới</Say>"}
    caller, _ = call(pages)
    assert caller.heard == ["Tới"]


def test_redirect_by_get_puts_the_parameters_into_the_signed_query() -> None:
    pages = {"/ivr/voice": '<Redirect method="GET">/b?x=1</Redirect>', "/b": "<Say>Tới</Say>"}
    caller, toy = call(pages)
    assert caller.heard == ["Tới"]
    assert toy.forms("/b")[0]["x"] == "1"
    assert toy.forms("/b")[0]["CallSid"] == caller.call_sid


def test_documents_that_lead_in_a_circle_are_stopped() -> None:
    caller, toy = call({"/ivr/voice": "<Redirect>/ivr/voice</Redirect>"})
    assert caller.end.ended_by == "guard"
    assert len(toy.requests) == MOST_DOCUMENTS


# -- TEL-4 Gather ----------------------------------------------------------------------------------


def test_gather_sends_the_digits_without_the_finish_key() -> None:
    pages = {"/ivr/voice": '<Gather action="/next"><Say>Mã</Say></Gather>', "/next": ""}
    caller, toy = call(pages)
    caller.press("123456#")
    form = toy.forms("/next")[0]
    assert (form["Digits"], form["FinishedOnKey"], form["msg"]) == ("123456", "#", "Gather End")


def test_gather_ends_by_itself_after_num_digits_and_later_keys_are_lost() -> None:
    caller, toy = call({"/ivr/voice": MENU, "/next": '<Gather action="/after"/>', "/after": ""})
    caller.press("47")
    form = toy.forms("/next")[0]
    assert (form["Digits"], form["FinishedOnKey"]) == ("4", "")
    assert caller.waiting_for == "key"
    assert toy.forms("/after") == []


def test_gather_sends_what_was_pressed_when_the_time_between_digits_is_over() -> None:
    pages = {"/ivr/voice": '<Gather action="/next" timeout="7"/>', "/next": ""}
    caller, toy = call(pages)
    caller.press("12")
    assert toy.forms("/next")[0]["Digits"] == "12"
    assert caller.end.seconds == pytest.approx(0.5 + 0.5 + 7)


def test_gather_without_digits_makes_no_request_and_goes_on_with_the_next_verb() -> None:
    caller, toy = call({"/ivr/voice": MENU, "/next": ""})
    caller.stay_silent()
    assert caller.just_heard == ["Không bấm"]
    assert toy.forms("/next") == []


def test_gather_time_begins_after_the_prompts_are_over() -> None:
    pages = {"/ivr/voice": f'<Gather timeout="6"><Say>{"a" * 30}</Say></Gather>'}
    caller, _ = call(pages)
    caller.stay_silent()
    assert caller.end.seconds == pytest.approx(2 + 6)


def test_the_finish_key_before_any_digit_makes_no_request() -> None:
    caller, toy = call({"/ivr/voice": MENU, "/next": ""})
    caller.press("#")
    assert caller.just_heard == ["Không bấm"]
    assert toy.forms("/next") == []


def test_action_on_empty_result_requests_without_digits() -> None:
    pages = {"/ivr/voice": '<Gather action="/next" actionOnEmptyResult="true"/>', "/next": ""}
    caller, toy = call(pages)
    caller.stay_silent()
    assert toy.forms("/next")[0]["Digits"] == ""


def test_an_empty_finish_on_key_makes_the_hash_key_a_digit() -> None:
    pages = {"/ivr/voice": '<Gather action="/next" finishOnKey="" numDigits="2"/>', "/next": ""}
    caller, toy = call(pages)
    caller.press("#1")
    assert toy.forms("/next")[0]["Digits"] == "#1"


def test_the_star_key_can_finish_a_gather() -> None:
    caller, toy = call({"/ivr/voice": '<Gather action="/next" finishOnKey="*"/>', "/next": ""})
    caller.press("1#*9")
    assert (toy.forms("/next")[0]["Digits"], toy.forms("/next")[0]["FinishedOnKey"]) == ("1#", "*")


def test_the_first_digit_stops_the_prompts() -> None:
    caller, toy = call({"/ivr/voice": MENU, "/next": ""}, PressAt("4", at_once=True))
    assert caller.heard == ["Một"]
    assert toy.forms("/next")[0]["Digits"] == "4"


def test_a_key_during_a_sentence_outside_gather_changes_nothing() -> None:
    pages = {"/ivr/voice": "<Say>Thông báo</Say>" + MENU, "/next": ""}
    caller, _ = call(pages, PressAt("4", at_once=True))
    assert caller.heard == ["Thông báo", "Một"]


def test_gather_without_action_asks_the_same_document_again() -> None:
    caller, toy = call({"/ivr/voice": '<Gather numDigits="1"/>'})
    caller.press("1").press("2")
    assert [form.get("Digits") for form in toy.forms("/ivr/voice")] == [None, "1", "2"]


# -- TEL-4 and TEL-5 Record ------------------------------------------------------------------------


def test_record_sends_url_length_and_key_and_skips_what_follows() -> None:
    caller, toy = call({"/ivr/voice": RECORD, "/next": "<Say>Cảm ơn</Say>", "/ivr/rec": ""})
    caller.speak(12.2)
    form = toy.forms("/next")[0]
    assert (form["RecordingDuration"], form["Digits"], form["CallStatus"]) == ("12", "#", "in-progress")
    assert form["RecordingUrl"].endswith(f"/Accounts/{form['AccountSid']}/Recordings/{form['RecordingSid']}")
    assert caller.heard == ["Cảm ơn"]
    assert sound.duration(caller.recordings[form["RecordingSid"]]) == pytest.approx(12.2, abs=0.03)


def test_record_ends_by_silence_without_a_key_and_the_silence_takes_time() -> None:
    caller, toy = call({"/ivr/voice": RECORD, "/next": "", "/ivr/rec": ""})
    caller.speak(10, then="silence")
    assert toy.forms("/next")[0]["Digits"] == ""
    assert caller.end.seconds == pytest.approx(14)


def test_record_is_cut_at_its_longest() -> None:
    caller, toy = call({"/ivr/voice": RECORD, "/next": "", "/ivr/rec": ""})
    caller.speak(90)
    assert (toy.forms("/next")[0]["RecordingDuration"], toy.forms("/next")[0]["Digits"]) == ("60", "")


def test_silence_is_trimmed_from_both_ends_unless_told_otherwise() -> None:
    quiet, loud = sound.read(sound.silence(2)), sound.read(sound.tone(3))
    speech = sound.write(sound.DecodedSound(quiet.samples + loud.samples + quiet.samples))
    lengths = []
    for attribute in ("", 'trim="do-not-trim"'):
        caller, toy = call({"/ivr/voice": f'<Record action="/next" {attribute}/>', "/next": ""})
        caller.speak(speech)
        lengths.append(toy.forms("/next")[0]["RecordingDuration"])
    assert lengths == ["3", "7"]


def test_an_empty_recording_makes_no_request_and_goes_on_with_the_next_verb() -> None:
    caller, toy = call({"/ivr/voice": RECORD, "/next": "", "/ivr/rec": ""})
    caller.stay_silent()
    assert caller.heard == ["Chưa nghe được"]
    assert toy.paths() == ["/ivr/voice"]
    assert caller.recordings == {}


def test_an_empty_recording_is_announced_as_absent_when_asked_for() -> None:
    record = RECORD.replace("/>", ' recordingStatusCallbackEvent="completed absent"/>', 1)
    caller, toy = call({"/ivr/voice": record, "/ivr/rec": ""})
    caller.stay_silent()
    form = toy.forms("/ivr/rec")[0]
    assert (form["RecordingStatus"], form["ErrorCode"]) == ("absent", "16102")
    assert "RecordingDuration" not in form


def test_hanging_up_while_recording_still_requests_the_action_and_ignores_its_answer() -> None:
    pages = {"/ivr/voice": RECORD, "/next": "<Say>Không nghe</Say>", "/ivr/rec": "", "/ivr/status": ""}
    caller, toy = call(pages)
    caller.speak(9, then="hang-up")
    form = toy.forms("/next")[0]
    assert (form["CallStatus"], form["Digits"], form["RecordingDuration"]) == ("completed", "hangup", "9")
    assert caller.heard == []
    assert caller.end.ended_by == "caller"
    assert toy.paths() == ["/ivr/voice", "/next", "/ivr/rec", "/ivr/status"]


def test_hanging_up_before_a_word_is_recorded_requests_no_action() -> None:
    caller, toy = call({"/ivr/voice": RECORD, "/next": "", "/ivr/rec": "", "/ivr/status": ""})
    caller.hang_up()
    assert toy.paths() == ["/ivr/voice", "/ivr/status"]


def test_the_recording_callback_names_the_recording_and_its_source() -> None:
    caller, toy = call({"/ivr/voice": RECORD, "/next": "", "/ivr/rec": ""})
    caller.speak(5)
    form, action = toy.forms("/ivr/rec")[0], toy.forms("/next")[0]
    assert {
        name: form[name] for name in ("RecordingSid", "RecordingUrl", "RecordingDuration", "CallSid")
    } == {name: action[name] for name in ("RecordingSid", "RecordingUrl", "RecordingDuration", "CallSid")}
    assert (form["RecordingStatus"], form["RecordingSource"]) == ("completed", "RecordVerb")
    assert (form["RecordingChannels"], form["RecordingStartTime"]) == ("1", "Wed, 25 Nov 2026 09:10:00 +0700")


@pytest.mark.row("F-04")
@pytest.mark.parametrize(
    ("behaviour", "paths"),
    [
        (Behaviour(recording_callback="before"), ["/ivr/voice", "/ivr/rec", "/next", "/ivr/status"]),
        (Behaviour(recording_callback="after"), ["/ivr/voice", "/next", "/ivr/rec", "/ivr/status"]),
        (Behaviour(recording_callback="late"), ["/ivr/voice", "/next", "/ivr/status", "/ivr/rec"]),
        (Behaviour(status_before_last_action=True), ["/ivr/voice", "/ivr/status", "/next", "/ivr/rec"]),
        (
            Behaviour(callback_copies=2),
            ["/ivr/voice", "/next", "/next", "/ivr/rec", "/ivr/rec", "/ivr/status", "/ivr/status"],
        ),
    ],
)
def test_callbacks_come_in_the_order_and_number_the_behaviour_asks_for(
    behaviour: Behaviour, paths: list[str]
) -> None:
    pages = {"/ivr/voice": RECORD, "/next": "", "/ivr/rec": "", "/ivr/status": ""}
    caller, toy = call(pages, behaviour=behaviour)
    caller.speak(5, then="hang-up")
    assert toy.paths() == paths


@pytest.mark.row("F-04")
def test_held_callbacks_are_delivered_in_any_order_and_as_often_as_named() -> None:
    pages = {"/ivr/voice": RECORD, "/next": "", "/ivr/rec": "", "/ivr/status": ""}
    caller, toy = call(pages, behaviour=Behaviour(hold_callbacks=True))
    caller.speak(5, then="hang-up")
    assert toy.paths() == ["/ivr/voice"]
    assert [callback.name for callback in caller.held] == ["action", "recording", "status"]
    caller.deliver_held([2, 0, 2, 1])
    assert toy.paths()[1:] == ["/ivr/status", "/next", "/ivr/status", "/ivr/rec"]
    tokens = [exchange.token for exchange in caller.requests_to("/ivr/status")]
    assert len(set(tokens)) == 1


# -- TEL-4 and TEL-5 Dial --------------------------------------------------------------------------


def test_dial_reports_a_conversation_and_skips_what_follows() -> None:
    caller, toy = call({"/ivr/voice": DIAL, "/next": "<Say>Tạm biệt</Say>"})
    assert caller.waiting_for == "clerk"
    caller.clerk_answers(42)
    form = toy.forms("/next")[0]
    assert (form["DialCallStatus"], form["DialCallDuration"], form["DialBridged"]) == (
        "completed",
        "42",
        "true",
    )
    assert re.fullmatch(r"CA[0-9a-f]{32}", form["DialCallSid"])
    assert form["DialCallSid"] != form["CallSid"]
    assert caller.heard == ["Tạm biệt"]
    assert caller.line.rung == ["+84258384211"]


def test_dial_reports_a_busy_clerk() -> None:
    caller, toy = call({"/ivr/voice": DIAL, "/next": ""})
    caller.clerk_busy()
    assert (toy.forms("/next")[0]["DialCallStatus"], toy.forms("/next")[0]["DialBridged"]) == (
        "busy",
        "false",
    )


def test_dial_rings_five_seconds_longer_than_asked_for() -> None:
    caller, toy = call({"/ivr/voice": DIAL, "/next": ""})
    caller.clerk_does_not_answer()
    assert toy.forms("/next")[0]["DialCallStatus"] == "no-answer"
    assert caller.end.seconds == pytest.approx(25)


def test_dial_without_an_action_falls_through_to_the_next_verb() -> None:
    caller, toy = call({"/ivr/voice": "<Dial>+842583842111</Dial><Say>Sau</Say>"})
    caller.clerk_answers(10)
    assert caller.heard == ["Sau"]
    assert toy.paths() == ["/ivr/voice"]


def test_dial_ends_a_conversation_at_its_time_limit() -> None:
    caller, toy = call({"/ivr/voice": DIAL.replace("timeout", 'timeLimit="60" timeout'), "/next": ""})
    caller.clerk_answers(600)
    assert toy.forms("/next")[0]["DialCallDuration"] == "60"


def test_hanging_up_while_it_rings_cancels_and_still_requests_the_action() -> None:
    caller, toy = call({"/ivr/voice": DIAL, "/next": "<Say>Không nghe</Say>", "/ivr/status": ""})
    caller.hang_up()
    form = toy.forms("/next")[0]
    assert (form["DialCallStatus"], form["CallStatus"]) == ("canceled", "completed")
    assert (caller.heard, caller.end.ended_by) == ([], "caller")


def test_a_recorded_conversation_is_announced_with_its_source() -> None:
    dial = DIAL.replace("timeout", 'record="record-from-answer" recordingStatusCallback="/ivr/rec" timeout')
    caller, toy = call({"/ivr/voice": dial, "/next": "", "/ivr/rec": ""}, ClerkAnswers(20))
    assert caller.ended
    assert toy.forms("/ivr/rec")[0]["RecordingSource"] == "DialVerb"
    assert toy.forms("/next")[0]["RecordingUrl"] == toy.forms("/ivr/rec")[0]["RecordingUrl"]


# -- TEL-5 the status callback, and calls to somebody ----------------------------------------------


def test_the_status_callback_closes_the_call_with_its_length() -> None:
    caller, toy = call({"/ivr/voice": f"<Say>{'a' * 15 * 61}</Say>", "/ivr/status": ""})
    assert caller.ended
    form = toy.forms("/ivr/status")[0]
    assert (form["CallStatus"], form["CallDuration"], form["Duration"]) == ("completed", "61", "2")
    assert (form["CallbackSource"], form["SequenceNumber"]) == ("call-progress-events", "0")
    assert form["Timestamp"] == "Wed, 25 Nov 2026 09:11:01 +0700"


def test_the_status_callback_comes_once_when_the_caller_hangs_up() -> None:
    caller, toy = call({"/ivr/voice": MENU, "/ivr/status": ""})
    caller.hang_up()
    assert toy.paths() == ["/ivr/voice", "/ivr/status"]


def test_an_outbound_call_asks_for_its_document_only_when_somebody_answers() -> None:
    pages = {"/ivr/voice": "<Say>Kính chào đồng chí</Say>", "/ivr/status": ""}
    caller, toy = call(pages, ClerkAnswers(0), direction="outbound-api")
    assert caller.heard == ["Kính chào đồng chí"]
    form = toy.forms("/ivr/voice")[0]
    assert (form["CallStatus"], form["Direction"]) == ("in-progress", "outbound-api")
    assert "CallToken" not in form


def test_an_outbound_call_nobody_answers_sends_only_its_status() -> None:
    caller, toy = call({"/ivr/voice": "", "/ivr/status": ""}, direction="outbound-api")
    caller.clerk_busy()
    assert toy.paths() == ["/ivr/status"]
    assert toy.forms("/ivr/status")[0]["CallStatus"] == "busy"
