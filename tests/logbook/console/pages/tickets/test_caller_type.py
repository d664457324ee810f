"""Who brings a matter, a person or an organisation, can be set on every ticket and is counted (000-01)."""

from __future__ import annotations

import html

import pytest

from logbook.database.tables import tickets as table
from logbook.installation import Installation
from logbook.tickets import history
from tests.logbook.console.cases import by_phone, read, send
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
