"""Whoever is on duty tomorrow is reminded in the evening, once, and as the week sheet then stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import working_times
from logbook.clock import Clock, parse_moment
from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.duty import week
from logbook.duty.sessions import DutyKind, DutySession
from logbook.opening_hours import Window
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.sending import decision
from logbook.sending.decision import DecisionContext, Send
from logbook.sending.messages import MessageTexts
from logbook.settings.loading import Settings, load_settings
from logbook.texts.catalogue import load_texts
from scheduler.remind_duty import DutyReminders
from tests import frozen
from tests.conftest import NOW

SHIPPED = load_settings(frozen.OFFICE)
EVENING, AFTERNOON = "2026-11-25T17:30", "2026-11-25T17:29"


def with_channels(**addresses: str) -> Settings:
    channels = {name: SecretStr(address) for name, address in addresses.items()}
    return replace(SHIPPED, channels=channels)


def look(database: Database, settings: Settings, moment: str) -> list[Delivery]:
    clock = Clock(parse_moment(moment))
    DutyReminders(database, clock, settings, Calendars(settings, clock)).run_once(lambda: True)
    with database.reading() as conn:
        return [Delivery(*row) for row in conn.execute(select(table).order_by(table.c.id))]


def letter(database: Database, settings: Settings, row: Delivery) -> str:
    with database.reading() as conn:
        return MessageTexts(settings, load_texts()["vi"]).letter(conn, row).text


def decided(database: Database, settings: Settings, row: Delivery, moment: str) -> object:
    with database.writing() as conn:
        now: datetime = parse_moment(moment)
        return decision.decide(conn, row, DecisionContext(settings, working_times(settings), ()), now)


@pytest.mark.row("R4")
def test_in_the_evening_whoever_is_on_duty_tomorrow_is_reminded_once_and_outside_working_time(
    database: Database,
) -> None:
    settings = with_channels(BINH_ZALO="zalo://x/y", CHI_ZALO="zalo://x/z")
    assert look(database, settings, AFTERNOON) == []
    (row,) = look(database, settings, EVENING)
    assert (row.recipient, row.channel, row.state) == ("binh", "zalo", "due")
    assert look(database, settings, "2026-11-25T18:00") == [row]
    said = letter(database, settings, row)
    assert "Ngày mai 26/11/2026 anh/chị trực tổng đài, buổi: 08:00-11:00, 14:00-16:30." in said
    assert "/console/duty" in said
    assert decided(database, settings, row, EVENING) == Send("zalo://x/y")


@pytest.mark.row("R4")
def test_a_colleague_who_was_given_the_morning_is_reminded_instead(database: Database) -> None:
    settings = with_channels(BINH_ZALO="zalo://x/y", CHI_ZALO="zalo://x/z")
    thursday = date(2026, 11, 26)
    look(database, settings, EVENING)
    with database.writing() as conn:
        changes = [
            week.Change(DutySession(thursday, Window(*hours), DutyKind.HOTLINE), ("chi",), 0)
            for hours in ((480, 660), (840, 990))
        ]
        week.keep(conn, settings.duty, working_times(settings), changes, "head", NOW)
    seen = [(row.recipient, row.state) for row in look(database, settings, "2026-11-25T19:00")]
    assert seen == [("binh", "cancelled"), ("chi", "due")]


@pytest.mark.row("R4")
def test_a_ladder_that_names_the_clerk_on_duty_rings_who_is_on_duty_in_that_session(
    database: Database,
) -> None:
    numbers = {one.id: one.number for one in SHIPPED.duty.people}
    with database.writing() as conn:
        deliveries.put(conn, key="x", kind="soon", recipient="truc", channel="call", now=NOW)
        row = Delivery(*conn.execute(select(table)).one())
    assert decided(database, SHIPPED, row, "2026-11-25T09:10") == Send(numbers["an"])
    assert decided(database, SHIPPED, row, "2026-11-26T09:10") == Send(numbers["binh"])
    with database.writing() as conn:
        session = DutySession(date(2026, 11, 26), Window(480, 660), DutyKind.HOTLINE)
        change = week.Change(session, ("chi",), 0)
        week.keep(conn, SHIPPED.duty, working_times(SHIPPED), [change], "head", NOW)
    assert decided(database, SHIPPED, row, "2026-11-26T09:11") == Send(numbers["chi"])


def test_a_mobile_is_reminded_by_text_and_whoever_cannot_be_reached_in_the_evening_is_not(
    database: Database,
) -> None:
    people = tuple(
        one.model_copy(update={"number": "+84912000111"}) if one.id == "binh" else one
        for one in SHIPPED.duty.people
    )
    citizens = SHIPPED.citizens.model_copy(update={"sms_sender": "XADAILANH"})
    settings = replace(SHIPPED, citizens=citizens, duty=SHIPPED.duty.model_copy(update={"people": people}))
    (row,) = look(database, settings, EVENING)
    assert (row.recipient, row.channel) == ("binh", "sms")
    said = letter(database, settings, row)
    assert said.isascii()
    assert len(said) <= 160
    assert decided(database, settings, row, EVENING) == Send("+84912000111")


def test_the_evening_before_a_day_off_nobody_is_reminded(database: Database) -> None:
    settings = with_channels(AN_MAIL="mailto://x", BINH_ZALO="zalo://x/y")
    assert look(database, settings, "2026-11-27T18:00") == []
    assert {row.recipient for row in look(database, settings, "2026-11-29T18:00")} == {"an", "binh"}
