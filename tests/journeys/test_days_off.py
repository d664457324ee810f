"""A day off entered after a complaint was left: what the caller hears of its date, then and later."""

from datetime import date

import pytest

from logbook.calendar import closures
from logbook.calendar.current import Calendars
from logbook.tickets import history
from scheduler.warn_of_deadlines import DeadlinesDue
from tests.caller import Caller
from tests.journeys.outgoing_calls import Told
from tests.journeys.test_citizen_news import answered, events, now_of, proved
from tests.journeys.town import Town, complain
from tests.people import FARMER

pytestmark = pytest.mark.row("B-09")
OFF = date(2026, 11, 27)


@pytest.fixture
def told(town: Town) -> Told:
    return Told(town)


def sweep(town: Town) -> None:
    calendars = Calendars(town.settings, town.clock)
    DeadlinesDue(town.database, town.clock, town.settings, calendars).run_once(lambda: True)
    with town.database.reading() as conn:
        assert history.verify(conn) is None


def day_off(town: Town, day: date = OFF) -> None:
    with town.database.writing() as conn:
        closures.override_day(conn, day, worked=False, reason="bão", document="12/TB")
    sweep(town)


def taken_back(town: Town) -> None:
    with town.database.writing() as conn:
        closures.remove_override(conn, OFF)
    sweep(town)


def ask(town: Town, code: str) -> str:
    caller: Caller = town.ring().press("3").press(code).press(FARMER[-4:])
    heard = " ".join(caller.just_heard)
    caller.hang_up()
    return heard


def test_a_date_heard_on_the_line_is_kept_when_the_day_off_is_taken_back(town: Town) -> None:
    caller = complain(town.ring())
    caller.hang_up()
    ticket = town.ticket(caller)
    assert "ngày chín tháng mười hai" in ask(town, ticket.code)
    day_off(town)
    for _ in range(2):
        assert "ngày mười tháng mười hai" in ask(town, ticket.code)
    taken_back(town)
    assert "ngày mười tháng mười hai" in ask(town, ticket.code)
    assert len(events(town, ticket, "heard_due")) == 1


def test_a_date_nobody_heard_goes_back_with_the_day_off(town: Town) -> None:
    caller = complain(town.ring())
    caller.hang_up()
    ticket = town.ticket(caller)
    day_off(town)
    taken_back(town)
    assert "ngày chín tháng mười hai" in ask(town, ticket.code)
    assert events(town, ticket, "heard_due") == []


def test_an_answer_that_was_rejected_is_owed_anew_by_the_days_that_are_worked(town: Town, told: Told) -> None:
    ticket = answered(town)
    town.clock.set("2026-11-26T09:10+07:00")
    _, call = proved(told, ticket, "answered")
    call.press("2").hang_up()
    assert now_of(town, ticket).answer_due_at.isoformat().startswith("2026-12-10")
    day_off(town, date(2026, 12, 10))
    assert now_of(town, ticket).answer_due_at.isoformat().startswith("2026-12-11")
