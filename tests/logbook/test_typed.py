"""Passwords are letters and codes are digits, however a keyboard spells them (B-14, B-10)."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import pytest
from sqlalchemy import Connection, select

from logbook import typed
from logbook.accounts import accounts, administration, phone_pin, second_factor
from logbook.accounts.accounts import AccountRefusedError
from logbook.database.engine import Database
from logbook.database.tables import people as table
from logbook.ids import PersonId

LETTERS = "Mật khẩu ngoài đồng ruộng"
WINDOWS = "".join(
    unicodedata.normalize(
        "NFC", "".join(s for s in unicodedata.normalize("NFD", letter) if s not in typed._TONES)
    )
    + "".join(s for s in unicodedata.normalize("NFD", letter) if s in typed._TONES)
    for letter in LETTERS
)
KEYBOARDS = {
    "composed": LETTERS,
    "decomposed": unicodedata.normalize("NFD", LETTERS),
    "tones apart, as on Windows": WINDOWS,
    "after a byte order mark": "\ufeff" + LETTERS,
    "with a line end": LETTERS + "\r\n",
    "with hard spaces": LETTERS.replace(" ", "\u00a0"),
}


def somebody(conn: Connection, now: datetime, password: str = LETTERS, login: str = "lan") -> int:
    return accounts.add(conn, login=login, name="Lan", role="clerk", password=password, now=now)


@pytest.mark.row("B-14")
def test_a_password_set_on_any_keyboard_opens_on_every_other(database: Database, now: datetime) -> None:
    wrong = []
    with database.writing() as conn:
        for number, (set_on, password) in enumerate(KEYBOARDS.items()):
            somebody(conn, now, password, f"lan{number}")
            wrong += [
                (set_on, typed_on)
                for typed_on, again in KEYBOARDS.items()
                if accounts.known_by_password(conn, f"lan{number}", again) is None
            ]
        assert accounts.known_by_password(conn, "lan0", LETTERS.replace("ậ", "â")) is None
        assert accounts.known_by_password(conn, "lan0", LETTERS.casefold()) is None
    assert len(set(KEYBOARDS.values())) == len(KEYBOARDS)
    assert wrong == []


@pytest.mark.row("B-14")
def test_a_hash_of_before_opens_with_the_same_letters_and_is_made_anew(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        person_id = somebody(conn, now)
        for spelling in ("composed", "decomposed", "tones apart, as on Windows"):
            old = accounts._HASHER.hash(KEYBOARDS[spelling])
            conn.execute(table.update().values(password_hash=old))
            for name in ("composed", "decomposed", "tones apart, as on Windows"):
                assert accounts.known_by_password(conn, "lan", KEYBOARDS[name]) is not None, (spelling, name)
            fresh = accounts.newer_hash(conn, PersonId(person_id), KEYBOARDS["decomposed"])
            if fresh is not None:
                accounts.renew_hash(conn, PersonId(person_id), fresh)
            kept = conn.execute(select(table.c.password_hash)).scalar_one()
            assert (kept == old) == (spelling == "composed")
            assert accounts._verify(kept, LETTERS)


@pytest.mark.row("B-14")
def test_a_password_has_ten_to_two_hundred_letters_however_many_signs_they_are(
    database: Database, now: datetime
) -> None:
    nine, ten = "ộ" * 9, "ộ" * 10
    with database.writing() as conn:
        person_id = somebody(conn, now)
        for bad in (
            nine,
            unicodedata.normalize("NFD", nine),
            "",
            "ộ" * 201,
            "x" * 100_000,
            "a" * 12 + "\ud83d",
        ):
            with pytest.raises(AccountRefusedError, match="account_password_short"):
                accounts.set_password(conn, PersonId(person_id), bad, must_change=False)
            assert accounts.known_by_password(conn, "lan", bad) is None
        for good in (unicodedata.normalize("NFD", ten), unicodedata.normalize("NFD", "ộ" * 200)):
            accounts.set_password(conn, PersonId(person_id), good, must_change=False)
            assert accounts.known_by_password(conn, "lan", typed.password(good)) is not None


@pytest.mark.row("B-14")
def test_a_login_is_one_name_however_its_letters_are_spelt(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        somebody(conn, now, login="Hồng.Vân")
        for login in ("hồng.vân", unicodedata.normalize("NFD", "HỒNG.VÂN"), "\ufeffHồng.Vân ", "hồng．vân"):
            assert accounts.known_by_password(conn, login, LETTERS) is not None, login
            assert administration.find_login(conn, login) is not None
            with pytest.raises(AccountRefusedError, match="taken"):
                somebody(conn, now, login=login)
        conn.execute(table.update().values(login="ｌａｎ"))
        assert accounts.known_by_password(conn, "ｌａｎ", LETTERS) is not None, "kept like that before"


@pytest.mark.row("B-14")
def test_a_code_of_the_second_factor_may_be_written_in_groups_and_wide_digits(
    database: Database, now: datetime
) -> None:
    import pyotp

    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(now)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    for written in (
        code,
        f"{code[:3]} {code[3:]}",
        f"{code[:3]}\u00a0{code[3:]}\n",
        wide,
        f"{code[:3]}-{code[3:]}",
    ):
        assert second_factor.proves(secret, written, now), written
    for wrong in ("", "²" * 6, code[:5], code + "0", f"x{code}", "1" * 5000):
        assert not second_factor.proves(secret, wrong, now), wrong


def test_digits_are_read_through_what_people_write_between_them() -> None:
    for written in (
        "836 368",
        "836.368",
        "836-368",
        "836 36 8",
        "８３６３６８",
        "836\u00a0368",
        "836368#",
        "(836)368",
    ):
        assert typed.digits(written) == "836368", written
    for other in ("", " ", "83a368", "²36368", "836/368", "đường", "#"):
        assert typed.digits(other) is None, other


@pytest.mark.row("B-14")
def test_a_pin_is_weak_however_its_digits_are_spelt() -> None:
    assert phone_pin.is_weak(typed.digits("１２３４") or "")
