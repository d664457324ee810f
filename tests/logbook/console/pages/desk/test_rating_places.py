"""Codes of places: made at the desk, printed as poster, card and three steps, closed again."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from logbook.installation import Installation
from logbook.officials import first_filling, register
from logbook.ratings import places
from logbook.ratings.places import PlaceKind
from logbook.reports.survey import rating_prints
from logbook.reports.survey.rating_prints import RatingPrint
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.printing import printed

INSIDE = "http://192.168.1.10:8000"


@pytest.mark.row("004-01")
def test_the_desk_makes_codes_for_office_counter_and_official_and_closes_one(
    installation: Installation, signed_in: SignIn
) -> None:
    with installation.database.writing() as conn:
        first_filling.fill(conn, installation.settings, installation.clock.now())
        binh = register.of_key(conn, "binh")
    assert binh is not None
    desk = signed_in("desk_officer")
    token = form_token(desk.get("/console/rating-places").text)

    def send(path: str, form: dict[str, str]) -> int:
        return desk.post(path, data={"form_token": token, **form}).status_code

    for form in (
        {"kind": "office", "name": "Trụ sở UBND xã"},
        {"kind": "counter", "name": "Quầy số 2"},
        {"kind": "official", "official": str(binh.id)},
    ):
        assert send("/console/rating-places", form) == 303
    for form in ({"kind": "counter"}, {"kind": "official"}, {"kind": "x", "name": "y"}):
        assert send("/console/rating-places", form) == 400
    page = html.unescape(desk.get("/console/rating-places").text)
    with installation.database.reading() as conn:
        made = places.listed(conn)
    assert [(one.kind, one.name) for one in made] == [
        (PlaceKind.OFFICE, "Trụ sở UBND xã"),
        (PlaceKind.COUNTER, "Quầy số 2"),
        (PlaceKind.OFFICIAL, binh.name),
    ]
    assert all(one.code.upper() in page and len(one.code) == 6 for one in made)
    assert send(f"/console/rating-places/{made[1].id}/close", {}) == 303
    with installation.database.reading() as conn:
        assert places.find(conn, made[1].code) is None
        assert places.find(conn, f" {made[0].code[:3]}-{made[0].code[3:].upper()}") == made[0]
    assert desk.get(f"/console/rating-places/{made[1].id}/card.pdf").status_code == 404
    answer = desk.get(f"/console/rating-places/{made[0].id}/poster.pdf")
    assert (answer.status_code, answer.data[:5], answer.mimetype) == (200, b"%PDF-", "application/pdf")


@pytest.mark.row("004-01")
@pytest.mark.row("004-14")
@pytest.mark.row("004-03")
def test_what_is_printed_of_a_place_is_read_back_by_two_readers_and_says_the_network_of_the_settings(
    installation: Installation, signed_in: SignIn, tmp_path: Path
) -> None:
    with installation.database.writing() as conn:
        now = installation.clock.now()
        place = places.make(conn, PlaceKind.COUNTER, "Quầy số 2 – Tư pháp, hộ tịch", None, "x", now)
    place = replace(place, code="k7m2qa")  # by chance a code draws what the second reader takes for a corner
    settings = replace(
        installation.settings,
        wifi_url=INSIDE,
        wifi_name="Đánh Giá Cán Bộ_5G",
        wifi_password=SecretStr("mat-khau-13579"),
    )
    says = installation.texts["vi"].sentence
    wrong: list[tuple[object, ...]] = []
    for what in RatingPrint:
        folder = tmp_path / what
        folder.mkdir()
        pdf = rating_prints.printed(what, settings, place, lambda key, **seen: says(key, seen), now)
        sheets = printed.pages(pdf, folder)
        address = f"{INSIDE}/r/{place.code}"
        text = printed.words(pdf, folder)
        wide, high = {RatingPrint.CARD: (148, 210)}.get(what, (210, 297))
        if len(sheets) != 1 or abs(sheets[0].shape[0] * 25.4 / 200 - high) > 1:
            wrong.append((what, "paper", wide, high))
        if printed.decoded(sheets[0]) != [address]:
            wrong.append((what, "first reader", *printed.decoded(sheets[0])))
        if not printed.says(sheets[0], address) or printed.says(sheets[0], address + "x"):
            wrong.append((what, "second reader"))
        if place.code.upper() not in text or not re.search("Ủy ban nhân dân|ỦY BAN NHÂN DÂN", text):
            wrong.append((what, "words"))
        if ("mat-khau-13579" in text, "Đánh Giá Cán Bộ_5G" in text) != (what is RatingPrint.STEPS,) * 2:
            wrong.append((what, "network"))
    assert wrong == []
    assert "mat-khau-13579" not in repr(settings)
