"""The pages of the plan: import with a preview, tasks with states, proof, milestones, and who sees what."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from html import unescape

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from logbook.accounts import accounts
from logbook.database.tables import officials, plan_evidence, plan_tasks, plans
from logbook.dossiers.months import Month
from logbook.installation import Installation
from logbook.officials import first_filling
from logbook.plan import counters, evidence, news, work_checks
from logbook.plan import plans as plans_of
from logbook.plan.evidence import GivenFile
from logbook.plan.plans import PlanRefusedError
from tests.logbook.console.cases import token_of
from tests.logbook.console.conftest import SignIn
from tests.logbook.plan.annex_of import FILE, GROUPS, HEAD

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def send(browser: FlaskClient, where: str, **form: object) -> TestResponse:
    data = {"form_token": token_of(browser), **form}
    return browser.post(f"/console/plan{where}", data=data, follow_redirects=True)


def preview(browser: FlaskClient, content: bytes, name: str = "phu-luc.txt", title: str = "") -> TestResponse:
    return send(browser, "/import", file=(io.BytesIO(content), name), title=title)


def bring_in(browser: FlaskClient, content: bytes = FILE.read_bytes(), title: str = "") -> TestResponse:
    page = preview(browser, content, title=title).text
    kept = re.search(r'name="annex" value="([^"]*)"', page)
    called = re.search(r'name="title" maxlength="500" value="([^"]*)"', page)
    assert kept is not None
    assert called is not None
    return send(browser, "/import/confirm", annex=unescape(kept[1]), title=unescape(called[1]))


def table_of(*rows: str) -> bytes:
    return "\n".join(("KẾ HOẠCH", "Kế hoạch mô hình năm 2026", HEAD, "I\tNhóm một", *rows)).encode()


def give_to(installation: Installation, task_id: int, login: str) -> None:
    """Let somebody of the register who has that account answer for a task."""
    with installation.database.writing() as conn:
        first_filling.fill(conn, installation.settings, installation.clock.now())
        key = conn.execute(select(officials.c.key).order_by(officials.c.id)).scalars().first()
        conn.execute(update(officials).values(login=None))
        conn.execute(update(officials).where(officials.c.key == key).values(login=login))
        conn.execute(update(plan_tasks).where(plan_tasks.c.id == task_id).values(person=key))


def state(page: str, place: str) -> str:
    """The state of a task on the page of the plan."""
    row = page[page.index(f'aria-label="Mở nhiệm vụ {place}"') :]
    found = re.search(r'class="state plan-(\w+)"', row)
    assert found is not None
    return found[1]


@pytest.mark.row("002-03")
@pytest.mark.row("004-13")
def test_the_annex_is_previewed_brought_in_once_and_shown_by_groups(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    page = preview(owner, FILE.read_bytes()).text
    for said in ("<b>6</b>nhóm", "<b>18</b>nhiệm vụ", "<b>18</b>mới", "đề xuất phương án đơn giản hóa"):
        assert said in page, said
    with installation.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(plans)).scalar_one() == 0
    page = bring_in(owner).text
    assert "Đã nhập kế hoạch." in page
    places = re.findall(r'aria-label="Mở nhiệm vụ ([IVX]+)\.\d+"', page)
    assert {group: places.count(group) for group in dict.fromkeys(places)} == GROUPS
    assert "Căn cứ Quyết định số 1410/QĐ-UBND" in page
    assert "TT. Đảng ủy xã\nTT. HĐND xã" in page
    again = preview(owner, FILE.read_bytes()).text
    assert "Tệp không có gì mới." in again
    assert "<b>18</b>giữ nguyên" in again
    assert bring_in(owner).status_code == 200
    with installation.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(plan_tasks)).scalar_one() == 18
    wrong = preview(owner, FILE.read_bytes().replace("Định kỳ cuối mỗi tháng\t".encode(), b"bao gi\t"))
    assert wrong.status_code == 400
    assert re.search(r"Dòng \d+: không hiểu tiến độ “bao gi”", wrong.text)
    assert preview(owner, b"").status_code == 400


@pytest.mark.row("002-04")
def test_a_task_without_proof_is_red_until_a_note_a_link_or_a_file_proves_this_month(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    page = owner.get("/console/plan").text
    assert state(page, "II.1") == "red"
    assert state(page, "V.5") == "amber"
    assert "Chưa có minh chứng tháng này (18)" in page
    assert send(owner, "/tasks/3/proof", month="2026-11", note="Đã cấp đủ văn phòng phẩm").status_code == 200
    link = send(owner, "/tasks/2/proof", month="2026-11", link="https://dailanh.example/tin-1").text
    assert 'href="https://dailanh.example/tin-1" rel="noreferrer noopener"' in link
    seen = send(owner, "/tasks/1/proof", month="2026-11", file=(io.BytesIO(PNG), "bang niem yet.png")).text
    assert "bang niem yet.png" in seen
    page = owner.get("/console/plan").text
    assert [state(page, place) for place in ("I.1", "I.2", "II.1", "III.1")] == ["green"] * 3 + ["red"]
    lacking = owner.get("/console/plan?lack=1").text
    assert "Mở nhiệm vụ III.1" in lacking
    assert "Mở nhiệm vụ I.1" not in lacking
    assert state(owner.get("/console/plan?month=2026-10").text, "I.1") == "red"
    task = owner.get("/console/plan/tasks/3").text
    assert "Thêm minh chứng nhiệm vụ" in task
    assert "Người plan_owner" in task
    withdrawn = send(owner, "/tasks/3/proof/1/withdraw").text
    assert "Đã rút minh chứng." in withdrawn
    assert state(owner.get("/console/plan").text, "II.1") == "red"


def test_proof_that_is_no_proof_is_refused_and_the_same_one_stands_once(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("word/document.xml", "<x/>")
        out.writestr("word/vbaProject.bin", "macro")
    refused = (
        {"note": ""},
        {"note": "x"},
        {"link": "javascript:alert(1)"},
        {"link": "http://a b"},
        {"month": "2026-12", "note": "Đã làm xong"},
        {"file": (io.BytesIO(b"<html><script>alert(1)</script>"), "anh.png")},
        {"file": (io.BytesIO(b"MZ\x90\x00"), "tep.pdf")},
        {"file": (io.BytesIO(packed.getvalue()), "tep.docx")},
    )
    statuses = [send(owner, "/tasks/1/proof", **{"month": "2026-11", **one}).status_code for one in refused]
    assert statuses == [400] * len(refused)
    for _ in range(2):
        send(owner, "/tasks/1/proof", month="2026-11", note="Đã niêm yết đủ")
    with installation.database.writing() as conn:
        assert conn.execute(select(func.count()).select_from(plan_evidence)).scalar_one() == 1
        who = next(one for one in accounts.listed(conn) if one.login == "plan_owner")
        task, large = plans_of.task(conn, 1), GivenFile("to.pdf", b"%PDF-" + bytes(2000))
        assert task is not None
        with pytest.raises(PlanRefusedError, match="plan_proof_large"):
            evidence.give(conn, task, Month(2026, 11), "", "", large, 2000, who, installation.clock.now())


def test_a_file_is_handed_out_as_a_download_of_what_it_is_and_never_as_a_page(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    for name in ('..\\..\\<b>"a".html', "/etc/passwd", "ảnh bảng.PNG"):
        send(owner, "/tasks/1/proof", month="2026-11", file=(io.BytesIO(PNG + name.encode()), name))
    for number in (1, 2, 3):
        answer = owner.get(f"/console/plan/tasks/1/proof/{number}")
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert ".png" in answer.headers["Content-Disposition"]
        assert answer.data.startswith(PNG)
    assert owner.get("/console/plan/tasks/2/proof/1").status_code == 404
    assert signed_in("desk_officer").get("/console/plan/tasks/1/proof/1").status_code == 404


@pytest.mark.row("002-29")
def test_whoever_answers_for_a_task_sees_and_proves_theirs_and_nobody_elses(
    installation: Installation, signed_in: SignIn
) -> None:
    owner, officer = signed_in("plan_owner"), signed_in("desk_officer")
    bring_in(owner)
    assert "Chưa có nhiệm vụ nào được giao" in officer.get("/console/plan").text
    assert officer.get("/console/plan/tasks/3").status_code == 404
    give_to(installation, 3, "desk_officer")
    page = officer.get("/console/plan").text
    assert re.findall(r"Mở nhiệm vụ ([IVX.\d]+)", page) == ["II.1"]
    assert officer.get("/console/plan?lack=1").status_code == 200
    assert "Giao người thực hiện" not in officer.get("/console/plan/tasks/3").text
    assert send(officer, "/tasks/3/proof", month="2026-11", note="Đã cấp đủ giấy bút").status_code == 200
    assert send(officer, "/tasks/4/proof", month="2026-11", note="Đã cấp đủ giấy bút").status_code == 404
    auditor = signed_in("auditor")
    assert state(auditor.get("/console/plan").text, "II.1") == "green"
    assert "Đã cấp đủ giấy bút" in auditor.get("/console/plan/tasks/3").text
    assert send(auditor, "/tasks/3/proof", month="2026-11", note="Tôi cũng thấy").status_code == 404
    assert send(officer, "/tasks/3/proof/1/withdraw").status_code == 200


@pytest.mark.row("002-29")
def test_the_owner_says_who_answers_and_which_figures_prove_and_a_stale_form_is_refused(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    give_to(installation, 18, "desk_officer")
    page = owner.get("/console/plan/tasks/3").text
    key = re.search(r'<option value="(\w+)">', page[page.index('id="person"') :])
    assert key is not None
    form = {"person": key[1], "figures": ["quota", "guided", "none such"], "version": "1"}
    assert "Đã lưu." in send(owner, "/tasks/3", **form).text
    stale = {**form, "figures": ["quota"]}
    assert "Có người vừa sửa nhiệm vụ này" in send(owner, "/tasks/3", **stale).text
    assert send(owner, "/tasks/3", **{**form, "version": "2", "person": "nobody"}).status_code == 400
    with installation.database.reading() as conn:
        row = conn.execute(select(plan_tasks).where(plan_tasks.c.id == 3)).one()
    assert (row.person, row.figures, row.version) == (key[1], "quota guided", 2)
    assert "Phân công nhiệm vụ kế hoạch" in owner.get("/console/plan/tasks/3").text


@pytest.mark.row("001-05")
@pytest.mark.row("004-10")
@pytest.mark.row("004-11")
def test_milestones_are_added_by_hand_even_before_the_plan_and_are_coloured_when_overdue(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    made = {
        "title": "Mô hình đánh giá bằng mã QR",
        "first_month": "2026-10",
        "last_month": "2026-12",
        "recipients": "15 Tổ dân phố\nTrang thông tin điện tử",
    }
    page = send(owner, "/new", **made).text
    assert "15 Tổ dân phố\nTrang thông tin điện tử" in page
    assert "Đã có kế hoạch mang tên này." in send(owner, "/new", **made).text
    assert "tháng cuối không trước tháng đầu" in send(owner, "/new", **{**made, "last_month": "2026-09"}).text
    for content, pace in (
        ("Thành lập tổ hỗ trợ lấy phiếu", "trong tháng 12 năm 2023"),
        ("Khảo sát ý kiến về mô hình bằng phiếu trực tiếp", "trước ngày 30/11/2026"),
        ("Triển khai mô hình", "ngày 20/11/2026"),
    ):
        task = {"group_title": "Các mốc", "content": content, "responsible": "Văn phòng", "pace": pace}
        assert "Đã thêm nhiệm vụ." in send(owner, "/1/tasks", **task).text
    bad = {"group_title": "Các mốc", "content": "Việc khác", "responsible": "Văn phòng", "pace": "khi rảnh"}
    assert send(owner, "/1/tasks", **bad).status_code == 400
    page = owner.get("/console/plan").text
    assert [state(page, place) for place in ("I.1", "I.2", "I.3")] == ["red", "amber", "red"]
    assert page.count("Quá hạn</span>") == 2
    assert "hạn 31/12/2023" in page
    send(owner, "/tasks/1/proof", month="2026-11", note="Quyết định thành lập tổ số 12/QĐ-UBND")
    assert state(owner.get("/console/plan").text, "I.1") == "green"
    assert "Kế hoạch đã kết thúc." in send(owner, "/1/end").text


@pytest.mark.row("002-03")
def test_the_plan_goes_out_as_a_document_and_a_workbook_with_the_same_five_columns(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    word = owner.get("/console/plan/1/annex.docx")
    table = Document(io.BytesIO(word.data)).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == HEAD.split("\t")
    assert len(table.rows) == 1 + 6 + 18
    for kind in ("docx", "xlsx"):
        file = owner.get(f"/console/plan/1/annex.{kind}").data
        assert "<b>18</b>giữ nguyên" in preview(owner, file, f"ke-hoach.{kind}").text, kind
    assert owner.get("/console/plan/1/annex.pdf").status_code == 404
    assert owner.get("/console/plan/2/annex.docx").status_code == 404


def test_what_proved_a_task_years_ago_loses_its_words_and_files_but_not_that_it_was(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    for month in ("2021-10", "2021-11"):
        send(owner, "/tasks/1/proof", month=month, file=(io.BytesIO(PNG), "anh.png"), note="Ông A nói")
    with installation.database.writing() as conn:
        now = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
        assert [evidence.forget_old(conn, 5, now) for _ in range(2)] == [1, 0]
        rows = conn.execute(select(plan_evidence).order_by(plan_evidence.c.month)).all()
    assert [(row.month, row.note, row.file_name, row.content is None) for row in rows] == [
        ("2021-10", "", None, True),
        ("2021-11", "Ông A nói", "anh.png", False),
    ]
    assert state(owner.get("/console/plan?month=2021-10").text, "I.1") == "green"


@pytest.mark.row("002-06")
@pytest.mark.row("002-11")
def test_news_videos_counts_and_checks_entered_elsewhere_prove_their_tasks_by_themselves(
    installation: Installation, signed_in: SignIn
) -> None:
    owner = signed_in("plan_owner")
    bring_in(owner)
    before = owner.get("/console/plan").text
    assert [state(before, place) for place in ("I.1", "III.3", "IV.4")] == ["red"] * 3
    with installation.database.writing() as conn:
        who, now = (
            next(one for one in accounts.listed(conn) if one.login == "plan_owner"),
            installation.clock.now(),
        )
        day = now.date()
        typed = news.TypedNews("news", day, "Nộp hồ sơ trực tuyến", "https://xa.example/tin/1", "Văn phòng")
        news.enter(conn, typed, who, now)
        services = {one.key: ("12", 0) for one in installation.settings.counters.services}
        counters.count_month(conn, Month.of(now), services, who, now)
        guided = ("Đỗ Văn Hải", "Công chức Tư pháp", "Việc dán mã đánh giá.", "Dán lại mã ở quầy hai.")
        work_checks.enter(conn, work_checks.TypedWorkCheck(day, *guided), who, now)
    page = owner.get("/console/plan").text
    assert [state(page, place) for place in ("I.1", "III.3", "IV.4")] == ["green"] * 3
    assert "1 tin, bài trong tháng, 1 từ đầu năm, chỉ tiêu năm 20" in page
    assert state(owner.get("/console/plan?month=2026-10").text, "I.1") == "red"
