"""What each person may read in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, update

from logbook.accounts import accounts, audit_log
from logbook.accounts.rights import Person
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.search import audit_log as journal_reading
from logbook.tickets.open_by_phone import OpenedTicket
from tests.town_hall import move

Complain = Callable[..., OpenedTicket]
Ring = Callable[..., Call]


def person(conn: Connection, now: datetime, role: str, *, sees_restricted: bool = False) -> Person:
    made = accounts.add(
        conn,
        login=role,
        name=role,
        role=role,
        password="correct horse battery",
        now=now,
        sees_restricted=sees_restricted,
    )
    found = accounts.find(conn, made)
    assert found is not None
    return found


def case(conn: Connection, phone: Ring, complain: Complain, now: datetime, **columns: object) -> str:
    """A ticket with a line in the audit log; its subject."""
    opened = complain(conn, phone(conn)).ticket
    if columns:
        conn.execute(update(tickets).where(tickets.c.id == opened.id).values(**columns))
    subject = f"ticket:{opened.id}"
    audit_log.write(conn, "lan", "show_caller", subject, now, "vì ông chủ tịch", phone="hidden")
    return subject


def read(conn: Connection, reader: Person) -> list[str]:
    return [entry.subject for entry in journal_reading.page(conn, reader, 50, None)[0]]


@pytest.mark.row("T-10")
def test_whoever_is_complained_about_does_not_learn_of_it_from_the_journal(
    database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    with database.writing() as conn:
        head, auditor = person(conn, now, "head_of_office"), person(conn, now, "auditor")
        about_head = case(conn, phone, complain, now, subject_ids=frozenset([head.id]))
        assert read(conn, head) == []
        assert read(conn, auditor) == [about_head]


@pytest.mark.row("T-10")
@pytest.mark.parametrize("kind", ["ticket", "call", "callback"])
def test_the_chairman_does_not_read_of_a_case_in_conflict_by_any_of_its_names(
    kind: str, database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    from logbook.calls import callbacks

    with database.writing() as conn:
        chairman, auditor = person(conn, now, "chairman"), person(conn, now, "auditor")
        call = phone(conn)
        ticket = complain(conn, call).ticket
        callbacks.owe(conn, call, "asked", None, now)
        conn.execute(update(tickets).values(conflict=True))
        names = {"ticket": ticket.id, "call": call.id, "callback": callbacks.owed(conn)[0].id}
        audit_log.write(conn, "lan", "show_caller", f"{kind}:{names[kind]}", now)
        assert read(conn, chairman) == []
        assert len(read(conn, auditor)) == 1


@pytest.mark.row("T-10")
def test_the_chairman_does_not_read_who_listened_to_an_instruction_about_a_case_in_conflict(
    database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    with database.writing() as conn:
        chairman, auditor = person(conn, now, "chairman"), person(conn, now, "auditor")
        ticket = complain(conn, phone(conn)).ticket
        spoken: dict[str, Any] = {"instruction": "nghe ghi âm", "recording_id": 41}
        move(conn, ticket.id, "instruct", actor="phochutich", now=now, **spoken)
        conn.execute(update(tickets).values(conflict=True))
        for number in (4, 41):
            audit_log.write(conn, "lan", "listen", f"recording:{number}", now, ticket=ticket.code)
        assert read(conn, chairman) == ["recording:4"]
        assert read(conn, auditor) == ["recording:41", "recording:4"]


@pytest.mark.row("T-10")
def test_a_subject_is_asked_for_by_what_people_call_it(
    database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    kinds = {"ticket": "phiếu", "tickets": "danh sách phiếu", "person": "tài khoản", "call": "cuộc gọi số"}
    with database.writing() as conn:
        chairman, auditor = person(conn, now, "chairman"), person(conn, now, "auditor")
        administrator = person(conn, now, "administrator")
        ticket = complain(conn, phone(conn)).ticket
        conn.execute(update(tickets).values(conflict=True))

        def meant(reader: Person, text: str) -> set[str]:
            return set(journal_reading.subjects(conn, reader, text, kinds))

        own = {f"ticket:{ticket.id}", f"ticket:{ticket.code}", f"call:{ticket.call_id}"}
        assert own <= meant(auditor, ticket.code)
        assert meant(auditor, f"Phiếu {ticket.code}") == meant(auditor, ticket.code)
        assert meant(chairman, ticket.code) == {ticket.code}
        assert meant(administrator, ticket.code) == {ticket.code}
        for text in ("auditor", "tài khoản auditor"):
            assert meant(chairman, text) == {f"person:{auditor.id}"}
        assert meant(chairman, "cuộc gọi số 5") == {"call:5"}
        assert meant(chairman, "danh sách phiếu") == {"tickets"}
        assert meant(chairman, "line") == {"line"}

        audit_log.write(conn, "lan", "show_caller", f"ticket:{ticket.id}", now)
        lines = audit_log.recent(conn, 9)
        assert journal_reading.names(conn, auditor, lines) == {f"ticket:{ticket.id}": ticket.code}
        assert journal_reading.names(conn, administrator, lines) == {}


@pytest.mark.row("T-10")
def test_a_guided_case_is_read_of_by_named_viewers_only(
    database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    with database.writing() as conn:
        named = person(conn, now, "head_of_office", sees_restricted=True)
        auditor = person(conn, now, "auditor")
        guided = case(conn, phone, complain, now, state="guided", kind="denunciation")
        assert read(conn, named) == [guided]
        assert read(conn, auditor) == []


@pytest.mark.row("T-10")
def test_an_administrator_reads_that_something_was_done_but_not_why(
    database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    with database.writing() as conn:
        administrator = person(conn, now, "administrator")
        subject = case(conn, phone, complain, now)
        audit_log.write(conn, "lan", "close_line", "line", now, "bão")
        line, ticket = journal_reading.page(conn, administrator, 50, None)[0]
    assert (ticket.subject, ticket.reason, journal_reading.details(ticket)) == (subject, "", [])
    assert line.reason == "bão"


def test_a_page_that_is_left_out_altogether_still_leads_to_the_older_ones(
    database: Database, now: datetime, phone: Ring, complain: Complain
) -> None:
    with database.writing() as conn:
        head = person(conn, now, "head_of_office")
        audit_log.write(conn, "lan", "close_line", "line", now)
        subject = case(conn, phone, complain, now, subject_ids=frozenset([head.id]))
        for _ in range(2):
            audit_log.write(conn, "lan", "listen", subject, now)
        nothing, older = journal_reading.page(conn, head, 3, None)
        rest, end = journal_reading.page(conn, head, 3, older)
    assert (nothing, [entry.subject for entry in rest], end) == ([], ["line"], None)


@pytest.mark.parametrize("subject", ["ticket:", "ticket:99999999999999999999", "ticket:²", "odd", "call:-1"])
def test_an_odd_subject_is_read_as_it_stands(subject: str, database: Database, now: datetime) -> None:
    with database.writing() as conn:
        auditor = person(conn, now, "auditor")
        audit_log.write(conn, "lan", "listen", subject, now)
        assert read(conn, auditor) == [subject]
