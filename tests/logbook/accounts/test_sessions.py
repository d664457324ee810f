"""Sessions as rows: how long they live, what is stored of them, and how they end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from logbook.accounts import accounts
from logbook.accounts import sessions as sign_in
from logbook.database.engine import Database
from logbook.database.tables import people as table
from logbook.database.tables import sessions
from logbook.ids import PersonId

SECOND = timedelta(seconds=1)


def somebody(conn: Connection, now: datetime, login: str = "lan") -> int:
    return accounts.add(
        conn, login=login, name=login, role="clerk", password="correct horse battery", now=now
    )


def begin(conn: Connection, person_id: PersonId, now: datetime, *, complete: bool = True) -> str:
    return sign_in.begin(conn, person_id, complete=complete, address="10.0.0.1", agent="Firefox", now=now)


@pytest.mark.row("T-14")
def test_a_session_dies_after_thirty_idle_minutes_and_not_before(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        token = begin(conn, PersonId(somebody(conn, now)), now)
        assert sign_in.of_token(conn, token, now + sign_in.IDLE - SECOND) is not None
        assert sign_in.of_token(conn, token, now + sign_in.IDLE) is None


@pytest.mark.row("T-14")
def test_a_session_dies_after_twelve_hours_however_busy_it_is(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        token = begin(conn, PersonId(somebody(conn, now)), now)
        for quarters in range(1, 48):
            sign_in.seen(conn, token, now + quarters * timedelta(minutes=15))
        assert sign_in.of_token(conn, token, now + sign_in.ABSOLUTE - SECOND) is not None
        assert sign_in.of_token(conn, token, now + sign_in.ABSOLUTE) is None


@pytest.mark.row("T-14")
def test_what_is_stored_of_a_token_opens_nothing(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        token = begin(conn, PersonId(somebody(conn, now)), now)
        kept = conn.execute(select(sessions.c.token_hash)).scalar_one()
        assert token not in kept
        assert sign_in.of_token(conn, kept, now) is None


@pytest.mark.row("T-14")
def test_a_disabled_person_has_no_session_even_if_its_row_is_left(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        person_id = somebody(conn, now)
        token = begin(conn, PersonId(person_id), now)
        conn.execute(update(table).where(table.c.id == person_id).values(disabled_at=now))
        assert sign_in.of_token(conn, token, now) is None


def test_a_sign_of_life_is_written_at_most_once_a_minute(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        token = begin(conn, PersonId(somebody(conn, now)), now)
        assert not sign_in.is_due_to_be_seen(conn, token, now + timedelta(seconds=59))
        assert sign_in.is_due_to_be_seen(conn, token, now + timedelta(seconds=60))


def test_ending_the_others_leaves_this_browser_and_other_people(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        lan, mai = PersonId(somebody(conn, now)), somebody(conn, now, "mai")
        here, there, hers = begin(conn, lan, now), begin(conn, lan, now), begin(conn, PersonId(mai), now)
        assert sign_in.end_others(conn, lan, here) == 1
        left = [sign_in.of_token(conn, token, now) is not None for token in (here, there, hers)]
    assert left == [True, False, True]


def test_the_list_of_sessions_names_this_browser_and_leaves_out_the_dead(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        lan = somebody(conn, now)
        begin(conn, PersonId(lan), now - SECOND, complete=False)
        here = begin(conn, PersonId(lan), now)
        begin(conn, PersonId(lan), now - 2 * SECOND)
        listed = sign_in.of_person(conn, PersonId(lan), here, now + SECOND)
        assert [one.here for one in listed] == [True, False]
        assert listed[0].address == "10.0.0.1"
        assert sign_in.of_person(conn, PersonId(lan), here, now + sign_in.IDLE) == []


@pytest.mark.row("T-15")
def test_the_token_of_a_form_differs_by_session_and_by_installation() -> None:
    tokens = {sign_in.form_token(token, secret) for token in ("a", "b") for secret in ("x", "y")}
    assert len(tokens) == 4
