"""`tongdai index`: the figures of the contract, counted a second time by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ivr.commands.figures import index
from logbook.database.engine import Database
from logbook.ratings import instruments, slips
from logbook.settings.loading import load_settings
from tests.rated import call_rated, slip

Answers = list[list[int | None]]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    made = Database(load_settings().database_url)
    made.upgrade(datetime.now(UTC))
    with made.writing() as conn:
        instruments.install(conn, instruments.registry(load_settings()).values(), datetime.now(UTC))
    yield made
    made.close()


def asked(*words: str) -> dict[tuple[str, str], dict[str, Any]]:
    done = CliRunner().invoke(index, [*words, "--json"])
    assert done.exit_code == 0, done.output
    seen = json.loads(done.output)
    assert seen["period"].startswith(words[0])
    return {(one["key"], one["channel"]): one for one in seen["instruments"]}


def by_hand(answers: Answers, place: int) -> tuple[int, int]:
    marks = [each[place] for each in answers if each[place] is not None]
    return len(marks), sum(mark in (4, 5) for mark in marks)


@pytest.mark.row("000-04")
def test_every_figure_is_what_a_second_count_gives_channel_by_channel(book: Database) -> None:
    settings, draw = load_settings(), random.Random(7)
    noon = datetime(2026, 11, 10, 5, tzinfo=UTC)
    calls: Answers = [[draw.choice([None, 1, 2, 3, 4, 4, 5, 5]) for _ in range(5)] for _ in range(30)]
    paper: Answers = [[draw.choice([None, 2, 4, 5]) for _ in range(4)] + [5] for _ in range(12)]
    with book.writing() as conn:
        for marks in calls:
            call_rated(conn, settings, marks, noon)
        for number, marks in enumerate(paper):
            slip(conn, settings, number, marks, noon)
        # the edges: the first and the last moment of the month in Vietnam, and those beyond
        for hours, _ in enumerate((0, 1)):
            call_rated(
                conn, settings, [5] * 5, datetime(2026, 10, 31, 16, 59, tzinfo=UTC) + timedelta(hours=hours)
            )
            call_rated(
                conn, settings, [1] * 5, datetime(2026, 11, 30, 16, 59, tzinfo=UTC) + timedelta(hours=hours)
            )
        slip(conn, settings, 90, [1] * 5, datetime(2026, 11, 30, 17, 0, tzinfo=UTC))
        void = slip(conn, settings, 91, [1] * 5, noon)
        slips.void(conn, void.id, void.version, "viết nhầm")
    calls += [[5] * 5, [1] * 5]
    seen = asked("2026-11")
    for (key, channel), answers in {("dai-lanh-5", "phone"): calls, ("thuong-lo-5", "paper"): paper}.items():
        one = seen[key, channel]
        assert one["n"] == sum(any(mark is not None for mark in each) for each in answers)
        for place, criterion in enumerate(one["criteria"]):
            count, satisfied = by_hand(answers, place)
            assert (criterion["n"], criterion["satisfied"]) == (count, satisfied), (key, place)
            assert criterion["percent"] == pytest.approx(satisfied * 100 / count, abs=0.0001)
            assert (
                0 <= criterion["low"] < criterion["percent"] < criterion["high"] <= 100 or satisfied == count
            )
    assert set(seen) == {("dai-lanh-5", "phone"), ("thuong-lo-5", "paper")}
    assert seen["thuong-lo-5", "paper"]["verdict"] is None


@pytest.mark.row("000-04")
def test_the_three_verdicts_of_the_seed(book: Database) -> None:
    settings = load_settings()
    month = {"08": (9, 1), "09": (8, 2), "10": (2, 0)}
    with book.writing() as conn:
        for name, (good, bad) in month.items():
            at = datetime(2026, int(name), 15, 5, tzinfo=UTC)
            for mark in [5] * good + [3] * bad:
                call_rated(conn, settings, [mark] * 5, at)
    verdicts = {name: asked(f"2026-{name}")["dai-lanh-5", "phone"]["verdict"] for name in month}
    assert verdicts == {"08": "reached", "09": "missed", "10": "too_few"}
    quarter = asked("2026-Q3")["dai-lanh-5", "phone"]["criteria"][0]
    assert (quarter["n"], quarter["satisfied"], quarter["percent"]) == (20, 17, 85.0)
    assert asked("2026-09", "--year-to-date")["dai-lanh-5", "phone"]["n"] == 20
    assert asked("2026")["dai-lanh-5", "phone"]["n"] == 22


def test_a_month_without_answers_and_a_month_that_is_none(book: Database) -> None:
    empty = asked("2026-01")["dai-lanh-5", "phone"]
    assert (empty["n"], empty["verdict"], empty["criteria"][0]["percent"]) == (0, "too_few", None)
    assert "chưa đủ mẫu" in CliRunner().invoke(index, ["2026-01"]).output
    refused = CliRunner().invoke(index, ["11/2026"])
    assert (refused.exit_code, "2026-11" in refused.output) == (1, True)


def test_without_a_stretch_of_time_the_command_says_in_vietnamese_what_is_missing(book: Database) -> None:
    done = CliRunner().invoke(index, [])
    assert done.exit_code == 1
    assert "Thiếu khoảng thời gian" in done.output


def test_a_database_that_was_upgraded_and_never_started_knows_the_instruments_that_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    made = Database(load_settings().database_url)
    made.upgrade(datetime.now(UTC))
    made.close()
    found = asked("2026-11")
    assert {key: (one["n"], len(one["criteria"])) for key, one in found.items()} == {
        ("dai-lanh-5", "phone"): (0, 5),
        ("thuong-lo-5", "paper"): (0, 5),
    }
