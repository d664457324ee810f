"""The list of tickets: seen, searched, worked on in bulk, kept as a view, taken out as a file."""

import csv
import io
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from logbook.accounts import accounts, audit_log
from logbook.database.tables import tickets as table
from logbook.ids import PersonId
from logbook.installation import Installation
from logbook.tickets import history, tickets
from logbook.tickets import tickets as book
from tests.logbook.book_of_cases import write
from tests.logbook.console.conftest import SignIn, form_token

LIST = "/console/tickets"


@pytest.fixture
def clerk(signed_in: SignIn) -> FlaskClient:
    return signed_in("clerk")


@pytest.fixture
def three(installation: Installation) -> None:
    """A new ticket, a classified one with words, and a closed one."""
    now = installation.clock.now()
    with installation.database.writing() as conn:
        write(conn, "000001", now, state="new", kind="unclassified")
        write(conn, "000002", now, summary="Đường ngập", caller_name="Trần Ước", caller_address="Thôn Một")
        write(conn, "000003", now, state="closed", closed_at=now, content="<b>Cầu gãy</b>")


def post(browser: FlaskClient, path: str, **form: object) -> TestResponse:
    token = form_token(browser.get(LIST).text)
    data = {"form_token": token, "query": "which=all", **form}
    return browser.post(f"{LIST}/{path}", data=data, buffered=True)


def person_id(installation: Installation, login: str) -> int:
    with installation.database.reading() as conn:
        return next(one.id for one in accounts.listed(conn) if one.login == login)


@pytest.mark.usefixtures("three")
def test_the_list_opens_with_what_is_open_and_hides_numbers(clerk: FlaskClient) -> None:
    page = clerk.get(LIST).text
    assert "000001" in page
    assert "Đường ngập" in page
    assert "000003" not in page
    assert "0912••••••" in page
    assert "912345678" not in page.replace("•", "")
    assert "còn 14 ngày" in page
    assert "2 phiếu" in page


@pytest.mark.usefixtures("three")
def test_a_citizens_markup_is_shown_and_not_obeyed(clerk: FlaskClient) -> None:
    page = clerk.get(f"{LIST}?which=closed").text
    assert "&lt;b&gt;Cầu gãy&lt;/b&gt;" in page


@pytest.mark.usefixtures("three")
def test_a_search_without_marks_looks_into_all_tickets_when_the_list_has_none(clerk: FlaskClient) -> None:
    assert "000002" in clerk.get(f"{LIST}?q=duong+ngap").text
    widened = clerk.get(f"{LIST}?q=cau+gay").text
    assert "Không thấy trong “Đang xử lý”" in widened
    assert "000003" in widened
    assert "Không thấy phiếu nào" in clerk.get(f"{LIST}?q=khong+co").text


@pytest.mark.usefixtures("three")
def test_who_may_not_see_callers_cannot_ask_for_them(signed_in: SignIn) -> None:
    auditor = signed_in("auditor")
    assert "000002" in auditor.get(f"{LIST}?which=all&q=duong").text
    assert "000002" not in auditor.get(f"{LIST}?which=all&q=tran+uoc").text
    assert "000002" not in auditor.get(f"{LIST}?which=all&q=0912345678").text


@pytest.mark.usefixtures("three")
def test_many_tickets_are_assigned_at_once_and_refused_ones_are_named(
    clerk: FlaskClient, installation: Installation
) -> None:
    answer = post(
        clerk,
        "bulk",
        verb="assign",
        to=person_id(installation, "clerk"),
        pick=["000001:1", "000002:1", "000003:1", "999999:1"],
    )
    assert answer.status_code == 303
    page = clerk.get(answer.headers["Location"]).text
    assert "Đã giao 1 phiếu." in page
    for code in ("000001", "000003"):
        assert f"{code}</a>: trạng thái hiện tại không cho phép việc này" in page
    assert "999999</a>: không có phiếu này" in page
    with installation.database.reading() as conn:
        done = book.find(conn, "000002")
        assert done is not None
        assert (done.state, done.assigned_id) == ("assigned", person_id(installation, "clerk"))
        [event] = history.of(conn, done.id)
        assert (event.verb, event.actor) == ("assign", "clerk")


@pytest.mark.usefixtures("three")
def test_a_row_changed_meanwhile_is_refused_and_the_others_are_done(
    clerk: FlaskClient, installation: Installation
) -> None:
    with installation.database.writing() as conn:
        conn.execute(update(table).where(table.c.code == "000002").values(version=2))
    answer = post(clerk, "bulk", verb="mark_urgent", pick=["000001:1", "000002:1"])
    page = clerk.get(answer.headers["Location"]).text
    assert "Đã đánh dấu khẩn 1 phiếu." in page
    assert "000002</a>: có người vừa sửa phiếu này" in page
    with installation.database.reading() as conn:
        urgent = conn.execute(select(table.c.code).where(table.c.urgent)).scalars().all()
    assert urgent == ["000001"]


@pytest.mark.usefixtures("three")
def test_tickets_are_classified_together(clerk: FlaskClient, installation: Installation) -> None:
    post(clerk, "bulk", verb="classify", kind="proposal", pick=["000001:1", "000002:1"])
    with installation.database.reading() as conn:
        kinds = [tickets.find(conn, code) for code in ("000001", "000002")]
    assert [one.kind for one in kinds if one] == ["proposal", "proposal"]


@pytest.mark.usefixtures("three")
def test_a_step_without_its_choice_keeps_what_was_ticked(clerk: FlaskClient) -> None:
    answer = post(clerk, "bulk", verb="assign", to="", pick=["000002:1"])
    assert answer.status_code == 400
    assert "xin chọn người nhận phiếu" in answer.text
    assert 'value="000002:1" aria-label="Chọn phiếu 000002" checked' in answer.text
    assert post(clerk, "bulk", verb="assign", to="1").status_code == 400
    assert post(clerk, "bulk", verb="close", pick=["000002:1"]).status_code == 400


@pytest.mark.row("T-10")
@pytest.mark.usefixtures("three")
def test_bulk_asks_for_the_right_to_every_ticket(signed_in: SignIn, installation: Installation) -> None:
    clerk = signed_in("clerk")
    concerned = person_id(installation, "clerk")
    with installation.database.writing() as conn:
        conn.execute(update(table).where(table.c.code == "000002").values(subject_ids=frozenset([concerned])))
    answer = post(clerk, "bulk", verb="mark_urgent", pick=["000002:1"])
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["refused"] == ["000002.missing"]
    assert post(signed_in("auditor"), "bulk", verb="mark_urgent", pick=["000001:1"]).status_code == 403
    with installation.database.reading() as conn:
        assert conn.execute(select(table.c.code).where(table.c.urgent)).first() is None


@pytest.mark.usefixtures("three")
def test_a_view_is_kept_shown_as_a_tab_and_deleted(clerk: FlaskClient) -> None:
    query = "which=all&kind=feedback"
    refused = post(clerk, "views", query=query, name=" ")
    assert refused.status_code == 400
    assert "xin đặt tên" in refused.text
    kept = post(clerk, "views", query=query, name="Phản ánh <cũ>")
    page = clerk.get(kept.headers["Location"]).text
    assert "Phản ánh &lt;cũ&gt;</a>" in page
    number = page.split("/console/tickets/views/")[1].split("/")[0]
    assert post(clerk, f"views/{number}/delete").status_code == 303
    assert "Phản ánh &lt;cũ&gt;" not in clerk.get(LIST).text
    assert post(clerk, f"views/{number}/delete").status_code == 404


@pytest.mark.usefixtures("three")
def test_an_export_without_callers_has_no_name_and_no_whole_number(
    clerk: FlaskClient, installation: Installation
) -> None:
    answer = post(clerk, "export", format="csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows[1:]] == ["'000003", "'000002", "'000001"]
    assert rows[2][-1] == "0912••••••"
    assert "Trần Ước" not in answer.text
    with installation.database.reading() as conn:
        [entry] = audit_log.recent(conn, 1)
    assert (entry.act, entry.who) == ("export", "clerk")
    assert '"rows": 3' in entry.details
    assert '"filter": "which=all"' in entry.details


@pytest.mark.usefixtures("three")
def test_callers_go_along_only_with_a_reason_and_never_those_of_a_denunciation(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    with installation.database.writing() as conn:
        accounts.change(conn, PersonId(person_id(installation, "clerk")), sees_restricted=True)
        write(conn, "000004", installation.clock.now(), state="guided", caller_name="Người Tố Cáo")
    clerk = signed_in("clerk")
    refused = post(clerk, "export", format="xlsx", with_callers="1", reason=" ")
    assert refused.status_code == 400
    assert "cần ghi lý do" in refused.text
    answer = post(clerk, "export", format="xlsx", with_callers="1", reason="Gửi tỉnh")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_name("Phiếu").to_python()
    assert [row[0] for row in sheet[1:]] == ["000004", "000003", "000002", "000001"]
    assert sheet[1][-3:] == ["0912••••••", "", ""]
    assert sheet[3][-3:] == ["0912.345.678", "Trần Ước", "Thôn Một"]
    with installation.database.reading() as conn:
        [entry] = audit_log.recent(conn, 1)
    assert entry.reason == "Gửi tỉnh"
    assert '"with_callers": true' in entry.details


@pytest.mark.row("T-10")
def test_nobody_exports_without_the_right_or_the_forms_token(signed_in: SignIn) -> None:
    assert post(signed_in("auditor"), "export", format="csv").status_code == 403
    assert signed_in("clerk").post(f"{LIST}/export", data={"format": "csv"}).status_code == 400
    assert signed_in("team_leader").get(LIST).status_code == 403


def test_an_empty_book_says_so(clerk: FlaskClient) -> None:
    assert "Không có phiếu nào ở đây." in clerk.get(LIST).text
