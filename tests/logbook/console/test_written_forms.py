"""The log of forms takes no amount of money and nothing the law excludes, however either is written."""

from __future__ import annotations

import unicodedata

import pytest

from logbook.installation import Installation
from tests.logbook.console.conftest import SignIn
from tests.logbook.console.test_team_pages import FORM, hire, send

MONEY = (
    *(
        "thu 50k",
        "50 K",
        "50.000 đ",
        "50.000đ",
        "50000 đồng",
        "50 nghìn",
        "50 ngàn đồng",
        "0,5 triệu",
        "5 chục",
    ),
    *(
        "năm chục",
        "Năm Chục",
        "nam chuc",
        "năm mươi nghìn",
        "nam muoi nghin dong",
        "một trăm nghìn",
        "hai trăm",
    ),
    *(
        "năm mươi đồng",
        "５０ｋ",
        "５０．０００ đ",
        "50\u200bk",
        "50.000",
        "₫50",
        "50 ₫",
        "50$",
        "vài chục ngàn",
    ),
    *(
        "30.000 VND",
        "ba mươi ngàn",
        "2 tr",
        "50 000 đồng",
        "mấy chục nghìn",
        unicodedata.normalize("NFD", "năm chục"),
    ),
)
HONEST = (
    *("Đăng ký khai sinh", "Chứng thực bản sao từ bản chính", "Đăng ký kết hôn có yếu tố nước ngoài"),
    *(
        "Chúc thọ người tròn 100 tuổi",
        "Cấp giấy chứng nhận theo Nghị định 118/2025/NĐ-CP",
        "Mẫu 02/ĐK",
        "Tờ khai số 3",
    ),
    *("Xác nhận hộ nghèo năm 2026", "Công ty TNHH một thành viên", "Trợ cấp một lần", "Quốc tịch Việt Nam"),
    *(
        "Giao đất khu 5 dân cư",
        "Thửa đất số 12, tờ bản đồ số 5",
        "Hỗ trợ trẻ em dưới 6 tuổi",
        "Đổi tên đường 30/4",
    ),
)
CODES = ("TN-0042", "H32.25.120-230101-0001", "000.01.05.H32-261126-0003", "12/2026", "50K-12")
EXCLUDED = (
    *(
        "Di chúc",
        "DI-CHÚC",
        "di.chúc",
        "Lập di_chúc miệng",
        "ｄｉ ｃｈúｃ",
        "di\u200b chúc",
        "chung thuc di  chuc",
    ),
    *(unicodedata.normalize("NFD", "Di chúc"), "Chứng thực (di chúc)", "di\u00a0chúc"),
)


@pytest.mark.row("001-10")
def test_an_amount_of_money_is_refused_in_every_field_and_in_every_spelling(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    member = signed_in("team_member")
    wrong = []
    tried = [("procedure", f"Đăng ký khai sinh, {amount}") for amount in MONEY]
    tried += [("receipt", MONEY[0]), ("field", MONEY[9]), ("receipt", MONEY[17]), ("procedure", MONEY[10])]
    for name, text in tried:
        answer = send(member, "/console/forms", {**FORM, name: text})
        said = "không ghi số tiền vào sổ" in answer.text
        wrong += [(name, text, answer.status_code)] * (answer.status_code != 400 or not said)
    assert wrong == []
    assert "Tuần này chưa có trường hợp nào." in member.get("/console/forms").text


@pytest.mark.row("001-08")
def test_honest_procedures_and_codes_of_receipts_are_not_taken_for_money(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    member = signed_in("team_member")
    refused = [
        fields
        for fields in (
            *({"procedure": one} for one in HONEST),
            *({"receipt": one} for one in CODES),
        )
        if send(member, "/console/forms", {**FORM, **fields}).status_code != 303
    ]
    assert refused == []


@pytest.mark.row("001-09")
def test_what_the_law_excludes_is_refused_whatever_stands_between_its_letters_and_in_whatever_field(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    member = signed_in("team_member")
    tried = [{"procedure": one} for one in EXCLUDED] + [{"procedure": "Viết giấy tờ", "field": "Di chúc"}]
    answers = [(fields, send(member, "/console/forms", {**FORM, **fields})) for fields in tried]
    assert [fields for fields, answer in answers if "Điều 633" not in answer.text] == []
    assert {answer.status_code for _, answer in answers} == {400}
    other = send(member, "/console/forms", {**FORM, "procedure": "Dịch thuật, chứng thực bản dịch"})
    assert other.status_code == 303


@pytest.mark.row("001-08")
def test_a_procedure_written_before_is_taken_again_with_one_choice(
    signed_in: SignIn, installation: Installation
) -> None:
    hire(installation)
    member = signed_in("team_member")
    assert 'name="again"' not in member.get("/console/forms").text
    for procedure, field in (("Đăng ký khai sinh", "Hộ tịch"), ("Chứng thực bản sao", "Tư pháp")):
        send(member, "/console/forms", {**FORM, "procedure": procedure, "field": field})
    page = member.get("/console/forms").text
    assert page.index('value="2"> Chứng thực bản sao') < page.index('value="1"> Đăng ký khai sinh')
    again = {**FORM, "procedure": "", "field": "Tư pháp", "again": "1"}
    assert send(member, "/console/forms", again).status_code == 303
    listed = member.get("/console/forms").text.partition('id="form-3"')[2].partition("</tr>")[0]
    assert "Đăng ký khai sinh" in listed
    assert "Hộ tịch" in listed, "the field of that procedure, not the one that stood there"
    for bad in ("999", "x", "", "9" * 30):
        assert send(member, "/console/forms", {**again, "again": bad}).status_code == 400, bad
