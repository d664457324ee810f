"""Calls from the telephone in the browser: the same line, webhooks and signatures as every other one."""

from __future__ import annotations

from array import array
from base64 import b64decode

import pytest
from sqlalchemy import select

from ivr.phone import sound
from ivr.phone.parameters import WITHHELD
from ivr.softphone.pages import SAMPLE
from logbook.clock import local
from logbook.database.tables import calls, tickets
from logbook.prompts import clips
from logbook.prompts.clips import ClipSource
from logbook.provider import client
from tests.browser.office import Office
from tests.ivr.softphone.conftest import Opens
from tests.ivr.softphone.tab import Tab
from tests.logbook.book_of_cases import hire
from tests.suite.waiting import until

SPEECH = (SAMPLE / "complaint.wav").read_bytes()
CLERK = "0258.3842.111"


def complain(phone: Tab) -> Tab:
    """Call, press 2, 1, 1, speak, send."""
    return phone.call().press("2").press("1").press("1").speak(SPEECH).press("1")


def test_a_complaint_spoken_into_the_browser_becomes_a_ticket_shown_beside_the_telephone(
    office: Office, tab: Opens
) -> None:
    phone = complain(tab())
    kept = phone.next("kept", lambda event: bool(event["tickets"]))
    (shown,) = kept["tickets"]
    ticket = office.ticket(shown["code"])
    assert (ticket.caller_number, ticket.state) == ("+84912345678", "new")
    assert kept["state"] == "complaint.filed"
    assert "5678" not in str(kept["lines"]), "the logbook shows numbers masked"
    assert until(lambda: any("Mã tra cứu là" in sentence for sentence in phone.said()))


def test_what_was_spoken_is_what_the_provider_keeps(office: Office, tab: Opens) -> None:
    phone = complain(tab())
    phone.next("kept", lambda event: bool(event["tickets"]))
    folder = office.hotline.settings.data_folder / "provider" / "recordings"
    (wave,) = folder.glob("*.wav")
    there, spoken = (sound.read(each).samples for each in (wave.read_bytes(), SPEECH))
    assert abs(len(there) - len(sound.read(sound.trimmed(SPEECH)).samples)) < sound.RATE / 10
    middle = array("h", spoken[24000:32000])
    assert middle.tobytes() in there.tobytes()


def test_every_webhook_is_shown_with_its_signature_fields_document_and_milliseconds(tab: Opens) -> None:
    phone = tab().call()
    shown = phone.next("webhook")
    assert shown["url"].endswith("/ivr/voice")
    assert len(shown["signature"]) == 28
    assert ["From", "+84912345678"] in shown["fields"]
    assert "<Gather" in shown["document"]
    assert shown["milliseconds"] > 0
    assert (
        shown["ahead"] == [event["sound"] for event in phone.seen if event["kind"] == "say"] or shown["ahead"]
    )


def test_a_key_interrupts_what_may_be_interrupted_and_not_the_notice(tab: Opens) -> None:
    phone = tab().call().press("2").press("1")
    phone.next("waits")
    notice, question = [event for event in phone.seen if event["kind"] == "say"][-2:]
    assert (notice["stops"], question["stops"]) == (False, True)


def test_a_withheld_number_is_sent_as_providers_send_it(office: Office, tab: Opens) -> None:
    tab("anonymous").call().next("waits")
    with office.hotline.database.reading() as conn:
        (call,) = conn.execute(select(calls.c.caller_raw, calls.c.caller_number)).all()
    assert tuple(call) == (WITHHELD, None)


def test_a_call_on_saturday_night_hears_that_nobody_works(office: Office, tab: Opens) -> None:
    phone = tab().call("saturday")
    phone.next("waits")
    with office.hotline.database.reading() as conn:
        started = local(conn.execute(select(calls.c.started_at)).scalar_one())
    assert (started.weekday(), started.hour) == (5, 20)
    assert any("ngoài giờ" in said or "thứ bảy" in said or "nghỉ" in said for said in phone.said()), (
        phone.said()
    )


def test_a_call_at_tet_hears_of_tet(tab: Opens) -> None:
    phone = tab().call("tet")
    phone.next("waits")
    assert any("Tết" in said for said in phone.said()), phone.said()


def test_hanging_up_while_speaking_files_what_was_said(office: Office, tab: Opens) -> None:
    phone = tab().call().press("2").press("1").press("1")
    phone.next("record")
    samples = sound.read(SPEECH).samples.tobytes()
    for start in range(0, 48000, 3200):
        phone.voice(samples[start : start + 3200])
    phone.act("hang-up")
    assert phone.next("ended")["by"] == "caller"
    with office.hotline.database.reading() as conn:
        assert conn.execute(select(tickets.c.code)).all()


def test_a_tab_closed_while_somebody_speaks_loses_nothing_they_said(office: Office, tab: Opens) -> None:
    phone = tab().call().press("2").press("1").press("1")
    phone.next("record")
    samples = sound.read(SPEECH).samples.tobytes()
    for start in range(0, 48000, 3200):
        phone.voice(samples[start : start + 3200])
    phone.close()

    def filed() -> bool:
        with office.hotline.database.reading() as conn:
            return bool(conn.execute(select(tickets.c.code)).all())

    assert until(filed)
    (kept,) = (office.hotline.settings.data_folder / "provider" / "recordings").glob("*.wav")
    heard, spoken = sound.read(kept.read_bytes()).samples, sound.read(SPEECH).samples[:24000]
    quiet = len(spoken) - len(heard)
    assert 0 <= quiet < sound.RATE // 10, "at most the quiet at its ends is gone"
    apart = min(
        sum(abs(one - other) for one, other in zip(heard, spoken[first:], strict=False))
        for first in range(quiet + 1)
    )
    assert apart < 0.05 * sum(map(abs, spoken)), "a telephone's coding apart, it is the same"


def test_a_sentence_that_was_spoken_before_brings_its_sound_along(office: Office, tab: Opens) -> None:
    phone = tab().call()
    first = phone.next("say")
    assert "wav" not in first
    fetched = phone.sound(first["sound"])
    again = tab("0987.654.321").call().next("say")
    assert again["text"] == first["text"]
    assert b64decode(again["wav"]) == fetched.content
    assert again["origin"] == fetched.headers["X-Tongdai-Voice"]


def test_the_clerks_own_telephone_rings_in_another_tab_and_both_hear_each_other(tab: Opens) -> None:
    clerk, citizen = tab(CLERK), tab()
    citizen.call().press("0")
    assert citizen.next("rings_out")["reachable"]
    assert clerk.next("rings")["caller"]
    clerk.act("pick-up")
    citizen.next("talks")
    citizen.voice(b"\1\2" * 1600)
    assert clerk.next("voice")["samples"].startswith("AQIB")
    clerk.act("hang-up")
    assert citizen.next("leg")["status"] == "completed"
    assert clerk.next("ended")


def test_a_clerk_who_refuses_is_busy_and_without_a_tab_nobody_answers(tab: Opens) -> None:
    clerk, citizen = tab(CLERK), tab()
    citizen.call().press("0")
    clerk.next("rings")
    clerk.act("hang-up")
    assert citizen.next("leg")["status"] == "busy"
    assert not citizen.next("rings_out", lambda event: event["number"] != CLERK)["reachable"]


def test_a_closed_tab_hangs_up(office: Office, tab: Opens) -> None:
    phone = tab().call()
    phone.next("waits")
    phone.close()

    def over() -> bool:
        with office.hotline.database.reading() as conn:
            return conn.execute(select(calls.c.ended_at)).scalar_one() is not None

    assert until(over)


def test_the_chairmans_telephone_rings_when_the_office_calls_and_a_text_arrives(
    office: Office, tab: Opens
) -> None:
    phone = tab("0258.3842.100")
    settings = office.hotline.settings
    provider = client(settings.provider_url, settings.account_sid, settings.auth_token.get_secret_value())
    provider.messages.create(to="+842583842100", from_="+842583842102", body="Có phiếu mới")
    assert phone.next("message")["text"] == "Có phiếu mới"
    placed = provider.calls.create(
        to="+842583842100", from_="+842583842102", url=f"{settings.public_url}/ivr/fallback", timeout=20
    )
    assert placed.sid
    phone.next("rings")
    phone.act("pick-up")
    phone.next("answered")
    assert phone.next("say")["text"]
    phone.next("ended")


def test_every_sentence_is_a_sound_the_tab_can_fetch_and_is_marked_as_a_machines(
    office: Office, tab: Opens
) -> None:
    phone = tab().call()
    spoken = phone.next("say")
    answer = phone.sound(spoken["sound"])
    there = office.hotline.voice.sound(spoken["text"], "vi")
    assert there is not None
    assert (answer.content, answer.headers["X-Tongdai-Voice"]) == (there.wav, "synthetic")
    assert sound.duration(answer.content) > 2
    assert phone.sound("0" * 40).status_code == 404


def test_a_sentence_the_office_recorded_is_heard_with_its_words(office: Office, tab: Opens) -> None:
    greeting = tab().call().next("say")["text"]
    now = office.hotline.clock.now()
    with office.hotline.database.writing() as conn:
        clip = clips.add(
            conn,
            language="vi",
            prompt="any",
            text=greeting,
            wave=clips.mended_wave(sound.read(sound.tone(3)).samples),
            source=ClipSource.UPLOAD,
            person_id=hire(conn, now)["clerk"].id,
            now=now,
        )
        recorded, _ = clips.sounds(conn, [clip])[clip]
    office.hotline.prompts.announce()
    phone = tab("0987.654.321").call()
    heard = phone.next("say")
    assert (heard["text"], heard["recorded"]) == (greeting, True)
    assert phone.sound(heard["sound"]).content == recorded


@pytest.mark.proof
def test_while_the_book_is_locked_a_caller_hears_an_apology_within_ten_seconds_and_is_handed_on(
    office: Office, tab: Opens
) -> None:
    phone = tab().call("locked")
    assert "xin lỗi" in phone.next("say")["text"].lower()
    assert phone.next("rings_out")
    phone.act("hang-up")
    phone.next("ended")
    again = tab("0987.654.321").call()
    assert "Xin kính chào" in again.next("say")["text"], "the book is open again"
