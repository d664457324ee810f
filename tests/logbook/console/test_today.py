"""The first page of the day."""

from tests.logbook.console.conftest import SignIn, form_token


def test_the_clerk_sees_at_once_that_the_line_is_open_and_until_when(signed_in: SignIn) -> None:
    page = signed_in("clerk").get("/console/").text
    assert "Đường dây đang mở" in page
    assert "đến 11:00" in page


def test_closing_needs_a_reason_and_is_heard_at_once(signed_in: SignIn) -> None:
    clerk = signed_in("clerk")
    token = form_token(clerk.get("/console/").text)
    clerk.post("/console/line/close", data={"form_token": token, "reason": " "})
    assert "Đường dây đang mở" in clerk.get("/console/").text
    clerk.post("/console/line/close", data={"form_token": token, "reason": "bão số chín"})
    assert "đóng bằng tay: bão số chín" in clerk.get("/console/").text
    clerk.post("/console/line/open", data={"form_token": token})
    assert "Đường dây đang mở" in clerk.get("/console/").text


def test_who_may_not_run_the_line_is_not_shown_the_switch(signed_in: SignIn) -> None:
    chairman = signed_in("chairman")
    page = chairman.get("/console/").text
    assert "Đóng ngay" not in page
    answer = chairman.post("/console/line/close", data={"form_token": form_token(page), "reason": "x"})
    assert answer.status_code == 403
