"""The leader of the team is told once that last week's part of the report was not handed in (001-16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from logbook.accounts import accounts
from logbook.calendar.current import Calendars
from logbook.calls import calls
from logbook.clock import ZONE, Clock
from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.duty import team
from logbook.ids import PersonId
from logbook.officials import first_filling, register
from logbook.outbox.deliveries import Delivery
from logbook.reports import made
from logbook.reports.periods import week_named
from logbook.sending.messages import MessageTexts
from logbook.settings.loading import load_settings
from logbook.texts.catalogue import load_texts
from scheduler.make_reports import ReportsDue
from tests import frozen

SETTINGS = replace(load_settings(frozen.OFFICE), channels={"BINH_ZALO": SecretStr("zalo://x/y")})
FRIDAY, MONDAY, TUESDAY = "2026-11-27 17:00", "2026-11-30 08:00", "2026-12-01 08:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def told(database: Database, moment: str) -> list[Delivery]:
    clock = Clock(at(moment))
    ReportsDue(database, clock, SETTINGS, Calendars(SETTINGS, clock)).ask_team(lambda: True)
    with database.reading() as conn:
        return [Delivery(*row) for row in conn.execute(select(table).order_by(table.c.id))]


@pytest.fixture
def leader(database: Database) -> int:
    """Bình leads the team; the line has been called before."""
    now = at("2026-11-02 08:00")
    with database.writing() as conn:
        calls.begin(
            conn, sid="CA1", direction="inbound", caller_raw="x", caller_number=None, called="x",
            language="vi", place="{}", time_shift=0, now=now,
        )  # fmt: skip
        return accounts.add(
            conn, login="binh", name="Bình", role="team_leader", password="correct horse battery", now=now
        )


def join(database: Database) -> None:
    with database.writing() as conn:
        first_filling.fill(conn, SETTINGS, at("2026-11-02 08:00"))
        key = register.listed(conn)[0].key
        team.join(conn, key, date(2026, 11, 2), None, "binh", at("2026-11-02 08:00"))


@pytest.mark.row("001-16")
def test_on_monday_the_leader_gets_one_message_and_none_where_the_part_came_or_there_is_no_team(
    database: Database, leader: int
) -> None:
    assert told(database, MONDAY) == [], "no team"
    join(database)
    assert told(database, FRIDAY) == [], "there is time until the week is over"
    (row,) = told(database, MONDAY)
    assert (row.recipient, row.channel, row.kind, row.state) == ("binh", "zalo", "team_part", "due")
    for catalogue in load_texts().values():
        with database.reading() as conn:
            said = MessageTexts(SETTINGS, catalogue).letter(conn, row).text
            short = MessageTexts(SETTINGS, catalogue).letter(conn, replace(row, channel="sms")).text
        assert "23/11/2026" in said
        assert "29/11/2026" in said
        assert "/console/reports" in said
        assert len(short) <= 160
        assert "23/11/2026" in short
    assert told(database, TUESDAY) == [row], "once"
    with database.writing() as conn:
        clock = Clock(at(TUESDAY))
        times, _ = Calendars(SETTINGS, clock).now(conn)
        week = week_named("2026-W48", SETTINGS, times)
        person = accounts.find(conn, PersonId(leader))
        assert week is not None
        assert person is not None
        made.hand_in(conn, week, "Lấy được 40 phiếu, viết hộ 12 hồ sơ.", at(FRIDAY), person, at(TUESDAY))
    (over,) = told(database, TUESDAY)
    assert (over.state, over.result) == ("cancelled", "overtaken")
