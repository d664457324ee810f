"""Printed things: a template and its data become a PDF, with every Vietnamese letter and nothing run."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logbook import printing
from logbook.printing.codes import qr_svg
from tests.logbook.printing.printed import words

AT = datetime(2026, 11, 30, 1, 0, 0, 5, tzinfo=UTC)
CARD = {
    "paper": "a5",
    "agency": "Ủy ban nhân dân xã Đại Lãnh",
    "title": "Đánh giá sự phục vụ",
    "place": "Quầy số 2 – Tư pháp, hộ tịch",
    "about": "",
    "qr": qr_svg("http://192.168.1.10/r/quay-2"),
    "code_says": "Hoặc gõ mã này:",
    "code": "QUAY-2",
    "address": "http://192.168.1.10/r",
    "steps": ["Quét mã", "Chọn mức độ hài lòng", "Bấm Gửi"],
    "foot": "Tổng đài 0258 3949 309",
}


def test_every_vietnamese_letter_of_the_data_stands_whole_on_the_page(tmp_path: Path) -> None:
    letters = "ăâđêôơư ĂÂĐÊÔƠƯ áàảãạ ắằẳẵặ ấầẩẫậ éèẻẽẹ ếềểễệ íìỉĩị óòỏõọ ốồổỗộ ớờởỡợ úùủũụ ứừửữự ýỳỷỹỵ"
    text = words(printing.pdf("rating_card", CARD | {"place": letters}, AT), tmp_path)
    assert set(letters.split()) - set(text.split()) == set()


def test_words_of_people_are_printed_as_they_were_typed_and_never_run(tmp_path: Path) -> None:
    hostile = '#panic("x") $x^2$ *đậm* <nhãn> @ai `mã` \\ #read("base.typ")'
    text = words(printing.pdf("rating_card", CARD | {"place": hostile}, AT), tmp_path)
    assert " ".join(hostile.split()) in " ".join(text.replace("“", '"').replace("”", '"').split())


def test_the_same_data_and_moment_make_the_same_bytes() -> None:
    first = printing.pdf("rating_card", CARD, AT)
    assert first.startswith(b"%PDF-")
    assert first == printing.pdf("rating_card", CARD, AT)


def test_without_the_extra_a_clear_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(printing.PrintingMissingError, match="printing_missing"):
        printing.pdf("rating_card", CARD, AT)
