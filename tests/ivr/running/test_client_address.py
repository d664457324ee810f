"""Whose request it is: a forwarded address is believed of known proxies only (S3)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from flask import Flask, request

from ivr.running.client_address import ClientAddress, client_of
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings

PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.row("S3")
@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", ["203.0.113.7"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["1.2.3.4", " 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["1.2.3.4", "203.0.113.7", "10.1.2.3"], "203.0.113.7"),
        ("127.0.0.1", ["", ""], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("fd00::5", ['"[2001:db8::1]:443"'], "2001:db8::1"),
        ("::ffff:127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7", "²0.0.0.1"], "127.0.0.1"),
        ("", ["203.0.113.7"], ""),
    ],
)
def test_the_first_address_that_is_no_proxy_of_ours_is_the_client(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_of(peer, forwarded, PROXIES) == client


@pytest.mark.row("S3")
def test_without_proxies_in_the_settings_a_forwarded_address_is_forged() -> None:
    app = Flask("address")
    app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.headers.get('X-Forwarded-For')}")
    forged = {"X-Forwarded-For": "203.0.113.7"}
    plain = app.wsgi_app
    for proxies, seen in (((), "127.0.0.1 None"), (PROXIES, "203.0.113.7 None")):
        app.wsgi_app = ClientAddress(plain, proxies)  # type: ignore[method-assign]
        assert app.test_client().get("/", headers=forged).text == seen


@pytest.mark.row("S3")
def test_proxies_are_addresses_or_networks_and_anything_else_stops_the_start() -> None:
    assert load_settings({}).trusted_proxies == ()
    given = load_settings({"TONGDAI_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.1/8,fd00::/8"})
    assert given.trusted_proxies == PROXIES
    for wrong in ("proxy.example", "10.0.0.0/99", "1.2.3", "*"):
        with pytest.raises(SettingsError, match="TONGDAI_TRUSTED_PROXIES"):
            load_settings({"TONGDAI_TRUSTED_PROXIES": wrong})
