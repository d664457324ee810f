"""A figure that proves tasks by itself is one entry: how it is counted, its name, its sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select

from logbook.accounts.rights import Person
from logbook.calendar.of_settings import working_times
from logbook.database.engine import Database
from logbook.database.tables import people
from logbook.dossiers.months import Month
from logbook.plan import desk_figures, overview, plans
from logbook.plan.figure_registry import FIGURES
from logbook.plan.figures import FigureContext, FigureReading, FigureVerdict, PlanFigure
from logbook.plan.plans import ToldPlan, ToldTask
from logbook.settings.loading import load_settings
from logbook.texts.catalogue import load_texts
from tests import frozen
from tests.suite import guides
from tests.town_hall import hire

SETTINGS = load_settings(frozen.OFFICE)
NOW = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)


def plans_person(conn: Connection) -> Person:
    row = conn.execute(select(people).where(people.c.login == "chanhvanphong")).one()
    return Person(row.id, row.login, row.name, "", row.role, "vi", False, False)


def _trees(_conn: Connection, _context: FigureContext, month: Month) -> FigureReading:
    verdict = FigureVerdict.REACHED if month == Month(2026, 11) else FigureVerdict.MISSED
    return FigureReading(verdict, {"number": "12"})


def test_one_more_figure_proves_the_tasks_whose_words_ask_for_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = PlanFigure("trees", _trees, "plan_page", ("trong cay xanh",))
    monkeypatch.setitem(FIGURES, "trees", trees)
    context = FigureContext(SETTINGS, working_times(SETTINGS).office, NOW)
    with database.writing() as conn:
        hire(conn, NOW)
        plan = plans.find(
            conn, plans.create(conn, ToldPlan("Kế hoạch cây", "", "2026-01", "2026-12", "", ""), "cli", NOW)
        )
        assert plan is not None
        who = plans_person(conn)
        for content in ("Trồng cây xanh ở trụ sở", "Quét sân mỗi ngày"):
            plans.add_task(conn, plan, ToldTask("Nhóm", content, "Văn phòng", "Thường xuyên", ""), who, NOW)
        tasks = plans.tasks_of(conn, (plan.id,))
        states = [
            [one.state.value for one in overview.of_month(conn, context, tasks, month)]
            for month in (Month(2026, 11), Month(2026, 10))
        ]
    assert states == [["green", "red"], ["red", "red"]]


def test_every_figure_has_its_name_and_its_sentence_with_the_words_it_counts(database: Database) -> None:
    context = FigureContext(SETTINGS, working_times(SETTINGS).office, NOW)
    with database.reading() as conn:
        for one in FIGURES.values():
            for month in (Month(2026, 11), Month(2026, 10)):
                reading = one.read(conn, context, month)
                assert reading.verdict is not FigureVerdict.REACHED, one.key
                for texts in load_texts().values():
                    assert texts.sentence(one.said, dict(reading.words))
                    assert texts.sentence(one.name)


def test_the_guide_says_what_one_more_figure_takes() -> None:
    key = "plan_figure_made_known"
    assert {one.key for one in desk_figures.DESK_FIGURES} <= set(FIGURES)
    assert guides.naming(key) == guides.catalogues(key)
    count, named = guides.promised("figure that proves a task of the plan")
    assert named == {guides.relative(desk_figures), *guides.catalogues(key)}
    assert count == len(named)
