"""No address that a person enters makes the program knock at an inner machine (T-09)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from logbook.process.outside_addresses import AddressRefusedError, connectable, is_public, read

REFUSED = """
http://example.vn/hook
https://
https://user:secret@example.vn/
https://user@example.vn/
https://example.vn:0/
https://example.vn:/
https://example.vn:99999/
https://127.0.0.1/
https://localhost/
https://LOCALHOST./
https://a.localhost/
https://printer/
https://printer.local/
https://db.internal/
https://10.0.0.5/
https://192.168.1.1:8443/x
https://172.16.9.9/
https://169.254.169.254/latest/meta-data
https://100.64.1.1/
https://0.0.0.0/
https://0/
https://2130706433/
https://0x7f000001/
https://127.1/
https://[::1]/
https://[::]/
https://[fd00::1]/
https://[fe80::1]/
https://[::ffff:127.0.0.1]/
https://[::ffff:10.0.0.1]/
https://[64:ff9b::a00:1]/
https://[2002:7f00:1::]/
https://224.0.0.1/
https://255.255.255.255/
ftp://example.vn/
file:///etc/passwd
gopher://example.vn/
javascript:alert(1)
//example.vn/
example.vn
https://example.vn/#fragment
https://example.vn\\@10.0.0.1/
https://example.vn /x
""".strip().splitlines()


@pytest.mark.row("T-09")
def test_hostile_addresses_are_refused_before_anything_is_asked() -> None:
    more = ["https://exa\u0301mple.vn/", "https://e.vn/\r\nHost: x", "https://e.vn/" + "a" * 500, ""]
    assert [url for url in [*REFUSED, *more] if not _refused(url)] == []


def _refused(url: str) -> bool:
    try:
        read(url)
    except AddressRefusedError as refused:
        return str(refused.args[0]).startswith("webhook_refused_")
    return False


def test_an_address_of_the_internet_and_a_named_inner_one_are_read() -> None:
    found = read("https://Tinh.Example.vn/hook?x=1")
    assert (found.host, found.port, found.target, found.named) == (
        "tinh.example.vn",
        443,
        "/hook?x=1",
        "tinh.example.vn",
    )
    inner = read("http://10.0.0.5:8080/", ["10.0.0.5:8080"])
    assert (inner.inner, inner.named) == (True, "10.0.0.5:8080")
    with pytest.raises(AddressRefusedError):
        read("http://10.0.0.5:8081/", ["10.0.0.5:8080"])


@pytest.mark.row("T-09")
def test_a_name_that_stands_for_an_inner_machine_is_refused_even_beside_a_public_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stands_for(*places: str) -> None:
        def found(*_: object, **__: object) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443)) for place in places]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    address = read("https://tinh.example.vn/")
    stands_for("8.8.8.8")
    assert connectable(address) == "8.8.8.8"
    for places in (
        ("10.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("8.8.8.8", "::ffff:10.0.0.1"),
        ("fe80::1%eth0",),
    ):
        stands_for(*places)
        with pytest.raises(AddressRefusedError):
            connectable(address)


def test_public_machines_are_told_from_all_others() -> None:
    assert [one for one in ("8.8.8.8", "2001:4860:4860::8888") if not is_public(one)] == []
    assert [
        one for one in ("203.0.113.1", "198.18.0.1", "x", "", "192.0.2.1", "fc00::1") if is_public(one)
    ] == []
