"""Codes for ratings on the desk's screen."""

from __future__ import annotations

import html
import re

import pytest

from logbook.console.views.qr import qr_path
from logbook.installation import Installation
from logbook.ratings import tokens
from tests.logbook.console.conftest import SignIn, form_token


@pytest.mark.row("T-19")
def test_codes_are_shown_once_as_qr_codes_that_lead_to_the_form(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("desk_officer")
    token = form_token(clerk.get("/console/tokens").text)
    answer = clerk.post("/console/tokens", data={"form_token": token, "count": "3"})
    page = html.unescape(answer.text)
    addresses = re.findall(r"<small>([^<]+)</small>", page)
    assert len(addresses) == 3
    assert [path for path in map(qr_path, addresses) if path[0] not in page] == []
    assert answer.headers["Cache-Control"] == "no-store"
    with installation.database.reading() as conn:
        for address in addresses:
            assert tokens.find(conn, address.rpartition("/r/")[2], installation.clock.now()) is not None
    assert "<svg" not in clerk.get("/console/tokens").text
    for count in ("0", "61", "x", ""):
        assert clerk.post("/console/tokens", data={"form_token": token, "count": count}).status_code == 400
    assert signed_in("auditor").get("/console/tokens").status_code == 403
