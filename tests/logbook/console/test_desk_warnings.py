"""What the head is warned of in the middle and at the end of a month, as the first page says it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.tables import deliveries
from logbook.dossiers import month_end
from logbook.dossiers.months import Month
from logbook.installation import Installation
from logbook.outbox import escalations
from logbook.outbox.deliveries import Delivery
from logbook.sending.alarms import alarms, desk_alarms
from logbook.sending.messages import MessageTexts
from logbook.settings.agreement import variable
from scheduler.advance_escalations import EscalationsDue
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.dossiers.shelf import Shelf, local_time


def warn(installation: Installation, at: str) -> list[str]:
    """Look for what is wrong at a moment; the names of the alarms that stand then."""
    settings, now = installation.settings, local_time(at)
    with installation.database.writing() as conn:
        times, _ = Calendars(settings, Clock(now)).now(conn)
        found = [
            *desk_alarms.slips_short(conn, settings.dossiers, times.office, now),
            *desk_alarms.meeting_missing(conn, settings.dossiers, now),
            *desk_alarms.late_unexplained(conn, now),
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
    assert said in signed_in("head_of_desk").get("/console/").text
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


CHANNELS = {
    variable(who, "mail"): SecretStr("mailto://x@example.vn") for who in ("truong-mot-cua", "chanh-van-phong")
}


def sent(installation: Installation, at: datetime) -> list[tuple[str, str, str]]:
    """What the scheduler's next round puts into the outbox: to whom, by which way, and the mail's text."""
    clock = Clock(at)
    settings = replace(installation.settings, channels=CHANNELS)
    ladder = EscalationsDue(installation.database, clock, settings, Calendars(settings, clock))
    ladder.advance(lambda: True)
    texts = MessageTexts(settings, installation.texts["vi"])
    with installation.database.reading() as conn:
        rows = [Delivery(*row) for row in conn.execute(select(deliveries).order_by(deliveries.c.id))]
        return [(row.recipient, str(row.channel), texts.letter(conn, row).text) for row in rows]


@pytest.mark.row("003-14")
def test_the_warning_of_the_quota_is_a_message_to_the_head_of_the_desk_who_acknowledges_it_once(
    installation: Installation, signed_in: SignIn
) -> None:
    Shelf(installation.database).put(100, finished="2026-11-03 10:00", slips=30)
    warn(installation, "2026-11-25 09:00")
    head = signed_in("head_of_desk")
    now = local_time("2026-11-25 09:00")
    (who, way, text), call = sent(installation, now)
    assert (who, way, call[:2]) == ("truong-mot-cua", "mail", ("truong-mot-cua", "call"))
    assert "Kính gửi Trưởng Bộ phận Một cửa" in text
    assert "Tháng 11/2026: mới có 30 phiếu khảo sát cho 100 hồ sơ đã giải quyết" in text
    assert "/console/" in text
    warn(installation, "2026-11-25 09:05")
    assert len(sent(installation, now)) == 2, "nothing is sent twice"
    page = head.get("/console/").text
    assert "mới có 30 phiếu khảo sát" in page
    found = re.search(r'action="([^"]+/acknowledge)"', page)
    assert found is not None
    done = head.post(found[1], data={"form_token": form_token(page)})
    assert "said=leader_acknowledged" in done.headers["Location"]
    for day in ("26", "30"):
        assert warn(installation, f"2026-11-{day} 09:00") == (["desk_meeting"] if day == "30" else [])
    assert "phiếu khảo sát cho" not in "".join(one[2] for one in sent(installation, now)[2:])
    assert "mới có 30 phiếu khảo sát" not in signed_in("desk_officer").get("/console/").text


@pytest.mark.row("003-14")
def test_who_set_no_ladder_for_the_desk_has_its_warnings_with_the_office(
    installation: Installation, signed_in: SignIn
) -> None:
    part = installation.settings.notifications
    ladders = part.ladders.model_copy(update={"desk": None})
    changed = part.model_copy(update={"ladders": ladders})
    object.__setattr__(installation.settings, "notifications", changed)
    Shelf(installation.database).put(100, finished="2026-11-03 10:00", slips=30)
    warn(installation, "2026-11-25 09:00")
    assert {one[0] for one in sent(installation, local_time("2026-11-25 09:00"))} == {"chanh-van-phong"}
    assert "mới có 30 phiếu khảo sát" in signed_in("head_of_office").get("/console/leader").text


@pytest.mark.row("002-22", "002-34")
def test_the_head_is_reminded_each_week_of_late_dossiers_nobody_explained_until_all_are(
    installation: Installation, signed_in: SignIn
) -> None:
    head = signed_in("head_of_desk")
    shelf = Shelf(installation.database)
    first, second = shelf.put(2, due="2026-11-10 17:00", slips=2)
    assert warn(installation, "2026-11-25 09:00") == ["late_unexplained"]
    said = "Tháng 11/2026: 2 hồ sơ trễ hẹn chưa có giải trình."
    assert said in sent(installation, local_time("2026-11-25 09:00"))[0][2]
    assert said in head.get("/console/").text
    acknowledged(installation, local_time("2026-11-25 10:00"))
    assert warn(installation, "2026-11-27 09:00") == []
    assert warn(installation, "2026-11-30 09:00")[-1:] == ["late_unexplained"]
    for one in (first, second):
        page = f"/console/dossiers/{one}"
        why = {"owner": "Nguyễn Thị Bình", "cause": "Thiếu trích lục bản đồ", "remedy": "Đã đề nghị bổ sung"}
        token = form_token(head.get(page).text)
        assert head.post(f"{page}/explain", data={"form_token": token, **why}).status_code == 303
    assert "late_unexplained" not in warn(installation, "2026-11-30 10:00")


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
