"""The webhooks of the calls we place: signed, current, and calm about odd requests."""

from datetime import datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from ivr.line.hotline import Hotline
from ivr.line.outgoing_call import CallAttempt
from ivr.phone.parameters import new_sid
from logbook.calls import calls
from logbook.database.engine import DatabaseBusyError
from logbook.database.tables import deliveries as outbox
from logbook.ids import DeliveryId
from logbook.outbox import deliveries, escalations
from logbook.outbox.deliveries import Delivery
from tests.ivr.conftest import Provider, everything_in

SID = new_sid("CA")
CHAIRMANS_NUMBER = "+842583842100"
WORDS = {
    "CallSid": SID,
    "CallStatus": "in-progress",
    "Direction": "outbound-api",
    "To": CHAIRMANS_NUMBER,
    "From": "+842583842102",
}


@pytest.fixture
def placed(hotline: Hotline) -> int:
    """A call about an escalation of the office, under way."""
    now = hotline.clock.now()
    with hotline.database.writing() as conn:
        escalation = escalations.open_once(conn, key="roster", kind="roster_gap", ladder="office", now=now)
        official = hotline.settings.notifications.ladders.office[0].official
        row = deliveries.put(
            conn,
            key="told",
            kind="roster_gap",
            recipient=official,
            channel=deliveries.CALL,
            escalation_id=escalation,
            now=now,
        )
        assert row is not None
        conn.execute(update(outbox).values(state="sending", attempts=1, claimed_at=now))
    return row


def kept(hotline: Hotline, row: int) -> Delivery:
    with hotline.database.reading() as conn:
        found = deliveries.of_id(conn, DeliveryId(row))
    assert found is not None
    return found


@pytest.mark.row("000-13")
def test_a_matter_of_the_office_is_told_and_acknowledged(
    provider: Provider, hotline: Hotline, placed: int
) -> None:
    said = provider.post(f"/ivr/told/{placed}", WORDS, query="call=1").text
    assert "chưa có cán bộ trực" in said
    assert "/ivr/turn/1" in said
    assert "Không còn việc nào" in provider.post("/ivr/turn/1", {**WORDS, "Digits": "1"}).text
    assert kept(hotline, placed).result == "acknowledged"
    assert kept(hotline, placed).provider_sid == SID


def test_the_call_is_kept_with_the_person_as_the_one_who_speaks(
    provider: Provider, hotline: Hotline, placed: int
) -> None:
    provider.post(f"/ivr/told/{placed}", {**WORDS, "Direction": ""}, query="call=1")
    with hotline.database.writing() as conn:
        call = calls.take(conn, SID)
    assert call is not None
    assert (call.direction, call.caller_number, call.called) == (
        "outbound-api",
        CHAIRMANS_NUMBER,
        "+842583842102",
    )


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("no-answer", "no_answer"),
        ("busy", "busy"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("completed", "failed"),
    ],
)
def test_a_call_that_never_began_ends_with_the_providers_word(
    provider: Provider, hotline: Hotline, placed: int, status: str, result: str
) -> None:
    sent = {**WORDS, "CallStatus": status}
    assert provider.post(f"/ivr/told/{placed}/status", sent, query="call=1").status_code == 204
    assert kept(hotline, placed).result == result


@pytest.mark.row("F-04")
def test_news_of_a_call_that_still_rings_ends_nothing(
    provider: Provider, hotline: Hotline, placed: int
) -> None:
    provider.post(f"/ivr/told/{placed}/status", {**WORDS, "CallStatus": "ringing"}, query="call=1")
    assert kept(hotline, placed).ended_at is None
    assert kept(hotline, placed).provider_sid == SID


@pytest.mark.row("F-25")
@pytest.mark.row("F-04")
def test_the_first_result_stays(provider: Provider, hotline: Hotline, placed: int) -> None:
    provider.post(f"/ivr/told/{placed}", WORDS, query="call=1")
    for status in ("completed", "no-answer", "busy"):
        provider.post(f"/ivr/told/{placed}/status", {**WORDS, "CallStatus": status}, query="call=1")
        assert kept(hotline, placed).result == "answered"


@pytest.mark.row("T-02")
@pytest.mark.parametrize("call", ["0", "2", "", "x", "²", "99999999999999999999"])
def test_requests_of_another_call_say_goodbye_and_change_nothing(
    provider: Provider, hotline: Hotline, placed: int, call: str
) -> None:
    before = everything_in(hotline.database)
    for step, words in (("", WORDS), ("/status", {**WORDS, "CallStatus": "completed"})):
        answer = provider.post(f"/ivr/told/{placed}{step}", words, query=urlencode({"call": call}))
        assert answer.status_code in (200, 204)
        assert "mã" not in answer.text
        assert "<Gather" not in answer.text
    assert everything_in(hotline.database) == before


@pytest.mark.row("F-19")
def test_a_delivery_that_never_was_is_over(provider: Provider, placed: int) -> None:
    assert "<Hangup" in provider.post(f"/ivr/told/{placed + 7}", WORDS, query="call=1").text
    assert provider.post(f"/ivr/told/{2**63}", WORDS, query="call=1").status_code == 404


@pytest.mark.row("T-01")
@pytest.mark.parametrize("step", ["", "/status"])
def test_nobody_else_may_say_how_a_call_went(
    provider: Provider, hotline: Hotline, placed: int, step: str
) -> None:
    before = everything_in(hotline.database)
    answer = provider.post(f"/ivr/told/{placed}{step}", WORDS, query="call=1", signature="x")
    assert answer.status_code == 403
    assert everything_in(hotline.database) == before


@pytest.mark.row("F-08")
def test_a_busy_book_is_a_sentence_to_whoever_picked_up_and_leaves_the_call_to_be_tried_again(
    provider: Provider, hotline: Hotline, placed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise DatabaseBusyError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(hotline.database, "writing", busy)
        answer = provider.post(f"/ivr/told/{placed}", WORDS, query="call=1")
        assert answer.status_code == 200
        assert "cuộc gọi này xin dừng ở đây" in answer.text
        assert "<Hangup" in answer.text
        over = {**WORDS, "CallStatus": "completed"}
        assert provider.post(f"/ivr/told/{placed}/status", over, query="call=1").status_code == 503
    provider.post(f"/ivr/told/{placed}/status", {**WORDS, "CallStatus": "completed"}, query="call=1")
    assert kept(hotline, placed).result == "failed"


@pytest.mark.row("F-09")
def test_a_call_we_placed_never_becomes_the_hotlines_greeting(provider: Provider, placed: int) -> None:
    provider.post(f"/ivr/told/{placed}", WORDS, query="call=1")
    answer = provider.post("/ivr/fallback", {**WORDS, "ErrorCode": "11200"})
    assert "cuộc gọi này xin dừng ở đây" in answer.text
    assert "<Redirect" not in answer.text


def test_an_errand_reads_what_it_wrote() -> None:
    assert CallAttempt.read(str(CallAttempt(DeliveryId(12), 3))) == CallAttempt(DeliveryId(12), 3)


def test_a_matter_settled_by_a_click_is_not_this_calls_doing(
    provider: Provider, hotline: Hotline, placed: int, now: datetime
) -> None:
    provider.post(f"/ivr/told/{placed}", WORDS, query="call=1")
    with hotline.database.writing() as conn:
        (escalation,) = escalations.unsettled(conn)
        escalations.acknowledge(conn, escalation.id, how="click", who="chanhvanphong", now=now)
    assert "đã có người nhận" in provider.post("/ivr/turn/1", {**WORDS, "Digits": "1"}).text
    assert kept(hotline, placed).result == "answered"
