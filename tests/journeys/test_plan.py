"""The plan of 2024, from its annex to a month later: reminders are logged, red and green are right."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select

from logbook.accounts import accounts
from logbook.calendar.current import Calendars
from logbook.console.registry import console_blueprint
from logbook.database.engine import Database
from logbook.database.tables import deliveries
from logbook.dossiers.months import Month
from logbook.guards import keep_watch
from logbook.installation import Installation, open_installation
from logbook.officials import first_filling
from logbook.settings.loading import load_settings
from scheduler.remind_plan import PlanReminders
from tests import frozen
from tests.browsers import with_browsers
from tests.logbook.dossiers.shelf import Shelf
from tests.logbook.plan.annex_of import FILE, GROUPS
from tests.town_hall import HandClock

PASSWORD = "lua chin ngoai dong"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class Office:
    """One office with a clock set by hand, its console, and the job that reminds."""

    def __init__(self, database: Database, folder: Path) -> None:
        channels = {"BINH_ZALO": SecretStr("zalo://x/y"), "CHI_ZALO": SecretStr("zalo://x/z")}
        settings = replace(load_settings(frozen.OFFICE), data_folder=folder, channels=channels)
        self.clock = HandClock(datetime(2026, 11, 2, 1, 30, tzinfo=UTC))
        self.house: Installation = open_installation(settings, self.clock, database)
        app = Flask("journey", static_folder=None)
        keep_watch(app)
        app.register_blueprint(console_blueprint(self.house))
        self.app = with_browsers(app)
        calendars = Calendars(settings, self.clock)
        self.job = PlanReminders(database, self.clock, settings, calendars)
        with database.writing() as conn:
            first_filling.fill(conn, settings, self.clock.now())

    def sign_in(self, role: str) -> FlaskClient:
        with self.house.database.writing() as conn:
            if not any(one.login == role for one in accounts.listed(conn)):
                accounts.add(
                    conn,
                    login=role,
                    name=f"Người {role}",
                    role=role,
                    password=PASSWORD,
                    now=self.clock.now(),
                    must_change_password=False,
                )
        browser = self.app.test_client()
        assert browser.post("/console/sign-in", data={"login": role, "password": PASSWORD}).status_code == 303
        return browser

    def day(self, text: str) -> None:
        """Move the clock to nine o'clock of a day, and let the job look once."""
        self.clock.at = datetime.fromisoformat(f"{text}T09:00+07:00")
        self.house.calendars.forget()
        self.job.run_once(lambda: True)


def send(browser: FlaskClient, where: str, **form: object) -> str:
    token = TOKEN.search(browser.get("/console/plan").text) or TOKEN.search(browser.get("/console/").text)
    assert token is not None
    data = {"form_token": token[1], **form}
    return browser.post(f"/console/plan{where}", data=data, follow_redirects=True).text


def states(page: str) -> dict[str, str]:
    found = re.findall(r'aria-label="Mở nhiệm vụ ([IVX.\d]+)".*?class="state plan-(\w+)"', page, re.DOTALL)
    return dict(found)


@pytest.mark.row("002-03")
@pytest.mark.row("002-04")
@pytest.mark.row("002-29")
def test_a_month_of_the_plan_of_2024(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path)
    owner = office.sign_in("plan_owner")
    preview = send(owner, "/import", file=(io.BytesIO(FILE.read_bytes()), "ke-hoach.txt"))
    annex = re.search(r'name="annex" value="([^"]*)"', preview)
    title = re.search(r'name="title" maxlength="500" value="([^"]*)"', preview)
    assert annex is not None
    assert title is not None
    page = send(owner, "/import/confirm", annex=unescape(annex[1]), title=unescape(title[1]))
    begun = states(page)
    assert {group: sum(place.startswith(f"{group}.") for place in begun) for group in GROUPS} == GROUPS
    assert set(begun.values()) == {"red", "amber"}
    ids = dict(
        re.findall(r'/console/plan/tasks/(\d+)\?month=2026-11" aria-label="Mở nhiệm vụ ([IVX.\d]+)"', page)
    )
    number = {place: task for task, place in ids.items()}
    for place, person in (("II.1", "binh"), ("III.1", "chi")):
        send(owner, f"/tasks/{number[place]}", person=person, version="1", figures=[])

    office.day("2026-11-16")
    owner = office.sign_in("plan_owner")
    Shelf(database).put(4, received="2026-11-10 08:00", finished="2026-11-12 09:00", slips=3)
    send(owner, f"/tasks/{number['I.2']}/proof", month="2026-11", note="Đã giải đáp 40 lượt người dân")
    seen = states(owner.get("/console/plan").text)
    assert seen["I.2"] == seen["V.3"] == "green", "a note proves, and so does a month without a late dossier"
    assert seen["VI.1"] == "amber", "the quota is reached, the notice of October was never posted"
    assert seen["III.1"] == "red"
    assert "3 phiếu trên 4 hồ sơ, cần 2" in owner.get("/console/plan").text

    office.day("2026-11-23")
    office.day("2026-11-25")
    owner = office.sign_in("plan_owner")
    with database.reading() as conn:
        rows = conn.execute(select(deliveries.c.recipient, deliveries.c.kind).order_by(deliveries.c.id)).all()
    told = [row.recipient for row in rows if row.kind == "plan_task"]
    assert sorted(told) == sorted(set(told)), "one message a person"
    assert {"binh", "chi"} <= set(told)
    page = owner.get("/console/plan").text
    log = page[page.index('id="reminders"') :]
    assert f'tasks/{number["II.1"]}">II.1</a> nhắc tháng 11/2026' in log
    assert f'tasks/{number["I.2"]}">I.2</a>' not in log
    assert "Zalo: chờ gửi" in log

    office.day("2026-12-01")
    owner = office.sign_in("plan_owner")
    november = states(owner.get("/console/plan?month=2026-11").text)
    assert {november[place] for place in ("I.2", "V.3")} == {"green"}
    assert november["V.5"] == "red", "the month is over without its review"
    assert states(owner.get("/console/plan").text)["V.5"] == "amber"
    assert states(owner.get("/console/plan").text)["I.2"] == "red", "a new month wants new proof"
    assert str(Month.of(office.clock.now())) == "2026-12"
