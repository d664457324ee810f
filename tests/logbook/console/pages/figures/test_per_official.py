"""Ratings of each official: for leaders only, few answers marked."""

from __future__ import annotations

import html
import re

import pytest

from logbook.installation import Installation
from logbook.officials import first_filling, register
from logbook.ratings import by_token, instruments, tokens
from logbook.ratings.by_token import Sent
from tests.logbook.console.conftest import SignIn


@pytest.mark.row("003-12")
def test_leaders_see_each_official_with_the_number_of_answers_and_nobody_else_does(
    installation: Installation, signed_in: SignIn
) -> None:
    now, settings = installation.clock.now(), installation.settings
    with installation.database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), now)
        first_filling.fill(conn, settings, now)
        for key, count, mark in (("an", 12, 5), ("binh", 3, 2)):
            official = register.of_key(conn, key)
            assert official is not None
            for code in tokens.make(conn, count, "x", now):
                sent = Sent((mark, 5, None), official.id, "", "lời riêng")
                by_token.store(conn, settings, code, sent, now)
    page = " ".join(html.unescape(signed_in("chairman").get("/console/index/2026-11").text).split())
    part = page[page.index("Theo từng cán bộ") :]
    rows = re.findall(r"<td[^>]*>(Nguyễn Văn An|Trần Thị Bình).*?</tr>", part)
    assert rows == ["Nguyễn Văn An", "Trần Thị Bình"]
    assert re.search(r"Trần Thị Bình.*?>3</td>.*?50,0%.*?ít mẫu", part)
    assert not re.search(r"Nguyễn Văn An[^T]*?ít mẫu", part)
    assert "lời riêng" not in page
    for role in ("clerk", "head_of_desk", "auditor", "survey_lead"):
        assert "Theo từng cán bộ" not in html.unescape(signed_in(role).get("/console/index/2026-11").text)
