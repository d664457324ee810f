"""The yearly index and rank, year against year and against the target."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.ratings import yearly
from tests.logbook.console.conftest import SignIn, form_token

PAGE = "/console/yearly-index"
Y2023 = {
    "year": "2023",
    "percent": "90,83",
    "rank": "3/17",
    "target": "",
    "document": "Quyết định số 1410/QĐ-UBND ngày 30/01/2024",
    "version": "0",
}


def send(browser: FlaskClient, **form: str) -> TestResponse:
    page = browser.get(PAGE).text
    return browser.post(PAGE, data={"form_token": form_token(page), **Y2023, **form})


def row(browser: FlaskClient, year: int) -> list[str]:
    page = html.unescape(browser.get(PAGE).text)
    found = re.search(rf"<tr>\s*<td[^>]*>(?:<a[^>]*>)?{year}.*?</tr>", page, re.DOTALL)
    assert found is not None
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found.group(), re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


@pytest.mark.row("002-01")
def test_the_index_and_the_rank_stand_as_they_were_published(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    assert send(head).status_code == 303
    assert row(head, 2023)[1:3] == ["90,83%", "3/17"]
    assert row(signed_in("auditor"), 2023)[-1] == "Quyết định số 1410/QĐ-UBND ngày 30/01/2024"


@pytest.mark.row("002-02")
def test_a_year_is_good_when_the_index_rises_and_reaches_the_target(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    send(head)
    cases = {
        ("91", "92"): ["Có", "92,00%", "Không", "Không"],
        ("91.00", "91"): ["Có", "91,00%", "Có", "Có"],
        ("90,83", "90"): ["Không", "90,00%", "Có", "Không"],
        ("95", ""): ["Có", "–", "–", "–"],
    }
    for version, ((percent, target), seen) in enumerate(cases.items()):
        sent = send(head, year="2024", percent=percent, target=target, rank="", version=str(version))
        assert sent.status_code == 303
        assert row(head, 2024)[3:8] == ["90,83%", *seen], (percent, target)
    assert row(head, 2023)[3:5] == ["–", "–"]
    assert send(head, year="2024", version="1").status_code == 409


def test_what_is_no_year_no_percent_and_no_rank_is_refused(signed_in: SignIn) -> None:
    head = signed_in("survey_lead")
    wrong = [
        {"year": "23"},
        {"year": "1999"},
        {"year": "٢٠٢٣"},
        {"percent": "100,01"},
        {"percent": "90,833"},
        {"percent": "chín mươi"},
        {"target": "x"},
        {"rank": "18/17"},
        {"rank": "0/17"},
        {"rank": "3"},
    ]
    assert [form for form in wrong if send(head, **form).status_code != 400] == []
    assert signed_in("desk_officer").get(PAGE).status_code == 403
    assert "write" not in signed_in("auditor").get(PAGE).text.partition("<main")[2].partition("</main")[0]


def test_hundredths_are_never_rounded() -> None:
    seen = {"90,83": 9083, "90.8": 9080, " 91 % ": 9100, "100": 10000, "0,05": 5, "101": None, "": None}
    assert {text: yearly.percent(text) for text in seen} == seen
    assert [yearly.shown(each) for each in (9083, 5, None)] == ["90,83%", "0,05%", "–"]
