"""A database knows the SECRET_KEY it was begun with, and second factors are locked by it (S12, S13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pyotp
import pytest
from sqlalchemy import Connection, select

from logbook.accounts import accounts, audit_log, key_check, keys, second_factor, sessions
from logbook.accounts.key_check import KeyChangedError, Lost
from logbook.database.engine import Database
from logbook.database.tables import people as table
from logbook.database.tables import secret_key
from logbook.ids import PersonId
from logbook.tickets import open_by_phone
from tests.logbook.conftest import Phone

OLD, NEW = "the key of the first day", "another key of the office"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def somebody(conn: Connection, now: datetime) -> int:
    return accounts.add(
        conn, login="lan", name="Lan", role="clerk", password="correct horse battery", now=now
    )


def kept(conn: Connection) -> str:
    return str(conn.execute(select(table.c.second_factor)).scalar_one())


@pytest.mark.row("S12")
def test_a_book_keeps_a_check_value_from_which_no_key_is_learnt(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        assert key_check.fits(conn, OLD) is None
        key_check.demand(conn, OLD, now)
        key_check.demand(conn, OLD, now)
        (row,) = conn.execute(select(secret_key)).all()
        assert (key_check.fits(conn, OLD), key_check.fits(conn, NEW)) == (True, False)
    assert OLD not in str(row)
    assert len(row.check_value) == 64


@pytest.mark.row("S12")
def test_another_key_is_refused_with_what_is_lost_until_it_is_taken_on_purpose(
    database: Database, now: datetime, phone: Phone, complain: Callable[..., open_by_phone.OpenedTicket]
) -> None:
    with database.writing() as conn:
        person_id = somebody(conn, now)
        key_check.demand(conn, OLD, now)
        second_factor.keep(conn, PersonId(person_id), SECRET, OLD)
        hidden = complain(conn, phone(conn, number=None))
        token = sessions.begin(conn, PersonId(person_id), complete=True, address="", agent="", now=now)
    assert hidden.pin is not None
    with database.writing() as conn, pytest.raises(KeyChangedError) as refused:
        key_check.demand(conn, NEW, now)
    for notes in ("PIN của 1 phiếu", "hai lớp của 1 người", "tongdai db new-key", "PINs of 1 tickets"):
        assert notes in str(refused.value)
    with database.writing() as conn:
        assert key_check.take(conn, NEW, now) == Lost(pins=1, factors=1)
        key_check.demand(conn, NEW, now)
        assert not second_factor.is_set(conn, PersonId(person_id))
        assert sessions.of_token(conn, token, now) is None
        (line,) = audit_log.recent(conn, 1)
        assert (line.act, line.details) == ("change_key", '{"factors": 1, "pins": 1}')
        assert key_check.take(conn, NEW, now) == Lost(0, 0)


@pytest.mark.row("S12")
def test_a_book_in_which_nothing_depends_on_its_key_takes_another_at_once(
    database: Database, now: datetime, phone: Phone, complain: Callable[..., open_by_phone.OpenedTicket]
) -> None:
    with database.writing() as conn:
        somebody(conn, now)
        key_check.demand(conn, OLD, now)
        complain(conn, phone(conn))
        key_check.demand(conn, NEW, now)
        assert key_check.fits(conn, NEW)


@pytest.mark.row("S13")
def test_the_book_alone_opens_no_second_factor_and_one_kept_in_clear_goes_on(
    database: Database, now: datetime
) -> None:
    code = pyotp.TOTP(SECRET).at(now)
    with database.writing() as conn:
        person_id = somebody(conn, now)
        conn.execute(table.update().values(second_factor=SECRET))
        assert second_factor.accept(conn, PersonId(person_id), code, now, OLD), "as an older program kept it"
        conn.execute(table.update().values(last_code=None))
        key_check.demand(conn, OLD, now)
        locked = kept(conn)
        assert SECRET not in locked
        assert len(locked) == 64
        assert not second_factor.accept(conn, PersonId(person_id), code, now, NEW)
        assert second_factor.accept(conn, PersonId(person_id), code, now, OLD)
        second_factor.keep(conn, PersonId(person_id), SECRET, OLD)
        assert kept(conn) != locked, "never locked twice alike"


@pytest.mark.row("S13")
def test_what_is_locked_opens_only_for_its_key_use_and_owner_and_only_unchanged() -> None:
    plain = bytes(range(20))
    locked = keys.lock(OLD, "factor", "7", plain)
    assert keys.unlock(OLD, "factor", "7", locked) == plain
    flipped = [locked[:at] + ("A" if locked[at] != "A" else "B") + locked[at + 1 :] for at in range(64)]
    wrong = [keys.unlock(OLD, "factor", "7", one) for one in (*flipped, "", "x", locked[:40], "é" * 64)]
    wrong += [keys.unlock(NEW, "factor", "7", locked), keys.unlock(OLD, "other", "7", locked)]
    wrong += [keys.unlock(OLD, "factor", "8", locked)]
    assert set(wrong) == {None}
    with pytest.raises(ValueError, match="longer"):
        keys.lock(OLD, "factor", "7", bytes(33))
