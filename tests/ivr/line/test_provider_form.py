"""Form fields become what the caller did, and nothing unreadable ever becomes an error (F-19, T-20)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from callflows.vocabulary import Heard, Keys, LegEnded, Silence, Voice
from ivr.line import provider_form
from ivr.line.office_now import OfficeNow
from ivr.line.provider_form import SOME_SECONDS, NotUnderstoodError, RecordingNews, Spoken, StatusNews
from logbook.database.engine import Database
from logbook.recordings import recordings
from tests.ivr.conftest import Provider, everything_in

SID = "CA" + "3" * 32
RECORDING = "RE" + "0123456789abcdef" * 2
CALL = {"CallSid": SID, "From": "+84912345678", "To": "+842583842102", "CallStatus": "in-progress"}
HOSTILE = {
    "NUL": "\x00",
    "NUL within": "1\x002",
    "above 64 bits": str(2**63),
    "far above": "9" * 5000,
    "negative": "-1",
    "superscript": "²",
    "Arabic digits": "١٢٣",
    "full-width": "１２３",
    "surrogate": "\ud800",
    "surrogate within": "1\udfff",
    "noncharacter": "\ufffe",
    "CR LF": "1\r\nSet-Cookie: x=1",
    "empty": "",
    "space": " ",
    "huge": "1" * 40_000,
    "markup": "</Response><Dial>",
    "braces": "{0.__class__}%s",
    "not a number": "NaN",
    "exponent": "1e999",
    "quote": "' OR 1=1 --",
    "path": "../../../etc/passwd",
}
FIELDS = {
    "/ivr/voice": ("CallSid", "From", "To", "CallStatus", "Direction", "TongdaiAt", "Digits", "CallerName"),
    "/ivr/turn/1": (
        "CallSid",
        "CallStatus",
        "Digits",
        "RecordingSid",
        "RecordingDuration",
        "DialCallStatus",
        "DialCallDuration",
        "DialCallSid",
        "TongdaiAt",
    ),
    "/ivr/status": ("CallSid", "CallStatus", "SequenceNumber", "CallDuration"),
    "/ivr/recording/1": ("CallSid", "RecordingSid", "RecordingStatus", "RecordingDuration", "ErrorCode"),
    "/ivr/fallback": ("CallSid", "ErrorCode", "ErrorUrl"),
    "/ivr/goodbye": ("CallSid", "DialCallStatus"),
}


def form(**fields: str) -> MultiDict[str, str]:
    return MultiDict({**CALL, **fields})


def heard(recording: str | None = None, **fields: str) -> Heard:
    return provider_form.heard(provider_form.read(form(**fields)), recording, 5)


@pytest.mark.parametrize("keys", ["1", "0", "*", "#", "004217", "0912345678", "1" * 32])
def test_keys_are_keys(keys: str) -> None:
    assert heard(Digits=keys) == Keys(keys)


@pytest.mark.row("F-19")
@pytest.mark.parametrize("keys", ["²", "１", "a", "1 2", "1\n", "\x00", "1" * 33, "-1", "hangup"])
def test_keys_no_telephone_has_are_a_key_nobody_offered(keys: str) -> None:
    assert heard(Digits=keys) == Keys("?")


def test_nothing_is_silence() -> None:
    assert heard() == heard(Digits="") == Silence()


def test_a_recording_is_a_voice_and_tells_whether_the_caller_is_gone() -> None:
    spoken = {"RecordingSid": RECORDING, "RecordingDuration": "12"}
    assert heard("7", **spoken, Digits="#") == Voice("7", 12)
    assert heard("7", **spoken, Digits="hangup") == Voice("7", 12, hung_up=True)
    assert heard("7", **spoken, CallStatus="completed") == Voice("7", 12, hung_up=True)
    assert heard("7", RecordingSid=RECORDING) == Voice("7", SOME_SECONDS)
    assert heard("7", RecordingSid=RECORDING, RecordingDuration="0") == Voice("7", 0)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("completed", "completed"),
        ("answered", "completed"),
        ("busy", "busy"),
        ("no-answer", "no-answer"),
        ("canceled", "canceled"),
        ("failed", "failed"),
        ("new-word", "failed"),
    ],
)
def test_every_end_of_a_leg_is_one_we_know(word: str, outcome: str) -> None:
    found = heard(DialCallStatus=word, DialCallDuration="30")
    assert isinstance(found, LegEnded)
    assert (found.outcome, found.seconds, found.hung_up) == (outcome, 30, False)


def test_a_caller_who_hangs_up_while_it_rings_is_gone() -> None:
    assert heard(DialCallStatus="canceled", CallStatus="completed") == LegEnded("canceled", 0, hung_up=True)


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_a_call_is_over_after_these_words_only(status: str) -> None:
    assert provider_form.read(form(CallStatus=status)).over
    assert not provider_form.read(form(CallStatus="in-progress")).over
    assert not provider_form.read(form(CallStatus="ringing")).over


def test_fields_nobody_sent_have_their_usual_meaning() -> None:
    found = provider_form.read(MultiDict({"CallSid": SID}))
    assert (found.caller, found.called, found.direction, found.status) == ("", "", "inbound", "in-progress")
    assert (found.keys, found.recording, found.leg_outcome, found.own_time) == ("", None, None, None)


@pytest.mark.row("T-02")
@pytest.mark.row("B-04")
@pytest.mark.parametrize(
    ("name", "as_if"),
    [
        ("From", {"From": ""}),
        ("Digits", {"Digits": "?"}),
        ("CallStatus", {"CallStatus": ""}),
        ("RecordingSid", {"RecordingSid": "-"}),
        ("DialCallStatus", {"DialCallStatus": "failed"}),
        ("TongdaiAt", {}),
    ],
)
def test_a_field_of_ours_with_two_values_is_as_good_as_unsent(name: str, as_if: dict[str, str]) -> None:
    twice, alike = form(), form()
    twice.setlist(name, ["12345678", "87654321"])
    assert provider_form.read(twice) == provider_form.read(form(**as_if))
    alike.setlist(name, ["12345678", "12345678"])
    assert provider_form.read(alike) == provider_form.read(form(**{name: "12345678"}))


@pytest.mark.row("T-02")
def test_a_request_that_names_two_calls_is_refused() -> None:
    twice = form()
    twice.setlist("CallSid", [SID, "CA" + "4" * 32])
    with pytest.raises(NotUnderstoodError, match="CallSid"):
        provider_form.read(twice)


@pytest.mark.row("T-02")
def test_a_field_of_others_may_stand_twice() -> None:
    twice = form()
    twice.setlist("SipHeader_X", ["1", "2"])
    assert provider_form.read(twice).sid == SID


@pytest.mark.row("T-20")
@pytest.mark.row("T-09")
@pytest.mark.parametrize(
    "sid",
    [
        "RE" + "0" * 63,
        "RE_" + "0" * 31,
        "RE" + "0" * 31 + "\n0",
        RECORDING + "/../x",
        RECORDING + "%2e%2e",
        "../" + RECORDING,
        "RE../../../../etc/passwd",
        "RE" + "０" * 32,
        "RE" + "\x00" * 32,
        "http://127.0.0.1/" + RECORDING,
        "C:\\" + RECORDING,
        "RE" + "a" * 60_000,
        "nameless:1:3",
        "-",
    ],
    ids=str.__len__,
)
def test_a_recording_whose_name_could_be_an_address_or_a_path_has_none(sid: str) -> None:
    found = provider_form.spoken(form(RecordingSid=sid, RecordingDuration="9"))
    assert found == Spoken(None, 9)


@pytest.mark.row("B-04")
@pytest.mark.parametrize(
    "sid", [RECORDING, "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", "RE" + "A" * 32, "12345678"]
)
def test_any_safe_name_names_a_recording(sid: str) -> None:
    assert provider_form.spoken(form(RecordingSid=sid)) == Spoken(sid, None)


@pytest.mark.row("B-04")
@pytest.mark.parametrize(
    ("url", "sid"),
    [
        (f"https://api.example/2010-04-01/Accounts/AC1/Recordings/{RECORDING}", RECORDING),
        (f"https://api.example/Recordings/{RECORDING}.wav?x=1", RECORDING),
        ("https://api.example/Recordings/../../secret12", None),
        ("http://169.254.169.254/latest/meta-data", None),
        ("file:///etc/passwd", None),
    ],
)
def test_a_recording_without_a_name_has_the_one_its_address_ends_with(url: str, sid: str | None) -> None:
    assert provider_form.spoken(form(RecordingUrl=url, RecordingDuration="9")) == Spoken(sid, 9)


@pytest.mark.row("B-04")
@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("7", 7),
        ("7.5", 8),
        ("7,2", 8),
        ("0.4", 1),
        (" 9 ", 9),
        ("0", 0),
        ("", None),
        ("-1", None),
        ("abc", None),
        ("1e3", None),
        ("9" * 30, None),
        ("NaN", None),
        ("٣", None),
    ],
)
def test_a_length_is_read_when_it_is_one(text: str, length: int | None) -> None:
    assert provider_form.spoken(form(RecordingSid=RECORDING, RecordingDuration=text)) == Spoken(
        RECORDING, length
    )
    news = provider_form.read_status(form(CallDuration=text))
    assert (news.seconds, provider_form.read(form(DialCallDuration=text)).leg_seconds) == (length, length)


@pytest.mark.parametrize(
    "sid", ["", "x", "CA 1", "CA" + "0" * 63, "CA/../../x", "CA\x00aaaaaaa", "CÁ" + "0" * 32]
)
def test_a_call_without_a_usable_name_is_refused(sid: str) -> None:
    with pytest.raises(NotUnderstoodError, match="CallSid"):
        provider_form.read(form(CallSid=sid))


def test_a_call_may_bring_its_own_time_and_a_wrong_one_counts_for_nothing() -> None:
    assert provider_form.read(form(TongdaiAt="2026-11-25T09:10:00+07:00")).own_time == datetime(
        2026, 11, 25, 2, 10, tzinfo=UTC
    )
    for wrong in ("2026-11-25", "yesterday", "0001-01-01T00:00+07:00", "2026-13-01T00:00"):
        assert provider_form.read(form(TongdaiAt=wrong)).own_time is None


def test_news_of_a_call_carry_their_order_and_length() -> None:
    news = provider_form.read_status(form(CallStatus="completed", SequenceNumber="3", CallDuration="61"))
    assert news == StatusNews(SID, "completed", 3, 61)
    assert provider_form.read_status(form()) == StatusNews(SID, "in-progress", None, None)


@pytest.mark.parametrize(
    ("fields", "news"),
    [
        ({"RecordingStatus": "completed", "RecordingDuration": "9"}, (9, False, "completed")),
        ({}, (None, False, "completed")),
        ({"RecordingStatus": "a new word"}, (None, False, "completed")),
        ({"RecordingStatus": "absent", "ErrorCode": "16102"}, (None, True, "16102")),
        ({"RecordingStatus": "absent", "ErrorCode": "x"}, (None, True, "absent")),
        ({"RecordingStatus": "FAILED"}, (None, True, "failed")),
    ],
)
def test_news_of_a_recording_say_whether_there_is_one(
    fields: dict[str, str], news: tuple[int | None, bool, str]
) -> None:
    found = provider_form.read_recording(form(RecordingSid=RECORDING, **fields))
    assert found == RecordingNews(SID, Spoken(RECORDING, news[0]), *news[1:])


def test_news_that_are_not_final_are_no_news() -> None:
    assert provider_form.read_recording(form(RecordingSid=RECORDING, RecordingStatus="in-progress")) is None
    assert provider_form.read_recording(form(RecordingSid=RECORDING, RecordingStatus="processing")) is None


names = st.sampled_from(sorted({name for names in FIELDS.values() for name in names}))
values = st.one_of(st.text(st.characters(), max_size=40), st.sampled_from(sorted(HOSTILE.values())))


@pytest.mark.row("F-19")
@given(st.lists(st.tuples(names, values), max_size=12))
def test_any_form_is_either_understood_or_said_to_be_unusable(fields: list[tuple[str, str]]) -> None:
    assert all(
        unusable(read, fields) in {None, "CallSid"}
        for read in (provider_form.read, provider_form.read_status, provider_form.read_recording)
    )


def unusable(read: Callable[[MultiDict[str, str]], object], fields: list[tuple[str, str]]) -> str | None:
    """The field a reader could not use; None when it understood the form."""
    try:
        read(MultiDict(fields))
    except NotUnderstoodError as problem:
        return str(problem)
    return None


@pytest.mark.row("F-19")
@pytest.mark.parametrize("path", FIELDS)
def test_hostile_fields_never_break_a_webhook(provider: Provider, path: str) -> None:
    assert provider.post("/ivr/voice", CALL).status_code == 200
    for field in FIELDS[path]:
        for name, value in HOSTILE.items():
            status = provider.post(path, {**CALL, field: value}).status_code
            fine = (200, 204, 400) if field == "CallSid" else (200, 204)
            assert status in fine, f"{field} {name}: {status}"


@pytest.mark.row("F-19")
@pytest.mark.parametrize(
    "number",
    ["0", "1", "2147483647", "2147483648", "9223372036854775808", "9" * 400, "00001", "²", "-1", "1.5"],
)
def test_a_hostile_turn_number_never_breaks_a_webhook(provider: Provider, number: str) -> None:
    provider.post("/ivr/voice", CALL)
    news = {**CALL, "RecordingSid": RECORDING, "RecordingDuration": "5"}
    for status in (
        provider.post(f"/ivr/turn/{number}", CALL).status_code,
        provider.post(f"/ivr/recording/{number}", news).status_code,
        provider.get(f"/ivr/audio/1/{number}").status_code,
    ):
        assert status in (200, 204, 400, 403, 404), status


@pytest.mark.row("F-19")
@pytest.mark.parametrize("again", ["", "-1", "%C2%B2", "9" * 20, "%00", "%ED%A0%80", "0&again=1", "01", "a"])
def test_a_hostile_retry_number_still_gets_an_apology(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("the calendar is gone")

    monkeypatch.setattr(OfficeNow, "at", break_down)
    answer = provider.post("/ivr/voice", CALL, query=f"again={again}")
    assert answer.status_code == 200
    assert "Xin lỗi" in answer.text


@pytest.mark.row("T-20")
def test_a_recording_with_a_name_that_is_a_path_is_never_asked_for(
    provider: Provider, database: Database
) -> None:
    provider.post("/ivr/voice", CALL)
    for turn, name in enumerate(("../../x", "RE" + "%2e" * 16, "RE" + "0" * 32 + "/.."), 1):
        assert provider.post(f"/ivr/recording/{turn}", {**CALL, "RecordingSid": name}).status_code == 204
    with database.reading() as conn:
        assert recordings.due(conn, datetime(2036, 1, 1, tzinfo=UTC), 10) == []
    kept = everything_in(database)["recordings"]
    assert len(kept) == 3
    assert "RE" not in repr([row[3] for row in kept])
