"""Paper slips in the console: entered, refused with a sentence, corrected, taken out, entered twice."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.installation import Installation
from logbook.ratings import instruments, slip_lookup, slip_values
from logbook.ratings.slip_values import PaperSlip
from logbook.settings.dossiers import CampaignPart
from tests.logbook.console.conftest import SignIn, form_token
from tests.one_stop_desk import dossier, dossiers_of

MARKS = {"a1": "5", "a2": "4", "a3": "3", "a4": "2", "a5": "1"}
ONE = {"number": "P-0001", "reference": "H0001", "respondent": "individual", **MARKS}


@pytest.fixture
def ledger(installation: Installation) -> Installation:
    """An office with its instruments, three finished dossiers and one that is not."""
    now = installation.clock.now()
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(installation.settings).values(), now)
        dossiers_of(conn, 3)
        dossier(conn, "H0009", None)
    return installation


def send(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    token = form_token(browser.get("/console/slips/new").text)
    seal = re.search(r'name="seal" value="([^"]+)"', browser.get("/console/slips/new").text)
    extra = {"seal": seal.group(1)} if seal else {}
    return browser.post(f"/console/slips/{path}", data={"form_token": token, **extra, **form})


def told(answer: TestResponse) -> str:
    return html.unescape(answer.text)


def stored(ledger: Installation, number: str = "P-0001") -> PaperSlip:
    with ledger.database.reading() as conn:
        found = slip_lookup.of_number(conn, number)
    assert found is not None
    return found


@pytest.mark.row("003-01")
@pytest.mark.row("003-02")
def test_the_form_asks_exactly_the_five_items_of_the_slip(ledger: Installation, signed_in: SignIn) -> None:
    page = told(signed_in("desk_officer").get("/console/slips/new"))
    items = re.findall(r'<label for="a\d">([^<]+)</label>', page)
    desk = "của cán bộ, công chức làm việc tại Bộ phận Tiếp nhận và trả kết quả"
    assert items == [
        "Nơi đón tiếp của Bộ phận Tiếp nhận và trả kết quả",
        f"Thái độ phục vụ, hướng dẫn giải quyết thủ tục hành chính {desk}",
        f"Thái độ tiếp nhận, trả kết quả giải quyết thủ tục hành chính {desk}",
        "Thời gian xử lý, hoàn trả kết quả giải quyết thủ tục hành chính",
        "Mức độ đơn giản/phức tạp của hồ sơ thủ tục hành chính",
    ]
    assert "2709/QĐ-UBND ngày 17/11/2017" in page


@pytest.mark.row("003-03")
@pytest.mark.row("003-04")
def test_a_slip_of_a_finished_dossier_is_kept_and_the_next_number_waits(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    answer = send(clerk, "new", **ONE | {"respondent": "organisation", "comment": "Tốt lắm."})
    assert answer.status_code == 303
    slip = stored(ledger)
    assert (slip.reference, slip.respondent, slip.answers) == ("H0001", "organisation", (5, 4, 3, 2, 1))
    assert (slip.comment, slip.entered_by, slip.valid) == ("Tốt lắm.", "Người desk_officer", True)
    page = clerk.get(answer.headers["Location"]).text
    assert 'name="number" value="P-0002"' in page
    assert "5 4 3 2 1" in " ".join(page.split())
    listed = told(clerk.get("/console/slips?q=h0001"))
    assert "P-0001" in listed
    assert "Tổ chức" in listed


@pytest.mark.row("003-03")
def test_what_no_slip_can_be_is_refused_with_a_sentence_and_the_words_stay(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    assert send(clerk, "new", **ONE).status_code == 303
    cases = {
        "Hồ sơ H0009 chưa trả kết quả": {"number": "P-2", "reference": "h0009"},
        "Hồ sơ H0001 đã có phiếu P-0001. Mỗi hồ sơ chỉ một phiếu.": {"number": "P-2"},
        "Hồ sơ H0001 đã có phiếu P-0001": {"number": "P-2", "reference": " h 0001 "},
        "Không có hồ sơ X1 trong sổ": {"number": "P-2", "reference": "x1"},
        "Phiếu P-0001 đã được nhập": {"number": "p-0001 ", "reference": "H0002"},
        "Xin ghi mã hồ sơ": {"number": "P-2", "reference": " "},
        "Số phiếu không được để trống": {"number": " ", "reference": "H0002"},
        "Mục 3: điểm phải từ 1 đến 5": {"number": "P-2", "reference": "H0002", "a3": "6"},
        "Mục 2: xin ghi điểm bằng một chữ số": {"number": "P-2", "reference": "H0002", "a2": "x"},
        "Mục 5: xin ghi điểm bằng một chữ số": {"number": "P-2", "reference": "H0002", "a5": "²"},
        "Phiếu trắng không được tính": {"number": "P-2", "reference": "H0002", **dict.fromkeys(MARKS, "0")},
    }
    wrong = {}
    for sentence, form in cases.items():
        answer = send(clerk, "new", **ONE | {"comment": "giữ lại <b>lời này</b>"} | form)
        if (answer.status_code, sentence in told(answer)) != (400, True):
            wrong[sentence] = answer.status_code
        assert "giữ lại <b>lời này</b>" in told(answer)
        assert "<b>lời này" not in answer.text
    assert wrong == {}
    with ledger.database.reading() as conn:
        assert [each.number for each in slip_lookup.recent(conn, 9)] == ["P-0001"]


@pytest.mark.row("001-04")
def test_a_slip_outside_the_campaign_is_kept_and_marked(ledger: Installation, signed_in: SignIn) -> None:
    clerk = signed_in("desk_officer")
    part = ledger.settings.dossiers
    for last, marked in (("2026-11", False), ("2026-10", True)):
        months = CampaignPart(first="2026-01", last=last)
        object.__setattr__(ledger.settings, "dossiers", part.model_copy(update={"campaign": months}))
        number = f"P-{last[-2:]}"
        answer = send(clerk, "new", **ONE | {"number": number, "reference": f"H000{int(last[-2:]) - 9}"})
        assert ("ngoài đợt lấy phiếu" in told(clerk.get(answer.headers["Location"]))) is marked
        assert ("ngoài đợt lấy phiếu" in told(clerk.get(f"/console/slips?q={number}"))) is marked
        assert stored(ledger, number).valid


def test_an_item_left_out_is_no_answer(ledger: Installation, signed_in: SignIn) -> None:
    assert send(signed_in("desk_officer"), "new", **ONE | {"a2": "", "a3": "0"}).status_code == 303
    assert stored(ledger).answers == (5, None, None, 2, 1)


def test_a_slip_is_corrected_under_its_version_and_the_journal_says_from_what_to_what(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    send(clerk, "new", **ONE)
    slip = stored(ledger)
    good = ONE | {"version": "1", "a5": "5", "reference": "H0002"}
    assert send(clerk, str(slip.id), **good).status_code == 303
    assert (stored(ledger).answers, stored(ledger).reference) == ((5, 4, 3, 2, 5), "H0002")
    late = send(clerk, str(slip.id), **ONE | {"version": "1", "a1": "1"})
    assert (late.status_code, "vừa được người khác sửa" in told(late)) == (409, True)
    with ledger.database.reading() as conn:
        line = audit_log.recent(conn, 1, act="change_slip")[0]
    assert '"54321 > 54325"' in line.details
    assert '"H0001 > H0002"' in line.details


def test_a_slip_taken_out_frees_its_dossier_and_stays_to_be_seen(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    send(clerk, "new", **ONE)
    slip = stored(ledger)
    assert send(clerk, f"{slip.id}/void", version="1", reason=" ").status_code == 400
    assert send(clerk, f"{slip.id}/void", version="1", reason="Người dân xin rút").status_code == 303
    assert not stored(ledger).valid
    page = told(clerk.get(f"/console/slips/{slip.id}"))
    assert "Người dân xin rút" in page
    assert send(clerk, "new", **ONE | {"number": "P-0002"}).status_code == 303


def test_a_second_entry_that_differs_is_listed_until_one_of_both_is_mended(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk, other = signed_in("desk_officer"), signed_in("clerk")
    for number in (1, 2):
        send(clerk, "new", **ONE | {"number": f"P-000{number}", "reference": f"H000{number}"})
    assert "check" in send(other, "check", **ONE).headers["Location"]
    second = ONE | {"number": "p-0002", "reference": "H0003", "a4": "4"}
    assert "differences" in send(other, "check", **second).headers["Location"]
    page = told(other.get("/console/slips/differences"))
    assert "P-0002" in page
    assert "P-0001" not in page
    assert "2 phiếu đã nhập lần hai" in page
    assert '<b class="state due-soon">H0003</b>' in page
    assert '<b class="state due-soon">4</b>' in page
    slip = stored(ledger, "P-0002")
    send(clerk, str(slip.id), **second | {"number": "P-0002", "version": "1"})
    assert "Hai lần nhập giống nhau." in told(clerk.get("/console/slips/differences"))
    assert send(other, "check", **ONE | {"number": "P-7"}).status_code == 400


@pytest.mark.row("T-10")
def test_who_may_only_see_slips_changes_none(ledger: Installation, signed_in: SignIn) -> None:
    send(signed_in("desk_officer"), "new", **ONE)
    auditor = signed_in("auditor")
    page = auditor.get(f"/console/slips/{stored(ledger).id}").text
    assert 'name="version"' not in page
    assert auditor.get("/console/slips").status_code == 200
    assert auditor.get("/console/slips/new").status_code == 403
    assert signed_in("team_member").get("/console/slips").status_code == 403


def test_the_next_number_counts_on_and_is_empty_where_nothing_counts() -> None:
    assert [slip_values.next_number(each) for each in ("P-0099", "9", "A1B", "", "0" * 40)] == [
        "P-0100",
        "10",
        "",
        "",
        "",
    ]


def test_slips_are_printed_in_batches_that_go_on_where_the_last_one_ended(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    assert 'value="P-0001"' in clerk.get("/console/slips/print").text
    printed = send(clerk, "print", first="p-0001", count="3")
    assert printed.headers["Content-Disposition"] == "attachment; filename=phieu-P-0001-P-0003.pdf"
    assert 'value="P-0004"' in clerk.get("/console/slips/print").text
    with ledger.database.reading() as conn:
        assert '"last": "P-0003"' in audit_log.recent(conn, 1, act="print_slips")[0].details
    for wrong in (
        {"first": "A", "count": "3"},
        {"first": "P-1", "count": "201"},
        {"first": "", "count": "1"},
    ):
        answer = send(clerk, "print", **wrong)
        assert (answer.status_code, "từ 1 đến 200 phiếu" in told(answer)) == (400, True), wrong
    assert send(clerk, "print", first="P-1", count="x").status_code == 400


@pytest.mark.row("003-03")
def test_slips_are_printed_for_finished_dossiers_that_have_none(
    ledger: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    send(clerk, "new", **ONE)
    offered = told(clerk.get("/console/slips/print?dossiers=finished"))
    assert ">H0002\nH0003</textarea>" in offered
    printed = send(clerk, "print", first="P-0101", count="", references="h0002\n\nH0003 \n", paper="a4")
    assert printed.headers["Content-Disposition"] == "attachment; filename=phieu-P-0101-P-0102.pdf"
    assert "H0002" not in clerk.get("/console/slips/print?dossiers=finished").text
    assert send(clerk, "print", first="P-0101", references="H0002").status_code == 200
    for first, reference, sentence in (
        ("P-0101", "H0003", "Số phiếu P-0101 đã được in cho hồ sơ khác"),
        ("P-0200", "H7777", "Không có hồ sơ H7777 trong sổ"),
    ):
        answer = send(clerk, "print", first=first, references=reference)
        assert (answer.status_code, sentence in told(answer)) == (400, True), sentence
        assert f">{reference}</textarea>" in told(answer)
