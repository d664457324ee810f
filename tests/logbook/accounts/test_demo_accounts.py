"""The sample accounts of a demonstration."""

from __future__ import annotations

import dataclasses
import stat
import sys
from datetime import datetime
from pathlib import Path

import pytest

from logbook.accounts import accounts, phone_pin
from logbook.accounts.demo_accounts import FILE, LOGINS, demo_accounts, demo_accounts_left
from logbook.accounts.rights import ROLES
from logbook.database.engine import Database
from logbook.settings.loading import Settings, load_settings
from tests import frozen


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return dataclasses.replace(load_settings(frozen.OFFICE), data_folder=tmp_path / "data")


def test_each_role_has_one_account_that_opens_with_the_password_told(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.writing() as conn:
        seen = demo_accounts(conn, settings, now)
        assert [role for _, _, role in seen] == list(ROLES) == list(LOGINS)
        for login, password, role in seen:
            known = accounts.known_by_password(conn, login, password)
            assert known is not None
            assert (known.role, known.must_change_password) == (role, False)


def test_they_are_made_once_and_told_alike_every_time(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.writing() as conn:
        first = demo_accounts(conn, settings, now)
        assert demo_accounts(conn, settings, now) == first
        assert len(accounts.listed(conn)) == len(ROLES)


@pytest.mark.skipif(sys.platform == "win32", reason="no file modes there")
def test_their_passwords_are_kept_where_only_this_account_of_the_machine_reads(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.writing() as conn:
        seen = demo_accounts(conn, settings, now)
    file = settings.data_folder / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(password in file.read_text(encoding="utf-8") for _, password, _ in seen)
    assert [path.name for path in settings.data_folder.iterdir()] == [FILE]


def test_a_lost_file_gives_new_passwords_that_open(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.writing() as conn:
        old = demo_accounts(conn, settings, now)[0]
        (settings.data_folder / FILE).unlink()
        new = demo_accounts(conn, settings, now)[0]
        assert old[1] != new[1]
        assert accounts.known_by_password(conn, new[0], new[1]) is not None
        assert accounts.known_by_password(conn, old[0], old[1]) is None


@pytest.mark.row("T-14")
def test_a_real_account_of_that_login_and_a_disabled_sample_are_left_alone(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.writing() as conn:
        real = "a real password of somebody"
        accounts.add(conn, login=LOGINS["clerk"], name="Lan", role="clerk", password=real, now=now)
        demo_accounts(conn, settings, now)
        sample = accounts.known_by_password(
            conn,
            LOGINS["auditor"],
            {login: word for login, word, _ in demo_accounts(conn, settings, now)}["giamsat"],
        )
        assert sample is not None
        accounts.disable(conn, sample.id, now)
        seen = demo_accounts(conn, settings, now)
        assert {"clerk", "auditor"}.isdisjoint({role for _, _, role in seen})
        assert accounts.known_by_password(conn, LOGINS["clerk"], real) is not None


@pytest.mark.row("T-14")
def test_production_learns_whether_a_sample_account_is_left(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.writing() as conn:
        accounts.add(conn, login="lan", name="Lan", role="clerk", password="a real password", now=now)
        assert not demo_accounts_left(conn)
        demo_accounts(conn, settings, now)
        assert demo_accounts_left(conn)
        for person in accounts.listed(conn):
            if person.login != "lan":
                accounts.disable(conn, person.id, now)
        assert not demo_accounts_left(conn)


def test_outside_a_demonstration_none_is_made(database: Database, settings: Settings, now: datetime) -> None:
    with database.writing() as conn:
        with pytest.raises(ValueError, match="demonstration"):
            demo_accounts(conn, dataclasses.replace(settings, mode="production"), now)
        assert accounts.listed(conn) == []


@pytest.mark.row("P1")
def test_no_caller_waits_for_a_slow_hash_of_theirs(
    database: Database, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forbidden:
        """A hasher of the usual cost, which must not be asked while others wait to write."""

        def hash(self, secret: str) -> str:
            raise AssertionError(f"a slow hash of {len(secret)} signs inside a transaction")

    monkeypatch.setattr(accounts, "_HASHER", Forbidden())
    monkeypatch.setattr(phone_pin, "_HASHER", Forbidden())
    with database.writing() as conn:
        demo_accounts(conn, settings, now)
