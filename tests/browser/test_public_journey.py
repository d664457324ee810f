"""A month and an answered complaint on their way to the board and the web, by the people who do it."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.dossiers.months import Month
from logbook.publications import notices
from logbook.ratings import instruments
from logbook.sending.alarms import alarms, notice_alarms
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import follow
from tests.rated import slip

PHOTO = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
OCTOBER = "/console/notices/2026-10"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def survey(office: Office) -> None:
    """Forty slips of October, two of them dissatisfied with how simple it was."""
    settings = office.hotline.settings
    with office.hotline.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), at("2026-10-01T08:00"))
        many = len(instruments.for_slips(settings).criteria)
        for number in range(40):
            marks = [5] * (many - 1) + [2 if number < 2 else 4]
            slip(conn, settings, number + 1, marks, at("2026-10-14T09:00"))


def look_for_trouble(office: Office) -> None:
    settings, now = office.hotline.settings, office.hotline.clock.now()
    with office.hotline.database.writing() as conn:
        times, _ = Calendars(settings, office.hotline.clock).now(conn)
        found = notice_alarms.notice_missing(conn, settings.publications, times.office, now)
        alarms.tell(conn, found, now)


def answered_complaint(office: Office) -> str:
    ticket = office.settle(
        office.complain(),
        ("write", {"content": "Mương trước nhà tôi ở thôn Đông bị tắc.", "caller_name": "Đỗ Văn Sáu"}),
        ("classify", {"kind": "feedback", "topic": "process", "category": None, "urgent": False}),
        ("assign", {"to": office.ids["desk_officer"]}),
        ("answer", {"answer": "Đoạn mương trước nhà bác đã được nạo vét."}),
    )
    return ticket.code


def publish(page: Page, summary: str, answer: str) -> None:
    page.fill("#summary", summary)
    page.fill("#answer", answer)
    page.fill("#place", "thôn Đông")
    follow(page.get_by_role("button", name="Gửi để duyệt"))


@pytest.mark.row("002-25")
@pytest.mark.row("003-10")
@pytest.mark.row("003-11")
@pytest.mark.row("003-13")
@pytest.mark.proof
def test_a_month_is_counted_approved_printed_and_posted_by_two_officials_after_a_red_light(
    office: Office, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [at("2026-10-01T09:00")]
    monkeypatch.setattr(Clock, "now", lambda _clock: now[0])
    office.ring().hang_up()
    survey(office)
    now[0] = at("2026-11-09T09:00")
    look_for_trouble(office)
    head = visit("head_of_office")
    head.goto("/console/leader")
    expect(head.get_by_text("chưa niêm yết trên bảng").first).to_be_visible()
    head.goto("/console/notices")
    expect(head.get_by_role("alert")).to_contain_text("Đèn đỏ.")
    follow(head.get_by_role("link", name="Mở thông báo"))
    follow(head.get_by_role("button", name="Tổng hợp số liệu"))
    head.fill("#strengths", "Thái độ phục vụ được đánh giá cao.")
    head.fill("#shortcomings", "Một số người cho rằng hồ sơ còn phức tạp.")
    head.fill("#remedies", "Bổ sung hồ sơ mẫu tại bàn viết.")
    follow(head.get_by_role("button", name="Lưu nhận xét"))
    chairman = visit("chairman")
    chairman.goto(OCTOBER)
    follow(chairman.get_by_role("button", name="Duyệt thông báo"))
    assert visit().goto("/ket-qua/2026-10").status == 404  # type: ignore[union-attr]
    lead = visit("survey_lead")
    lead.goto(OCTOBER)
    assert lead.request.get(f"{OCTOBER}/sheet").body().startswith(b"%PDF")
    lead.set_input_files("#photo-board", {"name": "bang.png", "mimeType": "image/png", "buffer": PHOTO})
    follow(lead.get_by_role("button", name="Đã niêm yết"))
    look_for_trouble(office)
    clerk = visit("clerk")
    clerk.goto("/console/notices")
    expect(clerk.get_by_role("alert")).to_contain_text("Chưa đăng trên trang.")
    clerk.goto(OCTOBER)
    follow(clerk.get_by_role("button", name="Đã đăng tải"))
    clerk.goto("/console/notices")
    expect(clerk.get_by_role("alert")).to_have_count(0)
    citizen = visit()
    citizen.goto("/ket-qua")
    follow(citizen.get_by_role("link", name="Tháng 10/2026"))
    expect(citizen.get_by_text("40 phiếu khảo sát hợp lệ.")).to_be_visible()
    expect(citizen.get_by_text("95,0 %")).to_be_visible()
    expect(citizen.get_by_text("Bổ sung hồ sơ mẫu tại bàn viết.")).to_be_visible()
    with office.hotline.database.reading() as conn:
        found = notices.find(conn, Month(2026, 10))
        assert found is not None
        told = notices.of_notice(conn, found.id)
    assert {one.posted_by for one in told} == {office.ids["survey_lead"], office.ids["clerk"]}
    assert [bool(one.photo_type or one.address) for one in told] == [True, True]


@pytest.mark.row("002-27")
@pytest.mark.row("000-14")
@pytest.mark.proof
def test_an_answered_complaint_is_summarised_refused_once_approved_and_stands_in_public(
    office: Office, visit: Visit
) -> None:
    code = answered_complaint(office)
    clerk = visit("clerk")
    clerk.goto(f"/console/tickets/{code}")
    follow(clerk.get_by_role("link", name="Công khai câu trả lời"))
    publish(clerk, "Ông Sáu phản ánh mương bị tắc.", "Mương đã được nạo vét.")
    expect(clerk.get_by_role("alert")).to_contain_text("Ông Sáu")
    expect(clerk.locator("#answer")).to_have_value("Mương đã được nạo vét.")
    publish(clerk, "Người dân phản ánh mương thoát nước bị tắc.", "Mương đã được nạo vét xong.")
    expect(clerk.get_by_role("status").first).to_contain_text("chờ người thứ hai duyệt")
    head = visit("head_of_office")
    head.goto("/console/publications")
    follow(head.get_by_role("link", name=code))
    follow(head.get_by_role("button", name="Duyệt và công khai"))
    citizen = visit(java_script_enabled=False)
    citizen.goto("/tra-loi")
    expect(citizen.get_by_text("Người dân phản ánh mương thoát nước bị tắc.")).to_be_visible()
    citizen.fill("#tim", "nao vet")
    follow(citizen.get_by_role("button", name="Tìm"))
    expect(citizen.get_by_text("Mương đã được nạo vét xong.")).to_be_visible()
    assert clerk.request.get("/console/posters/a4").body().startswith(b"%PDF")
    assert citizen.context.cookies() == []
