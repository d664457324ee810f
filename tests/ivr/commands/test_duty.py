"""`tongdai duty`: who is on duty in each session of a day, for people and for programs."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner

from ivr.commands.duty import duty
from logbook.calendar.of_settings import working_times
from logbook.database.engine import Database
from logbook.duty import absences, week
from logbook.duty.absences import DayPart
from logbook.duty.sessions import DutyKind, DutySession
from logbook.opening_hours import Window
from logbook.settings.loading import load_settings
from tests import frozen
from tests.conftest import NOW
from tests.frozen import CONFIG

THURSDAY = date(2026, 11, 26)


def printed(url: str, *arguments: str) -> list[str]:
    environment = {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATABASE_URL": url,
        "TONGDAI_MODE": "demo",
        "TONGDAI_NOW": "2026-11-25T12:00",
    }
    result = CliRunner().invoke(duty, list(arguments), env=environment)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.mark.row("000-03")
@pytest.mark.row("R4")
def test_each_session_of_a_day_is_one_object_with_its_people_in_order(
    database_url: str, database: Database
) -> None:
    settings = load_settings(frozen.OFFICE)
    with database.writing() as conn:
        change = week.Change(DutySession(THURSDAY, Window(480, 660), DutyKind.HOTLINE), ("chi", "an"), 0)
        week.keep(conn, settings.duty, working_times(settings), [change], "head", NOW)
        absences.enter(
            conn,
            person="an",
            first_day=THURSDAY,
            last_day=THURSDAY,
            part=DayPart.AFTERNOON,
            stand_in=None,
            who="an",
            now=NOW,
        )
    seen = [json.loads(line) for line in printed(database_url, "2026-11-26", "--json")]
    assert [one for one in seen if one["kind"] == "hotline"] == [
        {"kind": "hotline", "session": "08:00-11:00", "people": ["chi", "an"]},
        {"kind": "hotline", "session": "14:00-16:30", "people": ["binh"]},
    ]
    assert [one["session"] for one in seen if one["kind"] == "slip_team"] == ["08:00-10:00", "14:00-16:00"]
    assert [one["session"] for one in seen if one["kind"] == "qr_guide"] == ["07:30-11:30", "13:30-17:00"]
    assert printed(database_url, "2026-11-26")[0] == (
        "08:00-11:00  tổng đài: Lê Thị Chi (ví dụ), Nguyễn Văn An (ví dụ)"
    )


@pytest.mark.row("000-03")
def test_a_day_off_has_no_sessions_and_without_a_day_it_is_today(
    database_url: str, database: Database
) -> None:
    assert printed(database_url, "2026-11-24", "--json") == []
    assert "Nguyễn Văn An (ví dụ), Trần Thị Bình (ví dụ)" in printed(database_url)[0]
    database.close()


@pytest.mark.parametrize("day", ["26/11/2026", "2026-11-31", "2026-1-1", "1999-01-01", "x"])
def test_a_day_that_cannot_be_read_is_refused_in_vietnamese(day: str) -> None:
    result = CliRunner().invoke(duty, [day], env=frozen.OFFICE)
    assert result.exit_code == 2
    assert "Ngày phải có dạng 2026-11-26" in result.output
