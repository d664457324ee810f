"""What an administrator does to accounts, and what the rules keep even from an administrator."""

from __future__ import annotations

import dataclasses
import threading
from datetime import datetime

import pytest
from sqlalchemy import Connection

from logbook.accounts import accounts, administration, second_factor, sessions
from logbook.accounts.accounts import AccountRefusedError
from logbook.accounts.administration import AccountDetails, StaleAccountError
from logbook.accounts.rights import Person
from logbook.database.engine import Database
from logbook.ids import PersonId
from logbook.settings.environment import DEMO_SECRET_KEY as KEY
from tests.suite.waiting import PATIENCE

LAN = AccountDetails("Lan", "Công chức", "clerk", "0912 345 678", sees_restricted=False)


def administrator(conn: Connection, now: datetime, login: str = "quan") -> Person:
    seen = AccountDetails(login, "", "administrator", "", sees_restricted=False)
    made, _ = administration.add(conn, login, seen, now)
    found = accounts.find(conn, made)
    assert found is not None
    return found


def version(conn: Connection, person_id: PersonId) -> str:
    account = administration.find(conn, person_id)
    assert account is not None
    return account.version


def test_a_new_account_opens_with_its_one_time_password_which_must_be_changed(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        made, password = administration.add(conn, "lan", LAN, now)
        known = accounts.known_by_password(conn, "lan", password)
        account = administration.find(conn, made)
    assert known is not None
    assert known.must_change_password
    assert account is not None
    assert account.telephone == "+84912345678"


def test_one_time_passwords_never_repeat_and_can_be_read_aloud() -> None:
    drawn = {administration.one_time_password() for _ in range(500)}
    assert len(drawn) == 500
    assert not any(sign in "0O1lIi" for password in drawn for sign in password)


@pytest.mark.parametrize(
    ("told", "key"),
    [
        (dataclasses.replace(LAN, name=" \x00 "), "account_name_missing"),
        (dataclasses.replace(LAN, role="king"), "account_role_unknown"),
        (dataclasses.replace(LAN, telephone="19001234"), "account_telephone_bad"),
        (dataclasses.replace(LAN, telephone="abc"), "account_telephone_bad"),
    ],
)
def test_particulars_that_cannot_be_are_refused(
    told: AccountDetails, key: str, database: Database, now: datetime
) -> None:
    with database.writing() as conn, pytest.raises(AccountRefusedError, match=key):
        administration.add(conn, "lan", told, now)


@pytest.mark.row("T-14")
def test_a_changed_role_ends_the_sessions_and_nothing_changed_ends_none(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        by = administrator(conn, now)
        made, _ = administration.add(conn, "lan", LAN, now)
        token = sessions.begin(conn, made, complete=True, address="", agent="", now=now)
        assert administration.change(conn, by, made, version(conn, made), LAN) == []
        assert sessions.of_token(conn, token, now) is not None
        auditor = dataclasses.replace(LAN, role="auditor")
        assert administration.change(conn, by, made, version(conn, made), auditor) == ["role"]
        assert sessions.of_token(conn, token, now) is None


def test_an_outdated_form_changes_nothing_and_learns_how_it_stands(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        by = administrator(conn, now)
        made, _ = administration.add(conn, "lan", LAN, now)
        read = version(conn, made)
        administration.change(conn, by, made, read, dataclasses.replace(LAN, title="Trưởng ban"))
        with pytest.raises(StaleAccountError) as outdated:
            administration.change(conn, by, made, read, dataclasses.replace(LAN, title="Phó ban"))
        account = administration.find(conn, made)
    assert account is not None
    assert account.title == "Trưởng ban"
    assert outdated.value.args[0] == account


@pytest.mark.row("T-10")
def test_nobody_disables_or_demotes_themselves(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        by = administrator(conn, now)
        administrator(conn, now, "second")
        with pytest.raises(AccountRefusedError, match="account_own_disabling"):
            administration.disable(conn, by, by.id, now)
        own = AccountDetails(by.name, by.title, by.role, "", sees_restricted=True)
        for seen in (LAN, own):
            with pytest.raises(AccountRefusedError, match="account_own_role"):
                administration.change(conn, by, by.id, version(conn, by.id), seen)


@pytest.mark.row("T-10")
def test_the_last_administrator_stays_even_from_the_command_line(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        first, second = administrator(conn, now), administrator(conn, now, "second")
        administration.disable(conn, None, second.id, now)
        with pytest.raises(AccountRefusedError, match="account_last_administrator"):
            administration.disable(conn, None, first.id, now)
        with pytest.raises(AccountRefusedError, match="account_last_administrator"):
            administration.change(conn, None, first.id, version(conn, first.id), LAN)


@pytest.mark.row("T-10")
def test_two_administrators_who_disable_each_other_at_once_leave_one(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        pair = [administrator(conn, now, login) for login in ("one", "two")]
    start, done = threading.Barrier(2), []

    def disable(by: Person, whom: Person) -> None:
        start.wait(PATIENCE)
        try:
            with database.writing() as conn:
                administration.disable(conn, by, whom.id, now)
            done.append("disabled")
        except AccountRefusedError:
            done.append("refused")

    threads = [threading.Thread(target=disable, args=two) for two in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(done) == ["disabled", "refused"]


@pytest.mark.row("T-14")
def test_a_lost_second_factor_is_taken_away_with_every_session(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        made, _ = administration.add(conn, "lan", LAN, now)
        second_factor.keep(conn, made, second_factor.new_secret(), KEY)
        token = sessions.begin(conn, made, complete=True, address="", agent="", now=now)
        administration.drop_second_factor(conn, made)
        assert not second_factor.is_set(conn, made)
        assert sessions.of_token(conn, token, now) is None


def test_those_who_can_sign_in_stand_first_in_the_list(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        for login in ("anh", "binh", "chi"):
            administration.add(conn, login, dataclasses.replace(LAN, name=login), now)
        first = administration.find_login(conn, " ANH ")
        assert first is not None
        administration.disable(conn, None, first.id, now)
        assert [account.login for account in administration.listed(conn)] == ["binh", "chi", "anh"]
