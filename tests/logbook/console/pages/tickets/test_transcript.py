"""A clerk reads what a machine heard, listens, corrects it and confirms it; before, it is nobody's word."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from logbook.database.tables import journal
from logbook.installation import Installation
from logbook.tickets.tickets import Ticket
from logbook.transcripts import drafts
from tests.logbook.console.cases import by_phone, change, read, send, token_of
from tests.logbook.console.conftest import SignIn

HEARD = "đường thôn quả mít hỏng nặng\nxe không qua được"
ODD = "quả mít"
"""Words only the machine has."""


def drafted(installation: Installation, ticket: Ticket, text: str = HEARD) -> None:
    with installation.database.writing() as conn:
        now = installation.clock.now()
        waiting = drafts.next_waiting(conn, now)
        assert waiting is not None
        assert waiting.recording.id == ticket.recording_id
        drafts.claim(conn, waiting, now, timedelta(minutes=5))
        drafts.finish(conn, waiting.recording.id, text, now, complete=True, engine="transcribe")


def listening(browser: FlaskClient, ticket: Ticket) -> str:
    page = browser.post(
        f"/console/tickets/{ticket.code}/listen", data={"form_token": token_of(browser), "reason": "soạn"}
    )
    return html.unescape(page.text)


def take(browser: FlaskClient, ticket: Ticket) -> str:
    token = {"form_token": token_of(browser)}
    return html.unescape(browser.post(f"/console/tickets/{ticket.code}/transcript", data=token).text)


def acts(installation: Installation) -> list[str]:
    with installation.database.reading() as conn:
        return list(conn.execute(select(journal.c.act).order_by(journal.c.number)).scalars())


def test_the_draft_stands_beside_the_audio_marked_as_unconfirmed_and_only_where_listening_is_noted(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    drafted(installation, ticket)
    before = html.unescape(clerk.get(f"/console/tickets/{ticket.code}").text)
    assert ODD not in before
    assert "Có bản chép máy, hiện ra khi bạn nghe ghi âm." in before
    page = listening(clerk, ticket)
    assert ODD in page
    assert "Bản chép máy, chưa xác nhận" in page
    assert "<audio" in page
    assert "listen" in acts(installation)
    assert read(installation, ticket).content is None


def test_a_clerk_takes_the_draft_into_the_form_corrects_it_and_by_saving_confirms_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    drafted(installation, ticket)
    page = take(clerk, ticket)
    assert f'rows="7" required>\n{HEARD}</textarea>' in page
    assert "bấm ghi là bạn xác nhận nội dung" in page
    assert "<audio" in page
    assert "listen" in acts(installation)
    assert read(installation, ticket).content is None, "looking changes nothing"
    own = "Đường thôn Quảng Mít hỏng nặng, xe không qua được."
    assert send(clerk, ticket.code, "write", content=own, draft="1").status_code == 303
    assert read(installation, ticket).content == own
    after = listening(clerk, ticket)
    assert "Người clerk đã nghe, sửa và xác nhận nội dung" in after
    assert "Đưa bản chép vào ô nội dung" not in after
    assert [act for act in acts(installation) if "transcript" in act] == [
        "take_transcript",
        "confirm_transcript",
    ]


def test_content_that_was_written_already_stays_above_the_draft(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    drafted(installation, ticket)
    change(installation, ticket, "write", content="Đã ghi tay.", summary="Đường hỏng")
    page = take(clerk, ticket)
    assert f"Đã ghi tay.\n\n{HEARD}</textarea>" in page
    assert 'value="Đường hỏng"' in page


def test_a_draft_is_found_by_no_search_before_somebody_confirmed_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    drafted(installation, ticket)
    address = "/console/tickets?q=qua+mit"
    assert ticket.code not in clerk.get(address).text
    send(clerk, ticket.code, "write", content=HEARD, draft="1")
    assert ticket.code in clerk.get(address).text


@pytest.mark.row("T-10")
def test_who_may_not_hear_the_recording_reads_no_draft_of_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation)
    drafted(installation, ticket)
    found = {}
    for role in ("auditor", "head_of_desk", "administrator"):
        browser = signed_in(role)
        found[role] = ODD in listening(browser, ticket) or ODD in take(browser, ticket)
    chairman = signed_in("chairman")
    assert ODD in listening(chairman, ticket)
    assert "Đưa bản chép vào ô nội dung" not in listening(chairman, ticket), "who only reads, only reads"
    change(installation, ticket, "guide", kind="denunciation")
    clerk = signed_in("clerk")
    found["guided"] = ODD in listening(clerk, ticket) or ODD in take(clerk, ticket)
    assert found == dict.fromkeys(found, False)


def test_hostile_words_of_a_machine_are_shown_as_words(signed_in: SignIn, installation: Installation) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    drafted(installation, ticket, "</textarea></blockquote><script>window.__pwned=1</script>\x00\u202eđảo")
    token = {"form_token": token_of(clerk), "reason": ""}
    for path in ("listen", "transcript"):
        page = clerk.post(f"/console/tickets/{ticket.code}/{path}", data=token).text
        assert "<script>window" not in page
        assert "&lt;script&gt;window" in page


def test_every_way_a_try_may_end_is_said_in_words(signed_in: SignIn, installation: Installation) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    with installation.database.writing() as conn:
        now = installation.clock.now()
        waiting = drafts.next_waiting(conn, now)
        assert waiting is not None
        drafts.claim(conn, waiting, now, timedelta(minutes=5))
    assert "Máy đang chép ghi âm này" in listening(clerk, ticket)
    with installation.database.writing() as conn:
        drafts.finish(conn, waiting.recording.id, " ", now, complete=True, engine="x")
    assert "Máy không nghe thấy tiếng nói" in listening(clerk, ticket)
