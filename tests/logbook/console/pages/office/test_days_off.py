"""Days entered or taken back after a ticket was opened: every end counted in working days follows."""

from __future__ import annotations

import dataclasses
import json
import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import working_times
from logbook.clock import local
from logbook.database.engine import Database
from logbook.installation import Installation, open_installation
from logbook.reports.past import as_of
from logbook.settings.config_file import OfficialDay, OfficialYear
from logbook.settings.loading import Settings
from logbook.tickets import deadlines, history, open_by_hand, tickets
from logbook.tickets.tickets import Ticket, of_id, recent
from scheduler.warn_of_deadlines import DeadlinesDue
from tests.logbook.console.cases import send, token_of
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.console.pages.tickets.test_new_ticket import WALK_IN
from tests.suite.waiting import PATIENCE
from tests.town_hall import HandClock, local_time, move

pytestmark = pytest.mark.row("B-09")
OPENED = local_time("2026-11-25 09:10")
OFF = {"day": "2026-11-26", "worked": "no", "reason": "bão", "document": "12/TB-UBND"}
BEFORE = {"classify": "26/11", "transfer": "02/12", "notice": "09/12", "answer": "09/12"}
AFTER = {"classify": "27/11", "transfer": "03/12", "notice": "10/12", "answer": "10/12"}


@pytest.fixture
def installation(installation: Installation, database: Database) -> Installation:
    return open_installation(installation.settings, HandClock(OPENED), database)


@dataclasses.dataclass
class Office:
    """The console of an installation beside a scheduler of its own, which reads the same database."""

    installation: Installation
    signed_in: SignIn
    settings: Settings

    @property
    def clock(self) -> HandClock:
        clock = self.installation.clock
        assert isinstance(clock, HandClock)
        return clock

    def enter(self) -> None:
        clerk = self.signed_in("clerk")
        assert (
            clerk.post("/console/tickets/new", data=WALK_IN | {"form_token": token_of(clerk)}).status_code
            == 303
        )

    def decide(self, where: str = "", **fields: str) -> None:
        head = self.signed_in("head_of_office")
        token = form_token(head.get("/console/calendar").text)
        sent = head.post(f"/console/calendar/days{where}", data={"form_token": token, **fields})
        assert sent.status_code == 303

    def sweep(self) -> int:
        return self.scheduler().run_once(lambda: True)

    def scheduler(self) -> DeadlinesDue:
        settings = self.settings
        return DeadlinesDue(self.installation.database, self.clock, settings, Calendars(settings, self.clock))

    @property
    def ticket(self) -> Ticket:
        with self.installation.database.reading() as conn:
            (ticket,) = recent(conn, 5)
            assert history.verify(conn) is None
            return of_id(conn, ticket.id)

    def events(self, verb: str) -> list[dict[str, Any]]:
        with self.installation.database.reading() as conn:
            return [json.loads(one.details) for one in history.of(conn, self.ticket.id) if one.verb == verb]

    def do(self, verb: str, **details: Any) -> None:
        with self.installation.database.writing() as conn:
            move(conn, self.ticket.id, verb, actor="an", now=self.clock.at, **details)

    def ends(self) -> dict[str, str]:
        with self.installation.database.reading() as conn:
            times, _ = Calendars(self.settings, self.clock).now(conn)
        now, office = self.clock.at, times.office
        found = deadlines.of_ticket(self.ticket, self.settings, office, now, timedelta(0))
        return {one.name: f"{local(one.due_at):%d/%m}" for one in found}


@pytest.fixture
def office(installation: Installation, signed_in: SignIn) -> Office:
    made = Office(installation, signed_in, installation.settings)
    made.enter()
    assert made.ends() == BEFORE
    return made


def test_all_terms_follow_a_day_off_entered_on_the_page_and_the_history_says_so(office: Office) -> None:
    office.sweep()
    assert office.events("recount") == []
    office.decide(**OFF)
    office.sweep()
    assert office.ends() == AFTER
    (said,) = office.events("recount")
    assert {name: f"{local(datetime.fromisoformat(seen)):%d/%m %H:%M}" for name, seen in said.items()} == {
        "answer_due_before": "09/12 17:00",
        "answer_due_at": "10/12 17:00",
        "notice_due_before": "09/12 17:00",
        "notice_due_at": "10/12 17:00",
    }
    page = office.signed_in("clerk").get(f"/console/tickets/{office.ticket.code}").text
    assert "Tính lại hạn vì lịch làm việc thay đổi" in page
    assert "10/12/2026 17:00" in page
    office.sweep()
    assert len(office.events("recount")) == 1


def test_no_term_falls_on_the_day_off_itself(office: Office) -> None:
    office.decide(**OFF | {"day": "2026-12-09"})
    office.sweep()
    assert office.ends() == BEFORE | {"notice": "10/12", "answer": "10/12"}


def test_a_day_added_to_the_settings_before_a_start_counts_the_same(office: Office) -> None:
    known = office.settings.official_days[2026]
    more = OfficialDay(date=date(2026, 11, 26), worked=False, reason="bão")
    year = OfficialYear(document=known.document, days=(*known.days, more))
    office.settings = dataclasses.replace(office.settings, official_days={2026: year})
    office.sweep()
    assert office.ends() == AFTER
    assert len(office.events("recount")) == 1


def test_a_running_scheduler_sees_the_day_and_what_was_opened_just_after_by_the_older_calendar(
    office: Office,
) -> None:
    scheduler = office.scheduler()
    ticks = [1000.0]
    office.clock.monotonic = lambda: ticks[0]  # type: ignore[method-assign]
    scheduler.run_once(lambda: True)
    ticks[0] += 90
    scheduler.run_once(lambda: True)
    ticks[0] += 30
    office.decide(**OFF)
    scheduler.run_once(lambda: True)
    assert office.ends() == AFTER
    times = working_times(office.settings)
    with office.installation.database.writing() as conn:
        late = open_by_hand.enter(
            conn,
            open_by_hand.ManualEntry("walk_in", "individual", "Đường hỏng.", anonymous=True),
            actor="clerk",
            notice_due_at=times.office.add_days(OPENED, 10),
            answer_due_at=times.office.add_days(OPENED, 10),
            days=office.settings.complaint.days,
            now=OPENED,
            secret="secret",
        ).ticket
    ticks[0] += 30
    scheduler.run_once(lambda: True)
    with office.installation.database.reading() as conn:
        assert tickets.of_id(conn, late.id).answer_due_at == local_time("2026-12-10 17:00")


def test_a_day_taken_back_moves_all_terms_back(office: Office) -> None:
    office.decide(**OFF)
    office.sweep()
    office.decide("/remove", day=OFF["day"])
    office.sweep()
    assert office.ends() == BEFORE
    assert len(office.events("recount")) == 2


def test_a_date_that_was_told_is_never_moved_earlier(office: Office) -> None:
    office.decide(**OFF)
    office.sweep()
    office.do("tell", what="accepted", channel="in_person", result="told")
    office.decide("/remove", day=OFF["day"])
    office.sweep()
    assert office.ends() == {"classify": "26/11", "transfer": "02/12", "answer": "10/12"}


def test_a_saturday_worked_instead_never_shortens_what_was_promised_at_the_opening(office: Office) -> None:
    office.decide(**OFF | {"day": "2026-11-28", "worked": "yes", "reason": "làm bù"})
    office.sweep()
    assert office.ends() == {"classify": "26/11", "transfer": "01/12", "notice": "08/12", "answer": "09/12"}


def test_a_ticket_opened_half_an_hour_after_midnight_follows_by_its_day_in_vietnam(
    installation: Installation, signed_in: SignIn
) -> None:
    office = Office(installation, signed_in, installation.settings)
    office.clock.at = local_time("2026-11-26 00:30")
    office.enter()
    opened = {"classify": "27/11", "transfer": "03/12", "notice": "10/12", "answer": "10/12"}
    assert office.ends() == opened
    office.decide(**OFF)
    office.sweep()
    assert office.ends() == opened
    office.decide(**OFF | {"day": "2026-11-27"})
    office.sweep()
    assert office.ends() == {"classify": "30/11", "transfer": "04/12", "notice": "11/12", "answer": "11/12"}


def test_an_extension_keeps_its_days(office: Office) -> None:
    clerk = office.signed_in("head_of_office")
    sent = send(clerk, office.ticket.code, "extend", days="5", reason="chờ đo đạc")
    assert sent.status_code == 303
    assert office.ends()["answer"] == "16/12"
    office.decide(**OFF | {"day": "2026-12-14"})
    office.sweep()
    assert office.ends() == BEFORE | {"answer": "17/12"}
    office.decide(**OFF)
    office.sweep()
    assert office.ends() == AFTER | {"answer": "18/12"}


def test_what_has_ended_stays_as_it_was(office: Office) -> None:
    office.do("write", content="Bị hẹn lại.")
    office.do("classify", kind="feedback")
    office.do("answer", answer="Đã giải quyết.")
    stood = office.ticket
    office.decide(**OFF)
    office.sweep()
    assert office.ticket == stood
    office.do("close", outcome="resolved", cause="Hồ sơ bị để lẫn.", remedy="Đã trả hồ sơ và xin lỗi.")
    stood = office.ticket
    office.decide("/remove", day=OFF["day"])
    office.sweep()
    assert office.ticket == stood


def test_a_term_that_is_over_stays_over(office: Office) -> None:
    office.clock.at = local_time("2026-12-14 09:00")
    office.decide(**OFF)
    office.sweep()
    assert office.events("recount") == []
    assert office.ticket.answer_due_at == local_time("2026-12-09 17:00")


def test_a_month_counts_the_answer_by_the_end_that_the_calendar_gave_it(office: Office) -> None:
    office.decide(**OFF)
    office.sweep()
    with office.installation.database.reading() as conn:
        (past,) = as_of(conn, local_time("2026-11-01 00:00"), local_time("2026-12-01 00:00"))
    assert past.due_at == past.running_due_at == local_time("2026-12-10 17:00")
    assert past.extended_at == []


def test_two_runners_at_once_move_a_ticket_once(office: Office) -> None:
    office.decide(**OFF)
    runners = [threading.Thread(target=office.scheduler().run_once, args=(lambda: True,)) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(PATIENCE)
    assert office.ends() == AFTER
    assert len(office.events("recount")) == 1
