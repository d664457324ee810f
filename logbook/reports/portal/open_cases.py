"""Lists the open cases that other bodies may know of, to be compared with the national portal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection, select

from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.tables import portal_codes, tickets
from logbook.reports import spreadsheet
from logbook.reports.shown import Says
from logbook.reports.spreadsheet import Cell, Column
from logbook.settings.loading import Settings
from logbook.tickets.visibility import visible_outside, visible_to

COLUMNS = (
    ("number", 6),
    ("code", 10),
    ("portal_code", 24),
    ("kind", 14),
    ("category", 30),
    ("received", 17),
    ("due", 17),
    ("late", 12),
    ("state", 24),
    ("with", 36),
)
KINDS = ("feedback", "proposal")
"""What the portal takes: phản ánh and kiến nghị."""


def write(
    file: BinaryIO, conn: Connection, person: Person, settings: Settings, now: datetime, says: Says, mark: str
) -> int:
    """Write the list as .xlsx and return how many cases it holds; no words and no person stand in it.

    Only what `person` may see; khiếu nại, tố cáo and conflicts of interest are in nobody's list.
    """
    columns = [Column(says(f"portal_list_{name}"), width) for name, width in COLUMNS]
    if mark:
        columns[1] = Column(f"{mark}: {columns[1].title}", columns[1].width)
    about = [
        (says("portal_list_office"), settings.office.agency),
        (says("portal_list_made"), f"{local(now):%d/%m/%Y %H:%M}"),
        (says("portal_list_by"), person.name),
        (says("portal_list_holds"), says("portal_list_holds_what")),
    ]
    rows = _rows(conn, person, settings, now, says)
    return spreadsheet.write_xlsx(
        file, says("portal_list_sheet"), columns, rows, (says("portal_list_about"), about)
    )


def _rows(
    conn: Connection, person: Person, settings: Settings, now: datetime, says: Says
) -> Iterator[list[Cell]]:
    wanted = (visible_to(person), visible_outside(), tickets.c.closed_at.is_(None), tickets.c.kind.in_(KINDS))
    query = (
        select(tickets, portal_codes.c.code.label("portal_code"))
        .outerjoin(portal_codes, portal_codes.c.ticket_id == tickets.c.id)
        .where(*wanted)
        .order_by(tickets.c.answer_due_at, tickets.c.id)
    )
    for number, row in enumerate(conn.execute(query), start=1):
        category = settings.tickets.category(row.category)
        waits = row.answered_at is None or row.state != "answered"
        yield [
            str(number),
            row.code,
            row.portal_code,
            says(f"ticket_kind_{row.kind}"),
            row.category if category is None else category.name,
            row.opened_at,
            row.answer_due_at,
            says("portal_list_is_late") if waits and row.answer_due_at < now else None,
            says(f"ticket_state_{row.state}"),
            row.transferred_to if row.state == "transferred" else settings.office.agency,
        ]
