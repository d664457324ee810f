"""An installation of several offices in a folder, each with a book, a number and secrets of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.frozen import CONFIG

CODES = ("22504", "22507", "22510")
PROVINCE = "https://tongdai.khanhhoa.example"


def number_of(code: str) -> str:
    """The number of the office with that code, as its line says it."""
    return f"+84258{int(code) % 10_000_000:07d}"


def secrets_of(code: str) -> str:
    """The file of secrets of one office."""
    return f"TWILIO_ACCOUNT_SID=AC{int(code):032d}\nTWILIO_AUTH_TOKEN={token_of(code)}\n"


def host_of(code: str) -> str:
    """The host of an office that names none of its own."""
    return f"{code}.{PROVINCE.removeprefix('https://')}"


def token_of(code: str) -> str:
    """What the provider signs with for one office."""
    return f"token-of-office-{code}-and-no-other"


def add_office(folder: Path, code: str, *, host: str | None = None, book: Path | None = None) -> Path:
    """Put an office into the installation; its folder. `book` is copied as its database."""
    place = folder / "offices" / code
    (place / "var").mkdir(parents=True, mode=0o700)
    text = CONFIG.read_text("utf-8")
    number = f'number: "{number_of(code)}"'
    assert text.count('number: "0258.3842.102"') == 1
    (place / "config.yaml").write_text(text.replace('number: "0258.3842.102"', number), "utf-8")
    own_host = "" if host is None else f"host: {host}\n"
    (place / "office.yaml").write_text(f'name: "UBND xã số {code}"\n{number}\n{own_host}', "utf-8")
    (place / "tongdai.env").write_text(secrets_of(code), "utf-8")
    if book is not None:
        shutil.copyfile(book, place / "var" / "tongdai.db")
    return place


def make_installation(
    folder: Path,
    codes: Iterable[str] = CODES,
    *,
    hosts: Mapping[str, str] | None = None,
    book: Path | None = None,
    address: str = PROVINCE,
) -> Path:
    """An installation with these offices."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "installation.yaml").write_text(
        f'province: "tỉnh Khánh Hòa"\npublic_address: "{address}"\n', "utf-8"
    )
    for code in codes:
        add_office(folder, code, host=(hosts or {}).get(code), book=book)
    return folder
