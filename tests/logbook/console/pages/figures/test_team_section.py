"""The office's weekly report says what the team did; every figure of it opens what it counted (001-17)."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document
from flask.testing import FlaskClient

from logbook.calendar.of_settings import working_times
from logbook.clock import parse_moment
from logbook.duty import written_forms
from logbook.duty.written_forms import CheckResult, Confirmed, Manner, WrittenForm
from logbook.installation import Installation
from logbook.reports import counting, made
from logbook.reports.periods import Period, week_named
from tests.logbook.console.conftest import SignIn
from tests.logbook.console.test_team_pages import hire, plan, send
from tests.logbook.dossiers.shelf import Shelf

BIRTH, MARRIAGE, LATE = "Đăng ký khai sinh", "Đăng ký kết hôn", "Đăng ký khai tử"


def week(installation: Installation) -> Period:
    """Week 48: drawn on Friday the 27th at 16:00, from Friday the 20th at 16:00 on."""
    found = week_named("2026-W48", installation.settings, working_times(installation.settings))
    assert found is not None
    return found


def write(installation: Installation, procedure: str, when: str, *, same_day: bool) -> None:
    """Lan writes a form on the day it is entered."""
    now = parse_moment(when)
    form = WrittenForm(
        now.date(),
        procedure,
        "Hộ tịch",
        "lan",
        Manner.TYPED,
        True,
        CheckResult.COMPLETE,
        "",
        None,
        same_day,
        Confirmed.SIGNATURE,
    )
    with installation.database.writing() as conn:
        written_forms.enter(conn, form, (), "lan", now)


def worked_week(installation: Installation) -> int:
    """A week of the team, and the number of its report; three slips, two forms, three days of two people."""
    hire(installation)
    plan(
        installation,
        ("2026-11-20", 1, ("phuc",)),  # begun before the week was, at 14:00
        ("2026-11-23", 0, ("lan", "minh")),
        ("2026-11-23", 1, ("lan",)),
        ("2026-11-27", 1, ("minh",)),
    )
    shelf = Shelf(installation.database)
    shelf.put(3, received="2026-11-23 08:30", finished="2026-11-23 09:00", slips=3)
    shelf.put(1, received="2026-11-27 16:00", finished="2026-11-27 16:00", slips=1)
    shelf.put(1, received="2026-11-24 08:00", finished="2026-11-24 08:10", slips=1, valid=False)
    write(installation, BIRTH, "2026-11-23T08:20", same_day=True)
    write(installation, MARRIAGE, "2026-11-26T08:20", same_day=False)
    write(installation, LATE, "2026-11-27T16:00", same_day=True)
    this, settings = week(installation), installation.settings
    with installation.database.writing() as conn:
        figures = counting.counted(conn, this, settings, working_times(settings), this.due_at)
        report_id = made.made(conn, figures, this.due_at)
    assert report_id is not None
    return report_id


def opened(browser: FlaskClient, report_id: int, figure: str) -> list[str]:
    """The first column of the list that a figure on the report's page opens."""
    path = f"/console/reports/{report_id}/cases/team_work.{figure}"
    assert f'href="{path}"' in browser.get(f"/console/reports/{report_id}").text, figure
    return re.findall(r'<tr data-row>\s*<td[^>]*><a href="([^"]+)">', browser.get(path).text)


@pytest.mark.row("001-17")
@pytest.mark.row("001-12")
def test_slips_forms_and_days_on_duty_of_the_week_stand_in_the_report_and_open_their_cases(
    signed_in: SignIn, installation: Installation
) -> None:
    report_id = worked_week(installation)
    chairman = signed_in("chairman")
    document = Document(io.BytesIO(chairman.get(f"/console/reports/{report_id}/document").data))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert {row[1]: row[2] for row in rows if len(row) == 4} | {
        "Phiếu khảo sát tổ đã thu": "3",
        "Trường hợp viết hộ": "2",
        "Viết hộ giải quyết trong ngày": "1 (50%)",
        "Số người trực": "2",
        "Lượt ngày trực (mỗi người mỗi ngày tính một lần)": "3",
    } == {row[1]: row[2] for row in rows if len(row) == 4}
    lines = [line.text for line in document.paragraphs]
    summed = (
        "Tổ đã thu 3 phiếu khảo sát, viết hộ 2 trường hợp, trong đó 1 giải quyết trong ngày; 2 người trực."
    )
    assert summed in lines
    assert opened(chairman, report_id, "slips") == [f"/console/slips/{number}" for number in (1, 2, 3)]
    assert opened(chairman, report_id, "forms") == [
        "/console/forms?week=2026-11-23#form-1",
        "/console/forms?week=2026-11-26#form-2",
    ]
    assert opened(chairman, report_id, "same_day") == ["/console/forms?week=2026-11-23#form-1"]
    assert 'id="form-1"' in chairman.get("/console/forms?week=2026-11-23").text
    days = opened(chairman, report_id, "presences")
    assert [day.rpartition("#")[2] for day in days] == ["d-2026-11-23", "d-2026-11-23", "d-2026-11-27"]
    shown = chairman.get(f"/console/reports/{report_id}/cases/team_work.presences").text
    assert re.findall(r">(Nguyễn \w+)</td>", shown) == ["Nguyễn Lan", "Nguyễn Minh", "Nguyễn Minh"]


@pytest.mark.row("001-16")
@pytest.mark.row("001-17")
def test_the_teams_draft_says_the_very_figures_of_the_report_it_stands_in(
    signed_in: SignIn, installation: Installation
) -> None:
    report_id = worked_week(installation)
    installation.clock.__init__(parse_moment("2026-11-27T15:59"))  # type: ignore[misc]
    leader = signed_in("team_leader")
    page = leader.get("/console/reports").text
    (drafted,) = re.findall(r'id="team-text"[^>]*>(.*?)</textarea>', page, re.S)
    assert drafted.splitlines() == [
        "Thu 3 phiếu khảo sát.",
        "Viết hộ 2 trường hợp, trong đó 1 giải quyết trong ngày.",
        "2 người trực, 3 lượt ngày.",
        "Khó khăn, vướng mắc đang mở: 0.",
    ]
    handed = {"period": "2026-W48", "text": f"{drafted}\nĐề nghị thêm một máy in."}
    assert "said=report_said_team" in send(leader, "/console/reports/team", handed).headers["Location"]
    chairman = signed_in("chairman")
    for file in ("", "/document"):
        content = chairman.get(f"/console/reports/{report_id}{file}").data
        text = (
            "\n".join(line.text for line in Document(io.BytesIO(content)).paragraphs)
            if file
            else content.decode()
        )
        assert "Viết hộ 2 trường hợp" in text
        assert "Đề nghị thêm một máy in." in text


def test_an_office_without_a_team_has_no_section_of_it(signed_in: SignIn, installation: Installation) -> None:
    this, settings = week(installation), installation.settings
    with installation.database.writing() as conn:
        figures = counting.counted(conn, this, settings, working_times(settings), this.due_at)
        report_id = made.made(conn, figures, this.due_at)
    page = signed_in("chairman").get(f"/console/reports/{report_id}").text
    assert "part-terms" in page
    assert "part-team_work" not in page
