"""Who brings a case, a person or an organisation, can be set on every ticket and is counted (000-01)."""

from __future__ import annotations

import html
import re

import pytest

from logbook.database.tables import tickets as table
from logbook.installation import Installation
from logbook.tickets import history, tickets
from tests.logbook.console.cases import by_phone, read, send, token_of
from tests.logbook.console.conftest import SignIn


@pytest.mark.row("R7")
def test_a_ticket_without_a_caller_type_says_so_and_a_clerk_sets_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    with installation.database.writing() as conn:  # as a low rating leaves it
        conn.execute(table.update().where(table.c.id == ticket.id).values(caller_type=None))
    address = f"/console/tickets/{ticket.code}"
    assert "<dd>chưa rõ</dd>" in html.unescape(clerk.get(address).text)
    assert send(clerk, ticket.code, "write", content="Chờ lâu", caller_type="nobody").status_code == 400
    assert send(clerk, ticket.code, "write", content="Chờ lâu", caller_type="organisation").status_code == 303
    assert read(installation, ticket).caller_type == "organisation"
    page = html.unescape(clerk.get(address).text)
    assert "<dd>tổ chức</dd>" in page
    with installation.database.reading() as conn:
        assert history.verify(conn) is None
    assert send(clerk, ticket.code, "write", content="Chờ lâu").status_code == 303
    assert read(installation, ticket).caller_type == "organisation", (
        "a form that does not ask changes nothing"
    )


def chosen(page: str) -> list[str]:
    """The kinds of sender that are ticked on the form."""
    return re.findall(r'name="caller_type" value="(\w+)" required checked', page)


@pytest.mark.row("R7")
def test_the_entry_form_asks_who_brings_it_and_has_chosen_nothing_beforehand(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, call = signed_in("clerk"), by_phone(installation).call_id
    for address in ("/console/tickets/new", f"/console/tickets/new?call={call}"):
        assert chosen(clerk.get(address).text) == [], address
    form = {"channel": "walk_in", "content": "Chờ lâu.", "name": "Bình", "address": "thôn Đông"}
    form["form_token"] = token_of(clerk)
    refused = clerk.post("/console/tickets/new", data=form)
    assert (refused.status_code, chosen(refused.text)) == (400, [])
    assert "Xin chọn cá nhân hoặc tổ chức." in html.unescape(refused.text)
    again = clerk.post("/console/tickets/new", data=form | {"caller_type": "organisation", "content": " "})
    assert (again.status_code, chosen(again.text)) == (400, ["organisation"])
    sent = clerk.post("/console/tickets/new", data=form | {"caller_type": "organisation"})
    with installation.database.reading() as conn:
        ticket = tickets.find(conn, sent.location.split("/")[3])
    assert ticket is not None
    assert ticket.caller_type == "organisation"
