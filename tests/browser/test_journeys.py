"""The work of a day in a real browser: mouse, keyboard, telephone width, and no script at all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from logbook.clock import Clock
from logbook.database import heartbeats
from logbook.outbox import escalations
from logbook.tickets import history
from tests.browser.conftest import WIDE, Visit
from tests.browser.office import Office
from tests.browser.waiting import Keyboard, follow
from tests.people import CHI, FARMER, NEIGHBOUR

SAID = "Mương trước nhà tôi ở thôn Đông bị tắc, nước thải tràn ra đường."
ANSWER = "Đoạn mương trước nhà bác đã được nạo vét xong sáng nay."


def act(page: Page, verb: str) -> str:
    """The form of a verb, laid open; its selector."""
    box = page.locator(f"#act-{verb}")
    if box.get_attribute("open") is None:
        box.locator("> summary").click()
    return f"#act-{verb}"


def send(page: Page, verb: str) -> None:
    follow(page.locator(f"#act-{verb} button").first)
    expect(page.get_by_role("status").first).to_have_text("Đã ghi vào phiếu.")


def state(page: Page) -> str:
    return page.locator("h1 .state").first.inner_text()


def write_down(page: Page) -> None:
    page.fill(f"{act(page, 'write')} [name=content]", SAID)
    page.fill("#act-write [name=summary]", "Mương thôn Đông bị tắc")
    send(page, "write")


def classify(page: Page) -> None:
    form = act(page, "classify")
    page.check(f"{form} [name=kind][value=feedback]")
    page.check(f"{form} [name=topic][value=process]")
    send(page, "classify")


def answer(page: Page) -> None:
    page.fill(f"{act(page, 'answer')} [name=answer]", ANSWER)
    send(page, "answer")


def close(page: Page) -> None:
    form = act(page, "close")
    page.select_option(f"{form} [name=outcome]", "resolved")
    page.fill(f"{form} [name=cause]", "Rác đọng sau mưa.")
    page.fill(f"{form} [name=remedy]", "Đã nạo vét và hẹn lịch kiểm tra.")
    send(page, "close")


def verified(office: Office) -> None:
    with office.hotline.database.reading() as conn:
        assert history.verify(conn) is None


@pytest.mark.row("000-01")
def test_a_clerk_takes_a_ticket_from_the_first_page_to_its_end_and_the_caller_hears_the_answer(
    office: Office, visit: Visit
) -> None:
    code = office.complain().code
    page = visit("clerk")
    new = page.locator(".numbers a", has_text="phiếu mới")
    assert new.locator("b").inner_text() == "1"
    follow(new)
    follow(page.get_by_role("link", name=code))
    assert state(page) == "mới"

    page.fill("#listen-reason", "nghe để ghi nội dung")
    with page.expect_response(re.compile(r"/recordings/\d+/sound$")) as sound:
        page.click(".sound-form button")
    assert sound.value.status == 206
    page.evaluate("document.querySelector('audio').play()")
    assert page.evaluate("document.querySelector('audio').readyState") >= 2
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(6, abs=1)

    write_down(page)
    classify(page)
    answer(page)
    assert state(page) == "đã trả lời"
    close(page)
    assert state(page) == "đã đóng"
    closed = office.ticket(code)
    assert (closed.state, closed.outcome, closed.cause) == ("closed", "resolved", "Rác đọng sau mưa.")

    page.goto("/console/tickets")
    page.fill("[data-search]", "muong thon dong")
    Keyboard(page).follow("Enter", at="[data-search]")
    follow(page.get_by_role("link", name=code))

    heard = office.ring(NEIGHBOUR).press("3").press(code).press(FARMER[-4:]).press("1").just_heard
    assert any(ANSWER in sentence for sentence in heard), heard

    page.fill(f"{act(page, 'reopen')} [name=reason]", "Người gửi gọi lại: mương lại tắc.")
    send(page, "reopen")
    assert state(page) == "đã phân loại"
    verified(office)


VISIBLE = """() => {
  const seen = document.activeElement, style = getComputedStyle(seen), box = seen.getBoundingClientRect();
  if (seen === document.body || seen.id === 'main') return 'nothing';
  const drawn = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return drawn && box.width > 0 && box.height > 0 && box.left > -1 ? '' : seen.outerHTML.slice(0, 200);
}"""


class Keys(Keyboard):
    """Somebody without a mouse; every stop of the Tab key must be seen."""

    def go_to(self, selector: str) -> None:
        """Tab until the focus is on `selector`."""
        for _ in range(150):
            if self.page.evaluate("one => document.activeElement.matches(one)", selector):
                return
            self.press("Tab")
            hidden = self.page.evaluate(VISIBLE)
            assert hidden in ("", "nothing"), f"the focus cannot be seen: {hidden}"
        pytest.fail(f"the Tab key never comes to {selector}")

    def open(self, verb: str) -> str:
        """Lay the form of a verb open."""
        if self.page.locator(f"#act-{verb}").get_attribute("open") is None:
            self.go_to(f"#act-{verb} > summary")
            self.press("Enter")
        return f"#act-{verb}"

    def write(self, text: str, into: str) -> None:
        """Tab to a field and type."""
        self.go_to(into)
        self.type(text, into=into)

    def send(self, verb: str) -> None:
        self.go_to(f"#act-{verb} button")
        self.follow("Enter")
        expect(self.page.get_by_role("status").first).to_have_text("Đã ghi vào phiếu.")


def test_the_same_work_is_done_by_keyboard_alone_with_the_focus_always_visible(
    office: Office, visit: Visit
) -> None:
    older, code = office.complain(NEIGHBOUR).code, office.complain().code
    page = visit()
    keys = Keys(page)
    page.goto("/console/")
    keys.type("clerk", into="#login")
    keys.write("lua chin ngoai dong", "#password")
    keys.follow("Enter")
    assert page.url == f"{office.address}/console/"

    keys.press("?")
    expect(page.locator("#help")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#help")).not_to_be_visible()

    keys.follow("g", "p")
    assert page.url == f"{office.address}/console/tickets"
    keys.press("j", "j")
    assert page.evaluate("document.activeElement.textContent") == older
    keys.follow("k", "Enter")
    assert page.url == f"{office.address}/console/tickets/{code}"

    keys.write("Mương bị tắc.", f"{keys.open('write')} [name=content]")
    keys.send("write")
    keys.go_to(f"{keys.open('classify')} [name=kind]")
    keys.press("Space", "ArrowRight")
    assert page.locator("#act-classify [name=kind][value=feedback]").is_checked()
    keys.go_to("#act-classify [name=topic]")
    keys.press("Space")
    keys.send("classify")
    keys.write("Đã nạo vét.", f"{keys.open('answer')} [name=answer]")
    keys.send("answer")
    keys.go_to(f"{keys.open('close')} [name=outcome]")
    keys.press("ArrowDown")
    keys.write("Rác đọng sau mưa.", "#act-close [name=cause]")
    keys.write("Đã nạo vét mương.", "#act-close [name=remedy]")
    keys.send("close")
    assert office.ticket(code).state == "closed"

    keys.follow("g", "p")
    assert page.url == f"{office.address}/console/tickets"
    keys.press("/")
    keys.type("muong", into="[data-search]")
    keys.follow("Enter")
    expect(page.get_by_role("link", name=code)).to_be_visible()
    verified(office)


@pytest.mark.row("000-01")
def test_the_main_path_works_without_any_script(office: Office, visit: Visit) -> None:
    code = office.complain().code
    page = visit("clerk", java_script_enabled=False)
    follow(page.locator(".numbers a", has_text="phiếu mới"))
    follow(page.get_by_role("link", name=code))
    write_down(page)
    classify(page)
    answer(page)
    close(page)
    page.click(".bar-group > summary:has-text('Tiếp nhận')")
    follow(page.locator(".bar-spread a[href$='/tickets']"))
    page.fill("[data-search]", "muong thon dong")
    follow(page.locator(".list-search button"))
    follow(page.get_by_role("link", name=code))
    assert state(page) == "đã đóng"
    follow(page.locator(".bar-person button"))
    page.goto("/console/tickets")
    expect(page.locator("#login")).to_be_visible()


def test_of_two_clerks_on_one_ticket_the_second_is_told_and_nothing_is_overwritten(
    office: Office, visit: Visit
) -> None:
    code = office.complain().code
    first, second = visit("clerk"), visit("clerk2")
    for page in (first, second):
        page.goto(f"/console/tickets/{code}")
    write_down(first)
    mine = "Người gửi nói về đèn đường, không phải mương."
    second.fill(f"{act(second, 'write')} [name=content]", mine)
    with second.expect_navigation() as answered:
        second.click("#act-write button")
    assert answered.value is not None
    assert answered.value.status == 409
    assert "Có người vừa thay đổi phiếu này" in second.locator("[role=alert]").inner_text()
    assert office.ticket(code).content == SAID
    assert second.locator("#matter ~ .as-written").inner_text() == SAID
    assert second.input_value("#act-write [name=content]") == mine
    send(second, "write")
    assert office.ticket(code).content == mine
    verified(office)


@pytest.mark.row("000-12")
def test_the_line_closed_on_the_first_page_tells_callers_why_until_it_is_opened_again(
    office: Office, visit: Visit
) -> None:
    page = visit("clerk")
    assert "Đường dây đang mở" in page.locator(".line-state").inner_text()
    page.click(".line-close summary")
    page.fill("#reason", "mất điện toàn xã")
    follow(page.locator(".line-close button"))
    expect(page.locator(".line-state")).to_contain_text("mất điện toàn xã")
    assert any("mất điện toàn xã" in sentence for sentence in office.ring().heard)
    follow(page.locator(".line-state button"))
    expect(page.locator(".line-state")).to_contain_text("Đường dây đang mở")
    assert not any("mất điện" in sentence for sentence in office.ring().heard)


@pytest.mark.row("T-14")
def test_a_copied_cookie_is_dead_once_its_owner_has_signed_out(office: Office, visit: Visit) -> None:
    page, thief = visit("clerk"), visit()
    copied = [one for one in page.context.cookies() if one["name"] == "tongdai"]
    assert [(one["httpOnly"], one["sameSite"]) for one in copied] == [(True, "Lax")]
    thief.context.add_cookies([{**copied[0]}])  # type: ignore[typeddict-item]
    thief.goto("/console/tickets")
    expect(thief.locator("h1")).to_have_text("Phiếu phản ánh, kiến nghị")
    follow(page.locator(".bar-person button"))
    expect(page.locator("#login")).to_be_visible()
    thief.goto("/console/tickets")
    expect(thief.locator("#login")).to_be_visible()
    assert [one["name"] for one in page.context.cookies() if one["name"] == "tongdai"] == []


@pytest.mark.row("000-13", "002-36")
def test_the_chairman_acknowledges_and_instructs_from_a_telephone_without_a_mouse_or_a_sideways_push(
    office: Office, visit: Visit
) -> None:
    first, second = office.complain().code, office.complain(NEIGHBOUR).code
    page = visit("chairman", phone=True)
    follow(page.get_by_role("link", name="Việc chờ bạn xác nhận: 2"))
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    escalation = page.locator(".matter", has_text=first)
    button = escalation.get_by_role("button", name="Đã nhận thông tin")
    size = button.bounding_box()
    assert size is not None
    assert (size["height"] >= 48, size["width"] >= 250) == (True, True)
    follow(button)
    expect(page.get_by_role("status").first).to_contain_text("bạn đã nhận thông tin")
    expect(page.locator(".matter", has_text=first)).to_have_count(0)

    escalation = page.locator(".matter", has_text=second)
    escalation.get_by_text("Ghi chỉ đạo…").click()
    escalation.locator("textarea").fill("Cho kiểm tra ngay.")
    follow(escalation.get_by_role("button", name="Gửi chỉ đạo"))
    expect(page.get_by_role("status").first).to_contain_text("Đã ghi chỉ đạo vào phiếu")
    expect(page.get_by_text("Không có việc nào chờ bạn xác nhận.")).to_be_visible()
    with office.hotline.database.reading() as conn:
        assert escalations.unsettled(conn) == []
        assert history.of(conn, office.ticket(second).id)[-1].verb == "instruct"
    verified(office)


@pytest.mark.parametrize("script", [True, False])
def test_on_a_telephone_the_menu_is_one_line_that_opens_by_a_finger_or_by_the_keyboard(
    office: Office, visit: Visit, script: bool
) -> None:
    page = visit("head_of_office", phone=True, java_script_enabled=script)
    menu = page.get_by_role("navigation", name="Danh mục trang")
    size = menu.bounding_box()
    assert size is not None
    assert size["height"] <= 48
    assert menu.get_by_role("link").count() == 0, "folded links are for nobody"
    menu.locator("summary", has_text="Danh mục trang: Hôm nay").press("Enter")
    expect(menu.get_by_role("link").first).to_be_visible()
    assert 2 * menu.get_by_role("link").count() == menu.locator("a").count(), "folded, or in one row"
    follow(menu.get_by_role("link", name="Nhật ký"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhật ký")
    expect(menu.locator(".bar-folded > summary")).to_have_text("Danh mục trang: Nhật ký")
    page.set_viewport_size(WIDE)
    group = menu.locator(".bar-group > summary", has_text="Quản trị")
    expect(group).to_have_text("Quản trị: Nhật ký")
    assert menu.get_by_role("link", name="Nhật ký").count() == 0, "folded until it is asked for"
    group.press("Enter")
    expect(menu.get_by_role("link", name="Nhật ký")).to_have_attribute("aria-current", "page")
    menu.locator(".bar-group > summary", has_text="Hồ sơ, phiếu").press("Space")
    expect(menu.get_by_role("link", name="Hồ sơ một cửa")).to_be_visible()
    expect(menu.get_by_role("link", name="Nhật ký")).to_have_count(0)
    assert (menu.bounding_box() or {"height": 99})["height"] <= 48, "one row"


@pytest.mark.row("F-24")
def test_an_open_page_is_never_green_on_what_it_cannot_know(office: Office, visit: Visit) -> None:
    with office.hotline.database.writing() as conn:
        for name in heartbeats.VITAL:
            heartbeats.beat(conn, name, Clock().now())
    page = visit("clerk")
    page.clock.install()
    page.goto("/console/")
    light = page.locator(".health")
    expect(light).to_contain_text("đang chạy")
    page.route("**/console/health", lambda route: route.abort())
    page.clock.run_for(11_000)
    expect(page.get_by_role("alert")).to_contain_text("không biết tin có còn được báo không")
    expect(light).not_to_contain_text("đang chạy")
    page.unroute("**/console/health")
    page.clock.run_for(11_000)
    expect(light).to_contain_text("đang chạy")
    light.evaluate("(one) => { one.dataset.same = 'yes'; }")
    for _ in range(2):
        with page.expect_response("**/console/health"):
            page.clock.run_for(11_000)
    expect(page.locator(".health[data-same]")).to_have_count(1)


@pytest.mark.row("R4")
@pytest.mark.row("000-03")
@pytest.mark.parametrize("script", [True, False])
def test_on_a_telephone_the_head_of_office_gives_a_session_to_a_colleague_and_the_next_call_rings_them(
    office: Office, visit: Visit, script: bool
) -> None:
    page = visit("head_of_office", phone=True, java_script_enabled=script)
    page.goto("/console/duty")
    follow(page.get_by_role("link", name="Đến hôm nay"))
    cell = page.get_by_label("thứ tư 25/11, buổi 08:00-11:00: người trực thứ 1")
    expect(cell).to_have_value("an")
    expect(cell).to_be_in_viewport()
    cell.focus()
    cell.select_option(label="Lê Thị Chi (ví dụ)")
    keep = page.get_by_role("button", name="Lưu lịch trực")
    expect(keep).to_be_in_viewport()  # it follows the thumb
    keep.focus()
    Keyboard(page).follow("Enter")
    expect(page.get_by_role("status").first).to_have_text("Đã lưu lịch trực.")
    width = page.evaluate("document.documentElement.scrollWidth") if script else 390
    assert width <= 390
    caller = office.ring().press("0").clerk_answers(30)
    assert caller.line.rung == [CHI]
