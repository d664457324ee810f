"""Forty slips photographed by telephone and sent from a real browser: six are asked, the quota is right."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import expect

from logbook.ratings import instruments, slip_lookup
from logbook.ratings.paper import printed, readings
from logbook.ratings.paper.printed import BlankSlip
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import Keyboard, follow
from tests.logbook.ratings import photographed
from tests.logbook.ratings.photographed import Filled, Light
from tests.one_stop_desk import dossiers_of

COUNT, ASKED = 40, 6
MARKS = (5, 4, 3, 2, 1)


def photographs(office: Office, folder: Path) -> list[Path]:
    """Two slips on each photograph; on the first six somebody struck a mark out."""
    settings = office.hotline.settings
    with office.hotline.database.writing() as conn:
        references = dossiers_of(conn, COUNT)
        form = instruments.for_slips(settings)
        instruments.install(conn, [form], office.hotline.clock.now())
        blanks = [BlankSlip(f"P-{n:04d}", one) for n, one in enumerate(references, 1)]
        printed.record(conn, blanks, form, None, office.hotline.clock.now())
    agency, files = settings.office.agency, []
    for first in range(1, COUNT + 1, 2):
        papers = []
        for n in (first, first + 1):
            struck = {1: 2} if n <= ASKED else {}
            slip = Filled(f"P-{n:04d}", MARKS, styles=["cross"], crossed_out=struck)
            papers.append(photographed.filled(slip, Random(n), agency=agency))
        file = folder / f"IMG_{first:04d}.jpg"
        file.write_bytes(photographed.photograph(papers, first, Light(0.4, size=(2000, 1500))))
        files.append(file)
    return files


@pytest.mark.proof
@pytest.mark.row("003-01")
@pytest.mark.row("003-05")
def test_forty_slips_photographed_six_typed_and_the_quota_on_the_first_page_is_right(
    office: Office, visit: Visit, tmp_path: Path
) -> None:
    files = photographs(office, tmp_path)
    page = visit("head_of_desk")
    page.goto("/console/")
    expect(page.locator("main")).to_contain_text("còn thiếu 20")
    page.goto("/console/slips/photos")
    page.set_input_files("#photos", files)
    page.click("[data-photos] button")
    page.wait_for_selector("#sure")
    expect(page.locator("#asked .count")).to_have_text(str(ASKED))
    expect(page.locator("#sure .count")).to_have_text(str(COUNT - ASKED))
    keys = Keyboard(page)
    follow(page.get_by_role("link", name="Xem lần lượt từng phiếu"))
    for left in range(ASKED, 0, -1):
        expect(page.locator("img.slip-crop")).to_have_count(1)
        keys.type("4", into="#a2")
        keys.press("Enter", "Enter", "Enter")
        number = page.locator("h1").inner_text()
        keys.follow("Enter", at="[data-next]")
        if left > 1:
            expect(page.locator("h1")).not_to_have_text(number)
    assert "/slips/photos?" in page.url
    follow(page.get_by_role("button", name=f"Xác nhận {COUNT - ASKED} phiếu"))
    expect(page.get_by_role("status").first).to_have_text("Đã ghi phiếu vào sổ và xoá ảnh.")
    with office.hotline.database.reading() as conn:
        entered = slip_lookup.recent(conn, 99)
        assert readings.count(conn) == 0
    assert {one.number: (one.reference, one.answers) for one in entered} == {
        f"P-{n:04d}": (f"H{n:04d}", MARKS) for n in range(1, COUNT + 1)
    }
    page.goto("/console/")
    expect(page.locator("main")).to_contain_text(f"{COUNT} phiếu")
    expect(page.locator("main")).not_to_contain_text("còn thiếu")


@pytest.mark.proof
def test_without_script_photographs_are_sent_in_one_form(
    office: Office, visit: Visit, tmp_path: Path
) -> None:
    files = photographs(office, tmp_path)[:3]
    page = visit("desk_officer", java_script_enabled=False)
    page.goto("/console/slips/photos")
    page.set_input_files("#photos", files)
    page.click("[data-photos] button")
    page.wait_for_selector("#asked")
    expect(page.locator("#asked .count")).to_have_text(str(ASKED))
