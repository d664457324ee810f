"""A clerk calls in sick at 7:40; what week and month make of duty, in a browser and on the telephone."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ivr.app import create_app
from ivr.commands.figures import allowance as command
from ivr.line.hotline import open_hotline
from logbook.calendar.current import Calendars
from logbook.clock import parse_moment
from logbook.database.engine import Database
from logbook.database.tables import deliveries
from logbook.duty import absences, team, week
from logbook.duty.absences import DayPart
from logbook.duty.sessions import DutyKind, sessions_on
from logbook.officials import register
from logbook.officials.register import OfficialDetails
from logbook.outbox.deliveries import Delivery
from logbook.sending.messages import MessageTexts
from logbook.texts.catalogue import load_texts
from scheduler.make_reports import ReportsDue
from tests import frozen
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import Keyboard, follow
from tests.caller import Caller
from tests.people import AN, BINH, CHI, FARMER

TEAM = {"lan": "youth", "nga": "youth", "minh": "militia"}
MORNING = "2026-11-26:480-660"
FRIDAY = "2026-11-27:480-600"
SHEET = (
    ("2026-11-02", 0, ("lan", "minh")),
    ("2026-11-02", 1, ("lan",)),
    ("2026-11-03", 1, ("nga", "lan")),
    ("2026-11-04", 0, ("nga",)),
    ("2026-11-23", 0, ("minh",)),
)
"""Of November so far; on the fourth Nga is away."""


def at(office: Office, moment: str) -> datetime:
    """Let it be that moment in Vietnam."""
    office.hotline.clock.__init__(parse_moment(moment))  # type: ignore[misc]
    return office.hotline.clock.now()


def rung(office: Office, app: object = None) -> list[str]:
    """Whom the line rings, in order, when a caller asks for a clerk and nobody answers."""
    settings = office.hotline.settings
    token = settings.auth_token.get_secret_value()
    caller = Caller(
        app or office.app,  # type: ignore[arg-type]
        token,
        number=FARMER,
        account_sid=settings.account_sid,
        public_url=office.address,
    ).dial()
    caller.press("0")
    while caller.waiting_for == "clerk":
        caller.clerk_busy()
    return caller.line.rung


def hire(office: Office) -> None:
    """Three members of the team and its leader, who has an account, in the register."""
    now = at(office, "2026-11-01T08:00")
    with office.hotline.database.writing() as conn:
        for key, organisation in TEAM.items():
            details = OfficialDetails(
                f"Nguyễn {key.title()}", "", "", organisation, "2026-01-05", "", "", "", False, key
            )
            register.add(conn, details, now)
            team.join(conn, key, date(2026, 11, 1), None, "team_leader", now)
        leads = OfficialDetails(
            "Lê Văn Tổ", "Tổ trưởng", "", "civil_servant", "2026-01-05", "", "team_leader", "", False, "to"
        )
        register.add(conn, leads, now)
        times, _ = office.hotline.calendars.now(conn)
        for day, number, people in SHEET:
            session = sessions_on(times, DutyKind.SLIP_TEAM, date.fromisoformat(day))[number]
            change = [week.Change(session, people, 0)]
            week.keep(conn, office.hotline.settings.duty, times, change, "team_leader", now)
        fourth = date(2026, 11, 4)
        absences.enter(
            conn,
            person="nga",
            first_day=fourth,
            last_day=fourth,
            part=DayPart.WHOLE,
            stand_in=None,
            who="nga",
            now=now,
        )


def choose(page: Page, cell: str, *names: str) -> None:
    """By keyboard alone: typing in a select chooses, the tabulator leads to the next and to the button."""
    first = page.locator(f'select[name="person:{cell}"]').first
    first.focus()
    keys = Keyboard(page)
    for name in names:
        keys.type(name, into="select:focus")
        keys.press("Tab")
    keep = page.get_by_role("button", name="Lưu lịch")
    for _ in range(60):
        if keep.evaluate("button => button === document.activeElement"):
            break
        keys.press("Tab")
    keys.follow("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu")


def write_form(page: Page, procedure: str, *, same_day: bool) -> None:
    page.goto("/console/forms")
    if page.get_by_text("Thủ tục khác").count():
        page.get_by_text("Thủ tục khác").click()
    page.fill("#procedure", procedure)
    page.fill("#field", "Hộ tịch")
    page.select_option("#helper", "lan")
    for name, value in (("manner", "typed"), ("check_result", "complete"), ("confirmed_by", "signature")):
        page.check(f"[name={name}][value={value}]")
    page.check("[name=asked_for]")
    if same_day:
        page.check("[name=same_day]")
    follow(page.locator(".forms-new button"))
    expect(page.get_by_role("status").first).to_be_visible()


@pytest.mark.proof
@pytest.mark.row("000-03", "000-10")
@pytest.mark.parametrize("script", [True, False])
def test_on_thursday_at_seven_forty_the_head_of_office_gives_the_morning_away_and_at_eight_it_rings_there(
    office: Office, visit: Visit, script: bool
) -> None:
    settings = office.hotline.settings
    with_own_engine = Database(settings.database_url)
    other = create_app(open_hotline(settings, office.hotline.clock, with_own_engine))
    at(office, "2026-11-26T07:40")
    page = visit("head_of_office", phone=True, java_script_enabled=script)
    page.goto("/console/duty")
    assert page.locator("body").bounding_box()["width"] <= 390  # type: ignore[index]
    choose(page, MORNING, "Lê", "Nguyễn")
    at(office, "2026-11-26T08:00")
    assert [rung(office), rung(office, other)] == [[CHI, AN], [CHI, AN]], "in every process"
    at(office, "2026-11-26T14:00")
    assert rung(office, other) == [BINH, AN, CHI], "the afternoon stays as it was"
    at(office, "2026-12-03T08:00")
    assert rung(office) == [BINH, AN, CHI], "and so does the next Thursday"
    with_own_engine.close()


@pytest.mark.proof
@pytest.mark.row("001-06", "001-02")
def test_on_the_thirtieth_the_list_of_allowances_is_printed_correct_to_the_day_with_a_column_to_sign(
    office: Office, visit: Visit, tmp_path: Path
) -> None:
    hire(office)
    at(office, "2026-11-26T17:00")
    page = visit("team_leader", phone=True)
    page.goto("/console/duty?kind=slip_team")
    page.locator(f'select[name="person:{FRIDAY}"]').first.select_option("lan")
    follow(page.get_by_role("button", name="Lưu lịch"))
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu")
    at(office, "2026-11-30T16:30")
    page = visit("team_leader")
    page.goto("/console/team")
    files = {}
    for ending in (".docx", ".xlsx"):
        with page.expect_download() as loading:
            page.get_by_role("link", name=ending).click()
        loading.value.save_as(tmp_path / f"list{ending}")
        files[ending] = (tmp_path / f"list{ending}").read_bytes()
    document = Document(io.BytesIO(files[".docx"]))
    rows = [[cell.text for cell in row.cells] for row in document.tables[-1].rows]
    rows = rows if rows[0][-1] == "Ký nhận" else [[c.text for c in r.cells] for r in document.tables[0].rows]
    assert rows[0][-1] == "Ký nhận"
    assert [row[1:4] for row in rows[1:3]] == [["Nguyễn Lan", "3", "90.000"], ["Nguyễn Nga", "1", "30.000"]]
    assert [row[-1] for row in rows[1:3]] == ["", ""], "room to sign"
    environment = {
        **frozen.OFFICE,
        "TONGDAI_DATABASE_URL": office.hotline.settings.database_url,
        "TONGDAI_NOW": "2026-11-30T16:30",
    }
    result = CliRunner().invoke(command, ["2026-11", "--json"], env=environment)
    counted = json.loads(result.output)
    assert counted["total"] == 120_000
    assert sum(row["amount"] for row in counted["rows"]) == 120_000
    assert rows[3][3] == "120.000"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(files[".xlsx"])).get_sheet_by_index(0).to_python()
    amounts = [int(row[3]) for row in sheet if isinstance(row[3], int | float)]
    assert (sum(amounts[:-1]), amounts[-1]) == (120_000, 120_000)


@pytest.mark.proof
@pytest.mark.row("001-16", "001-17")
def test_the_teams_report_is_filled_handed_in_late_once_and_stands_inside_the_offices_report(
    office: Office, visit: Visit
) -> None:
    hire(office)
    hotline = office.hotline
    channels = {"TO_ZALO": SecretStr("zalo://x/y")}
    settings = replace(hotline.settings, channels=channels)
    scheduler = ReportsDue(hotline.database, hotline.clock, settings, Calendars(settings, hotline.clock))
    at(office, "2026-11-19T09:00")
    office.complain()
    at(office, "2026-11-26T09:00")
    member = visit("team_member", phone=True)
    write_form(member, "Đăng ký khai sinh", same_day=True)
    write_form(member, "Đăng ký kết hôn", same_day=False)
    at(office, "2026-11-27T16:01")
    assert scheduler.make(lambda: True) >= 1
    assert scheduler.ask_team(lambda: True) == 0, "there is time until Monday"
    at(office, "2026-11-30T08:00")
    assert [scheduler.ask_team(lambda: True) for _ in range(2)] == [1, 0], "once"
    with hotline.database.reading() as conn:
        (row,) = [
            one
            for one in (Delivery(*each) for each in conn.execute(select(deliveries)))
            if one.kind == "team_part"
        ]
        told = MessageTexts(settings, load_texts()["vi"]).letter(conn, row).text
    assert (row.recipient, row.channel) == ("to", "zalo")
    assert "Lê Văn Tổ" in told
    assert "từ 23/11/2026 đến 29/11/2026" in told

    leader = visit("team_leader", phone=True)
    follow(leader.get_by_text("Tổ chưa nộp phần báo cáo").first)
    leader.goto("/console/reports")
    late = leader.locator("#team-late-text")
    assert late.input_value().splitlines() == [
        "Thu 0 phiếu khảo sát.",
        "Viết hộ 2 trường hợp, trong đó 1 giải quyết trong ngày.",
        "1 người trực, 1 lượt ngày.",
        "Khó khăn, vướng mắc đang mở: 0.",
    ]
    late.fill(f"{late.input_value()}\nĐề nghị thêm một bàn viết.")
    follow(leader.locator("section[aria-labelledby=team-late] button"))
    expect(leader.locator("#team-late")).to_have_count(0)
    assert scheduler.ask_team(lambda: True) == 0

    chairman = visit("chairman")
    chairman.goto("/console/reports")
    follow(chairman.get_by_role("link", name="Báo cáo tuần 48"))
    shown = chairman.locator("#main").inner_text()
    assert "Viết hộ 2 trường hợp" in shown
    assert "Đề nghị thêm một bàn viết." in shown
    assert "nộp sau giờ quy định" in shown
    follow(chairman.locator("#part-team_work ~ .card a", has_text="2").first)
    expect(chairman.locator("tr[data-row]")).to_have_count(2)
    expect(chairman.locator("#main")).to_contain_text("Đăng ký kết hôn")
