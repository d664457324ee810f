"""One scheduler works for all offices: a lease in each book, a corrupt book named, the others served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from logbook.clock import Clock
from logbook.database import heartbeats, leases
from logbook.database.engine import Database
from logbook.offices.register import OfficeRegister
from scheduler.offices.office import SchedulerOffice
from scheduler.offices.running import MOST_ABANDONED, OfficesStuckError, SchedulerOfOffices
from tests.logbook.offices.made import CODES, add_office, make_installation

ENVIRON = {"TONGDAI_MODE": "demo", "TONGDAI_NOW": "2026-11-25T09:10:00+07:00"}
FIRST, SECOND, THIRD = CODES


@pytest.fixture
def folder(tmp_path: Path, migrated_file: Path) -> Path:
    return make_installation(tmp_path / "i", book=migrated_file)


@pytest.fixture
def working(folder: Path) -> Iterator[SchedulerOfOffices]:
    made = SchedulerOfOffices(OfficeRegister(folder), ENVIRON, "first", Clock())
    yield made
    made.end()


def opened(folder: Path, code: str) -> closing[Database]:
    """One office's book."""
    return closing(Database(f"sqlite:///{folder}/offices/{code}/var/tongdai.db"))


def owners(folder: Path) -> dict[str, str]:
    """Who holds the lease of each office's book."""
    found = {}
    for code in CODES:
        with opened(folder, code) as database, database.reading() as conn:
            holder = leases.holder(conn, "scheduler")
        found[code] = holder[0] if holder else ""
    return found


def beats(folder: Path, code: str) -> set[str]:
    with opened(folder, code) as database, database.reading() as conn:
        return set(heartbeats.all_of(conn))


def step_until_all_beat(working: SchedulerOfOffices, folder: Path, codes: tuple[str, ...]) -> None:
    for _ in range(400):
        working.step()
        if all(set(heartbeats.VITAL) <= beats(folder, code) for code in codes):
            return
    pytest.fail(f"not all vital work was done: {[beats(folder, code) for code in codes]}")


@pytest.mark.row("F-20")
def test_each_book_has_its_own_lease_and_a_second_scheduler_stands_by(
    working: SchedulerOfOffices, folder: Path
) -> None:
    step_until_all_beat(working, folder, CODES)
    assert owners(folder) == dict.fromkeys(CODES, "first")
    second = SchedulerOfOffices(OfficeRegister(folder), ENVIRON, "second", Clock())
    for _ in range(20):
        second.step()
    assert owners(folder) == dict.fromkeys(CODES, "first")
    second.end()


def test_a_corrupt_book_and_a_broken_configuration_are_named_and_the_third_office_is_served(
    folder: Path,
) -> None:
    (folder / "offices" / FIRST / "var" / "tongdai.db").write_bytes(b"no database" * 999)
    (folder / "offices" / SECOND / "config.yaml").write_text("nonsense: 1\n", "utf-8")
    working = SchedulerOfOffices(OfficeRegister(folder), ENVIRON, "first", Clock())
    with structlog.testing.capture_logs() as logs:
        step_until_all_beat(working, folder, (THIRD,))
    named = {one["office"] for one in logs if one["event"] == "office not scheduled"}
    assert named == {FIRST, SECOND}
    working.end()


def test_a_job_that_waits_for_its_turn_is_not_stuck_and_one_that_has_begun_can_be(folder: Path) -> None:
    office = SchedulerOffice(OfficeRegister(folder).now().entries[FIRST], ENVIRON, "first")
    office._open()
    progress = office._progress
    assert progress is not None
    progress._moved = dict.fromkeys(progress._moved, -1e9)
    assert office.stuck() == []
    progress._running.add("deliveries")
    assert office.stuck() == ["deliveries"]
    office.close()


def test_an_office_that_comes_is_served_and_one_that_is_paused_is_let_go(
    working: SchedulerOfOffices, folder: Path, migrated_file: Path
) -> None:
    step_until_all_beat(working, folder, CODES)
    file = folder / "offices" / FIRST / "office.yaml"
    file.write_text(file.read_text("utf-8") + "paused: true\n", "utf-8")
    add_office(folder, "22999", book=migrated_file)
    working._register._looked = working._looked = float("-inf")
    step_until_all_beat(working, folder, ("22999",))
    assert [one.code for one in working.wheel.offices()] == [SECOND, THIRD, "22999"]


def test_too_many_jobs_that_were_left_behind_end_the_process(
    working: SchedulerOfOffices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise jobs of one office that never end would one day hold every thread."""
    monkeypatch.setattr(working.wheel, "left_behind", lambda: MOST_ABANDONED + 1)
    with pytest.raises(OfficesStuckError):
        working.run(threading.Event())


def test_at_the_end_every_lease_is_given_back(folder: Path) -> None:
    working = SchedulerOfOffices(OfficeRegister(folder), ENVIRON, "first", Clock())
    step_until_all_beat(working, folder, CODES)
    working.end()
    second = SchedulerOfOffices(OfficeRegister(folder), ENVIRON, "second", Clock())
    for _ in range(100):
        second.step()
        if set(owners(folder).values()) == {"second"}:
            break
    assert owners(folder) == dict.fromkeys(CODES, "second")
    second.end()
