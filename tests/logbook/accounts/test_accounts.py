"""Accounts: made, changed, disabled, and known by their password."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Connection, func, select

from logbook.accounts import accounts
from logbook.accounts import sessions as sign_in
from logbook.accounts.accounts import AccountRefusedError
from logbook.database.engine import Database
from logbook.database.tables import people as table
from logbook.database.tables import sessions
from logbook.ids import PersonId

PASSWORD = "correct horse battery"


def add(conn: Connection, now: datetime, login: str = "lan", **more: object) -> int:
    seen: dict[str, object] = {"name": "Lan", "role": "clerk", "password": PASSWORD, **more}
    return accounts.add(conn, login=login, now=now, **seen)  # type: ignore[arg-type]


def begin(conn: Connection, person_id: PersonId, now: datetime) -> str:
    return sign_in.begin(conn, person_id, complete=True, address="", agent="", now=now)


def test_a_login_is_known_however_it_is_typed(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        add(conn, now, " Lan ")
        for typed in ("lan", "LAN", "  lan\n", "\x00lan\x01"):
            known = accounts.known_by_password(conn, typed, PASSWORD)
            assert known is not None, typed
            assert known.login == "lan"


@pytest.mark.parametrize(
    ("login", "more", "key"),
    [
        ("", {}, "account_login_bad"),
        ("hai chữ", {}, "account_login_bad"),
        ("x", {"role": "king"}, "account_role_unknown"),
        ("x", {"password": "too short"}, "account_password_short"),
        ("x", {"password": "x" * 201}, "account_password_short"),
        ("LAN", {}, "account_login_taken"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_the_reason(
    login: str, more: dict[str, object], key: str, database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        add(conn, now)
        with pytest.raises(AccountRefusedError, match=key):
            add(conn, now, login, **more)


@pytest.mark.row("T-14")
def test_a_password_is_stored_only_as_argon2id(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = add(conn, now)
        kept = conn.execute(select(table.c.password_hash).where(table.c.id == person_id)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.row("T-14")
@pytest.mark.parametrize("login", ["lan", "nobody", "away", "", "\x00"])
def test_the_hasher_works_as_much_for_a_login_nobody_has(
    login: str, database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as conn:
        add(conn, now)
        accounts.disable(conn, PersonId(add(conn, now, "away")), now)
        hashed: list[str] = []
        real = accounts._HASHER

        class Counting:
            def verify(self, kept: str, password: str) -> bool:
                hashed.append(kept.rsplit("$", 2)[0])
                return real.verify(kept, password)

        monkeypatch.setattr(accounts, "_HASHER", Counting())
        assert accounts.known_by_password(conn, login, "a wrong password") is None
        kept = conn.execute(select(table.c.password_hash).limit(1)).scalar_one()
    assert hashed == [kept.rsplit("$", 2)[0]]


@pytest.mark.row("T-14")
def test_a_disabled_account_opens_with_no_password(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = add(conn, now)
        accounts.disable(conn, PersonId(person_id), now)
        assert accounts.known_by_password(conn, "lan", PASSWORD) is None
        accounts.enable(conn, PersonId(person_id))
        assert accounts.known_by_password(conn, "lan", PASSWORD) is not None


@pytest.mark.row("T-14")
@pytest.mark.parametrize("verb", ["role", "password", "disable"])
def test_what_changes_a_persons_rights_ends_every_session_of_theirs(
    verb: str, database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        person_id, other_id = add(conn, now), add(conn, now, "mai")
        tokens = [begin(conn, PersonId(person_id), now) for _ in range(2)]
        others = begin(conn, PersonId(other_id), now)
        match verb:
            case "role":
                accounts.change(conn, PersonId(person_id), role="auditor")
            case "password":
                accounts.set_password(conn, PersonId(person_id), "another password", must_change=False)
            case _:
                accounts.disable(conn, PersonId(person_id), now)
        assert [sign_in.of_token(conn, token, now) for token in tokens] == [None, None]
        assert sign_in.of_token(conn, others, now) is not None


def test_a_language_is_chosen_without_signing_anybody_out(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = add(conn, now)
        token = begin(conn, PersonId(person_id), now)
        accounts.choose_language(conn, PersonId(person_id), "en")
        session = sign_in.of_token(conn, token, now)
    assert session is not None
    assert session.person.language == "en"


def test_nothing_but_what_may_be_changed_is_changed(database: Database, now: datetime) -> None:
    with database.writing() as conn, pytest.raises(ValueError, match="password_hash"):
        accounts.change(conn, PersonId(add(conn, now)), password_hash="x")


def test_whoever_is_disabled_is_not_listed_but_found(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = add(conn, now)
        accounts.disable(conn, PersonId(person_id), now)
        assert accounts.listed(conn) == []
        assert accounts.find(conn, PersonId(person_id)) is not None
        assert accounts.is_login(conn, "LAN")


def test_dead_sessions_of_a_person_go_when_a_new_one_begins(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = add(conn, now)
        begin(conn, PersonId(person_id), now - sign_in.IDLE)
        begin(conn, PersonId(person_id), now)
        assert conn.execute(select(func.count()).select_from(sessions)).scalar_one() == 1
