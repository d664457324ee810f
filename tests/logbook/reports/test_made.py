"""Reports made once for ever, added to until the chairman has confirmed, and then never changed."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, text

from logbook.accounts import accounts, audit_log
from logbook.accounts.rights import Person
from logbook.database.engine import Database
from logbook.database.tables import escalations as matters
from logbook.database.tables import reports
from logbook.outbox import escalations
from logbook.reports import Period, ReportRefusedError, made
from logbook.reports.periods import WEEKLY
from logbook.sending import handing_over
from logbook.settings.loading import Settings
from tests.logbook.book_of_cases import hire
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Make, Open
from tests.one_kind import on_postgresql
from tests.suite.waiting import PATIENCE, until

NOW = at("2026-11-20 17:00")
WORDS = {"owner": "Đỗ Văn Hải", "cause": "thiếu\nngười", "remedy": "bố trí thêm"}


@pytest.fixture
def chairman(database: Database) -> Person:
    with database.writing() as conn:
        accounts.add(
            conn, login="dung", name="Dũng", role="chairman", password="correct horse battery", now=NOW
        )
        return accounts.listed(conn)[0]


def acts(conn: Connection) -> list[tuple[str, str]]:
    return [(line.act, line.subject) for line in reversed(audit_log.recent(conn, 20))]


def test_a_period_is_made_once_for_ever(database: Database, count: Count, make: Make) -> None:
    with database.writing() as conn:
        first = make(conn)
        assert made.made(conn, count(conn), NOW) is None
        assert made.periods_made(conn) == {(WEEKLY, "2026-W47")}
        assert conn.execute(select(matters.c.key, matters.c.kind, matters.c.ladder)).all() == [
            ("report:weekly:2026-W47", "report", "report")
        ]
        assert acts(conn) == [("make_report", f"report:{first.id}")]


def test_the_teams_part_handed_in_before_goes_into_the_weeks_report(
    database: Database, week: Period, make: Make, chairman: Person
) -> None:
    with database.writing() as conn:
        made.hand_in(conn, week, "lần một", at("2026-11-20 15:00"), chairman, at("2026-11-20 14:59"))
        made.hand_in(conn, week, "lần\r\nhai\x00", at("2026-11-20 15:00"), chairman, at("2026-11-20 15:30"))
        report = make(conn)
        part = made.team_part(conn, week.name)
        assert report.team_part == "lần\nhai"
        assert part is not None
        assert (part.late, part.handed_in_at) == (False, at("2026-11-20 14:59"))
        assert [one.kind for one in made.recent(conn, 9)] == [WEEKLY]


def test_a_part_handed_in_after_the_hour_is_marked_and_still_goes_into_the_report(
    database: Database, week: Period, make: Make, chairman: Person
) -> None:
    with database.writing() as conn:
        report = make(conn)
        made.hand_in(conn, week, "muộn", at("2026-11-20 15:00"), chairman, at("2026-11-23 08:00"))
        part = made.team_part(conn, week.name)
        kept = made.of_id(conn, report.id)
    assert part is not None
    assert part.late
    assert kept is not None
    assert (kept.team_part, kept.version) == ("muộn", 2)


@pytest.mark.row("004-18")
def test_confirming_needs_a_conclusion_and_settles_what_asked_for_it(
    database: Database, make: Make, chairman: Person
) -> None:
    with database.writing() as conn:
        report = make(conn)
        with pytest.raises(ReportRefusedError, match="empty"):
            made.confirm(conn, report, report.version, " \n\t", chairman, NOW)
        assert not report.final
        made.confirm(conn, report, report.version, "Đồng ý.", chairman, NOW)
        kept = made.of_id(conn, report.id)
        escalation = escalations.of_id(conn, conn.execute(select(matters.c.id)).scalar_one())
    assert kept is not None
    assert (kept.final, kept.conclusion, kept.confirmed_by, kept.confirmed_at) == (
        True,
        "Đồng ý.",
        chairman.id,
        NOW,
    )
    assert escalation is not None
    assert (escalation.settled_how, escalation.settled_by, escalation.settled_who) == (
        "click",
        chairman.id,
        "dung",
    )


@pytest.mark.row("004-18")
def test_a_months_report_is_not_final_while_a_late_ticket_is_unexplained(
    database: Database, book: Open, make: Make, chairman: Person, week: Period
) -> None:
    with database.writing() as conn:
        clerk = hire(conn, NOW)["clerk"]
        codes = [book(conn).ticket(f"2026-10-1{day} 09:00", kind="feedback").code for day in (2, 3)]
        told_at_closing = book(conn).ticket("2026-10-12 09:00", kind="feedback")
        book(conn).do(told_at_closing, "assign", "2026-10-12 10:00", to=clerk.id)
        book(conn).close(told_at_closing, "2026-11-18 09:00")
        weekly = make(conn)
        month = make(conn, replace(week, kind="monthly", name="2026-11"))
        with pytest.raises(ReportRefusedError, match="empty"):
            made.explain(conn, month, codes[0], WORDS | {"remedy": " \n"}, clerk, NOW)
        with pytest.raises(ReportRefusedError, match="missing"):
            made.explain(conn, month, "999999", WORDS, clerk, NOW)
        made.explain(conn, month, codes[0], WORDS, clerk, NOW)
        seen = made.of_id(conn, month.id)
        assert seen is not None
        with pytest.raises(ReportRefusedError, match="unexplained"):
            made.confirm(conn, seen, seen.version, "Đồng ý.", chairman, NOW)
        made.explain(conn, seen, codes[1], WORDS, clerk, NOW)
        with pytest.raises(ReportRefusedError, match="changed"):
            made.confirm(conn, seen, seen.version, "Đồng ý.", chairman, NOW)
        seen = made.of_id(conn, month.id)
        assert seen is not None
        assert not seen.final
        made.confirm(conn, seen, seen.version, "Đồng ý.", chairman, NOW)
        with pytest.raises(ReportRefusedError, match="confirmed"):
            made.explain(conn, seen, codes[1], WORDS | {"cause": "khác"}, clerk, NOW)
        made.confirm(conn, weekly, weekly.version, "Đồng ý.", chairman, NOW)
        shown = {case.code: case for case in made.explained(conn, seen).counted.late}
    assert len(shown) == 3
    assert {(shown[code].owner, shown[code].cause, shown[code].remedy) for code in codes} == {
        ("Đỗ Văn Hải", "thiếu người", "bố trí thêm")
    }


def test_a_report_that_was_handed_on_is_settled_too_when_the_chairman_confirms_it(
    database: Database, make: Make, chairman: Person, settings: Settings
) -> None:
    with database.writing() as conn:
        report = make(conn)
        (row,) = escalations.unsettled(conn)
        handed = handing_over.hand_on(conn, row, by="chu-tich", settings=settings, now=NOW, who="chu-tich")
        assert handed is not None
        assert [one.passed for one in escalations.unsettled(conn)] == [("chu-tich",)]
        made.confirm(conn, report, report.version, "Đồng ý.", chairman, NOW)
        assert escalations.unsettled(conn) == []


@pytest.mark.row("004-18")
def test_after_the_confirmation_nothing_changes_any_more(
    database: Database, week: Period, make: Make, chairman: Person
) -> None:
    with database.writing() as conn:
        report = make(conn)
        made.confirm(conn, report, report.version, "Đồng ý.", chairman, NOW)
    with database.reading() as conn:
        before = conn.execute(select(reports)).all()
    later: list[Callable[[Connection], None]] = [
        lambda conn: made.remark(conn, report, 2, "thêm", chairman, NOW),
        lambda conn: made.confirm(conn, report, 2, "khác", chairman, NOW),
        lambda conn: made.hand_in(conn, week, "muộn", NOW, chairman, NOW),
    ]
    for add in later:
        with pytest.raises(ReportRefusedError, match="confirmed"), database.writing() as conn:
            add(conn)
    with database.reading() as conn:
        assert conn.execute(select(reports)).all() == before


def test_a_report_changed_since_it_was_read_is_not_confirmed_unseen(
    database: Database, make: Make, chairman: Person
) -> None:
    with database.writing() as conn:
        report = make(conn)
        made.remark(conn, report, report.version, "máy in hỏng", chairman, NOW)
        with pytest.raises(ReportRefusedError, match="changed"):
            made.confirm(conn, report, report.version, "Đồng ý.", chairman, NOW)
        assert acts(conn) == [
            ("make_report", f"report:{report.id}"),
            ("remark_report", f"report:{report.id}"),
        ]


@on_postgresql
@pytest.mark.parametrize("report_first", [True, False])
def test_the_teams_part_is_not_lost_while_the_report_is_being_made(
    database: Database, week: Period, make: Make, chairman: Person, report_first: bool
) -> None:
    def makes(conn: Connection) -> None:
        make(conn)

    def hands_in(conn: Connection) -> None:
        made.hand_in(conn, week, "phần của Tổ", NOW, chairman, NOW)

    def in_its_own_transaction(act: Callable[[Connection], None]) -> None:
        with database.writing() as conn:
            act(conn)

    first, second = (makes, hands_in) if report_first else (hands_in, makes)
    other = threading.Thread(target=in_its_own_transaction, args=(second,))
    with database.writing() as conn:
        first(conn)
        other.start()
        await_somebody_waiting(database)
    other.join(PATIENCE)
    with database.reading() as conn:
        report = made.of_period(conn, WEEKLY, week.name)
    assert report is not None
    assert report.team_part == "phần của Tổ"


def await_somebody_waiting(database: Database) -> None:
    """Until another transaction waits for a lock in this database."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def somebody_waits() -> bool:
        with database.reading() as conn:
            return bool(conn.execute(waiting).scalar_one())

    assert until(somebody_waits), "nobody waited"


def test_nothing_is_reported_from_before_the_first_call_or_ticket(database: Database, book: Open) -> None:
    with database.writing() as conn:
        assert made.begun_at(conn) is None
        book(conn).call("2026-11-18 09:00")
        assert made.begun_at(conn) == at("2026-11-18 09:00")


def test_what_came_before_is_read_in_order_and_only_of_the_same_kind(
    database: Database, make: Make, settings: object, times: object, week: Period
) -> None:
    with database.writing() as conn:
        for back in (3, 2, 1, 0):
            moved = timedelta(weeks=back)
            make(
                conn,
                replace(
                    week,
                    name=f"2026-W{47 - back}",
                    starts_on=week.starts_on - moved,
                    ends_on=week.ends_on - moved,
                ),
            )
        make(conn, replace(week, kind="monthly", name="2026-10", ends_on=week.ends_on - timedelta(days=20)))
        last = made.of_period(conn, WEEKLY, "2026-W47")
        assert last is not None
        names = [one.period for one in made.earlier(conn, last, 2)]
        pages = [made.recent(conn, 2), made.recent(conn, 9, before=made.recent(conn, 2)[-1].id)]
    assert names == ["2026-W45", "2026-W46"]
    ids = [one.id for one in itertools.chain(*pages)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5
