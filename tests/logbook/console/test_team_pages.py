"""The team: members by organisation, who assigns them, forms written for citizens, and the allowance list."""

from __future__ import annotations

import io
import json
import re
from datetime import date, datetime

import pytest
from click.testing import CliRunner
from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from ivr.commands.figures import allowance as command
from logbook.clock import Clock, parse_moment
from logbook.duty import absences, allowance, on_duty, team, week
from logbook.duty.absences import DayPart
from logbook.duty.sessions import DutyKind, sessions_on
from logbook.installation import Installation
from logbook.officials import register
from logbook.officials.register import OfficialDetails
from logbook.sending.alarms import alarms
from tests import frozen
from tests.conftest import NOW
from tests.journeys.test_duty import sheet
from tests.logbook.console.conftest import SignIn
from tests.logbook.dossiers.shelf import Shelf

SLIPS, QR = "2026-11-26:480-600", "2026-11-26:450-690"
PEOPLE = {"lan": "youth", "minh": "militia", "nga": "youth", "phuc": "civil_servant"}
FORM = {
    "procedure": "Đăng ký khai sinh",
    "field": "Hộ tịch",
    "helper": "lan",
    "manner": "typed",
    "check_result": "complete",
    "confirmed_by": "signature",
    "asked_for": "yes",
}


def hire(installation: Installation) -> None:
    """Four people of the register in the team."""
    with installation.database.writing() as conn:
        for key, organisation in PEOPLE.items():
            seen = OfficialDetails(
                f"Nguyễn {key.title()}", "", "Thôn 1", organisation, "2026-01-05", "", "", "", False, key
            )
            register.add(conn, seen, NOW)
            team.join(conn, key, date(2026, 11, 1), None, "leader", NOW)


def assign(browser: FlaskClient, cell: str, *wanted: str, kind: str = "slip_team") -> TestResponse:
    form = sheet_of(browser, kind)
    form[f"person:{cell}"] = list(wanted)
    return browser.post("/console/duty/team", data=form)


def sheet_of(browser: FlaskClient, kind: str) -> dict[str, object]:
    page = browser.get(f"/console/duty?kind={kind}").text
    return sheet(page.replace('action="/console/duty/team"', 'action="/console/duty/week"'))


def send(browser: FlaskClient, path: str, data: dict[str, str]) -> TestResponse:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', browser.get("/console/duty").text)
    assert found is not None
    return browser.post(path, data={**data, "form_token": found.group(1)})


@pytest.mark.row("001-01")
@pytest.mark.row("001-22")
def test_members_stand_by_organisation_and_leave_with_a_last_day(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    leader = signed_in("team_leader")
    page = leader.get("/console/team").text
    assert page.index("Cán bộ, công chức") < page.index("Dân quân") < page.index("Đoàn viên, thanh niên")
    assert send(leader, "/console/team/members/2/leave", {"until": "2026-11-26"}).status_code == 303
    with installation.database.reading() as conn:
        found = {one.person: one.until for one in team.members(conn, date(2026, 11, 1), date(2026, 12, 31))}
    assert found == {"lan": None, "minh": date(2026, 11, 26), "nga": None, "phuc": None}
    sheets = leader.get("/console/duty?kind=slip_team&week=2026-11-30").text.partition('id="away"')[0]
    assert ("Nguyễn Lan" in sheets, "Nguyễn Minh" in sheets) == (True, False)
    again = {"person": "lan", "since": "2026-12-01", "until": ""}
    assert "not_done=team_member_already" in send(leader, "/console/team/members", again).headers["Location"]


@pytest.mark.row("001-03")
def test_the_team_has_two_sessions_a_working_day_and_a_slip_of_another_hour_is_marked_not_refused(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    page = signed_in("team_leader").get("/console/duty?kind=slip_team").text
    days = re.findall(r'<section id="d-([0-9-]+)".*?</section>', page, re.S)
    sections = re.findall(r'<section id="d-[0-9-]+".*?</section>', page, re.S)
    hours = {
        day: re.findall(r"<legend>([0-9:-]+)", section) for day, section in zip(days, sections, strict=True)
    }
    worked = ["2026-11-23", "2026-11-25", "2026-11-26", "2026-11-27"]  # the 24th is a public holiday
    assert hours == {day: ["08:00-10:00", "14:00-16:00"] if day in worked else [] for day in hours}
    assert len(hours) == 7
    shelf = Shelf(installation.database)
    entered = ("07:59", "08:00", "09:59", "10:00", "13:00", "15:59", "16:00")
    for hour in entered:
        shelf.put(1, received=f"2026-11-25 {hour}", finished=f"2026-11-25 {hour}", slips=1)
    shelf.put(1, received="2026-11-24 08:30", finished="2026-11-24 08:30", slips=1)
    listed = signed_in("head_of_office").get("/console/slips").text
    rows = re.findall(r"<tr data-row.*?</tr>", listed, re.S)
    marked = ["nhập ngoài giờ lấy phiếu của tổ" in row for row in reversed(rows)]
    assert marked == [True, False, False, True, True, False, True, True]
    assert all("hợp lệ" in row for row in rows)


@pytest.mark.row("001-02")
def test_the_team_leader_assigns_one_or_two_people_a_session_and_nobody_else_does(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    leader = signed_in("team_leader")
    page = leader.get("/console/duty?kind=slip_team").text
    assert "Lịch trực tổ lấy phiếu" in page
    assert page.count("08:00-10:00") == page.count("14:00-16:00") > 0
    tried = [assign(leader, SLIPS, *who) for who in (("lan",), ("lan", "minh"), (), ("lan", "minh", "nga"))]
    assert [one.status_code for one in tried] == [303, 303, 400, 400]
    assert "Mỗi buổi phải có một hoặc hai người" in tried[-1].text
    assert assign(leader, SLIPS, "an").status_code == 400  # of the line, not of the team
    assert sheet_of(leader, "slip_team")[f"person:{SLIPS}"] == ["lan", "minh"]
    for role in ("head_of_office", "clerk", "chairman", "team_member"):
        form = {"week": "2026-11-23", "kind": "slip_team"}
        assert send(signed_in(role), "/console/duty/team", form).status_code == 403


@pytest.mark.row("004-02")
def test_a_session_has_exactly_one_guide_at_the_qr_code(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    leader = signed_in("team_leader")
    tried = [assign(leader, QR, *who, kind="qr_guide").status_code for who in (("nga",), (), ("nga", "lan"))]
    assert tried == [303, 400, 400]
    assert sheet_of(leader, "qr_guide")[f"person:{QR}"] == ["nga"]


@pytest.mark.row("001-22")
def test_a_member_of_the_team_sees_duty_and_the_log_of_forms_only(signed_in: SignIn) -> None:
    member = signed_in("team_member")
    assert [member.get(f"/console/{page}").status_code for page in ("duty", "forms")] == [200, 200]
    closed = ("tickets", "calls", "reports", "team", "calendar", "journal", "officials", "slips", "callbacks")
    assert {page: member.get(f"/console/{page}").status_code for page in closed} == dict.fromkeys(closed, 403)


@pytest.mark.row("001-08")
@pytest.mark.row("001-11")
@pytest.mark.row("001-12")
@pytest.mark.row("001-13")
@pytest.mark.row("001-21")
def test_a_form_written_for_a_citizen_is_kept_when_they_asked_for_it_checked_it_and_confirmed_it(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    member = signed_in("team_member")
    missing = {
        "asked_for": "Chỉ viết hộ khi người dân yêu cầu",
        "confirmed_by": "Xin chọn người dân ký tên hay điểm chỉ",
        "check_result": "Xin chọn cách làm và kết quả kiểm tra",
        "procedure": "Xin ghi thủ tục",
        "field": "Xin ghi lĩnh vực",
    }
    for name, said in missing.items():
        answer = send(member, "/console/forms", {key: FORM[key] for key in FORM if key != name})
        assert (answer.status_code, said in answer.text) == (400, True), name
    assert "Tuần này chưa có trường hợp nào." in member.get("/console/forms").text
    day = {"receipt": "TN-0042", "appointment": "2026-11-24", "date": "2026-11-23"}
    assert send(member, "/console/forms", {**FORM, **day}).status_code == 303
    assert send(member, "/console/forms", {**FORM, "same_day": "yes"}).status_code == 303
    page = member.get("/console/forms").text
    assert "Trong tuần: 2 trường hợp, 1 giải quyết trong ngày (50 %)" in page
    assert "Quá ngày hẹn trả" in page
    assert 'name="field" maxlength="100" value="Hộ tịch"' in page  # as in the case before: ten seconds a case
    chosen = re.findall(r'name="(\w+)" value="\w+" required checked', page)
    assert chosen == ["manner"]  # what was checked and how it was confirmed is said each time
    assert "24/11/2026: Đăng ký khai sinh (TN-0042)" in page


@pytest.mark.row("001-09")
@pytest.mark.parametrize("written", ["Di chúc", "lập DI CHÚC", "Chứng thực di chúc", "chung thuc di  chuc"])
def test_what_the_law_excludes_is_refused_with_its_basis_however_it_is_written(
    signed_in: SignIn, installation: Installation, written: str
) -> None:
    hire(installation)
    answer = send(signed_in("team_member"), "/console/forms", {**FORM, "procedure": written})
    assert answer.status_code == 400
    assert "pháp luật không cho viết hộ" in answer.text
    assert "Điều 633" in answer.text


@pytest.mark.row("001-10")
def test_no_amount_of_money_can_be_entered_in_the_log(signed_in: SignIn, installation: Installation) -> None:
    hire(installation)
    member = signed_in("team_member")
    page = member.get("/console/forms").text
    names = set(re.findall(r'name="([a-z_]+)"', page)) - {"form_token", "viewport"}
    assert names == {*FORM, "date", "receipt", "appointment", "same_day"}
    assert 'type="number"' not in page


def plan(installation: Installation, *sessions: tuple[str, int, tuple[str, ...]]) -> None:
    """Assign people to sessions: date, number of the session in the day, people."""
    settings = installation.settings
    with installation.database.writing() as conn:
        times, _ = installation.calendars.now(conn)
        for day, number, people in sessions:
            session = sessions_on(times, DutyKind.SLIP_TEAM, date.fromisoformat(day))[number]
            week.keep(conn, settings.duty, times, [week.Change(session, people, 0)], "leader", NOW)


MONTH = (
    ("2026-11-02", 0, ("lan", "minh")),
    ("2026-11-02", 1, ("lan",)),
    ("2026-11-03", 0, ("nga", "phuc")),
    ("2026-11-04", 1, ("nga",)),
    ("2026-11-26", 0, ("lan",)),
)
"""Lan on one day twice and on a day to come, Nga on two days; Minh and Phúc are not of the union."""


@pytest.mark.row("001-06")
def test_the_allowance_counts_days_present_of_the_youth_union_and_every_form_of_it_agrees(
    signed_in: SignIn, installation: Installation, database_url: str
) -> None:
    hire(installation)
    plan(installation, *MONTH)
    with installation.database.writing() as conn:
        away = {"person": "nga", "first_day": date(2026, 11, 4), "last_day": date(2026, 11, 4)}
        absences.enter(conn, **away, part=DayPart.WHOLE, stand_in=None, who="nga", now=NOW)  # type: ignore[arg-type]
    environment = {
        **frozen.OFFICE,
        "TONGDAI_DATABASE_URL": database_url,
        "TONGDAI_NOW": "2026-11-25T09:10",
    }
    result = CliRunner().invoke(command, ["2026-11", "--json"], env=environment)
    assert result.exit_code == 0, result.output
    seen = json.loads(result.output)
    assert seen == {
        "month": "2026-11",
        "rows": [
            {"person": "lan", "days": 1, "amount": 30000},
            {"person": "nga", "days": 1, "amount": 30000},
        ],
        "total": 60000,
    }
    leader = signed_in("team_leader")
    assert "60.000" in leader.get("/console/team?month=2026-11").text
    document = Document(io.BytesIO(leader.get("/console/team/allowance.docx?month=2026-11").data))
    (table, *_) = document.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells[0][-1] == "Ký nhận"
    assert [row[3] for row in cells[1:]] == ["30.000", "30.000", "60.000"]
    file = io.BytesIO(leader.get("/console/team/allowance.xlsx?month=2026-11").data)
    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    amounts = [int(row[3]) for row in rows if isinstance(row[3], int | float)]
    assert amounts == [30000, 30000, seen["total"]]


@pytest.mark.row("001-06")
def test_the_allowance_equals_a_slow_count_of_who_was_there_each_day(installation: Installation) -> None:
    hire(installation)
    plan(installation, *MONTH, ("2026-11-27", 0, ("nga", "lan")), ("2026-11-27", 1, ("nga",)))
    settings, now = installation.settings, Clock(parse_moment("2026-11-30T18:00")).now()
    first, counted = date(2026, 11, 1), dict[str, int]()
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        for day in range(1, 31):
            there = {
                person
                for session in sessions_on(times, DutyKind.SLIP_TEAM, date(2026, 11, day))
                for person in on_duty.who_is_on_duty(conn, settings.duty, times, session).people
            }
            for person in there & {"lan", "nga"}:
                counted[person] = counted.get(person, 0) + 30000
        found = allowance.of_month(conn, settings.duty, times, settings.team.allowance, first, now)
    assert {row.person: row.amount for row in found.rows} == counted == {"lan": 90000, "nga": 90000}


@pytest.mark.row("001-06")
def test_each_day_is_paid_at_the_rate_of_that_day(installation: Installation) -> None:
    rate = installation.settings.team.allowance[0]
    rates = (rate, rate.model_copy(update={"since": date(2026, 11, 3), "amount": 50000}))
    hire(installation)
    plan(installation, *MONTH)
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        now = datetime.fromisoformat("2026-11-30T18:00:00+07:00")
        found = allowance.of_month(conn, installation.settings.duty, times, rates, date(2026, 11, 1), now)
    assert {row.person: row.amount for row in found.rows} == {"lan": 30000 + 50000, "nga": 2 * 50000}
    assert allowance.rate_on(rates, date(2023, 11, 30)) == 0


@pytest.mark.row("001-07")
@pytest.mark.row("004-17")
def test_a_budget_line_says_what_was_spent_and_left_and_warns_above_the_ceiling(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    line = {"model": "Tổ lấy phiếu và viết hộ", "source": "CCHC", "ceiling": "1.000.000"}
    for wrong in ({"ceiling": "-5"}, {"ceiling": "12,5"}, {"ceiling": "0"}, {"model": " "}):
        answer = send(head, "/console/team/budget", {**line, **wrong})
        assert "not_done=budget_" in answer.headers["Location"], wrong
    assert "said=budget_kept" in send(head, "/console/team/budget", line).headers["Location"]
    assert "not_done=budget_model_there" in send(head, "/console/team/budget", line).headers["Location"]
    spent = {"day": "2026-11-20", "amount": "900000", "what": "hỗ trợ tháng 10"}
    assert "said=budget_spent" in send(head, "/console/team/budget/1/spend", spent).headers["Location"]
    assert "mức 1.000.000 đồng, đã chi 900.000 đồng, còn 100.000 đồng" in head.get("/console/team").text
    more = {**spent, "amount": "150.000"}
    assert "said=budget_above" in send(head, "/console/team/budget/1/spend", more).headers["Location"]
    assert "Đã vượt mức 50.000 đồng." in head.get("/console/team").text
    assert send(signed_in("team_leader"), "/console/team/budget", line).status_code == 403


@pytest.mark.row("001-16")
def test_the_teams_part_of_the_week_is_drafted_from_what_was_noted_and_handed_in_by_its_leader(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    plan(
        installation,
        ("2026-11-23", 0, ("lan", "minh")),
        ("2026-11-23", 1, ("lan",)),
        ("2026-11-26", 0, ("nga",)),
    )
    leader = signed_in("team_leader")
    send(leader, "/console/forms", {**FORM, "same_day": "yes"})
    send(leader, "/console/forms", FORM)
    page = leader.get("/console/reports").text
    drafted = re.search(r'id="team-text"[^>]*>(.*?)</textarea>', page, re.S)
    assert drafted is not None
    assert drafted.group(1).splitlines() == [
        "Thu 0 phiếu khảo sát.",
        "Viết hộ 2 trường hợp, trong đó 1 giải quyết trong ngày.",
        "2 người trực, 2 lượt ngày.",
        "Khó khăn, vướng mắc đang mở: 0.",
    ]
    week_name = re.search(r'name="period" value="([^"]+)"', page)
    assert week_name is not None
    seen = {"period": week_name.group(1), "text": drafted.group(1)}
    assert send(leader, "/console/reports/team", seen).status_code == 303
    assert "Viết hộ 2 trường hợp" in signed_in("team_leader").get("/console/reports").text


@pytest.mark.row("001-16")
def test_a_part_that_was_not_handed_in_by_friday_is_told_to_the_leader_on_monday_and_taken_late(
    signed_in: SignIn, installation: Installation
) -> None:
    installation.clock.__init__(parse_moment("2026-11-30T08:00"))  # type: ignore[misc]
    leader = signed_in("team_leader")
    assert "Tổ chưa nộp phần báo cáo" in leader.get("/console/").text
    assert "Tổ chưa nộp phần báo cáo" not in signed_in("clerk").get("/console/").text
    late = re.search(r'name="period" value="([^"]+)"', leader.get("/console/reports").text)
    assert late is not None
    assert late.group(1) == "2026-W48"
    seen = {"period": "2026-W48", "text": "Thu 12 phiếu."}
    assert send(leader, "/console/reports/team", seen).status_code == 303
    assert "Tổ chưa nộp phần báo cáo" not in leader.get("/console/").text


@pytest.mark.row("001-23")
def test_an_obstacle_of_the_team_comes_to_the_office_and_from_there_to_the_ubnd(signed_in: SignIn) -> None:
    leader, head = signed_in("team_leader"), signed_in("head_of_office")
    entered = {"text": "Thiếu máy in ở bàn viết hộ", "owner": "Văn phòng"}
    assert send(leader, "/console/reports/obstacles", entered).status_code == 303
    assert "Văn phòng đang xem xét" in leader.get("/console/reports/obstacles").text
    assert send(leader, "/console/reports/obstacles/1/up", {}).status_code == 403
    passed = send(head, "/console/reports/obstacles/1/up", {})
    assert "said=obstacle_said_passed_up" in passed.headers["Location"]
    assert "Đã trình UBND ngày 25/11/2026" in leader.get("/console/reports/obstacles").text
    again = send(head, "/console/reports/obstacles/1/up", {})
    assert "not_done=obstacle_said_gone" in again.headers["Location"]


@pytest.mark.row("001-02")
def test_the_day_before_the_office_is_warned_of_a_session_to_which_nobody_of_the_team_is_assigned(
    signed_in: SignIn, installation: Installation
) -> None:
    def warned(moment: str) -> list[str]:
        now = parse_moment(moment)
        with installation.database.writing() as conn:
            times, _ = installation.calendars.now(conn)
            alarms.tell(conn, alarms.team_gap(conn, installation.settings.duty, times, now), now)
        page = signed_in("head_of_office").get("/console/leader").text
        return re.findall(r"Tổ lấy phiếu chưa phân công ai trực ngày ([^.]*)[.]", page)

    hire(installation)
    assert warned("2026-11-24T15:00") == [], "an office that plans no team is not warned"
    plan(installation, ("2026-11-25", 0, ("lan",)), ("2026-11-25", 1, ("lan",)))
    plan(installation, ("2026-11-26", 0, ("minh",)))
    assert warned("2026-11-25T09:10") == ["26/11/2026 (14:00-16:00)"]
