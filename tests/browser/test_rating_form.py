"""A citizen with a telephone rates an official from the QR code read off the printed sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from logbook.database.tables import officials, responses, token_ratings
from logbook.ratings import places, tokens
from logbook.ratings.places import PlaceKind
from logbook.reports.survey import rating_prints
from logbook.reports.survey.rating_prints import RatingPrint
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import follow
from tests.logbook.printing import printed


@pytest.mark.proof
@pytest.mark.row("004-01")
@pytest.mark.row("004-04")
@pytest.mark.row("004-14")
def test_a_telephone_rates_an_official_from_the_code_read_off_the_printed_sheet(
    office: Office, visit: Visit, tmp_path: Path
) -> None:
    hotline, now = office.hotline, office.hotline.clock.now()
    with hotline.database.writing() as conn:
        place = places.make(conn, PlaceKind.COUNTER, "Quầy số 2", None, "x", now)
        token = tokens.make(conn, 1, "x", now)[0]
        binh = conn.execute(select(officials.c.id, officials.c.name).where(officials.c.key == "binh")).one()
    says = hotline.texts["vi"].sentence
    sheet = rating_prints.printed(
        RatingPrint.STEPS, hotline.settings, place, lambda key, **told: says(key, told), now
    )
    read = printed.decoded(printed.pages(sheet, tmp_path)[0])
    assert read == [f"{hotline.settings.form_url}/r/{place.code}"]
    page = visit(phone=True)
    taken: list[int] = []
    page.on("response", lambda answer: taken.append(len(answer.body())))
    page.goto(f"/r/{read[0].rpartition('/')[2]}")
    assert Axe().run(page).violations_count == 0
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label(binh.name).check()
    for group, mark in zip(
        ("Thái độ", "Tình trạng", "Liên hệ"), ("Rất hài lòng", "Hài lòng", "Bình thường"), strict=True
    ):
        page.get_by_role("group", name=group).get_by_label(mark, exact=True).check()
    page.get_by_label("Ý kiến thêm").fill("Hướng dẫn dễ hiểu.")
    page.get_by_label("Mã dùng một lần").fill(f"{token[:4]}-{token[4:8]}-{token[8:]}")
    follow(page.get_by_role("button", name="Gửi đánh giá"))
    expect(page.get_by_role("status")).to_contain_text("Xin cảm ơn")
    assert page.context.cookies() == []
    assert sum(taken) < 60_000
    with hotline.database.reading() as conn:
        kept = conn.execute(
            select(token_ratings.c.official_id, token_ratings.c.comment, responses.c.channel).join(
                responses, responses.c.id == token_ratings.c.response_id
            )
        ).one()
    assert tuple(kept) == (binh.id, "Hướng dẫn dễ hiểu.", "qr")
