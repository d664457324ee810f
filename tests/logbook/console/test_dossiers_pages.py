"""The desk's dossiers on the screen: what is to be done, why something is late, what the month came to."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.database.tables import dossier_upload_parts, dossier_uploads, dossiers, journal
from logbook.installation import Installation
from logbook.settings.dossiers import CampaignPart
from scheduler.import_dossiers import ImportsDue
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.dossiers.files import CANARIES, as_csv, as_xlsx, row
from tests.logbook.dossiers.shelf import Shelf

MONTH = "/console/dossiers/months/2026-11"
WHY = {
    "owner": "Nguyễn Thị Bình",
    "cause": "Thiếu trích lục bản đồ",
    "remedy": "Đã đề nghị văn phòng đăng ký đất",
}


@pytest.fixture
def shelf(installation: Installation) -> Shelf:
    return Shelf(installation.database)


@pytest.fixture
def head(signed_in: SignIn) -> FlaskClient:
    return signed_in("head_of_desk")


def post(browser: FlaskClient, page: str, form: str, **fields: Any) -> TestResponse:
    token = form_token(browser.get(page).text)
    return browser.post(form, data={"form_token": token, **fields})


def send(browser: FlaskClient, content: bytes) -> TestResponse:
    """A file sent as a browser does, without the temporary file the test client would make of it."""
    page = "/console/dossiers/import"
    token = form_token(browser.get(page).text)
    parts = (
        f'--cut\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'
        '--cut\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    )
    body = parts.encode() + content + b"\r\n--cut--\r\n"
    return browser.post(page, data=body, content_type="multipart/form-data; boundary=cut")


def imported(installation: Installation) -> int:
    """What the scheduler does every two seconds; how many parts it imported."""
    return ImportsDue(installation.database, installation.clock).run_once(lambda: True)


def staging(installation: Installation) -> str:
    """Everything that waits to be imported."""
    with installation.database.reading() as conn:
        waits = (dossier_uploads, dossier_upload_parts)
        return repr([conn.execute(select(table)).all() for table in waits])


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.mark.row("002-19")
def test_an_online_dossier_is_due_after_eight_working_hours_over_weekend_and_holiday(
    shelf: Shelf, head: FlaskClient
) -> None:
    (friday,) = shelf.put(received="2026-11-20 16:00", online=True)
    (monday,) = shelf.put(received="2026-11-23 16:00", online=True)
    (taken,) = shelf.put(received="2026-11-20 16:00", online=True, accepted_at=shelf.at("2026-11-23 08:00"))
    page = words(head.get("/console/dossiers?view=online").text)
    assert "23/11/2026 16:30 quá hạn tiếp nhận" in page
    assert "25/11/2026 16:30" in page
    assert page.count("quá hạn tiếp nhận") == 1
    seen = {one: words(head.get(f"/console/dossiers/{one}").text) for one in (friday, monday, taken)}
    assert [("quá hạn tiếp nhận" in text) for text in seen.values()] == [True, False, False]


@pytest.mark.row("002-20")
def test_early_on_time_and_late_come_to_a_hundred_percent_and_say_what_is_not_counted(
    shelf: Shelf, head: FlaskClient
) -> None:
    shelf.put(1, due="2026-11-10 17:00", finished="2026-11-09 16:00")
    shelf.put(1, due="2026-11-10 17:00", finished="2026-11-10 16:59")
    shelf.put(1, due="2026-11-10 17:00", finished="2026-11-10 17:01")
    assert "33,4 % sớm hạn (1 hồ sơ) 33,3 % đúng hạn (1 hồ sơ) 33,3 % trễ hạn (1 hồ sơ)" in words(
        head.get(MONTH).text
    )
    shelf.put(1, due="2026-11-20 17:00")
    shelf.put(1, due="2026-11-20 17:00", outcome="suspended")
    shelf.put(1, due="2026-12-20 17:00")
    shelf.put(1, finished="2026-11-03 09:00")
    page = words(head.get(MONTH).text)
    assert "25,0 % sớm hạn (1 hồ sơ) 25,0 % đúng hạn (1 hồ sơ) 50,0 % trễ hạn (2 hồ sơ)" in page
    assert "Tính trên 4 hồ sơ" in page
    assert "Không tính: 1 hồ sơ chưa đến hạn, 1 hồ sơ tạm dừng hoặc chờ bổ sung, 1 hồ sơ không có" in page


@pytest.mark.row("002-22", "002-34")
def test_a_month_is_not_concluded_with_one_late_dossier_unexplained(shelf: Shelf, head: FlaskClient) -> None:
    (first,) = shelf.put(due="2026-11-10 17:00")
    (second,) = shelf.put(due="2026-11-09 17:00", finished="2026-11-12 09:00")
    shelf.put(due="2026-11-20 17:00", outcome="suspended")
    close = {"conclusion": "Phê bình cán bộ chậm xử lý hồ sơ", "responsibility": "Ông An rút kinh nghiệm"}
    page = words(head.get(MONTH).text)
    assert "Hồ sơ trễ hẹn trong tháng 2" in page
    assert "Còn 2 hồ sơ trễ hẹn chưa giải trình" in page

    def explain(one: int, **fields: str) -> TestResponse:
        return post(head, f"/console/dossiers/{one}", f"/console/dossiers/{one}/explain", **WHY | fields)

    for thin in ({"cause": "x"}, {"cause": "...."}, {"remedy": "  "}, {"owner": ""}):
        assert explain(first, **thin).status_code == 400, thin
    assert explain(first).status_code == 303
    refused = post(head, MONTH, f"{MONTH}/close", **close)
    assert (refused.status_code, "Còn hồ sơ trễ hẹn chưa giải trình" in refused.text) == (400, True)
    assert close["conclusion"] in refused.text
    assert explain(second).status_code == 303
    assert post(head, MONTH, f"{MONTH}/close", conclusion="").status_code == 400
    assert post(head, MONTH, f"{MONTH}/close", **close).status_code == 303
    page = words(head.get(MONTH).text)
    assert "Người head_of_desk kết luận lúc 25/11/2026" in page
    assert "0 sớm hạn, 0 đúng hạn, 2 trễ hạn" in page
    assert "Ông An rút kinh nghiệm" in page


@pytest.mark.row("002-16")
def test_a_late_dossier_has_a_letter_with_a_new_date_or_stands_on_the_list_of_breaches(
    shelf: Shelf, head: FlaskClient
) -> None:
    (late,) = shelf.put(due="2026-11-10 17:00", received="2026-11-02 08:00")
    (fine,) = shelf.put(due="2026-12-10 17:00")
    one = f"/console/dossiers/{late}"
    assert "chưa có thư xin lỗi" in words(head.get("/console/dossiers?view=late").text)
    assert head.get(f"{one}/apology.docx").status_code == 404
    assert post(head, one, f"{one}/apology", new_date="2026-11-24").status_code == 400
    assert post(head, one, f"{one}/apology", new_date="2026-12-01").status_code == 303
    assert "thư xin lỗi chưa gửi" in words(head.get("/console/dossiers?view=late").text)
    file = head.get(f"{one}/apology.docx")
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(file.data)).paragraphs)
    assert "Ngày hẹn trả kết quả mới: 01/12/2026." in text
    assert "Ngày 02/11/2026" in text
    assert "hẹn trả kết quả ngày 10/11/2026" in text
    assert "H32-00001" in text
    assert post(head, one, f"{one}/apology/sent", sent_on="2026-11-26").status_code == 400
    assert post(head, one, f"{one}/apology/sent", sent_on="2026-11-25").status_code == 303
    page = words(head.get("/console/dossiers?view=late").text)
    assert ("thư xin lỗi" in page.split("Cần làm")[1], "chưa giải trình" in page) == (False, True)
    assert "Đã gửi ngày 25/11/2026." in words(head.get(one).text)
    refused = post(
        head, f"/console/dossiers/{fine}", f"/console/dossiers/{fine}/apology", new_date="2026-12-11"
    )
    assert (refused.status_code, "không trễ hẹn" in refused.text) == (400, True)


@pytest.mark.row("002-16")
def test_the_letter_for_a_dossier_finished_late_names_the_day_and_promises_nothing(
    shelf: Shelf, head: FlaskClient
) -> None:
    (late,) = shelf.put(due="2026-11-10 17:00", received="2026-11-02 08:00", finished="2026-11-12 09:00")
    one = f"/console/dossiers/{late}"
    assert 'name="new_date"' not in head.get(one).text
    assert post(head, one, f"{one}/apology").status_code == 303
    file = head.get(f"{one}/apology.docx")
    text = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(file.data)).paragraphs)
    assert "Kết quả được trả ngày 12/11/2026, chậm so với ngày hẹn." in text
    assert "Ngày hẹn trả kết quả mới" not in text


@pytest.mark.row("002-15")
def test_papers_are_asked_for_in_writing_and_a_second_time_is_a_breach(
    shelf: Shelf, head: FlaskClient
) -> None:
    (once,) = shelf.put(due="2026-12-10 17:00", supplements=1)
    (twice,) = shelf.put(due="2026-12-10 17:00", supplements=2)
    one = f"/console/dossiers/{once}"
    assert "1 lần chưa có số văn bản" in words(head.get(one).text)
    for number in ("", "  ", "--"):
        assert post(head, one, f"{one}/papers", document=number, asked_on="2026-11-20").status_code == 400
    assert post(head, one, f"{one}/papers", document="12/TB-UBND", asked_on="2026-11-20").status_code == 303
    page = words(head.get(one).text)
    assert "Văn bản 12/TB-UBND, ngày 20/11/2026" in page
    assert "trái quy định" not in page
    assert post(head, one, f"{one}/papers", document="15/TB-UBND", asked_on="2026-11-23").status_code == 303
    assert "Văn bản 15/TB-UBND, ngày 23/11/2026 quá 1 lần: trái quy định" in words(head.get(one).text)
    listed = head.get("/console/dossiers?view=supplements").text
    assert (f"/console/dossiers/{twice}" in listed, "H32-00002" in listed) == (True, True)


@pytest.mark.row("002-35")
def test_a_difference_between_paper_and_software_stands_in_a_list_until_it_is_settled(
    shelf: Shelf, head: FlaskClient
) -> None:
    (one_id,) = shelf.put(due="2026-12-10 17:00")
    one, listed = f"/console/dossiers/{one_id}", "/console/dossiers?view=mismatches"
    said = {"on_paper": "finished", "note": "Giấy đã ký trả, phần mềm chưa cập nhật"}
    assert post(head, one, f"{one}/mismatch", **{**said, "note": "x"}).status_code == 400
    assert post(head, one, f"{one}/mismatch", **said).status_code == 303
    assert "H32-00001" in head.get(listed).text
    assert "hồ sơ giấy đã có kết quả. Giấy đã ký trả" in words(head.get(one).text)
    again = post(head, one, f"{one}/mismatch", **said)
    assert "not_done=dossier_said_before" in again.headers["Location"]
    done = post(head, one, f"{one}/mismatch/settle", note="Đã cập nhật phần mềm")
    assert done.status_code == 303
    assert "H32-00001" not in head.get(listed).text
    assert "Khắc phục ngày 25/11/2026: Đã cập nhật phần mềm" in words(head.get(one).text)


@pytest.mark.row("002-32")
def test_a_file_is_looked_at_then_brought_in_and_leaves_no_trace_of_citizens(
    installation: Installation, head: FlaskClient, tmp_path: Path
) -> None:
    rows = [
        row("A-1", procedure=f"Chứng thực (ĐT {CANARIES[1]})", official=f"Bình {CANARIES[2]}"),
        row("A-2", finished=""),
        row(""),
        row("A-3", outcome=f"Trả {CANARIES[1]}"),
    ]
    files = {"m.csv": as_csv(rows), "m.xlsx": as_xlsx(rows)}
    seen = {}
    for name, content in files.items():
        upload = post(
            head, "/console/dossiers/import", "/console/dossiers/import", file=(io.BytesIO(content), name)
        )
        assert upload.status_code == 303
        preview = head.get(upload.headers["Location"]).text
        assert "Cột “Mã hồ sơ” để trống." in preview
        seen[name] = re.findall(r"<b>(\d+)</b>", preview)
        assert not any(canary in preview for canary in CANARIES)
        if name == "m.csv":
            with installation.database.reading() as conn:
                assert conn.execute(select(dossiers)).all() == []
            ordered = post(head, upload.headers["Location"], upload.headers["Location"])
            assert ordered.status_code == 303
            staged = staging(installation)
            assert "Chứng thực (ĐT …)" in staged, "something waits to be searched for canaries"
            assert not any(canary in staged for canary in CANARIES)
            imported(installation)
            done = head.get(ordered.headers["Location"]).text
            assert "Đã nhập hồ sơ" in done
            assert re.findall(r"<b>(\d+)</b>", done) == ["3", "0", "0", "1"]
    assert seen == {"m.csv": ["3", "0", "0", "1"], "m.xlsx": ["0", "0", "3", "1"]}
    with installation.database.reading() as conn:
        kept = repr([conn.execute(select(table)).all() for table in dossiers.metadata.sorted_tables])
        assert conn.execute(select(journal.c.who).where(journal.c.act == "import_dossiers")).all() == [
            ("head_of_desk",)
        ]
    files_kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(canary in kept or canary.encode() in files_kept for canary in CANARIES)
    assert "Nhập gần nhất lúc 25/11/2026" in words(head.get("/console/dossiers").text)


@pytest.mark.row("002-32")
def test_a_file_that_is_none_or_too_large_is_refused_with_a_sentence(head: FlaskClient) -> None:
    page = "/console/dossiers/import"
    files = {
        "Không đọc được tệp": b"\x00\x01\x02" * 50,
        "Không thấy các cột bắt buộc": b"a,b\n1,2\n",
        "Tệp không có dữ liệu": b"",
        "lớn hơn 32 MB": as_csv([row("A-1")]) + b" " * (32 * 1024 * 1024),
    }
    for said, content in files.items():
        answer = send(head, content)
        assert (answer.status_code, said in answer.text) == (400, True), said
    assert "Xin chọn tệp" in post(head, page, page).text
    assert send(head, bytes(34_000_000)).status_code == 413


@pytest.mark.row("002-32")
def test_a_file_that_is_looked_at_never_comes_to_a_disk(
    head: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", opened)
    content = as_csv([row(f"A-{number}") for number in range(9000)])
    assert len(content) > 1_000_000
    assert send(head, content).status_code == 303


@pytest.mark.row("003-07", "003-09")
def test_the_meeting_has_a_record_and_remedies_are_carried_over_while_open(
    shelf: Shelf, head: FlaskClient
) -> None:
    shelf.put(finished="2026-10-10 10:00")
    october = "/console/dossiers/months/2026-10"
    assert "Chưa có biên bản họp tháng này." in head.get(MONTH).text
    seen = {"held_on": "2026-11-24", "present": "Toàn bộ phận", "summary": "Chấn chỉnh việc phát phiếu"}
    for thin in ({"summary": "x"}, {"held_on": "2026-11-26"}, {"present": ""}, {"held_on": "nay"}):
        assert post(head, MONTH, f"{MONTH}/meeting", **seen | thin).status_code == 400, thin
    assert post(head, MONTH, f"{MONTH}/meeting", **seen).status_code == 303
    assert "Họp ngày 24/11/2026. Thành phần: Toàn bộ phận. Chấn chỉnh" in words(head.get(MONTH).text)
    remedy = {"text": "Phát phiếu ngay khi trả kết quả", "owner": "Lê Văn Nam", "due_on": "2026-11-30"}
    assert post(head, october, f"{october}/remedies", **remedy).status_code == 303
    page = head.get(MONTH).text
    assert "chuyển từ tháng 2026-10" in page
    number = re.search(r"remedies/(\d+)", page)
    assert number is not None
    done = f"{MONTH}/remedies/{number.group(1)}"
    assert post(head, MONTH, done, result="x").status_code == 400
    assert post(head, MONTH, done, result="Đã phát đủ phiếu").status_code == 303
    assert "xong ngày 25/11/2026: Đã phát đủ phiếu" in words(head.get(MONTH).text)
    assert "Phát phiếu ngay" not in head.get("/console/dossiers/months/2026-12").text


@pytest.mark.row("001-04")
def test_a_month_outside_the_campaign_says_so_and_a_campaign_is_counted_from_its_first_month(
    installation: Installation, shelf: Shelf, head: FlaskClient
) -> None:
    part = installation.settings.dossiers
    campaign = CampaignPart(first="2026-03", last="2026-10")
    object.__setattr__(installation.settings, "dossiers", part.model_copy(update={"campaign": campaign}))
    shelf.put(4, finished="2026-02-10 10:00")
    shelf.put(4, finished="2026-03-10 10:00", slips=1)
    shelf.put(4, finished="2026-10-10 10:00", slips=1)
    outside = "Tháng này nằm ngoài đợt lấy phiếu (2026-03 đến 2026-10)."
    assert outside in head.get(MONTH).text
    page = words(head.get("/console/dossiers/months/2026-10").text)
    assert outside not in page
    assert "Cộng dồn từ tháng 03/2026: 8 hồ sơ đã giải quyết, 2 phiếu, cần 4: còn thiếu 2 phiếu." in page


@pytest.mark.row("003-05")
def test_the_month_shows_what_is_missing_by_field_and_where_it_is_going(
    shelf: Shelf, head: FlaskClient
) -> None:
    shelf.put(10, finished="2026-11-10 10:00", slips=2)
    shelf.put(4, finished="2026-11-10 10:00", slips=2, field="Đất đai")
    shelf.put(6, finished="2026-10-10 10:00", slips=6)
    page = words(head.get(MONTH).text)
    assert "14 hồ sơ đã giải quyết, 4 phiếu, cần 7: còn thiếu 3 phiếu." in page
    assert "Hộ tịch 10 2 5 3 Đất đai 4 2 2 đủ" in page
    assert "Cộng dồn từ tháng 01/2026: 20 hồ sơ đã giải quyết, 10 phiếu, cần 10: đạt." in page
    assert "Theo tiến độ này, cuối tháng có 16 hồ sơ, 5 phiếu: thiếu 3 phiếu" in page
    assert "Không có hồ sơ." in head.get("/console/dossiers/months/2026-06").text
    assert "còn thiếu 3 phiếu" in words(head.get("/console/dossiers").text)
    for odd in ("2026-13", "11-2026", "x", "2026-1"):
        assert head.get(f"/console/dossiers/months/{odd}").status_code == 404


@pytest.mark.row("001-20", "002-31")
def test_handling_time_and_lateness_are_shown_by_month_and_before_and_after(
    shelf: Shelf, head: FlaskClient
) -> None:
    shelf.put(2, received="2026-08-01 08:00", due="2026-08-05 17:00", finished="2026-08-11 08:00")
    shelf.put(2, received="2026-11-02 08:00", due="2026-11-05 17:00", finished="2026-11-04 08:00")
    shelf.put(2, received="2026-11-02 08:00", finished="2026-11-04 08:00", supplements=1)
    page = head.get("/console/dossiers/figures?since=2026-10").text
    assert "<svg" in page
    assert "11/2026 4 0 2,0 50,0 %" in words(page)
    assert "08/2026 2 2 10,0 0,0 %" in words(page)
    assert "Đăng ký khai sinh 2 → 4 2 → 0 10,0 → 2,0 0,0 % → 50,0 %" in words(page)
    assert "Nguyễn Thị Bình" in head.get("/console/dossiers/figures?since=2026-10&by=official").text
    for odd in ("?since=x", "?since=2099-12", "?by=id"):
        assert head.get(f"/console/dossiers/figures{odd}").status_code == 200


def test_lists_go_on_from_the_last_row_and_a_reference_leads_to_its_dossier(
    shelf: Shelf, head: FlaskClient
) -> None:
    ids = [*shelf.put(30, due="2026-11-10 17:00"), *shelf.put(30, due="2026-11-11 17:00")]
    seen: list[str] = []
    page = head.get("/console/dossiers?view=late").text
    while True:
        seen += re.findall(r'data-label="Mã hồ sơ"><a href="/console/dossiers/(\d+)"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        if more is None:
            break
        page = head.get(more.group(1).replace("&amp;", "&")).text
    assert seen == [str(one) for one in ids]
    found = head.get("/console/dossiers?reference=h32-00007")
    assert found.headers["Location"].endswith(f"/console/dossiers/{ids[6]}")
    assert "H32-00011" in head.get("/console/dossiers?reference=H32-0001").text
    assert "Không có hồ sơ mã" in head.get("/console/dossiers?reference=%25_X").text
    for odd in ("after=x", "after=2026-11-10~1", "view=x", "after=2026-11-10T00:00:00%2B00:00~" + "9" * 30):
        assert head.get(f"/console/dossiers?{odd}").status_code == 200, odd
