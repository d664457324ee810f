"""Explanations of late tickets: the last one counts, and what is not ours is not asked of us."""

import pytest
from sqlalchemy import update

from logbook.database.engine import Database
from logbook.database.tables import tickets as table
from logbook.reports import late
from tests.logbook.book_of_cases import hire
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Make, Open

NOW = at("2026-11-20 17:00")


def words(cause: str) -> dict[str, str]:
    return {"owner": "Đỗ Văn Hải", "cause": cause, "remedy": "bố trí thêm"}


def test_the_last_explanation_in_a_report_counts_and_that_of_another_report_does_not(
    database: Database, book: Open, make: Make
) -> None:
    with database.writing() as conn:
        clerk = hire(conn, NOW)["clerk"]
        code = book(conn).ticket("2026-10-12 09:00", kind="feedback").code
        report = make(conn)
        seen = report.counted.late
        assert late.unexplained(conn, report.id, seen) == 1
        for cause in ("một", "hai"):
            late.keep(conn, report.id, code, words(cause), clerk, NOW)
        assert late.unexplained(conn, report.id, seen) == 0
        assert [case.cause for case in late.explained(conn, report.id, seen)] == ["hai"]
        assert late.explained(conn, report.id + 1, seen) == seen
        assert late.written_before(conn, [code])[code].cause == "hai"


def test_a_reason_for_more_time_or_a_cause_told_at_closing_alone_explains_nothing_yet(
    database: Database, book: Open, make: Make
) -> None:
    with database.writing() as conn:
        clerk = hire(conn, NOW)["clerk"]
        writes = book(conn)
        extended, closed, assigned = (
            writes.ticket(f"2026-10-12 09:0{number}", kind="feedback") for number in range(3)
        )
        due = {"answer_due_at": at("2026-11-16 17:00"), "reason": "xác minh"}
        writes.do(extended, "extend", "2026-10-20 09:00", **due)
        writes.close(closed, "2026-11-17 09:00")
        writes.close(writes.do(assigned, "assign", "2026-10-13 09:00", to=clerk.id), "2026-11-17 09:00")
        report = make(conn)
        seen = {case.code: case for case in report.counted.late}
        assert (seen[extended.code].cause, seen[extended.code].remedy) == ("xác minh", "")
        assert {code for code, case in seen.items() if case.explained} == {assigned.code}
        assert late.unexplained(conn, report.id, report.counted.late) == 2


@pytest.mark.row("T-10")
def test_what_has_become_sealed_since_is_sealed_and_a_denunciation_is_asked_of_nobody(
    database: Database, book: Open, make: Make
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        conflict, denunciation = (writes.ticket(f"2026-10-12 09:0{n}", kind="feedback") for n in range(2))
        report = make(conn)
        writes.do(conflict, "concern", "2026-11-23 10:00", conflict=True, reason="về lãnh đạo")
        values = {"kind": "denunciation", "state": "guided"}
        conn.execute(update(table).where(table.c.id == denunciation.id).values(values))
        seen = report.counted.late
        assert [case.sealed for case in seen] == [False, False]
        assert [case.sealed for case in late.explained(conn, report.id, seen)] == [True, True]
        assert late.unexplained(conn, report.id, seen) == 1
