"""Holds: set once with a reason, lifted with a reason, both in the audit log, seen by who sees the ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.recordings.files import RecordingFolder
from logbook.retention import legal_holds
from tests.logbook import worded_case
from tests.logbook.worded_case import Case, closed_case


@pytest.fixture
def case(database: Database, tmp_path: Path, now: datetime) -> Case:
    return closed_case(database, RecordingFolder(tmp_path / "recordings"), now)


@pytest.fixture
def head(database: Database, now: datetime) -> Person:
    with database.writing() as conn:
        return worded_case.person(conn, "head_of_office", now)


def test_a_hold_is_set_once_and_lifted_and_both_are_journalled(
    database: Database, case: Case, head: Person, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with database.writing() as conn:
        assert legal_holds.place(conn, case.ticket_id, head, " theo \n thanh tra ", now) is not None
        assert legal_holds.place(conn, case.ticket_id, head, "lần nữa", now) is None
        (one,) = legal_holds.listed(conn, head, 9)
        assert (one.reason, one.set_by, one.lifted_at) == ("theo thanh tra", "head_of_office", None)
        assert legal_holds.lift(conn, case.ticket_id, head, "xong", later)
        assert not legal_holds.lift(conn, case.ticket_id, head, "xong", later)
        (one,) = legal_holds.listed(conn, head, 9, ticket_id=case.ticket_id)
        assert (one.lifted_at, one.lifted_by) == (later, "head_of_office")
        subject = f"ticket:{case.ticket_id}"
        seen = [(line.act, line.reason) for line in audit_log.recent(conn, 9, subject=subject)]
        assert seen == [("lift_hold", "xong"), ("set_hold", "theo thanh tra")]
        assert legal_holds.place(conn, case.ticket_id, head, "lại", later) is not None
        assert len(legal_holds.listed(conn, head, 9)) == 2


@pytest.mark.parametrize("reason", ["", " \n", "\x00"])
def test_without_a_reason_nothing_is_held_or_lifted(
    database: Database, case: Case, head: Person, now: datetime, reason: str
) -> None:
    with database.writing() as conn:
        for do in (legal_holds.place, legal_holds.lift):
            with pytest.raises(ValueError, match="reason"):
                do(conn, case.ticket_id, head, reason, now)
        assert legal_holds.listed(conn, head, 9) == []


@pytest.mark.row("T-10")
def test_a_hold_on_a_ticket_somebody_may_not_see_is_not_told_to_them(
    database: Database, case: Case, head: Person, now: datetime
) -> None:
    with database.writing() as conn:
        chairman = worded_case.person(conn, "chairman", now)
        legal_holds.place(conn, case.ticket_id, head, "thanh tra", now)
        assert len(legal_holds.listed(conn, chairman, 9)) == 1
        conn.execute(update(tickets).values(conflict=True))
        assert legal_holds.listed(conn, chairman, 9) == []
        conn.execute(update(tickets).values(subject_ids=frozenset([head.id])))
        assert legal_holds.listed(conn, head, 9) == []
