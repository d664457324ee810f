"""The stand-in for the provider's REST API, used through the official client as the real one would be."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from typing import Any, Literal

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from ivr.phone import sound
from ivr.phone.parameters import new_sid
from ivr.phone.transport import HttpTransport, WsgiTransport
from ivr.provider.app import Faults, create_provider, desk_of
from ivr.provider.sdk import UploadFailedError, client, uploader
from logbook.clock import Clock
from tests.suite.waiting import PATIENCE

SID, TOKEN = "AC" + "1" * 32, "provider-token"
RECORDING, CALL = "RE" + "a" * 32, "CA" + "b" * 32
BASE = "https://tongdai.example/provider"
WEDNESDAY = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
ACCOUNT = f"/2010-04-01/Accounts/{SID}"


@pytest.fixture
def provider(tmp_path: Path) -> Flask:
    return create_provider(tmp_path, SID, TOKEN, clock=Clock(WEDNESDAY))


@pytest.fixture
def stored(provider: Flask) -> Flask:
    uploader(BASE, SID, TOKEN, WsgiTransport(provider, BASE))(CALL, RECORDING, sound.tone(3))
    return provider


@pytest.fixture
def api(provider: Flask) -> Iterator[Any]:
    """The official client, talking to the stand-in over a real connection."""
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    made = client(f"http://127.0.0.1:{server.server_port}", SID, TOKEN, timeout=PATIENCE)
    yield made
    made.http_client.session.close()
    server.shutdown()
    thread.join()
    server.server_close()


def signed_in(app: Flask) -> FlaskClient:
    browser = app.test_client()
    browser.environ_base["HTTP_AUTHORIZATION"] = _basic(SID, TOKEN)
    return browser


def _basic(name: str, word: str) -> str:
    from werkzeug.datastructures import Authorization

    return Authorization("basic", {"username": name, "password": word}).to_header()


def test_the_official_client_fetches_lists_and_deletes_a_recording(stored: Flask, api: Any) -> None:
    recording = api.recordings(RECORDING).fetch()
    assert (recording.sid, recording.call_sid, recording.duration) == (RECORDING, CALL, "3")
    assert recording.status == "completed"
    assert recording.date_created.tzinfo is not None
    assert [row.sid for row in api.recordings.list()] == [RECORDING]
    assert api.recordings(RECORDING).delete() is True
    assert api.recordings.list() == []


def test_the_official_client_is_told_that_a_recording_does_not_exist(api: Any) -> None:
    from twilio.base.exceptions import TwilioRestException

    with pytest.raises(TwilioRestException) as refused:
        api.recordings(RECORDING).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_the_official_client_creates_reads_and_lists_calls(api: Any) -> None:
    made = api.calls.create(to="+84905123456", from_="+842583842102", url="https://h/ivr/voice")
    api.calls.create(to="+84905999999", from_="+842583842102", url="https://h/ivr/voice")
    assert made.status == "queued"
    assert made.sid.startswith("CA")
    assert api.calls(made.sid).fetch().to == "+84905123456"
    assert len(api.calls.list()) == 2
    assert [row.sid for row in api.calls.list(to="+84905123456")] == [made.sid]


def test_the_official_client_creates_and_reads_messages(api: Any) -> None:
    made = api.messages.create(to="+84905123456", from_="+842583842102", body="Phản ánh đã được tiếp nhận")
    assert made.sid.startswith("SM")
    assert api.messages(made.sid).fetch().body == "Phản ánh đã được tiếp nhận"
    assert [row.sid for row in api.messages.list()] == [made.sid]


def news(api: Any, to: str = "+84905123456", body: str = "Tin") -> Any:
    return api.messages.create(to=to, from_="+842583842102", body=body)


def ring(api: Any, to: str = "+84905123456") -> Any:
    return api.calls.create(to=to, from_="+842583842102", url="https://h/ivr/told/1")


def test_the_official_client_finds_messages_by_sender_receiver_and_the_time_of_the_demonstration(
    api: Any,
) -> None:
    made, other = news(api), news(api, to="+84905999999")
    before, after = WEDNESDAY - timedelta(minutes=1), WEDNESDAY + timedelta(minutes=1)

    def found(**wanted: object) -> set[str]:
        return {row.sid for row in api.messages.list(**wanted)}

    assert found(to="+84905123456", from_="+842583842102", date_sent_after=before) == {made.sid}
    assert found(date_sent_after=before, date_sent_before=after) == {made.sid, other.sid}
    assert found(from_="+842583842199") == set()
    assert found(date_sent_after=after) == set()
    assert found(date_sent_before=before) == set()
    assert found(date_sent=datetime(2026, 11, 25, tzinfo=UTC)) == {made.sid, other.sid}
    assert found(date_sent=datetime(2026, 11, 24, tzinfo=UTC)) == set()
    sent = api.messages(made.sid).fetch().date_sent
    assert timedelta(0) <= sent - WEDNESDAY.replace(microsecond=0) < timedelta(minutes=1)


def test_the_official_client_finds_calls_by_their_start_and_by_the_call_they_came_from(api: Any) -> None:
    made = ring(api)
    since, until = WEDNESDAY - timedelta(minutes=1), WEDNESDAY + timedelta(minutes=1)
    assert [row.sid for row in api.calls.list(to=made.to, start_time_after=since)] == [made.sid]
    assert api.calls.list(to=made.to, start_time_after=until) == []
    assert api.calls.list(to=made.to, start_time_before=since) == []
    assert api.calls.list(parent_call_sid=made.sid) == []


def test_a_date_that_is_none_is_refused(provider: Flask) -> None:
    news_of = signed_in(provider)
    news_of.post(f"{ACCOUNT}/Messages.json", data={"To": "+84905123456", "From": "UBND", "Body": "Tin"})
    assert news_of.get(f"{ACCOUNT}/Messages.json?DateSent%3E=mai").status_code == 400


@pytest.mark.row("F-07")
@pytest.mark.parametrize("kind", ["calls", "messages"])
@pytest.mark.parametrize(
    ("fault", "status"), [("too-many", 429), ("error", 500)], ids=["too many", "an error"]
)
def test_a_refused_creation_is_told_to_the_official_client_and_keeps_nothing(
    provider: Flask, api: Any, kind: str, fault: Literal["too-many", "error"], status: int
) -> None:
    from twilio.base.exceptions import TwilioRestException

    desk_of(provider).faults = Faults(creations=(fault,))
    make = {"calls": ring, "messages": news}[kind]
    with pytest.raises(TwilioRestException) as refused:
        make(api)
    assert refused.value.status == status
    assert getattr(api, kind).list() == []
    assert make(api).sid, "the next one succeeds"


def test_whoever_asks_too_often_is_told_when_to_come_back(provider: Flask) -> None:
    desk_of(provider).faults = Faults(creations=("too-many",), retry_after=11)
    form = {"To": "+84905123456", "From": "+842583842102", "Body": "Tin"}
    answer = signed_in(provider).post(f"{ACCOUNT}/Messages.json", data=form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "11")


@pytest.mark.row("F-07")
@pytest.mark.parametrize(("fault", "kept"), [("reset", 0), ("hang", 0), ("lost-answer", 1), ("bad-json", 1)])
def test_after_a_creation_without_a_readable_answer_the_list_tells_what_happened(
    provider: Flask, api: Any, fault: Literal["reset", "hang", "lost-answer", "bad-json"], kept: int
) -> None:
    placed: list[Mapping[str, str]] = []
    desk_of(provider).place_call = placed.append
    desk_of(provider).faults = Faults(creations=(fault, fault), hang_seconds=1.5)
    for make, rows in ((ring, api.calls), (news, api.messages)):
        api.http_client.timeout = PATIENCE if fault == "bad-json" else 1.0
        with pytest.raises((requests.RequestException, ValueError)) as broken:
            make(api)
        api.http_client.timeout = PATIENCE
        assert isinstance(broken.value, requests.RequestException) == (fault != "bad-json")
        assert len(rows.list(to="+84905123456", from_="+842583842102")) == kept
    assert ring(api).status == "queued"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "", "From": "+842583842102", "Body": "Tin"}, 21604),
        ({"To": "+84905123456", "Body": "Tin"}, 21603),
        ({"To": "+84905123456", "From": "+842583842102"}, 21602),
        ({"To": "0905123456", "From": "+842583842102", "Body": "Tin"}, 21211),
    ],
)
def test_a_message_to_nobody_or_without_words_is_refused_for_good(
    provider: Flask, fields: dict[str, str], code: int
) -> None:
    answer = signed_in(provider).post(f"{ACCOUNT}/Messages.json", data=fields)
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)


def test_a_created_call_is_placed_in_a_thread_when_somebody_can_place_it(tmp_path: Path) -> None:
    placed: Queue[Mapping[str, str]] = Queue()
    app = create_provider(tmp_path, SID, TOKEN, place_call=placed.put)
    form = {"To": "+84905123456", "From": "+842583842102", "Url": "https://h/ivr/voice"}
    answer = signed_in(app).post(f"{ACCOUNT}/Calls.json", data=form)
    assert answer.status_code == 201
    seen = placed.get(timeout=PATIENCE)
    assert seen["CallSid"] == answer.get_json()["sid"]
    assert seen["Url"] == "https://h/ivr/voice"


def test_a_call_to_nobody_is_refused(provider: Flask) -> None:
    answer = signed_in(provider).post(f"{ACCOUNT}/Calls.json", data={"From": "+842583842102"})
    assert answer.status_code == 400


def test_sound_comes_back_as_it_was_with_and_without_the_extension(stored: Flask) -> None:
    for ending in ("", ".wav"):
        answer = signed_in(stored).get(f"{ACCOUNT}/Recordings/{RECORDING}{ending}")
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/x-wav", sound.tone(3))


@pytest.mark.row("T-08")
@pytest.mark.parametrize(("name", "word"), [("", ""), (SID, "wrong"), ("AC" + "2" * 32, TOKEN)])
def test_every_route_asks_for_the_account(stored: Flask, name: str, word: str) -> None:
    browser = stored.test_client()
    headers = {"Authorization": _basic(name, word)} if name else {}
    for rule in stored.url_map.iter_rules():
        path = rule.rule.replace("<sid>", RECORDING)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert browser.open(path, method=method, headers=headers).status_code == 401, (method, path)
    assert signed_in(stored).get(f"{ACCOUNT}/Recordings/{RECORDING}.wav").status_code == 200


@pytest.mark.row("T-20")
@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2Fsecret",
        "RE..",
        "%2e%2e",
        "RE" + "a" * 63,
        "RE_" + "a" * 31,
        "RE" + "a" * 5,
        "RE%00",
        "é" * 9,
    ],
)
def test_names_that_are_no_identifier_touch_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.wav").write_bytes(sound.tone(1))
    app = create_provider(tmp_path / "provider", SID, TOKEN)
    before = _fingerprint(tmp_path)
    browser = signed_in(app)
    put = browser.put(f"/standin/Recordings/{name}.wav?CallSid={CALL}", data=sound.tone(1))
    assert put.status_code in {400, 404}
    for method in ("GET", "DELETE"):
        answer = browser.open(f"{ACCOUNT}/Recordings/{name}.json", method=method)
        assert answer.status_code == 404
    assert _fingerprint(tmp_path) == before


def _fingerprint(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_what_is_no_sound_is_not_stored(provider: Flask) -> None:
    upload = uploader(BASE, SID, TOKEN, WsgiTransport(provider, BASE))
    with pytest.raises(UploadFailedError):
        upload(CALL, RECORDING, b"<html>")
    assert signed_in(provider).get(f"{ACCOUNT}/Recordings.json").get_json()["recordings"] == []


def test_an_upload_with_another_token_is_refused(provider: Flask) -> None:
    with pytest.raises(UploadFailedError, match="401"):
        uploader(BASE, SID, "wrong", WsgiTransport(provider, BASE))(CALL, RECORDING, sound.tone(1))


def test_an_upload_to_nobody_fails_as_an_upload() -> None:
    with pytest.raises(UploadFailedError):
        uploader("http://127.0.0.1:9", SID, TOKEN, HttpTransport())(CALL, new_sid("RE"), sound.tone(1))


@pytest.mark.row("F-15")
def test_a_recording_can_be_missing_at_first_and_then_be_there(stored: Flask) -> None:
    desk_of(stored).faults = Faults(missing_times=2)
    browser = signed_in(stored)
    statuses = [browser.get(f"{ACCOUNT}/Recordings/{RECORDING}.wav").status_code for _ in range(3)]
    assert statuses == [404, 404, 200]


@pytest.mark.row("F-15")
def test_every_broken_delivery_can_be_ordered(stored: Flask) -> None:
    whole = sound.tone(3)

    def delivered(faults: Faults) -> tuple[int, str, bytes]:
        desk_of(stored).faults = faults
        answer = signed_in(stored).get(f"{ACCOUNT}/Recordings/{RECORDING}.wav")
        return answer.status_code, str(answer.mimetype), answer.data

    assert delivered(Faults(shape="empty")) == (200, "audio/x-wav", b"")
    assert delivered(Faults(shape="truncated")) == (200, "audio/x-wav", whole[: len(whole) // 2])
    assert delivered(Faults(shape="wrong-type")) == (200, "image/png", whole)
    assert delivered(Faults(shape="html"))[1] == "text/html"
    assert delivered(Faults(shape="gone"))[0] == 404
    assert len(delivered(Faults(shape="large", large_bytes=200_001))[2]) == 200_001
    assert delivered(Faults(shape="slow", pause_seconds=0)) == (200, "audio/x-wav", whole)


@pytest.mark.row("T-09")
def test_the_client_sends_credentials_nowhere_but_to_the_configured_place() -> None:
    with pytest.raises(ValueError, match=r"evil\.example"):
        client("http://127.0.0.1:9", SID, TOKEN).http_client.request("GET", "https://evil.example/x")


# --- what it cannot do -------------------------------------------------------------------------------------


@pytest.mark.row("L2")
def test_a_line_that_carries_calls_only_refuses_messages_with_the_providers_own_error(
    tmp_path: Path,
) -> None:
    browser = signed_in(create_provider(tmp_path, SID, TOKEN, faults=Faults(creations=("no-texts",))))
    sent = {"To": "+84912345678", "From": "+842583842102", "Body": "xin chào"}
    refused = browser.post(f"{ACCOUNT}/Messages.json", data=sent)
    assert (refused.status_code, refused.get_json()["code"]) == (400, 21606)
    assert browser.get(f"{ACCOUNT}/Messages.json").get_json()["messages"] == []
    called = {"To": "+84912345678", "From": "+842583842102", "Url": "https://h/voice"}
    assert browser.post(f"{ACCOUNT}/Calls.json", data=called).status_code == 201


@pytest.mark.row("L2")
def test_what_the_stand_in_does_nothing_with_is_refused_and_not_broken_silently(tmp_path: Path) -> None:
    browser = signed_in(create_provider(tmp_path, SID, TOKEN))
    call = {"To": "+84912345678", "From": "+842583842102", "Url": "https://h/voice"}
    text = {"To": "+84912345678", "From": "+842583842102", "Body": "xin chào"}
    wrong = []
    for kind, fields, more in (
        *(("Calls", call, name) for name in ("Record", "MachineDetection", "SendDigits", "Twiml", "Trim")),
        *(("Messages", text, name) for name in ("MediaUrl", "SendAt", "MessagingServiceSid")),
    ):
        answer = browser.post(f"{ACCOUNT}/{kind}.json", data={**fields, more: "x"})
        if (answer.status_code, (answer.get_json() or {}).get("status")) != (400, 400):
            wrong.append((kind, more, answer.status))
    for method, path in (
        ("POST", f"Calls/{CALL}.json"),
        ("DELETE", f"Calls/{CALL}.json"),
        ("POST", "Recordings.json"),
        ("POST", "Conferences.json"),
        ("GET", "IncomingPhoneNumbers.json"),
        ("PUT", "Messages.json"),
    ):
        answer = browser.open(f"{ACCOUNT}/{path}", method=method, data={"Status": "completed"})
        seen = answer.get_json(silent=True) or {}
        if answer.status_code not in (404, 405) or seen.get("status") != answer.status_code:
            wrong.append((method, path, answer.status))
    assert wrong == []
    assert [
        browser.get(f"{ACCOUNT}/{kind}.json").get_json()[kind.lower()] for kind in ("Calls", "Messages")
    ] == [
        [],
        [],
    ]
