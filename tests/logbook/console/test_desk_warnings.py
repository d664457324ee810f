"""What the head is warned of in the middle and at the end of a month, as the first page says it."""

from __future__ import annotations

from datetime import datetime

import pytest

from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.dossiers import month_end
from logbook.dossiers.months import Month
from logbook.installation import Installation
from logbook.outbox import escalations
from logbook.sending import alarms, desk_alarms
from tests.logbook.console.conftest import SignIn
from tests.logbook.dossiers.shelf import Shelf, local_time


def warn(installation: Installation, at: str) -> list[str]:
    """Look for what is wrong at a moment; the names of the alarms that stand then."""
    settings, now = installation.settings, local_time(at)
    with installation.database.writing() as conn:
        times, _ = Calendars(settings, Clock(now)).now(conn)
        found = [
            *desk_alarms.slips_short(conn, settings.dossiers, times.office, now),
            *desk_alarms.meeting_missing(conn, settings.dossiers, now),
        ]
        alarms.tell(conn, found, now)
        return [row.param("alarm") for row in escalations.unsettled(conn)]


def acknowledged(installation: Installation, now: datetime) -> None:
    with installation.database.writing() as conn:
        for row in escalations.unsettled(conn):
            escalations.acknowledge(conn, row.id, how="click", who="head", now=now)


@pytest.mark.row("003-14")
def test_the_head_is_warned_once_from_the_middle_of_a_month_that_will_lack_slips(
    installation: Installation, signed_in: SignIn
) -> None:
    shelf = Shelf(installation.database)
    shelf.put(100, finished="2026-11-03 10:00", slips=49)
    assert warn(installation, "2026-11-14 09:00") == []
    assert warn(installation, "2026-11-16 09:00") == ["slips_short"]
    said = "Tháng 11/2026: mới có 49 phiếu khảo sát cho 100 hồ sơ đã giải quyết"
    assert said in signed_in("head_of_office").get("/console/leader").text
    acknowledged(installation, local_time("2026-11-16 10:00"))
    assert warn(installation, "2026-11-20 09:00") == []


@pytest.mark.row("003-14")
def test_nobody_is_warned_where_slips_are_enough_or_nothing_was_finished(installation: Installation) -> None:
    assert warn(installation, "2026-11-20 09:00") == []
    shelf = Shelf(installation.database)
    shelf.put(100, finished="2026-11-03 10:00", slips=50)
    assert warn(installation, "2026-11-20 09:00") == []
    shelf.put(1, finished="2026-11-19 10:00")
    assert warn(installation, "2026-11-20 10:00") == ["slips_short"]
    shelf.put(1, finished="2026-11-20 11:00", slips=1)
    assert warn(installation, "2026-11-20 12:00") == []


@pytest.mark.row("003-07")
def test_a_missing_record_of_the_meeting_is_reminded_of_until_it_is_written(
    installation: Installation, signed_in: SignIn
) -> None:
    signed_in("head_of_desk")
    Shelf(installation.database).put(2, finished="2026-11-03 10:00", slips=2)
    assert warn(installation, "2026-11-27 09:00") == []
    assert warn(installation, "2026-11-28 09:00") == ["desk_meeting"]
    now = local_time("2026-11-28 10:00")
    with installation.database.writing() as conn:
        head = next(one for one in accounts.listed(conn) if one.login == "head_of_desk")
        seen = ("Toàn bộ phận", "Chấn chỉnh việc phát phiếu")
        who = Person(head.id, head.login, head.name, "", head.role, "vi", False, False)
        month_end.record_meeting(conn, Month(2026, 11), now.date(), *seen, who, now)
    assert warn(installation, "2026-11-28 11:00") == []


@pytest.mark.row("003-05")
def test_the_first_page_tells_the_head_what_is_finished_missing_and_late(
    installation: Installation, signed_in: SignIn
) -> None:
    shelf = Shelf(installation.database)
    head = signed_in("head_of_desk")
    assert "hồ sơ đã giải quyết" not in head.get("/console/").text
    shelf.put(10, finished="2026-11-03 10:00", slips=3)
    shelf.put(2, due="2026-11-20 17:00")
    page = head.get("/console/").text
    assert "10 hồ sơ đã giải quyết, 3 phiếu, cần 5: còn thiếu 2 phiếu." in page
    assert "<b>2</b>Trễ hẹn" in page
    assert "hồ sơ đã giải quyết" not in signed_in("team_leader").get("/console/").text
