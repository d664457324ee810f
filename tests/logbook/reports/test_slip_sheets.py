"""Slips to be printed: A5, one a page, or two on A4; the number at every corner, all letters whole."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from logbook.console.words import Words
from logbook.ratings import instruments
from logbook.ratings.paper.layout import CORNERS, CornerCode, SlipLayout, office_of
from logbook.ratings.paper.printed import BlankSlip
from logbook.reports.survey import slip_sheets
from logbook.texts.catalogue import load_texts
from tests.logbook.ratings import photographed
from tests.unavailable import unavailable

AT = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
SLIPS = [BlankSlip("P-0001"), BlankSlip("P-0002", "H32.14-261120-0007"), BlankSlip("P-0003")]


def made(key: str, *, two: bool = False) -> bytes:
    asked = next(one for one in instruments.shipped() if one.key == key)
    words = Words(load_texts()["vi"])
    return slip_sheets.pdf("Ủy ban nhân dân xã Đại Lãnh", asked, SLIPS, words, AT, two=two)


def text_of(pdf: bytes, folder: Path) -> str:
    tool = shutil.which("pdftotext") or unavailable("no pdftotext on this machine")
    (folder / "printed.pdf").write_bytes(pdf)
    command = [tool, "-layout", str(folder / "printed.pdf"), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@pytest.mark.row("003-01")
@pytest.mark.row("003-02")
def test_a_slip_says_its_number_its_items_and_what_it_rests_on(tmp_path: Path) -> None:
    words = " ".join(text_of(made("thuong-lo-5"), tmp_path).split())
    wanted = [f"Số phiếu: {one.number}" for one in SLIPS]
    wanted += ["2709/QĐ-UBND ngày 17/11/2017", "ỦY BAN NHÂN DÂN XÃ ĐẠI LÃNH", "H32.14-261120-0007"]
    wanted += ["1. Nơi đón tiếp của Bộ phận Tiếp nhận và trả kết", "5. Mức độ đơn giản/phức tạp"]
    assert [one for one in wanted if one not in words] == []


@pytest.mark.parametrize("key", ["thuong-lo-5", "sipas-6"])
def test_every_slip_is_one_page_of_a5_or_half_a_page_of_a4(key: str, tmp_path: Path) -> None:
    tool = shutil.which("pdfinfo") or unavailable("no pdfinfo on this machine")
    sizes = {}
    for two in (False, True):
        (tmp_path / "printed.pdf").write_bytes(made(key, two=two))
        command = [tool, "-l", "9", str(tmp_path / "printed.pdf")]
        seen = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        found = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+) pts", seen)
        sizes[two] = [tuple(round(float(each) * 25.4 / 72) for each in size) for size in found]
    assert sizes == {False: [(148, 210)] * 3, True: [(297, 210)] * 2}


def test_the_code_at_each_corner_says_office_number_form_and_corner_and_stands_in_its_place() -> None:
    page = photographed.blank("P-0001")
    form = SlipLayout(5, 5)
    seen = {}
    for each in zxingcpp.read_barcodes(np.asarray(page)):
        code = CornerCode.of_text(each.text)
        assert code is not None
        seen[code.corner] = code
        area, at = form.codes[code.corner], each.position.top_left
        assert abs(at.x / photographed.PX - area.left) < 0.5
        assert abs(at.y / photographed.PX - area.top) < 0.5
    office = office_of(photographed.AGENCY)
    assert seen == {corner: CornerCode(office, "P-0001", 5, 5, corner) for corner in CORNERS}


def test_boxes_are_printed_where_the_reader_looks_for_them() -> None:
    page = np.asarray(photographed.blank("P-0001"))
    form = SlipLayout(5, 5)
    light = []
    for area in (*(box for row in form.boxes for box in row), *form.respondents):
        left, top, right, bottom = (
            round(each * photographed.PX) for each in (area.left, area.top, area.right, area.bottom)
        )
        edge = page[top + 2, left + 8 : right - 8].mean(), page[top + 8 : bottom - 8, left + 2].mean()
        if max(edge) > 60 or page[top + 8 : bottom - 8, left + 8 : right - 8].mean() < 250:
            light.append(area)
    assert light == []


def test_a_code_of_anybody_else_is_none_of_ours() -> None:
    for text in (
        "",
        "P-0001#1",
        "https://example.vn",
        "TD155/AAAA/P-1/5",
        "TD1ZZ/AAAA/P-1/1",
        "TD155//P-1/1",
        "TD155/A//1",
    ):
        assert CornerCode.of_text(text) is None, text
    for number in ("P-0001", "A/B/7", "Đ-01"):
        code = CornerCode("K7QX", number, 6, 5, "3")
        assert CornerCode.of_text(code.text) == code


def test_words_of_the_office_stay_words(tmp_path: Path) -> None:
    hostile = '#panic("x") *a* $x$ <b>'
    form = next(one for one in instruments.shipped() if one.key == "thuong-lo-5")
    words = Words(load_texts()["vi"])
    file = slip_sheets.pdf(hostile, form, [BlankSlip("#P-1", "$H*1")], words, AT, two=False)
    seen = text_of(file, tmp_path)
    assert "#P-1" in seen
    assert "$H*1" in seen
