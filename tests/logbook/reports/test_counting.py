"""One report counted whole: kept as JSON, compared with the period before, with its own letterhead."""

import json

import pytest

from logbook.database.engine import Database
from logbook.reports import Period, figures, obstacles
from logbook.reports.counting import letterhead
from logbook.reports.periods import MONTHLY, WEEKLY
from logbook.reports.sections import registry
from logbook.settings.loading import Settings
from tests.logbook.book_of_cases import hire
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Open


def test_figures_are_the_same_when_they_are_read_again(database: Database, book: Open, count: Count) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.ticket("2026-10-12 09:00", kind="feedback", topic="process", category="tre-hen")
        writes.rate("2026-11-18 09:00", 5, 4, None)
        clerk = hire(conn, at("2026-11-01 09:00"))["clerk"]
        entered = [
            obstacles.enter(conn, text, "Đỗ Văn Hải", clerk, at("2026-11-16 09:00")) for text in ("a", "b")
        ]
        obstacles.resolve(conn, entered[0] or 0, "đã thay", clerk, at("2026-11-17 09:00"))
        found = count(conn)
    text = figures.to_json(found)
    assert [one.resolution for one in found.obstacles] == ["đã thay", ""]
    again = figures.from_json(text)
    assert again == found
    assert figures.to_json(again) == text
    assert json.loads(text)["late"][0]["answered_at"] is None


def test_groups_stand_in_their_order_and_every_figure_has_a_name_of_its_own(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        book(conn).ticket("2026-11-17 09:00", kind="feedback", topic="process", category="tre-hen")
        found = count(conn).figures
    places = [registry.groups().index(one.section) for one in found]
    assert places == sorted(places)
    assert len({one.name for one in found}) == len(found)


def test_a_report_kept_before_there_were_obstacles_and_owners_is_read_still(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        book(conn).ticket("2026-10-12 09:00", kind="feedback")
        seen = json.loads(figures.to_json(count(conn)))
    del seen["obstacles"], seen["late"][0]["owner"]
    del seen["letterhead"]["superior"], seen["letterhead"]["addressed"]
    old = figures.from_json(json.dumps(seen))
    assert (old.obstacles, old.late[0].owner, old.letterhead.addressed) == ((), "", "")


def test_the_period_before_stands_beside_and_what_did_not_occur_then_or_now_is_none(
    database: Database, book: Open, count: Count, week: Period
) -> None:
    with database.writing() as conn:
        book(conn).ticket("2026-11-17 09:00", kind="feedback", topic="process", category="tre-hen")
        book(conn).rate("2026-11-17 09:00", 5)
        before = count(conn)
        first = count(conn, before=None)
        conn.exec_driver_sql("DELETE FROM ratings")
        conn.exec_driver_sql("UPDATE tickets SET opened_at = '2026-11-01 02:00:00+00:00'")
        now = count(conn, before=before)
    assert {one.before for one in first.figures} == {None}
    calls, category = now.named("received.all"), now.named("category.tre-hen")
    assert calls is not None
    assert (calls.value, calls.before) == (0, 1)
    assert category is not None
    assert (category.value, category.before, category.cases) == (0, 1, ())
    rated = now.section("ratings")[0]
    assert (rated.of, rated.of_before, rated.tenths_before) == (0, 1, 1000)


@pytest.mark.row("000-15", "000-16")
def test_the_letterhead_is_of_the_settings_and_of_the_kind(settings: Settings) -> None:
    weekly, monthly = letterhead(WEEKLY, settings), letterhead(MONTHLY, settings)
    assert (weekly.agency, weekly.superior) == (settings.reports.weekly.issuer, settings.office.agency)
    assert (monthly.agency, monthly.superior) == (settings.office.agency, "")
    assert (weekly.addressed, monthly.addressed) == (settings.reports.weekly.addressed, "")
    assert weekly.recipients == settings.reports.weekly.recipients
    assert monthly.recipients == settings.reports.monthly.recipients
    names = {one.role: one.name for one in settings.notifications.officials}
    assert (weekly.signer, monthly.signer) == (names["head_of_office"], names["chairman"])
    assert monthly.basis == settings.reports.monthly.basis


def test_an_empty_week_has_every_figure_that_does_not_depend_on_cases(
    database: Database, count: Count
) -> None:
    with database.reading() as conn:
        found = count(conn, now=at("2026-11-20 16:01"))
    assert {one.section for one in found.figures} == set(registry.groups()) - {
        "caller_type",
        "channel",
        "kind",
        "category",
        "escalated",
        "enquiries",
        "desk",
        "slip_marks",
        "rating_tags",
        "news",
        "services",
        "checklists",
        "plan_tasks",
    }
    assert found.late == ()
    assert all(not one.value for one in found.figures)
