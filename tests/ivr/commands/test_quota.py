"""`tongdai quota`: half of the dossiers finished in a month, rounded up, in slips (003-05)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from logbook.database.engine import Database
from tests.logbook.dossiers.shelf import Shelf, local_time

MONTHS: dict[str, tuple[int, int, int, int, bool | None]] = {
    "2026-01": (100, 49, 50, 1, False),
    "2026-02": (100, 50, 50, 0, True),
    "2026-03": (99, 49, 50, 1, False),
    "2026-04": (1, 0, 1, 1, False),
    "2026-05": (1, 1, 1, 0, True),
    "2026-06": (0, 0, 0, 0, None),
    "2026-07": (3, 3, 2, 0, True),
}
"""Finished, slips, required, missing, reached."""


@pytest.fixture
def shelf(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    return Shelf(database)


def quota(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(tongdai, ["quota", *words, "--json"])
    assert done.exit_code == 0, done.output
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.row("003-05", "003-06")
def test_each_month_tells_what_is_finished_needed_and_missing(shelf: Shelf) -> None:
    for month, (finished, slips, *_) in MONTHS.items():
        shelf.put(finished, finished=f"{month}-15 10:00", slips=slips)
    for month, (finished, slips, required, missing, reached) in MONTHS.items():
        assert quota(month) == {
            "month": month,
            "finished": finished,
            "slips": slips,
            "required": required,
            "missing": missing,
            "reached": reached,
        }


@pytest.mark.row("003-05")
def test_a_dossier_counts_in_the_month_it_was_finished_in_whenever_received(shelf: Shelf) -> None:
    shelf.put(1, received="2026-01-30 08:00", finished="2026-02-02 09:00")
    shelf.put(1, received="2026-02-27 08:00", finished="2026-02-28 23:59")
    shelf.put(1, received="2026-02-27 08:00", finished="2026-03-01 00:00")
    shelf.put(2, received="2026-02-01 08:00", finished=None)
    seen = {month: quota(month)["finished"] for month in ("2026-01", "2026-02", "2026-03")}
    assert seen == {"2026-01": 0, "2026-02": 2, "2026-03": 1}


@pytest.mark.row("003-05")
def test_a_slip_that_is_not_valid_or_of_another_month_does_not_count(shelf: Shelf) -> None:
    shelf.put(4, finished="2026-11-10 10:00", slips=2, valid=False)
    shelf.put(2, finished="2026-10-31 23:00", slips=2)
    assert (quota("2026-11")["slips"], quota("2026-10")["slips"]) == (0, 2)


@pytest.mark.row("003-05")
def test_people_read_it_by_field_and_a_month_without_dossiers_says_so(shelf: Shelf) -> None:
    shelf.put(3, finished="2026-11-10 10:00", slips=2)
    shelf.put(4, finished="2026-11-10 10:00", field="Đất đai")
    said = CliRunner().invoke(tongdai, ["quota", "2026-11"]).output.splitlines()
    assert said == [
        "Tháng 11/2026: 7 hồ sơ, 2 phiếu, cần 4: thiếu 2.",
        "  Đất đai: 4 hồ sơ, 0 phiếu, cần 2: thiếu 2.",
        "  Hộ tịch: 3 hồ sơ, 2 phiếu, cần 2: đạt.",
    ]
    assert CliRunner().invoke(tongdai, ["quota", "2026-06"]).output == "Tháng 06/2026: không có hồ sơ.\n"
    odd = CliRunner().invoke(tongdai, ["quota", "11-2026"])
    assert (odd.exit_code, "Tháng phải có dạng 2026-11" in odd.output) == (2, True)


def test_the_month_of_today_is_meant_when_none_is_named(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_NOW", local_time("2026-09-30 23:30").isoformat())
    assert quota()["month"] == "2026-09"
