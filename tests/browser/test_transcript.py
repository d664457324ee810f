"""A citizen speaks, a machine writes a draft, and a clerk listens, corrects it and stands for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from logbook.settings.transcripts import TranscriptsPart
from scheduler.sounds.draft_transcripts import TranscriptsDue
from tests.browser.conftest import PHONE, Visit
from tests.browser.office import Office
from tests.browser.test_pages import BROADER, violations
from tests.browser.waiting import follow
from tests.logbook.transcripts.stand_ins import put_program


@pytest.mark.proof
def test_a_clerk_turns_a_machines_draft_into_the_content_of_a_ticket(office: Office, visit: Visit) -> None:
    ticket = office.complain()
    hotline = office.hotline
    folder = hotline.settings.data_folder
    put_program(folder)
    part = TranscriptsPart(enabled=True, minutes=2, memory_mb=400)
    assert TranscriptsDue(hotline.database, hotline.clock, part, folder).run_once(lambda: True) == 1
    page = visit("clerk")
    page.goto(f"/console/tickets/{ticket.code}")
    expect(page.get_by_text("Có bản chép máy")).to_be_visible()
    follow(page.get_by_role("button", name="Nghe ghi âm"))
    draft = page.locator(".transcript")
    expect(draft).to_contain_text("Bản chép máy, chưa xác nhận")
    expect(draft.locator("blockquote")).to_have_text("đường thôn Đông hỏng nặng")
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(BROADER) <= 0
    assert violations(page) == []
    follow(draft.get_by_role("button"))
    field = page.locator("#write-content")
    expect(field).to_have_value("đường thôn Đông hỏng nặng")
    expect(page.locator("audio")).to_be_visible()
    assert violations(page) == []
    field.fill("Đường thôn Đông hỏng nặng, xe không đi được.")
    follow(page.locator("#act-write button.btn-primary"))
    assert office.ticket(ticket.code).content == "Đường thôn Đông hỏng nặng, xe không đi được."
    follow(page.get_by_role("button", name="Nghe ghi âm"))
    page.locator(".transcript summary").click()
    expect(page.locator(".transcript")).to_contain_text("xác nhận nội dung lúc")
