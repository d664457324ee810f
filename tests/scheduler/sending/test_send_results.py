"""The chairman hears what became of each case, once, by the day or case by case (000-13)."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from logbook.accounts import accounts
from logbook.calendar.current import Calendars
from logbook.database.engine import Database
from logbook.database.tables import case_results as table
from logbook.database.tables import tickets
from logbook.ids import TicketId
from logbook.outbox.deliveries import Delivery
from logbook.sending.messages import MessageTexts
from logbook.settings.loading import Settings
from logbook.tickets import results as case_results
from scheduler.channels import ChannelError, Parcel
from scheduler.send_deliveries import DeliveriesDue
from scheduler.send_results import ResultsDue
from tests.scheduler.fake_provider import Ledger
from tests.scheduler.outbox import CHAIRMAN, VIETNAMESE, Outbox, settings_with
from tests.town_hall import file_ticket, hire, local_time, move

WEDNESDAY, HOUR = local_time("2026-11-25 09:10"), local_time("2026-11-25 16:00")
MAIL = {"CHU_TICH_MAIL": "json://127.0.0.1:9/"}
CLOSING: dict[str, Any] = {"outcome": "resolved", "cause": "Thiếu một biểu mẫu", "remedy": "Đã bổ sung"}
FIRST, SECOND = "000011", "000012"


@dataclass
class Mailbox:
    """A channel that keeps what it was given, and fails as chosen."""

    letters: list[str] = field(default_factory=list)
    failing: str = ""

    def send(self, parcel: Parcel) -> str | None:
        if self.failing:
            raise ChannelError("the service did not take it", self.failing)  # type: ignore[arg-type]
        self.letters.append(parcel.letter.text)
        return None

    def sent(self, _parcel: Parcel, _since: datetime) -> None:
        return None


@dataclass
class Hall:
    """An office whose chairman hears of results."""

    outbox: Outbox
    mailbox: Mailbox = field(default_factory=Mailbox)

    def results(self) -> ResultsDue:
        box = self.outbox
        return ResultsDue(box.database, box.clock, box.settings, Calendars(box.settings, box.clock))

    def tick(self, at: datetime | None = None) -> int:
        """Both sweeps at a moment; how many results were put."""
        if at is not None:
            self.outbox.clock.moment = at
        put = self.results().run_once(lambda: True)
        sender: DeliveriesDue = replace(self.outbox.sender(), others=self.mailbox)
        sender.send(lambda: True, 1)
        return put

    def case(self, code: str, **columns: Any) -> int:
        with self.outbox.database.writing() as conn:
            given = {"state": "assigned", "content": "Mương thối", "caller_number": None} | columns
            return file_ticket(conn, code, WEDNESDAY, **given).id

    def do(self, ticket_id: TicketId, verb: str, **details: Any) -> None:
        given: dict[str, Any] = {"actor": "canbotruc", "reason": "lý do", "now": self.outbox.clock.now()}
        given |= details
        with self.outbox.database.writing() as conn:
            move(conn, ticket_id, verb, **given)

    def answer(self, ticket_id: TicketId) -> None:
        self.do(ticket_id, "answer", answer="Đã nạo vét mương, hẹn kiểm tra lại.")

    def rows(self) -> list[Delivery]:
        return [row for row in self.outbox.rows() if row.kind == case_results.DELIVERY]

    def how(self) -> list[str | None]:
        with self.outbox.database.reading() as conn:
            return list(conn.execute(select(table.c.done_how).order_by(table.c.id)).scalars())

    def told_of(self, code: str) -> int:
        return sum(letter.count(code) for letter in self.mailbox.letters)


def with_results(settings: Settings, **values: Any) -> Settings:
    part = settings.notifications.results.model_copy(update=values)
    return replace(settings, notifications=settings.notifications.model_copy(update={"results": part}))


def called(provider: Ledger) -> int:
    """How often the chairman's telephone rang."""
    return sum(one["To"] == "+842583842100" for one in provider.taken)


@pytest.fixture
def hall(outbox: Outbox) -> Hall:
    with outbox.database.writing() as conn:
        hire(conn, WEDNESDAY)
    outbox.clock.moment = WEDNESDAY
    return Hall(replace(outbox, settings=settings_with(channels=MAIL)))


@pytest.mark.row("000-13")
@pytest.mark.row("R9")
def test_what_became_of_the_days_cases_is_told_in_one_message_at_the_hour_and_asks_for_nothing(
    hall: Hall,
) -> None:
    first, second, third = (hall.case(code) for code in (FIRST, SECOND, "000013"))
    hall.answer(TicketId(first))
    hall.do(TicketId(first), "close", **CLOSING)
    hall.do(TicketId(second), "transfer", to="Công an xã")
    hall.do(TicketId(third), "close", **CLOSING | {"outcome": "not_ours", "to": "Công an tỉnh"})
    assert [hall.tick(WEDNESDAY), hall.tick(HOUR - timedelta(minutes=1))] == [0, 0]
    assert [hall.tick(HOUR), hall.tick(HOUR + timedelta(minutes=1))] == [4, 0]
    (letter,) = hall.mailbox.letters
    assert "Kính gửi Chủ tịch UBND xã\nKết quả xử lý 3 phản ánh, kiến nghị:\n" in letter
    came = "25/11/2026 09:10"
    assert (
        f"Phiếu {FIRST} (phản ánh, nội dung khác): đã trả lời {came}; đã đóng {came}, giải quyết xong."
        in (letter)
    )
    assert f"đã chuyển Công an xã {came}." in letter
    assert f"đã đóng {came}, không thuộc thẩm quyền." in letter
    assert "Mương" not in letter
    assert "xác nhận" not in letter.casefold()
    (row,) = hall.rows()
    assert (row.recipient, row.channel, row.escalation_id, row.state) == (CHAIRMAN, "mail", None, "sent")
    assert hall.how() == ["told"] * 4


@pytest.mark.row("R9")
def test_a_day_without_results_and_a_day_off_bring_no_message(hall: Hall) -> None:
    saturday = local_time("2026-11-28 10:00")
    ticket = hall.case(FIRST)
    assert hall.tick(HOUR) == 0
    hall.outbox.clock.moment = saturday
    hall.answer(TicketId(ticket))
    for moment in ("2026-11-28 16:30", "2026-11-29 16:30", "2026-11-30 15:59"):
        assert hall.tick(local_time(moment)) == 0
    assert hall.tick(local_time("2026-11-30 16:00")) == 1
    assert hall.told_of(FIRST) == 1


@pytest.mark.row("R9")
def test_the_day_of_a_message_is_the_day_in_vietnam(hall: Hall) -> None:
    hall.outbox.settings = with_results(hall.outbox.settings, at="07:40")
    hall.outbox.clock.moment = local_time("2026-11-30 00:30")
    hall.answer(TicketId(hall.case(FIRST)))
    assert hall.tick(local_time("2026-11-30 00:30")) == 0, "half past midnight on Monday, still Sunday in UTC"
    assert hall.tick(local_time("2026-11-30 07:41")) == 1
    assert hall.rows()[0].key == f"results:{CHAIRMAN}:2026-11-30:1"


@pytest.mark.row("R9")
def test_with_the_other_setting_each_result_is_told_by_itself_in_working_time(hall: Hall) -> None:
    hall.outbox.settings = with_results(hall.outbox.settings, how="each")
    ticket = hall.case(FIRST)
    hall.answer(TicketId(ticket))
    assert hall.tick() == 1
    assert hall.told_of(FIRST) == 1
    evening = local_time("2026-11-25 19:00")
    hall.outbox.clock.moment = evening
    hall.do(TicketId(ticket), "close", **CLOSING)
    assert hall.tick(evening) == 1
    assert hall.told_of(FIRST) == 1, "nobody is disturbed in the evening"
    hall.tick(local_time("2026-11-26 08:00"))
    assert [letter.count("đã đóng") for letter in hall.mailbox.letters] == [0, 1]


@pytest.mark.row("R9")
def test_a_case_reopened_and_closed_again_is_told_again(hall: Hall) -> None:
    ticket = hall.case(FIRST)
    hall.answer(TicketId(ticket))
    hall.do(TicketId(ticket), "close", **CLOSING)
    hall.tick(HOUR)
    hall.outbox.clock.moment = local_time("2026-11-26 09:00")
    hall.do(TicketId(ticket), "reopen")
    hall.answer(TicketId(ticket))
    hall.do(TicketId(ticket), "close", **CLOSING | {"outcome": "partly"})
    hall.tick(local_time("2026-11-26 16:00"))
    assert hall.told_of(FIRST) == 2
    assert "giải quyết một phần" in hall.mailbox.letters[1]


@pytest.mark.row("R9")
def test_who_is_complained_about_and_khieu_nai_are_in_no_message(hall: Hall) -> None:
    with hall.outbox.database.reading() as conn:
        chairman = next(one.id for one in accounts.listed(conn) if one.role == "chairman")
    about_chairman = hall.case(FIRST, subject_ids=frozenset([chairman]), conflict=True)
    denunciation = hall.case(SECOND)
    ordinary = hall.case("000013")
    for each in (about_chairman, denunciation, ordinary):
        hall.answer(TicketId(each))
    hall.outbox.change(TicketId(denunciation), kind="denunciation")
    assert hall.tick(HOUR) == 1
    assert [hall.told_of(code) for code in (FIRST, SECOND, "000013")] == [0, 0, 1]
    hall.tick(HOUR + timedelta(minutes=1))
    assert hall.how() == ["concerned", "guided", "told"]


@pytest.mark.row("R9")
def test_a_case_that_turns_out_to_concern_the_chairman_leaves_a_message_already_put(hall: Hall) -> None:
    with hall.outbox.database.reading() as conn:
        chairman = next(one.id for one in accounts.listed(conn) if one.role == "chairman")
    first, second = hall.case(FIRST), hall.case(SECOND)
    hall.answer(TicketId(first))
    hall.answer(TicketId(second))
    hall.outbox.clock.moment = HOUR
    assert hall.results().run_once(lambda: True) == 2
    hall.do(TicketId(first), "concern", subject_ids=frozenset([chairman]), conflict=True)
    hall.tick(HOUR)
    assert [hall.told_of(FIRST), hall.told_of(SECOND)] == [0, 1]
    hall.tick(local_time("2026-11-26 16:00"))
    assert hall.told_of(FIRST) == 0
    hall.outbox.clock.moment = local_time("2026-11-27 09:00")
    hall.do(TicketId(first), "concern", subject_ids=frozenset(), conflict=False)
    hall.tick(local_time("2026-11-27 16:00"))
    assert [hall.told_of(FIRST), hall.told_of(SECOND)] == [1, 1], "it was no conflict after all"


@pytest.mark.row("R9")
@pytest.mark.parametrize("fate", ["refused", "later"])
def test_what_could_not_be_sent_is_in_the_next_days_message(hall: Hall, fate: str) -> None:
    hall.answer(TicketId(hall.case(FIRST)))
    hall.mailbox.failing = fate
    notifications = hall.outbox.settings.notifications.model_copy(update={"retry_hours": 1})
    hall.outbox.settings = replace(hall.outbox.settings, notifications=notifications)
    moment = HOUR
    hall.tick(moment)
    for _ in range(20):
        moment += timedelta(hours=1)
        hall.tick(moment)
    hall.mailbox.failing = ""
    hall.outbox.clock.moment = local_time("2026-12-01 09:00")
    hall.answer(TicketId(hall.case(SECOND)))
    for day in ("2026-12-01", "2026-12-02", "2026-12-03"):
        hall.tick(local_time(f"{day} 16:00"))
    assert [hall.told_of(FIRST), hall.told_of(SECOND)] == [1, 1]
    assert hall.how() == ["told", "told"]


@pytest.mark.row("R9")
def test_where_only_a_telephone_is_set_up_a_short_call_tells_and_one_nobody_answers_comes_again(
    hall: Hall, provider: Ledger
) -> None:
    hall.outbox.settings = settings_with()
    hall.answer(TicketId(hall.case(FIRST)))
    hall.tick(HOUR)
    (row,) = hall.rows()
    assert (row.channel, row.state) == ("call", "sent")
    assert called(provider) == 1
    hall.outbox.ended(row.id, "no_answer")
    hall.tick(HOUR + timedelta(minutes=5))
    assert called(provider) == 1, "not before the next day's hour"
    hall.tick(local_time("2026-11-26 16:00"))
    assert called(provider) == 2
    hall.outbox.ended(hall.rows()[1].id, "told")
    hall.tick(local_time("2026-11-27 16:00"))
    assert called(provider) == 2
    assert hall.how() == ["told"]


@pytest.mark.row("R9")
def test_a_call_about_results_neither_takes_along_nor_is_taken_along_by_a_matter(
    hall: Hall, provider: Ledger
) -> None:
    hall.outbox.settings = settings_with()
    ticket = hall.case(FIRST)
    hall.answer(TicketId(ticket))
    escalation = hall.outbox.matter("waits", TicketId(ticket))
    hall.outbox.put("call", kind="new", recipient=CHAIRMAN, channel="call", escalation_id=escalation)
    hall.tick(HOUR)
    for row in hall.outbox.rows():
        hall.outbox.ended(row.id, "answered")
    hall.tick(HOUR + timedelta(minutes=1))
    called = [row for row in hall.outbox.rows() if row.channel == "call" and row.recipient == CHAIRMAN]
    assert sorted((row.kind, row.state) for row in called) == [("new", "sent"), ("results", "sent")]
    assert len(provider.taken) >= 2


@pytest.mark.row("R9")
def test_a_runner_killed_in_the_middle_leaves_each_result_told_once(
    hall: Hall, database: Database, database_url: str
) -> None:
    cases = [hall.case(f"0000{number}") for number in range(20, 25)]
    for each in cases:
        hall.answer(TicketId(each))
    hall.outbox.clock.moment = HOUR
    for step in ("put", "bind"):
        child = os.fork()
        if child == 0:
            own = Database(database_url)
            setattr(case_results, step, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            replace(hall.results(), database=own).run_once(lambda: True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), step
    assert hall.rows() == []
    hall.tick(HOUR)
    hall.tick(HOUR + timedelta(minutes=1))
    assert [hall.told_of(f"0000{number}") for number in range(20, 25)] == [1] * 5


@pytest.mark.row("R9")
def test_a_wrong_number_that_is_closed_is_no_result(hall: Hall) -> None:
    hall.do(TicketId(hall.case(FIRST, kind="nuisance")), "close", **CLOSING | {"outcome": "unfounded"})
    assert hall.tick(HOUR) == 0
    with hall.outbox.database.reading() as conn:
        assert conn.execute(select(tickets.c.state)).scalars().all() == ["closed"]
        assert case_results.waiting(conn, HOUR, 5) == []


@pytest.mark.row("R9")
def test_many_results_come_in_several_messages_and_each_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_results, "LINES", 3)
    codes = [f"{number:06d}" for number in range(100, 105)]
    for code in codes:
        hall.answer(TicketId(hall.case(code)))
    hall.tick(HOUR)
    assert len(hall.mailbox.letters) == 2
    assert {hall.told_of(code) for code in codes} == {1}


def test_a_text_message_only_says_that_there_are_results(hall: Hall) -> None:
    number = hall.outbox.put("r", kind="results", recipient=CHAIRMAN, channel="sms")
    with hall.outbox.database.reading() as conn:
        letter = MessageTexts(hall.outbox.settings, VIETNAMESE).letter(conn, hall.outbox.row(number))
    assert letter.subject == ""
    assert len(letter.text) <= 160
    assert letter.text.isascii()


@pytest.mark.row("R9")
@pytest.mark.row("R14")
def test_what_became_of_a_case_about_the_vice_chairman_is_told_to_the_chairman(hall: Hall) -> None:
    ticket = hall.case(FIRST)
    with hall.outbox.database.reading() as conn:
        vice = next(one.id for one in accounts.listed(conn) if one.role == "vice_chairman")
    hall.do(TicketId(ticket), "concern", subject_ids=frozenset([vice]))
    hall.answer(TicketId(ticket))
    assert hall.tick(HOUR) == 1
    assert hall.told_of(FIRST) == 1
