"""The second factor: six digits, each accepted once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import Connection

from logbook.accounts import accounts, second_factor
from logbook.database.engine import Database
from logbook.ids import PersonId
from logbook.settings.environment import DEMO_SECRET_KEY as KEY

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = timedelta(seconds=second_factor.STEP_SECONDS)


def code(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def armed(conn: Connection, now: datetime) -> int:
    person_id = accounts.add(
        conn, login="lan", name="Lan", role="clerk", password="correct horse battery", now=now
    )
    second_factor.keep(conn, person_id, SECRET, KEY)
    return person_id


@pytest.mark.row("T-14")
def test_a_code_opens_once_only(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = armed(conn, now)
        assert second_factor.accept(conn, PersonId(person_id), code(now), now, KEY)
        assert not second_factor.accept(conn, PersonId(person_id), code(now), now, KEY)
        assert second_factor.accept(conn, PersonId(person_id), code(now + STEP), now + STEP, KEY)


@pytest.mark.row("T-14")
def test_an_older_code_does_not_open_after_a_newer_one(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = armed(conn, now)
        assert second_factor.accept(conn, PersonId(person_id), code(now), now, KEY)
        assert not second_factor.accept(conn, PersonId(person_id), code(now - STEP), now, KEY)


@pytest.mark.row("T-14")
@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_wrong_by_one_step_and_no_more(steps: int, fits: bool, now: datetime) -> None:
    assert second_factor.proves(SECRET, code(now + steps * STEP), now) is fits


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "²²²²²²", "１２３４５６", "-12345", "12 45"]
)
def test_what_is_no_code_does_not_open(typed: str, now: datetime) -> None:
    assert not second_factor.proves(SECRET, typed, now)


def test_a_code_may_be_typed_in_two_halves(now: datetime) -> None:
    typed = code(now)
    assert second_factor.proves(SECRET, f"{typed[:3]} {typed[3:]}", now)


def test_somebody_without_a_second_factor_proves_nothing_with_one(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = armed(conn, now)
        second_factor.drop(conn, PersonId(person_id))
        assert not second_factor.is_set(conn, PersonId(person_id))
        assert not second_factor.accept(conn, PersonId(person_id), code(now), now, KEY)


def test_the_address_names_the_office_and_the_login() -> None:
    address = second_factor.address(second_factor.new_secret(), "lan", "UBND xã Đại Lãnh")
    assert address.startswith("otpauth://totp/")
    assert "lan" in address
    assert "issuer=UBND" in address
