"""The personal PIN: what may be one, whose it is, and how often it may be guessed."""

from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from logbook.accounts import accounts, phone_pin
from logbook.accounts.accounts import AccountRefusedError
from logbook.database.engine import Database
from logbook.database.tables import people as table
from logbook.ids import PersonId

PIN, OTHER = "5927", "8046"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_pin, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def person(conn: Connection, now: datetime, login: str = "chutich") -> int:
    return accounts.add(conn, login=login, name="Dũng", role="chairman", password="một câu rất dài", now=now)


def tried(conn: Connection, who: int, pin: str, now: datetime, tries: int = 3) -> str:
    return phone_pin.check(conn, PersonId(who), pin, tries_per_day=tries, now=now)


def test_a_pin_is_its_owners_until_it_is_removed(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        who, other = person(conn, now), person(conn, now, "phochutich")
        assert not phone_pin.has_pin(conn, PersonId(who))
        phone_pin.set_pin(conn, PersonId(who), PIN)
        assert phone_pin.has_pin(conn, PersonId(who))
        assert not phone_pin.has_pin(conn, PersonId(other))
        assert [tried(conn, who, PIN, now), tried(conn, who, OTHER, now)] == ["right", "wrong"]
        assert tried(conn, other, PIN, now) == "wrong"
        phone_pin.set_pin(conn, PersonId(who), OTHER)
        assert tried(conn, who, PIN, now) == "wrong"
        phone_pin.remove(conn, PersonId(who))
        assert not phone_pin.has_pin(conn, PersonId(who))
        assert tried(conn, who, OTHER, now) == "wrong"


def test_a_disabled_account_has_no_pin(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        who = person(conn, now)
        phone_pin.set_pin(conn, PersonId(who), PIN)
        accounts.disable(conn, PersonId(who), now)
        assert not phone_pin.has_pin(conn, PersonId(who))
        assert tried(conn, who, PIN, now) == "wrong"


def test_the_pin_itself_is_stored_nowhere(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        who = person(conn, now)
        phone_pin.set_pin(conn, PersonId(who), PIN)
        kept = conn.execute(select(table.c.phone_pin_hash).where(table.c.id == who)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PIN not in kept.split("$")


@pytest.mark.row("T-12")
def test_wrong_tries_are_counted_over_the_day_and_then_even_the_right_one_is_not_looked_at(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        who = person(conn, now)
        phone_pin.set_pin(conn, PersonId(who), PIN)
        for _ in range(5):
            assert tried(conn, who, PIN, now) == "right"
        assert [tried(conn, who, OTHER, now) for _ in range(4)] == ["wrong", "wrong", "wrong", "spent"]
        assert tried(conn, who, PIN, now) == "spent"
        assert tried(conn, who, PIN, now + timedelta(days=1)) == "right"


def test_one_persons_wrong_tries_cost_nobody_else_anything(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        who, other = person(conn, now), person(conn, now, "phochutich")
        phone_pin.set_pin(conn, PersonId(other), PIN)
        for _ in range(4):
            tried(conn, who, OTHER, now)
        assert tried(conn, other, PIN, now) == "right"


@pytest.mark.parametrize(
    "weak",
    [
        *("", "123", "123456789", "12a4", "１２３４５", "12 34"),
        *("0000", "777777", "1234", "4321", "45678", "98765", "7890", "1212", "123123"),
        *("1975", "2001", "2402", "0209", "240275", "750224", "24021975", "19750224"),
    ],
)
def test_runs_repeats_and_birthdays_are_refused(weak: str, database: Database, now: datetime) -> None:
    with database.writing() as conn:
        who = person(conn, now)
        with pytest.raises(AccountRefusedError, match="account_pin_weak"):
            phone_pin.set_pin(conn, PersonId(who), weak)
        assert not phone_pin.has_pin(conn, PersonId(who))


@pytest.mark.parametrize("good", ["5927", "80461", "594837", "5948372", "59483726"])
def test_four_to_eight_other_digits_are_taken(good: str) -> None:
    assert not phone_pin.is_weak(good)
