"""The code a ticket has on the national portal: at most one a ticket, one ticket a code.

How the portal forms its codes is written nowhere public: a code is letters and digits, with dots, hyphens,
slashes and underscores between them, kept in capitals. Khiếu nại and tố cáo have none (rules B1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select
from sqlalchemy.exc import IntegrityError

from logbook.database.tables import portal_codes as table
from logbook.database.tables import tickets
from logbook.ids import TicketId
from logbook.tickets.tickets import Ticket

LONGEST = 40
_CODE = re.compile(r"(?=.{4,40}\Z)(?=.*[0-9])[A-Z0-9]+(?:[./_-][A-Z0-9]+)*", re.ASCII)
_LABEL = re.compile(r"^(?:MÃ|SỐ|PAKN|PHẢN ÁNH|KIẾN NGHỊ|[:\s])*[:\s](?=\S)")


class CodeRefusedError(Exception):
    """The code cannot be kept; `why`: shape, taken, guided."""

    def __init__(self, why: str) -> None:
        """Refuse with a word for the page."""
        super().__init__(why)
        self.why = why


def typed(given: str) -> str | None:
    """Return a code as it is kept, from whatever way people write it; None when it is none."""
    text = " ".join(unicodedata.normalize("NFKC", given).upper().replace("–", "-").split())
    text = re.sub(r" ?([./_-]) ?", r"\1", _LABEL.sub("", text))
    return text if _CODE.fullmatch(text) else None


def may_have(ticket: Ticket) -> bool:
    """Whether a ticket can be a case of the portal."""
    return not ticket.is_guided


def put(conn: Connection, ticket: Ticket, given: str, now: datetime) -> str | None:
    """Keep the code of a ticket in the place of another, or none for ""; return it (CodeRefusedError)."""
    if not may_have(ticket):
        raise CodeRefusedError("guided")
    code = typed(given)
    if code is None and given.strip():
        raise CodeRefusedError("shape")
    forget(conn, ticket.id)
    if code is None:
        return None
    try:
        with conn.begin_nested():
            conn.execute(insert(table).values(ticket_id=ticket.id, code=code, noted_at=now))
    except IntegrityError:
        raise CodeRefusedError("taken") from None
    return code


def forget(conn: Connection, ticket_id: TicketId) -> None:
    """Delete the code of a ticket: with its words, since the portal knows who wrote it (rules B4)."""
    conn.execute(delete(table).where(table.c.ticket_id == ticket_id))


def of(conn: Connection, ticket_id: TicketId) -> str | None:
    """Return the code of a ticket, or None."""
    found: str | None = conn.execute(select(table.c.code).where(table.c.ticket_id == ticket_id)).scalar()
    return found


def of_many(conn: Connection, ticket_ids: Iterable[int]) -> dict[int, str]:
    """Return the codes of these tickets; one without a code is not among them."""
    query = select(table.c.ticket_id, table.c.code).where(table.c.ticket_id.in_(list(ticket_ids)))
    return {row.ticket_id: row.code for row in conn.execute(query)}


def exactly(question: str) -> ColumnElement[bool] | None:
    """Return the condition of the ticket with that code; None when it is no code."""
    code = typed(question)
    same = (table.c.ticket_id == tickets.c.id, table.c.code == code)
    return None if code is None else exists().where(*same)
