"""Leaders are reminded of the day of the monthly evaluation, as their page says it."""

from __future__ import annotations

import pytest

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.installation import Installation
from logbook.officials import first_filling, register
from logbook.outbox import escalations
from logbook.ratings import by_token, instruments, tokens
from logbook.ratings.by_token import Sent
from logbook.sending.alarms import alarms, evaluation_alarms
from logbook.sending.alarms import registry as alarm_checks
from tests.logbook.console.conftest import SignIn
from tests.town_hall import local_time


def remind(installation: Installation, at: str) -> list[str]:
    """Look at a moment; the alarms that stand then."""
    settings, now = installation.settings, local_time(at)
    with installation.database.writing() as conn:
        times, _ = Calendars(settings, Clock(now)).now(conn)
        day = settings.rating_form.evaluation_day
        alarms.tell(conn, evaluation_alarms.evaluation_soon(conn, day, times.office, now), now)
        return [row.param("alarm") for row in escalations.unsettled(conn)]


def rate(installation: Installation, at: str) -> None:
    settings, now = installation.settings, local_time(at)
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), now)
        first_filling.fill(conn, settings, now)
        official = register.of_key(conn, "an")
        assert official is not None
        code = tokens.make(conn, 1, "x", now)[0]
        by_token.store(conn, settings, code, Sent((5, 5, 5), official.id, "", ""), now)


@pytest.mark.row("004-07")
def test_from_the_working_day_before_the_evaluation_the_office_is_reminded_once(
    installation: Installation, signed_in: SignIn
) -> None:
    assert installation.settings.rating_form.evaluation_day == 5
    rate(installation, "2026-11-20 09:00")
    for quiet in ("2026-11-05 09:00", "2026-11-25 09:00", "2026-12-03 23:00", "2026-12-06 09:00"):
        assert remind(installation, quiet) == [], quiet
    assert remind(installation, "2026-12-04 08:00") == ["evaluation_soon"]  # a Friday, the 5th a Saturday
    page = signed_in("head_of_office").get("/console/leader").text
    assert "Ngày 05/12/2026 là ngày đánh giá cán bộ, công chức hằng tháng. Kết quả tháng 11/2026" in page
    with installation.database.writing() as conn:
        (row,) = escalations.unsettled(conn)
        escalations.acknowledge(conn, row.id, how="click", who="x", now=local_time("2026-12-04 09:00"))
    assert remind(installation, "2026-12-05 09:00") == []
    assert "evaluation_soon" in {name for check in alarm_checks.CHECKS for name in check.names}


@pytest.mark.row("004-07")
def test_over_a_weekend_and_a_new_year_the_reminder_comes_on_the_last_working_day(
    installation: Installation,
) -> None:
    rate(installation, "2026-12-20 09:00")
    rate(installation, "2027-08-20 09:00")
    assert remind(installation, "2027-01-03 09:00") == []  # a Sunday
    assert remind(installation, "2027-01-04 09:00") == ["evaluation_soon"]
    assert remind(installation, "2027-01-06 09:00") == []
    assert remind(installation, "2027-08-31 09:00") == []
    assert remind(installation, "2027-09-01 09:00") == ["evaluation_soon"]  # holidays, then a Sunday


@pytest.mark.row("004-07")
def test_nobody_is_reminded_of_a_month_in_which_nobody_was_rated(installation: Installation) -> None:
    rate(installation, "2026-10-20 09:00")
    assert remind(installation, "2026-12-04 09:00") == []
