"""Words as they are searched: without diacritics, kept beside each ticket in `search_text`."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import ColumnElement, Connection, and_, false, select, update

from logbook import numbers
from logbook.tables import tickets

LONGEST = 20_000
"""Characters of a ticket's matter that are searched; what a clerk writes down is far shorter."""
WORDS = 8
"""Words of one question that are looked at."""
_GAP = re.compile(r"[\s\x00-\x1f]+")


def fold(text: str) -> str:
    """`text` without diacritics and capitals, one space between words: "Đường xá" -> "duong xa".

    đ is a letter of its own, no mark can be taken off it; it becomes d. NFC and NFD give the same.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _GAP.sub(" ", bare.replace("đ", "d")).strip()


def of(
    code: str, content: str | None, summary: str | None, caller_name: str | None, caller_number: str | None
) -> str:
    """What is searched of a ticket: the matter on the first line, who brought it on the second.

    Whoever may not see callers searches the first line only (B4).
    """
    matter = fold(" ".join((code, summary or "", content or "")))[:LONGEST]
    number = caller_number or ""
    national = "0" + number[3:] if number.startswith("+84") else ""
    caller = fold(" ".join((caller_name or "", number, national)))
    return f"{matter}\n{caller}"


def refresh(conn: Connection, ticket_id: int) -> None:
    """Write a ticket's searched words anew; called by whatever changes what they are made of."""
    query = select(
        tickets.c.code,
        tickets.c.content,
        tickets.c.summary,
        tickets.c.caller_name,
        tickets.c.caller_number,
    ).where(tickets.c.id == ticket_id)
    row = conn.execute(query).one()
    conn.execute(update(tickets).where(tickets.c.id == ticket_id).values(search_text=of(*row)))


def refresh_missing(conn: Connection, limit: int = 1000) -> int:
    """Fill up to `limit` tickets that have no searched words yet; returns how many there were.

    For books that were begun before there was a search.
    """
    query = select(tickets.c.id).where(tickets.c.search_text == "").limit(limit)
    found = conn.execute(query).scalars().all()
    for ticket_id in found:
        refresh(conn, ticket_id)
    return len(found)


def exactly(question: str, *, callers_too: bool) -> ColumnElement[bool] | None:
    """The condition for a whole code or telephone number, answered by an index; None for other words."""
    folded = fold(question)
    if folded.isascii() and folded.isdecimal() and len(folded) == 6:
        return tickets.c.code == folded
    number = numbers.parse(folded).e164 if folded[:1] in {"+", "0", "8"} else None
    return tickets.c.caller_number == number if number is not None and callers_too else None


def holds(question: str, *, callers_too: bool) -> ColumnElement[bool]:
    """The condition that a ticket holds every word of `question`, as a whole word or a part of one."""
    words = fold(question).split()[:WORDS]
    return and_(*(_holds_word(word, callers_too) for word in words)) if words else false()


def _holds_word(word: str, callers_too: bool) -> ColumnElement[bool]:
    escaped = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in word)
    pattern = f"%{escaped}%" if callers_too else f"%{escaped}%\n%"
    return tickets.c.search_text.like(pattern, escape="\\")
