"""The administrator gives a token to another system, sees it once, and takes it back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from logbook.accounts import api_clients
from logbook.api.registry import api_blueprint
from logbook.installation import Installation
from tests.logbook.console.conftest import SignIn, form_token


@pytest.mark.row("T-10")
def test_a_token_is_shown_once_reads_what_was_ticked_and_ends_when_it_is_revoked(
    installation: Installation, desk_app: Flask, signed_in: SignIn
) -> None:
    desk_app.register_blueprint(api_blueprint(installation))
    browser = signed_in("administrator")
    page = browser.get("/console/connections")
    assert "Chưa hệ thống nào được đọc." in page.text
    form = {"form_token": form_token(page.text), "name": "Bảng điều hành", "days": "30", "right": ["tickets"]}
    made = browser.post("/console/connections/clients", data=form)
    found = re.search(r"tdai_[A-Za-z0-9_-]{43}", made.text)
    assert found is not None
    assert made.headers["Cache-Control"] == "no-store"
    reader, header = desk_app.test_client(), {"Authorization": f"Bearer {found[0]}"}
    assert reader.get("/api/v1/tickets", headers=header).status_code == 200
    assert reader.get("/api/v1/calls", headers=header).status_code == 403
    page = browser.get("/console/connections")
    assert "Bảng điều hành" in page.text
    assert found[0] not in page.text
    revoked = browser.post(
        "/console/connections/clients/1/revoke", data={"form_token": form_token(page.text)}
    )
    assert revoked.status_code == 303
    assert reader.get("/api/v1/tickets", headers=header).status_code == 401
    assert "đã thu hồi ngày" in browser.get("/console/connections").text
    journal = signed_in("auditor").get("/console/journal").text
    assert "Cấp mã truy cập cho hệ thống khác" in journal
    assert "Thu hồi mã truy cập" in journal


@pytest.mark.row("T-10")
def test_nobody_gives_a_token_rights_beyond_their_own(installation: Installation, signed_in: SignIn) -> None:
    administrator, head = signed_in("administrator"), signed_in("head_of_office")
    given = {"name": "Tỉnh", "days": "30"}
    for right in ("contents", "callers"):
        page = administrator.get("/console/connections").text
        assert re.search(rf'value="{right}"[^>]* disabled', page), right
        form = {"form_token": form_token(page), "right": ["tickets", right], **given}
        refused = administrator.post("/console/connections/clients", data=form)
        assert (refused.status_code, "tdai_" in refused.text) == (403, False), right
    with installation.database.reading() as conn:
        assert api_clients.listed(conn) == []
    page = head.get("/console/connections").text
    assert " disabled" not in page
    form = {"form_token": form_token(page), "right": ["tickets", "contents", "callers"], **given}
    assert "tdai_" in head.post("/console/connections/clients", data=form).text


def test_what_cannot_be_given_is_refused_in_words_and_what_was_typed_stays(signed_in: SignIn) -> None:
    browser = signed_in("administrator")
    token = form_token(browser.get("/console/connections").text)
    said: dict[str, dict[str, Any]] = {
        "Chưa ghi tên hệ thống.": {"name": " ", "days": "30", "right": ["tickets"]},
        "Chưa chọn được đọc gì.": {"name": "Tỉnh", "days": "30"},
        "Số ngày phải từ 1 đến 730.": {"name": "Tỉnh", "days": "731", "right": ["tickets"]},
    }
    for sentence, form in said.items():
        answer = browser.post("/console/connections/clients", data={"form_token": token, **form})
        assert answer.status_code == 400
        assert sentence in answer.text
    assert (
        browser.post(
            "/console/connections/clients",
            data={"form_token": token, "name": "T", "days": "9", "right": ["all"]},
        ).status_code
        == 400
    )


@pytest.mark.row("T-09")
def test_an_address_is_added_checked_shown_with_its_key_and_stopped(signed_in: SignIn) -> None:
    browser = signed_in("administrator")
    token = form_token(browser.get("/console/connections").text)
    refused = {
        "Địa chỉ phải là https://": "http://tinh.example/",
        "Địa chỉ này ở trong mạng nội bộ": "https://192.168.1.5/",
        "Địa chỉ không đúng dạng": "tinh.example",
    }
    for sentence, url in refused.items():
        form = {"form_token": token, "webhook_name": "Cổng tỉnh", "url": url}
        answer = browser.post("/console/connections/webhooks", data=form)
        assert (answer.status_code, sentence in answer.text, url in answer.text) == (400, True, True)
    form = {"form_token": token, "webhook_name": "Cổng tỉnh", "url": "https://tinh.example/nhan"}
    made = browser.post("/console/connections/webhooks", data=form)
    page = browser.get(made.headers["Location"])
    assert "https://tinh.example/nhan" in page.text
    assert "whsec_" not in page.text
    with_key = browser.post("/console/connections/webhooks/1/key", data={"form_token": token})
    assert re.search(r"whsec_[A-Za-z0-9+/]{43}=", with_key.text)
    browser.post("/console/connections/webhooks/1/stop", data={"form_token": token})
    assert "đã dừng ngày" in browser.get("/console/connections").text
    journal = signed_in("auditor").get("/console/journal").text
    assert all(act in journal for act in ("Thêm địa chỉ được báo tin", "Xem khóa chữ ký", "Dừng báo tin"))
