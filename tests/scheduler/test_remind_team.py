"""Members of the team who hold no account are reminded of their duty the evening before, once (ASK-29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from logbook.calendar.of_settings import working_times
from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.duty import absences, team, week
from logbook.duty.absences import DayPart
from logbook.duty.sessions import DutyKind, sessions_on
from logbook.officials import register
from logbook.officials.register import OfficialDetails, RemindedBy
from logbook.outbox.deliveries import Delivery
from logbook.sending.decision import Cancel, Send
from tests.conftest import NOW
from tests.scheduler.test_remind_duty import EVENING, SHIPPED, decided, letter, look

THURSDAY = date(2026, 11, 26)
TEXTS = replace(SHIPPED, citizens=SHIPPED.citizens.model_copy(update={"sms_sender": "XADAILANH"}))
MOBILE, LANDLINE = "0912000111", "0258 3842 199"


def member(database: Database, key: str, telephone: str, how: RemindedBy = RemindedBy.MESSAGE) -> None:
    """Somebody of the register, without an account, in the team."""
    with database.writing() as conn:
        details = OfficialDetails(
            f"Nguyễn {key.title()}",
            "",
            "Thôn 1",
            "youth",
            "2026-01-05",
            "",
            "",
            telephone,
            False,
            key,
            how,
        )
        register.add(conn, details, NOW)
        team.join(conn, key, date(2026, 11, 1), None, "leader", NOW)


def assign(database: Database, kind: DutyKind, number: int, *people: str, version: int = 0) -> None:
    times = working_times(SHIPPED)
    session = sessions_on(times, kind, THURSDAY)[number]
    with database.writing() as conn:
        week.keep(conn, SHIPPED.duty, times, [week.Change(session, people, version)], "leader", NOW)


def reminded(database: Database, moment: str = EVENING) -> list[tuple[str, str | None, str]]:
    return [(row.recipient, row.channel, row.state) for row in look(database, TEXTS, moment)]


def away(database: Database, person: str, stand_in: str | None = None) -> None:
    with database.writing() as conn:
        absences.enter(
            conn,
            person=person,
            first_day=THURSDAY,
            last_day=THURSDAY,
            part=DayPart.WHOLE,
            stand_in=stand_in,
            who=person,
            now=NOW,
        )


@pytest.mark.row("001-02")
@pytest.mark.row("004-02")
def test_who_collects_slips_or_guides_tomorrow_is_reminded_by_text_or_by_call_as_the_register_says(
    database: Database,
) -> None:
    member(database, "lan", MOBILE)
    member(database, "minh", LANDLINE, RemindedBy.CALL)
    member(database, "nga", MOBILE, RemindedBy.NOBODY)
    member(database, "phuc", LANDLINE)  # no text reaches a landline
    member(database, "quy", "")
    assign(database, DutyKind.SLIP_TEAM, 0, "lan", "nga")
    assign(database, DutyKind.SLIP_TEAM, 1, "lan", "phuc")
    assign(database, DutyKind.QR_GUIDE, 0, "minh")
    assign(database, DutyKind.QR_GUIDE, 1, "quy")
    assert reminded(database) == [("lan", "sms", "due"), ("minh", "call", "due")]
    text, call = look(database, TEXTS, "2026-11-25T18:30")
    said = letter(database, TEXTS, text)
    assert said == (
        "Nhac truc ngay mai 26/11/2026: lay phieu 08:00-10:00, 14:00-16:00. Ban viec xin bao truoc."
    )
    assert decided(database, TEXTS, text, EVENING) == Send("+84912000111")
    assert decided(database, TEXTS, call, EVENING) == Send("+842583842199")
    letters = letter(database, TEXTS, replace(text, channel="zalo"))
    assert "Kính gửi Nguyễn Lan" in letters or "Nguyễn Lan" in letters
    assert "xin báo tổ trưởng hoặc Văn phòng" in letters
    assert "/console/" not in letters, "who has no account cannot open a page"


def test_one_person_is_reminded_once_of_all_their_duties(database: Database) -> None:
    member(database, "lan", MOBILE)
    for number in (0, 1):
        assign(database, DutyKind.SLIP_TEAM, number, "lan")
        assign(database, DutyKind.QR_GUIDE, number, "lan")
    (row,) = look(database, TEXTS, EVENING)
    said = letter(database, TEXTS, row)
    assert len(said) <= 160
    for hours in ("lay phieu 08:00-10:00, 14:00-16:00", "QR 07:30-11:30, 13:30-17:00"):
        assert hours in said
    assert said.endswith("bao truoc.")
    for moment in ("2026-11-25T17:31", "2026-11-25T20:00", "2026-11-25T23:59"):
        assert look(database, TEXTS, moment) == [row]


def test_who_is_away_is_not_reminded_and_a_reminder_not_yet_sent_is_cancelled(database: Database) -> None:
    for key in ("lan", "minh"):
        member(database, key, MOBILE)
    assign(database, DutyKind.SLIP_TEAM, 0, "lan")
    (row,) = look(database, TEXTS, EVENING)
    away(database, "lan")
    assert decided(database, TEXTS, row, "2026-11-25T17:32") == Cancel("overtaken")
    assert reminded(database, "2026-11-25T17:35") == [("lan", "sms", "cancelled")], "nobody else has duty"
    assign(database, DutyKind.SLIP_TEAM, 1, "minh")
    assert reminded(database, "2026-11-25T17:40") == [("lan", "sms", "cancelled"), ("minh", "sms", "due")]


def test_a_stand_in_is_reminded_instead(database: Database) -> None:
    for key in ("lan", "minh"):
        member(database, key, MOBILE)
    assign(database, DutyKind.SLIP_TEAM, 0, "lan")
    away(database, "lan", "minh")
    assert reminded(database) == [("minh", "sms", "due")]


def test_a_reminder_that_could_not_be_sent_in_the_evening_says_nothing_wrong_in_the_morning(
    database: Database,
) -> None:
    member(database, "lan", MOBILE)
    assign(database, DutyKind.SLIP_TEAM, 0, "lan")
    (row,) = look(database, TEXTS, EVENING)
    assert decided(database, TEXTS, row, "2026-11-25T20:59") == Send("+84912000111")
    assert decided(database, TEXTS, row, "2026-11-26T00:00") == Cancel("overtaken")
    assert decided(database, TEXTS, row, "2026-11-26T07:00") == Cancel("overtaken")


def test_a_reminder_written_before_the_team_was_reminded_at_all_is_worded_as_it_was(
    database: Database,
) -> None:
    settings = replace(SHIPPED, citizens=TEXTS.citizens)
    people = tuple(
        one.model_copy(update={"number": "+84912000111"}) if one.id == "binh" else one
        for one in settings.duty.people
    )
    settings = replace(settings, duty=settings.duty.model_copy(update={"people": people}))
    (row,) = look(database, settings, EVENING)
    with database.writing() as conn:
        conn.execute(update(table).values(params='{"day":"26/11/2026","hours":"08:00-11:00, 14:00-16:30"}'))
        old = Delivery(*conn.execute(select(table)).one())
    assert old.key == "duty:2026-11-26:binh:08:00-11:00, 14:00-16:30"
    assert letter(database, settings, old) == letter(database, settings, row)
    assert decided(database, settings, old, EVENING) == Send("+84912000111")
