"""Lists of tickets read no long text: a content or an answer may have 20,000 characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from logbook.accounts import accounts
from logbook.installation import Installation
from logbook.sending import deadline_warnings
from logbook.tickets import groups, tickets
from tests.logbook.console.cases import by_phone
from tests.logbook.console.conftest import SignIn

LONG = re.compile(r"\btickets\.(content|answer|cause|remedy|search_text)\b")
SHORTENED = re.compile(r"substr\(tickets\.content, [^)]*\)")
OF_ONE = re.compile(r"WHERE tickets\.(id|code) = ")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Everything that is asked of the database."""
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_no_list_reads_a_long_text_of_its_tickets(installation: Installation, signed_in: SignIn) -> None:
    first, second = by_phone(installation), by_phone(installation, "482914")
    leader, clerk = signed_in("chairman"), signed_in("head_of_office")
    with installation.database.writing() as conn:
        person = next(one for one in accounts.listed(conn) if one.login == "head_of_office")
        group = groups.join(conn, first, second, person, installation.clock.now(), first.version)
    with statements() as asked:
        pages = [
            leader.get("/console/leader"),
            *(leader.get(f"/console/leader/tickets?figure={one}") for one in ("received", "late", "waiting")),
            *(clerk.get(path) for path in ("/console/", "/console/tickets", f"/console/groups/{group}")),
            *(clerk.get(path) for path in ("/console/tickets?q=phan+anh&which=all", "/console/calls/1")),
            clerk.get(f"/console/tickets/{first.code}"),
        ]
        with installation.database.reading() as conn:
            assert len(deadline_warnings.tickets_after(conn, 0, 10)) == 2
            assert len(tickets.recent(conn, 10)) == 2
    assert [page.status_code for page in pages] == [200] * len(pages)
    many = [one.partition(" FROM ")[0] for one in asked if " FROM tickets" in one or " tickets " in one]
    assert len(many) > 10
    alone = [one for one in asked if OF_ONE.search(one)]
    found = [
        one
        for one in asked
        if one not in alone and LONG.search(SHORTENED.sub("", one.partition(" FROM ")[0]))
    ]
    assert found == []
