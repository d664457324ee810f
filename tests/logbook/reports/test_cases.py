"""The cases behind a figure: exactly those counted, and only those the reader may see."""

import pytest
from sqlalchemy import update

from logbook.database.engine import Database
from logbook.database.tables import tickets as table
from logbook.outbox import escalations
from logbook.reports import cases
from logbook.reports.cases import CallCase, EscalationCase, TicketCase
from logbook.tickets import restricted
from tests.logbook.book_of_cases import hire
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Open


@pytest.mark.row("T-10")
def test_each_reader_gets_the_tickets_they_may_see(database: Database, book: Open, count: Count) -> None:
    with database.writing() as conn:
        cast = hire(conn, at("2026-11-01 09:00"))
        writes = book(conn)
        plain, conflict, mine, later_guided = (
            writes.ticket(f"2026-11-17 09:0{number}", kind="feedback") for number in range(4)
        )
        writes.do(conflict, "concern", "2026-11-17 10:00", conflict=True, reason="về lãnh đạo")
        conn.execute(
            update(table)
            .where(table.c.id == mine.id)
            .values(subject_ids=frozenset([cast["head_of_office"].id]))
        )
        figure = count(conn).named("received.all")
        conn.execute(
            update(table).where(table.c.id == later_guided.id).values(kind="denunciation", state="guided")
        )
        assert figure is not None
        assert len(figure.cases) == 4
        seen = {
            login: {
                one.code for one in cases.behind(conn, figure, cast[login]) if isinstance(one, TicketCase)
            }
            for login in ("chairman", "vice_chairman", "head_of_office", "team_leader")
        }
    assert seen == {
        "chairman": {plain.code, mine.code},
        "vice_chairman": {plain.code, conflict.code, mine.code},
        "head_of_office": {plain.code, conflict.code},
        "team_leader": set(),
    }


@pytest.mark.row("T-10")
def test_a_call_that_was_guided_or_led_to_a_sealed_ticket_is_in_no_list(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        cast = hire(conn, at("2026-11-01 09:00"))
        writes = book(conn)
        plain = writes.call("2026-11-17 09:00")
        restricted.guided(conn, writes.call("2026-11-17 09:01"), at("2026-11-17 09:01"))
        about = writes.ticket("2026-11-17 09:02", kind="feedback")
        writes.do(about, "concern", "2026-11-17 10:00", conflict=True, reason="về lãnh đạo")
        figure = count(conn).named("calls.all")
        assert figure is not None
        assert len(figure.cases) == 3
        seen = [one.id for one in cases.behind(conn, figure, cast["chairman"]) if isinstance(one, CallCase)]
        nothing = cases.behind(conn, figure, cast["team_leader"])
    assert (seen, nothing) == ([plain.id], [])


def test_more_cases_than_one_query_holds_all_come(
    database: Database, book: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "AT_ONCE", 2)
    with database.writing() as conn:
        cast = hire(conn, at("2026-11-01 09:00"))
        codes = [book(conn).ticket(f"2026-11-17 09:0{number}", kind="feedback").code for number in range(5)]
        found = cases.tickets_of(conn, [*codes, codes[0], "nobody"], cast["clerk"])
    assert [one.code for one in found] == codes


@pytest.mark.row("T-10")
def test_each_matter_is_a_case_of_its_own_for_who_may_see_its_ticket(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        cast = hire(conn, at("2026-11-01 09:00"))
        plain = book(conn).ticket("2026-11-17 09:00", kind="feedback")
        conflict = book(conn).ticket("2026-11-17 09:01", kind="feedback")
        (row,) = escalations.unsettled(conn, conflict.id)
        escalations.acknowledge(conn, row.id, how="key", who="chu-tich", now=at("2026-11-17 09:03"))
        book(conn).do(conflict, "concern", "2026-11-17 14:00", conflict=True, reason="về lãnh đạo")
        figure = count(conn).named("escalated.new")
        assert figure is not None
        assert figure.of == 3
        seen = {
            login: [
                (one.code, one.opened_at)
                for one in cases.behind(conn, figure, cast[login])
                if isinstance(one, EscalationCase)
            ]
            for login in ("chairman", "vice_chairman", "team_leader")
        }
    mark_first_sent = [(plain.code, at("2026-11-17 09:00")), (conflict.code, at("2026-11-17 09:01"))]
    assert seen == {
        "chairman": mark_first_sent[:1],
        "vice_chairman": [*mark_first_sent, (conflict.code, at("2026-11-17 14:00"))],
        "team_leader": [],
    }
