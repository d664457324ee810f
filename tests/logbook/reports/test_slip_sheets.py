"""Slips to be printed: A5, one a page, the number at every corner."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pytest
import segno
from docx import Document

from logbook.console.words import Words
from logbook.ratings import instruments
from logbook.reports.survey import slip_sheets
from logbook.texts.catalogue import load_texts

NUMBERS = ["P-0001", "P-0002", "P-0003"]


def made(key: str) -> bytes:
    asked = next(one for one in instruments.shipped() if one.key == key)
    return slip_sheets.written("Ủy ban nhân dân xã Đại Lãnh", asked, NUMBERS, Words(load_texts()["vi"]))


@pytest.mark.row("003-02")
def test_a_slip_is_a5_and_carries_its_number_its_items_and_what_it_rests_on() -> None:
    document = Document(io.BytesIO(made("thuong-lo-5")))
    section = document.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (148, 210)
    words = "\n".join(each.text for each in document.paragraphs)
    assert [f"Số phiếu: {number}" in words for number in NUMBERS] == [True] * 3
    above, items, _ = document.tables[:3]
    assert "2709/QĐ-UBND ngày 17/11/2017" in above.rows[0].cells[1].text
    asked = next(one for one in instruments.shipped() if one.key == "thuong-lo-5")
    assert [row.cells[0].text for row in items.rows] == [
        f"{place}. {one.name}" for place, one in enumerate(asked.criteria, 1)
    ]
    assert [cell.text for cell in items.rows[0].cells[1:]] == [f"{mark}\n☐" for mark in range(1, 6)]


def test_the_code_at_each_corner_says_number_and_corner() -> None:
    document = Document(io.BytesIO(made("thuong-lo-5")))
    pictures = {part.blob for part in document.part.package.image_parts}
    wanted = set()
    for number in NUMBERS:
        for corner in "1234":
            image = io.BytesIO()
            segno.make(f"{number}#{corner}", error="m", micro=False).save(
                image, kind="png", scale=8, border=4
            )
            wanted.add(image.getvalue())
    assert pictures == wanted
    assert len(wanted) == 12


@pytest.mark.proof
@pytest.mark.parametrize("key", ["thuong-lo-5", "sipas-6"])
def test_every_slip_is_one_page(key: str, tmp_path: Path, libreoffice: str) -> None:
    file = tmp_path / "slips.docx"
    file.write_bytes(made(key))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        libreoffice,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    printed = (tmp_path / "slips.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == len(NUMBERS)
