"""The form's own address inside the office: the form answers there, and nothing else of the program."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from ivr.app import create_app
from ivr.commands.check import set_lines
from ivr.line.hotline import Hotline
from logbook.public import own_address
from logbook.ratings import tokens
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings
from tests import frozen

INSIDE = "192.168.1.10:8000"


@pytest.fixture
def inside(hotline: Hotline) -> Flask:
    """The whole application of an office whose form has an address of its own."""
    return create_app(replace(hotline, settings=replace(hotline.settings, wifi_url=f"http://{INSIDE}")))


@pytest.mark.row("004-01")
@pytest.mark.row("T-01")
def test_on_its_own_address_the_form_answers_and_every_other_route_of_the_map_is_not_there(
    hotline: Hotline, inside: Flask
) -> None:
    with hotline.database.writing() as conn:
        code = tokens.make(conn, 1, "x", hotline.clock.now())[0]
    browser = inside.test_client(use_cookies=False)
    answered: dict[str, int] = {}
    for rule in inside.url_map.iter_rules():
        filled = rule.rule
        for name in rule.arguments:
            filled = filled.replace(f":{name}>", f"{name}>")
            begin = filled.index("<")
            filled = filled[:begin] + "1" + filled[filled.index(">") + 1 :]
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            for host in (INSIDE, "192.168.1.10", "192.168.1.10.:9"):
                status = browser.open(filled, method=method, headers={"Host": host}).status_code
                if status != 404:
                    answered[f"{method} {rule.rule}"] = status
    form = {f"{method} /r": 200 for method in ("GET", "HEAD")}
    assert answered == {"GET /": 303, "HEAD /": 303} | form
    for path in (f"/r/{code}", "/r"):
        assert browser.get(path, headers={"Host": INSIDE}).status_code == 200
    sent = browser.post(f"/r/{code}", data={"a1": "5"}, headers={"Host": INSIDE})
    assert (sent.status_code, "Set-Cookie" in sent.headers) == (200, False)
    assert browser.get("/", headers={"Host": INSIDE}).headers["Location"] == "/r"
    for path in ("/console/", "/ket-qua", "/nowhere"):
        said = browser.get(path, headers={"Host": INSIDE}).text
        assert "Ở đây chỉ có phiếu đánh giá" in said, path
        assert re.findall(r'href="(/[^"]*)"', said) == ["/r"], "and the way on stays on this address"
    for path in ("/healthz", "/console/sign-in", "/", f"/r/{code}"):
        assert browser.get(path, headers={"Host": "hotline.example.vn"}).status_code == 200, path


def test_a_host_is_the_forms_own_however_it_is_spelt(hotline: Hotline) -> None:
    settings = replace(hotline.settings, public_url="https://xa.vn", wifi_url="http://Danh-Gia.lan:8000")
    ours = ("danh-gia.lan", "DANH-GIA.LAN:8000", "danh-gia.lan.", "danh-gia.lan:1")
    others = ("xa.vn", "danh-gia.lan.xa.vn", "", "[", "danh-gia.lan:x", "127.0.0.1")
    assert [host for host in ours if not own_address.is_form_host(host, settings)] == []
    assert [host for host in others if own_address.is_form_host(host, settings)] == []
    same = replace(settings, public_url="http://127.0.0.1:8000", wifi_url="http://127.0.0.1:8080")
    assert own_address.is_form_host("127.0.0.1:8080", same)
    assert not own_address.is_form_host("127.0.0.1:8000", same)


@pytest.mark.row("004-03")
def test_check_names_the_address_and_the_network_and_never_its_password() -> None:
    environ = frozen.OFFICE | {
        "TONGDAI_WIFI_URL": f"http://{INSIDE}",
        "TONGDAI_WIFI_NAME": "Đánh Giá Cán Bộ_5G",
        "TONGDAI_WIFI_PASSWORD": "mat-khau-13579",
    }
    said = "\n".join(set_lines(load_settings(environ)))
    assert f"http://{INSIDE}/r" in said
    assert "Đánh Giá Cán Bộ_5G" in said
    assert "mat-khau-13579" not in said
    assert "chưa đặt TONGDAI_WIFI_URL" in "\n".join(set_lines(load_settings(frozen.OFFICE)))
    for wrong in ("192.168.1.10", "http://192.168.1.10/x", "http://127.0.0.1:8000", "ftp://a"):
        with pytest.raises(SettingsError, match="TONGDAI_WIFI_URL"):
            load_settings(frozen.OFFICE | {"TONGDAI_WIFI_URL": wrong})
