"""Whoever answers for a task without proof is reminded before the month's end and its day, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import Connection, select, update

from logbook.accounts.rights import Person
from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import working_times
from logbook.clock import Clock, parse_moment
from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.database.tables import officials, people, plan_reminders, plan_tasks
from logbook.dossiers.months import Month
from logbook.officials import first_filling
from logbook.outbox.deliveries import Delivery
from logbook.plan import evidence, plans
from logbook.plan.plans import ToldPlan, ToldTask
from logbook.sending import decision
from logbook.sending.decision import Cancel, DecisionContext, Send
from logbook.sending.messages import MessageTexts
from logbook.settings.loading import Settings, load_settings
from logbook.texts.catalogue import load_texts
from scheduler.remind_plan import PlanReminders
from tests import frozen
from tests.conftest import NOW
from tests.town_hall import hire

SHIPPED = load_settings(frozen.OFFICE)
SETTINGS = replace(
    SHIPPED, channels={"BINH_ZALO": SecretStr("zalo://x/y"), "CHI_ZALO": SecretStr("zalo://x/z")}
)


def somebody(conn: Connection) -> Person:
    row = conn.execute(select(people).where(people.c.login == "chanhvanphong")).one()
    return Person(row.id, row.login, row.name, "", row.role, "vi", False, False)


def begin(database: Database, *paces: str, owner: str = "", person: str | None = "binh") -> None:
    """A plan with one task of each pace, for which one person answers."""
    with database.writing() as conn:
        hire(conn, NOW)
        first_filling.fill(conn, SETTINGS, NOW)
        who = somebody(conn)
        told = ToldPlan("Kế hoạch năm 2026", "", "2026-01", "2026-12", owner, "")
        plan = plans.find(conn, plans.create(conn, told, who, NOW))
        assert plan is not None
        for number, pace in enumerate(paces, start=1):
            task = ToldTask("Nhóm", f"Việc phải làm số {number}", "Văn phòng", pace, "")
            plans.add_task(conn, plan, task, who, NOW)
        conn.execute(update(plan_tasks).values(person=person))


def look(database: Database, moment: str, settings: Settings = SETTINGS) -> list[Delivery]:
    clock = Clock(parse_moment(moment))
    PlanReminders(database, clock, settings, Calendars(settings, clock)).run_once(lambda: True)
    with database.reading() as conn:
        return [Delivery(*row) for row in conn.execute(select(table).order_by(table.c.id))]


def logged(database: Database) -> list[tuple[str, str | None, bool]]:
    with database.reading() as conn:
        rows = conn.execute(select(plan_reminders).order_by(plan_reminders.c.id))
        return [(row.occasion, row.person, row.delivery_id is not None) for row in rows]


def letter(database: Database, row: Delivery) -> str:
    with database.reading() as conn:
        return MessageTexts(SETTINGS, load_texts()["vi"]).letter(conn, row).text


def decided(database: Database, row: Delivery, moment: str) -> object:
    with database.writing() as conn:
        now: datetime = parse_moment(moment)
        return decision.decide(conn, row, DecisionContext(SETTINGS, working_times(SETTINGS), ()), now)


def prove(database: Database, task_id: int) -> None:
    with database.writing() as conn:
        task = plans.task(conn, task_id)
        assert task is not None
        evidence.give(conn, task, Month(2026, 11), "Đã làm xong", "", None, 100, somebody(conn), NOW)


def test_before_the_months_end_one_message_names_all_tasks_without_proof_and_comes_once(
    database: Database,
) -> None:
    begin(database, "Thường xuyên", "Định kỳ cuối mỗi tháng", "Thường xuyên")
    prove(database, 3)
    (row,) = look(database, "2026-11-25T09:00")
    assert (row.recipient, row.channel, row.state) == ("binh", "zalo", "due")
    said = letter(database, row)
    assert "còn 2 nhiệm vụ chưa có minh chứng (I.1, I.2), hạn 30/11/2026" in said
    assert "/console/plan?lack=1" in said
    for moment in ("2026-11-25T15:00", "2026-11-26T09:00", "2026-11-30T09:00", "2026-12-24T09:00"):
        assert look(database, moment) == [row]
    assert logged(database) == [("month:2026-11", "binh", True)] * 2
    assert len(look(database, "2026-12-25T09:00")) == 2
    assert {one for one, *_ in logged(database)} == {"month:2026-11", "month:2026-12"}


def test_a_dated_task_is_reminded_of_before_its_day_and_once_after_it(database: Database) -> None:
    begin(database, "trước ngày 11/12/2026", "trong tháng 12 năm 2023")
    (row,) = look(database, "2026-11-25T09:00")
    assert "(I.2), hạn 31/12/2023" in letter(database, row)
    assert len(look(database, "2026-12-04T09:00")) == 1
    assert len(look(database, "2026-12-07T09:00")) == 2
    assert len(look(database, "2026-12-11T09:00")) == 2
    assert len(look(database, "2026-12-14T09:00")) == 3
    assert len(look(database, "2026-12-15T09:00")) == 3
    assert [one for one, *_ in logged(database)] == ["late:2023-12-31", "due:2026-12-11", "late:2026-12-11"]


def test_what_was_proved_before_the_message_went_out_is_not_sent(database: Database) -> None:
    begin(database, "Thường xuyên")
    (row,) = look(database, "2026-11-25T09:00")
    assert decided(database, row, "2026-11-25T09:01") == Send("zalo://x/y")
    prove(database, 1)
    assert decided(database, row, "2026-11-25T09:02") == Cancel("overtaken")


def test_where_nobody_answers_the_owner_is_told_and_where_nobody_can_be_reached_the_log_says_so(
    database: Database,
) -> None:
    begin(database, "Thường xuyên", owner="chi", person=None)
    (row,) = look(database, "2026-11-25T09:00")
    assert (row.recipient, row.channel) == ("chi", "zalo")
    with database.writing() as conn:
        conn.execute(plan_reminders.delete())
    silent = replace(SETTINGS, channels={})
    assert look(database, "2026-11-25T10:00", silent) == [row]
    assert logged(database) == [("month:2026-11", None, False)]


def test_a_member_of_the_register_is_reminded_by_a_text_to_the_mobile_that_stands_there(
    database: Database,
) -> None:
    texting = replace(SETTINGS, citizens=SETTINGS.citizens.model_copy(update={"sms_sender": "XADAILANH"}))
    begin(database, "Thường xuyên", person="hoa")
    with database.writing() as conn:
        member = {"key": "hoa", "name": "Phan Thị Hoa", "title": "", "unit": "", "version": 1, "made_at": NOW}
        more = {"organisation": "civil_servant", "since": NOW.date(), "telephone": "+84912000222"}
        conn.execute(officials.insert().values(**member, **more))
    (row,) = look(database, "2026-11-25T09:00", texting)
    assert (row.recipient, row.channel) == ("hoa", "sms")
    said = letter(database, row)
    assert said.isascii()
    assert len(said) <= 160
    assert decided(database, row, "2026-11-25T09:01") == Send("+84912000222")


def test_on_a_day_off_nobody_is_reminded(database: Database) -> None:
    begin(database, "Thường xuyên")
    for moment in ("2026-11-28T09:00", "2026-11-29T09:00"):
        assert look(database, moment) == [], moment


def test_a_plan_that_has_ended_reminds_nobody(database: Database) -> None:
    begin(database, "Thường xuyên")
    with database.writing() as conn:
        plans.end(conn, 1, somebody(conn), NOW)
    assert look(database, "2026-11-25T09:00") == []
