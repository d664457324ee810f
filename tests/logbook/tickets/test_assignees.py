"""The route of a ticket that concerns a leader."""

from datetime import datetime

import pytest

from logbook.accounts import accounts
from logbook.database.engine import Database
from logbook.tickets import assignees

ROUTE = ("vice_chairman", "head_of_office")


@pytest.mark.row("T-10")
def test_the_route_passes_over_whom_it_concerns_and_ends_with_nobody(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        ids = {
            role: accounts.add(conn, login=role, name=role, role=role, password="0123456789", now=now)
            for role in ("chairman", "vice_chairman", "head_of_office", "auditor")
        }

        def first(concerned: str) -> str | None:
            found = assignees.next_on_route(conn, ROUTE, {ids[concerned]})
            return found.login if found else None

        assert (first("chairman"), first("vice_chairman")) == ("vice_chairman", "head_of_office")
        accounts.disable(conn, ids["vice_chairman"], now)
        assert first("chairman") == "head_of_office"
        assert first("head_of_office") is None

        def givable(*, conflict: bool) -> set[str]:
            found = assignees.may_be_given(conn, {ids["head_of_office"]}, conflict=conflict)
            return {person.login for person in found}

        assert givable(conflict=False) == {"chairman"}
        assert givable(conflict=True) == set()
